//! Coded rows for whoever holds a grant: a page at a time, so that no connection waits for a slow reader.

use diesel::prelude::*;

use super::connection::on;
use super::own_receipt::of_study;
use super::row_grants::{GrantInForce, still_holds};
use super::schema::response;
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

/// What somebody took back is not read, though its visit is still counted.
macro_rules! rows_of {
    ($grant:expr, $form_version_id:expr, $after:expr) => {
        response::table
            .filter(of_study($grant.study_id()))
            .filter(response::form_version_id.eq($form_version_id))
            .filter(response::is_current)
            .filter(response::result.ne(i32::from(ResultCode::WITHDRAWN.code())))
            .filter(response::id.gt($after))
    };
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
        let page = rows_of!(grant, form_version_id, after).order(response::id).select(columns).offset(skip).limit(limit);
        self.read(|c| {
            still_holds(c, grant, today)?;
            Ok(on!(c, c => page.load(c))?)
        })
    }

    /// How many rows a form version has behind an id.
    pub fn count_coded_rows(&self, grant: &GrantInForce, form_version_id: i64, after: &[u8]) -> Result<i64, Error> {
        let rows = rows_of!(grant, form_version_id, after);
        self.read(|c| Ok(on!(c, c => rows.count().get_result(c))?))
    }
}
