-- One row: the day up to which what has a date was destroyed. The next run goes a few days further at most, whatever the machine's clock says.
CREATE TABLE retention (
  held_to TEXT NOT NULL PRIMARY KEY,
  row_hash BYTEA
);
CREATE TRIGGER retention_row_hash BEFORE INSERT OR UPDATE ON retention FOR EACH ROW EXECUTE FUNCTION hash_row();
