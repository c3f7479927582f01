-- The PSUs a device works in. Which of their cases it has interviewed is kept nowhere.
CREATE TABLE device_psu (
  device_id BIGINT NOT NULL REFERENCES device (id),
  psu_id BIGINT NOT NULL REFERENCES psu (id),
  PRIMARY KEY (device_id, psu_id)
);
CREATE INDEX device_psu_psu ON device_psu (psu_id);
