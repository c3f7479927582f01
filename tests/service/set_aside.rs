//! What is set aside: listed without content, decided about by a reviewer, released through the one way in, destroyed without a trace.

use std::time::{Duration, Instant};

use kish::people::Role;
use serde_json::{Value, json};

use crate::app::{Answer, TestApp, on_both};
use crate::interview::Interview;

impl TestApp {
    /// The records in a state, as they are listed.
    pub fn records(&self, state: &str) -> Vec<Value> {
        let answer = self.study_call("GET", &format!("/set-aside?state={state}"), Role::EthicsReviewer, &Value::Null).expect(200).json();
        answer["records"].as_array().unwrap().clone()
    }

    /// Enters a reviewer's decision about a record.
    pub fn settle(&self, record: &Value, decision: &str) -> Answer {
        let body = json!({ "decision": decision, "because": "looked at by the committee" });
        self.study_call("POST", &format!("/set-aside/{}/decision", record["id"]), Role::EthicsReviewer, &body)
    }
}

/// The one record that waits.
#[track_caller]
fn only(app: &TestApp) -> Value {
    let records = app.records("waiting");
    assert_eq!(records.len(), 1, "{records:?}");
    records[0].clone()
}

/// Opens the one record that waits at the office and sends it in again.
fn send_again(app: &TestApp, device: &str, record: &Value) -> Answer {
    app.submit(device, app.opened(record)["xml"].as_str().unwrap())
}

on_both!(a_record_is_listed_without_its_content, |app| {
    let device = app.ready();
    app.submit(&device, &Interview { day: "2026-10-02", ..Interview::default() }.xml()).expect(202);
    app.submit(&device, &Interview { version: "1", id: "uuid:2", ..Interview::default() }.xml()).expect(202);
    let mut records = app.records("waiting");
    records.sort_by_key(|r| r["reason"].to_string());
    let number = records[0]["id"].as_i64().unwrap();
    assert!(number > 1000, "a number from 1 on would tell the order");
    records.iter_mut().for_each(|r| r["id"] = json!(0));
    let mut known = json!({
        "id": 0, "kind": "interview", "of": null, "reason": "outside-approval", "state": "waiting", "isoWeek": "2026-W47",
        "xmlFormId": "tfvaw", "version": "2026112201", "size": "up to 16 kB", "opensWith": "reviewer", "destroyAfter": "2027-05-20",
    });
    assert_eq!(records[0], known);
    // What a phone calls a form that is not known here is sealed with the rest.
    (known["reason"], known["xmlFormId"], known["version"]) = (json!("unknown-form"), Value::Null, Value::Null);
    assert_eq!(records[1], known);
    app.study_call("GET", "/set-aside?state=lost", Role::EthicsReviewer, &Value::Null).expect(400);
});

on_both!(what_is_released_comes_in_again_once, |app| {
    let device = app.ready();
    let xml = Interview { day: "2026-10-02", ..Interview::default() }.xml();
    let answer = app.submit(&device, &xml).expect(202);
    assert_eq!(answer.header("X-Kish-Set-Aside"), "outside-approval");
    let record = only(&app);
    send_again(&app, &device, &record).expect(202);
    assert_eq!(app.counted(), 0, "nothing passes before a decision");
    app.settle(&record, "release").expect(200);
    app.settle(&record, "release").expect(409);
    let opened = app.opened(&record);
    for _ in 0..2 {
        app.submit(&device, opened["xml"].as_str().unwrap()).expect(201);
    }
    // The phone that never heard the first answer.
    app.submit(&device, &xml).expect(201);
    assert_eq!((app.counted(), app.waiting()), (1, vec![]));
    let left = app.records("counted");
    assert_eq!((left.len(), &left[0]["size"]), (1, &json!("nothing left")));
    app.study_call("GET", &format!("/set-aside/{}", record["id"]), Role::EthicsReviewer, &Value::Null).expect(404);
});

on_both!(released_the_phones_own_repetition_is_counted_too, |app| {
    let device = app.ready();
    let xml = Interview { day: "2026-10-02", ..Interview::default() }.xml();
    app.submit(&device, &xml).expect(202);
    app.settle(&only(&app), "release").expect(200);
    app.submit(&device, &xml).expect(201);
    app.submit(&device, &xml).expect(201);
    assert_eq!((app.counted(), app.records("counted").len()), (1, 1));
});

on_both!(a_release_lets_pass_what_it_was_set_aside_for_and_nothing_else, |app| {
    let device = app.ready();
    let sent = Interview { sex: 2, day: "2026-10-02", ..Interview::default() }.xml();
    app.submit(&device, &sent).expect(202);
    let record = only(&app);
    app.settle(&record, "release").expect(200);
    let answer = send_again(&app, &device, &record).expect(202);
    assert_eq!(answer.header("X-Kish-Set-Aside"), "other-sex");
    let again = only(&app);
    assert_eq!((&again["id"], &again["reason"]), (&record["id"], &json!("other-sex")));
    app.settle(&again, "release").expect(200);
    send_again(&app, &device, &record).expect(201);
    assert_eq!(app.counted(), 1);
});

on_both!(answers_that_do_not_fit_come_in_only_if_they_fit, |app| {
    let device = app.ready();
    let unfit = Interview::default().xml().replace("<consent>1<", "<consent>2<");
    app.submit(&device, &unfit).expect(202);
    let record = only(&app);
    app.settle(&record, "release").expect(200);
    assert_eq!(send_again(&app, &device, &record).expect(202).header("X-Kish-Set-Aside"), "does-not-fit");
    app.settle(&only(&app), "destroy").expect(200);
    // An identifier made this one unfit; it is cut, and what is left fits.
    let named = Interview { id: "uuid:2", ..Interview::default() }.xml().replace("</arrival>", "<username>Kanari</username></arrival>");
    app.submit(&device, &named).expect(202);
    let record = only(&app);
    app.settle(&record, "release").expect(200);
    app.submit(&device, &named).expect(202);
    send_again(&app, &device, &record).expect(201);
    send_again_is_over(&app, &record);
    app.submit(&device, &named).expect(201);
    assert_eq!((app.counted(), app.waiting()), (1, vec![]));
});

fn send_again_is_over(app: &TestApp, record: &Value) {
    app.study_call("GET", &format!("/set-aside/{}", record["id"]), Role::EthicsReviewer, &Value::Null).expect(404);
}

on_both!(a_second_interview_released_takes_the_place_of_the_first, |app| {
    let device = app.ready();
    app.submit(&device, &Interview::default().xml()).expect(201);
    for (id, age, reason) in [("uuid:2", 35, "case-answered"), ("uuid:1", 36, "conflict")] {
        app.submit(&device, &Interview { id, age, ..Interview::default() }.xml()).expect(202);
        let record = only(&app);
        assert_eq!(record["reason"], reason);
        app.settle(&record, "release").expect(200);
        send_again(&app, &device, &record).expect(201);
        let version = app.store().form_versions(app.study).unwrap()[0].id;
        let ages: Vec<_> = app.store().responses(app.study, version).unwrap().iter().map(|r| r.age_years).collect();
        assert_eq!(ages, [Some(age)]);
    }
});

on_both!(an_edit_into_a_case_that_has_an_interview_leaves_both_as_they_are, |app| {
    let device = app.ready();
    app.submit(&device, &Interview::default().xml()).expect(201);
    app.submit(&device, &Interview { id: "uuid:2", case: "N-U-1-2", ..Interview::default() }.xml()).expect(201);
    app.submit(&device, &Interview { id: "uuid:3", deprecated: Some("uuid:2"), ..Interview::default() }.xml()).expect(202);
    assert_eq!((app.counted(), app.waiting()), (2, vec!["case-answered: 1".to_owned()]));
});

on_both!(without_an_approval_of_the_very_form_or_while_it_is_stopped_nothing_is_released, |app| {
    app.publish();
    let device = app.enrol();
    app.submit(&device, &Interview::default().xml()).expect(202);
    let record = only(&app);
    app.settle(&record, "release").expect(200);
    send_again(&app, &device, &record).expect(202);
    app.approve(&json!({ "validTo": "2026-11-02" })).expect(200);
    app.study_call("POST", "/suspension", Role::EthicsReviewer, &json!({ "reason": "harm was reported" })).expect(200);
    app.settle(&record, "release").expect(200);
    send_again(&app, &device, &record).expect(202);
    let stop = app.study_call("GET", "/suspension", Role::EthicsReviewer, &Value::Null).expect(200).json();
    app.study_call("DELETE", &format!("/suspension/{}", stop[0]["id"]), Role::EthicsReviewer, &Value::Null).expect(200);
    app.settle(&record, "release").expect(200);
    send_again(&app, &device, &record).expect(201);
    assert_eq!(app.counted(), 1);
});

on_both!(files_are_decided_with_their_interview_or_destroyed_by_themselves, |app| {
    let device = app.ready();
    let unfit = Interview::default().xml().replace("<consent>1<", "<consent>2<");
    app.submit_with(&device, &unfit, &[("a.jpg", "picture")]).expect(202);
    app.submit_with(&device, &unfit, &[("b.jpg", "another")]).expect(202);
    assert_eq!(app.waiting(), ["does-not-fit: 1", "unexpected-file: 2"]);
    let records = app.records("waiting");
    let interview = records.iter().find(|r| r["kind"] == "interview").unwrap();
    let file = records.iter().find(|r| r["kind"] == "file").unwrap();
    assert_eq!(file["of"], interview["id"]);
    app.settle(file, "release").expect(409);
    app.settle(file, "destroy").expect(200);
    app.settle(interview, "destroy").expect(200);
    app.submit_with(&device, &unfit, &[("a.jpg", "picture"), ("late.jpg", "later")]).expect(201);
    assert_eq!((app.waiting(), app.records("destroyed").len()), (vec![], 3));
});

/// Whether the bytes stand in any file of the database.
fn is_on_disk(app: &TestApp, bytes: &[u8]) -> bool {
    let files = std::fs::read_dir(&app.folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    files.map(|path| std::fs::read(path).unwrap()).any(|content| content.windows(bytes.len()).any(|window| window == bytes))
}

on_both!(what_is_destroyed_leaves_no_byte_and_is_not_asked_for_again, |app| {
    let device = app.ready();
    let xml = Interview { day: "2026-10-02", ..Interview::default() }.xml();
    app.submit(&device, &xml).expect(202);
    let sealed = app.store().sealed_records(app.study).unwrap().remove(0);
    let piece = &sealed[sealed.len() / 2..][..48];
    let is_file = app.folder.join("kish.sqlite").exists();
    assert_eq!(is_on_disk(&app, piece), is_file);
    let record = only(&app);
    app.settle(&record, "destroy").expect(200);
    assert!(!is_on_disk(&app, piece));
    assert!(app.store().sealed_records(app.study).unwrap().is_empty());
    app.submit(&device, &xml).expect(201);
    app.settle(&record, "release").expect(409);
    app.settle(&record, "destroy").expect(409);
    assert_eq!((app.counted(), app.waiting()), (0, vec![]));
});

on_both!(what_is_past_its_date_is_destroyed_when_the_server_starts, |mut app| {
    let device = app.ready();
    let xml = Interview { day: "2026-10-02", ..Interview::default() }.xml();
    app.submit(&device, &xml).expect(202);
    assert_eq!(only(&app)["destroyAfter"], "2027-05-20");
    assert_eq!(app.store().destroy_due("2027-05-20".to_owned()).wait().unwrap(), 0);
    // Nobody is signed in by then.
    let destroyed = |app: &TestApp| app.store().set_aside_records(app.study, "destroyed").unwrap().len();
    app.store().note_retention("2027-05-14".to_owned()).wait().unwrap();
    app.at("2027-05-21T00:00:00Z");
    let begun = Instant::now();
    while destroyed(&app) == 0 {
        assert!(begun.elapsed() < Duration::from_secs(20), "it was not destroyed");
    }
    // The device of the test is no longer enrolled by then; the tombstone holds on the first server's day too.
    app.at(crate::app::NOW);
    assert!(app.records("waiting").is_empty());
    app.submit(&device, &xml).expect(201);
    assert_eq!(app.counted(), 0);
});

on_both!(who_collects_or_counts_does_not_decide, |app| {
    let device = app.ready();
    app.submit(&device, &Interview { day: "2026-10-02", ..Interview::default() }.xml()).expect(202);
    let record = only(&app);
    let decision = json!({ "decision": "release", "because": "the numbers are low" });
    app.study_call("POST", &format!("/set-aside/{}/decision", record["id"]), Role::Coordinator, &decision).expect(403);
    app.store().assign(crate::app::by(), app.person(Role::EthicsReviewer), app.study, Role::Statistician).wait().unwrap();
    app.settle(&record, "release").expect(403);
    app.study_call("POST", &format!("/set-aside/{}/decision", record["id"]), Role::EthicsReviewer, &json!({ "decision": "release" }))
        .expect(400);
});
