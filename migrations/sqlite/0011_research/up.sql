-- Files of rows for research, as they were made: made again after an answer was taken back, one would differ by that answer.
CREATE TABLE research_file (
  id INTEGER PRIMARY KEY,
  study_id INTEGER NOT NULL REFERENCES study (id),
  asked_by INTEGER NOT NULL REFERENCES person (id),
  asked_on TEXT NOT NULL,
  -- What was asked, and what was done to the rows, as JSON.
  request TEXT NOT NULL,
  report TEXT NOT NULL,
  -- The zip; null once it is over.
  content BLOB,
  granted_by INTEGER REFERENCES person (id),
  because TEXT NOT NULL DEFAULT '',
  -- The last day on which it may be fetched, or waits to be granted.
  expires_on TEXT NOT NULL
);
CREATE INDEX research_file_study ON research_file (study_id);
