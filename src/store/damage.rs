//! Whether the database still holds what was written: its pages, its schema, and each row against the hash it carries.

use diesel::prelude::*;

use super::Error;
use super::connection::{Connection, DatabaseUrl, OpenError, Texts, in_memory};
use super::row_hash::{damaged, tables};

/// How many rows of one table are named.
const NAMED: usize = 20;

/// Every table, index and trigger, as it was made; not where SQLite put it.
const SCHEMA: &str =
    "SELECT type || ' ' || name || ' of ' || tbl_name || ': ' || coalesce(sql, 'made by SQLite') AS value FROM sqlite_schema";

/// One thing in the database that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// The table, and of a row its key.
    pub place: String,
    pub what: String,
}

impl std::fmt::Display for Damage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// Reads every row and changes nothing. On PostgreSQL, whose pages carry checksums of their own, reading a row checks its page.
pub fn check_rows(url: &DatabaseUrl) -> Result<Vec<Damage>, OpenError> {
    let mut c = url.connect()?;
    c.is_of_this_version()?;
    let unreadable = |e: &dyn std::fmt::Display| OpenError::Connect(e.to_string());
    let mut found = Vec::new();
    let is_sqlite = matches!(c, Connection::Sqlite(_));
    c.execute(if is_sqlite { "BEGIN" } else { "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" }).map_err(|e| unreadable(&e))?;
    if is_sqlite {
        found.extend(pages(&mut c));
        found.extend(schema(&mut c)?);
    }
    for table in tables(&mut c).map_err(|e| unreadable(&e))? {
        match damaged(&mut c, &table, NAMED + 1) {
            Ok(keys) => found.extend(of_rows(&table.name, &keys)),
            Err(why) => found.push(Damage { place: table.name, what: format!("it cannot be read: {why}") }),
        }
    }
    Ok(found)
}

/// Some by their keys, and that there are more.
fn of_rows(table: &str, keys: &[String]) -> Vec<Damage> {
    let row =
        |key: &String| Damage { place: format!("{table} {}", printable(key)), what: "the row does not agree with its hash".to_owned() };
    let more = (keys.len() > NAMED).then(|| Damage { place: table.to_owned(), what: "more rows do not agree with theirs".to_owned() });
    keys.iter().take(NAMED).map(row).chain(more).collect()
}

/// A bit may have turned a letter into something a terminal obeys.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(120).collect()
}

/// What SQLite finds in its own pages and indexes, and rows that name others that are not there.
fn pages(c: &mut Connection) -> Vec<Damage> {
    let checks = [
        ("SELECT integrity_check AS value FROM pragma_integrity_check WHERE integrity_check <> 'ok'", "the file"),
        ("SELECT \"table\" || ' names a row of ' || parent || ' that is not there' AS value FROM pragma_foreign_key_check", "a reference"),
    ];
    let mut found = Vec::new();
    for (sql, place) in checks {
        match texts(c, sql) {
            Ok(lines) => found.extend(lines.into_iter().take(NAMED).map(|what| Damage { place: place.to_owned(), what })),
            Err(e) => found.push(Damage { place: place.to_owned(), what: e.to_string() }),
        }
    }
    found
}

/// Tables, indexes and triggers against those that this version makes.
fn schema(c: &mut Connection) -> Result<Vec<Damage>, OpenError> {
    let mut fresh = in_memory()?;
    let mut found = Vec::new();
    let (ours, theirs) = match (texts(&mut fresh, SCHEMA), texts(c, SCHEMA)) {
        (Ok(ours), Ok(theirs)) => (ours, theirs),
        (Err(e), _) | (_, Err(e)) => return Ok(vec![Damage { place: "the schema".to_owned(), what: e.to_string() }]),
    };
    let damage = |line: &String, what: &str| {
        let place = line.split(':').next().unwrap_or_default();
        Damage { place: printable(place), what: what.to_owned() }
    };
    found.extend(theirs.iter().filter(|line| !ours.contains(line)).map(|line| damage(line, "it is not as this version makes it")));
    found.extend(
        ours.iter().filter(|line| !theirs.contains(line)).map(|line| damage(line, "it is missing, or not as this version makes it")),
    );
    Ok(found)
}

fn texts(c: &mut Connection, sql: &str) -> Result<Vec<String>, Error> {
    let Connection::Sqlite(c) = c else { return Ok(Vec::new()) };
    Ok(diesel::sql_query(sql).load::<Texts>(c)?.into_iter().map(|text| text.value).collect())
}
