//! Coded rows for whoever holds a grant: a page at a time, so that no connection waits for a slow reader.

use diesel::prelude::*;

use super::any_of::any_of;
use super::connection::on;
use super::own_receipt::ids_of;
use super::row_grants::{GrantInForce, still_holds};
use super::schema::{response, response_instance};
use super::{Error, Store};
use crate::fieldwork::ResultCode;

/// A response as it leaves: no case, no PSU, no approval, no place. The id is for making a row's key of, and does not leave.
#[derive(Debug, Clone, Queryable)]
pub struct CodedRow {
    pub id: Vec<u8>,
    pub result: i32,
    pub sex: i32,
    pub age_years: Option<i32>,
    pub disability: String,
    pub iso_week: String,
    pub duration_band: String,
    pub answers: String,
}

/// An instance of a repeat as it leaves. Its response's id does not.
#[derive(Debug, Clone, Queryable)]
pub struct CodedInstance {
    pub response_id: Vec<u8>,
    pub number: i32,
    pub around: i32,
    pub answers: String,
}

/// Which instance lies in which: of a response, of a repeat, its number, and that of the instance around it.
pub type Nested = (Vec<u8>, String, i32, i32);

/// What somebody took back is not read, though its visit is still counted.
macro_rules! rows_of {
    ($from:expr, $grant:expr, $form_version_id:expr) => {
        $from
            .filter(response::study_id.eq($grant.study_id()))
            .filter(response::form_version_id.eq($form_version_id))
            .filter(response::is_current)
            .filter(response::result.ne(i32::from(ResultCode::WITHDRAWN.code())))
    };
}

/// Each id has one bound on either side, the nearest: SQLite looks at one alone, and would begin each page with the study's first row.
macro_rules! rows_behind {
    ($grant:expr, $form_version_id:expr, $after:expr) => {
        rows_of!(response::table, $grant, $form_version_id)
            .filter(response::id.gt(behind($grant, $after)))
            .filter(response::id.le(ids_of($grant.study_id()).1.to_vec()))
    };
}

macro_rules! instances_of {
    ($grant:expr, $form_version_id:expr, $repeat:expr, $after:expr) => {
        rows_of!(response_instance::table.inner_join(response::table), $grant, $form_version_id)
            .filter(response_instance::repeat_name.eq($repeat))
            .filter(response::id.between(behind($grant, $after.0), ids_of($grant.study_id()).1.to_vec()))
            .filter(response::id.gt($after.0).or(response_instance::number.gt($after.1)))
    };
}

/// Where the rows of a grant's study begin, or those behind an id among them.
fn behind(grant: &GrantInForce, after: &[u8]) -> Vec<u8> {
    ids_of(grant.study_id()).0.as_slice().max(after).to_vec()
}

impl Store {
    /// The rows of a form version behind an id, in the order of ids, after passing over some. `Changed` where the grant is over.
    pub fn coded_rows(
        &self,
        (grant, today): (&GrantInForce, &str),
        form_version_id: i64,
        after: &[u8],
        (skip, limit): (i64, i64),
    ) -> Result<Vec<CodedRow>, Error> {
        let columns = (
            response::id,
            response::result,
            response::sex,
            response::age_years,
            response::disability,
            response::iso_week,
            response::duration_band,
            response::answers,
        );
        let rows = rows_behind!(grant, form_version_id, after);
        let page = rows.order(response::id).select(columns).offset(skip).limit(limit);
        self.read(|c| {
            still_holds(c, grant, today)?;
            Ok(on!(c, c => page.load(c))?)
        })
    }

    /// How many rows a form version has behind an id.
    pub fn count_coded_rows(&self, grant: &GrantInForce, form_version_id: i64, after: &[u8]) -> Result<i64, Error> {
        let rows = rows_behind!(grant, form_version_id, after);
        self.read(|c| Ok(on!(c, c => rows.count().get_result(c))?))
    }

    /// The ids alone, of which rows' names are made.
    pub fn coded_ids(
        &self,
        (grant, today): (&GrantInForce, &str),
        form_version_id: i64,
        after: &[u8],
        limit: i64,
    ) -> Result<Vec<Vec<u8>>, Error> {
        let rows = rows_behind!(grant, form_version_id, after);
        let page = rows.order(response::id).select(response::id).limit(limit);
        self.read(|c| {
            still_holds(c, grant, today)?;
            Ok(on!(c, c => page.load(c))?)
        })
    }

    /// A repeat's instances in a form version behind one of a response, by its number, in the order of both.
    pub fn coded_instances(
        &self,
        (grant, today): (&GrantInForce, &str),
        (form_version_id, repeat): (i64, &str),
        after: (&[u8], i32),
        (skip, limit): (i64, i64),
    ) -> Result<Vec<CodedInstance>, Error> {
        let columns = (response::id, response_instance::number, response_instance::around, response_instance::answers);
        let rows = instances_of!(grant, form_version_id, repeat, after).order((response::id, response_instance::number));
        let page = rows.select(columns).offset(skip).limit(limit);
        self.read(|c| {
            still_holds(c, grant, today)?;
            Ok(on!(c, c => page.load(c))?)
        })
    }

    /// How many instances a repeat has in a form version behind one of a response.
    pub fn count_coded_instances(
        &self,
        grant: &GrantInForce,
        (form_version_id, repeat): (i64, &str),
        after: (&[u8], i32),
    ) -> Result<i64, Error> {
        let rows = instances_of!(grant, form_version_id, repeat, after);
        self.read(|c| Ok(on!(c, c => rows.count().get_result(c))?))
    }

    /// Which instances of some repeats lie in which, in some responses of a form version, in the order of the interview.
    pub fn nested_instances(
        &self,
        grant: &GrantInForce,
        (form_version_id, repeats): (i64, &[String]),
        responses: Vec<&[u8]>,
    ) -> Result<Vec<Nested>, Error> {
        let of_version = rows_of!(response_instance::table.inner_join(response::table), grant, form_version_id);
        let columns = (response::id, response_instance::repeat_name, response_instance::number, response_instance::around);
        let found = of_version
            .filter(any_of(response_instance::response_id, responses))
            .filter(response_instance::repeat_name.eq_any(repeats))
            .order((response::id, response_instance::repeat_name, response_instance::number))
            .select(columns);
        self.read(|c| Ok(on!(c, c => found.load(c))?))
    }
}
