//! What bad input gets: a clear answer, nothing half stored, memory bounded.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use kish::people::Role;
use serde_json::json;

use crate::app::{TestApp, on_both};
use crate::interview::Interview;

/// Sends bytes and reads until the other side closes.
pub fn raw(address: &str, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

#[track_caller]
fn refused(app: &TestApp, device: &str, xml: &str, words: &str) {
    let answer = app.submit(device, xml).expect(400);
    assert!(answer.body.contains("<message nature=\"error\">") && answer.body.contains(words), "{}", answer.body);
}

on_both!(what_is_no_submission_is_refused_in_words_and_not_kept, |app| {
    let device = app.ready();
    refused(&app, &device, "<data id='tfvaw'", "not well-formed");
    refused(&app, &device, "<!DOCTYPE data [<!ENTITY a \"b\">]><data id='tfvaw'>&a;</data>", "document type");
    refused(&app, &device, "<data id='tfvaw'>&unknown;</data>", "entity");
    refused(&app, &device, &format!("{}{}", "<data id='a'>".repeat(100), "</data>".repeat(100)), "nested deeper");
    refused(&app, &device, "<data id='tfvaw'>\u{1}</data>", "character");
    refused(&app, &device, &" ".repeat(10), "not well-formed");
    assert_eq!((app.counted(), app.waiting()), (0, Vec::new()));
});

on_both!(parts_are_held_to_their_shape, |app| {
    let device = app.ready();
    let no_name = "--b0undary\r\nContent-Disposition: form-data\r\n\r\n<data/>\r\n--b0undary--\r\n";
    let other_name = "--b0undary\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n<data/>\r\n--b0undary--\r\n";
    let cut_off = "--b0undary\r\nContent-Disposition: form-data; name=\"xml_submission_file\"\r\n\r\n<data id='tfvaw'/>";
    for body in [
        no_name,
        other_name,
        cut_off,
        "",
        "no parts at all",
        &"--b0undary\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n".repeat(300),
    ] {
        let answer = app.post_parts(&device, body.as_bytes()).expect(400);
        assert!(answer.body.contains("Nothing was kept"), "{}", answer.body);
    }
    assert_eq!((app.counted(), app.waiting()), (0, Vec::new()));
});

on_both!(fifty_megabytes_are_refused_before_they_are_held, |app| {
    let device = app.ready();
    let address = app.url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!(
        "POST {device}/submission HTTP/1.1\r\nHost: kish\r\nContent-Type: multipart/form-data; boundary=b0undary\r\nContent-Length: 52428800\r\n\r\n\
         --b0undary\r\nContent-Disposition: form-data; name=\"xml_submission_file\"\r\n\r\n<data id='tfvaw'>"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let chunk = vec![b'x'; 1 << 16];
    let _ = (0..800).take_while(|_| stream.write_all(&chunk).is_ok()).count();
    let mut answer = [0; 12];
    let _ = stream.read_exact(&mut answer);
    assert!(matches!(&answer, b"HTTP/1.1 413" | [0, ..]), "{answer:?}");
    app.submit(&device, &Interview::default().xml()).expect(201);
});

on_both!(a_large_file_is_refused_with_413, |app| {
    let device = app.ready();
    let large = "x".repeat(11 << 20);
    app.submit_with(&device, &Interview::default().xml(), &[("large.bin", &large)]).expect(413);
    app.submit(&device, &format!("<data id='tfvaw'>{}</data>", " ".repeat(2 << 20))).expect(413);
    assert_eq!(app.counted(), 0);
});

on_both!(a_silent_body_and_a_dripping_one_are_given_up, |app| {
    let device = app.ready();
    let address = app.url.strip_prefix("http://").unwrap();
    let head = format!(
        "POST {device}/submission HTTP/1.1\r\nHost: kish\r\nContent-Type: multipart/form-data; boundary=b0undary\r\nContent-Length: 5000\r\n\r\n--b0undary\r\n"
    );
    let started = Instant::now();
    let answer = raw(address, head.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(started.elapsed() < Duration::from_secs(10));

    let mut dripping = TcpStream::connect(address).unwrap();
    dripping.write_all(head.as_bytes()).unwrap();
    let started = Instant::now();
    // A byte each 0.2 s is never silent for a second, yet the whole takes longer than three.
    while started.elapsed() < Duration::from_secs(15) && dripping.write_all(b"x").is_ok() {
        thread::sleep(Duration::from_millis(200));
    }
    assert!(started.elapsed() < Duration::from_secs(12), "the dripping body was still read");
});

on_both!(a_frame_with_mistakes_changes_nothing, |app| {
    app.publish();
    let put = |csv: &str| app.call("PUT", &format!("/v1/projects/{}/frame", app.study), Some(Role::Coordinator), csv.as_bytes());
    for (csv, column) in [
        ("case,stratum,psu,base_weight\nA,,1,1\n", "stratum"),
        ("case,stratum,psu,base_weight\nA,n,1,0\n", "base_weight"),
        ("case,stratum,psu,base_weight\nA,n,1,-1\n", "base_weight"),
        ("case,stratum,psu,base_weight\nA,n,1,NaN\n", "base_weight"),
        ("case,stratum,psu,base_weight,surname\nA,n,1,1,B\n", "surname"),
    ] {
        let problem = put(csv).expect(422).json();
        assert_eq!((problem["code"].as_str(), problem["errors"][0]["column"].as_str()), (Some("findings"), Some(column)));
        assert!(!problem["errors"][0]["hint"].as_str().unwrap().is_empty());
    }
    assert_eq!(app.study_call("GET", "/frame", Role::Supervisor, &json!(null)).expect(200).json()["cases"], 120);
    let device = app.enrol();
    app.approve(&json!({})).expect(200);
    app.submit(&device, &Interview::default().xml()).expect(201);
    put("case,stratum,psu,base_weight\nA,n,1,1\n").expect(409);
});

on_both!(a_workbook_with_mistakes_is_told_all_of_them, |app| {
    let post = |bytes: &[u8]| app.call("POST", &format!("/v1/projects/{}/forms", app.study), Some(Role::Coordinator), bytes);
    assert_eq!(post(b"not a workbook").expect(422).json()["errors"][0]["kind"], "unreadable");
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("survey.csv", zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(b"type,name,label\nintegr,age,Age\ntext,age,Age\n").unwrap();
    let problem = post(&zip.finish().unwrap().into_inner()).expect(422).json();
    let places: Vec<_> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| (e["sheet"].as_str().unwrap(), e["row"].as_u64(), e["column"].as_str().unwrap_or("")))
        .collect();
    assert_eq!(places, [("settings", Some(2), "form_id"), ("survey", Some(2), "type")]);
    app.study_call("GET", "/forms", Role::Coordinator, &json!(null)).expect(200);
});

on_both!(bodies_that_are_not_what_a_route_takes_name_the_field, |app| {
    let post = |path: &str, body: &str| {
        app.call("POST", &format!("/v1/projects/{}{path}", app.study), Some(Role::Coordinator), body.as_bytes()).expect(400).json()
    };
    assert!(post("/app-users", "{").to_string().contains("not JSON at line 1"));
    assert!(post("/app-users", "{}").to_string().contains("missing field `displayName`"));
    assert_eq!(post("/app-users", "{\"displayName\":\"\"}")["errors"][0]["pointer"], "/displayName");
    let unknown = post("/app-users", "{\"displayName\":\"a\",\"phone\":\"1\"}").to_string();
    assert!(unknown.contains("not known here; known are `displayName` or `expiresOn`") && !unknown.contains("phone"), "{unknown}");
});

on_both!(a_device_sends_four_bodies_at_once_and_no_fifth, |app| {
    let (device, other) = (app.ready(), app.enrol());
    let address = app.url.strip_prefix("http://").unwrap();
    let begin = |device: &str| {
        let head = format!(
            "POST {device}/submission HTTP/1.1\r\nHost: kish\r\nContent-Type: multipart/form-data; boundary=b0undary\r\nContent-Length: 5000\r\n\r\n--b0undary\r\n"
        );
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        stream
    };
    let four: Vec<TcpStream> = (0..4).map(|_| begin(&device)).collect();
    thread::sleep(Duration::from_millis(300));
    let refused = app.submit(&device, &Interview::default().xml()).expect(503);
    assert_eq!(refused.header("retry-after"), "5");
    assert!(refused.body.contains("OpenRosaResponse"), "{}", refused.body);
    app.submit(&other, &Interview::default().xml()).expect(201);
    drop(four);
    thread::sleep(Duration::from_millis(300));
    app.submit(&device, &Interview { case: "N-U-1-2", id: "uuid:2", ..Interview::default() }.xml()).expect(201);
});
