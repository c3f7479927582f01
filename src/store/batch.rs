//! Many submissions in one transaction: what can be decided without looking further is asked and written together, the rest one by one.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use diesel::prelude::*;

use super::Error;
use super::any_of::any_of;
use super::connection::{Connection, on};
use super::devices::count_interviews;
use super::own_receipt::id_of;
use super::schema::{psu, receipt, response, sampled_case, set_aside};
use super::submissions::{Incoming, Kept, carries_receipt, insert_beside, is_of_other_sex, response_text, response_values};
use super::together::{alone, side_by_side};
use super::writer::{keep_alone, savepoint};

/// What each submission comes to, in their order.
pub(super) fn keep_all(c: &mut Connection, incoming: &[Arc<Incoming>]) -> Result<Vec<Result<Kept, Error>>, Error> {
    take_turn(c, incoming)?;
    let plain = plain(c, incoming)?;
    insert(c, incoming.iter().map(Arc::as_ref).zip(&plain).filter_map(|(one, psu_id)| Some((one, (*psu_id)?))).collect())?;
    let mut outcomes = Vec::with_capacity(incoming.len());
    for (one, psu_id) in incoming.iter().zip(plain) {
        outcomes.push(if psu_id.is_some() { Ok(Kept::Stored) } else { keep_alone(c, one)? });
    }
    count(c, incoming, &outcomes)?;
    Ok(outcomes)
}

/// One submission by itself: what it comes to, in a transaction that goes on either way.
pub(super) fn keep_one(c: &mut Connection, one: &Arc<Incoming>) -> Result<Result<Kept, Error>, Error> {
    take_turn(c, std::slice::from_ref(one))?;
    let outcome = [keep_alone(c, one)?];
    count(c, std::slice::from_ref(one), &outcome)?;
    let [outcome] = outcome;
    Ok(outcome)
}

fn take_turn(c: &mut Connection, incoming: &[Arc<Incoming>]) -> Result<(), Error> {
    if incoming.iter().any(|one| one.deprecated.is_some()) { alone(c) } else { side_by_side(c) }
}

/// The PSU of each submission that is new, edits nothing, and is the first of a case of the frame: it only needs to be written.
fn plain(c: &mut Connection, incoming: &[Arc<Incoming>]) -> Result<Vec<Option<i64>>, Error> {
    let known = known(c, incoming)?;
    let answered = answered(c, incoming)?;
    let cases = cases(c, incoming)?;
    let (mut instances, mut people) = (HashSet::new(), HashSet::new());
    let mut psu_of = |one: &Incoming| {
        // Of two in this batch the second is looked at when the first is written.
        let is_first = instances.insert(one.instance) & people.insert(one.case.pseudonym);
        let is_new = one.deprecated.is_none() && !known.contains(&one.instance[..]) && !answered.contains(&one.case.pseudonym[..]);
        let (psu_id, sex) = cases.get(&(one.study_id, one.case.code.clone()))?;
        (is_first && is_new && !is_of_other_sex(one, *sex)).then_some(*psu_id)
    };
    Ok(incoming.iter().map(|one| psu_of(one)).collect())
}

/// Which instances came before, were edited before they came, or wait or waited sealed.
fn known(c: &mut Connection, incoming: &[Arc<Incoming>]) -> Result<HashSet<Vec<u8>>, Error> {
    let tags = || incoming.iter().map(|one| one.instance.as_slice()).collect();
    let ids: Vec<[u8; 16]> = incoming.iter().map(|one| id_of(one.study_id, &one.instance)).collect();
    let carried =
        response::table.filter(any_of(response::id, ids.iter().map(<[u8; 16]>::as_slice).collect())).select(response::instance_mac);
    let came = receipt::table.filter(any_of(receipt::instance_mac, tags())).select(receipt::instance_mac);
    let mut known: HashSet<Vec<u8>> = on!(c, c => came.load::<Vec<u8>>(c))?.into_iter().collect();
    known.extend(on!(c, c => carried.load::<Option<Vec<u8>>>(c))?.into_iter().flatten());
    let edited = receipt::table.filter(any_of(receipt::deprecated_mac, tags())).select(receipt::deprecated_mac.assume_not_null());
    known.extend(on!(c, c => edited.load::<Vec<u8>>(c))?);
    let sealed = set_aside::table.filter(any_of(set_aside::again_instance, tags())).select(set_aside::again_instance.assume_not_null());
    known.extend(on!(c, c => sealed.load::<Vec<u8>>(c))?);
    Ok(known)
}

/// Which cases have a current response.
fn answered(c: &mut Connection, incoming: &[Arc<Incoming>]) -> Result<HashSet<Vec<u8>>, Error> {
    let current = response::table
        .filter(any_of(response::case_pseudonym, incoming.iter().map(|one| one.case.pseudonym.as_slice()).collect()))
        .filter(response::is_current)
        .select(response::case_pseudonym);
    Ok(on!(c, c => current.load::<Vec<u8>>(c))?.into_iter().collect())
}

/// By study and code, a case's PSU and who is interviewed in it.
type Cases = HashMap<(i64, String), (i64, i32)>;

fn cases(c: &mut Connection, incoming: &[Arc<Incoming>]) -> Result<Cases, Error> {
    let studies: BTreeSet<i64> = incoming.iter().map(|one| one.study_id).collect();
    let found = sampled_case::table
        .inner_join(psu::table)
        .filter(any_of(sampled_case::study_id, studies.into_iter().collect()))
        .filter(any_of(sampled_case::code, incoming.iter().map(|one| one.case.code.as_str()).collect()))
        .select((sampled_case::study_id, sampled_case::code, psu::id, psu::sex));
    let rows: Vec<(i64, String, i64, i32)> = on!(c, c => found.load(c))?;
    Ok(rows.into_iter().map(|(study, code, psu_id, sex)| ((study, code), (psu_id, sex))).collect())
}

/// Each with its receipt, in the order of cases: two servers that write the same ones never wait for each other.
fn insert(c: &mut Connection, plain: Vec<(&Incoming, i64)>) -> Result<(), Error> {
    let mut rows: Vec<_> = plain.into_iter().map(|(one, psu_id)| (id_of(one.study_id, &one.instance), one, psu_id)).collect();
    rows.sort_unstable_by_key(|(_, one, _)| one.case.pseudonym);
    let mut responses = rows.iter().map(|(id, one, psu_id)| response_values!(id, one, *psu_id, true));
    match c {
        // Of many rows in one statement every page would be copied before it is changed, and the statement be read anew for each batch.
        Connection::Sqlite(c) => responses.try_for_each(|row| diesel::insert_into(response::table).values(row).execute(c).map(drop))?,
        Connection::Postgres(_) if rows.is_empty() => {}
        Connection::Postgres(c) => drop(diesel::insert_into(response::table).values(responses.collect::<Vec<_>>()).execute(c)?),
    }
    rows.iter().try_for_each(|(id, one, _)| insert_beside(c, id, one, true))
}

/// In the weeks of the devices that held them. An interview is kept whether it can be counted there or not.
fn count(c: &mut Connection, incoming: &[Arc<Incoming>], outcomes: &[Result<Kept, Error>]) -> Result<(), Error> {
    let mut held = BTreeMap::new();
    for (one, _) in incoming.iter().zip(outcomes).filter(|(_, outcome)| matches!(outcome, Ok(Kept::Stored))) {
        if let Some(device) = one.held_by {
            *held.entry((device, one.response.iso_week())).or_insert(0) += 1;
        }
    }
    savepoint(c, |c| count_interviews(c, &held).is_ok())?;
    Ok(())
}
