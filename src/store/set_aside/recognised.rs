//! What came before under the same id: counted, waiting, released, destroyed.

use diesel::prelude::*;

use super::record::{DecisionOnRecord, Release, SetAsideReason};
use super::{COUNTED, DESTROYED, ENCRYPTED, OPENED, RELEASED};
use crate::keys::Tag;
use crate::store::Error;
use crate::store::connection::{Connection, on};
use crate::store::own_receipt::carrier;
use crate::store::schema::{receipt, set_aside, set_aside_decision};
use crate::store::submissions::Kept;

/// The record that waits, or did, under a receipt, and its state.
pub(super) fn record_of(c: &mut Connection, instance: &Tag, content: &Tag) -> Result<Option<(i64, String)>, Error> {
    let found = receipt::table
        .inner_join(set_aside::table.on(receipt::set_aside_id.eq(set_aside::id.nullable())))
        .filter(receipt::instance_mac.eq(instance.as_slice()))
        .filter(receipt::content_mac.eq(content.as_slice()))
        .select((set_aside::id, set_aside::state));
    Ok(on!(c, c => found.first(c).optional())?)
}

/// What became of something sent before under the same id with the same content.
pub(in crate::store) fn known(c: &mut Connection, study_id: i64, instance: &Tag, content: &Tag) -> Result<Option<Kept>, Error> {
    if carrier(c, study_id, instance)?.is_some_and(|carrier| carrier.content == content) {
        return Ok(Some(Kept::StoredBefore));
    }
    type Found = (Option<Vec<u8>>, Option<(String, String)>);
    let found: Option<Found> = on!(c, c => receipt::table
        .left_join(set_aside::table.on(receipt::set_aside_id.eq(set_aside::id.nullable())))
        .filter(receipt::instance_mac.eq(instance.as_slice()))
        .filter(receipt::content_mac.eq(content.as_slice()))
        .select((receipt::response_id, (set_aside::reason, set_aside::state).nullable()))
        .first(c)
        .optional())?;
    Ok(found.map(|(response, record)| match record {
        Some((reason, state)) if response.is_none() => match state.as_str() {
            DESTROYED => Kept::Destroyed,
            COUNTED | OPENED => Kept::StoredBefore,
            _ => SetAsideReason::named(&reason).map_or(Kept::StoredBefore, Kept::SetAside),
        },
        // Its answers were taken back, or their time was over.
        None if response.is_none() => Kept::Destroyed,
        _ => Kept::StoredBefore,
    }))
}

/// Whether an interview that can be read has come under this id.
pub(in crate::store) fn id_is_used(c: &mut Connection, study_id: i64, instance: &Tag) -> Result<bool, Error> {
    if carrier(c, study_id, instance)?.is_some() {
        return Ok(true);
    }
    let used = receipt::table
        .left_join(set_aside::table.on(receipt::set_aside_id.eq(set_aside::id.nullable())))
        .filter(receipt::instance_mac.eq(instance.as_slice()))
        .filter(receipt::response_id.is_not_null().or(set_aside::id.nullable().is_null()).or(set_aside::kind.nullable().ne(ENCRYPTED)));
    let used: Option<Vec<u8>> = on!(c, c => used.select(receipt::instance_mac).first(c).optional())?;
    Ok(used.is_some())
}

/// The record a reviewer has released under this id and content.
pub(in crate::store) fn release_of(c: &mut Connection, instance: &Tag, content: &Tag) -> Result<Option<Release>, Error> {
    let released = set_aside::table
        .filter(set_aside::again_instance.eq(instance.as_slice()))
        .filter(set_aside::again_content.eq(content.as_slice()))
        .filter(set_aside::state.eq(RELEASED))
        .select(set_aside::id);
    let Some(id) = on!(c, c => released.first(c).optional())? else { return Ok(None) };
    let reasons = set_aside_decision::table
        .filter(set_aside_decision::set_aside_id.eq(id))
        .filter(set_aside_decision::decision.eq(DecisionOnRecord::Release.name()))
        .select(set_aside_decision::reason);
    let reasons: Vec<String> = on!(c, c => reasons.load(c))?;
    Ok(Some(Release { id, reasons: reasons.iter().filter_map(|reason| SetAsideReason::named(reason)).collect() }))
}
