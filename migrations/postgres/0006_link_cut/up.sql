-- The link of a study's cases to its responses, cut for ever: what was destroyed, and the proof.
CREATE TABLE link_cut (
  study_id BIGINT PRIMARY KEY REFERENCES study (id),
  cut_by BIGINT NOT NULL REFERENCES person (id),
  cut_on TEXT COLLATE "C" NOT NULL,
  because TEXT COLLATE "C" NOT NULL,
  cases BIGINT NOT NULL,
  responses BIGINT NOT NULL,
  -- How many responses the key joined to a case of the frame before, and with the very same key after.
  joined_before BIGINT NOT NULL,
  joined_after BIGINT NOT NULL
);
