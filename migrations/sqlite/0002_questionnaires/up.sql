-- What was answered in one instance of a repeat, coded as the response it belongs to.
CREATE TABLE response_instance (
  response_id BLOB NOT NULL REFERENCES response (id),
  repeat_name TEXT NOT NULL,
  -- Which instance of this repeat in the interview, counted from 1.
  number INTEGER NOT NULL,
  -- The number of the instance, of the repeat around this one, that it lies in; 0 where there is none around.
  around INTEGER NOT NULL,
  -- The coded answers in the order of the repeat's kept questions, parted by tabs.
  answers TEXT NOT NULL,
  PRIMARY KEY (response_id, repeat_name, number)
) WITHOUT ROWID;

ALTER TABLE form_version ADD COLUMN created_at TEXT NOT NULL DEFAULT '1970-01-01T00:00:00Z';
ALTER TABLE form_version ADD COLUMN published_at TEXT NOT NULL DEFAULT '1970-01-01T00:00:00Z';
-- A version being made: at most one of each form. Its token opens the test link, by which nothing is kept.
-- AUTOINCREMENT: a draft that takes another's place must not take its number, by which what was looked at is known.
CREATE TABLE form_draft (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  study_id INTEGER NOT NULL REFERENCES study (id),
  form_id TEXT NOT NULL,
  version TEXT NOT NULL,
  hash BLOB NOT NULL,
  title TEXT NOT NULL,
  workbook TEXT NOT NULL,
  token TEXT NOT NULL UNIQUE,
  created_at TEXT NOT NULL,
  UNIQUE (study_id, form_id)
);
-- The files a form names: pictures, sound, tables of choices. Those of a draft go over to the version it becomes.
CREATE TABLE draft_file (
  draft_id INTEGER NOT NULL REFERENCES form_draft (id),
  name TEXT NOT NULL,
  content BLOB NOT NULL,
  md5 TEXT NOT NULL,
  sha256 BLOB NOT NULL,
  updated_at TEXT NOT NULL,
  PRIMARY KEY (draft_id, name)
);
CREATE TABLE version_file (
  form_version_id INTEGER NOT NULL REFERENCES form_version (id),
  name TEXT NOT NULL,
  content BLOB NOT NULL,
  md5 TEXT NOT NULL,
  sha256 BLOB NOT NULL,
  updated_at TEXT NOT NULL,
  PRIMARY KEY (form_version_id, name)
);
