DROP TRIGGER response_changed ON response;
DROP FUNCTION response_changed();
DROP TABLE response_change;
