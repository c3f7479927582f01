//! Whether the server is well, as it says itself; and a full disk, on which it goes on and loses nothing.

use std::thread;
use std::time::Duration;

use kish::people::Role;
use rustix::process::{Resource, Rlimit, prlimit};
use serde_json::json;

use crate::app::{TestApp, on_both};
use crate::interview::Interview;
use crate::process::{Process, ready_now};

on_both!(it_lives_and_is_ready_and_says_no_more, |app| {
    for (path, word) in [("/health/live", "live"), ("/health/ready", "ready")] {
        let answer = app.call("GET", path, None, b"").expect(200);
        assert_eq!(answer.body, word);
    }
    let before = app.store().marked().unwrap();
    (0..20).for_each(|_| drop(app.call("GET", "/health/ready", None, b"").expect(200)));
    assert!((1..=20).contains(&before) && app.store().marked().unwrap() <= before + 2, "asking often does not write often");
    app.sql("DELETE FROM mark").unwrap();
    thread::sleep(Duration::from_millis(1100));
    let answer = app.call("GET", "/health/ready", None, b"").expect(503);
    assert_eq!((answer.json()["code"].as_str(), answer.header("retry-after")), (Some("not-ready"), "5"));
    app.call("GET", "/health/live", None, b"").expect(200);
});

#[test]
fn a_full_disk_is_503_and_ends_nothing() {
    let mut app = TestApp::on_sqlite();
    let process = Process::beside(&mut app);
    let (device, day) = ready_now(&app);
    let send = |case: &str| app.submit(&device, &Interview { case, id: case, day: &day, ..Interview::default() }.xml());
    send("N-U-1-1").expect(201);
    let limit = |bytes| prlimit(Some(process.pid()), Resource::Fsize, Rlimit { current: bytes, maximum: None }).map(|_| ()).unwrap();
    limit(Some(0));
    for _ in 0..3 {
        assert_eq!(send("N-U-1-2").expect(503).header("retry-after"), "5");
    }
    app.call("GET", "/health/ready", None, b"").expect(503);
    app.call("GET", "/health/live", None, b"").expect(200);
    limit(None);
    send("N-U-1-2").expect(201);
    thread::sleep(Duration::from_millis(1100));
    app.call("GET", "/health/ready", None, b"").expect(200);
    assert_eq!(app.counted(), 2);
    app.study_call("GET", "/fieldwork", Role::Supervisor, &json!(null)).expect(200);
}

on_both!(a_disk_at_its_floor_takes_nothing_in_and_one_with_little_room_warns, |mut app| {
    let more = u64::MAX.to_string();
    let floor = Process::with(&mut app, &[("KISH_DISK_FLOOR_MIB", &more)]);
    let (device, day) = ready_now(&app);
    let xml = Interview { day: &day, ..Interview::default() }.xml();
    assert_eq!(app.submit(&device, &xml).expect(503).header("retry-after"), "5");
    app.study_call("GET", "/fieldwork", Role::Supervisor, &json!(null)).expect(200);
    assert!(floor.words().contains("are the floor") && app.counted() == 0, "{}", floor.words());
    let warned = Process::with(&mut app, &[("KISH_DISK_WARN_MIB", &more)]);
    app.submit(&device, &xml).expect(201);
    assert_eq!(app.call("GET", "/health/ready", None, b"").expect(200).body, "ready, but little room is left on the disk");
    assert!(warned.words().contains("make room before it is full"), "{}", warned.words());
});
