//! How far what has a date was destroyed; and that responses were, while their bytes have still to leave the database's files: that is
//! known until they have left, whatever fails.

use diesel::prelude::*;
use uuid::Uuid;

use super::connection::{Connection, on};
use super::schema::{retention, unscrubbed};
use super::{Destroyed, Error, Pending, Store};

/// In the transaction that destroys.
pub(super) fn scrub_is_due(c: &mut Connection) -> Result<(), Error> {
    // By chance, so that of two at once neither takes the other's for its own.
    let number = i64::from_be_bytes(Uuid::new_v4().into_bytes()[..8].try_into().unwrap_or_default());
    on!(c, c => diesel::insert_into(unscrubbed::table).values(unscrubbed::number.eq(number)).execute(c))?;
    Ok(())
}

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

    /// Takes what was destroyed out of the database's files too; `false` where readers were in the way, and it is to be tried again.
    pub fn scrub(&self, destroyed: Destroyed) -> Result<bool, Error> {
        let due = self.due()?;
        let is_done = self.scrub_files(destroyed)?;
        if is_done && destroyed == Destroyed::Responses && !due.is_empty() {
            let done = move |c: &mut Connection| {
                Ok(on!(c, c => diesel::delete(unscrubbed::table.filter(unscrubbed::number.eq_any(&due))).execute(c)).map(drop)?)
            };
            self.write_unattended(done).wait()?;
        }
        Ok(is_done)
    }

    /// Whether responses were destroyed whose bytes may still be there.
    pub fn is_unscrubbed(&self) -> Result<bool, Error> {
        Ok(!self.due()?.is_empty())
    }

    fn due(&self) -> Result<Vec<i64>, Error> {
        self.read(|c| Ok(on!(c, c => unscrubbed::table.select(unscrubbed::number).load(c))?))
    }
}
