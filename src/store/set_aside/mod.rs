//! What cannot be counted, sealed: kept, listed, decided about, and what is left of it afterwards.

mod recognised;
mod record;

use diesel::prelude::*;
use uuid::Uuid;

use super::connection::{Connection, on};
use super::schema::{form_version, receipt, set_aside, set_aside_decision};
use super::submissions::Kept;
use super::{Error, Pending, Store};
use crate::keys::Tag;
use crate::trail::{Act, By};
use recognised::record_of;
pub(in crate::store) use recognised::{id_is_used, known, release_of};
pub(in crate::store) use record::Release;
pub use record::{Again, DecisionOnRecord, Lock, RecordKind, SealedRecord, SetAsideReason, WaitingRecord};

const WAITING: &str = "waiting";
const RELEASED: &str = "released";
const COUNTED: &str = "counted";
const OPENED: &str = "opened";
const DESTROYED: &str = "destroyed";
const ENCRYPTED: &str = "encrypted";

impl Store {
    /// Keeps what cannot be counted; known records are not kept twice, and a released one waits again.
    pub fn set_aside(&self, record: SealedRecord) -> Pending<Kept> {
        self.write_unattended(move |c| {
            if let Some(release) = release_of(c, &record.instance, &record.content)? {
                let row = set_aside::table.find(release.id);
                let waits = (set_aside::state.eq(WAITING), set_aside::reason.eq(record.reason.code()));
                on!(c, c => diesel::update(row).set(waits).execute(c))?;
                return Ok(Kept::SetAside(record.reason));
            }
            match known(c, record.study_id, &record.instance, &record.content)? {
                Some(known) => Ok(known),
                None => insert(c, &record),
            }
        })
    }

    /// How many interviews and files wait for a decision or for a key, by reason; a part is counted with its interview.
    pub fn set_aside_counts(&self, study_id: i64) -> Result<Vec<(String, i64)>, Error> {
        self.read(|c| {
            Ok(on!(c, c => set_aside::table
                .filter(set_aside::study_id.eq(study_id))
                .filter(set_aside::state.eq(WAITING))
                .filter(set_aside::kind.ne(RecordKind::Part.name()))
                .group_by(set_aside::reason)
                .order(set_aside::reason)
                .select((set_aside::reason, diesel::dsl::count_star()))
                .load(c))?)
        })
    }

    /// How many interviews wait, in all studies.
    pub fn set_aside_waiting(&self) -> Result<i64, Error> {
        self.read(|c| {
            let waiting = set_aside::table.filter(set_aside::state.eq(WAITING)).filter(set_aside::kind.ne(RecordKind::Part.name()));
            Ok(on!(c, c => waiting.count().get_result(c))?)
        })
    }

    /// The records of a study in one state, in the order of their numbers, which are random.
    pub fn set_aside_records(&self, study_id: i64, state: &str) -> Result<Vec<WaitingRecord>, Error> {
        let bytes = diesel::dsl::sql::<diesel::sql_types::BigInt>("CAST(length(sealed) AS BIGINT)");
        let columns = (
            set_aside::id,
            set_aside::reason,
            set_aside::iso_week,
            set_aside::destroy_after,
            set_aside::kind,
            set_aside::of_record,
            set_aside::parts_named,
            set_aside::opens_with,
            set_aside::state,
            bytes,
            (form_version::form_id, form_version::version).nullable(),
        );
        self.read(|c| {
            Ok(on!(c, c => set_aside::table
                .left_join(form_version::table)
                .filter(set_aside::study_id.eq(study_id))
                .filter(set_aside::state.eq(state))
                .order(set_aside::id)
                .select(columns)
                .load(c))?)
        })
    }

    /// A record as it is kept: sealed. `NotFound` too where nothing is left of it.
    pub fn sealed_record(&self, study_id: i64, id: i64) -> Result<Vec<u8>, Error> {
        let sealed: Vec<u8> = self.read(|c| {
            let row = set_aside::table.filter(set_aside::id.eq(id)).filter(set_aside::study_id.eq(study_id));
            Ok(on!(c, c => row.select(set_aside::sealed).first(c))?)
        })?;
        if sealed.is_empty() { Err(Error::NotFound) } else { Ok(sealed) }
    }

    /// Everything of a study that has bytes left, as it is kept: sealed.
    pub fn sealed_records(&self, study_id: i64) -> Result<Vec<Vec<u8>>, Error> {
        self.read(|c| {
            let all = set_aside::table.filter(set_aside::study_id.eq(study_id)).order(set_aside::id).select(set_aside::sealed);
            Ok(on!(c, c => all.load::<Vec<u8>>(c))?.into_iter().filter(|sealed| !sealed.is_empty()).collect())
        })
    }

    /// What waits under this id and content and may pass now: the reasons that no longer stand in its way. An interview that came in
    /// encrypted while its form was open may be opened after it closed.
    pub fn passes(&self, instance: &Tag, content: &Tag) -> Result<Vec<SetAsideReason>, Error> {
        self.read(|c| {
            let mut passes: Vec<SetAsideReason> = release_of(c, instance, content)?.map(|release| release.reasons).unwrap_or_default();
            let sealed = set_aside::table
                .filter(set_aside::again_instance.eq(instance.as_slice()))
                .filter(set_aside::kind.eq(ENCRYPTED))
                .filter(set_aside::state.ne(DESTROYED))
                .select((set_aside::reason, set_aside::state));
            let rows: Vec<(String, String)> = on!(c, c => sealed.load(c))?;
            passes.extend(rows.iter().filter_map(|(reason, state)| match SetAsideReason::named(reason)? {
                SetAsideReason::Encrypted => Some(SetAsideReason::ClosedForm),
                reason => (state != WAITING).then_some(reason),
            }));
            Ok(passes)
        })
    }

    /// Enters a decision. `Duplicate` where the record no longer waits for it, `Changed` where it cannot be decided so.
    pub fn decide_record(&self, by: By, study_id: i64, id: i64, decision: DecisionOnRecord, because: String, on: String) -> Pending<()> {
        let account = by.id();
        self.write_as(by, move |c| {
            let reason = decide(c, study_id, id, decision)?;
            note(c, id, decision, &reason, &because, Some(account), &on)?;
            // What was written as the reason for it stays out of the trail.
            Ok(((), Act::new(decision.action()).study(study_id).to(id)))
        })
    }

    /// Destroys what has waited past its date, as `today` is; says how many.
    pub fn destroy_due(&self, today: String) -> Pending<usize> {
        self.write_unattended(move |c| {
            let due = set_aside::table
                .filter(set_aside::destroy_after.lt(&today))
                .filter(set_aside::state.eq_any([WAITING, RELEASED, OPENED]))
                .select((set_aside::id, set_aside::reason));
            let due: Vec<(i64, String)> = on!(c, c => due.load(c))?;
            for (id, reason) in &due {
                leave_nothing(c, *id, DESTROYED)?;
                note(c, *id, DecisionOnRecord::Destroy, reason, "its retention date has passed", None, &today)?;
            }
            Ok(due.len())
        })
    }
}

/// Moves a record as was decided, and says what it waited for.
fn decide(c: &mut Connection, study_id: i64, id: i64, decision: DecisionOnRecord) -> Result<String, Error> {
    let row = set_aside::table.filter(set_aside::id.eq(id)).filter(set_aside::study_id.eq(study_id));
    let columns = (set_aside::kind, set_aside::reason, set_aside::state, set_aside::again_content.is_not_null());
    let (kind, reason, state, is_readable): (String, String, String, bool) = on!(c, c => row.select(columns).first(c))?;
    let is_encrypted = kind == ENCRYPTED;
    let needs_no_release = reason == SetAsideReason::Encrypted.code();
    match decision {
        DecisionOnRecord::Release if state != WAITING => return Err(Error::Duplicate),
        DecisionOnRecord::Release if is_encrypted && !needs_no_release || is_readable => move_to(c, id, RELEASED)?,
        DecisionOnRecord::Destroy if [WAITING, RELEASED, OPENED].contains(&state.as_str()) => empty(c, id)?,
        DecisionOnRecord::Opened if state == OPENED => {}
        DecisionOnRecord::Opened if is_encrypted && (state == RELEASED || state == WAITING && needs_no_release) => move_to(c, id, OPENED)?,
        DecisionOnRecord::Destroy => return Err(Error::Duplicate),
        _ => return Err(Error::Changed),
    }
    Ok(reason)
}

/// With its parts and files.
fn empty(c: &mut Connection, id: i64) -> Result<(), Error> {
    let with_parts = set_aside::table.filter(set_aside::id.eq(id).or(set_aside::of_record.eq(id))).select(set_aside::id);
    let ids: Vec<i64> = on!(c, c => with_parts.load(c))?;
    ids.into_iter().try_for_each(|id| leave_nothing(c, id, DESTROYED))
}

/// The row stays, so that what is sent again is known; its bytes go.
fn leave_nothing(c: &mut Connection, id: i64, state: &str) -> Result<(), Error> {
    let nothing = (set_aside::state.eq(state), set_aside::sealed.eq(Vec::new()));
    on!(c, c => diesel::update(set_aside::table.find(id)).set(nothing).execute(c))?;
    Ok(())
}

/// Of a study's interviews that came encrypted and were opened nothing is left, nor of parts that came after them.
pub(in crate::store) fn remove_opened(c: &mut Connection, study_id: i64) -> Result<(), Error> {
    let is_part = set_aside::state.eq(WAITING).and(set_aside::kind.eq(RecordKind::Part.name()));
    let of_study = set_aside::table.filter(set_aside::study_id.eq(study_id));
    let opened = of_study.filter(set_aside::state.eq(OPENED).or(is_part)).select(set_aside::id);
    let ids: Vec<i64> = on!(c, c => opened.load(c))?;
    ids.into_iter().try_for_each(|id| leave_nothing(c, id, COUNTED))
}

/// With the parts of what was encrypted.
fn move_to(c: &mut Connection, id: i64, state: &str) -> Result<(), Error> {
    let is_part = set_aside::of_record.eq(id).and(set_aside::kind.eq(RecordKind::Part.name()));
    let with_parts = set_aside::table.filter(set_aside::id.eq(id).or(is_part));
    on!(c, c => diesel::update(with_parts).set(set_aside::state.eq(state)).execute(c))?;
    Ok(())
}

fn note(
    c: &mut Connection,
    id: i64,
    decision: DecisionOnRecord,
    reason: &str,
    because: &str,
    by: Option<i64>,
    on: &str,
) -> Result<(), Error> {
    let values = (
        set_aside_decision::set_aside_id.eq(id),
        set_aside_decision::decision.eq(decision.name()),
        set_aside_decision::reason.eq(reason),
        set_aside_decision::because.eq(because),
        set_aside_decision::decided_by.eq(by),
        set_aside_decision::decided_on.eq(on),
    );
    on!(c, c => diesel::insert_into(set_aside_decision::table).values(values).execute(c))?;
    Ok(())
}

fn insert(c: &mut Connection, record: &SealedRecord) -> Result<Kept, Error> {
    let of = match &record.of {
        Some((instance, content)) => record_of(c, instance, content)?,
        None => None,
    };
    if of.as_ref().is_some_and(|(_, state)| state == DESTROYED) {
        return Ok(Kept::Destroyed);
    }
    // Random, so that the number does not tell when it came; short enough for every reader of JSON.
    let id = i64::from_be_bytes(Uuid::new_v4().into_bytes()[..8].try_into().unwrap_or_default()) & ((1 << 53) - 1);
    let parts_named =
        if let RecordKind::Encrypted { parts_named } = record.kind { i32::try_from(parts_named).unwrap_or(i32::MAX) } else { 0 };
    let values = (
        (set_aside::id.eq(id), set_aside::study_id.eq(record.study_id), set_aside::reason.eq(record.reason.code())),
        (
            set_aside::iso_week.eq(&record.iso_week),
            set_aside::destroy_after.eq(&record.destroy_after),
            set_aside::sealed.eq(&record.sealed),
        ),
        (set_aside::form_version_id.eq(record.form_version_id), set_aside::kind.eq(record.kind.name())),
        (set_aside::of_record.eq(of.map(|(id, _)| id)), set_aside::parts_named.eq(parts_named)),
        (set_aside::opens_with.eq(record.lock.name()), set_aside::state.eq(WAITING)),
        set_aside::again_instance.eq(record.again.as_ref().map(|again| again.instance.as_slice())),
        set_aside::again_content.eq(record.again.as_ref().and_then(|again| again.content.as_ref()).map(<[u8; 32]>::as_slice)),
    );
    on!(c, c => diesel::insert_into(set_aside::table).values(values).execute(c))?;
    let receipt = (
        receipt::instance_mac.eq(record.instance.as_slice()),
        receipt::content_mac.eq(record.content.as_slice()),
        receipt::set_aside_id.eq(Some(id)),
    );
    on!(c, c => diesel::insert_into(receipt::table).values(receipt).execute(c))?;
    Ok(Kept::SetAside(record.reason))
}

/// A released record has come in: nothing need wait any longer.
pub(in crate::store) fn settle(c: &mut Connection, release: &Release) -> Result<(), Error> {
    leave_nothing(c, release.id, COUNTED)
}
