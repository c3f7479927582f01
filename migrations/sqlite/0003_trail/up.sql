-- Who did what, in which week; each line holds the hash of the one before. Nothing of an interview, no name, no address.
CREATE TABLE trail (
  number INTEGER PRIMARY KEY,
  week TEXT NOT NULL,
  -- In which role; empty where none was needed, command-line for the program's own commands.
  role TEXT NOT NULL,
  -- The account; 0 for the command line.
  actor_id BIGINT NOT NULL,
  action TEXT NOT NULL,
  -- What it was about, as far as it applies: 0 or empty where not.
  study_id BIGINT NOT NULL,
  form_id TEXT NOT NULL,
  version TEXT NOT NULL,
  actee_id BIGINT NOT NULL,
  details TEXT NOT NULL,
  hash BLOB NOT NULL
);
CREATE INDEX trail_study ON trail (study_id, number);
-- Where the trail ends, signed by a key that is not in this database. Who appends holds this row until the commit.
CREATE TABLE trail_head (
  id INTEGER PRIMARY KEY,
  number BIGINT NOT NULL,
  hash BLOB NOT NULL,
  signature BLOB NOT NULL
);
INSERT INTO trail_head (id, number, hash, signature) VALUES (1, 0, zeroblob(32), zeroblob(0));
CREATE TRIGGER trail_is_never_changed BEFORE UPDATE ON trail BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END;
CREATE TRIGGER trail_is_never_shortened BEFORE DELETE ON trail BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END;
-- INSERT OR REPLACE deletes without asking the trigger above.
CREATE TRIGGER trail_is_never_replaced BEFORE INSERT ON trail WHEN EXISTS (SELECT 1 FROM trail WHERE number = NEW.number)
BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END;

-- When a session was last used, to the minute: it ends when nothing is done in it for long.
ALTER TABLE session ADD COLUMN used_at BIGINT NOT NULL DEFAULT 0;
-- The week in which a device was last heard of, never the day; empty before the first time.
ALTER TABLE device ADD COLUMN last_week TEXT NOT NULL DEFAULT '';

-- A second proof at signing in. The secret is not here: it follows from the salt and a key that is not in this database.
CREATE TABLE second_factor (
  person_id INTEGER NOT NULL PRIMARY KEY REFERENCES person (id),
  salt BLOB NOT NULL,
  -- Asked for from then on that its owner has shown a code.
  confirmed BOOLEAN NOT NULL,
  -- The step of the last code taken; none of it or before is taken again.
  last_step BIGINT NOT NULL
);
-- For when the device that makes the codes is lost; each is good once.
CREATE TABLE recovery_code (
  person_id INTEGER NOT NULL REFERENCES person (id),
  code_hash BLOB NOT NULL,
  PRIMARY KEY (person_id, code_hash)
) WITHOUT ROWID;
