//! Numbers of the machine: for who has their token, and about nobody.

use std::collections::BTreeMap;

use crate::app::{Answer, TestApp, on_both};
use crate::interview::Interview;
use crate::process::{Process, ready_now};

const TOKEN: &str = "numbers-of-the-machine-and-of-nobody";

fn ask(app: &TestApp, token: &str) -> Answer {
    app.send(app.request("GET", "/metrics", None).header("Authorization", format!("Bearer {token}")), b"")
}

/// Each line's value, by its name and labels; what is not of the format fails.
fn values(answer: &Answer) -> BTreeMap<String, f64> {
    let lines = answer.body.lines().filter(|line| !line.starts_with("# HELP kish_") && !line.starts_with("# TYPE kish_"));
    lines.map(|line| line.rsplit_once(' ').unwrap()).map(|(name, value)| (name.to_owned(), value.parse().unwrap())).collect()
}

on_both!(who_has_the_token_reads_numbers_of_the_machine_and_none_of_anybody, |mut app| {
    let _process = Process::with(&mut app, &[("KISH_METRICS_TOKEN", TOKEN)]);
    let (device, day) = ready_now(&app);
    let nothing = app.call("GET", "/nothing-here", None, b"").expect(404);
    assert_eq!(app.call("GET", "/metrics", None, b"").expect(404).body, nothing.body);
    assert_eq!(ask(&app, &TOKEN.replace("nobody", "nobodx")).expect(404).body, nothing.body);
    assert_eq!(app.call("GET", "/metrics", Some(kish::people::Role::Administrator), b"").expect(404).body, nothing.body);
    let send = |case: &str| app.submit(&device, &Interview { case, id: case, day: &day, ..Interview::default() }.xml()).status;
    assert_eq!(["N-U-1-1", "X-U-1-1", "X-U-1-2"].map(send), [201, 202, 202]);
    let before = ask(&app, TOKEN).expect(200);
    assert_eq!(before.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    assert_eq!([send("N-U-1-2"), send("X-U-1-3")], [201, 202]);
    let (before, after) = (values(&before), values(&ask(&app, TOKEN).expect(200)));
    assert!(after["kish_commit_seconds_count"] >= before["kish_commit_seconds_count"] + 2.0, "{after:?}");
    assert!(after["kish_commit_writes_sum"] >= after["kish_commit_writes_count"] && after["kish_commit_seconds_sum"] > 0.0, "{after:?}");
    assert_eq!(after["kish_commit_seconds_bucket{le=\"+Inf\"}"], after["kish_commit_seconds_count"]);
    assert_eq!((before["kish_set_aside_waiting"], after["kish_set_aside_waiting"]), (10.0, 10.0), "no single record shows");
    assert!(after["kish_disk_free_bytes"] > 0.0 && after["kish_write_queue_length"] == 0.0, "{after:?}");
    assert_eq!(after[&format!("kish_build_info{{version=\"{}\"}}", env!("CARGO_PKG_VERSION"))], 1.0);
    let mut names: Vec<&str> = after.keys().map(|name| name.split('{').next().unwrap()).collect();
    names.dedup();
    // Whoever adds one has asked themselves whom it is about.
    let known = [
        "kish_build_info",
        "kish_commit_seconds_bucket",
        "kish_commit_seconds_count",
        "kish_commit_seconds_sum",
        "kish_commit_writes_bucket",
        "kish_commit_writes_count",
        "kish_commit_writes_sum",
        "kish_disk_free_bytes",
        "kish_set_aside_waiting",
        "kish_uptime_seconds",
        "kish_write_queue_length",
    ];
    assert_eq!(names, known);
    let labels = after.keys().filter_map(|name| Some(name.split_once('{')?.1.split_once('=')?.0));
    assert!(labels.into_iter().all(|label| ["le", "version"].contains(&label)), "{after:?}");
});

on_both!(without_a_token_only_the_machine_reads_them, |app| {
    assert!(app.call("GET", "/metrics", None, b"").expect(200).body.contains("kish_uptime_seconds "));
    for proxy in ["X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"] {
        app.send(app.request("GET", "/metrics", None).header(proxy, "203.0.113.7"), b"").expect(404);
    }
});
