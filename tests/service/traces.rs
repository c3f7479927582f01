//! Nothing that says who, where or on which device reaches a disk: canaries are sent everywhere and looked for in every byte.

use std::path::Path;

use crate::app::{TestApp, on_both};
use crate::interview::Interview;

const CANARIES: [&str; 8] =
    ["AbCdEfGh12345678", "org.odk.collect", "203.0.113.77", "canary-file", "uuid:canary", "N-U-1-9-text", "Kanari", "10:21:00"];

fn bytes_below(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(bytes_below(&path));
        } else {
            found.push((path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
    found
}

fn send_canaries(app: &TestApp, device: &str) {
    app.submit(device, &Interview { id: "uuid:canary", ..Interview::default() }.xml()).expect(201);
    let named = Interview { id: "uuid:canary2", case: "N-U-1-2", ..Interview::default() }
        .xml()
        .replace("</arrival>", "<deviceid>collect:AbCdEfGh12345678</deviceid><username>Kanari</username></arrival>");
    app.submit_with(device, &named, &[("canary-file.jpg", "Kanari")]).expect(202);
    app.submit(device, &Interview { case: "N-U-1-9-text", id: "uuid:canary3", ..Interview::default() }.xml()).expect(202);
    let request = ureq::http::Request::builder()
        .method("GET")
        .uri(format!("{}{device}/formList?deviceID=AbCdEfGh12345678", app.url))
        .header("X-Forwarded-For", "203.0.113.77");
    app.send(request, b"").expect(200);
}

on_both!(no_canary_is_on_disk, |app| {
    let device = app.ready();
    send_canaries(&app, &device);
    let token = device.split('/').nth(3).unwrap().to_owned();
    for (path, bytes) in bytes_below(&app.folder) {
        for canary in CANARIES.iter().copied().chain([token.as_str(), "127.0.0.1"]) {
            assert!(!bytes.windows(canary.len()).any(|w| w == canary.as_bytes()), "{canary} stands in {path}");
        }
    }
    // The search can find something: a code that is kept in clear.
    if app.folder.join("kish.sqlite").exists() {
        assert!(bytes_below(&app.folder).iter().any(|(_, bytes)| bytes.windows(8).any(|w| w == b"2026-W47")));
    }
});

on_both!(what_is_set_aside_opens_with_the_reviewers_key_and_holds_no_identifier, |app| {
    let device = app.ready();
    send_canaries(&app, &device);
    let identity: age::x25519::Identity = app.identity.parse().unwrap();
    let sealed = app.store().sealed_records(app.study).unwrap();
    assert_eq!(sealed.len(), 3);
    let opened: Vec<String> = sealed.iter().map(|s| String::from_utf8(age::decrypt(&identity, s).unwrap()).unwrap()).collect();
    assert!(opened.iter().any(|text| text.contains("is not in the form")) && opened.iter().any(|text| text.contains("canary-file.jpg")));
    assert!(opened.iter().all(|text| !text.contains("AbCdEfGh12345678") && !text.contains("<username>")));
});
