-- A number that is written and read again to see whether the database keeps what it is given.
CREATE TABLE mark (number INTEGER NOT NULL);
INSERT INTO mark (number) VALUES (0);
