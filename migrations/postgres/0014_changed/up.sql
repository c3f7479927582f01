-- How often a response of each study was changed or removed. What is kept in memory of the responses is right for as long as this stays.
-- A response that comes in changes nothing that a weight set has.
CREATE TABLE response_change (
  study_id BIGINT NOT NULL PRIMARY KEY REFERENCES study (id),
  changes BIGINT NOT NULL
);
CREATE FUNCTION response_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO response_change VALUES (OLD.study_id, 1)
    ON CONFLICT (study_id) DO UPDATE SET changes = response_change.changes + 1;
  RETURN NULL;
END $$;
CREATE TRIGGER response_changed AFTER UPDATE OR DELETE ON response FOR EACH ROW EXECUTE FUNCTION response_changed();
