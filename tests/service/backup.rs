//! Backups made while interviews come in, put back, stolen, damaged, and cut off.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use kish::keys::Keys;
use kish::set_aside::new_key_pair;
use kish::trail::Head;
use serde_json::Value;

use crate::app::{TestApp, on_both, open_store};
use crate::interview::Interview;
use crate::kept::{cases, missing};

/// Where the backups of a test lie, and what opens them.
struct Place {
    folder: PathBuf,
    recipient: String,
}

impl Place {
    fn of(app: &TestApp) -> Place {
        let folder = app.folder.join("elsewhere");
        std::fs::create_dir(&folder).unwrap();
        let (recipient, identity) = new_key_pair();
        std::fs::write(folder.join("private"), identity).unwrap();
        Place { folder, recipient }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn command(&self, app: &TestApp, to: &str, more: &[&str]) -> Command {
        let mut command = kish("backup");
        command.arg("--data-dir").arg(&app.folder).args(["--database", &app.database, "--for", &self.recipient]);
        command.arg(self.at(to)).args(more);
        command
    }

    fn backup(&self, app: &TestApp, to: &str, more: &[&str]) -> Output {
        self.command(app, to, more).output().unwrap()
    }

    fn restore(&self, from: &str, keys: Option<&str>, to: &str) -> Output {
        let mut command = kish("restore");
        command.arg(self.at(from)).arg("--key").arg(self.at("private")).arg("--data-dir").arg(self.at(to));
        if let Some(keys) = keys {
            command.arg("--keys-from").arg(self.at(keys));
        }
        command.output().unwrap()
    }

    /// Data in one place and keys in another, as they should be.
    fn backup_both(&self, app: &TestApp) {
        ends(&self.backup(app, "data", &[]), 0, "not in it");
        ends(&self.backup(app, "keys", &["--keys-only"]), 0, "elsewhere");
    }

    fn is_there(&self, name: &str) -> bool {
        self.at(name).exists()
    }

    /// What was begun and not finished.
    fn incomplete(&self) -> usize {
        let names = std::fs::read_dir(&self.folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.contains("incomplete")).count()
    }
}

fn kish(command: &str) -> Command {
    let mut kish = Command::new(env!("CARGO_BIN_EXE_kish"));
    kish.arg(command);
    kish
}

#[track_caller]
fn ends(output: &Output, code: i32, words: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), said.contains(words)), (Some(code), true), "{said}");
}

/// A line of what was printed, by its name.
fn line(output: &Output, name: &str) -> String {
    let printed = String::from_utf8(output.stdout.clone()).unwrap();
    printed.lines().find_map(|line| line.strip_prefix(&format!("{name}\t"))).unwrap_or_else(|| panic!("no {name}: {printed}")).to_owned()
}

#[test]
fn a_backup_under_load_holds_every_interview_acknowledged_before_it_began() {
    let app = TestApp::on_sqlite();
    let (device, place) = (app.ready(), Place::of(&app));
    let (stored, is_over) = (Mutex::new(Vec::new()), AtomicBool::new(false));
    let all = cases();
    let before = thread::scope(|scope| {
        for part in all.chunks(all.len() / 3) {
            let (app, device, stored, is_over) = (&app, &device, &stored, &is_over);
            scope.spawn(move || {
                for case in part.iter().take_while(|_| !is_over.load(Ordering::Relaxed)) {
                    app.submit(device, &Interview { case, id: case, ..Interview::default() }.xml()).expect(201);
                    stored.lock().unwrap().push(case.clone());
                    thread::sleep(Duration::from_millis(10));
                }
            });
        }
        while stored.lock().unwrap().len() < 15 {
            thread::sleep(Duration::from_millis(5));
        }
        let before = stored.lock().unwrap().clone();
        let made = place.backup(&app, "data", &[]);
        is_over.store(true, Ordering::Relaxed);
        ends(&made, 0, "not in it");
        before
    });
    ends(&place.backup(&app, "keys", &["--keys-only"]), 0, "elsewhere");
    let restored = place.restore("data", Some("keys"), "new");
    ends(&restored, 0, "the trail is whole");
    let new = place.at("new");
    let store = open_store(&new, &format!("sqlite:{}", new.join("kish.sqlite").display()));
    assert_eq!(missing(&store, &new, app.study, &before), Vec::<String>::new(), "acknowledged and not in the backup");
    assert_eq!(missing(&store, &new, app.study, &["N-U-9-9".to_owned()]), ["N-U-9-9"], "the test can see it");
    drop(store);
    let verified = kish("verify").arg("--data-dir").arg(&new).args(["--head", &line(&restored, "head")]).output().unwrap();
    ends(&verified, 0, "The trail is whole");
    assert_eq!(line(&verified, "head"), line(&restored, "head now"));
    let numbers = ["head", "head now"].map(|name| line(&restored, name).parse::<Head>().unwrap().number);
    assert_eq!(numbers[1], numbers[0] + 1, "that it was restored is in the trail");
}

#[test]
fn who_steals_a_backup_opens_nothing_and_nobody_else_reads_it() {
    let app = TestApp::on_sqlite();
    let (device, place) = (app.ready(), Place::of(&app));
    app.submit(&device, &Interview::default().xml()).expect(201);
    place.backup_both(&app);
    for (backup, files) in
        [("data", ["database.age", "manifest.json", "manifest.sig"]), ("keys", ["keys.age", "manifest.json", "manifest.sig"])]
    {
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&place.at(backup)), 0o700);
        let mut found: Vec<String> =
            std::fs::read_dir(place.at(backup)).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        found.sort();
        assert_eq!(found, files);
        for file in files {
            let path = place.at(backup).join(file);
            assert_eq!(mode(&path), 0o600, "{}", path.display());
            let bytes = std::fs::read(&path).unwrap();
            let key = std::fs::read(app.folder.join("keys/receipts.key")).unwrap();
            for plain in [b"SQLite format 3".as_slice(), b"tfvaw", &key[..8]] {
                assert!(!bytes.windows(plain.len()).any(|w| w == plain), "{}", path.display());
            }
        }
    }
    assert_eq!(std::fs::read(app.folder.join("kish.sqlite-backup")).unwrap(), b"", "the plain copy is gone");
    std::fs::write(place.at("private"), new_key_pair().1).unwrap();
    ends(&place.restore("data", Some("keys"), "new"), 2, "not encrypted for this key");
    assert!(!place.is_there("new") && place.incomplete() == 0);
}

#[test]
fn what_was_changed_is_refused_and_leaves_nothing() {
    let app = TestApp::on_sqlite();
    let place = Place::of(&app);
    app.ready();
    place.backup_both(&app);
    let refused = |file: &str, at: usize, words: &str| {
        let path = place.at(file);
        let good = std::fs::read(&path).unwrap();
        let mut bad = good.clone();
        bad[at] ^= 1;
        std::fs::write(&path, &bad).unwrap();
        ends(&place.restore("data", Some("keys"), "new"), 1, words);
        assert!(!place.is_there("new") && place.incomplete() == 0, "{file}");
        std::fs::write(&path, good).unwrap();
    };
    refused("data/database.age", 40_000, "SHA-256");
    refused("data/database.age", 3, "SHA-256");
    refused("keys/keys.age", 300, "SHA-256");
    let manifest = std::fs::read_to_string(place.at("data/manifest.json")).unwrap();
    // A count of rows: still JSON, and no longer what was signed.
    refused(
        "data/manifest.json",
        manifest.find("\"rows\"").unwrap() + manifest[manifest.find("\"rows\"").unwrap()..].find(": 0").unwrap() + 2,
        "not signed",
    );
    refused("data/manifest.sig", 0, "not signed");
    ends(&place.restore("data", None, "new"), 2, "--keys-from");
    ends(&place.restore("data", Some("keys"), "new"), 0, "the trail is whole");
    ends(&place.restore("data", Some("keys"), "new"), 2, "is there already");
    ends(&place.backup(&app, "data", &[]), 2, "is there already");
    ends(&place.backup(&app, "both", &["--with-keys"]), 0, "in one place");
    ends(&place.restore("both", None, "newer"), 0, "the trail is whole");
}

#[test]
fn a_backup_of_another_server_or_of_older_keys_is_refused() {
    let app = TestApp::on_sqlite();
    let (place, other) = (Place::of(&app), TestApp::on_sqlite());
    ends(&place.backup(&app, "early", &["--keys-only"]), 0, "elsewhere");
    let device = app.ready();
    app.submit(&device, &Interview::default().xml()).expect(201);
    place.backup_both(&app);
    ends(&place.backup(&other, "others", &["--keys-only"]), 0, "elsewhere");
    ends(&place.restore("data", Some("others"), "new"), 1, "not signed");
    ends(&place.restore("data", Some("early"), "new"), 1, &format!("case-{}.key", app.study));
    assert!(!place.is_there("new"));
}

#[test]
fn a_case_key_whose_link_was_cut_does_not_come_back() {
    let app = TestApp::on_sqlite();
    let (device, place) = (app.ready(), Place::of(&app));
    app.submit(&device, &Interview::default().xml()).expect(201);
    place.backup_both(&app);
    let keys = Keys::open(&app.folder.join("keys")).unwrap();
    assert!(keys.begin_cut(app.study).unwrap().is_some());
    keys.destroy(app.study).unwrap();
    ends(&place.backup(&app, "later-data", &[]), 0, "not in it");
    ends(&place.backup(&app, "later-keys", &["--keys-only"]), 0, "elsewhere");
    let restored = |data: &str, keys: &str| {
        let new = format!("{data}-{keys}");
        ends(&place.restore(data, Some(keys), &new), 0, "the trail is whole");
        ["key", "cut"].map(|ending| place.at(&new).join(format!("keys/case-{}.{ending}", app.study)).exists())
    };
    assert_eq!(restored("later-data", "keys"), [false, true]);
    assert_eq!(restored("data", "later-keys"), [false, true]);
    assert_eq!(restored("data", "keys"), [true, false], "both from before hold both");
}

#[test]
fn a_backup_that_is_cut_off_is_none() {
    let app = TestApp::on_sqlite();
    let place = Place::of(&app);
    app.ready();
    ends(&place.backup(&app, "keys", &["--keys-only"]), 0, "elsewhere");
    let mut killed = 0;
    for n in 0..12 {
        let name = format!("cut-{n}");
        let mut process = place.command(&app, &name, &[]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        thread::sleep(Duration::from_millis(n * 12));
        let _ = process.kill();
        killed += u32::from(!process.wait().unwrap().success());
        if place.is_there(&name) {
            ends(&place.restore(&name, Some("keys"), &format!("new-{n}")), 0, "the trail is whole");
        }
    }
    assert!(killed > 0, "none was cut off");
    for left in std::fs::read_dir(&place.folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()) {
        if left.contains("incomplete") && !place.at(&left).join("manifest.sig").exists() {
            ends(
                &place.restore(&left, Some("keys"), "none"),
                if place.at(&left).join("manifest.json").exists() { 3 } else { 1 },
                "manifest",
            );
        }
    }
    // The next one overwrites what was left of the plain copy.
    ends(&place.backup(&app, "whole", &[]), 0, "not in it");
    assert_eq!(std::fs::read(app.folder.join("kish.sqlite-backup")).unwrap(), b"");
    let limited = "ulimit -f 64; exec \"$0\" \"$@\"";
    let mut shell = Command::new("sh");
    shell.args(["-c", limited, env!("CARGO_BIN_EXE_kish")]).args(place.command(&app, "full", &[]).get_args());
    ends(&shell.output().unwrap(), 3, "kish:");
    assert!(!place.is_there("full"), "a full disk leaves no backup");
}

#[test]
fn data_of_a_newer_version_are_not_restored() {
    let app = TestApp::on_sqlite();
    let place = Place::of(&app);
    app.sql("INSERT INTO __diesel_schema_migrations (version) VALUES ('9999')").unwrap();
    place.backup_both(&app);
    ends(&place.restore("data", Some("keys"), "new"), 1, "step 9999 of the schema, which this version");
    assert!(!place.is_there("new"));
}

on_both!(the_keys_are_backed_up_of_either_database_and_a_backup_is_in_the_trail, |app| {
    let place = Place::of(&app);
    let actions = || app.call("GET", "/v1/audits?action=backup", Some(kish::people::Role::Administrator), b"").expect(200).json();
    ends(&place.backup(&app, "keys", &["--keys-only"]), 0, "elsewhere");
    let lines = actions();
    assert_eq!((lines.as_array().map(Vec::len), &lines[0]["details"]["holds"]), (Some(1), &Value::from("keys")), "{lines}");
    ends(&place.restore("keys", None, "new"), 0, "The keys are in place");
    let key = |folder: PathBuf| std::fs::read(folder.join("keys/trail.key")).unwrap();
    assert_eq!(key(app.folder.clone()), key(place.at("new")));
    if app.is_postgres() {
        ends(&place.backup(&app, "data", &[]), 2, "pg_dump");
        assert!(!place.is_there("data"));
    }
    ends(&kish("backup").arg("--data-dir").arg(&app.folder).args(["--for", "age1nobody"]).arg(place.at("x")).output().unwrap(), 2, "age1");
});
