//! Named weight sets, as they were computed.

use diesel::prelude::*;
use sha2::{Digest, Sha256};

use super::connection::on;
use super::schema::{weight, weight_set};
use super::{Connection, Error, Pending, Store};
use crate::trail::{Act, Action, By};

/// How many rows one INSERT takes.
const ROWS: usize = 5000;

#[derive(Debug, Clone)]
pub struct NewWeightSet {
    pub study_id: i64,
    pub name: String,
    pub form_version_id: i64,
    /// The recipe and its diagnostics, as JSON.
    pub recipe: String,
    pub diagnostics: String,
    pub weights: Vec<Weight>,
}

/// The weight of a response.
#[derive(Debug, Clone, PartialEq, Queryable)]
pub struct Weight {
    pub response_id: Vec<u8>,
    pub value: f64,
    /// As it was before it was fitted to the population.
    pub before_calibration: f64,
}

#[derive(Debug, Clone, Queryable)]
pub struct WeightSet {
    pub id: i64,
    pub study_id: i64,
    pub name: String,
    pub form_version_id: i64,
    pub recipe: String,
    pub diagnostics: String,
}

impl Store {
    /// `Duplicate` where the study has a set of that name.
    pub fn add_weight_set(&self, by: By, new: NewWeightSet) -> Pending<i64> {
        self.write_as(by, move |c| {
            let values = (
                weight_set::study_id.eq(new.study_id),
                weight_set::name.eq(&new.name),
                weight_set::form_version_id.eq(new.form_version_id),
                weight_set::recipe.eq(&new.recipe),
                weight_set::diagnostics.eq(&new.diagnostics),
            );
            let id: i64 = on!(c, c => diesel::insert_into(weight_set::table).values(values).returning(weight_set::id).get_result(c))?;
            for rows in new.weights.chunks(ROWS) {
                let values: Vec<_> = rows
                    .iter()
                    .map(|w| {
                        (
                            weight::weight_set_id.eq(id),
                            weight::response_id.eq(&w.response_id),
                            weight::value.eq(w.value),
                            weight::before_calibration.eq(w.before_calibration),
                        )
                    })
                    .collect();
                match c {
                    Connection::Sqlite(c) => diesel::insert_into(weight::table).values(&values).execute(c)?,
                    Connection::Postgres(c) => diesel::insert_into(weight::table).values(&values).execute(c)?,
                };
            }
            Ok((id, Act::new(Action::WeightsCreate).study(new.study_id).to(id)))
        })
    }

    pub fn weight_sets(&self, study_id: i64) -> Result<Vec<WeightSet>, Error> {
        self.read(|c| Ok(on!(c, c => weight_set::table.filter(weight_set::study_id.eq(study_id)).order(weight_set::id).load(c))?))
    }

    pub fn weight_set(&self, study_id: i64, name: &str) -> Result<WeightSet, Error> {
        self.read(|c| {
            Ok(on!(c, c => weight_set::table.filter(weight_set::study_id.eq(study_id)).filter(weight_set::name.eq(name)).first(c))?)
        })
    }

    /// Which responses a set is of, as one hash: who was taken back or came in since makes other data.
    pub fn fingerprint(&self, weight_set_id: i64) -> Result<Vec<u8>, Error> {
        self.read(|c| fingerprint(c, weight_set_id))
    }

    /// In the order of the responses' ids.
    pub fn weights(&self, weight_set_id: i64) -> Result<Vec<Weight>, Error> {
        self.read(|c| {
            let columns = (weight::response_id, weight::value, weight::before_calibration);
            Ok(on!(c, c => weight::table.filter(weight::weight_set_id.eq(weight_set_id)).order(weight::response_id).select(columns).load(c))?)
        })
    }
}

pub(super) fn fingerprint(c: &mut Connection, weight_set_id: i64) -> Result<Vec<u8>, Error> {
    let of_set = weight::table.filter(weight::weight_set_id.eq(weight_set_id)).order(weight::response_id).select(weight::response_id);
    let mut hash = Sha256::new();
    on!(c, c => of_set.load::<Vec<u8>>(c))?.iter().for_each(|id| hash.update(id));
    Ok(hash.finalize().to_vec())
}
