//! The hash each row carries of its whole content: set where the row is written, so that a bit that turned later is found.
//!
//! On PostgreSQL a trigger sets it. On SQLite triggers cannot: they take it away and note the table in `unhashed`, and the writer sets it
//! before it commits; rows that are written by the thousand bring theirs with them. What is without one when a transaction begins was
//! written past Kish, and gets one that agrees with nothing.

use std::fmt::Write;

use diesel::prelude::*;
use diesel::sql_types::Text;
use sha2::{Digest, Sha256};

use super::Error;
use super::connection::{Connection, Texts};

/// The column; every table but the trail's has it.
pub(super) const COLUMN: &str = "row_hash";

#[diesel::declare_sql_function]
extern "SQL" {
    /// Known to SQLite while Kish has it open.
    fn kish_row_hash(content: Text) -> Binary;
    /// SHA-256 of the bytes that are written in hexadecimal, for steps of the schema.
    fn kish_fingerprint(hex: Text) -> Binary;
}

diesel::table! { unhashed (name) { name -> Text, } }

/// Makes `kish_row_hash` known on a connection.
pub(super) fn teach(c: &mut SqliteConnection) -> QueryResult<()> {
    kish_row_hash_utils::register_impl(c, |content: String| hash(&content))?;
    kish_fingerprint_utils::register_impl(c, |hex: String| {
        let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok()).unwrap_or(0);
        let bytes: Vec<u8> = hex.as_bytes().chunks_exact(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect();
        Sha256::digest(bytes).to_vec()
    })
}

fn hash(content: &str) -> Vec<u8> {
    Sha256::digest(content).to_vec()
}

/// A row's content as SQLite's `quote` writes it, column by column.
#[derive(Debug)]
pub(super) struct RowText(String);

impl RowText {
    pub(super) fn new() -> RowText {
        RowText(String::with_capacity(1024))
    }

    pub(super) fn number(self, n: impl Into<i64>) -> RowText {
        self.add(|text| {
            // Writing to a string does not fail.
            let _ = write!(text, "{}", n.into());
        })
    }

    pub(super) fn number_or_null(self, n: Option<impl Into<i64>>) -> RowText {
        match n {
            Some(n) => self.number(n),
            None => self.null(),
        }
    }

    pub(super) fn text(self, value: &str) -> RowText {
        self.add(|text| {
            text.push('\'');
            value.split_inclusive('\'').for_each(|part| {
                text.push_str(part);
                if part.ends_with('\'') {
                    text.push('\'');
                }
            });
            text.push('\'');
        })
    }

    pub(super) fn bytes(self, value: &[u8]) -> RowText {
        const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
        self.add(|text| {
            text.push_str("X'");
            for byte in value {
                text.push(char::from(DIGITS[usize::from(byte >> 4)]));
                text.push(char::from(DIGITS[usize::from(byte & 15)]));
            }
            text.push('\'');
        })
    }

    pub(super) fn bytes_or_null(self, value: Option<&[u8; 32]>) -> RowText {
        match value {
            Some(value) => self.bytes(value),
            None => self.null(),
        }
    }

    pub(super) fn null(self) -> RowText {
        self.add(|text| text.push_str("NULL"))
    }

    pub(super) fn hash(&self) -> Vec<u8> {
        hash(&self.0)
    }

    fn add(mut self, write: impl FnOnce(&mut String)) -> RowText {
        if !self.0.is_empty() {
            self.0.push(',');
        }
        write(&mut self.0);
        self
    }
}

/// A table whose rows carry a hash.
#[derive(Debug)]
pub(super) struct Hashed {
    pub(super) name: String,
    /// The columns a row is known by.
    pub(super) key: Vec<String>,
    columns: Vec<String>,
}

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    relation: String,
    #[diesel(sql_type = Text)]
    column: String,
    #[diesel(sql_type = diesel::sql_types::Integer)]
    of_key: i32,
}

const SQLITE_COLUMNS: &str = "SELECT t.name AS relation, c.name AS \"column\", c.pk AS of_key FROM sqlite_schema t, pragma_table_info(t.name) c \
    WHERE t.type = 'table' ORDER BY t.name, c.cid";
const POSTGRES_COLUMNS: &str = "SELECT t.relname::text AS relation, a.attname::text AS \"column\", \
    coalesce((SELECT k.place FROM unnest(i.indkey) WITH ORDINALITY k (number, place) WHERE k.number = a.attnum), 0)::int AS of_key \
    FROM pg_class t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped \
    LEFT JOIN pg_index i ON i.indrelid = t.oid AND i.indisprimary \
    WHERE t.relkind = 'r' AND t.relnamespace = current_schema()::regnamespace ORDER BY t.relname, a.attnum";

/// The tables whose rows carry a hash, as the database has them.
pub(super) fn tables(c: &mut Connection) -> Result<Vec<Hashed>, Error> {
    let columns: Vec<Column> = match c {
        Connection::Sqlite(c) => diesel::sql_query(SQLITE_COLUMNS).load(c)?,
        Connection::Postgres(c) => diesel::sql_query(POSTGRES_COLUMNS).load(c)?,
    };
    let tables = columns.chunk_by(|a, b| a.relation == b.relation).filter(|table| table.iter().any(|column| column.column == COLUMN));
    Ok(tables.map(hashed).collect())
}

fn hashed(columns: &[Column]) -> Hashed {
    let mut key: Vec<&Column> = columns.iter().filter(|column| column.of_key > 0).collect();
    key.sort_by_key(|column| column.of_key);
    Hashed {
        name: columns.first().map(|column| column.relation.clone()).unwrap_or_default(),
        key: key.into_iter().map(|column| column.column.clone()).collect(),
        columns: columns.iter().map(|column| column.column.clone()).collect(),
    }
}

impl Hashed {
    /// The hash of a row as it is, in SQL.
    pub(super) fn as_it_is(&self, c: &Connection) -> String {
        match c {
            Connection::Sqlite(_) => {
                let content = self.columns.iter().filter(|column| *column != COLUMN);
                let quoted: Vec<String> = content.map(|column| format!("quote(\"{column}\")")).collect();
                format!("kish_row_hash({})", quoted.join("||','||"))
            }
            Connection::Postgres(_) => {
                let column = |name: &String| if name == COLUMN { "NULL".to_owned() } else { format!("\"{name}\"") };
                let columns: Vec<String> = self.columns.iter().map(column).collect();
                format!("sha256(convert_to(ROW({})::text, 'UTF8'))", columns.join(", "))
            }
        }
    }

    /// For the rows that have none.
    fn set(&self, c: &mut Connection) -> QueryResult<()> {
        let now = self.as_it_is(c);
        c.execute(&format!("UPDATE \"{}\" SET {COLUMN} = {now} WHERE {COLUMN} IS NULL", self.name))
    }
}

/// When the database is opened: a step of the schema that changes what rows hold takes their hashes away and notes `*`. On PostgreSQL the
/// same statement of that step has set them again.
pub(super) fn hash_missing(c: &mut Connection) -> Result<(), Error> {
    if !noted(c)?.iter().any(|name| name == "*") {
        return Ok(());
    }
    c.execute("BEGIN IMMEDIATE")?;
    tables(c)?.iter().try_for_each(|table| table.set(c))?;
    Ok(c.execute("DELETE FROM unhashed; COMMIT")?)
}

/// At the beginning of a transaction: rows that are without a hash then were not written by Kish, which leaves none behind. They are
/// given one that agrees with nothing, so that `kish verify` names them for ever.
pub(super) fn disown(c: &mut Connection, tables: &[Hashed]) -> Result<(), Error> {
    let noted = noted(c)?;
    if noted.is_empty() {
        return Ok(());
    }
    tracing::warn!("somebody has written into the database past the server: kish verify names the rows");
    for table in tables.iter().filter(|table| noted.contains(&table.name)) {
        c.execute(&format!("UPDATE \"{}\" SET {COLUMN} = x'' WHERE {COLUMN} IS NULL", table.name))?;
    }
    Ok(c.execute("DELETE FROM unhashed")?)
}

/// The tables in which a row was written without a hash, on SQLite.
fn noted(c: &mut Connection) -> Result<Vec<String>, Error> {
    match c {
        Connection::Sqlite(c) => Ok(unhashed::table.select(unhashed::name).load(c)?),
        Connection::Postgres(_) => Ok(Vec::new()),
    }
}

/// Before a commit: gives those rows their hash that were written without.
pub(super) fn hash_written(c: &mut Connection, tables: &[Hashed]) -> Result<(), Error> {
    let noted = noted(c)?;
    if noted.is_empty() {
        return Ok(());
    }
    tables.iter().filter(|table| noted.contains(&table.name)).try_for_each(|table| table.set(c))?;
    Ok(c.execute("DELETE FROM unhashed")?)
}

/// The keys of rows whose hash is not that of their content, at most `most`; or why the table cannot be read to its end.
pub(super) fn damaged(c: &mut Connection, table: &Hashed, most: usize) -> Result<Vec<String>, String> {
    let cast = |column: &String| match c {
        Connection::Sqlite(_) => format!("quote(\"{column}\")"),
        Connection::Postgres(_) => format!("quote_nullable(\"{column}\")"),
    };
    let key: Vec<String> = if table.key.is_empty() { vec!["'?'".to_owned()] } else { table.key.iter().map(cast).collect() };
    let sql = format!(
        "SELECT {} AS value FROM \"{}\" WHERE {COLUMN} IS DISTINCT FROM {} LIMIT {most}",
        key.join("||', '||"),
        table.name,
        table.as_it_is(c)
    );
    let found: QueryResult<Vec<Texts>> = match c {
        Connection::Sqlite(c) => diesel::sql_query(sql).load(c),
        Connection::Postgres(c) => diesel::sql_query(sql).load(c),
    };
    found.map(|rows| rows.into_iter().map(|row| row.value).collect()).map_err(|e| e.to_string())
}
