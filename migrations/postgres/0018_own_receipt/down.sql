INSERT INTO receipt (instance_mac, content_mac, response_id) SELECT instance_mac, content_mac, id FROM response WHERE instance_mac IS NOT NULL;
ALTER TABLE response DROP COLUMN content_mac;
ALTER TABLE response DROP COLUMN instance_mac;
UPDATE response SET row_hash = NULL;
DROP INDEX receipt_response;
DROP INDEX weight_response;
CREATE INDEX response_study ON response (study_id, form_version_id);
