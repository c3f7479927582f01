//! The steps of the schema: a database is brought from one version of Kish to the next.

use diesel::backend::Backend;
use diesel::connection::SimpleConnection;
use diesel::migration::{Migration, MigrationSource};
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::connection::{Connection, OpenError};
use super::row_hash::hash_missing;

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// By which servers that start together on one PostgreSQL know the lock; its holder runs the steps.
const KEY: i64 = 0x006b_6973_6801;

impl Connection {
    /// Runs the steps that are missing, on a database that has no others: what a newer version made of the tables, this one would misread.
    pub(super) fn migrate(&mut self) -> Result<(), OpenError> {
        match self {
            Connection::Sqlite(c) => bring_up(c, SQLITE),
            // Given back with the connection where it fails.
            Connection::Postgres(c) => {
                locked(c, "pg_advisory_lock").and_then(|()| bring_up(c, POSTGRES)).and_then(|()| locked(c, "pg_advisory_unlock"))
            }
        }?;
        hash_missing(self).map_err(|e| OpenError::Migrate(e.to_string()))
    }

    /// One that is empty is made; one that steps have still to be run on is refused, for servers of an earlier version may be at work on it.
    pub(super) fn migrate_if_empty(&mut self) -> Result<(), OpenError> {
        let applied = match self {
            Connection::Sqlite(c) => applied(c),
            Connection::Postgres(c) => applied(c),
        }?;
        if applied.is_empty() {
            return self.migrate();
        }
        is_known(&applied).and_then(|()| self.is_of_this_version())
    }

    /// Refuses a database that steps of the schema have still to be run on.
    pub(super) fn is_of_this_version(&mut self) -> Result<(), OpenError> {
        let pending = match self {
            Connection::Sqlite(c) => c.has_pending_migration(SQLITE),
            Connection::Postgres(c) => c.has_pending_migration(POSTGRES),
        };
        match pending.map_err(failed)? {
            true => Err(OpenError::Older),
            false => Ok(()),
        }
    }
}

fn bring_up<B: Backend>(c: &mut impl MigrationHarness<B>, steps: EmbeddedMigrations) -> Result<(), OpenError> {
    applied(c).and_then(|applied| is_known(&applied))?;
    c.run_pending_migrations(steps).map(|_| ()).map_err(failed)
}

/// The newest first.
fn applied<B: Backend>(c: &mut impl MigrationHarness<B>) -> Result<Vec<String>, OpenError> {
    Ok(c.applied_migrations().map_err(failed)?.iter().map(ToString::to_string).collect())
}

fn is_known(applied: &[String]) -> Result<(), OpenError> {
    let known = versions().map_err(failed)?;
    applied.iter().find(|step| !known.contains(step)).map_or(Ok(()), |step| Err(OpenError::Newer(step.clone())))
}

/// Of either database: both have the same steps.
fn versions() -> diesel::migration::Result<Vec<String>> {
    let steps: Vec<Box<dyn Migration<Sqlite>>> = SQLITE.migrations()?;
    Ok(steps.iter().map(|step| step.name().version().to_string()).collect())
}

/// Whether a step of the schema is one that this version has.
pub(super) fn knows(step: &str) -> bool {
    versions().is_ok_and(|known| known.iter().any(|version| version == step))
}

fn locked(c: &mut PgConnection, how: &str) -> Result<(), OpenError> {
    c.batch_execute(&format!("SELECT {how}({KEY})")).map_err(|e| OpenError::Migrate(e.to_string()))
}

fn failed(error: impl std::fmt::Display) -> OpenError {
    OpenError::Migrate(error.to_string())
}
