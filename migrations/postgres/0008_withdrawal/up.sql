-- The last day on which the study's responses are kept; empty: none is named.
ALTER TABLE study ADD COLUMN keep_until TEXT COLLATE "C" NOT NULL DEFAULT '';
-- What a person was given to have the answers removed later: an HMAC of it, for as long as that can be asked.
CREATE TABLE withdrawal_code (
  code_mac BYTEA NOT NULL PRIMARY KEY,
  study_id BIGINT NOT NULL REFERENCES study (id),
  response_id BYTEA NOT NULL REFERENCES response (id)
);
CREATE INDEX withdrawal_code_response ON withdrawal_code (response_id);
-- The responses of a study, erased because their time was over.
CREATE TABLE erasure (
  study_id BIGINT PRIMARY KEY REFERENCES study (id),
  erased_on TEXT COLLATE "C" NOT NULL,
  responses BIGINT NOT NULL
);
