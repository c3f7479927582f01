DROP TRIGGER response_removed;
DROP TRIGGER response_changed;
DROP TABLE response_change;
