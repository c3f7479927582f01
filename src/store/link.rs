//! The link between cases and responses: measured, cut, and certified as cut.

use std::collections::HashSet;

use diesel::prelude::*;

use super::connection::{Connection, on};
use super::schema::{link_cut, receipt, response};
use super::withdrawal::remove_codes;
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
    /// Puts chance in the place of every pseudonym of a study, and takes from every receipt the response it led to: not even the key,
    /// kept in an old copy, joins a case or a phone's instance to a response of this database or of a copy made after. `pseudonyms`
    /// are all that the key makes; how many joined is counted before and after. `Duplicate` where the study is cut already.
    pub fn cut_link(&self, by: By, cut: LinkCut, pseudonyms: HashSet<Tag>) -> Pending<LinkCut> {
        self.write_as(by, move |c| {
            let before = pseudonyms_of(c, cut.study_id)?;
            let joined_before = joined(&before, &pseudonyms);
            before.iter().try_for_each(|(id, _)| sever(c, id))?;
            remove_codes(c, cut.study_id)?;
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
    let of_study = response::table.filter(response::study_id.eq(study_id)).select((response::id, response::case_pseudonym));
    Ok(on!(c, c => of_study.load(c))?)
}

fn joined(found: &Pseudonyms, pseudonyms: &HashSet<Tag>) -> i64 {
    small(found.iter().filter(|(_, p)| Tag::try_from(p.as_slice()).is_ok_and(|tag| pseudonyms.contains(&tag))).count())
}

fn small(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

fn sever(c: &mut Connection, id: &[u8]) -> Result<(), Error> {
    let chance: Tag = random().map_err(|e| Error::Unavailable(e.to_string()))?;
    let row = response::table.find(id);
    on!(c, c => diesel::update(row).set(response::case_pseudonym.eq(chance.as_slice())).execute(c))?;
    let led = receipt::table.filter(receipt::response_id.eq(Some(id)));
    on!(c, c => diesel::update(led).set(receipt::response_id.eq(None::<Vec<u8>>)).execute(c))?;
    Ok(())
}
