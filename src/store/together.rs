//! Who may write interviews beside whom, on PostgreSQL, where several write at once; SQLite has one writer.
//!
//! An edit and the interview it edits, in two transactions, would not see each other, and both count. So whoever looks at other
//! interviews before it changes them is alone until its transaction ends; those that only bring new ones go side by side.

use diesel::connection::SimpleConnection;

use super::Error;
use super::connection::Connection;

/// By which everybody knows the lock; no other is taken in this database.
const KEY: i64 = 0x006b_6973_6800;

pub(super) fn side_by_side(c: &mut Connection) -> Result<(), Error> {
    lock(c, "pg_advisory_xact_lock_shared")
}

pub(super) fn alone(c: &mut Connection) -> Result<(), Error> {
    lock(c, "pg_advisory_xact_lock")
}

fn lock(c: &mut Connection, how: &str) -> Result<(), Error> {
    match c {
        Connection::Sqlite(_) => Ok(()),
        Connection::Postgres(c) => Ok(c.batch_execute(&format!("SELECT {how}({KEY})"))?),
    }
}
