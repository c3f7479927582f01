//! How far what has a date was destroyed.

use diesel::prelude::*;

use super::connection::on;
use super::schema::retention;
use super::{Error, Pending, Store};

impl Store {
    /// The day up to which what has a date was destroyed; none before the first run. Of two servers that noted it at once, the earlier.
    pub fn retention_held_to(&self) -> Result<Option<String>, Error> {
        self.read(|c| Ok(on!(c, c => retention::table.select(retention::held_to).order(retention::held_to).first(c).optional())?))
    }

    pub fn note_retention(&self, held_to: String) -> Pending<()> {
        self.write_unattended(move |c| {
            on!(c, c => diesel::delete(retention::table).execute(c))?;
            on!(c, c => diesel::insert_into(retention::table).values(retention::held_to.eq(&held_to)).on_conflict_do_nothing().execute(c))?;
            Ok(())
        })
    }
}
