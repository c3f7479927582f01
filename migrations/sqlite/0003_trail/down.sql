DROP TABLE trail_head;
DROP TABLE trail;
