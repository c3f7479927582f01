-- The last day on which the study's responses are kept; empty: none is named.
ALTER TABLE study ADD COLUMN keep_until TEXT NOT NULL DEFAULT '';
-- What a person was given to have the answers removed later: an HMAC of it, for as long as that can be asked.
CREATE TABLE withdrawal_code (
  code_mac BLOB NOT NULL PRIMARY KEY,
  study_id INTEGER NOT NULL REFERENCES study (id),
  response_id BLOB NOT NULL REFERENCES response (id)
) WITHOUT ROWID;
CREATE INDEX withdrawal_code_response ON withdrawal_code (response_id);
-- The responses of a study, erased because their time was over.
CREATE TABLE erasure (
  study_id INTEGER PRIMARY KEY REFERENCES study (id),
  erased_on TEXT NOT NULL,
  responses BIGINT NOT NULL
);
