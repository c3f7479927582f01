DROP TABLE recovery_code;
DROP TABLE second_factor;
ALTER TABLE device DROP COLUMN last_week;
ALTER TABLE session DROP COLUMN used_at;
DROP TABLE trail_head;
DROP TABLE trail;
DROP FUNCTION refuse_change_of_trail;
