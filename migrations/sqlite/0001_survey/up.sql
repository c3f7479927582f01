-- A study, and the people who may do something in it.
CREATE TABLE study (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  -- Simulated data: set when the data directory is made, never changed.
  synthetic BOOLEAN NOT NULL,
  -- What a single sampled PSU in a stratum means for the variance: fail, remove, certainty, adjust, average.
  lonely_psu TEXT NOT NULL
);
CREATE TABLE person (
  id INTEGER PRIMARY KEY,
  email TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  disabled BOOLEAN NOT NULL,
  -- An ethics reviewer's public key: what is set aside is sealed to it.
  recipient TEXT
);
CREATE TABLE assignment (
  person_id INTEGER NOT NULL REFERENCES person (id),
  -- 0: in every study.
  study_id INTEGER NOT NULL,
  role TEXT NOT NULL,
  PRIMARY KEY (person_id, study_id, role)
) WITHOUT ROWID;
CREATE TABLE session (
  token_hash BLOB NOT NULL PRIMARY KEY,
  person_id INTEGER NOT NULL REFERENCES person (id),
  expires_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE TABLE device (
  id INTEGER PRIMARY KEY,
  study_id INTEGER NOT NULL REFERENCES study (id),
  name TEXT NOT NULL,
  token_hash BLOB NOT NULL UNIQUE,
  expires_on TEXT NOT NULL,
  revoked BOOLEAN NOT NULL
);

-- A published questionnaire, as its workbook, and what a committee decided about it.
CREATE TABLE form_version (
  id INTEGER PRIMARY KEY,
  study_id INTEGER NOT NULL REFERENCES study (id),
  form_id TEXT NOT NULL,
  version TEXT NOT NULL,
  hash BLOB NOT NULL,
  title TEXT NOT NULL,
  workbook TEXT NOT NULL,
  -- open: listed and accepted; closed: neither listed nor accepted.
  state TEXT NOT NULL,
  UNIQUE (study_id, form_id, version)
);
CREATE TABLE review (
  id INTEGER PRIMARY KEY,
  study_id INTEGER NOT NULL REFERENCES study (id),
  form_version_id INTEGER NOT NULL REFERENCES form_version (id),
  asked_by INTEGER NOT NULL REFERENCES person (id),
  dossier TEXT NOT NULL,
  decision TEXT,
  decided_by INTEGER REFERENCES person (id)
);
CREATE TABLE approval (
  id INTEGER PRIMARY KEY,
  study_id INTEGER NOT NULL REFERENCES study (id),
  review_id INTEGER NOT NULL UNIQUE REFERENCES review (id),
  form_id TEXT NOT NULL,
  form_hash BLOB NOT NULL,
  -- The committee's decision: committee, reference, dates, languages, modes, sexes, least age, conditions.
  decision TEXT NOT NULL
);
-- A stop: nothing of the study, or of one form, is delivered or counted until it is lifted.
CREATE TABLE suspension (
  id INTEGER PRIMARY KEY,
  study_id INTEGER NOT NULL REFERENCES study (id),
  -- Empty: the whole study.
  form_id TEXT NOT NULL,
  reason TEXT NOT NULL,
  lifted BOOLEAN NOT NULL
);
CREATE INDEX approval_form ON approval (study_id, form_hash);

-- The sample: who was drawn, under codes alone.
CREATE TABLE psu (
  id INTEGER PRIMARY KEY,
  study_id INTEGER NOT NULL REFERENCES study (id),
  stratum TEXT NOT NULL,
  code TEXT NOT NULL,
  -- Who is interviewed in this area: 1 women, 2 men; never both in one.
  sex INTEGER NOT NULL,
  region TEXT NOT NULL,
  urban TEXT NOT NULL,
  UNIQUE (study_id, stratum, code)
);
CREATE TABLE sampled_case (
  study_id INTEGER NOT NULL REFERENCES study (id),
  code TEXT NOT NULL,
  psu_id INTEGER NOT NULL REFERENCES psu (id),
  base_weight DOUBLE NOT NULL,
  PRIMARY KEY (study_id, code)
) WITHOUT ROWID;

-- What a visit ended in, with the person taken out. The case is a keyed pseudonym; the key is not in this database.
CREATE TABLE response (
  id BLOB NOT NULL PRIMARY KEY,
  study_id INTEGER NOT NULL REFERENCES study (id),
  form_version_id INTEGER NOT NULL REFERENCES form_version (id),
  approval_id INTEGER NOT NULL REFERENCES approval (id),
  psu_id INTEGER NOT NULL REFERENCES psu (id),
  case_pseudonym BLOB NOT NULL,
  is_current BOOLEAN NOT NULL,
  result INTEGER NOT NULL,
  sex INTEGER NOT NULL,
  age_years INTEGER,
  contact_age_group INTEGER,
  disability TEXT NOT NULL,
  n_eligible INTEGER NOT NULL,
  iso_week TEXT NOT NULL,
  duration_band TEXT NOT NULL,
  -- The coded answers in the order of the form's kept questions, parted by tabs.
  answers TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX response_study ON response (study_id, form_version_id);
CREATE UNIQUE INDEX response_case ON response (case_pseudonym) WHERE is_current;

-- What a device has been told is kept: enough to recognise a repetition, not a device or a person.
CREATE TABLE receipt (
  instance_mac BLOB NOT NULL,
  content_mac BLOB NOT NULL,
  -- The instance this one replaces, where it is an edit.
  deprecated_mac BLOB,
  response_id BLOB,
  set_aside_id INTEGER,
  PRIMARY KEY (instance_mac, content_mac)
) WITHOUT ROWID;
CREATE INDEX receipt_deprecated ON receipt (deprecated_mac) WHERE deprecated_mac IS NOT NULL;

-- What could not be counted, sealed to the ethics reviewer's key.
CREATE TABLE set_aside (
  id INTEGER PRIMARY KEY,
  study_id INTEGER NOT NULL REFERENCES study (id),
  reason TEXT NOT NULL,
  iso_week TEXT NOT NULL,
  destroy_after TEXT NOT NULL,
  sealed BLOB NOT NULL
);

-- A named set of weights, as it was computed.
CREATE TABLE weight_set (
  id INTEGER PRIMARY KEY,
  study_id INTEGER NOT NULL REFERENCES study (id),
  name TEXT NOT NULL,
  form_version_id INTEGER NOT NULL REFERENCES form_version (id),
  recipe TEXT NOT NULL,
  diagnostics TEXT NOT NULL,
  UNIQUE (study_id, name)
);
CREATE TABLE weight (
  weight_set_id INTEGER NOT NULL REFERENCES weight_set (id),
  response_id BLOB NOT NULL REFERENCES response (id),
  value DOUBLE NOT NULL,
  -- As it was before it was fitted to the population: variances are those of residuals under it.
  before_calibration DOUBLE NOT NULL,
  PRIMARY KEY (weight_set_id, response_id)
) WITHOUT ROWID;
