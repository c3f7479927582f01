-- Who did what, in which week; each line holds the hash of the one before. Nothing of an interview, no name, no address.
CREATE TABLE trail (
  number BIGINT PRIMARY KEY,
  week TEXT COLLATE "C" NOT NULL,
  -- In which role; empty where none was needed, command-line for the program's own commands.
  role TEXT COLLATE "C" NOT NULL,
  -- The account; 0 for the command line.
  actor_id BIGINT NOT NULL,
  action TEXT COLLATE "C" NOT NULL,
  -- What it was about, as far as it applies: 0 or empty where not.
  study_id BIGINT NOT NULL,
  form_id TEXT COLLATE "C" NOT NULL,
  version TEXT COLLATE "C" NOT NULL,
  actee_id BIGINT NOT NULL,
  details TEXT COLLATE "C" NOT NULL,
  hash BYTEA NOT NULL
);
CREATE INDEX trail_study ON trail (study_id, number);
-- Where the trail ends, signed by a key that is not in this database. Who appends holds this row until the commit.
CREATE TABLE trail_head (
  id BIGINT PRIMARY KEY,
  number BIGINT NOT NULL,
  hash BYTEA NOT NULL,
  signature BYTEA NOT NULL
);
INSERT INTO trail_head (id, number, hash, signature) VALUES (1, 0, decode(repeat('00', 32), 'hex'), '');
CREATE FUNCTION refuse_change_of_trail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the trail is append-only';
END
$$;
CREATE TRIGGER trail_is_never_changed BEFORE UPDATE OR DELETE ON trail FOR EACH ROW EXECUTE FUNCTION refuse_change_of_trail();
CREATE TRIGGER trail_is_never_emptied BEFORE TRUNCATE ON trail FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_trail();

-- When a session was last used, to the minute: it ends when nothing is done in it for long.
ALTER TABLE session ADD COLUMN used_at BIGINT NOT NULL DEFAULT 0;
-- The week in which a device was last heard of, never the day; empty before the first time.
ALTER TABLE device ADD COLUMN last_week TEXT COLLATE "C" NOT NULL DEFAULT '';

-- A second proof at signing in. The secret is not here: it follows from the salt and a key that is not in this database.
CREATE TABLE second_factor (
  person_id BIGINT NOT NULL PRIMARY KEY REFERENCES person (id),
  salt BYTEA NOT NULL,
  -- Asked for from then on that its owner has shown a code.
  confirmed BOOLEAN NOT NULL,
  -- The step of the last code taken; none of it or before is taken again.
  last_step BIGINT NOT NULL
);
-- For when the device that makes the codes is lost; each is good once.
CREATE TABLE recovery_code (
  person_id BIGINT NOT NULL REFERENCES person (id),
  code_hash BYTEA NOT NULL,
  PRIMARY KEY (person_id, code_hash)
);
