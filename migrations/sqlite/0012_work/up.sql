-- The PSUs a device works in. Which of their cases it has interviewed is kept nowhere.
CREATE TABLE device_psu (
  device_id INTEGER NOT NULL REFERENCES device (id),
  psu_id INTEGER NOT NULL REFERENCES psu (id),
  PRIMARY KEY (device_id, psu_id)
) WITHOUT ROWID;
CREATE INDEX device_psu_psu ON device_psu (psu_id);
