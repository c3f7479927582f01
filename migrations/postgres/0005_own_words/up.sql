-- An answer in the respondent's own words that a form gives a reason for, until someone gives it a code or its time is over. The code
-- stands among the response's answers; of the words nothing stays.
CREATE TABLE own_words (
  id BYTEA PRIMARY KEY,
  response_id BYTEA NOT NULL REFERENCES response (id),
  question TEXT COLLATE "C" NOT NULL,
  -- Its place among the response's answers.
  place INTEGER NOT NULL,
  words TEXT COLLATE "C" NOT NULL,
  erase_after TEXT COLLATE "C" NOT NULL
);
CREATE INDEX own_words_response ON own_words (response_id);
