-- What a case's response was edited from: found without looking through a study's responses.
CREATE INDEX response_earlier ON response (case_pseudonym) WHERE NOT is_current;

-- Responses were destroyed, or what led to them, and their bytes may still lie in the database's files.
CREATE TABLE unscrubbed (
  number BIGINT NOT NULL PRIMARY KEY,
  row_hash BYTEA
);
CREATE TRIGGER unscrubbed_row_hash BEFORE INSERT OR UPDATE ON unscrubbed FOR EACH ROW EXECUTE FUNCTION hash_row();
