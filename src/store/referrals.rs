//! The referral directory of a study.

use diesel::prelude::*;

use super::connection::on;
use super::schema::referral;
use super::{Error, Pending, Store};
use crate::fieldwork::Referral;
use crate::trail::{Act, Action, By};

type Row = (String, String, String, String, String, String, String);

impl Store {
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
}
