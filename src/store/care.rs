//! What a study owes those it asks and those who ask: the referral directory, and how many interviews a device holds in a week.

use diesel::prelude::*;

use super::connection::{Connection, on};
use super::schema::{device, device_week, referral, response};
use super::{Error, Pending, Store};
use crate::fieldwork::Referral;
use crate::trail::{Act, Action, By};

type Row = (String, String, String, String, String, String, String);

/// How many current records of one result took how long.
#[derive(Debug, Clone, Queryable)]
pub struct Durations {
    pub result: i32,
    pub band: String,
    pub records: i64,
}

impl Store {
    /// The bands of duration of a study's records, by result.
    pub fn durations(&self, study_id: i64) -> Result<Vec<Durations>, Error> {
        self.read(|c| {
            Ok(on!(c, c => response::table
                .filter(response::study_id.eq(study_id))
                .filter(response::is_current)
                .group_by((response::result, response::duration_band))
                .select((response::result, response::duration_band, diesel::dsl::count_star()))
                .load(c))?)
        })
    }

    /// Puts a study's directory in the place of the one before.
    pub fn put_referrals(&self, by: By, study_id: i64, referrals: Vec<Referral>) -> Pending<()> {
        self.write_as(by, move |c| {
            on!(c, c => diesel::delete(referral::table.filter(referral::study_id.eq(study_id))).execute(c))?;
            for (r, place) in referrals.iter().zip(0..) {
                let values = (
                    referral::study_id.eq(study_id),
                    referral::place.eq(place),
                    referral::region.eq(&r.region),
                    referral::service.eq(&r.service),
                    referral::purpose.eq(&r.purpose),
                    referral::reach.eq(&r.reach),
                    referral::hours.eq(&r.hours),
                    referral::languages.eq(&r.languages),
                    referral::verified_on.eq(r.verified_on.to_string()),
                );
                on!(c, c => diesel::insert_into(referral::table).values(values).execute(c))?;
            }
            Ok(((), Act::new(Action::ReferralsSet).study(study_id).with("services", referrals.len())))
        })
    }

    /// A study's directory, in the order it was put.
    pub fn referrals(&self, study_id: i64) -> Result<Vec<Referral>, Error> {
        let columns = (
            referral::region,
            referral::service,
            referral::purpose,
            referral::reach,
            referral::hours,
            referral::languages,
            referral::verified_on,
        );
        let rows: Vec<Row> = self.read(|c| {
            Ok(on!(c, c => referral::table.filter(referral::study_id.eq(study_id)).order(referral::place).select(columns).load(c))?)
        })?;
        let damaged = || Error::Unavailable("a kept referral is damaged".to_owned());
        let of = |(region, service, purpose, reach, hours, languages, day): Row| {
            let verified_on = day.parse().map_err(|_| damaged())?;
            Ok(Referral { region, service, purpose, reach, hours, languages, verified_on })
        };
        rows.into_iter().map(of).collect()
    }

    /// The regions in which a service was verified on a day or later.
    pub fn regions_with_help(&self, study_id: i64, since: &str) -> Result<Vec<String>, Error> {
        self.read(|c| {
            Ok(on!(c, c => referral::table
                .filter(referral::study_id.eq(study_id))
                .filter(referral::verified_on.ge(since))
                .select(referral::region)
                .distinct()
                .load(c))?)
        })
    }

    /// One interview more that a device held in a week; which, is kept nowhere. What was counted before the week `since` is erased.
    pub fn count_interview(&self, device_id: i64, week: String, since: String) -> Pending<()> {
        self.write_unattended(move |c| {
            erase_weeks_before(c, &since)?;
            let values = (device_week::device_id.eq(device_id), device_week::week.eq(&week), device_week::interviews.eq(1));
            on!(c, c => diesel::insert_into(device_week::table)
                .values(values)
                .on_conflict((device_week::device_id, device_week::week))
                .do_update()
                .set(device_week::interviews.eq(device_week::interviews + 1))
                .execute(c))?;
            Ok(())
        })
    }

    /// How many interviews each device of a study held in a week; none is none.
    pub fn weekly_interviews(&self, study_id: i64, week: &str) -> Result<Vec<(i64, i32)>, Error> {
        self.read(|c| {
            Ok(on!(c, c => device_week::table
                .inner_join(device::table)
                .filter(device::study_id.eq(study_id))
                .filter(device_week::week.eq(week))
                .select((device_week::device_id, device_week::interviews))
                .load(c))?)
        })
    }

    /// Erases the counts of weeks before one; how many there were.
    pub fn erase_weeks_before(&self, week: String) -> Pending<usize> {
        self.write_unattended(move |c| erase_weeks_before(c, &week))
    }
}

fn erase_weeks_before(c: &mut Connection, week: &str) -> Result<usize, Error> {
    Ok(on!(c, c => diesel::delete(device_week::table.filter(device_week::week.lt(week))).execute(c))?)
}
