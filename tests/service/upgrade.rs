//! A database of an older version, opened by this one.

use std::collections::BTreeMap;
use std::process::Command;

use diesel::{Connection, PgConnection, SqliteConnection};
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use kish::people::Role;
use kish::store::DatabaseUrl;
use serde_json::{Value, json};

use crate::app::{TestApp, on_both};
use crate::damage::{fill, verify};
use crate::interview::Interview;
use crate::process::Process;
use crate::tables::field_by;
use crate::withdrawal::CODE;

/// How many steps of the schema the older version did not have: row hashes, the day of retention, row grants, receipts in rows, what is to be
/// scrubbed, and numbers to withdraw by in rows.
const STEPS: usize = 6;

/// In which the interviews were held.
const WEEK: &str = "2026-W47";

/// Takes the last steps of the schema back, as an office would that goes back to the version before.
fn go_back(app: &TestApp) {
    let steps = |dialect: &str| FileBasedMigrations::from_path(format!("{}/migrations/{dialect}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    for _ in 0..STEPS {
        match DatabaseUrl::parse(&app.database).unwrap() {
            DatabaseUrl::Sqlite(path) => {
                let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
                connection.revert_last_migration(steps("sqlite")).unwrap();
            }
            DatabaseUrl::Postgres(url) => {
                PgConnection::establish(&url).unwrap().revert_last_migration(steps("postgres")).unwrap();
            }
        }
    }
}

fn shown(app: &TestApp) -> Vec<String> {
    let routes = ["/forms", "/frame", "/referrals", "/set-aside", "/retention"];
    let mut shown = routes.map(|path| app.study_call("GET", path, Role::Coordinator, &Value::Null).expect(200).body).to_vec();
    // Devices as they are kept: what is shown of them is of the week it is, and the program has the machine's clock.
    shown.push(format!("{:?}", app.store().devices(app.study).unwrap()));
    shown.push(format!("{:?}", app.store().weekly_interviews(app.study, WEEK).unwrap()));
    shown
}

on_both!(an_older_database_is_brought_up_and_holds_what_it_held, |mut app| {
    fill(&app);
    let version = app.store().form_versions(app.study).unwrap().remove(0);
    let before = (app.store().responses(app.study, version.id).unwrap(), shown(&app));
    assert_eq!((before.0.len(), app.store().weekly_interviews(app.study, WEEK).unwrap()), (2, vec![(1, 2)]));
    go_back(&app);
    assert_ne!(verify(&app).0, Some(0), "the older schema was not older: its rows have hashes");
    // A server of the older version may be at work on it.
    let list = Command::new(env!("CARGO_BIN_EXE_kish"))
        .args(["user", "list", "--database", &app.database, "--data-dir"])
        .arg(&app.folder)
        .output();
    let list = list.unwrap();
    assert_eq!(list.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&list.stderr).contains("start `kish serve` once"), "{}", String::from_utf8_lossy(&list.stderr));
    assert_ne!(verify(&app).0, Some(0), "who only lists people brought the schema up");
    let _process = Process::with(&mut app, &[]);
    let after = shown(&app);
    assert_eq!(before.1, after);
    let (code, said) = verify(&app);
    assert_eq!((code, said.contains("Every row agrees"), said.contains("The trail is whole")), (Some(0), true, true), "{said}");
    app.submit(&app.enrol(), &Interview { case: "N-U-1-3", id: "uuid:9", ..Interview::default() }.xml()).expect(201);
    let kept = app.store().responses(app.study, version.id).unwrap();
    assert!(before.0.iter().all(|response| kept.contains(response)) && kept.len() == 3, "{kept:?}");
    app.withdraw(CODE).expect(200);
});

/// Each case's answers and weight.
fn weighted(app: &TestApp, version: i64, set: i64) -> BTreeMap<Vec<u8>, (String, String)> {
    let weights: BTreeMap<_, _> = app.store().weights(set).unwrap().into_iter().map(|w| (w.response_id, w.value.to_string())).collect();
    let responses = app.store().responses(app.study, version).unwrap();
    responses.into_iter().map(|r| (r.case_pseudonym, (r.answers, weights.get(&r.id).cloned().unwrap_or_default()))).collect()
}

/// Ids as the older version gave them: of chance.
fn give_ids_of_chance(app: &TestApp) {
    let (before, chance, after) = if app.is_postgres() {
        (
            "ALTER TABLE weight DROP CONSTRAINT weight_response_id_fkey",
            "decode(md5(random()::text), 'hex')",
            "ALTER TABLE weight ADD FOREIGN KEY (response_id) REFERENCES response (id)",
        )
    } else {
        ("PRAGMA foreign_keys = OFF", "randomblob(16)", "PRAGMA foreign_keys = ON")
    };
    app.sql(&format!(
        "{before}; CREATE TABLE chance AS SELECT id AS old, {chance} AS new FROM response; \
         UPDATE receipt SET response_id = (SELECT new FROM chance WHERE old = response_id) WHERE response_id IS NOT NULL; \
         UPDATE weight SET response_id = (SELECT new FROM chance WHERE old = response_id); \
         UPDATE response SET id = (SELECT new FROM chance WHERE old = id); DROP TABLE chance; {after}"
    ))
    .unwrap();
}

on_both!(receipts_that_lay_apart_come_into_their_rows, |mut app| {
    let device = app.ready();
    field_by(&app, &device);
    let first = |id, deprecated, age| Interview { case: "N-U-1-2", id, deprecated, age, t01: (1, 1), ..Interview::default() }.xml();
    app.submit(&device, &first("uuid:edit", Some("uuid:N-U-1-2"), 31)).expect(201);
    app.study_call("POST", "/weights", Role::Statistician, &json!({ "name": "w" })).expect(200);
    app.release("main", &[("TFV_T01_12M", &["sex"])]);
    let (version, set) = (app.store().form_versions(app.study).unwrap()[0].id, app.store().weight_set(app.study, "w").unwrap().id);
    let before = weighted(&app, version, set);
    go_back(&app);
    give_ids_of_chance(&app);
    let old = app.store().fingerprint(set).unwrap();
    let digits: String = old.iter().map(|byte| format!("{byte:02x}")).collect();
    let literal = if app.is_postgres() { format!("'\\x{digits}'") } else { format!("X'{digits}'") };
    app.sql(&format!("UPDATE release SET data = {literal}")).unwrap();

    let _process = Process::with(&mut app, &[]);
    assert_eq!(weighted(&app, version, set), before);
    let now = app.store().fingerprint(set).unwrap();
    assert_ne!(now, old);
    assert_eq!(app.store().releases(app.study).unwrap()[0].data, now);
    // What is sent again is recognised, another interview under its id is not taken for it, and an edit finds what it edits.
    app.submit(&device, &first("uuid:edit", Some("uuid:N-U-1-2"), 31)).expect(201);
    app.submit(&device, &first("uuid:N-U-1-2", None, 30)).expect(201);
    app.submit(&device, &first("uuid:N-U-1-2", None, 40)).expect(202);
    app.submit(&device, &first("uuid:edit-2", Some("uuid:edit"), 32)).expect(201);
    assert_eq!(app.store().responses(app.study, version).unwrap().len(), before.len());
    assert_eq!(verify(&app).0, Some(0));
});
