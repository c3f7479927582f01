//! A database of an older version, opened by this one.

use diesel::{Connection, PgConnection, SqliteConnection};
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use kish::people::Role;
use kish::store::DatabaseUrl;
use serde_json::Value;

use crate::app::{TestApp, on_both};
use crate::damage::{fill, verify};
use crate::interview::Interview;
use crate::process::Process;

/// How many steps of the schema the older version did not have: row hashes, the day of retention, row grants and receipts in rows.
const STEPS: usize = 4;

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
    let _process = Process::with(&mut app, &[]);
    let after = shown(&app);
    assert_eq!(before.1, after);
    let (code, said) = verify(&app);
    assert_eq!((code, said.contains("Every row agrees"), said.contains("The trail is whole")), (Some(0), true, true), "{said}");
    app.submit(&app.enrol(), &Interview { case: "N-U-1-3", id: "uuid:9", ..Interview::default() }.xml()).expect(201);
    let kept = app.store().responses(app.study, version.id).unwrap();
    assert!(before.0.iter().all(|response| kept.contains(response)) && kept.len() == 3, "{kept:?}");
});
