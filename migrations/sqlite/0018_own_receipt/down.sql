DROP TRIGGER response_row_is_changed;
INSERT INTO receipt (instance_mac, content_mac, response_id) SELECT instance_mac, content_mac, id FROM response WHERE instance_mac IS NOT NULL;
ALTER TABLE response DROP COLUMN content_mac;
ALTER TABLE response DROP COLUMN instance_mac;
UPDATE response SET row_hash = NULL;
DROP INDEX receipt_response;
DROP INDEX weight_response;
CREATE INDEX response_study ON response (study_id, form_version_id);
CREATE TRIGGER response_row_is_changed AFTER UPDATE OF id, study_id, form_version_id, approval_id, psu_id, case_pseudonym, is_current, result, sex, age_years, contact_age_group, disability, n_eligible, iso_week, duration_band, answers ON response BEGIN
  UPDATE response SET row_hash = NULL WHERE id = NEW.id;
  INSERT INTO unhashed (name) SELECT 'response' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'response');
END;
INSERT INTO unhashed (name) SELECT '*' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = '*');
