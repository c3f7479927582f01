-- A response carries what is kept of the number it can be taken back by: one place more in one index, where there were a table and an index
-- to it. One that was edited keeps its own.
ALTER TABLE response ADD COLUMN withdrawal_mac BYTEA;
UPDATE response SET withdrawal_mac = (SELECT code_mac FROM withdrawal_code WHERE response_id = response.id ORDER BY code_mac LIMIT 1);
DROP TABLE withdrawal_code;
CREATE INDEX response_withdrawal ON response (withdrawal_mac) WHERE withdrawal_mac IS NOT NULL;
