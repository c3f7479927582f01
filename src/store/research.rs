//! Files of rows for research: asked for by one person, granted by another for a time, and gone when it is over.

use diesel::prelude::*;

use super::connection::{Connection, on};
use super::schema::{research_file, weight, weight_set};
use super::{Error, Pending, Store};
use crate::trail::{Act, Action, By};

/// A file that was made and waits to be granted.
#[derive(Debug, Clone)]
pub struct NewResearchFile {
    pub study_id: i64,
    pub asked_on: String,
    pub request: String,
    pub report: String,
    pub content: Vec<u8>,
    /// The last day on which it waits.
    pub expires_on: String,
    /// The weight set it was made by, and its interviews: fewer since, and it is not kept.
    pub weight_set: String,
    pub interviews: usize,
}

/// A file without its rows.
#[derive(Debug, Clone, Queryable)]
pub struct ResearchFileRow {
    pub id: i64,
    pub asked_by: i64,
    pub asked_on: String,
    pub request: String,
    pub report: String,
    pub granted_by: Option<i64>,
    pub because: String,
    pub expires_on: String,
    /// Whether its rows are still there.
    pub is_kept: bool,
}

/// Somebody's word that a file may be fetched.
#[derive(Debug, Clone)]
pub struct Grant {
    pub because: String,
    pub expires_on: String,
}

impl Store {
    /// `Changed` where an answer was taken back since the file was made: it would still be in it.
    pub fn add_research_file(&self, by: By, new: NewResearchFile) -> Pending<i64> {
        let person = by.id();
        self.write_as(by, move |c| {
            let of_set = weight::table.inner_join(weight_set::table).filter(weight_set::study_id.eq(new.study_id));
            let left: i64 = on!(c, c => of_set.filter(weight_set::name.eq(&new.weight_set)).count().get_result(c))?;
            if usize::try_from(left).ok() != Some(new.interviews) {
                return Err(Error::Changed);
            }
            let values = (
                research_file::study_id.eq(new.study_id),
                research_file::asked_by.eq(person),
                research_file::asked_on.eq(&new.asked_on),
                research_file::request.eq(&new.request),
                research_file::report.eq(&new.report),
                research_file::content.eq(Some(&new.content)),
                research_file::expires_on.eq(&new.expires_on),
            );
            let id: i64 = on!(c, c => diesel::insert_into(research_file::table).values(values).returning(research_file::id).get_result(c))?;
            Ok((id, Act::new(Action::ResearchFileAsk).study(new.study_id).to(id)))
        })
    }

    /// Oldest first.
    pub fn research_files(&self, study_id: i64) -> Result<Vec<ResearchFileRow>, Error> {
        let columns = (
            research_file::id,
            research_file::asked_by,
            research_file::asked_on,
            research_file::request,
            research_file::report,
            research_file::granted_by,
            research_file::because,
            research_file::expires_on,
            research_file::content.is_not_null(),
        );
        let of_study = research_file::table.filter(research_file::study_id.eq(study_id)).order(research_file::id).select(columns);
        self.read(|c| Ok(on!(c, c => of_study.load(c))?))
    }

    /// `NotFound` where there is none, `Duplicate` where it was granted, `Changed` where its rows are gone.
    pub fn grant_research_file(&self, by: By, study_id: i64, id: i64, grant: Grant) -> Pending<()> {
        let person = by.id();
        self.write_as(by, move |c| {
            let file = research_file::table.filter(research_file::study_id.eq(study_id)).filter(research_file::id.eq(id));
            let state = (research_file::granted_by, research_file::content.is_not_null());
            let (granted_by, is_kept): (Option<i64>, bool) = on!(c, c => file.select(state).first(c))?;
            match (granted_by, is_kept) {
                (Some(_), _) => return Err(Error::Duplicate),
                (None, false) => return Err(Error::Changed),
                (None, true) => {}
            }
            let values = (
                research_file::granted_by.eq(Some(person)),
                research_file::because.eq(&grant.because),
                research_file::expires_on.eq(&grant.expires_on),
            );
            on!(c, c => diesel::update(research_file::table.find(id)).set(values).execute(c))?;
            Ok(((), Act::new(Action::ResearchFileGrant).study(study_id).to(id).with("expiresOn", grant.expires_on.as_str())))
        })
    }

    /// The zip of a file that was granted and is not over; else nothing.
    pub fn research_file(&self, study_id: i64, id: i64, today: &str) -> Result<Option<Vec<u8>>, Error> {
        let file = research_file::table.filter(research_file::study_id.eq(study_id)).filter(research_file::id.eq(id));
        let columns = (research_file::granted_by, research_file::expires_on, research_file::content);
        let (granted_by, expires_on, content): (Option<i64>, String, Option<Vec<u8>>) =
            self.read(|c| Ok(on!(c, c => file.select(columns).first(c))?))?;
        Ok(content.filter(|_| granted_by.is_some() && expires_on.as_str() >= today))
    }

    /// Erases the rows of files whose time is over; how many files there were.
    pub fn erase_research_files(&self, today: String) -> Pending<usize> {
        self.write_unattended(move |c| {
            let over = research_file::table.filter(research_file::expires_on.lt(&today)).filter(research_file::content.is_not_null());
            Ok(on!(c, c => diesel::update(over).set(research_file::content.eq(None::<Vec<u8>>)).execute(c))?)
        })
    }
}

/// Rows of which one was taken back, or of which all are erased, are handed to nobody any more.
pub(super) fn remove_research_files(c: &mut Connection, study_id: i64) -> Result<(), Error> {
    let of_study = research_file::table.filter(research_file::study_id.eq(study_id));
    on!(c, c => diesel::update(of_study).set(research_file::content.eq(None::<Vec<u8>>)).execute(c))?;
    Ok(())
}
