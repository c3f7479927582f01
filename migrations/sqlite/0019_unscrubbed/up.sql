-- What a case's response was edited from: found without looking through a study's responses.
CREATE INDEX response_earlier ON response (case_pseudonym) WHERE NOT is_current;

-- Responses were destroyed, or what led to them, and their bytes may still lie in the database's files.
CREATE TABLE unscrubbed (
  number INTEGER NOT NULL PRIMARY KEY,
  row_hash BLOB
);
CREATE INDEX unscrubbed_unhashed ON unscrubbed (number) WHERE row_hash IS NULL;
CREATE TRIGGER unscrubbed_row_is_new AFTER INSERT ON unscrubbed WHEN NEW.row_hash IS NULL BEGIN
  INSERT INTO unhashed (name) SELECT 'unscrubbed' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'unscrubbed');
END;
CREATE TRIGGER unscrubbed_row_is_changed AFTER UPDATE OF number ON unscrubbed BEGIN
  UPDATE unscrubbed SET row_hash = NULL WHERE rowid = NEW.rowid;
  INSERT INTO unhashed (name) SELECT 'unscrubbed' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'unscrubbed');
END;
