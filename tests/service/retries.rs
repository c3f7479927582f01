//! Everything a device may send twice, changed, late, or at once.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use kish::store::DatabaseUrl;

use crate::app::on_both;
use crate::bad_input::raw;
use crate::interview::Interview;

on_both!(on_the_line_an_interview_that_counts_looks_like_one_that_was_set_aside, |app| {
    let device = app.ready();
    let sent = |case: &str| {
        let xml = Interview { case, id: case, ..Interview::default() }.xml();
        let body =
            format!("--b\r\nContent-Disposition: form-data; name=\"xml_submission_file\"; filename=\"a.xml\"\r\n\r\n{xml}\r\n--b--\r\n");
        let length = body.len();
        let address = app.url.trim_start_matches("http://").to_owned();
        let head = format!(
            "POST {device}/submission HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: {length}\r\n\r\n"
        );
        raw(&address, format!("{head}{body}").as_bytes())
    };
    let (counted, aside) = (sent("N-U-1-1"), sent("X-U-1-1"));
    assert!(
        counted.starts_with("HTTP/1.1 201") && aside.starts_with("HTTP/1.1 202") && aside.contains("x-kish-set-aside"),
        "{counted}\n{aside}"
    );
    assert_eq!(counted.len(), aside.len());
});

on_both!(an_edit_waits_until_interviews_that_are_being_written_are, |app| {
    // SQLite has one writer.
    let DatabaseUrl::Postgres(url) = DatabaseUrl::parse(&app.database).unwrap() else { return };
    let device = app.ready();
    let mut other = PgConnection::establish(&url).unwrap();
    // As another server that writes interviews.
    other.batch_execute("BEGIN; SELECT pg_advisory_xact_lock_shared(x'6b69736800'::bigint)").unwrap();
    let edit = Interview { id: "uuid:2", deprecated: Some("uuid:1"), age: 35, ..Interview::default() };
    thread::scope(|scope| {
        let sent = scope.spawn(|| app.submit(&device, &edit.xml()));
        thread::sleep(Duration::from_millis(500));
        assert!(!sent.is_finished());
        other.batch_execute("COMMIT").unwrap();
        sent.join().unwrap().expect(201);
    });
    other.batch_execute("BEGIN; SELECT pg_advisory_xact_lock_shared(x'6b69736800'::bigint)").unwrap();
    app.submit(&device, &Interview { case: "N-U-1-2", id: "uuid:3", ..Interview::default() }.xml()).expect(201);
    assert_eq!(app.counted(), 2, "others go side by side");
});

on_both!(the_same_interview_again_makes_no_second_row, |app| {
    let device = app.ready();
    let xml = Interview::default().xml();
    for _ in 0..3 {
        app.submit(&device, &xml).expect(201);
    }
    // Another client writes the same content with other prefixes and spaces.
    app.submit(&device, &xml.replace("orx:", "").replace("><", ">\n<")).expect(201);
    assert_eq!(app.counted(), 1);
    assert!(app.waiting().is_empty());
});

on_both!(the_same_id_with_other_content_keeps_both, |app| {
    let device = app.ready();
    app.submit(&device, &Interview::default().xml()).expect(201);
    let other = Interview { age: 35, ..Interview::default() }.xml();
    app.submit(&device, &other).expect(202);
    app.submit(&device, &other).expect(202);
    assert_eq!(app.counted(), 1);
    assert_eq!(app.waiting(), ["conflict: 1"]);
});

on_both!(an_edit_takes_the_place_of_what_it_edits, |app| {
    let device = app.ready();
    let original = Interview::default().xml();
    let edit = Interview { id: "uuid:2", deprecated: Some("uuid:1"), age: 35, ..Interview::default() }.xml();
    app.submit(&device, &original).expect(201);
    app.submit(&device, &edit).expect(201);
    app.submit(&device, &edit).expect(201);
    // A phone that lost the first answer sends the original once more.
    app.submit(&device, &original).expect(201);
    let late = Interview { id: "uuid:3", deprecated: Some("uuid:1"), age: 36, ..Interview::default() }.xml();
    app.submit(&device, &late).expect(202);
    assert_eq!(app.counted(), 1);
    assert_eq!(app.waiting(), ["edit-of-older: 1"]);
    let version = app.store().form_versions(app.study).unwrap()[0].id;
    assert_eq!(app.store().responses(app.study, version).unwrap()[0].age_years, Some(35));
});

on_both!(an_edit_may_come_before_what_it_edits, |app| {
    let device = app.ready();
    app.submit(&device, &Interview { id: "uuid:2", deprecated: Some("uuid:1"), age: 35, ..Interview::default() }.xml()).expect(201);
    app.submit(&device, &Interview::default().xml()).expect(201);
    let version = app.store().form_versions(app.study).unwrap()[0].id;
    let responses = app.store().responses(app.study, version).unwrap();
    assert_eq!(responses.iter().map(|r| r.age_years).collect::<Vec<_>>(), [Some(35)]);
});

on_both!(without_an_id_the_content_is_the_id, |app| {
    let device = app.ready();
    let xml = Interview::default().xml().replace("<orx:instanceID>uuid:1</orx:instanceID>", "");
    app.submit(&device, &xml).expect(201);
    app.submit(&device, &xml).expect(201);
    assert_eq!(app.counted(), 1);
});

on_both!(what_cannot_be_counted_is_kept_and_not_asked_for_again, |app| {
    let device = app.ready();
    let sent = [
        (Interview { version: "1", id: "uuid:a", ..Interview::default() }.xml(), "unknown-form"),
        (Interview { case: "X-9", id: "uuid:b", ..Interview::default() }.xml(), "unknown-case"),
        (Interview { day: "2026-10-02", id: "uuid:c", ..Interview::default() }.xml(), "outside-approval"),
        (Interview { sex: 2, id: "uuid:d", ..Interview::default() }.xml(), "other-sex"),
        (Interview { id: "uuid:e", ..Interview::default() }.xml().replace("<consent>1<", "<consent>2<"), "does-not-fit"),
        ("<data id='tfvaw' version='2026112201' encrypted='yes'><base64EncryptedKey>x</base64EncryptedKey></data>".to_owned(), "encrypted"),
    ];
    for (xml, reason) in &sent {
        let answer = app.submit(&device, xml).expect(202);
        assert!(answer.body.contains("submit_success"), "{reason}: {}", answer.body);
        app.submit(&device, xml).expect(202);
    }
    assert_eq!(app.counted(), 0);
    let mut expected: Vec<String> = sent.iter().map(|(_, reason)| format!("{reason}: 1")).collect();
    expected.sort();
    assert_eq!(app.waiting(), expected);
});

on_both!(a_second_interview_of_a_case_waits, |app| {
    let device = app.ready();
    app.submit(&device, &Interview::default().xml()).expect(201);
    app.submit(&device, &Interview { id: "uuid:2", ..Interview::default() }.xml()).expect(202);
    assert_eq!(app.waiting(), ["case-answered: 1"]);
});

on_both!(a_closed_form_takes_in_sealed_and_still_knows_what_it_had, |app| {
    let device = app.ready();
    app.submit(&device, &Interview::default().xml()).expect(201);
    app.study_call("PATCH", "/forms/tfvaw", kish::people::Role::Coordinator, &serde_json::json!({ "state": "closed" })).expect(200);
    assert!(!app.call("GET", &format!("{device}/formList"), None, b"").expect(200).body.contains("<formID>"));
    app.submit(&device, &Interview::default().xml()).expect(201);
    app.submit(&device, &Interview { case: "N-U-1-2", id: "uuid:2", ..Interview::default() }.xml()).expect(202);
    assert_eq!((app.counted(), app.waiting()), (1, vec!["closed-form: 1".to_owned()]));
});

on_both!(a_file_the_form_did_not_ask_for_waits_and_the_interview_counts, |app| {
    let device = app.ready();
    let xml = Interview::default().xml();
    let parts = [("*isIncomplete*", "yes"), ("photo.jpg", "bytes of a picture")];
    app.submit_with(&device, &xml, &parts).expect(201);
    app.submit_with(&device, &xml, &parts).expect(201);
    app.submit_with(&device, &xml, &[("second.jpg", "other bytes")]).expect(201);
    assert_eq!((app.counted(), app.waiting()), (1, vec!["unexpected-file: 2".to_owned()]));
});

on_both!(sixty_four_posts_of_one_interview_at_once_make_one_row, |app| {
    app.ready();
    // A device sends four bodies at once at most.
    let devices: Vec<String> = (0..16).map(|_| app.enrol()).collect();
    let (app, xml) = (Arc::new(app), Interview::default().xml());
    let posts: Vec<_> = (0..64)
        .map(|n| {
            let (app, device, xml) = (Arc::clone(&app), devices[n % 16].clone(), xml.clone());
            thread::spawn(move || app.submit(&device, &xml).status)
        })
        .collect();
    let answers: Vec<u16> = posts.into_iter().map(|p| p.join().unwrap()).collect();
    assert_eq!(answers, [201; 64]);
    assert_eq!(app.counted(), 1);
    assert!(app.waiting().is_empty());
});
