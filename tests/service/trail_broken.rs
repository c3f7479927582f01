//! A trail somebody wrote into, past the server: each change is named, and nothing is signed on top of it.

use std::process::{Command, Output};

use kish::people::Role;
use kish::trail::Head;
use serde_json::json;

use crate::app::{TestApp, on_both};

fn verify(app: &TestApp, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kish"));
    command.arg("verify").arg("--data-dir").arg(&app.folder).args(["--database", &app.database]).args(more);
    command.output().unwrap()
}

#[track_caller]
fn whole(app: &TestApp) -> Head {
    let output = verify(app, &[]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("The trail is whole"), "{said}");
    // Where a test took triggers away or laid tables beside ours, that is named too, and nothing else is.
    let named: Vec<_> = said.lines().filter_map(|line| line.strip_prefix("kish verify: ")).collect();
    assert!(named.iter().all(|line| line.contains("as this version makes it")), "{said}");
    assert_eq!(output.status.code(), Some(i32::from(!named.is_empty())), "{said}");
    let out = String::from_utf8(output.stdout).unwrap();
    out.lines().find_map(|l| l.strip_prefix("head\t")).unwrap().parse().unwrap()
}

#[track_caller]
fn broken(app: &TestApp, words: &str) {
    let output = verify(app, &[]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), said.contains(words)), (Some(1), true), "{said}");
}

fn without_triggers(app: &TestApp) {
    app.sql(if app.is_postgres() {
        "DROP TRIGGER trail_is_never_changed ON trail; DROP TRIGGER trail_is_never_emptied ON trail"
    } else {
        "DROP TRIGGER trail_is_never_changed; DROP TRIGGER trail_is_never_shortened; DROP TRIGGER trail_is_never_replaced"
    })
    .unwrap();
}

fn enrol(app: &TestApp) -> u16 {
    app.study_call("POST", "/app-users", Role::Coordinator, &json!({ "displayName": "p" })).status
}

const COLUMNS: &str = "number, week, role, actor_id, action, study_id, form_id, version, actee_id, details, hash";

on_both!(the_database_itself_refuses_to_change_the_trail, |app| {
    let replace = format!("INSERT OR REPLACE INTO trail SELECT {COLUMNS} FROM trail WHERE number = 1");
    let forbidden = ["UPDATE trail SET week = '2020-W01'", "DELETE FROM trail WHERE number = 1", "DELETE FROM trail"];
    let own = if app.is_postgres() { "TRUNCATE trail" } else { &replace };
    for statement in forbidden.iter().chain([&own]) {
        let refused = app.sql(statement).unwrap_err().to_string();
        assert!(refused.contains("append-only"), "{statement}: {refused}");
    }
    whole(&app);
});

on_both!(each_change_is_named, |app| {
    (0..3).for_each(|_| assert_eq!(enrol(&app), 200));
    let head = whole(&app);
    let n = head.number;
    without_triggers(&app);
    app.sql("CREATE TABLE was AS SELECT * FROM trail").unwrap();
    let restore = || app.sql("DELETE FROM trail; INSERT INTO trail SELECT * FROM was").unwrap();

    let changes = [
        ("UPDATE trail SET actee_id = actee_id + 1 WHERE number = 5".to_owned(), "line 5 does not follow".to_owned()),
        ("UPDATE trail SET hash = (SELECT hash FROM was WHERE number = 4) WHERE number = 5".to_owned(), "line 5 does not follow".to_owned()),
        ("DELETE FROM trail WHERE number = 5".to_owned(), "line 5 is missing".to_owned()),
        ("DELETE FROM trail WHERE number = 1".to_owned(), "line 1 is missing".to_owned()),
        (format!("DELETE FROM trail WHERE number = {n}"), format!("line {n} is missing")),
        ("DELETE FROM trail".to_owned(), "line 1 is missing".to_owned()),
        (
            "UPDATE trail SET number = -5 WHERE number = 5; UPDATE trail SET number = 5 WHERE number = 6; UPDATE trail SET number = 6 WHERE number = -5"
                .to_owned(),
            "line 5 does not follow".to_owned(),
        ),
        (
            format!("INSERT INTO trail SELECT {} FROM was WHERE number = {n}", COLUMNS.replacen("number", "number + 1", 1)),
            format!("line {} stands after the signed head", n + 1),
        ),
        (
            format!("INSERT INTO trail SELECT {} FROM was WHERE number = 1", COLUMNS.replacen("number", "0", 1)),
            "line 0 was put in".to_owned(),
        ),
    ];
    for (change, words) in &changes {
        app.sql(change).unwrap();
        broken(&app, words);
        restore();
        whole(&app);
    }
});

on_both!(an_old_or_foreign_head_is_named_and_nothing_is_signed_on_top_of_it, |app| {
    app.sql("CREATE TABLE old_head AS SELECT * FROM trail_head").unwrap();
    let old = whole(&app);
    assert_eq!(enrol(&app), 200);
    let noted = whole(&app);
    app.sql("CREATE TABLE new_head AS SELECT * FROM trail_head").unwrap();
    let put = |head: &str| app.sql(&format!("DELETE FROM trail_head; INSERT INTO trail_head SELECT * FROM {head}")).unwrap();

    put("old_head");
    broken(&app, &format!("line {} stands after the signed head", old.number + 1));
    let devices = || app.store().devices(app.study).unwrap().len();
    let before = devices();
    assert_eq!((enrol(&app), devices()), (503, before), "nothing is done that the trail cannot hold");
    put("new_head");
    app.sql("UPDATE trail_head SET number = number - 1").unwrap();
    broken(&app, "not signed by this server's key");
    assert_eq!((enrol(&app), devices()), (503, before), "a head without the key's signature is not made good");
    app.sql("DELETE FROM trail_head").unwrap();
    broken(&app, "the trail's head is gone");
    assert_eq!((enrol(&app), devices()), (503, before));
    put("new_head");
    assert_eq!(enrol(&app), 200);

    // Cut off together with its head: only what was noted down shows it.
    without_triggers(&app);
    put("old_head");
    app.sql(&format!("DELETE FROM trail WHERE number > {}", old.number)).unwrap();
    assert_eq!(whole(&app), old);
    let said = verify(&app, &["--head", &noted.to_string()]);
    assert_eq!(said.status.code(), Some(1));
    assert!(String::from_utf8(said.stderr).unwrap().contains(&format!("line {}, which was noted down, is not there", noted.number)));
    // Written anew from there, as long as before.
    assert_eq!(app.study_call("POST", "/suspension", Role::EthicsReviewer, &json!({ "reason": "another" })).status, 200);
    whole(&app);
    let said = verify(&app, &["--head", &noted.to_string()]);
    assert!(String::from_utf8(said.stderr).unwrap().contains(&format!("line {} is not the one that was noted down", noted.number)));
    let said = verify(&app, &["--head", &old.to_string()]);
    assert!(String::from_utf8(said.stderr).unwrap().contains("The trail is whole"));
});

on_both!(verify_says_what_it_was_called_with_and_makes_nothing, |app| {
    assert_eq!(verify(&app, &["--head", "7"]).status.code(), Some(2));
    let elsewhere = app.folder.join("elsewhere");
    let in_folder = |folder: &std::path::Path, database: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kish"));
        command.arg("verify").arg("--data-dir").arg(folder);
        if !database.is_empty() {
            command.args(["--database", database]);
        }
        command.output().unwrap().status.code()
    };
    assert_eq!(in_folder(&elsewhere, ""), Some(3));
    assert!(!elsewhere.exists());
    assert_eq!(in_folder(&app.folder, "mysql://u@h/d"), Some(2));
    assert_eq!(in_folder(&app.folder, &format!("sqlite:{}", elsewhere.display())), Some(3));
    assert!(!elsewhere.exists());
    // With the keys of another server nothing can be said to be whole.
    std::fs::create_dir_all(elsewhere.join("keys")).unwrap();
    std::fs::write(elsewhere.join("keys/trail.key"), [7; 32]).unwrap();
    assert_eq!(in_folder(&elsewhere, &app.database), Some(1));
});
