-- Who may read coded rows, until when, by whose word. A line stays when it is over: it says who could read what, and what for.
CREATE TABLE row_grant (
  id INTEGER PRIMARY KEY,
  study_id INTEGER NOT NULL REFERENCES study (id),
  asked_by INTEGER NOT NULL REFERENCES person (id),
  asked_on TEXT NOT NULL,
  -- Empty where it is of every form of the study.
  form_id TEXT NOT NULL,
  because TEXT NOT NULL,
  -- The two who granted it.
  reviewer_id INTEGER REFERENCES person (id),
  coordinator_id INTEGER REFERENCES person (id),
  -- The last day on which it waits, or on which rows may be read.
  expires_on TEXT NOT NULL,
  ended_by INTEGER REFERENCES person (id),
  row_hash BLOB
);
CREATE INDEX row_grant_study ON row_grant (study_id);
CREATE INDEX row_grant_unhashed ON row_grant (id) WHERE row_hash IS NULL;
CREATE TRIGGER row_grant_row_is_new AFTER INSERT ON row_grant WHEN NEW.row_hash IS NULL BEGIN
  INSERT INTO unhashed (name) SELECT 'row_grant' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'row_grant');
END;
CREATE TRIGGER row_grant_row_is_changed AFTER UPDATE OF id, study_id, asked_by, asked_on, form_id, because, reviewer_id, coordinator_id, expires_on, ended_by ON row_grant BEGIN
  UPDATE row_grant SET row_hash = NULL WHERE rowid = NEW.rowid;
  INSERT INTO unhashed (name) SELECT 'row_grant' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'row_grant');
END;
