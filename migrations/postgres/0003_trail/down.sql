DROP TABLE trail_head;
DROP TABLE trail;
DROP FUNCTION refuse_change_of_trail;
