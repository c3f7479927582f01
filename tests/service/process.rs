//! A real `kish serve` beside a test's own server, on the same data: a process whose words, files and end can be looked at.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::thread;
use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use kish::people::{Role, Token};
use kish::store::NewSession;
use kish::trail::By;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use crate::app::{TestApp, today};

pub struct Process {
    child: Child,
    pub url: String,
    /// What it says, and what it puts into its folder of temporary files.
    pub folder: PathBuf,
}

impl Process {
    /// Calls of the test go to it from now on, by people who have signed in by its clock.
    pub fn beside(app: &mut TestApp) -> Process {
        Process::with(app, &[])
    }

    /// The same, with variables of the environment.
    pub fn with(app: &mut TestApp, variables: &[(&str, &str)]) -> Process {
        let folder = std::env::temp_dir().join(format!("kish-process-{}", uuid::Uuid::new_v4().simple()));
        std::fs::create_dir_all(folder.join("tmp")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_kish"));
        // Its own words name the address it listens on; those who call it come from another.
        command.args([
            "serve",
            "--listen",
            "127.0.0.2:0",
            "--public-url",
            "https://survey.example",
            "--database",
            &app.database,
            "--data-dir",
        ]);
        command
            .arg(&app.folder)
            .env("KISH_LOG", "info")
            .env("RUST_LOG", "trace")
            .env("TMPDIR", folder.join("tmp"))
            .envs(variables.iter().copied());
        command.stdout(File::create(folder.join("stdout")).unwrap()).stderr(File::create(folder.join("stderr")).unwrap());
        let mut process = Process { child: command.spawn().unwrap(), url: String::new(), folder };
        process.url = process.address();
        app.url = process.url.clone();
        sign_in_now(app);
        process
    }

    fn address(&mut self) -> String {
        for _ in 0..600 {
            let words = self.words();
            if let Some(address) = words.lines().find_map(|line| line.strip_prefix("Kish listens on ")) {
                return address.to_owned();
            }
            assert!(self.child.try_wait().unwrap().is_none(), "the server did not start: {words}");
            thread::sleep(Duration::from_millis(50));
        }
        panic!("the server does not listen: {}", self.words());
    }

    /// What it has written to the standard error.
    pub fn words(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(self.folder.join("stderr")).unwrap()).into_owned()
    }

    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Ends it as an office does, and waits until it has.
    pub fn stop(&mut self) {
        kill_process(self.pid(), Signal::TERM).unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A study that is ready for interviews by the machine's clock: its device, and the day they are held on.
pub fn ready_now(app: &TestApp) -> (String, String) {
    let day = machine_day();
    app.publish();
    let verified = day.to_string();
    app.put_referrals(&[("north", &verified), ("south", &verified)]).expect(200);
    app.approve(&json!({ "decidedOn": day, "validFrom": day, "validTo": day + 30.days() })).expect(200);
    (app.enrol(), verified)
}

fn sign_in_now(app: &mut TestApp) {
    let now = machine_time().as_second();
    let tokens: Vec<(Role, i64, String)> = app.people.iter().map(|(role, id, _)| (*role, *id, open_session(app, *id, now))).collect();
    app.people = tokens;
}

fn open_session(app: &TestApp, person: i64, now: i64) -> String {
    let token = Token::new().unwrap();
    let session = NewSession { token: Token::hash(token.as_str()).unwrap(), before: None, now, expires_at: i64::MAX, shown: None };
    app.store().open_session(By::account(person, today()), session).wait().unwrap();
    token.as_str().to_owned()
}

#[expect(clippy::disallowed_methods, reason = "the process has the machine's clock, and no other")]
fn machine_time() -> Timestamp {
    Timestamp::now()
}

/// The day it is for a process.
pub fn machine_day() -> Date {
    machine_time().to_zoned(TimeZone::UTC).date()
}
