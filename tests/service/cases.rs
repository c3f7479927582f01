//! Where a device works, and what it is told of the cases there.

use kish::people::Role;
use serde_json::{Value, json};

use crate::app::{Answer, TestApp, on_both};
use crate::interview::Interview;

fn devices(app: &TestApp) -> Value {
    app.study_call("GET", "/app-users", Role::Supervisor, &Value::Null).expect(200).json()
}

/// Gives the first device its PSUs.
fn give(app: &TestApp, psus: &Value) -> Answer {
    app.study_call("PUT", &format!("/app-users/{}/psus", devices(app)[0]["id"]), Role::Coordinator, &json!({ "psus": psus }))
}

fn cases(app: &TestApp, device: &str) -> Value {
    app.call("GET", &format!("{device}/cases"), None, b"").expect(200).json()
}

on_both!(a_device_is_told_the_cases_of_its_psus_and_nothing_of_their_answers, |app| {
    let device = app.ready();
    assert_eq!(cases(&app, &device), json!({ "cases": [] }));
    give(&app, &json!(["n-u/2", "s-m/1", "n-u/2"])).expect(200);
    assert_eq!(devices(&app)[0]["psus"], json!(["n-u/2", "s-m/1"]));
    let told = cases(&app, &device);
    let all = told["cases"].as_array().unwrap();
    assert_eq!((all.len(), &all[0]), (20, &json!({ "case": "N-U-2-1", "psu": "2", "stratum": "n-u" })));
    let other = app.enrol();
    assert_eq!(cases(&app, &other), json!({ "cases": [] }), "another device is told nothing");
    app.submit(&device, &Interview { case: "N-U-2-1", ..Interview::default() }.xml()).expect(201);
    assert_eq!(cases(&app, &device), told, "who has answered is not said");
    give(&app, &json!([])).expect(200);
    assert_eq!(cases(&app, &device), json!({ "cases": [] }));
});

on_both!(a_psu_is_named_without_doubt_or_not_at_all, |app| {
    app.ready();
    for (psus, pointer, word) in [
        (json!(["n-u/2", "2"]), "/psus/1", "several strata"),
        (json!(["secret"]), "/psus/0", "no such PSU"),
        (json!([""]), "/psus/0", "no such"),
    ] {
        let refused = give(&app, &psus).expect(400);
        let error = &refused.json()["errors"][0];
        assert!(error["pointer"] == pointer && error["detail"].as_str().unwrap().contains(word), "{error}");
        assert!(!refused.body.contains("secret"));
    }
    app.study_call("PUT", "/app-users/999999/psus", Role::Coordinator, &json!({ "psus": [] })).expect(404);
    give(&app, &json!(["s-u/3"])).expect(200);
    let frame = "case,stratum,psu,base_weight,region,urban,sex\nA,s-u,3,10,north,U,1\nB,s-u,4,10,south,U,1\n";
    app.call("PUT", &format!("/v1/projects/{}/frame", app.study), Some(Role::Coordinator), frame.as_bytes()).expect(200);
    assert_eq!(devices(&app)[0]["psus"], json!([]), "another frame has other PSUs");
    app.study_call("DELETE", &format!("/app-users/{}", devices(&app)[0]["id"]), Role::Coordinator, &Value::Null).expect(200);
    give(&app, &json!(["s-u/3"])).expect(404);
});

on_both!(how_far_the_sample_is_worked_through_is_counted_by_psu_and_week, |app| {
    let device = app.ready();
    for (case, id) in [("N-U-1-1", "a"), ("N-U-1-2", "b"), ("S-U-2-1", "c")] {
        app.submit(&device, &Interview { case, id, ..Interview::default() }.xml()).expect(201);
    }
    let fieldwork = app.study_call("GET", "/fieldwork", Role::Supervisor, &Value::Null).expect(200).json();
    let progress = fieldwork["progress"].as_array().unwrap();
    assert_eq!(progress.len(), 12);
    let ended: Vec<_> = progress.iter().filter(|p| p["ended"] != 0).collect();
    assert_eq!(ended[0], &json!({ "stratum": "n-u", "psu": "1", "cases": 10, "ended": 2 }));
    assert_eq!(ended[1], &json!({ "stratum": "s-u", "psu": "2", "cases": 10, "ended": 1 }));
    let weeks = fieldwork["weeks"].as_array().unwrap();
    assert_eq!(weeks.len(), 1);
    assert_eq!((&weeks[0]["interviews"], &weeks[0]["ended"]), (&json!(3), &json!(3)));
    let study = app.study_call("GET", "", Role::EthicsReviewer, &Value::Null).expect(200).json();
    assert_eq!(study["regions"], json!(["north", "south"]));
});
