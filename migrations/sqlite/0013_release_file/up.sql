-- A release in the forms statistical offices exchange, byte for byte as it leaves.
CREATE TABLE release_file (
  release_id INTEGER NOT NULL REFERENCES release (id),
  -- xlsx, sdmx.csv, sdmx-structure.json or ddi.xml
  name TEXT NOT NULL,
  content BLOB NOT NULL,
  PRIMARY KEY (release_id, name)
) WITHOUT ROWID;
