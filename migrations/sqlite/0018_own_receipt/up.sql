-- A response carries the receipt of the instance it came as, and its id is of both: the study's number, and the beginning of the instance's
-- mac. So one place in one table says that it came, and where the study's are; `receipt` keeps what no response carries: of edits, of what
-- was set aside, and of responses that are gone or that nothing may lead to any more.
PRAGMA defer_foreign_keys = ON;
DROP TRIGGER response_row_is_changed;
DROP INDEX response_study;
CREATE INDEX receipt_response ON receipt (response_id) WHERE response_id IS NOT NULL;
CREATE INDEX weight_response ON weight (response_id);
ALTER TABLE response ADD COLUMN instance_mac BLOB;
ALTER TABLE response ADD COLUMN content_mac BLOB;

CREATE TABLE renamed (
  old BLOB NOT NULL PRIMARY KEY,
  new BLOB NOT NULL UNIQUE,
  instance_mac BLOB,
  content_mac BLOB
) WITHOUT ROWID;
INSERT INTO renamed
  SELECT r.id, unhex(printf('%08X', r.study_id) || CASE WHEN k.instance_mac IS NULL THEN substr(hex(r.id), 9) ELSE substr(hex(k.instance_mac), 1, 24) END),
    k.instance_mac, k.content_mac
  FROM response r LEFT JOIN receipt k ON k.response_id = r.id AND k.deprecated_mac IS NULL AND k.set_aside_id IS NULL
    AND (SELECT count(*) FROM receipt other WHERE other.instance_mac = k.instance_mac) = 1
  GROUP BY r.id;
-- Releases know by their ids which interviews they were made of.
CREATE TABLE made_of AS
  SELECT weight_set_id, kish_fingerprint(group_concat(hex(response_id), '' ORDER BY response_id)) AS data FROM weight GROUP BY weight_set_id;

DELETE FROM receipt WHERE response_id IN (SELECT old FROM renamed WHERE instance_mac IS NOT NULL);
UPDATE receipt SET response_id = (SELECT new FROM renamed WHERE old = response_id) WHERE response_id IS NOT NULL;
UPDATE weight SET response_id = (SELECT new FROM renamed WHERE old = response_id);
UPDATE own_words SET response_id = (SELECT new FROM renamed WHERE old = response_id);
UPDATE withdrawal_code SET response_id = (SELECT new FROM renamed WHERE old = response_id);
UPDATE response_instance SET response_id = (SELECT new FROM renamed WHERE old = response_id);
UPDATE response SET id = n.new, instance_mac = n.instance_mac, content_mac = n.content_mac, row_hash = NULL FROM renamed n WHERE n.old = response.id;
UPDATE release SET data =
    (SELECT kish_fingerprint(group_concat(hex(response_id), '' ORDER BY response_id)) FROM weight WHERE weight.weight_set_id = release.weight_set_id)
  WHERE data = (SELECT made_of.data FROM made_of WHERE made_of.weight_set_id = release.weight_set_id);
DROP TABLE made_of;
DROP TABLE renamed;

CREATE TRIGGER response_row_is_changed AFTER UPDATE OF id, study_id, form_version_id, approval_id, psu_id, case_pseudonym, is_current, result, sex, age_years, contact_age_group, disability, n_eligible, iso_week, duration_band, answers, instance_mac, content_mac ON response BEGIN
  UPDATE response SET row_hash = NULL WHERE id = NEW.id;
  INSERT INTO unhashed (name) SELECT 'response' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'response');
END;
INSERT INTO unhashed (name) SELECT '*' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = '*');
