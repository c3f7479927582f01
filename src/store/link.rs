//! The link between cases and responses: measured, cut, and certified as cut.

use std::collections::HashSet;

use diesel::prelude::*;

use super::connection::on;
use super::schema::{link_cut, receipt, response};
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
    /// How many responses a study has, and how many of them a set of pseudonyms joins to a case.
    pub fn joined(&self, study_id: i64, pseudonyms: &HashSet<Tag>) -> Result<(i64, i64), Error> {
        let found: Vec<Vec<u8>> = self
            .read(|c| Ok(on!(c, c => response::table.filter(response::study_id.eq(study_id)).select(response::case_pseudonym).load(c))?))?;
        let joins = found.iter().filter(|p| Tag::try_from(p.as_slice()).is_ok_and(|tag| pseudonyms.contains(&tag))).count();
        Ok((i64::try_from(found.len()).unwrap_or(i64::MAX), i64::try_from(joins).unwrap_or(i64::MAX)))
    }

    /// Puts chance in the place of every pseudonym of a study, and takes from every receipt the response it led to: not even the key,
    /// kept in an old copy, joins a case or a phone's instance to a response of this database or of a copy made after.
    pub fn sever(&self, study_id: i64) -> Pending<()> {
        self.write_unattended(move |c| {
            let of_study = response::table.filter(response::study_id.eq(study_id)).select(response::id);
            let ids: Vec<Vec<u8>> = on!(c, c => of_study.load(c))?;
            for id in ids {
                let chance: Tag = random().map_err(|e| Error::Unavailable(e.to_string()))?;
                let row = response::table.find(&id);
                on!(c, c => diesel::update(row).set(response::case_pseudonym.eq(chance.as_slice())).execute(c))?;
                let led = receipt::table.filter(receipt::response_id.eq(Some(&id)));
                on!(c, c => diesel::update(led).set(receipt::response_id.eq(None::<Vec<u8>>)).execute(c))?;
            }
            Ok(())
        })
    }

    /// `Duplicate` where the study has its certificate already.
    pub fn certify_cut(&self, by: By, cut: LinkCut) -> Pending<()> {
        self.write_as(by, move |c| {
            on!(c, c => diesel::insert_into(link_cut::table).values(&cut).execute(c))?;
            Ok(((), Act::new(Action::LinkCut).study(cut.study_id)))
        })
    }

    pub fn link_cut(&self, study_id: i64) -> Result<Option<LinkCut>, Error> {
        self.read(|c| Ok(on!(c, c => link_cut::table.find(study_id).first(c).optional())?))
    }
}
