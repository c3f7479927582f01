-- Tables that leave: composed together under one mask, approved by a second person, and from then on what they are.
CREATE TABLE release (
  id INTEGER PRIMARY KEY,
  study_id INTEGER NOT NULL REFERENCES study (id),
  name TEXT NOT NULL,
  -- composed: seen by those who may approve it; frozen: it is out, and never changes.
  state TEXT NOT NULL,
  weight_set_id INTEGER NOT NULL REFERENCES weight_set (id),
  form_version_id INTEGER NOT NULL REFERENCES form_version (id),
  -- SHA-256 over the interviews it was made of.
  data BLOB NOT NULL,
  -- How many releases were frozen when it was composed: its mask goes on from theirs. Once frozen, its place among them.
  follows BIGINT NOT NULL,
  made_by INTEGER NOT NULL REFERENCES person (id),
  made_on TEXT NOT NULL,
  approved_by INTEGER REFERENCES person (id),
  frozen_on TEXT,
  -- What is lost, and how far it was proven.
  loss TEXT NOT NULL,
  digest TEXT NOT NULL,
  UNIQUE (study_id, name)
);
CREATE TABLE release_table (
  release_id INTEGER NOT NULL REFERENCES release (id),
  place INTEGER NOT NULL,
  indicator TEXT NOT NULL,
  dimensions TEXT NOT NULL,
  -- As it leaves, byte for byte.
  json TEXT NOT NULL,
  csv TEXT NOT NULL,
  -- Unweighted counts and what was decided of each cell, for the mask of later releases; never published.
  cells TEXT NOT NULL,
  PRIMARY KEY (release_id, place)
) WITHOUT ROWID;
