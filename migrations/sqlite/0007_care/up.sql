-- pilot: its tables are never published. It changes to main alone, and only before anything was approved: until then no phone has a form.
ALTER TABLE study ADD COLUMN phase TEXT NOT NULL DEFAULT 'main';
-- How many interviews a week one enumerator should hold at most; more are shown to supervisors, never refused.
ALTER TABLE study ADD COLUMN weekly_interviews INTEGER NOT NULL DEFAULT 20;
-- How old the day may be on which a service of the help list was last verified.
ALTER TABLE study ADD COLUMN referral_days INTEGER NOT NULL DEFAULT 90;
-- A region of the frame; empty: everywhere.
ALTER TABLE suspension ADD COLUMN area TEXT NOT NULL DEFAULT '';
-- Where people find help: of a service, never of a person.
CREATE TABLE referral (
  study_id INTEGER NOT NULL REFERENCES study (id),
  place INTEGER NOT NULL,
  region TEXT NOT NULL,
  service TEXT NOT NULL,
  purpose TEXT NOT NULL,
  reach TEXT NOT NULL,
  hours TEXT NOT NULL,
  languages TEXT NOT NULL,
  verified_on TEXT NOT NULL,
  PRIMARY KEY (study_id, place)
) WITHOUT ROWID;
-- How many interviews a device held in a week: a number, never which. Erased after eight weeks, or with the device.
CREATE TABLE device_week (
  device_id INTEGER NOT NULL REFERENCES device (id),
  week TEXT NOT NULL,
  interviews INTEGER NOT NULL,
  PRIMARY KEY (device_id, week)
) WITHOUT ROWID;
