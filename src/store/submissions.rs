//! What devices sent: counted, recognised as sent before, or set aside.

use std::sync::Arc;

use diesel::connection::DefaultLoadingMode;
use diesel::dsl::exists;
use diesel::pg::PgRowByRowLoadingMode;
use diesel::prelude::*;

use super::connection::{Connection, on};
use super::instances::insert_instances;
use super::own_receipt::{carrier, id_of, new_id, of_study};
use super::own_words::{insert_own_words, remove_own_words};
use super::row_hash::RowText;
use super::schema::{psu, receipt, response, response_change, sampled_case};
use super::set_aside::{Release, SetAsideReason, id_is_used, known, release_of, settle};
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
    /// The device in whose week it counts as an interview held; not kept beside it.
    pub held_by: Option<i64>,
    /// The last day on which own words are kept without a code.
    pub words_until: String,
    /// What the person was given to have the answers removed later.
    pub withdrawal: Option<Tag>,
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
    /// It waits, now or since before.
    SetAside(SetAsideReason),
    /// It was destroyed since it was kept, and is not taken in again.
    Destroyed,
    /// Nothing was written: the caller must seal it and set it aside.
    ToSetAside(SetAsideReason),
}

/// A response as tables and weights read it.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    pub iso_week: String,
    pub answers: String,
}

/// A response's row, as both databases take it.
macro_rules! response_values {
    ($id:expr, $incoming:expr, $psu_id:expr, $is_current:expr) => {{
        let (incoming, r) = ($incoming, &$incoming.response);
        let row_hash = response_text($id, incoming, $psu_id, $is_current).hash();
        let own = carries_receipt($id, incoming);
        (
            response::id.eq($id.as_slice()),
            response::study_id.eq(incoming.study_id),
            response::form_version_id.eq(incoming.form_version_id),
            response::approval_id.eq(incoming.approval_id),
            response::psu_id.eq($psu_id),
            response::case_pseudonym.eq(incoming.case.pseudonym.as_slice()),
            response::is_current.eq($is_current),
            response::result.eq(i32::from(r.result())),
            response::sex.eq(i32::from(r.sex())),
            response::age_years.eq(r.age_years().map(i32::from)),
            response::contact_age_group.eq(r.contact_age_group().map(i32::from)),
            response::disability.eq(r.disability().code()),
            response::n_eligible.eq(i32::from(r.n_eligible())),
            response::iso_week.eq(r.iso_week()),
            response::duration_band.eq(r.duration().code()),
            response::answers.eq(r.answers()),
            response::row_hash.eq(row_hash),
            response::instance_mac.eq(own.then_some(incoming.instance.as_slice())),
            response::content_mac.eq(own.then_some(incoming.content.as_slice())),
            response::withdrawal_mac.eq(incoming.withdrawal.as_ref().map(<[u8; 32]>::as_slice)),
        )
    }};
}
pub(super) use response_values;

/// What the row's hash is of, in the order of its columns.
pub(super) fn response_text(id: &[u8; 16], incoming: &Incoming, psu_id: i64, is_current: bool) -> RowText {
    let r = &incoming.response;
    let own = carries_receipt(id, incoming);
    RowText::new()
        .bytes(id)
        .number(incoming.study_id)
        .number(incoming.form_version_id)
        .number(incoming.approval_id)
        .number(psu_id)
        .bytes(&incoming.case.pseudonym)
        .number(is_current)
        .number(r.result())
        .number(r.sex())
        .number_or_null(r.age_years())
        .number_or_null(r.contact_age_group())
        .text(r.disability().code())
        .number(r.n_eligible())
        .text(r.iso_week())
        .text(r.duration().code())
        .text(r.answers())
        .bytes_or_null(own.then_some(&incoming.instance))
        .bytes_or_null(own.then_some(&incoming.content))
        .bytes_or_null(incoming.withdrawal.as_ref())
}

/// Whether it has its id of the instance it came as, and its receipt with it.
pub(super) fn carries_receipt(id: &[u8; 16], incoming: &Incoming) -> bool {
    *id == id_of(incoming.study_id, &incoming.instance)
}

impl Store {
    /// Counts a submission, unless it is known or must be set aside. `Duplicate` means another request was faster: ask again.
    pub fn keep(&self, incoming: Arc<Incoming>) -> Pending<Kept> {
        self.writers.keep(incoming)
    }

    /// How often a response of the study was changed or removed: what was read before is right for as long as this stays.
    pub fn changes(&self, study_id: i64) -> Result<i64, Error> {
        let found: Option<i64> =
            self.read(|c| Ok(on!(c, c => response_change::table.find(study_id).select(response_change::changes).first(c).optional())?))?;
        Ok(found.unwrap_or(0))
    }

    /// Every current response of a form version.
    pub fn responses(&self, study_id: i64, form_version_id: i64) -> Result<Vec<ResponseRow>, Error> {
        let mut responses = Vec::new();
        self.each_response(study_id, form_version_id, |response| responses.push(response))?;
        Ok(responses)
    }

    /// Every current response of a form version as it is read, in the order of ids: however many there are, one at a time is held.
    pub fn each_response(&self, study_id: i64, form_version_id: i64, mut each: impl FnMut(ResponseRow)) -> Result<(), Error> {
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
            response::iso_week,
            response::answers,
        );
        let query = response::table
            .filter(of_study(study_id))
            .filter(response::form_version_id.eq(form_version_id))
            .filter(response::is_current)
            .order(response::id)
            .select(columns);
        self.read(|connection| {
            match connection {
                Connection::Sqlite(c) => {
                    query
                        .load_iter::<ResponseColumns, DefaultLoadingMode>(c)?
                        .try_for_each(|row| row.map(|row| each(response_row(row))))?;
                }
                Connection::Postgres(c) => {
                    query
                        .load_iter::<ResponseColumns, PgRowByRowLoadingMode>(c)?
                        .try_for_each(|row| row.map(|row| each(response_row(row))))?;
                }
            }
            Ok(())
        })
    }
}

type ResponseColumns = (Vec<u8>, i64, Vec<u8>, i32, i32, Option<i32>, Option<i32>, String, i32, String, String);

fn response_row(row: ResponseColumns) -> ResponseRow {
    let small = |n: i32| u8::try_from(n).unwrap_or(u8::MAX);
    ResponseRow {
        id: row.0,
        psu_id: row.1,
        case_pseudonym: row.2,
        result: small(row.3),
        sex: small(row.4),
        age_years: row.5.map(small),
        contact_age_group: row.6.map(small),
        disability: Disability::from_code(&row.7).unwrap_or(Disability::Unknown),
        n_eligible: small(row.8),
        iso_week: row.9,
        answers: row.10,
    }
}

pub(super) fn keep(c: &mut Connection, incoming: &Incoming) -> Result<Kept, Error> {
    let release = release_of(c, &incoming.instance, &incoming.content)?;
    let is_released = |reason: SetAsideReason| release.as_ref().is_some_and(|release| release.lets_pass(reason));
    match known(c, incoming.study_id, &incoming.instance, &incoming.content)? {
        Some(Kept::SetAside(_)) if release.is_some() => {}
        Some(known) => return Ok(known),
        None => {}
    }
    if release.is_none() && id_is_used(c, incoming.study_id, &incoming.instance)? {
        return Ok(Kept::ToSetAside(SetAsideReason::Conflict));
    }
    if was_taken_back(c, incoming)? {
        put_receipt(c, incoming, None)?;
        release.map_or(Ok(()), |release| settle(c, &release))?;
        return Ok(Kept::Destroyed);
    }
    let Some((psu_id, sex)) = find_case(c, incoming)? else { return Ok(Kept::ToSetAside(SetAsideReason::UnknownCase)) };
    if is_of_other_sex(incoming, sex) && !is_released(SetAsideReason::OtherSex) {
        return Ok(Kept::ToSetAside(SetAsideReason::OtherSex));
    }
    let is_current = if release.as_ref().is_some_and(Release::is_about_the_case) {
        if let Some(standing) = current_of_case(c, &incoming.case.pseudonym)? {
            stand_aside(c, &standing)?;
        }
        true
    } else {
        match place(c, incoming)? {
            Ok(is_current) => is_current,
            Err(reason) => return Ok(Kept::ToSetAside(reason)),
        }
    };
    // What was released or edits another has a receipt by itself: of the one there may be more than one of an instance, of the other it
    // says what is edited.
    let is_by_itself = release.is_some() || incoming.deprecated.is_some();
    let id = if is_by_itself { new_id(incoming.study_id) } else { id_of(incoming.study_id, &incoming.instance) };
    if is_by_itself {
        put_receipt(c, incoming, Some(&id))?;
    }
    insert_response(c, &id, incoming, psu_id, is_current)?;
    release.map_or(Ok(()), |release| settle(c, &release))?;
    Ok(Kept::Stored)
}

/// Whether someone was interviewed in an area where the other sex is.
pub(super) fn is_of_other_sex(incoming: &Incoming, sex: i32) -> bool {
    matches!(incoming.response.sex(), 1 | 2) && i32::from(incoming.response.sex()) != sex
}

/// Whether a response becomes the case's current one, or why it must wait. What it edits stands aside for it.
fn place(c: &mut Connection, incoming: &Incoming) -> Result<Result<bool, SetAsideReason>, Error> {
    let edited = match &incoming.deprecated {
        Some(deprecated) => replaced(c, incoming.study_id, deprecated)?,
        None => None,
    };
    if matches!(edited, Some((_, false))) {
        return Ok(Err(SetAsideReason::EditOfOlder));
    }
    let edited = edited.map(|(id, _)| id);
    let is_current = !was_edited(c, &incoming.instance)?;
    let answered = current_of_case(c, &incoming.case.pseudonym)?;
    if is_current && answered.is_some() && answered != edited {
        return Ok(Err(SetAsideReason::CaseAnswered));
    }
    edited.map_or(Ok(()), |edited| stand_aside(c, &edited))?;
    Ok(Ok(is_current))
}

/// An interview in whose place another comes, by an edit or by a reviewer's release; its words in the person's own go.
fn stand_aside(c: &mut Connection, id: &[u8]) -> Result<(), Error> {
    on!(c, c => diesel::update(response::table.find(id)).set(response::is_current.eq(false)).execute(c))?;
    remove_own_words(c, id)
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
fn replaced(c: &mut Connection, study_id: i64, instance: &Tag) -> Result<Option<(Vec<u8>, bool)>, Error> {
    let carrier = carrier(c, study_id, instance)?.map(|carrier| (carrier.id, carrier.is_current));
    if matches!(carrier, Some((_, true))) {
        return Ok(carrier);
    }
    // Another content that came under the same id may have been released since, and stand in its place.
    let by_itself = response::table
        .inner_join(receipt::table.on(receipt::response_id.eq(response::id.nullable())))
        .filter(receipt::instance_mac.eq(instance.as_slice()))
        .order(response::is_current.desc())
        .select((response::id, response::is_current));
    let by_itself: Option<(Vec<u8>, bool)> = on!(c, c => by_itself.first(c).optional())?;
    Ok(by_itself.filter(|(_, is_current)| *is_current || carrier.is_none()).or(carrier))
}

/// Whether it edits an interview, or is one that was edited, of which the answers were taken back: its receipt leads nowhere any more.
fn was_taken_back(c: &mut Connection, incoming: &Incoming) -> Result<bool, Error> {
    let leads_nowhere = receipt::table.filter(receipt::response_id.is_null()).filter(receipt::set_aside_id.is_null());
    let edited = leads_nowhere.filter(receipt::deprecated_mac.eq(incoming.instance.as_slice()));
    if on!(c, c => diesel::select(exists(edited)).get_result(c))? {
        return Ok(true);
    }
    let Some(deprecated) = &incoming.deprecated else { return Ok(false) };
    let edits = leads_nowhere.filter(receipt::instance_mac.eq(deprecated.as_slice()));
    // Of two contents under one id the other may stand.
    Ok(on!(c, c => diesel::select(exists(edits)).get_result(c))? && replaced(c, incoming.study_id, deprecated)?.is_none())
}

/// Whether an edit of this instance came before the instance itself.
fn was_edited(c: &mut Connection, instance: &Tag) -> Result<bool, Error> {
    let query = diesel::select(exists(receipt::table.filter(receipt::deprecated_mac.eq(instance.as_slice()))));
    Ok(on!(c, c => query.get_result(c))?)
}

fn current_of_case(c: &mut Connection, pseudonym: &Tag) -> Result<Option<Vec<u8>>, Error> {
    let current = response::table.filter(response::case_pseudonym.eq(pseudonym.as_slice())).filter(response::is_current);
    Ok(on!(c, c => current.select(response::id).first(c).optional())?)
}

fn insert_response(c: &mut Connection, id: &[u8; 16], incoming: &Incoming, psu_id: i64, is_current: bool) -> Result<(), Error> {
    let values = response_values!(id, incoming, psu_id, is_current);
    on!(c, c => diesel::insert_into(response::table).values(values).execute(c))?;
    insert_beside(c, id, incoming, is_current)
}

/// What hangs on a response: the instances of repeats, and of a current one its own words.
pub(super) fn insert_beside(c: &mut Connection, id: &[u8; 16], incoming: &Incoming, is_current: bool) -> Result<(), Error> {
    insert_instances(c, id, incoming.response.instances())?;
    if is_current {
        insert_own_words(c, id, incoming.response.own_words(), &incoming.words_until)?;
    }
    Ok(())
}

/// What was released and set aside under the same content has its receipt already.
fn put_receipt(c: &mut Connection, incoming: &Incoming, response_id: Option<&[u8; 16]>) -> Result<(), Error> {
    let values = (
        receipt::instance_mac.eq(incoming.instance.as_slice()),
        receipt::content_mac.eq(incoming.content.as_slice()),
        receipt::deprecated_mac.eq(incoming.deprecated.as_ref().map(<[u8; 32]>::as_slice)),
        receipt::response_id.eq(response_id.map(<[u8; 16]>::as_slice)),
    );
    on!(c, c => diesel::insert_into(receipt::table)
        .values(values)
        .on_conflict((receipt::instance_mac, receipt::content_mac))
        .do_update()
        .set((values.2, values.3))
        .execute(c))?;
    if response_id.is_none() {
        let row = receipt::table.find((incoming.instance.as_slice(), incoming.content.as_slice()));
        on!(c, c => diesel::update(row).set(receipt::set_aside_id.eq(None::<i64>)).execute(c))?;
    }
    Ok(())
}
