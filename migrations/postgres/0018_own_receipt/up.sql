-- A response carries the receipt of the instance it came as, and its id is of both: the study's number, and the beginning of the instance's
-- mac. So one place in one table says that it came, and where the study's are; `receipt` keeps what no response carries: of edits, of what
-- was set aside, and of responses that are gone or that nothing may lead to any more.
DROP INDEX response_study;
CREATE INDEX receipt_response ON receipt (response_id) WHERE response_id IS NOT NULL;
CREATE INDEX weight_response ON weight (response_id);
ALTER TABLE response ADD COLUMN instance_mac BYTEA;
ALTER TABLE response ADD COLUMN content_mac BYTEA;

CREATE TABLE renamed (
  old BYTEA NOT NULL PRIMARY KEY,
  new BYTEA NOT NULL UNIQUE,
  instance_mac BYTEA,
  content_mac BYTEA
);
INSERT INTO renamed
  SELECT DISTINCT ON (r.id) r.id, decode(lpad(to_hex(r.study_id), 8, '0'), 'hex') || coalesce(substring(k.instance_mac for 12), substring(r.id from 5)),
    k.instance_mac, k.content_mac
  FROM response r LEFT JOIN receipt k ON k.response_id = r.id AND k.deprecated_mac IS NULL AND k.set_aside_id IS NULL
    AND (SELECT count(*) FROM receipt other WHERE other.instance_mac = k.instance_mac) = 1
  ORDER BY r.id;
-- Releases know by their ids which interviews they were made of.
CREATE TABLE made_of AS
  SELECT weight_set_id, sha256(string_agg(response_id, ''::bytea ORDER BY response_id)) AS data FROM weight GROUP BY weight_set_id;
ALTER TABLE weight DROP CONSTRAINT weight_response_id_fkey;
ALTER TABLE own_words DROP CONSTRAINT own_words_response_id_fkey;
ALTER TABLE withdrawal_code DROP CONSTRAINT withdrawal_code_response_id_fkey;
ALTER TABLE response_instance DROP CONSTRAINT response_instance_response_id_fkey;

DELETE FROM receipt WHERE response_id IN (SELECT old FROM renamed WHERE instance_mac IS NOT NULL);
UPDATE receipt SET response_id = new FROM renamed WHERE old = response_id;
UPDATE weight SET response_id = new FROM renamed WHERE old = response_id;
UPDATE own_words SET response_id = new FROM renamed WHERE old = response_id;
UPDATE withdrawal_code SET response_id = new FROM renamed WHERE old = response_id;
UPDATE response_instance SET response_id = new FROM renamed WHERE old = response_id;
UPDATE response SET id = new, instance_mac = renamed.instance_mac, content_mac = renamed.content_mac FROM renamed WHERE old = id;
UPDATE release SET data = now.data
  FROM made_of before,
    (SELECT weight_set_id, sha256(string_agg(response_id, ''::bytea ORDER BY response_id)) AS data FROM weight GROUP BY weight_set_id) now
  WHERE before.weight_set_id = release.weight_set_id AND now.weight_set_id = release.weight_set_id AND release.data = before.data;

ALTER TABLE weight ADD FOREIGN KEY (response_id) REFERENCES response (id) ON UPDATE CASCADE;
ALTER TABLE own_words ADD FOREIGN KEY (response_id) REFERENCES response (id) ON UPDATE CASCADE;
ALTER TABLE withdrawal_code ADD FOREIGN KEY (response_id) REFERENCES response (id) ON UPDATE CASCADE;
ALTER TABLE response_instance ADD FOREIGN KEY (response_id) REFERENCES response (id) ON UPDATE CASCADE;
DROP TABLE made_of;
DROP TABLE renamed;
