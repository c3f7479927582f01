//! What was answered in repeats: a row for each instance, beside its response.

use diesel::prelude::*;

use super::connection::{Connection, on};
use super::own_receipt::of_study;
use super::schema::{response, response_instance};
use super::{Error, Store};
use crate::deidentify::KeptInstance;

/// One instance of a repeat, as it is read again.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct InstanceRow {
    pub response_id: Vec<u8>,
    pub repeat: String,
    pub number: i32,
    pub around: i32,
    pub answers: String,
}

impl Store {
    /// The instances of every current response of a form version, each repeat's in the order of the interview.
    pub fn instances(&self, study_id: i64, form_version_id: i64) -> Result<Vec<InstanceRow>, Error> {
        self.read(|c| {
            Ok(on!(c, c => response_instance::table
                .inner_join(response::table)
                .filter(of_study(study_id))
                .filter(response::form_version_id.eq(form_version_id))
                .filter(response::is_current)
                .order((response_instance::response_id, response_instance::repeat_name, response_instance::number))
                .select(response_instance::all_columns)
                .load(c))?)
        })
    }
}

pub(super) fn insert_instances(c: &mut Connection, response_id: &[u8; 16], instances: &[KeptInstance]) -> Result<(), Error> {
    let small = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
    for instance in instances {
        let values = (
            response_instance::response_id.eq(response_id.as_slice()),
            response_instance::repeat_name.eq(instance.repeat()),
            response_instance::number.eq(small(instance.number())),
            response_instance::around.eq(small(instance.around())),
            response_instance::answers.eq(instance.answers()),
        );
        on!(c, c => diesel::insert_into(response_instance::table).values(values).execute(c))?;
    }
    Ok(())
}
