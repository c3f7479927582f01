//! What the server refuses to start on, and in which words.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};

use crate::app::{TestApp, on_both};
use crate::interview::Interview;

/// Starts a server that must not start: its exit code and its words.
pub fn refused(
    folder: &Path,
    database: Option<&str>,
    variables: impl IntoIterator<Item = (&'static str, String)>,
) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kish"));
    command.args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(folder).stdout(Stdio::null()).stderr(Stdio::piped());
    command.args(database.iter().flat_map(|url| ["--database", url])).envs(variables);
    let mut process = command.spawn().unwrap();
    let has_ended = (0..400).any(|_| {
        thread::sleep(Duration::from_millis(50));
        process.try_wait().unwrap().is_some()
    });
    let _ = process.kill();
    let output = process.wait_with_output().unwrap();
    assert!(has_ended, "the server started: {}", String::from_utf8_lossy(&output.stderr));
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[track_caller]
pub fn says(refused: &(Option<i32>, String), code: i32, words: &[&str]) {
    assert_eq!(refused.0, Some(code), "{}", refused.1);
    words.iter().for_each(|words| assert!(refused.1.contains(words), "no '{words}' in {}", refused.1));
}

#[test]
fn a_database_on_another_machine_is_refused() {
    let app = TestApp::on_sqlite();
    let far = refused(&app.folder, Some("postgres://kish:secret@db.example/kish"), None);
    says(&far, 2, &["'db.example' is not this machine", "without TLS", "tunnel"]);
    assert!(!far.1.contains("secret"), "{}", far.1);
    let stray = refused(&app.folder, Some("postgres://kish@127.0.0.1/kish"), Some(("PGHOSTADDR", "192.0.2.1".to_owned())));
    says(&stray, 2, &["PGHOSTADDR is set", "unset it"]);
}

#[test]
fn data_and_keys_that_others_may_read_are_refused() {
    let app = TestApp::on_sqlite();
    for (path, mode, shut, words) in [
        ("keys/receipts.key", 0o644, 0o600, "may read"),
        ("keys", 0o750, 0o700, "may read"),
        ("kish.sqlite", 0o660, 0o600, "may read"),
        ("kish.sqlite-wal", 0o604, 0o600, "may read"),
        ("", 0o770, 0o700, "may write into"),
    ] {
        let file = app.folder.join(path);
        std::fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
        let path = file.canonicalize().unwrap().display().to_string();
        says(&refused(&app.folder, None, None), 3, &[words, &format!("(mode {mode:o})"), &format!("chmod go-rwx {path}")]);
        std::fs::set_permissions(&file, Permissions::from_mode(shut)).unwrap();
    }
}

#[test]
fn a_postgres_that_says_committed_too_early_is_refused() {
    let Some(app) = TestApp::on_postgres() else { return eprintln!("KISH_TEST_POSTGRES is not set: not run") };
    let name = app.database.rsplit_once('/').unwrap().1;
    let mut server = PgConnection::establish(&std::env::var("KISH_TEST_POSTGRES").unwrap()).unwrap();
    server.batch_execute(&format!("ALTER DATABASE {name} SET synchronous_commit = off")).unwrap();
    says(&refused(&app.folder, Some(&app.database), None), 3, &["synchronous_commit is off, not on", "set it in postgresql.conf"]);
}

on_both!(a_database_of_a_newer_version_is_refused, |app| {
    app.sql("INSERT INTO __diesel_schema_migrations (version) VALUES ('9999')").unwrap();
    says(&refused(&app.folder, Some(&app.database), None), 3, &["step 9999 of its schema", "start the newer version"]);
});

on_both!(a_database_without_the_keys_it_was_used_with_is_refused, |app| {
    let device = app.ready();
    app.submit(&device, &Interview::default().xml()).expect(201);
    for name in ["trail.key".to_owned(), "receipts.key".to_owned(), format!("case-{}.key", app.study)] {
        let [key, aside] = ["keys", "aside"].map(|folder| app.folder.join(folder).join(&name));
        std::fs::create_dir_all(app.folder.join("aside")).unwrap();
        std::fs::rename(&key, &aside).unwrap();
        says(&refused(&app.folder, Some(&app.database), None), 3, &[&name, "is missing", "mount the folder of the keys"]);
        assert!(!key.exists(), "another key was made in the place of {name}");
        std::fs::rename(&aside, &key).unwrap();
    }
});

#[test]
fn settings_that_cannot_work_are_refused() {
    let app = TestApp::on_sqlite();
    let with = |name, value: &str| refused(&app.folder, None, Some((name, value.to_owned())));
    for workers in ["0", "513"] {
        says(&with("KISH_WORKERS", workers), 2, &["--workers", workers]);
    }
    for address in ["survey.example.org", "ftp://survey.example.org", "https://", "https:///v1", "https://a b"] {
        says(&with("KISH_PUBLIC_URL", address), 2, &["--public-url", "write a scheme and a host"]);
    }
}

#[test]
fn a_token_that_could_be_guessed_is_refused_and_not_said_back() {
    let app = TestApp::on_sqlite();
    let short = refused(&app.folder, None, Some(("KISH_METRICS_TOKEN", "sesame-sesame".to_owned())));
    says(&short, 2, &["KISH_METRICS_TOKEN could be guessed", "32 random characters"]);
    assert!(!short.1.contains("sesame"), "{}", short.1);
}
