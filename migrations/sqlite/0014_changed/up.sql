-- How often a response of each study was changed or removed. What is kept in memory of the responses is right for as long as this stays.
-- A response that comes in changes nothing that a weight set has.
CREATE TABLE response_change (
  study_id INTEGER NOT NULL PRIMARY KEY REFERENCES study (id),
  changes INTEGER NOT NULL
);
CREATE TRIGGER response_changed AFTER UPDATE ON response BEGIN
  INSERT INTO response_change VALUES (OLD.study_id, 1) ON CONFLICT (study_id) DO UPDATE SET changes = changes + 1;
END;
CREATE TRIGGER response_removed AFTER DELETE ON response BEGIN
  INSERT INTO response_change VALUES (OLD.study_id, 1) ON CONFLICT (study_id) DO UPDATE SET changes = changes + 1;
END;
