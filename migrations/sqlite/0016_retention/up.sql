-- One row: the day up to which what has a date was destroyed. The next run goes a few days further at most, whatever the machine's clock says.
CREATE TABLE retention (
  held_to TEXT NOT NULL PRIMARY KEY,
  row_hash BLOB
);
CREATE INDEX retention_unhashed ON retention (held_to) WHERE row_hash IS NULL;
CREATE TRIGGER retention_row_is_new AFTER INSERT ON retention WHEN NEW.row_hash IS NULL BEGIN
  INSERT INTO unhashed (name) SELECT 'retention' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'retention');
END;
CREATE TRIGGER retention_row_is_changed AFTER UPDATE OF held_to ON retention BEGIN
  UPDATE retention SET row_hash = NULL WHERE rowid = NEW.rowid;
  INSERT INTO unhashed (name) SELECT 'retention' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'retention');
END;
