//! Nothing that says who, where or on which device is left behind: canaries are sent everywhere and looked for in every byte.

mod canaries;
mod feed;
mod interviews;
mod search;
mod written;

use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;
use std::sync::Mutex;

use jiff::ToSpan;
use kish::people::Role;
use serde_json::{Value, json};
use tracing_subscriber::layer::SubscriberExt;

use crate::app::{TestApp, on_both};
use crate::described::described;
use crate::interview::Interview;
use crate::process::{Process, machine_day};
use canaries::{Canary, NEVER, WRITTEN, canary};
use feed::{Feeder, Holes};
use search::{Place, Search, columns, files_below};

/// Whoever calls the process comes from here, and it listens elsewhere.
const PEER: Canary = canary("the caller's address", "127.0.0.1", "127.0.0.1");

/// What a walk through every route left behind.
struct Walked {
    process: Process,
    answers: Vec<Place>,
    /// Tokens that were good.
    secrets: Vec<Canary>,
}

fn secret(kind: &'static str, text: &str) -> Canary {
    let text: &'static str = String::leak(text.to_owned());
    canary(kind, text, text)
}

fn walk(app: &mut TestApp) -> Walked {
    let process = Process::beside(app);
    let day = machine_day();
    app.publish();
    written::write(app, &day.to_string());
    let days = json!({ "decidedOn": day - 20.days(), "validFrom": day - 20.days(), "validTo": day + 30.days() });
    app.approve(&days).expect(200);
    let device = app.enrol();
    let draft = app.study_call("GET", "/forms/tfvaw/draft", Role::Coordinator, &Value::Null).expect(200).json();
    let draft = draft["draftToken"].as_str().unwrap().to_owned();
    let token = device.split('/').nth(3).unwrap().to_owned();
    let mut feeder = Feeder::new(app, Holes { device: token.clone(), draft: draft.clone() });
    let link = format!("/v1/test/{draft}/projects/{}/forms/tfvaw/draft", app.study);
    interviews::send(app, &mut feeder, &device, &link, &day.to_string());
    written::write_of_interviews(app, &device, &day.to_string());
    feeder.feed_all();
    let session = app.session(Role::Statistician);
    let secrets = vec![secret("a device's token", &token), secret("a draft's token", &draft), secret("a session's token", session)];
    Walked { answers: feeder.answers, process, secrets }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let there = to.join(path.file_name().unwrap());
        if path.is_dir() { copy(&path, &there) } else { std::fs::copy(&path, &there).map(drop).unwrap() }
    }
}

/// The server's own log says which routes were reached: all that it describes, and it describes all it has.
fn every_route_was_fed(app: &TestApp, process: &Process) {
    let lines = process.words().lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()).collect::<Vec<_>>();
    let reached: BTreeSet<String> =
        lines.iter().filter_map(|l| Some(format!("{} {}", l["fields"]["method"].as_str()?, l["fields"]["route"].as_str()?))).collect();
    for route in described(&app.call("GET", "/v1/openapi.json", None, b"").expect(200).json()) {
        assert!(reached.contains(&route), "nothing was fed to {route}, so nobody knows what it leaves behind");
    }
}

/// Looks through what the process said, its temporary files, the data folder with its keys, and a copy of it.
#[track_caller]
fn look(app: &TestApp, walked: &Walked) {
    let Walked { process, secrets, .. } = walked;
    let said = files_below(&process.folder);
    assert!(said.iter().any(|p| p.name.ends_with("stderr") && p.bytes.windows(9).any(|w| w == b"\"route\":\"")), "the log is not there");
    let anything = [&NEVER[..], &WRITTEN, &[PEER], secrets].concat();
    assert_eq!(Search::new(&anything).find(&said), BTreeSet::new());
    let backup = process.folder.join("copy");
    copy(&app.folder, &backup);
    let kept = [files_below(&app.folder), files_below(&backup)].concat();
    std::fs::remove_dir_all(&backup).unwrap();
    // A draft's token is shown to its coordinator again and again, and opens nothing that is kept.
    let never = [&NEVER[..], &[PEER, secrets[0], secrets[2]]].concat();
    assert_eq!(Search::new(&never).find(&kept), BTreeSet::new());
    assert_eq!(Search::new(&never).find(&columns(app)), BTreeSet::new());
}

on_both!(no_canary_is_left_behind, |app| {
    let mut app = app;
    let mut walked = walk(&mut app);
    every_route_was_fed(&app, &walked.process);
    look(&app, &walked);
    let search = Search::new(&WRITTEN);
    let allowed: BTreeSet<&str> = written::COLUMNS.iter().map(|(column, _)| *column).collect();
    let found: BTreeSet<String> = search.find(&columns(&app)).iter().map(|f| f.rsplit_once(" in ").unwrap().1.to_owned()).collect();
    assert_eq!(found.iter().map(String::as_str).collect::<BTreeSet<_>>(), allowed);
    assert_eq!(Search::new(&[&NEVER[..], &[PEER]].concat()).find(&walked.answers), BTreeSet::new());
    let shown = search.find(&walked.answers).iter().map(|f| f.rsplit_once("the answer of ").unwrap().1.to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(shown.iter().map(String::as_str).collect::<BTreeSet<_>>(), written::SHOWN.iter().map(|(route, _)| *route).collect());
    walked.process.stop();
    look(&app, &walked);
});

on_both!(the_search_finds_what_is_planted, |app| {
    for canary in NEVER.iter().chain(&WRITTEN) {
        for form in canary.written() {
            let place = Place { name: "here".to_owned(), bytes: [b"before ", form.as_slice(), b" after"].concat() };
            assert_eq!(Search::new(&[*canary]).find(&[place]).len(), 1, "{}", String::from_utf8_lossy(&form));
        }
    }
    let search = Search::new(&[PEER]);
    let folder = app.folder.join("logs").join("deep");
    std::fs::create_dir_all(&folder).unwrap();
    assert!(search.find(&files_below(&app.folder)).is_empty());
    // A line of the server's own log, as it would be if somebody wrote the caller's address into it.
    let log = kish::http::log::lines(tracing::Level::INFO, Mutex::new(File::create(folder.join("stderr")).unwrap()));
    tracing::subscriber::with_default(tracing_subscriber::registry().with(log), || {
        tracing::info!(target: "kish::http::log", client = %std::net::Ipv4Addr::LOCALHOST, "request");
    });
    assert!(search.find(&files_below(&app.folder)).iter().all(|found| found.ends_with("stderr")));
    assert_eq!(search.find(&files_below(&app.folder)).len(), 1);
    app.sql("UPDATE study SET name = 'from 127.0.0.1'").unwrap();
    assert_eq!(search.find(&columns(&app)), BTreeSet::from(["the caller's address in study.name".to_owned()]));
    let token = if app.is_postgres() { "decode('3132372e302e302e31', 'hex')" } else { "x'3132372e302e302e31'" };
    app.sql(&format!("UPDATE session SET token_hash = {token} WHERE person_id = 1")).unwrap();
    assert!(search.find(&columns(&app)).contains("the caller's address in session.token_hash"));
    assert_eq!(search.find(&files_below(&app.folder)).iter().any(|found| found.contains("kish.sqlite")), !app.is_postgres());
});

on_both!(what_is_set_aside_opens_with_the_reviewers_key_and_holds_no_identifier, |app| {
    let device = app.ready();
    let named = Interview { id: "uuid:canary2", case: "N-U-1-2", ..Interview::default() }
        .xml()
        .replace("</arrival>", "<deviceid>collect:AbCdEfGh12345678</deviceid><username>Kanari</username></arrival>");
    app.submit_with(&device, &named, &[("canary-file.jpg", "Kanari")]).expect(202);
    app.submit(&device, &Interview { case: "N-U-1-9-text", id: "uuid:canary3", ..Interview::default() }.xml()).expect(202);
    let identity: age::x25519::Identity = app.identity.parse().unwrap();
    let sealed = app.store().sealed_records(app.study).unwrap();
    assert_eq!(sealed.len(), 3);
    let opened: Vec<String> = sealed.iter().map(|s| String::from_utf8(age::decrypt(&identity, s).unwrap()).unwrap()).collect();
    assert!(opened.iter().any(|text| text.contains("is not in the form")) && opened.iter().any(|text| text.contains("canary-file.jpg")));
    assert!(opened.iter().all(|text| !text.contains("AbCdEfGh12345678") && !text.contains("<username>")));
});
