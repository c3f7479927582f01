-- What waits sealed: what it is, what was decided about it, and by what it is known when it comes in again.
ALTER TABLE set_aside ADD COLUMN form_version_id INTEGER REFERENCES form_version (id);
-- interview; encrypted: one by ODK's encryption, its manifest; part: a file of such a one; file: a file nobody asked for.
ALTER TABLE set_aside ADD COLUMN kind TEXT NOT NULL DEFAULT 'interview';
-- The record a part or a file came with, where that waits too.
ALTER TABLE set_aside ADD COLUMN of_record INTEGER;
-- How many parts the manifest names.
ALTER TABLE set_aside ADD COLUMN parts_named INTEGER NOT NULL DEFAULT 0;
-- Whose key opens it: reviewer, form.
ALTER TABLE set_aside ADD COLUMN opens_with TEXT NOT NULL DEFAULT 'reviewer';
-- waiting, released, counted, opened, destroyed. Of what is counted or destroyed no bytes are left.
ALTER TABLE set_aside ADD COLUMN state TEXT NOT NULL DEFAULT 'waiting';
-- HMACs of the interview's id and, where it can be read, of its content as it was sealed.
ALTER TABLE set_aside ADD COLUMN again_instance BLOB;
ALTER TABLE set_aside ADD COLUMN again_content BLOB;
CREATE INDEX set_aside_again ON set_aside (again_instance);
CREATE INDEX set_aside_due ON set_aside (destroy_after);
CREATE INDEX set_aside_of ON set_aside (of_record) WHERE of_record IS NOT NULL;
CREATE TABLE set_aside_decision (
  id INTEGER PRIMARY KEY,
  set_aside_id INTEGER NOT NULL REFERENCES set_aside (id),
  -- release, destroy, opened.
  decision TEXT NOT NULL,
  -- What the record waited for when it was decided.
  reason TEXT NOT NULL,
  because TEXT NOT NULL,
  -- Nobody: its retention date had passed.
  decided_by INTEGER REFERENCES person (id),
  decided_on TEXT NOT NULL
);
CREATE INDEX set_aside_decision_of ON set_aside_decision (set_aside_id);
