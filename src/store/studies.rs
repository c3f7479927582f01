//! Studies.

use diesel::prelude::*;

use super::connection::on;
use super::schema::study;
use super::{Error, Pending, Store};
use crate::trail::{Act, Action, By};

#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Study {
    pub id: i64,
    pub name: String,
    /// Simulated: set when the study is made, never changed.
    pub synthetic: bool,
    pub lonely_psu: String,
}

#[derive(Debug, Clone)]
pub struct NewStudy {
    pub name: String,
    pub synthetic: bool,
    pub lonely_psu: String,
}

impl Store {
    /// A database that holds one synthetic study holds only such, for ever.
    pub fn add_study(&self, by: By, new: NewStudy) -> Pending<i64> {
        self.write_as(by, move |c| {
            let any_synthetic = diesel::select(diesel::dsl::exists(study::table.filter(study::synthetic.eq(true))));
            let synthetic = new.synthetic || on!(c, c => any_synthetic.get_result(c))?;
            let values = (study::name.eq(&new.name), study::synthetic.eq(synthetic), study::lonely_psu.eq(&new.lonely_psu));
            let id = on!(c, c => diesel::insert_into(study::table).values(values).returning(study::id).get_result(c))?;
            Ok((id, Act::new(Action::ProjectCreate).study(id)))
        })
    }

    pub fn study(&self, id: i64) -> Result<Study, Error> {
        self.read(|c| Ok(on!(c, c => study::table.find(id).first(c))?))
    }

    pub fn studies(&self) -> Result<Vec<Study>, Error> {
        self.read(|c| Ok(on!(c, c => study::table.order(study::id).load(c))?))
    }
}
