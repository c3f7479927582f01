//! The search: every place in which a trace may be left, byte by byte.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};
use kish::store::DatabaseUrl;
use regex::bytes::Regex;

use super::canaries::Canary;
use crate::app::TestApp;

/// Somewhere, and what lies there.
#[derive(Clone)]
pub struct Place {
    pub name: String,
    pub bytes: Vec<u8>,
}

/// Finds the canaries it was made for, however they are written.
pub struct Search {
    pattern: Regex,
    kinds: HashMap<Vec<u8>, &'static str>,
}

impl Search {
    pub fn new(canaries: &[Canary]) -> Search {
        let kinds: HashMap<_, _> = canaries.iter().flat_map(|c| c.written().into_iter().map(|form| (form, c.kind))).collect();
        let literal = |bytes: &Vec<u8>| bytes.iter().map(|b| format!(r"\x{b:02x}")).collect::<String>();
        let pattern = kinds.keys().map(literal).collect::<Vec<_>>().join("|");
        Search { pattern: regex::bytes::RegexBuilder::new(&format!("(?s-u:{pattern})")).size_limit(1 << 28).build().unwrap(), kinds }
    }

    /// What stands where, each once.
    pub fn find(&self, places: &[Place]) -> BTreeSet<String> {
        let in_place = |place: &Place| {
            let kinds = self.pattern.find_iter(&place.bytes).map(|found| self.kinds[found.as_bytes()]).collect::<BTreeSet<_>>();
            kinds.into_iter().map(|kind| format!("{kind} in {}", place.name)).collect::<Vec<_>>()
        };
        places.iter().flat_map(in_place).collect()
    }
}

/// Every file below a folder.
pub fn files_below(folder: &Path) -> Vec<Place> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_below(&path));
        } else if let Ok(bytes) = std::fs::read(&path) {
            found.push(Place { name: path.display().to_string(), bytes });
        }
    }
    found
}

#[derive(QueryableByName)]
struct Cell {
    #[diesel(sql_type = Nullable<Text>)]
    value: Option<String>,
}

/// Every column of every table, as `table.column`; bytes are written in hex.
pub fn columns(app: &TestApp) -> Vec<Place> {
    match DatabaseUrl::parse(&app.database).unwrap() {
        DatabaseUrl::Sqlite(path) => {
            let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
            let names = "SELECT m.name || '.' || p.name AS value FROM sqlite_schema m, pragma_table_info(m.name) p WHERE m.type = 'table'";
            let cell = "CASE typeof({c}) WHEN 'blob' THEN lower(hex({c})) ELSE CAST({c} AS TEXT) END";
            each_column(names, cell, |sql| diesel::sql_query(sql).load(&mut connection))
        }
        DatabaseUrl::Postgres(url) => {
            let mut connection = PgConnection::establish(&url).unwrap();
            let names = "SELECT table_name || '.' || column_name AS value FROM information_schema.columns WHERE table_schema = 'public'";
            each_column(names, "{c}::text", |sql| diesel::sql_query(sql).load(&mut connection))
        }
    }
}

fn each_column(names: &str, cell: &str, mut ask: impl FnMut(String) -> QueryResult<Vec<Cell>>) -> Vec<Place> {
    let columns: Vec<String> = ask(names.to_owned()).unwrap().into_iter().filter_map(|cell| cell.value).collect();
    let mut read = |name: String| {
        let (table, column) = name.split_once('.').unwrap();
        let sql = format!("SELECT {} AS value FROM \"{table}\"", cell.replace("{c}", &format!("\"{column}\"")));
        let values: Vec<String> = ask(sql).unwrap().into_iter().filter_map(|cell| cell.value).collect();
        Place { bytes: values.join("\n").into_bytes(), name }
    };
    columns.into_iter().map(&mut read).collect()
}
