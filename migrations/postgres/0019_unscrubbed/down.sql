DROP TABLE unscrubbed;
DROP INDEX response_earlier;
