//! Responses that are taken back: one by whoever was given its code, all of a study when their time is over.

use std::collections::BTreeSet;

use diesel::dsl::not;
use diesel::prelude::*;

use super::connection::{Connection, on};
use super::own_receipt::{of_study, part_receipts, rename};
use super::own_words::remove_own_words;
use super::releases::remove_counts;
use super::research::remove_research_files;
use super::retention::scrub_is_due;
use super::schema::{erasure, form_version, receipt, response, response_instance, study, weight};
use super::together::alone;
use super::{Error, Pending, Store};
use crate::deidentify::{Disability, DurationBand};
use crate::fieldwork::ResultCode;
use crate::keys::Tag;

/// Responses erased in one transaction, so that submissions do not wait behind all of them.
const AT_ONCE: i64 = 1000;

/// What was erased of a study because its time was over.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = erasure)]
pub struct Erasure {
    pub study_id: i64,
    pub erased_on: String,
    pub responses: i64,
}

impl Store {
    /// Empties the response a code was given for, those it was edited from and to, and erases the research files that hold them. That its
    /// case was visited stays, as withdrawn. A phone that sends it again hears that it is there, and nothing is kept. `NotFound` where the code is none, or was used.
    pub fn withdraw(&self, study_id: i64, code: Tag) -> Pending<()> {
        self.write_unattended_alone(move |c| {
            alone(c)?;
            let found = response::table.filter(response::withdrawal_mac.eq(code.as_slice())).filter(response::study_id.eq(study_id));
            let given: Vec<Vec<u8>> = on!(c, c => found.select(response::id).load(c))?;
            if given.is_empty() {
                return Err(Error::NotFound);
            }
            let versions = with_edits(c, given)?;
            versions.iter().try_for_each(|id| empty(c, study_id, id))?;
            scrub_is_due(c)?;
            remove_research_files(c, study_id)
        })
    }

    /// Erases some of the responses of studies whose time is over, and closes their forms; how many. Nothing is left to erase at 0.
    pub fn erase_due(&self, today: String) -> Pending<usize> {
        self.write_unattended(move |c| {
            let due = study::table.filter(study::keep_until.ne("")).filter(study::keep_until.lt(&today));
            let studies: Vec<i64> = on!(c, c => due.select(study::id).load(c))?;
            let mut erased = 0;
            for id in studies {
                erased += erase_some(c, id, &today)?;
            }
            Ok(erased)
        })
    }

    pub fn erasure(&self, study_id: i64) -> Result<Option<Erasure>, Error> {
        self.read(|c| Ok(on!(c, c => erasure::table.find(study_id).first(c).optional())?))
    }

    /// How many responses a study has, current or not.
    pub fn count_responses(&self, study_id: i64) -> Result<i64, Error> {
        self.read(|c| Ok(on!(c, c => response::table.filter(of_study(study_id)).count().get_result(c))?))
    }
}

/// Responses, what they were edited to, in whatever case that lies, and what else lies in the case of the one that counts.
fn with_edits(c: &mut Connection, given: Vec<Vec<u8>>) -> Result<BTreeSet<Vec<u8>>, Error> {
    let (mut found, mut next) = (BTreeSet::new(), given);
    while let Some(id) = next.pop() {
        if !found.insert(id.clone()) {
            continue;
        }
        let row = response::table.find(&id).select((response::instance_mac, response::case_pseudonym, response::is_current));
        let (own, pseudonym, is_current): (Option<Vec<u8>>, Vec<u8>, bool) = on!(c, c => row.first(c))?;
        let apart = receipt::table.filter(receipt::response_id.eq(&id)).select(receipt::instance_mac);
        let macs: Vec<Vec<u8>> = on!(c, c => apart.load(c))?.into_iter().chain(own).collect();
        let edits = receipt::table.filter(receipt::deprecated_mac.eq_any(macs)).filter(receipt::response_id.is_not_null());
        next.extend(on!(c, c => edits.select(receipt::response_id.assume_not_null()).load::<Vec<u8>>(c))?);
        if is_current {
            let earlier = response::table.filter(response::case_pseudonym.eq(pseudonym)).filter(not(response::is_current));
            next.extend(on!(c, c => earlier.select(response::id).load::<Vec<u8>>(c))?);
        }
    }
    Ok(found)
}

fn empty(c: &mut Connection, study_id: i64, id: &[u8]) -> Result<(), Error> {
    remove_parts(c, id)?;
    let id = rename(c, study_id, id)?.to_vec();
    let values = (
        response::result.eq(i32::from(ResultCode::WITHDRAWN.code())),
        response::age_years.eq(None::<i32>),
        response::contact_age_group.eq(None::<i32>),
        response::disability.eq(Disability::Unknown.code()),
        response::duration_band.eq(DurationBand::Unknown.code()),
        response::answers.eq(""),
    );
    on!(c, c => diesel::update(response::table.find(id)).set(values).execute(c))?;
    Ok(())
}

fn erase_some(c: &mut Connection, study_id: i64, today: &str) -> Result<usize, Error> {
    let open = form_version::table.filter(form_version::study_id.eq(study_id));
    on!(c, c => diesel::update(open).set(form_version::state.eq("closed")).execute(c))?;
    let ids: Vec<Vec<u8>> = on!(c, c => response::table.filter(of_study(study_id)).select(response::id).limit(AT_ONCE).load(c))?;
    if ids.is_empty() {
        return Ok(0);
    }
    scrub_is_due(c)?;
    remove_research_files(c, study_id)?;
    remove_counts(c, study_id)?;
    for id in &ids {
        remove_parts(c, id)?;
        on!(c, c => diesel::delete(response::table.find(id)).execute(c))?;
    }
    let erased = Erasure { study_id, erased_on: today.to_owned(), responses: i64::try_from(ids.len()).unwrap_or(i64::MAX) };
    on!(c, c => diesel::insert_into(erasure::table)
        .values(&erased)
        .on_conflict(erasure::study_id)
        .do_update()
        .set((erasure::erased_on.eq(today), erasure::responses.eq(erasure::responses + erased.responses)))
        .execute(c))?;
    Ok(ids.len())
}

/// What hangs on a response, and what leads to it: its receipt stays, so that it is not taken in again.
fn remove_parts(c: &mut Connection, id: &[u8]) -> Result<(), Error> {
    remove_own_words(c, id)?;
    on!(c, c => diesel::delete(response_instance::table.filter(response_instance::response_id.eq(id))).execute(c))?;
    on!(c, c => diesel::delete(weight::table.filter(weight::response_id.eq(id))).execute(c))?;
    part_receipts(c, (id, id))
}
