//! What a committee was asked, and what it decided.

use diesel::prelude::*;

use super::connection::on;
use super::schema::{approval, review, suspension};
use super::{Error, Pending, Store};
use crate::ethics::{Approval, Decision, Standing, Suspension};
use crate::instrument::Hash;

#[derive(Debug, Clone, Queryable)]
pub struct Review {
    pub id: i64,
    pub study_id: i64,
    pub form_version_id: i64,
    pub asked_by: i64,
    /// The dossier, as JSON.
    pub dossier: String,
    pub decision: Option<String>,
    pub decided_by: Option<i64>,
}

impl Store {
    pub fn ask_review(&self, study_id: i64, form_version_id: i64, asked_by: i64, dossier: String) -> Pending<i64> {
        self.write(move |c| {
            let values = (
                review::study_id.eq(study_id),
                review::form_version_id.eq(form_version_id),
                review::asked_by.eq(asked_by),
                review::dossier.eq(&dossier),
            );
            Ok(on!(c, c => diesel::insert_into(review::table).values(values).returning(review::id).get_result(c))?)
        })
    }

    pub fn review(&self, study_id: i64, id: i64) -> Result<Review, Error> {
        self.read(|c| Ok(on!(c, c => review::table.filter(review::study_id.eq(study_id)).filter(review::id.eq(id)).first(c))?))
    }

    /// `Duplicate` where the review is decided already; a decision is made once.
    pub fn decide(&self, asked: &Review, form_id: String, form_hash: Hash, decision: Decision, decided_by: i64) -> Pending<()> {
        let (review_id, study_id) = (asked.id, asked.study_id);
        self.write(move |c| {
            let text = serde_json::to_string(&decision).map_err(|e| Error::Unavailable(e.to_string()))?;
            let open = review::table.filter(review::id.eq(review_id)).filter(review::decision.is_null());
            let set = (review::decision.eq(Some(&text)), review::decided_by.eq(Some(decided_by)));
            if on!(c, c => diesel::update(open).set(set).execute(c))? == 0 {
                return Err(Error::Duplicate);
            }
            if decision.verdict.approves() {
                let values = (
                    approval::study_id.eq(study_id),
                    approval::review_id.eq(review_id),
                    approval::form_id.eq(&form_id),
                    approval::form_hash.eq(form_hash.as_bytes().as_slice()),
                    approval::decision.eq(&text),
                );
                on!(c, c => diesel::insert_into(approval::table).values(values).execute(c))?;
            }
            Ok(())
        })
    }

    /// Stops a study, or one form of it where `form_id` is not empty.
    pub fn suspend(&self, study_id: i64, form_id: String, reason: String) -> Pending<i64> {
        self.write(move |c| {
            let values = (
                suspension::study_id.eq(study_id),
                suspension::form_id.eq(&form_id),
                suspension::reason.eq(&reason),
                suspension::lifted.eq(false),
            );
            Ok(on!(c, c => diesel::insert_into(suspension::table).values(values).returning(suspension::id).get_result(c))?)
        })
    }

    /// Lifts a stop; `NotFound` where there is none, or it is lifted already.
    pub fn reinstate(&self, study_id: i64, id: i64) -> Pending<()> {
        self.write(move |c| {
            let stop = suspension::table
                .filter(suspension::id.eq(id))
                .filter(suspension::study_id.eq(study_id))
                .filter(suspension::lifted.eq(false));
            match on!(c, c => diesel::update(stop).set(suspension::lifted.eq(true)).execute(c))? {
                0 => Err(Error::NotFound),
                _ => Ok(()),
            }
        })
    }

    /// What stands about a study's forms now.
    pub fn standing(&self, study_id: i64) -> Result<Standing, Error> {
        let columns = (suspension::id, suspension::form_id, suspension::reason);
        let rows: Vec<(i64, String, String)> = self.read(|c| {
            Ok(on!(c, c => suspension::table
                .filter(suspension::study_id.eq(study_id))
                .filter(suspension::lifted.eq(false))
                .order(suspension::id)
                .select(columns)
                .load(c))?)
        })?;
        let suspensions = rows.into_iter().map(|(id, form_id, reason)| Suspension { id, form_id, reason }).collect();
        Ok(Standing { approvals: self.approvals(study_id)?, suspensions })
    }

    /// Every approval of a study, whatever its dates.
    pub fn approvals(&self, study_id: i64) -> Result<Vec<Approval>, Error> {
        let columns = (approval::id, approval::form_hash, approval::decision);
        let rows: Vec<(i64, Vec<u8>, String)> = self.read(|c| {
            Ok(on!(c, c => approval::table.filter(approval::study_id.eq(study_id)).order(approval::id.desc()).select(columns).load(c))?)
        })?;
        rows.into_iter().map(|(id, hash, decision)| read(id, &hash, &decision)).collect()
    }
}

fn read(id: i64, hash: &[u8], decision: &str) -> Result<Approval, Error> {
    let damaged = || Error::Unavailable(format!("approval {id} is damaged"));
    let form_hash = Hash::from_bytes(hash).ok_or_else(damaged)?;
    Ok(Approval { id, form_hash, decision: serde_json::from_str(decision).map_err(|_| damaged())? })
}
