-- A release in the forms statistical offices exchange, byte for byte as it leaves.
CREATE TABLE release_file (
  release_id BIGINT NOT NULL REFERENCES release (id),
  -- xlsx, sdmx.csv, sdmx-structure.json or ddi.xml
  name TEXT COLLATE "C" NOT NULL,
  content BYTEA NOT NULL,
  PRIMARY KEY (release_id, name)
);
