//! A copy of the database as it is at one moment, taken while others write; and what a copy holds.

use std::collections::BTreeMap;
use std::path::Path;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::connection::{Connection, DatabaseUrl, OpenError, Texts};
use super::steps::knows;
use super::{Error, trail};
use crate::keys::Signer;
use crate::trail::{Act, By};

/// What a copy holds, to be compared with what was copied.
#[derive(Debug, PartialEq, Eq)]
pub struct Contents {
    /// The newest step of the schema.
    pub schema: String,
    /// How many rows each table has.
    pub rows: BTreeMap<String, i64>,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    value: i64,
}

/// Copies an SQLite database into an empty file. Readers and the writer go on meanwhile; all that was committed before is in the copy.
pub fn copy(from: &Path, to: &Path) -> Result<(), OpenError> {
    let to = to.to_str().ok_or_else(|| OpenError::Connect("its folder's name is not UTF-8".to_owned()))?;
    match DatabaseUrl::Sqlite(from.to_owned()).connect()? {
        Connection::Sqlite(mut c) => diesel::sql_query("VACUUM INTO ?").bind::<Text, _>(to).execute(&mut c).map_err(OpenError::pool)?,
        Connection::Postgres(_) => 0,
    };
    Ok(())
}

/// Reads a copy, every page of it.
pub fn contents(path: &Path) -> Result<Contents, OpenError> {
    let Connection::Sqlite(mut c) = DatabaseUrl::Sqlite(path.to_owned()).connect()? else {
        return Err(OpenError::pool("it is no SQLite database"));
    };
    let found = texts(&mut c, "SELECT integrity_check AS value FROM pragma_integrity_check")?;
    if found != ["ok"] {
        return Err(OpenError::Connect(format!("its pages are damaged: {}", found.join("; "))));
    }
    let tables = texts(&mut c, "SELECT name AS value FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*'")?;
    let mut rows = BTreeMap::new();
    for table in tables {
        let count = format!("SELECT count(*) AS value FROM \"{}\"", table.replace('"', "\"\""));
        let count: Count = diesel::sql_query(count).get_result(&mut c).map_err(OpenError::pool)?;
        rows.insert(table, count.value);
    }
    let schema = texts(&mut c, "SELECT max(version) AS value FROM __diesel_schema_migrations")?;
    Ok(Contents { schema: schema.concat(), rows })
}

/// Whether a step of the schema is one that this version has.
pub fn knows_schema(step: &str) -> bool {
    knows(step)
}

/// Writes a line of the trail for what is done past a running server, on a connection of its own; the schema stays as it is.
pub fn note(url: &DatabaseUrl, signer: &Signer, by: &By, act: &Act) -> Result<(), Error> {
    let unavailable = |e: OpenError| Error::Unavailable(e.to_string());
    let mut c = url.connect().map_err(unavailable)?;
    c.execute(if matches!(c, Connection::Sqlite(_)) { "BEGIN IMMEDIATE" } else { "BEGIN" })?;
    trail::take_turn(&mut c, signer)?.write(&mut c, signer, by, act)?;
    Ok(c.execute("COMMIT")?)
}

fn texts(c: &mut SqliteConnection, sql: &str) -> Result<Vec<String>, OpenError> {
    let rows: Vec<Texts> = diesel::sql_query(sql).load(c).map_err(OpenError::pool)?;
    Ok(rows.into_iter().map(|row| row.value).collect())
}
