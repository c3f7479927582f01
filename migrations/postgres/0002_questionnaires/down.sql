DROP TABLE version_file;
DROP TABLE draft_file;
DROP TABLE form_draft;
ALTER TABLE form_version DROP COLUMN published_at;
ALTER TABLE form_version DROP COLUMN created_at;
DROP TABLE response_instance;
