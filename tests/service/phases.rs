//! A pilot and the main study: what is found in the one is never counted in the other, and never published.

use kish::ethics::Phase;
use kish::people::Role;
use kish::store::NewStudy;
use serde_json::{Value, json};

use crate::app::{TestApp, by, on_both};
use crate::interview::Interview;
use crate::tables::field_by;

/// The same people in a study that is a pilot.
fn pilot(mut app: TestApp) -> TestApp {
    let new = NewStudy { name: "Pilot".to_owned(), synthetic: true, phase: Phase::Pilot, ..NewStudy::default() };
    app.study = app.store().add_study(by(), new).wait().unwrap();
    for role in Role::ALL {
        app.store().assign(by(), app.person(role), app.study, role).wait().unwrap();
    }
    app
}

fn phase(app: &TestApp) -> Value {
    app.study_call("GET", "", Role::Analyst, &Value::Null).expect(200).json()["phase"].clone()
}

on_both!(a_study_is_main_unless_it_says_that_it_is_a_pilot, |app| {
    let make = |body: &Value| app.call("POST", "/v1/projects", Some(Role::Administrator), body.to_string().as_bytes());
    // The people of the tests have a role in one study alone, which is enough to make another.
    assert_eq!(make(&json!({ "name": "A" })).expect(200).json()["phase"], "main");
    let pilot = make(&json!({ "name": "B", "phase": "pilot", "weeklyInterviews": 10, "referralDays": 30 })).expect(200).json();
    assert_eq!((&pilot["phase"], &pilot["weeklyInterviews"], &pilot["referralDays"]), (&json!("pilot"), &json!(10), &json!(30)));
    make(&json!({ "name": "C", "phase": "rehearsal" })).expect(400);
    make(&json!({ "name": "C", "weeklyInterviews": 0 })).expect(400);
});

on_both!(a_pilot_becomes_the_main_study_before_anything_was_approved_and_never_after, |app| {
    let app = pilot(app);
    let to = |phase: &str| app.study_call("PATCH", "", Role::Coordinator, &json!({ "phase": phase }));
    app.publish();
    assert!(app.approve(&Value::Null).expect(400).body.contains("pilot study"), "an approval of the main study does not cover a pilot");
    app.approve(&json!({ "phase": "pilot", "verdict": "returned", "conditions": "ask fewer questions" })).expect(200);
    to("main").expect(200);
    assert_eq!(to("pilot").expect(409).json()["code"], "conflict");
    let app = pilot(app);
    app.publish();
    app.approve(&json!({ "phase": "pilot" })).expect(200);
    let refused = app.study_call("PATCH", "", Role::Coordinator, &json!({ "phase": "main" })).expect(409).json();
    assert!(refused["detail"].as_str().unwrap().contains("phones may hold"), "{refused}");
    assert_eq!(phase(&app), "pilot");
    app.study_call("PATCH", "", Role::Coordinator, &json!({ "weeklyInterviews": 12 })).expect(200);
    app.study_call("PATCH", "", Role::Coordinator, &json!({ "name": "another" })).expect(400);
    app.study_call("PATCH", "", Role::Supervisor, &json!({ "weeklyInterviews": 12 })).expect(403);
});

on_both!(a_pilots_tables_are_marked_and_for_the_statistician_alone, |app| {
    let main = app.study;
    let app = pilot(app);
    app.publish();
    app.approve(&json!({ "phase": "pilot" })).expect(200);
    let device = app.enrol();
    field_by(&app, &device);
    app.study_call("POST", "/weights", Role::Statistician, &json!({ "name": "w" })).expect(200);
    let path = "/tables?indicator=TFV_T01_12M";
    let table = app.study_call("GET", path, Role::Statistician, &Value::Null).expect(200).json();
    assert!(table["notice"].as_str().unwrap().contains("PILOT, not for publication"), "{table}");
    assert_eq!(table["provenance"]["phase"], "pilot");
    let csv = app.study_call("GET", "/tables.csv?indicator=TFV_T01_12M", Role::Statistician, &Value::Null).expect(200).body;
    assert!(csv.lines().next().unwrap().contains("PILOT, not for publication"), "{csv}");
    app.study_call("GET", path, Role::Analyst, &Value::Null).expect(403);
    app.study_call("GET", "/tables.csv?indicator=TFV_T01_12M", Role::Analyst, &Value::Null).expect(403);
    // The device of the pilot is none of the main study: its interviews cannot be sent there, however late.
    let elsewhere = device.replace(&format!("/projects/{}", app.study), &format!("/projects/{main}"));
    app.submit(&elsewhere, &Interview { id: "uuid:late", ..Interview::default() }.xml()).expect(403);
});
