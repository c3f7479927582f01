//! The end of a server while interviews come in.

use std::io::Write;
use std::net::TcpStream;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use crate::app::{TestApp, on_both};
use crate::interview::Interview;
use crate::kept::{cases, missing};
use crate::process::{Process, ready_now};

/// What a device hears, or nothing where the server is gone.
fn send(app: &TestApp, device: &str, xml: &str) -> Option<u16> {
    let body = format!("--b\r\nContent-Disposition: form-data; name=\"xml_submission_file\"; filename=\"a.xml\"\r\n\r\n{xml}\r\n--b--\r\n");
    let request = ureq::http::Request::builder()
        .method("POST")
        .uri(format!("{}{device}/submission", app.url))
        .header("Content-Type", "multipart/form-data; boundary=b");
    app.agent.run(request.body(body.as_bytes()).unwrap()).ok().map(|response| response.status().as_u16())
}

on_both!(an_end_while_interviews_come_in_takes_ten_seconds_and_loses_none_that_was_acknowledged, |mut app| {
    let mut process = Process::beside(&mut app);
    let (device, day) = ready_now(&app);
    // A phone that has begun and does not go on.
    let mut slow = TcpStream::connect(app.url.strip_prefix("http://").unwrap()).unwrap();
    let head = format!(
        "POST {device}/submission HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 9999\r\n\r\n--b"
    );
    slow.write_all(head.as_bytes()).unwrap();
    let (stored, cases) = (Mutex::new(Vec::new()), cases());
    let took = thread::scope(|scope| {
        for part in cases.chunks(cases.len() / 3) {
            let (app, device, day, stored) = (&app, &device, &day, &stored);
            // Until nobody answers any more.
            scope.spawn(move || {
                for case in part.iter().cycle() {
                    match send(app, device, &Interview { case, id: case, day, ..Interview::default() }.xml()) {
                        Some(201) => stored.lock().unwrap().push(case.clone()),
                        Some(503) => {}
                        None => break,
                        Some(other) => panic!("{other}"),
                    }
                    thread::sleep(Duration::from_millis(20));
                }
            });
        }
        while stored.lock().unwrap().len() < 9 {
            thread::sleep(Duration::from_millis(5));
        }
        let begun = Instant::now();
        process.stop();
        begun.elapsed()
    });
    assert!(took < Duration::from_secs(10), "{took:?}");
    let stored = stored.into_inner().unwrap();
    assert_eq!(missing(app.store(), &app.folder, app.study, &stored), Vec::<String>::new());
    assert!(!process.words().contains("a defect"), "{}", process.words());
});
