-- A response carries what is kept of the number it can be taken back by: one place more in one index, where there were a table and an index
-- to it. One that was edited keeps its own.
DROP TRIGGER response_row_is_changed;
ALTER TABLE response ADD COLUMN withdrawal_mac BLOB;
UPDATE response SET withdrawal_mac = (SELECT min(code_mac) FROM withdrawal_code WHERE response_id = response.id), row_hash = NULL;
DROP TABLE withdrawal_code;
CREATE INDEX response_withdrawal ON response (withdrawal_mac) WHERE withdrawal_mac IS NOT NULL;
CREATE TRIGGER response_row_is_changed AFTER UPDATE OF id, study_id, form_version_id, approval_id, psu_id, case_pseudonym, is_current, result, sex, age_years, contact_age_group, disability, n_eligible, iso_week, duration_band, answers, instance_mac, content_mac, withdrawal_mac ON response BEGIN
  UPDATE response SET row_hash = NULL WHERE id = NEW.id;
  INSERT INTO unhashed (name) SELECT 'response' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'response');
END;
INSERT INTO unhashed (name) SELECT '*' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = '*');
