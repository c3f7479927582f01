-- Each row carries a hash of its whole content, so that what turns on the disk, or is written past the server, is found and named.
-- The trail's lines have theirs.
CREATE FUNCTION hash_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.row_hash := NULL;
  NEW.row_hash := sha256(convert_to(NEW::text, 'UTF8'));
  RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION response_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO response_change (study_id, changes) VALUES (OLD.study_id, 1)
    ON CONFLICT (study_id) DO UPDATE SET changes = response_change.changes + 1;
  RETURN NULL;
END $$;
-- As before, but not when only the hash is set.
DROP TRIGGER response_changed ON response;
CREATE TRIGGER response_changed AFTER UPDATE OF id, study_id, form_version_id, approval_id, psu_id, case_pseudonym, is_current, result, sex, age_years, contact_age_group, disability, n_eligible, iso_week, duration_band, answers ON response FOR EACH ROW EXECUTE FUNCTION response_changed();
CREATE TRIGGER response_removed AFTER DELETE ON response FOR EACH ROW EXECUTE FUNCTION response_changed();

ALTER TABLE study ADD COLUMN row_hash BYTEA;
CREATE TRIGGER study_row_hash BEFORE INSERT OR UPDATE ON study FOR EACH ROW EXECUTE FUNCTION hash_row();
UPDATE study SET row_hash = NULL;

ALTER TABLE person ADD COLUMN row_hash BYTEA;
CREATE TRIGGER person_row_hash BEFORE INSERT OR UPDATE ON person FOR EACH ROW EXECUTE FUNCTION hash_row();
UPDATE person SET row_hash = NULL;

ALTER TABLE assignment ADD COLUMN row_hash BYTEA;
CREATE TRIGGER assignment_row_hash BEFORE INSERT OR UPDATE ON assignment FOR EACH ROW EXECUTE FUNCTION hash_row();
UPDATE assignment SET row_hash = NULL;

ALTER TABLE session ADD COLUMN row_hash BYTEA;
CREATE TRIGGER session_row_hash BEFORE INSERT OR UPDATE ON session FOR EACH ROW EXECUTE FUNCTION hash_row();
UPDATE session SET row_hash = NULL;

ALTER TABLE device ADD COLUMN row_hash BYTEA;
CREATE TRIGGER device_row_hash BEFORE INSERT OR UPDATE ON device FOR EACH ROW EXECUTE FUNCTION hash_row();
UPDATE device SET row_hash = NULL;

ALTER TABLE form_version ADD COLUMN row_hash BYTEA;
CREATE TRIGGER form_version_row_hash BEFORE INSERT OR UPDATE ON form_version FOR EACH ROW EXECUTE FUNCTION hash_row();
UPDATE form_version SET row_hash = NULL;

ALTER TABLE review ADD COLUMN row_hash BYTEA;
CREATE TRIGGER review_row_hash BEFORE INSERT OR UPDATE ON review FOR EACH ROW EXECUTE FUNCTION hash_row();
UPDATE review SET row_hash = NULL;

ALTER TABLE approval ADD COLUMN row_hash BYTEA;
CREATE TRIGGER approval_row_hash BEFORE INSERT OR UPDATE ON approval FOR EACH ROW EXECUTE FUNCTION hash_row();
UPDATE approval SET row_hash = NULL;

ALTER TABLE suspension ADD COLUMN row_hash BYTEA;
CREATE TRIGGER suspension_row_hash BEFORE INSERT OR UPDATE ON suspension FOR EACH ROW EXECUTE FUNCTION hash_row();
UPDATE suspension SET row_hash = NULL;

ALTER TABLE psu ADD COLUMN row_hash BYTEA;
CREATE TRIGGER psu_row_hash BEFORE INSERT OR UPDATE ON psu FOR EACH ROW EXECUTE FUNCTION hash_row();
UPDATE psu SET row_hash = NULL;

ALTER TABLE sampled_case ADD COLUMN row_hash BYTEA;
CREATE TRIGGER sampled_case_row_hash BEFORE INSERT OR UPDATE ON sampled_case FOR EACH ROW EXECUTE FUNCTION hash_row();
UPDATE sampled_case SET row_hash = NULL;

ALTER TABLE response ADD COLUMN row_hash BYTEA;
CREATE TRIGGER response_row_hash BEFORE INSERT OR UPDATE ON response FOR EACH ROW EXECUTE FUNCTION hash_row();
UPDATE response SET row_hash = NULL;

ALTER TABLE receipt ADD COLUMN row_hash BYTEA;
CREATE TRIGGER receipt_row_hash BEFORE INSERT OR UPDATE ON receipt FOR EACH ROW EXECUTE FUNCTION hash_row();
UPDATE receipt SET row_hash = NULL;

ALTER TABLE set_aside ADD COLUMN row_hash BYTEA;
CREATE TRIGGER set_aside_row_hash BEFORE INSERT OR UPDATE ON set_aside FOR EACH ROW EXECUTE FUNCTION hash_row();
UPDATE set_aside SET row_hash = NULL;

ALTER TABLE weight_set ADD COLUMN row_hash BYTEA;
CREATE TRIGGER weight_set_row_hash BEFORE INSERT OR UPDATE ON weight_set FOR EACH ROW EXECUTE FUNCTION hash_row();
UPDATE weight_set SET row_hash = NULL;

ALTER TABLE weight ADD COLUMN row_hash BYTEA;
CREATE TRIGGER weight_row_hash BEFORE INSERT OR UPDATE ON weight FOR EACH ROW EXECUTE FUNCTION hash_row();
UPDATE weight SET row_hash = NULL;

ALTER TABLE response_instance ADD COLUMN row_hash BYTEA;
CREATE TRIGGER response_instance_row_hash BEFORE INSERT OR UPDATE ON response_instance FOR EACH ROW EXECUTE FUNCTION hash_row();
UPDATE response_instance SET row_hash = NULL;

ALTER TABLE form_draft ADD COLUMN row_hash BYTEA;
CREATE TRIGGER form_draft_row_hash BEFORE INSERT OR UPDATE ON form_draft FOR EACH ROW EXECUTE FUNCTION hash_row();
UPDATE form_draft SET row_hash = NULL;

ALTER TABLE draft_file ADD COLUMN row_hash BYTEA;
CREATE TRIGGER draft_file_row_hash BEFORE INSERT OR UPDATE ON draft_file FOR EACH ROW EXECUTE FUNCTION hash_row();
UPDATE draft_file SET row_hash = NULL;

ALTER TABLE version_file ADD COLUMN row_hash BYTEA;
CREATE TRIGGER version_file_row_hash BEFORE INSERT OR UPDATE ON version_file FOR EACH ROW EXECUTE FUNCTION hash_row();
UPDATE version_file SET row_hash = NULL;

ALTER TABLE second_factor ADD COLUMN row_hash BYTEA;
CREATE TRIGGER second_factor_row_hash BEFORE INSERT OR UPDATE ON second_factor FOR EACH ROW EXECUTE FUNCTION hash_row();
UPDATE second_factor SET row_hash = NULL;

ALTER TABLE recovery_code ADD COLUMN row_hash BYTEA;
CREATE TRIGGER recovery_code_row_hash BEFORE INSERT OR UPDATE ON recovery_code FOR EACH ROW EXECUTE FUNCTION hash_row();
UPDATE recovery_code SET row_hash = NULL;

ALTER TABLE set_aside_decision ADD COLUMN row_hash BYTEA;
CREATE TRIGGER set_aside_decision_row_hash BEFORE INSERT OR UPDATE ON set_aside_decision FOR EACH ROW EXECUTE FUNCTION hash_row();
UPDATE set_aside_decision SET row_hash = NULL;

ALTER TABLE own_words ADD COLUMN row_hash BYTEA;
CREATE TRIGGER own_words_row_hash BEFORE INSERT OR UPDATE ON own_words FOR EACH ROW EXECUTE FUNCTION hash_row();
UPDATE own_words SET row_hash = NULL;

ALTER TABLE link_cut ADD COLUMN row_hash BYTEA;
CREATE TRIGGER link_cut_row_hash BEFORE INSERT OR UPDATE ON link_cut FOR EACH ROW EXECUTE FUNCTION hash_row();
UPDATE link_cut SET row_hash = NULL;

ALTER TABLE referral ADD COLUMN row_hash BYTEA;
CREATE TRIGGER referral_row_hash BEFORE INSERT OR UPDATE ON referral FOR EACH ROW EXECUTE FUNCTION hash_row();
UPDATE referral SET row_hash = NULL;

ALTER TABLE device_week ADD COLUMN row_hash BYTEA;
CREATE TRIGGER device_week_row_hash BEFORE INSERT OR UPDATE ON device_week FOR EACH ROW EXECUTE FUNCTION hash_row();
UPDATE device_week SET row_hash = NULL;

ALTER TABLE withdrawal_code ADD COLUMN row_hash BYTEA;
CREATE TRIGGER withdrawal_code_row_hash BEFORE INSERT OR UPDATE ON withdrawal_code FOR EACH ROW EXECUTE FUNCTION hash_row();
UPDATE withdrawal_code SET row_hash = NULL;

ALTER TABLE erasure ADD COLUMN row_hash BYTEA;
CREATE TRIGGER erasure_row_hash BEFORE INSERT OR UPDATE ON erasure FOR EACH ROW EXECUTE FUNCTION hash_row();
UPDATE erasure SET row_hash = NULL;

ALTER TABLE release ADD COLUMN row_hash BYTEA;
CREATE TRIGGER release_row_hash BEFORE INSERT OR UPDATE ON release FOR EACH ROW EXECUTE FUNCTION hash_row();
UPDATE release SET row_hash = NULL;

ALTER TABLE release_table ADD COLUMN row_hash BYTEA;
CREATE TRIGGER release_table_row_hash BEFORE INSERT OR UPDATE ON release_table FOR EACH ROW EXECUTE FUNCTION hash_row();
UPDATE release_table SET row_hash = NULL;

ALTER TABLE mark ADD COLUMN row_hash BYTEA;
CREATE TRIGGER mark_row_hash BEFORE INSERT OR UPDATE ON mark FOR EACH ROW EXECUTE FUNCTION hash_row();
UPDATE mark SET row_hash = NULL;

ALTER TABLE research_file ADD COLUMN row_hash BYTEA;
CREATE TRIGGER research_file_row_hash BEFORE INSERT OR UPDATE ON research_file FOR EACH ROW EXECUTE FUNCTION hash_row();
UPDATE research_file SET row_hash = NULL;

ALTER TABLE device_psu ADD COLUMN row_hash BYTEA;
CREATE TRIGGER device_psu_row_hash BEFORE INSERT OR UPDATE ON device_psu FOR EACH ROW EXECUTE FUNCTION hash_row();
UPDATE device_psu SET row_hash = NULL;

ALTER TABLE release_file ADD COLUMN row_hash BYTEA;
CREATE TRIGGER release_file_row_hash BEFORE INSERT OR UPDATE ON release_file FOR EACH ROW EXECUTE FUNCTION hash_row();
UPDATE release_file SET row_hash = NULL;

ALTER TABLE response_change ADD COLUMN row_hash BYTEA;
CREATE TRIGGER response_change_row_hash BEFORE INSERT OR UPDATE ON response_change FOR EACH ROW EXECUTE FUNCTION hash_row();
UPDATE response_change SET row_hash = NULL;
