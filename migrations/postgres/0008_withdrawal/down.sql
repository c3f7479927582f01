DROP TABLE erasure;
DROP TABLE withdrawal_code;
ALTER TABLE study DROP COLUMN keep_until;
