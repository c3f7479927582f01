//! What devices sent: counted, recognised as sent before, or set aside.

use std::sync::Arc;

use diesel::prelude::*;
use serde::Serialize;
use uuid::Uuid;

use super::connection::{Connection, on};
use super::instances::insert_instances;
use super::own_words::{insert_own_words, remove_own_words};
use super::schema::{psu, receipt, response, sampled_case, set_aside};
use super::{Error, Pending, Store};
use crate::deidentify::{Disability, Response};
use crate::keys::Tag;

/// A submission on its way in: recognisable, de-identified, and tied to its case.
#[derive(Debug)]
pub struct Incoming {
    pub study_id: i64,
    pub instance: Tag,
    pub content: Tag,
    /// The instance this one edits.
    pub deprecated: Option<Tag>,
    pub form_version_id: i64,
    pub approval_id: i64,
    pub case: Case,
    pub response: Response,
    /// The last day on which own words are kept without a code.
    pub words_until: String,
}

#[derive(Debug)]
pub struct Case {
    /// To find the case in the frame; not kept beside the response.
    pub code: String,
    pub pseudonym: Tag,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    Stored,
    StoredBefore,
    SetAside,
    SetAsideBefore,
    /// Nothing was written: the caller must seal it and set it aside.
    ToSetAside(SetAsideReason),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SetAsideReason {
    UnknownForm,
    ClosedForm,
    OutsideApproval,
    DoesNotFit,
    Encrypted,
    /// The id was used before for other content; both are kept.
    Conflict,
    /// It edits a version that was edited already.
    EditOfOlder,
    UnknownCase,
    /// The case has a record already.
    CaseAnswered,
    /// The person's sex is not the one fielded in this PSU.
    OtherSex,
    UnexpectedFile,
}

impl SetAsideReason {
    pub fn in_words(self) -> &'static str {
        match self {
            SetAsideReason::UnknownForm => "this version of the form is not known here",
            SetAsideReason::ClosedForm => "the form is closed",
            SetAsideReason::OutsideApproval => "no ethics approval covers it",
            SetAsideReason::DoesNotFit => "its answers do not fit the form",
            SetAsideReason::Encrypted => "it is encrypted",
            SetAsideReason::Conflict => "another interview was sent under the same id",
            SetAsideReason::EditOfOlder => "it changes an interview that was changed since",
            SetAsideReason::UnknownCase => "its case is not in the sample",
            SetAsideReason::CaseAnswered => "its case has an interview already",
            SetAsideReason::OtherSex => "people of the other sex are interviewed in this area",
            SetAsideReason::UnexpectedFile => "it came with a file the form does not ask for",
        }
    }

    fn code(self) -> String {
        serde_json::to_value(self).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
    }
}

/// What is set aside: bytes only the ethics reviewer can open.
#[derive(Debug)]
pub struct SealedRecord {
    pub study_id: i64,
    pub instance: Tag,
    pub content: Tag,
    pub reason: SetAsideReason,
    pub iso_week: String,
    pub destroy_after: String,
    pub sealed: Vec<u8>,
}

/// A response as tables and weights read it.
#[derive(Debug, Clone)]
pub struct ResponseRow {
    pub id: Vec<u8>,
    pub psu_id: i64,
    pub case_pseudonym: Vec<u8>,
    pub result: u8,
    pub sex: u8,
    pub age_years: Option<u8>,
    pub contact_age_group: Option<u8>,
    pub disability: Disability,
    pub n_eligible: u8,
    pub answers: String,
}

impl Store {
    /// Counts a submission, unless it is known or must be set aside. `Duplicate` means another request was faster: ask again.
    pub fn keep(&self, incoming: Arc<Incoming>) -> Pending<Kept> {
        self.write_unattended(move |c| keep(c, &incoming))
    }

    /// Keeps what cannot be counted; known records are not kept twice.
    pub fn set_aside(&self, record: SealedRecord) -> Pending<Kept> {
        self.write_unattended(move |c| {
            if let Some(known) = known(c, &record.instance, &record.content)? {
                return Ok(known);
            }
            let values = (
                set_aside::study_id.eq(record.study_id),
                set_aside::reason.eq(record.reason.code()),
                set_aside::iso_week.eq(&record.iso_week),
                set_aside::destroy_after.eq(&record.destroy_after),
                set_aside::sealed.eq(&record.sealed),
            );
            let id: i64 = on!(c, c => diesel::insert_into(set_aside::table).values(values).returning(set_aside::id).get_result(c))?;
            insert_receipt(c, &record.instance, &record.content, None, None, Some(id))?;
            Ok(Kept::SetAside)
        })
    }

    /// How many records wait, by reason.
    pub fn set_aside_counts(&self, study_id: i64) -> Result<Vec<(String, i64)>, Error> {
        self.read(|c| {
            Ok(on!(c, c => set_aside::table
                .filter(set_aside::study_id.eq(study_id))
                .group_by(set_aside::reason)
                .order(set_aside::reason)
                .select((set_aside::reason, diesel::dsl::count_star()))
                .load(c))?)
        })
    }

    /// What waits, as it is kept: sealed.
    pub fn sealed_records(&self, study_id: i64) -> Result<Vec<Vec<u8>>, Error> {
        self.read(|c| {
            Ok(on!(c, c => set_aside::table.filter(set_aside::study_id.eq(study_id)).order(set_aside::id).select(set_aside::sealed).load(c))?)
        })
    }

    /// Every current response of a form version.
    pub fn responses(&self, study_id: i64, form_version_id: i64) -> Result<Vec<ResponseRow>, Error> {
        type Columns = (Vec<u8>, i64, Vec<u8>, i32, i32, Option<i32>, Option<i32>, String, i32, String);
        let columns = (
            response::id,
            response::psu_id,
            response::case_pseudonym,
            response::result,
            response::sex,
            response::age_years,
            response::contact_age_group,
            response::disability,
            response::n_eligible,
            response::answers,
        );
        let rows: Vec<Columns> = self.read(|c| {
            Ok(on!(c, c => response::table
                .filter(response::study_id.eq(study_id))
                .filter(response::form_version_id.eq(form_version_id))
                .filter(response::is_current)
                .order(response::id)
                .select(columns)
                .load(c))?)
        })?;
        let small = |n: i32| u8::try_from(n).unwrap_or(u8::MAX);
        Ok(rows
            .into_iter()
            .map(|r| ResponseRow {
                id: r.0,
                psu_id: r.1,
                case_pseudonym: r.2,
                result: small(r.3),
                sex: small(r.4),
                age_years: r.5.map(small),
                contact_age_group: r.6.map(small),
                disability: Disability::from_code(&r.7).unwrap_or(Disability::Unknown),
                n_eligible: small(r.8),
                answers: r.9,
            })
            .collect())
    }
}

fn keep(c: &mut Connection, incoming: &Incoming) -> Result<Kept, Error> {
    if let Some(known) = known(c, &incoming.instance, &incoming.content)? {
        return Ok(known);
    }
    if id_is_used(c, &incoming.instance)? {
        return Ok(Kept::ToSetAside(SetAsideReason::Conflict));
    }
    let Some((psu_id, sex)) = find_case(c, incoming)? else { return Ok(Kept::ToSetAside(SetAsideReason::UnknownCase)) };
    if matches!(incoming.response.sex(), 1 | 2) && i32::from(incoming.response.sex()) != sex {
        return Ok(Kept::ToSetAside(SetAsideReason::OtherSex));
    }
    if let Some(deprecated) = &incoming.deprecated {
        match replaced(c, deprecated)? {
            Some((old, true)) => {
                on!(c, c => diesel::update(response::table.find(&old)).set(response::is_current.eq(false)).execute(c))?;
                remove_own_words(c, &old)?;
            }
            Some((_, false)) => return Ok(Kept::ToSetAside(SetAsideReason::EditOfOlder)),
            None => {}
        }
    }
    let is_current = !was_edited(c, &incoming.instance)?;
    if is_current && case_is_answered(c, &incoming.case.pseudonym)? {
        return Ok(Kept::ToSetAside(SetAsideReason::CaseAnswered));
    }
    let id = insert_response(c, incoming, psu_id, is_current)?;
    insert_receipt(c, &incoming.instance, &incoming.content, incoming.deprecated.as_ref(), Some(&id), None)?;
    Ok(Kept::Stored)
}

fn known(c: &mut Connection, instance: &Tag, content: &Tag) -> Result<Option<Kept>, Error> {
    let found: Option<Option<i64>> = on!(c, c => receipt::table
        .find((instance.as_slice(), content.as_slice()))
        .select(receipt::set_aside_id)
        .first(c)
        .optional())?;
    Ok(found.map(|set_aside| if set_aside.is_some() { Kept::SetAsideBefore } else { Kept::StoredBefore }))
}

fn id_is_used(c: &mut Connection, instance: &Tag) -> Result<bool, Error> {
    let query = diesel::select(diesel::dsl::exists(receipt::table.filter(receipt::instance_mac.eq(instance.as_slice()))));
    Ok(on!(c, c => query.get_result(c))?)
}

fn find_case(c: &mut Connection, incoming: &Incoming) -> Result<Option<(i64, i32)>, Error> {
    Ok(on!(c, c => sampled_case::table
        .inner_join(psu::table)
        .filter(sampled_case::study_id.eq(incoming.study_id))
        .filter(sampled_case::code.eq(&incoming.case.code))
        .select((psu::id, psu::sex))
        .first(c)
        .optional())?)
}

/// The response of an instance, and whether it is the current one.
fn replaced(c: &mut Connection, instance: &Tag) -> Result<Option<(Vec<u8>, bool)>, Error> {
    Ok(on!(c, c => response::table
        .inner_join(receipt::table.on(receipt::response_id.eq(response::id.nullable())))
        .filter(receipt::instance_mac.eq(instance.as_slice()))
        .select((response::id, response::is_current))
        .first(c)
        .optional())?)
}

/// Whether an edit of this instance came before the instance itself.
fn was_edited(c: &mut Connection, instance: &Tag) -> Result<bool, Error> {
    let query = diesel::select(diesel::dsl::exists(receipt::table.filter(receipt::deprecated_mac.eq(instance.as_slice()))));
    Ok(on!(c, c => query.get_result(c))?)
}

fn case_is_answered(c: &mut Connection, pseudonym: &Tag) -> Result<bool, Error> {
    let current = response::table.filter(response::case_pseudonym.eq(pseudonym.as_slice())).filter(response::is_current);
    Ok(on!(c, c => diesel::select(diesel::dsl::exists(current)).get_result(c))?)
}

fn insert_response(c: &mut Connection, incoming: &Incoming, psu_id: i64, is_current: bool) -> Result<[u8; 16], Error> {
    // Random, so that neither the id nor the place in the table tells when it came.
    let id = *Uuid::new_v4().as_bytes();
    let r = &incoming.response;
    let values = (
        response::id.eq(id.as_slice()),
        response::study_id.eq(incoming.study_id),
        response::form_version_id.eq(incoming.form_version_id),
        response::approval_id.eq(incoming.approval_id),
        response::psu_id.eq(psu_id),
        response::case_pseudonym.eq(incoming.case.pseudonym.as_slice()),
        response::is_current.eq(is_current),
        response::result.eq(i32::from(r.result())),
        response::sex.eq(i32::from(r.sex())),
        response::age_years.eq(r.age_years().map(i32::from)),
        response::contact_age_group.eq(r.contact_age_group().map(i32::from)),
        response::disability.eq(r.disability().code()),
        response::n_eligible.eq(i32::from(r.n_eligible())),
        response::iso_week.eq(r.iso_week()),
        response::duration_band.eq(r.duration().code()),
        response::answers.eq(r.answers()),
    );
    on!(c, c => diesel::insert_into(response::table).values(values).execute(c))?;
    insert_instances(c, &id, r.instances())?;
    if is_current {
        insert_own_words(c, &id, r.own_words(), &incoming.words_until)?;
    }
    Ok(id)
}

fn insert_receipt(
    c: &mut Connection,
    instance: &Tag,
    content: &Tag,
    deprecated: Option<&Tag>,
    response_id: Option<&[u8; 16]>,
    set_aside_id: Option<i64>,
) -> Result<(), Error> {
    let values = (
        receipt::instance_mac.eq(instance.as_slice()),
        receipt::content_mac.eq(content.as_slice()),
        receipt::deprecated_mac.eq(deprecated.map(<[u8; 32]>::as_slice)),
        receipt::response_id.eq(response_id.map(<[u8; 16]>::as_slice)),
        receipt::set_aside_id.eq(set_aside_id),
    );
    on!(c, c => diesel::insert_into(receipt::table).values(values).execute(c))?;
    Ok(())
}
