//! The receipt a response carries: of the instance it came as, and of its content. `receipt` keeps those that no response carries.
//!
//! The id is of the same: the study's number and the beginning of the instance's mac. So whether an interview came before is seen at the
//! one place where it would lie, that place tells nothing to who has not the key, and a study's responses lie between two ids.

use diesel::prelude::*;
use diesel::sql_types::Binary;
use uuid::Uuid;

use super::Error;
use super::connection::{Connection, on};
use super::schema::{own_words, receipt, response, response_instance, weight};
use crate::keys::Tag;

type Id = [u8; 16];

/// How much of an id is the study's number.
const STUDY: usize = 4;

/// The id of the response that came as an instance.
pub(super) fn id_of(study_id: i64, instance: &Tag) -> Id {
    id(study_id, instance)
}

/// The id of a response that no instance leads to by itself: random, so that it does not tell when it came.
pub(super) fn new_id(study_id: i64) -> Id {
    id(study_id, Uuid::new_v4().as_bytes())
}

fn id(study_id: i64, rest: &[u8]) -> Id {
    let mut id = first_id(study_id);
    id.iter_mut().skip(STUDY).zip(rest).for_each(|(byte, of_rest)| *byte = *of_rest);
    id
}

fn first_id(study_id: i64) -> Id {
    let mut id = [0; 16];
    id[..STUDY].copy_from_slice(&u32::try_from(study_id).unwrap_or(u32::MAX).to_be_bytes());
    id
}

/// The first and the last id that a study's responses may have.
pub(super) fn ids_of(study_id: i64) -> (Id, Id) {
    (first_id(study_id), id(study_id, &[u8::MAX; 16]))
}

/// The responses of a study, where they lie.
#[diesel::dsl::auto_type]
pub(super) fn of_study(study_id: i64) -> _ {
    let first: Vec<u8> = ids_of(study_id).0.to_vec();
    let last: Vec<u8> = ids_of(study_id).1.to_vec();
    response::study_id.eq(study_id).and(response::id.between(first, last))
}

/// A response with its receipt.
#[derive(Debug, Queryable)]
pub(super) struct Carrier {
    pub(super) id: Vec<u8>,
    pub(super) is_current: bool,
    pub(super) content: Vec<u8>,
}

/// The response that came as an instance and carries its receipt.
pub(super) fn carrier(c: &mut Connection, study_id: i64, instance: &Tag) -> Result<Option<Carrier>, Error> {
    let found = response::table.find(id_of(study_id, instance).to_vec()).filter(response::instance_mac.eq(instance.as_slice())).select((
        response::id,
        response::is_current,
        response::content_mac.assume_not_null(),
    ));
    Ok(on!(c, c => found.first(c).optional())?)
}

/// Receipts from now on by themselves: nothing leads from them to the responses between two ids, or from these to them, nor the order in
/// which they lie.
pub(super) fn part_receipts(c: &mut Connection, (first, last): (&[u8], &[u8])) -> Result<(), Error> {
    let by_themselves = diesel::sql_query(
        "INSERT INTO receipt (instance_mac, content_mac) SELECT instance_mac, content_mac FROM response \
         WHERE id BETWEEN $1 AND $2 AND instance_mac IS NOT NULL ORDER BY content_mac ON CONFLICT DO NOTHING",
    );
    let by_themselves = by_themselves.bind::<Binary, _>(first).bind::<Binary, _>(last);
    on!(c, c => by_themselves.execute(c))?;
    let led = receipt::table.filter(receipt::response_id.between(first, last));
    // Nor to the record that some of them waited in.
    let nowhere = (receipt::response_id.eq(None::<Vec<u8>>), receipt::set_aside_id.eq(None::<i64>));
    on!(c, c => diesel::update(led).set(nowhere).execute(c))?;
    Ok(())
}

/// Gives a response another id, and with it all that hangs on it: what the old one was made of finds it no more, nor does the number it
/// could be taken back by.
pub(super) fn rename(c: &mut Connection, study_id: i64, old: &[u8]) -> Result<Id, Error> {
    let new = new_id(study_id);
    if let Connection::Sqlite(c) = c {
        // PostgreSQL renames them itself. Until the next commit alone.
        diesel::sql_query("PRAGMA defer_foreign_keys = ON").execute(c)?;
        diesel::update(own_words::table.filter(own_words::response_id.eq(old))).set(own_words::response_id.eq(&new[..])).execute(c)?;
        diesel::update(weight::table.filter(weight::response_id.eq(old))).set(weight::response_id.eq(&new[..])).execute(c)?;
        let instances = response_instance::table.filter(response_instance::response_id.eq(old));
        diesel::update(instances).set(response_instance::response_id.eq(&new[..])).execute(c)?;
    }
    let renamed = (
        response::id.eq(&new[..]),
        response::instance_mac.eq(None::<Vec<u8>>),
        response::content_mac.eq(None::<Vec<u8>>),
        response::withdrawal_mac.eq(None::<Vec<u8>>),
    );
    on!(c, c => diesel::update(response::table.find(old)).set(renamed).execute(c))?;
    Ok(new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_a_study_lie_together_and_apart_from_those_of_others() {
        let tag: Tag = std::array::from_fn(|i| u8::MAX - u8::try_from(i).unwrap());
        for study in [1, 2, 255, 256, i64::from(u32::MAX) - 1] {
            let (first, last) = ids_of(study);
            for id in [id_of(study, &tag), id_of(study, &[0; 32]), id_of(study, &[255; 32]), new_id(study)] {
                assert!(first <= id && id <= last);
            }
            assert!(last < ids_of(study + 1).0);
        }
        assert_eq!(id_of(258, &tag), [0, 0, 1, 2, 255, 254, 253, 252, 251, 250, 249, 248, 247, 246, 245, 244]);
        assert_ne!(new_id(1), new_id(1));
    }
}
