CREATE TABLE withdrawal_code (
  code_mac BLOB NOT NULL PRIMARY KEY,
  study_id INTEGER NOT NULL REFERENCES study (id),
  response_id BLOB NOT NULL REFERENCES response (id)
) WITHOUT ROWID;
ALTER TABLE withdrawal_code ADD COLUMN row_hash BLOB;
CREATE INDEX withdrawal_code_response ON withdrawal_code (response_id);
CREATE INDEX withdrawal_code_unhashed ON withdrawal_code (code_mac) WHERE row_hash IS NULL;
CREATE TRIGGER withdrawal_code_row_is_new AFTER INSERT ON withdrawal_code WHEN NEW.row_hash IS NULL BEGIN
  INSERT INTO unhashed (name) SELECT 'withdrawal_code' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'withdrawal_code');
END;
CREATE TRIGGER withdrawal_code_row_is_changed AFTER UPDATE OF code_mac, study_id, response_id ON withdrawal_code BEGIN
  UPDATE withdrawal_code SET row_hash = NULL WHERE code_mac = NEW.code_mac;
  INSERT INTO unhashed (name) SELECT 'withdrawal_code' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'withdrawal_code');
END;
-- A number led to one response: the current one.
INSERT OR REPLACE INTO withdrawal_code (code_mac, study_id, response_id)
  SELECT withdrawal_mac, study_id, id FROM response WHERE withdrawal_mac IS NOT NULL ORDER BY is_current;
DROP TRIGGER response_row_is_changed;
DROP INDEX response_withdrawal;
ALTER TABLE response DROP COLUMN withdrawal_mac;
UPDATE response SET row_hash = NULL;
CREATE TRIGGER response_row_is_changed AFTER UPDATE OF id, study_id, form_version_id, approval_id, psu_id, case_pseudonym, is_current, result, sex, age_years, contact_age_group, disability, n_eligible, iso_week, duration_band, answers, instance_mac, content_mac ON response BEGIN
  UPDATE response SET row_hash = NULL WHERE id = NEW.id;
  INSERT INTO unhashed (name) SELECT 'response' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'response');
END;
INSERT INTO unhashed (name) SELECT '*' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = '*');
