//! The gate: nothing is listed, delivered or counted but within a committee's decision.

use kish::people::Role;
use serde_json::{Value, json};

use crate::app::{TestApp, by, on_both};
use crate::interview::Interview;

fn is_listed(app: &TestApp, device: &str) -> bool {
    app.call("GET", &format!("{device}/formList"), None, b"").expect(200).body.contains("<formID>tfvaw</formID>")
}

on_both!(nothing_approved_nothing_listed, |app| {
    app.publish();
    let device = app.enrol();
    assert!(!is_listed(&app, &device));
    app.call("GET", &format!("{device}/forms/tfvaw.xml"), None, b"").expect(404);
    app.submit(&device, &Interview::default().xml()).expect(202);
    assert_eq!(app.waiting(), ["outside-approval: 1"]);
    for verdict in ["returned", "rejected"] {
        app.approve(&json!({ "verdict": verdict })).expect(200);
        assert!(!is_listed(&app, &device));
    }
    app.approve(&json!({ "verdict": "approved-with-conditions", "conditions": "report every month" })).expect(200);
    assert!(is_listed(&app, &device));
});

on_both!(an_approval_outside_its_dates_lists_nothing, |app| {
    app.publish();
    let device = app.enrol();
    app.approve(&json!({ "validTo": "2026-11-20" })).expect(200);
    app.approve(&json!({ "validFrom": "2026-11-22" })).expect(200);
    assert!(!is_listed(&app, &device));
    // An interview taken while the first was in force is counted, though it arrives after its end.
    app.submit(&device, &Interview { day: "2026-11-19", ..Interview::default() }.xml()).expect(201);
    app.submit(&device, &Interview { case: "N-U-1-2", id: "uuid:2", day: "2026-11-21", ..Interview::default() }.xml()).expect(202);
});

on_both!(a_narrower_scope_holds, |app| {
    app.publish();
    let device = app.enrol();
    app.approve(&json!({ "languages": ["fr"], "sexes": [1], "minAge": 25 })).expect(200);
    let xform = app.call("GET", &format!("{device}/forms/tfvaw.xml"), None, b"").expect(200).body;
    assert!(xform.contains("Français (fr)") && !xform.contains("English (en)"));
    app.submit(&device, &Interview { language: "fr", ..Interview::default() }.xml()).expect(201);
    app.submit(&device, &Interview { id: "uuid:2", case: "N-U-1-2", ..Interview::default() }.xml()).expect(202);
    app.submit(&device, &Interview { id: "uuid:3", case: "N-U-1-3", language: "fr", age: 24, ..Interview::default() }.xml()).expect(202);
    app.submit(&device, &Interview { id: "uuid:4", case: "S-M-1-1", language: "fr", sex: 2, ..Interview::default() }.xml()).expect(202);
    assert_eq!((app.counted(), app.waiting()), (1, vec!["outside-approval: 3".to_owned()]));
});

on_both!(a_decision_is_made_once_by_another_person_and_in_full, |app| {
    app.publish();
    app.store().assign(by(), app.person(Role::Coordinator), app.study, Role::EthicsReviewer).wait().unwrap();
    let dossier = json!({ "objectives": "to measure and plan", "design": "two-stage sample", "privacy": "alone, decoy page", "distressAndReferral": "stop and refer", "dataManagement": "de-identified" });
    let review = app.study_call("POST", "/forms/tfvaw/reviews", Role::Coordinator, &dossier).expect(200).json()["id"].clone();
    let path = format!("/forms/tfvaw/reviews/{review}/decision");
    let decision = json!({
        "verdict": "approved", "committee": "Simulated committee", "reference": "1", "decidedOn": "2026-11-01", "validFrom": "2026-11-01",
        "validTo": "2026-12-31", "languages": ["en"], "modes": ["1"], "sexes": [1], "minAge": 18, "simulated": true,
    });
    let with = |key: &str, value: Value| {
        let mut changed = decision.clone();
        changed[key] = value;
        app.study_call("POST", &path, Role::EthicsReviewer, &changed)
    };
    app.study_call("POST", &path, Role::Coordinator, &decision).expect(403);
    for (key, value) in [
        ("committee", json!("")),
        ("minAge", json!(12)),
        ("languages", json!([])),
        ("languages", json!(["de"])),
        ("validTo", json!("2026-10-01")),
        ("verdict", json!("maybe")),
        ("extra", json!(1)),
    ] {
        let answer = with(key, value).expect(400);
        assert_eq!(answer.json()["code"], "invalid", "{key}");
    }
    // This study holds simulated data: a real approval is refused.
    with("simulated", json!(false)).expect(400);
    app.study_call("POST", &path, Role::EthicsReviewer, &decision).expect(200);
    app.study_call("POST", &path, Role::EthicsReviewer, &decision).expect(409);
    let shown = app.study_call("GET", &format!("/forms/tfvaw/reviews/{review}"), Role::EthicsReviewer, &Value::Null).expect(200).json();
    assert_eq!(shown["decision"]["committee"], "Simulated committee");
    assert!(shown["questionnaire"].as_str().unwrap().contains("Do you agree to take part?"));
    assert_eq!(shown["unreviewedLanguages"], json!(["fr", "es", "ar"]));
});

on_both!(a_changed_word_needs_a_new_version_and_a_new_approval, |app| {
    let device = app.ready();
    let answer = app
        .call(
            "POST",
            &format!("/v1/projects/{}/forms?publish=true", app.study),
            Some(Role::Coordinator),
            &crate::app::zipped(&crate::app::shipped_sheets()),
        )
        .expect(409);
    assert_eq!(answer.json()["code"], "conflict");
    assert!(is_listed(&app, &device));
});

on_both!(a_suspension_holds_from_the_next_request_until_it_is_lifted, |app| {
    let device = app.ready();
    assert!(is_listed(&app, &device));
    app.study_call("POST", "/suspension", Role::EthicsReviewer, &json!({ "reason": "" })).expect(400);
    let stop = app
        .study_call("POST", "/suspension", Role::EthicsReviewer, &json!({ "reason": "an enumerator was threatened" }))
        .expect(200)
        .json();
    assert!(!is_listed(&app, &device));
    app.call("GET", &format!("{device}/forms/tfvaw.xml"), None, b"").expect(404);
    app.submit(&device, &Interview::default().xml()).expect(202);
    let listed = app.study_call("GET", "/suspension", Role::Coordinator, &Value::Null).expect(200).json();
    assert_eq!(listed[0]["reason"], "an enumerator was threatened");
    let path = format!("/suspension/{}", stop["id"]);
    app.study_call("DELETE", &path, Role::Coordinator, &Value::Null).expect(403);
    app.study_call("DELETE", &path, Role::EthicsReviewer, &Value::Null).expect(200);
    app.study_call("DELETE", &path, Role::EthicsReviewer, &Value::Null).expect(404);
    assert!(is_listed(&app, &device));
    app.submit(&device, &Interview { id: "uuid:2", ..Interview::default() }.xml()).expect(201);
});
