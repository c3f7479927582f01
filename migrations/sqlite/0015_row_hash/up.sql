-- Each row carries a hash of its whole content, so that a bit that turns on the disk is found and named. The trail's lines have theirs.
-- SQLite's triggers cannot compute one: they take it away and note the table, and the writer sets it before it commits.
CREATE TABLE unhashed (
  name TEXT NOT NULL PRIMARY KEY
) WITHOUT ROWID;
-- All of them, when this version is first started.
INSERT INTO unhashed (name) VALUES ('*');
-- As before, but not when only the hash is set.
DROP TRIGGER response_changed;
CREATE TRIGGER response_changed AFTER UPDATE OF id, study_id, form_version_id, approval_id, psu_id, case_pseudonym, is_current, result, sex, age_years, contact_age_group, disability, n_eligible, iso_week, duration_band, answers ON response BEGIN
  INSERT INTO response_change (study_id, changes) VALUES (OLD.study_id, 1) ON CONFLICT (study_id) DO UPDATE SET changes = changes + 1;
END;
DROP TRIGGER response_removed;
CREATE TRIGGER response_removed AFTER DELETE ON response BEGIN
  INSERT INTO response_change (study_id, changes) VALUES (OLD.study_id, 1) ON CONFLICT (study_id) DO UPDATE SET changes = changes + 1;
END;

ALTER TABLE study ADD COLUMN row_hash BLOB;
CREATE INDEX study_unhashed ON study (id) WHERE row_hash IS NULL;
CREATE TRIGGER study_row_is_new AFTER INSERT ON study WHEN NEW.row_hash IS NULL BEGIN
  INSERT INTO unhashed (name) SELECT 'study' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'study');
END;
CREATE TRIGGER study_row_is_changed AFTER UPDATE OF id, name, synthetic, lonely_psu, phase, weekly_interviews, referral_days, keep_until ON study BEGIN
  UPDATE study SET row_hash = NULL WHERE rowid = NEW.rowid;
  INSERT INTO unhashed (name) SELECT 'study' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'study');
END;

ALTER TABLE person ADD COLUMN row_hash BLOB;
CREATE INDEX person_unhashed ON person (id) WHERE row_hash IS NULL;
CREATE TRIGGER person_row_is_new AFTER INSERT ON person WHEN NEW.row_hash IS NULL BEGIN
  INSERT INTO unhashed (name) SELECT 'person' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'person');
END;
CREATE TRIGGER person_row_is_changed AFTER UPDATE OF id, email, name, password_hash, disabled, recipient ON person BEGIN
  UPDATE person SET row_hash = NULL WHERE rowid = NEW.rowid;
  INSERT INTO unhashed (name) SELECT 'person' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'person');
END;

ALTER TABLE assignment ADD COLUMN row_hash BLOB;
CREATE INDEX assignment_unhashed ON assignment (person_id, study_id, role) WHERE row_hash IS NULL;
CREATE TRIGGER assignment_row_is_new AFTER INSERT ON assignment WHEN NEW.row_hash IS NULL BEGIN
  INSERT INTO unhashed (name) SELECT 'assignment' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'assignment');
END;
CREATE TRIGGER assignment_row_is_changed AFTER UPDATE OF person_id, study_id, role ON assignment BEGIN
  UPDATE assignment SET row_hash = NULL WHERE person_id = NEW.person_id AND study_id = NEW.study_id AND role = NEW.role;
  INSERT INTO unhashed (name) SELECT 'assignment' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'assignment');
END;

ALTER TABLE session ADD COLUMN row_hash BLOB;
CREATE INDEX session_unhashed ON session (token_hash) WHERE row_hash IS NULL;
CREATE TRIGGER session_row_is_new AFTER INSERT ON session WHEN NEW.row_hash IS NULL BEGIN
  INSERT INTO unhashed (name) SELECT 'session' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'session');
END;
CREATE TRIGGER session_row_is_changed AFTER UPDATE OF token_hash, person_id, expires_at, used_at ON session BEGIN
  UPDATE session SET row_hash = NULL WHERE token_hash = NEW.token_hash;
  INSERT INTO unhashed (name) SELECT 'session' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'session');
END;

ALTER TABLE device ADD COLUMN row_hash BLOB;
CREATE INDEX device_unhashed ON device (id) WHERE row_hash IS NULL;
CREATE TRIGGER device_row_is_new AFTER INSERT ON device WHEN NEW.row_hash IS NULL BEGIN
  INSERT INTO unhashed (name) SELECT 'device' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'device');
END;
CREATE TRIGGER device_row_is_changed AFTER UPDATE OF id, study_id, name, token_hash, expires_on, revoked, last_week ON device BEGIN
  UPDATE device SET row_hash = NULL WHERE rowid = NEW.rowid;
  INSERT INTO unhashed (name) SELECT 'device' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'device');
END;

ALTER TABLE form_version ADD COLUMN row_hash BLOB;
CREATE INDEX form_version_unhashed ON form_version (id) WHERE row_hash IS NULL;
CREATE TRIGGER form_version_row_is_new AFTER INSERT ON form_version WHEN NEW.row_hash IS NULL BEGIN
  INSERT INTO unhashed (name) SELECT 'form_version' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'form_version');
END;
CREATE TRIGGER form_version_row_is_changed AFTER UPDATE OF id, study_id, form_id, version, hash, title, workbook, state, created_at, published_at ON form_version BEGIN
  UPDATE form_version SET row_hash = NULL WHERE rowid = NEW.rowid;
  INSERT INTO unhashed (name) SELECT 'form_version' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'form_version');
END;

ALTER TABLE review ADD COLUMN row_hash BLOB;
CREATE INDEX review_unhashed ON review (id) WHERE row_hash IS NULL;
CREATE TRIGGER review_row_is_new AFTER INSERT ON review WHEN NEW.row_hash IS NULL BEGIN
  INSERT INTO unhashed (name) SELECT 'review' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'review');
END;
CREATE TRIGGER review_row_is_changed AFTER UPDATE OF id, study_id, form_version_id, asked_by, dossier, decision, decided_by ON review BEGIN
  UPDATE review SET row_hash = NULL WHERE rowid = NEW.rowid;
  INSERT INTO unhashed (name) SELECT 'review' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'review');
END;

ALTER TABLE approval ADD COLUMN row_hash BLOB;
CREATE INDEX approval_unhashed ON approval (id) WHERE row_hash IS NULL;
CREATE TRIGGER approval_row_is_new AFTER INSERT ON approval WHEN NEW.row_hash IS NULL BEGIN
  INSERT INTO unhashed (name) SELECT 'approval' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'approval');
END;
CREATE TRIGGER approval_row_is_changed AFTER UPDATE OF id, study_id, review_id, form_id, form_hash, decision ON approval BEGIN
  UPDATE approval SET row_hash = NULL WHERE rowid = NEW.rowid;
  INSERT INTO unhashed (name) SELECT 'approval' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'approval');
END;

ALTER TABLE suspension ADD COLUMN row_hash BLOB;
CREATE INDEX suspension_unhashed ON suspension (id) WHERE row_hash IS NULL;
CREATE TRIGGER suspension_row_is_new AFTER INSERT ON suspension WHEN NEW.row_hash IS NULL BEGIN
  INSERT INTO unhashed (name) SELECT 'suspension' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'suspension');
END;
CREATE TRIGGER suspension_row_is_changed AFTER UPDATE OF id, study_id, form_id, reason, lifted, area ON suspension BEGIN
  UPDATE suspension SET row_hash = NULL WHERE rowid = NEW.rowid;
  INSERT INTO unhashed (name) SELECT 'suspension' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'suspension');
END;

ALTER TABLE psu ADD COLUMN row_hash BLOB;
CREATE INDEX psu_unhashed ON psu (id) WHERE row_hash IS NULL;
CREATE TRIGGER psu_row_is_new AFTER INSERT ON psu WHEN NEW.row_hash IS NULL BEGIN
  INSERT INTO unhashed (name) SELECT 'psu' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'psu');
END;
CREATE TRIGGER psu_row_is_changed AFTER UPDATE OF id, study_id, stratum, code, sex, region, urban ON psu BEGIN
  UPDATE psu SET row_hash = NULL WHERE rowid = NEW.rowid;
  INSERT INTO unhashed (name) SELECT 'psu' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'psu');
END;

ALTER TABLE sampled_case ADD COLUMN row_hash BLOB;
CREATE INDEX sampled_case_unhashed ON sampled_case (study_id, code) WHERE row_hash IS NULL;
CREATE TRIGGER sampled_case_row_is_new AFTER INSERT ON sampled_case WHEN NEW.row_hash IS NULL BEGIN
  INSERT INTO unhashed (name) SELECT 'sampled_case' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'sampled_case');
END;
CREATE TRIGGER sampled_case_row_is_changed AFTER UPDATE OF study_id, code, psu_id, base_weight ON sampled_case BEGIN
  UPDATE sampled_case SET row_hash = NULL WHERE study_id = NEW.study_id AND code = NEW.code;
  INSERT INTO unhashed (name) SELECT 'sampled_case' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'sampled_case');
END;

ALTER TABLE response ADD COLUMN row_hash BLOB;
CREATE INDEX response_unhashed ON response (id) WHERE row_hash IS NULL;
CREATE TRIGGER response_row_is_new AFTER INSERT ON response WHEN NEW.row_hash IS NULL BEGIN
  INSERT INTO unhashed (name) SELECT 'response' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'response');
END;
CREATE TRIGGER response_row_is_changed AFTER UPDATE OF id, study_id, form_version_id, approval_id, psu_id, case_pseudonym, is_current, result, sex, age_years, contact_age_group, disability, n_eligible, iso_week, duration_band, answers ON response BEGIN
  UPDATE response SET row_hash = NULL WHERE id = NEW.id;
  INSERT INTO unhashed (name) SELECT 'response' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'response');
END;

ALTER TABLE receipt ADD COLUMN row_hash BLOB;
CREATE INDEX receipt_unhashed ON receipt (instance_mac, content_mac) WHERE row_hash IS NULL;
CREATE TRIGGER receipt_row_is_new AFTER INSERT ON receipt WHEN NEW.row_hash IS NULL BEGIN
  INSERT INTO unhashed (name) SELECT 'receipt' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'receipt');
END;
CREATE TRIGGER receipt_row_is_changed AFTER UPDATE OF instance_mac, content_mac, deprecated_mac, response_id, set_aside_id ON receipt BEGIN
  UPDATE receipt SET row_hash = NULL WHERE instance_mac = NEW.instance_mac AND content_mac = NEW.content_mac;
  INSERT INTO unhashed (name) SELECT 'receipt' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'receipt');
END;

ALTER TABLE set_aside ADD COLUMN row_hash BLOB;
CREATE INDEX set_aside_unhashed ON set_aside (id) WHERE row_hash IS NULL;
CREATE TRIGGER set_aside_row_is_new AFTER INSERT ON set_aside WHEN NEW.row_hash IS NULL BEGIN
  INSERT INTO unhashed (name) SELECT 'set_aside' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'set_aside');
END;
CREATE TRIGGER set_aside_row_is_changed AFTER UPDATE OF id, study_id, reason, iso_week, destroy_after, sealed, form_version_id, kind, of_record, parts_named, opens_with, state, again_instance, again_content ON set_aside BEGIN
  UPDATE set_aside SET row_hash = NULL WHERE rowid = NEW.rowid;
  INSERT INTO unhashed (name) SELECT 'set_aside' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'set_aside');
END;

ALTER TABLE weight_set ADD COLUMN row_hash BLOB;
CREATE INDEX weight_set_unhashed ON weight_set (id) WHERE row_hash IS NULL;
CREATE TRIGGER weight_set_row_is_new AFTER INSERT ON weight_set WHEN NEW.row_hash IS NULL BEGIN
  INSERT INTO unhashed (name) SELECT 'weight_set' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'weight_set');
END;
CREATE TRIGGER weight_set_row_is_changed AFTER UPDATE OF id, study_id, name, form_version_id, recipe, diagnostics ON weight_set BEGIN
  UPDATE weight_set SET row_hash = NULL WHERE rowid = NEW.rowid;
  INSERT INTO unhashed (name) SELECT 'weight_set' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'weight_set');
END;

ALTER TABLE weight ADD COLUMN row_hash BLOB;
CREATE INDEX weight_unhashed ON weight (weight_set_id, response_id) WHERE row_hash IS NULL;
CREATE TRIGGER weight_row_is_new AFTER INSERT ON weight WHEN NEW.row_hash IS NULL BEGIN
  INSERT INTO unhashed (name) SELECT 'weight' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'weight');
END;
CREATE TRIGGER weight_row_is_changed AFTER UPDATE OF weight_set_id, response_id, value, before_calibration ON weight BEGIN
  UPDATE weight SET row_hash = NULL WHERE weight_set_id = NEW.weight_set_id AND response_id = NEW.response_id;
  INSERT INTO unhashed (name) SELECT 'weight' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'weight');
END;

ALTER TABLE response_instance ADD COLUMN row_hash BLOB;
CREATE INDEX response_instance_unhashed ON response_instance (response_id, repeat_name, number) WHERE row_hash IS NULL;
CREATE TRIGGER response_instance_row_is_new AFTER INSERT ON response_instance WHEN NEW.row_hash IS NULL BEGIN
  INSERT INTO unhashed (name) SELECT 'response_instance' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'response_instance');
END;
CREATE TRIGGER response_instance_row_is_changed AFTER UPDATE OF response_id, repeat_name, number, around, answers ON response_instance BEGIN
  UPDATE response_instance SET row_hash = NULL WHERE response_id = NEW.response_id AND repeat_name = NEW.repeat_name AND number = NEW.number;
  INSERT INTO unhashed (name) SELECT 'response_instance' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'response_instance');
END;

ALTER TABLE form_draft ADD COLUMN row_hash BLOB;
CREATE INDEX form_draft_unhashed ON form_draft (id) WHERE row_hash IS NULL;
CREATE TRIGGER form_draft_row_is_new AFTER INSERT ON form_draft WHEN NEW.row_hash IS NULL BEGIN
  INSERT INTO unhashed (name) SELECT 'form_draft' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'form_draft');
END;
CREATE TRIGGER form_draft_row_is_changed AFTER UPDATE OF id, study_id, form_id, version, hash, title, workbook, token, created_at ON form_draft BEGIN
  UPDATE form_draft SET row_hash = NULL WHERE rowid = NEW.rowid;
  INSERT INTO unhashed (name) SELECT 'form_draft' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'form_draft');
END;

ALTER TABLE draft_file ADD COLUMN row_hash BLOB;
CREATE INDEX draft_file_unhashed ON draft_file (draft_id, name) WHERE row_hash IS NULL;
CREATE TRIGGER draft_file_row_is_new AFTER INSERT ON draft_file WHEN NEW.row_hash IS NULL BEGIN
  INSERT INTO unhashed (name) SELECT 'draft_file' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'draft_file');
END;
CREATE TRIGGER draft_file_row_is_changed AFTER UPDATE OF draft_id, name, content, md5, sha256, updated_at ON draft_file BEGIN
  UPDATE draft_file SET row_hash = NULL WHERE rowid = NEW.rowid;
  INSERT INTO unhashed (name) SELECT 'draft_file' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'draft_file');
END;

ALTER TABLE version_file ADD COLUMN row_hash BLOB;
CREATE INDEX version_file_unhashed ON version_file (form_version_id, name) WHERE row_hash IS NULL;
CREATE TRIGGER version_file_row_is_new AFTER INSERT ON version_file WHEN NEW.row_hash IS NULL BEGIN
  INSERT INTO unhashed (name) SELECT 'version_file' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'version_file');
END;
CREATE TRIGGER version_file_row_is_changed AFTER UPDATE OF form_version_id, name, content, md5, sha256, updated_at ON version_file BEGIN
  UPDATE version_file SET row_hash = NULL WHERE rowid = NEW.rowid;
  INSERT INTO unhashed (name) SELECT 'version_file' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'version_file');
END;

ALTER TABLE second_factor ADD COLUMN row_hash BLOB;
CREATE INDEX second_factor_unhashed ON second_factor (person_id) WHERE row_hash IS NULL;
CREATE TRIGGER second_factor_row_is_new AFTER INSERT ON second_factor WHEN NEW.row_hash IS NULL BEGIN
  INSERT INTO unhashed (name) SELECT 'second_factor' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'second_factor');
END;
CREATE TRIGGER second_factor_row_is_changed AFTER UPDATE OF person_id, salt, confirmed, last_step ON second_factor BEGIN
  UPDATE second_factor SET row_hash = NULL WHERE rowid = NEW.rowid;
  INSERT INTO unhashed (name) SELECT 'second_factor' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'second_factor');
END;

ALTER TABLE recovery_code ADD COLUMN row_hash BLOB;
CREATE INDEX recovery_code_unhashed ON recovery_code (person_id, code_hash) WHERE row_hash IS NULL;
CREATE TRIGGER recovery_code_row_is_new AFTER INSERT ON recovery_code WHEN NEW.row_hash IS NULL BEGIN
  INSERT INTO unhashed (name) SELECT 'recovery_code' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'recovery_code');
END;
CREATE TRIGGER recovery_code_row_is_changed AFTER UPDATE OF person_id, code_hash ON recovery_code BEGIN
  UPDATE recovery_code SET row_hash = NULL WHERE person_id = NEW.person_id AND code_hash = NEW.code_hash;
  INSERT INTO unhashed (name) SELECT 'recovery_code' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'recovery_code');
END;

ALTER TABLE set_aside_decision ADD COLUMN row_hash BLOB;
CREATE INDEX set_aside_decision_unhashed ON set_aside_decision (id) WHERE row_hash IS NULL;
CREATE TRIGGER set_aside_decision_row_is_new AFTER INSERT ON set_aside_decision WHEN NEW.row_hash IS NULL BEGIN
  INSERT INTO unhashed (name) SELECT 'set_aside_decision' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'set_aside_decision');
END;
CREATE TRIGGER set_aside_decision_row_is_changed AFTER UPDATE OF id, set_aside_id, decision, reason, because, decided_by, decided_on ON set_aside_decision BEGIN
  UPDATE set_aside_decision SET row_hash = NULL WHERE rowid = NEW.rowid;
  INSERT INTO unhashed (name) SELECT 'set_aside_decision' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'set_aside_decision');
END;

ALTER TABLE own_words ADD COLUMN row_hash BLOB;
CREATE INDEX own_words_unhashed ON own_words (id) WHERE row_hash IS NULL;
CREATE TRIGGER own_words_row_is_new AFTER INSERT ON own_words WHEN NEW.row_hash IS NULL BEGIN
  INSERT INTO unhashed (name) SELECT 'own_words' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'own_words');
END;
CREATE TRIGGER own_words_row_is_changed AFTER UPDATE OF id, response_id, question, place, words, erase_after ON own_words BEGIN
  UPDATE own_words SET row_hash = NULL WHERE id = NEW.id;
  INSERT INTO unhashed (name) SELECT 'own_words' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'own_words');
END;

ALTER TABLE link_cut ADD COLUMN row_hash BLOB;
CREATE INDEX link_cut_unhashed ON link_cut (study_id) WHERE row_hash IS NULL;
CREATE TRIGGER link_cut_row_is_new AFTER INSERT ON link_cut WHEN NEW.row_hash IS NULL BEGIN
  INSERT INTO unhashed (name) SELECT 'link_cut' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'link_cut');
END;
CREATE TRIGGER link_cut_row_is_changed AFTER UPDATE OF study_id, cut_by, cut_on, because, cases, responses, joined_before, joined_after ON link_cut BEGIN
  UPDATE link_cut SET row_hash = NULL WHERE rowid = NEW.rowid;
  INSERT INTO unhashed (name) SELECT 'link_cut' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'link_cut');
END;

ALTER TABLE referral ADD COLUMN row_hash BLOB;
CREATE INDEX referral_unhashed ON referral (study_id, place) WHERE row_hash IS NULL;
CREATE TRIGGER referral_row_is_new AFTER INSERT ON referral WHEN NEW.row_hash IS NULL BEGIN
  INSERT INTO unhashed (name) SELECT 'referral' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'referral');
END;
CREATE TRIGGER referral_row_is_changed AFTER UPDATE OF study_id, place, region, service, purpose, reach, hours, languages, verified_on ON referral BEGIN
  UPDATE referral SET row_hash = NULL WHERE study_id = NEW.study_id AND place = NEW.place;
  INSERT INTO unhashed (name) SELECT 'referral' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'referral');
END;

ALTER TABLE device_week ADD COLUMN row_hash BLOB;
CREATE INDEX device_week_unhashed ON device_week (device_id, week) WHERE row_hash IS NULL;
CREATE TRIGGER device_week_row_is_new AFTER INSERT ON device_week WHEN NEW.row_hash IS NULL BEGIN
  INSERT INTO unhashed (name) SELECT 'device_week' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'device_week');
END;
CREATE TRIGGER device_week_row_is_changed AFTER UPDATE OF device_id, week, interviews ON device_week BEGIN
  UPDATE device_week SET row_hash = NULL WHERE device_id = NEW.device_id AND week = NEW.week;
  INSERT INTO unhashed (name) SELECT 'device_week' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'device_week');
END;

ALTER TABLE withdrawal_code ADD COLUMN row_hash BLOB;
CREATE INDEX withdrawal_code_unhashed ON withdrawal_code (code_mac) WHERE row_hash IS NULL;
CREATE TRIGGER withdrawal_code_row_is_new AFTER INSERT ON withdrawal_code WHEN NEW.row_hash IS NULL BEGIN
  INSERT INTO unhashed (name) SELECT 'withdrawal_code' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'withdrawal_code');
END;
CREATE TRIGGER withdrawal_code_row_is_changed AFTER UPDATE OF code_mac, study_id, response_id ON withdrawal_code BEGIN
  UPDATE withdrawal_code SET row_hash = NULL WHERE code_mac = NEW.code_mac;
  INSERT INTO unhashed (name) SELECT 'withdrawal_code' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'withdrawal_code');
END;

ALTER TABLE erasure ADD COLUMN row_hash BLOB;
CREATE INDEX erasure_unhashed ON erasure (study_id) WHERE row_hash IS NULL;
CREATE TRIGGER erasure_row_is_new AFTER INSERT ON erasure WHEN NEW.row_hash IS NULL BEGIN
  INSERT INTO unhashed (name) SELECT 'erasure' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'erasure');
END;
CREATE TRIGGER erasure_row_is_changed AFTER UPDATE OF study_id, erased_on, responses ON erasure BEGIN
  UPDATE erasure SET row_hash = NULL WHERE rowid = NEW.rowid;
  INSERT INTO unhashed (name) SELECT 'erasure' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'erasure');
END;

ALTER TABLE release ADD COLUMN row_hash BLOB;
CREATE INDEX release_unhashed ON release (id) WHERE row_hash IS NULL;
CREATE TRIGGER release_row_is_new AFTER INSERT ON release WHEN NEW.row_hash IS NULL BEGIN
  INSERT INTO unhashed (name) SELECT 'release' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'release');
END;
CREATE TRIGGER release_row_is_changed AFTER UPDATE OF id, study_id, name, state, weight_set_id, form_version_id, data, follows, made_by, made_on, approved_by, frozen_on, loss, digest ON release BEGIN
  UPDATE release SET row_hash = NULL WHERE rowid = NEW.rowid;
  INSERT INTO unhashed (name) SELECT 'release' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'release');
END;

ALTER TABLE release_table ADD COLUMN row_hash BLOB;
CREATE INDEX release_table_unhashed ON release_table (release_id, place) WHERE row_hash IS NULL;
CREATE TRIGGER release_table_row_is_new AFTER INSERT ON release_table WHEN NEW.row_hash IS NULL BEGIN
  INSERT INTO unhashed (name) SELECT 'release_table' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'release_table');
END;
CREATE TRIGGER release_table_row_is_changed AFTER UPDATE OF release_id, place, indicator, dimensions, json, csv, cells ON release_table BEGIN
  UPDATE release_table SET row_hash = NULL WHERE release_id = NEW.release_id AND place = NEW.place;
  INSERT INTO unhashed (name) SELECT 'release_table' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'release_table');
END;

ALTER TABLE mark ADD COLUMN row_hash BLOB;
CREATE INDEX mark_unhashed ON mark (number) WHERE row_hash IS NULL;
CREATE TRIGGER mark_row_is_new AFTER INSERT ON mark WHEN NEW.row_hash IS NULL BEGIN
  INSERT INTO unhashed (name) SELECT 'mark' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'mark');
END;
CREATE TRIGGER mark_row_is_changed AFTER UPDATE OF number ON mark BEGIN
  UPDATE mark SET row_hash = NULL WHERE rowid = NEW.rowid;
  INSERT INTO unhashed (name) SELECT 'mark' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'mark');
END;

ALTER TABLE research_file ADD COLUMN row_hash BLOB;
CREATE INDEX research_file_unhashed ON research_file (id) WHERE row_hash IS NULL;
CREATE TRIGGER research_file_row_is_new AFTER INSERT ON research_file WHEN NEW.row_hash IS NULL BEGIN
  INSERT INTO unhashed (name) SELECT 'research_file' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'research_file');
END;
CREATE TRIGGER research_file_row_is_changed AFTER UPDATE OF id, study_id, asked_by, asked_on, request, report, content, granted_by, because, expires_on ON research_file BEGIN
  UPDATE research_file SET row_hash = NULL WHERE rowid = NEW.rowid;
  INSERT INTO unhashed (name) SELECT 'research_file' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'research_file');
END;

ALTER TABLE device_psu ADD COLUMN row_hash BLOB;
CREATE INDEX device_psu_unhashed ON device_psu (device_id, psu_id) WHERE row_hash IS NULL;
CREATE TRIGGER device_psu_row_is_new AFTER INSERT ON device_psu WHEN NEW.row_hash IS NULL BEGIN
  INSERT INTO unhashed (name) SELECT 'device_psu' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'device_psu');
END;
CREATE TRIGGER device_psu_row_is_changed AFTER UPDATE OF device_id, psu_id ON device_psu BEGIN
  UPDATE device_psu SET row_hash = NULL WHERE device_id = NEW.device_id AND psu_id = NEW.psu_id;
  INSERT INTO unhashed (name) SELECT 'device_psu' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'device_psu');
END;

ALTER TABLE release_file ADD COLUMN row_hash BLOB;
CREATE INDEX release_file_unhashed ON release_file (release_id, name) WHERE row_hash IS NULL;
CREATE TRIGGER release_file_row_is_new AFTER INSERT ON release_file WHEN NEW.row_hash IS NULL BEGIN
  INSERT INTO unhashed (name) SELECT 'release_file' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'release_file');
END;
CREATE TRIGGER release_file_row_is_changed AFTER UPDATE OF release_id, name, content ON release_file BEGIN
  UPDATE release_file SET row_hash = NULL WHERE release_id = NEW.release_id AND name = NEW.name;
  INSERT INTO unhashed (name) SELECT 'release_file' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'release_file');
END;

ALTER TABLE response_change ADD COLUMN row_hash BLOB;
CREATE INDEX response_change_unhashed ON response_change (study_id) WHERE row_hash IS NULL;
CREATE TRIGGER response_change_row_is_new AFTER INSERT ON response_change WHEN NEW.row_hash IS NULL BEGIN
  INSERT INTO unhashed (name) SELECT 'response_change' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'response_change');
END;
CREATE TRIGGER response_change_row_is_changed AFTER UPDATE OF study_id, changes ON response_change BEGIN
  UPDATE response_change SET row_hash = NULL WHERE rowid = NEW.rowid;
  INSERT INTO unhashed (name) SELECT 'response_change' WHERE NOT EXISTS (SELECT 1 FROM unhashed WHERE name = 'response_change');
END;
