-- An answer in the respondent's own words that a form gives a reason for, until someone gives it a code or its time is over. The code
-- stands among the response's answers; of the words nothing stays.
CREATE TABLE own_words (
  id BLOB PRIMARY KEY,
  response_id BLOB NOT NULL REFERENCES response (id),
  question TEXT NOT NULL,
  -- Its place among the response's answers.
  place INTEGER NOT NULL,
  words TEXT NOT NULL,
  erase_after TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX own_words_response ON own_words (response_id);
