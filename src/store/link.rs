//! The link between cases and responses: measured, cut, and certified as cut.

use std::collections::HashSet;

use diesel::prelude::*;
use uuid::Uuid;

use super::connection::{Connection, on};
use super::own_receipt::{ids_of, of_study, part_receipts, rename};
use super::retention::scrub_is_due;
use super::schema::{link_cut, release, response, weight_set};
use super::set_aside::remove_opened;
use super::together::alone;
use super::weights::fingerprint;
use super::{Error, Pending, Store};
use crate::keys::{Tag, random};
use crate::trail::{Act, Action, By};

/// What was destroyed, and the proof that nothing joins any more.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = link_cut)]
pub struct LinkCut {
    pub study_id: i64,
    pub cut_by: i64,
    pub cut_on: String,
    pub because: String,
    pub cases: i64,
    pub responses: i64,
    pub joined_before: i64,
    pub joined_after: i64,
}

impl Store {
    /// Puts chance in the place of every pseudonym and every id of a study, parts every receipt from its response, and leaves nothing of
    /// what was opened of interviews that came encrypted: not even the key, kept in an old copy, joins a case or a phone's instance to a
    /// response of this database or of a copy made after. `pseudonyms` are all that the key makes; how many joined is counted before and after. `Duplicate` where the study is cut already.
    pub fn cut_link(&self, by: By, cut: LinkCut, pseudonyms: HashSet<Tag>) -> Pending<LinkCut> {
        self.write_as_alone(by, move |c| {
            alone(c)?;
            let mut before = pseudonyms_of(c, cut.study_id)?;
            let joined_before = joined(&before, &pseudonyms);
            // PostgreSQL writes them anew one behind the other: not in the order of the ids they had.
            before.sort_by_cached_key(|_| Uuid::new_v4());
            let (sets, (first, last)) = (fingerprints(c, cut.study_id)?, ids_of(cut.study_id));
            part_receipts(c, (&first, &last))?;
            remove_opened(c, cut.study_id)?;
            before.iter().try_for_each(|(id, _)| sever(c, cut.study_id, id))?;
            follow(c, &sets)?;
            scrub_is_due(c)?;
            let joined_after = joined(&pseudonyms_of(c, cut.study_id)?, &pseudonyms);
            let cut = LinkCut { responses: small(before.len()), joined_before, joined_after, ..cut.clone() };
            on!(c, c => diesel::insert_into(link_cut::table).values(&cut).execute(c))?;
            let act = Act::new(Action::LinkCut).study(cut.study_id);
            Ok((cut, act))
        })
    }

    pub fn link_cut(&self, study_id: i64) -> Result<Option<LinkCut>, Error> {
        self.read(|c| Ok(on!(c, c => link_cut::table.find(study_id).first(c).optional())?))
    }
}

type Pseudonyms = Vec<(Vec<u8>, Vec<u8>)>;

/// Of every response of a study, current or not.
fn pseudonyms_of(c: &mut Connection, study_id: i64) -> Result<Pseudonyms, Error> {
    Ok(on!(c, c => response::table.filter(of_study(study_id)).select((response::id, response::case_pseudonym)).load(c))?)
}

fn joined(found: &Pseudonyms, pseudonyms: &HashSet<Tag>) -> i64 {
    small(found.iter().filter(|(_, p)| Tag::try_from(p.as_slice()).is_ok_and(|tag| pseudonyms.contains(&tag))).count())
}

fn small(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

fn sever(c: &mut Connection, study_id: i64, id: &[u8]) -> Result<(), Error> {
    let chance: Tag = random().map_err(|e| Error::Unavailable(e.to_string()))?;
    let row = response::table.find(rename(c, study_id, id)?.to_vec());
    on!(c, c => diesel::update(row).set(response::case_pseudonym.eq(chance.as_slice())).execute(c))?;
    Ok(())
}

/// Each weight set of a study, and which responses it is of.
fn fingerprints(c: &mut Connection, study_id: i64) -> Result<Vec<(i64, Vec<u8>)>, Error> {
    let sets: Vec<i64> = on!(c, c => weight_set::table.filter(weight_set::study_id.eq(study_id)).select(weight_set::id).load(c))?;
    sets.into_iter().map(|set| Ok((set, fingerprint(c, set)?))).collect()
}

/// Releases that were made of the responses of a weight set still are, under their other ids.
fn follow(c: &mut Connection, sets: &[(i64, Vec<u8>)]) -> Result<(), Error> {
    for (set, before) in sets {
        let now = fingerprint(c, *set)?;
        let made_of_it = release::table.filter(release::weight_set_id.eq(set)).filter(release::data.eq(before));
        on!(c, c => diesel::update(made_of_it).set(release::data.eq(&now)).execute(c))?;
    }
    Ok(())
}
