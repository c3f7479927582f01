CREATE TABLE withdrawal_code (
  code_mac BYTEA NOT NULL PRIMARY KEY,
  study_id BIGINT NOT NULL REFERENCES study (id),
  response_id BYTEA NOT NULL REFERENCES response (id) ON UPDATE CASCADE,
  row_hash BYTEA
);
CREATE INDEX withdrawal_code_response ON withdrawal_code (response_id);
CREATE TRIGGER withdrawal_code_row_hash BEFORE INSERT OR UPDATE ON withdrawal_code FOR EACH ROW EXECUTE FUNCTION hash_row();
-- A number led to one response: the current one.
INSERT INTO withdrawal_code (code_mac, study_id, response_id)
  SELECT DISTINCT ON (withdrawal_mac) withdrawal_mac, study_id, id FROM response WHERE withdrawal_mac IS NOT NULL ORDER BY withdrawal_mac, is_current DESC;
DROP INDEX response_withdrawal;
ALTER TABLE response DROP COLUMN withdrawal_mac;
UPDATE response SET row_hash = NULL;
