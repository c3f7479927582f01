//! Bits that turn on the disk, and rows written past the server: whatever changes what a query returns is named.

use std::fs;
use std::path::Path;
use std::process::Command;

use diesel::prelude::*;
use diesel::sql_types::Text;
use kish::keys::Signer;
use kish::people::Role;
use kish::store::{DatabaseUrl, check_rows, check_trail};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::json;

use crate::app::{TestApp, on_both};
use crate::interview::Interview;
use crate::withdrawal::CODE;

const FLIPS: usize = 400;
const SEED: u64 = 20_261_122;
/// Of so many turned bits fewer than these would change nothing a query returns, or the check below would prove little.
const LEAST_THAT_CHANGE: usize = 50;

/// A study with interviews, a repetition, one set aside, and acts in the trail.
pub fn fill(app: &TestApp) {
    let device = app.ready();
    for (case, id) in [("N-U-1-1", "uuid:1"), ("N-U-1-2", "uuid:2"), ("N-U-1-1", "uuid:1")] {
        let code = (id == "uuid:2").then_some(CODE);
        app.submit(&device, &Interview { case, id, code, ..Interview::default() }.xml()).expect(201);
    }
    app.submit(&device, &Interview { case: "nowhere", id: "uuid:3", ..Interview::default() }.xml()).expect(202);
    for name in ["p", "q"] {
        app.study_call("POST", "/app-users", Role::Coordinator, &json!({ "displayName": name })).expect(200);
    }
}

pub fn verify(app: &TestApp) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kish"));
    let output = command.arg("verify").arg("--data-dir").arg(&app.folder).args(["--database", &app.database]).output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

on_both!(a_row_written_past_the_server_is_named, |app| {
    fill(&app);
    let (code, said) = verify(&app);
    assert_eq!((code, said.contains("Every row agrees")), (Some(0), true), "{said}");
    let change = "UPDATE response SET result = 5 WHERE id IN (SELECT id FROM response ORDER BY id LIMIT 1)";
    if app.is_postgres() {
        app.sql(&format!("ALTER TABLE response DISABLE TRIGGER USER; {change}; ALTER TABLE response ENABLE TRIGGER USER")).unwrap();
    } else {
        app.sql(change).unwrap();
    }
    let (code, said) = verify(&app);
    assert_eq!((code, said.matches("kish verify: response ").count()), (Some(1), 1), "{said}");
    assert!(said.contains("does not agree with its hash") && said.contains("The trail is whole"), "{said}");
    // What the server writes afterwards does not make it good.
    app.study_call("POST", "/app-users", Role::Coordinator, &json!({ "displayName": "r" })).expect(200);
    let (code, said) = verify(&app);
    assert_eq!((code, said.matches("kish verify: response ").count()), (Some(1), 1), "{said}");
});

#[test]
fn every_turned_bit_that_changes_what_a_query_returns_is_named() {
    let app = TestApp::on_sqlite();
    fill(&app);
    app.sql("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let bytes = fs::read(app.folder.join("kish.sqlite")).unwrap();
    let signer = Signer::read(&app.folder.join("keys")).unwrap();
    let folder = app.folder.join("turned");
    fs::create_dir(&folder).unwrap();
    let whole = Copy::write(&folder, 0, &bytes);
    let content = whole.content().unwrap();
    assert_eq!(whole.named(&signer), Vec::<String>::new());
    let mut draws = ChaCha8Rng::seed_from_u64(SEED);
    let mut changed = 0;
    for number in 1..=FLIPS {
        let (at, bit) = (draws.random_range(0..bytes.len()), draws.random_range(0..8));
        let mut turned = bytes.clone();
        turned[at] ^= 1 << bit;
        let copy = Copy::write(&folder, number, &turned);
        if copy.content().as_ref() != Ok(&content) {
            changed += 1;
            assert!(!copy.named(&signer).is_empty(), "seed {SEED}: bit {bit} of byte {at} changes what a query returns, and is not named");
        }
        fs::remove_file(&copy.path).unwrap();
    }
    assert!(changed >= LEAST_THAT_CHANGE, "seed {SEED}: only {changed} of {FLIPS} turned bits change anything");
    println!("seed {SEED}: of {FLIPS} turned bits {changed} change what a query returns, and each is named");
}

/// A database file of its own.
struct Copy {
    path: std::path::PathBuf,
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    value: String,
}

impl Copy {
    fn write(folder: &Path, number: usize, bytes: &[u8]) -> Copy {
        let path = folder.join(format!("{number}.sqlite"));
        fs::write(&path, bytes).unwrap();
        Copy { path }
    }

    fn named(&self, signer: &Signer) -> Vec<String> {
        let url = DatabaseUrl::Sqlite(self.path.clone());
        let rows = check_rows(&url).map_or_else(|e| vec![e.to_string()], |found| found.iter().map(ToString::to_string).collect());
        let trail = match check_trail(&url, signer, None) {
            Ok(Ok(_)) => None,
            Ok(Err(broken)) => Some(broken.to_string()),
            Err(error) => Some(error.to_string()),
        };
        rows.into_iter().chain(trail).collect()
    }

    /// All that queries can return: the schema, every table by itself, and every index by itself.
    fn content(&self) -> Result<String, String> {
        let said = |e: &dyn std::fmt::Display| e.to_string();
        let mut c = SqliteConnection::establish(&self.path.to_string_lossy()).map_err(|e| said(&e))?;
        let mut lines = |sql: &str| -> Result<Vec<String>, String> {
            let found: Vec<Line> = diesel::sql_query(sql).load(&mut c).map_err(|e| said(&e))?;
            Ok(found.into_iter().map(|line| line.value).collect())
        };
        let mut content = lines("SELECT coalesce(sql, '') AS value FROM sqlite_schema ORDER BY name")?;
        let queries = lines(TABLES)?.into_iter().chain(lines(INDEXES)?);
        for query in queries.collect::<Vec<_>>() {
            content.extend(lines(&query)?);
        }
        Ok(content.join("\n"))
    }
}

/// Not the numbers of drafts to come, nor when a step of the schema was run, which nothing asks for.
const TABLES: &str = "SELECT 'SELECT ' || group_concat('quote(\"' || c.name || '\")', '||') || ' AS value FROM \"' || t.name || '\" NOT INDEXED' AS value \
    FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table' AND t.name <> 'sqlite_sequence' AND c.name <> 'run_on' \
    GROUP BY t.name ORDER BY t.name";
const INDEXES: &str = "SELECT 'SELECT ' || group_concat('quote(\"' || c.name || '\")', '||') || ' AS value FROM \"' || i.tbl_name || '\" INDEXED BY \"' \
    || i.name || '\"' || CASE WHEN i.sql LIKE '% WHERE %' THEN substr(i.sql, instr(i.sql, ' WHERE ')) ELSE '' END \
    || ' ORDER BY ' || group_concat('\"' || c.name || '\"', ', ') AS value \
    FROM sqlite_schema i, pragma_index_info(i.name) c WHERE i.type = 'index' AND i.sql IS NOT NULL GROUP BY i.name ORDER BY i.name";
