//! What a committee was asked, and what it decided.

use diesel::prelude::*;

use super::connection::on;
use super::schema::{approval, review, study, suspension};
use super::{Error, FormVersion, Pending, Store};
use crate::ethics::{Approval, Decision, Standing, Suspension};
use crate::instrument::{Form, Hash};
use crate::trail::{Act, Action, By};

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
    pub fn ask_review(&self, by: By, version: FormVersion, dossier: String) -> Pending<i64> {
        let asked_by = by.id();
        self.write_as(by, move |c| {
            let values = (
                review::study_id.eq(version.study_id),
                review::form_version_id.eq(version.id),
                review::asked_by.eq(asked_by),
                review::dossier.eq(&dossier),
            );
            let id = on!(c, c => diesel::insert_into(review::table).values(values).returning(review::id).get_result(c))?;
            Ok((id, Act::new(Action::ReviewAsk).study(version.study_id).form(&version.form_id, &version.version).to(id)))
        })
    }

    pub fn review(&self, study_id: i64, id: i64) -> Result<Review, Error> {
        self.read(|c| Ok(on!(c, c => review::table.filter(review::study_id.eq(study_id)).filter(review::id.eq(id)).first(c))?))
    }

    /// Every review of a study, newest first.
    pub fn reviews(&self, study_id: i64) -> Result<Vec<Review>, Error> {
        self.read(|c| Ok(on!(c, c => review::table.filter(review::study_id.eq(study_id)).order(review::id.desc()).load(c))?))
    }

    /// `Duplicate` where the review is decided already; a decision is made once. `Changed` where the study went to another phase meanwhile.
    pub fn decide(&self, by: By, asked: &Review, form: &Form, decision: Decision) -> Pending<()> {
        let (review_id, study_id, decided_by) = (asked.id, asked.study_id, by.id());
        let (form_id, version, form_hash) = (form.id.clone(), form.version.clone(), form.hash);
        self.write_as(by, move |c| {
            let text = serde_json::to_string(&decision).map_err(|e| Error::Unavailable(e.to_string()))?;
            let open = review::table.filter(review::id.eq(review_id)).filter(review::decision.is_null());
            let set = (review::decision.eq(Some(&text)), review::decided_by.eq(Some(decided_by)));
            if on!(c, c => diesel::update(open).set(set).execute(c))? == 0 {
                return Err(Error::Duplicate);
            }
            let phase: String = on!(c, c => study::table.find(study_id).select(study::phase).first(c))?;
            if phase != decision.phase.name() {
                return Err(Error::Changed);
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
            let verdict = serde_json::to_value(decision.verdict).map_err(|e| Error::Unavailable(e.to_string()))?;
            let act = Act::new(Action::ReviewDecide).study(study_id).form(&form_id, &version).to(review_id);
            Ok(((), act.with("verdict", verdict).with("hash", form_hash.to_string())))
        })
    }

    /// Stops a study, or one form or area of it where they are not empty.
    pub fn suspend(&self, by: By, study_id: i64, form_id: String, area: String, reason: String) -> Pending<i64> {
        self.write_as(by, move |c| {
            let values = (
                suspension::study_id.eq(study_id),
                suspension::form_id.eq(&form_id),
                suspension::area.eq(&area),
                suspension::reason.eq(&reason),
                suspension::lifted.eq(false),
            );
            let id = on!(c, c => diesel::insert_into(suspension::table).values(values).returning(suspension::id).get_result(c))?;
            let act = Act::new(Action::SuspensionBegin).study(study_id).form(&form_id, "").to(id);
            Ok((id, if area.is_empty() { act } else { act.with("area", area.as_str()) }))
        })
    }

    /// Lifts a stop; `NotFound` where there is none, or it is lifted already.
    pub fn reinstate(&self, by: By, study_id: i64, id: i64) -> Pending<()> {
        self.write_as(by, move |c| {
            let stop = suspension::table
                .filter(suspension::id.eq(id))
                .filter(suspension::study_id.eq(study_id))
                .filter(suspension::lifted.eq(false));
            match on!(c, c => diesel::update(stop).set(suspension::lifted.eq(true)).execute(c))? {
                0 => Err(Error::NotFound),
                _ => Ok(((), Act::new(Action::SuspensionLift).study(study_id).to(id))),
            }
        })
    }

    /// What stands about a study's forms now.
    pub fn standing(&self, study_id: i64) -> Result<Standing, Error> {
        let columns = (suspension::id, suspension::form_id, suspension::area, suspension::reason);
        let rows: Vec<(i64, String, String, String)> = self.read(|c| {
            Ok(on!(c, c => suspension::table
                .filter(suspension::study_id.eq(study_id))
                .filter(suspension::lifted.eq(false))
                .order(suspension::id)
                .select(columns)
                .load(c))?)
        })?;
        let suspensions = rows.into_iter().map(|(id, form_id, area, reason)| Suspension { id, form_id, area, reason }).collect();
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
