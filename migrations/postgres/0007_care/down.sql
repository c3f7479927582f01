DROP TABLE device_week;
DROP TABLE referral;
ALTER TABLE suspension DROP COLUMN area;
ALTER TABLE study DROP COLUMN referral_days;
ALTER TABLE study DROP COLUMN weekly_interviews;
ALTER TABLE study DROP COLUMN phase;
