//! The gate: nothing is listed, delivered or counted but within a committee's decision.

use std::time::{Duration, Instant};

use kish::people::Role;
use serde_json::{Value, json};

use crate::app::{TestApp, by, on_both};
use crate::committee::{decision, dossier, with};
use crate::forms::workbook;
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
        app.approve(&json!({ "verdict": verdict, "conditions": "ask fewer questions" })).expect(200);
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
    let review = app.ask(&Value::Null).expect(200).json()["id"].clone();
    let path = format!("/forms/tfvaw/reviews/{review}/decision");
    let decision = with(decision(), &json!({ "languages": ["en"] }));
    let decided =
        |key: &str, value: Value| app.study_call("POST", &path, Role::EthicsReviewer, &with(decision.clone(), &json!({ key: value })));
    app.study_call("POST", &path, Role::Coordinator, &decision).expect(403);
    for (key, value) in [
        ("committee", json!("")),
        ("minAge", json!(12)),
        ("languages", json!([])),
        ("languages", json!(["de"])),
        ("validTo", json!("2026-10-01")),
        ("verdict", json!("maybe")),
        ("verdict", json!("approved-with-conditions")),
        ("phase", json!("pilot")),
        ("areas", json!(["west"])),
        ("liftedRules", json!(["I09"])),
        ("minAge", json!(15)),
        ("modes", json!(["3"])),
        ("extra", json!(1)),
    ] {
        let answer = decided(key, value).expect(400);
        assert_eq!(answer.json()["code"], "invalid", "{key}");
    }
    // This study holds simulated data: a real approval is refused.
    decided("simulated", json!(false)).expect(400);
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

on_both!(a_suspended_study_refuses_a_form_request_within_the_same_second, |app| {
    let device = app.ready();
    app.call("GET", &format!("{device}/forms/tfvaw.xml"), None, b"").expect(200);
    app.study_call("POST", "/suspension", Role::EthicsReviewer, &json!({ "reason": "harm was done" })).expect(200);
    let begun = Instant::now();
    app.call("GET", &format!("{device}/forms/tfvaw.xml"), None, b"").expect(404);
    assert!(begun.elapsed() < Duration::from_secs(1), "the server's word must come as fast as it holds");
});

on_both!(a_stop_of_one_area_holds_there_and_nowhere_else, |app| {
    let device = app.ready();
    let stop = |body: Value| app.study_call("POST", "/suspension", Role::EthicsReviewer, &body);
    // A stop that stops nothing would be taken for one that holds.
    assert!(stop(json!({ "reason": "unrest", "area": "west" })).expect(400).body.contains("north, south"));
    stop(json!({ "reason": "unrest", "formId": "other" })).expect(400);
    let id = stop(json!({ "reason": "unrest", "area": "north" })).expect(200).json()["id"].clone();
    assert_eq!(app.study_call("GET", "/suspension", Role::Supervisor, &Value::Null).expect(200).json()[0]["area"], "north");
    assert!(is_listed(&app, &device), "a phone may be in another area");
    app.submit(&device, &Interview::default().xml()).expect(202);
    app.submit(&device, &Interview { case: "S-U-1-1", id: "uuid:2", ..Interview::default() }.xml()).expect(201);
    app.study_call("DELETE", &format!("/suspension/{id}"), Role::EthicsReviewer, &Value::Null).expect(200);
    app.submit(&device, &Interview { case: "N-U-1-2", id: "uuid:3", ..Interview::default() }.xml()).expect(201);
});

on_both!(an_approval_covers_the_areas_it_names, |app| {
    app.publish();
    let device = app.enrol();
    app.approve(&json!({ "areas": ["south"] })).expect(200);
    app.submit(&device, &Interview::default().xml()).expect(202);
    app.submit(&device, &Interview { case: "S-U-1-1", id: "uuid:2", ..Interview::default() }.xml()).expect(201);
    assert_eq!(app.waiting(), ["outside-approval: 1"]);
});

on_both!(an_expired_approval_sets_aside_an_interview_dated_after_it_and_takes_one_dated_before_it, |app| {
    app.publish();
    let device = app.enrol();
    app.approve(&json!({ "validTo": "2026-11-18" })).expect(200);
    app.submit(&device, &Interview { day: "2026-11-19", ..Interview::default() }.xml()).expect(202);
    app.submit(&device, &Interview { case: "N-U-1-2", id: "uuid:2", day: "2026-11-18", ..Interview::default() }.xml()).expect(201);
    assert_eq!((app.counted(), app.waiting()), (1, vec!["outside-approval: 1".to_owned()]));
    let reviews = app.study_call("GET", "/forms/tfvaw/reviews", Role::EthicsReviewer, &Value::Null).expect(200).json();
    let expected = json!({
        "id": reviews[0]["id"], "version": "2026112201", "amends": null, "verdict": "approved", "phase": "main",
        "validFrom": "2026-11-01", "validTo": "2026-11-18", "isInForce": false,
    });
    assert_eq!(reviews, json!([expected]));
});

fn publish(app: &TestApp, query: &str, replace: &[(&str, &str)]) -> crate::app::Answer {
    app.call("POST", &format!("/v1/projects/{}/forms?publish=true{query}", app.study), Some(Role::Coordinator), &workbook(replace))
}

on_both!(an_edited_label_voids_the_approval, |app| {
    let device = app.ready();
    publish(&app, "", &[("2026112201", "2"), ("Do you agree to take part?", "Do you want to take part?")]).expect(200);
    let served = app.call("GET", &format!("{device}/forms/tfvaw.xml"), None, b"").expect(200).body;
    assert!(served.contains("Do you agree to take part?"), "the approved words stay, and the edited ones are not asked");
    app.submit(&device, &Interview { version: "2", ..Interview::default() }.xml()).expect(202);
    assert_eq!(app.waiting(), ["outside-approval: 1"]);
});

on_both!(an_amendment_names_the_approved_version_and_shows_the_difference, |app| {
    let device = app.ready();
    publish(&app, "", &[("2026112201", "2"), ("Do you agree to take part?", "Do you want to take part?")]).expect(200);
    assert!(app.ask(&Value::Null).expect(400).body.contains("2026112201"));
    app.ask(&json!({ "amends": "none" })).expect(400);
    let review = app.ask(&json!({ "amends": "2026112201" })).expect(200).json()["id"].clone();
    let shown = app.study_call("GET", &format!("/forms/tfvaw/reviews/{review}"), Role::EthicsReviewer, &Value::Null).expect(200).json();
    assert_eq!(shown["changes"]["since"], "2026112201");
    assert_eq!(shown["changes"]["changes"].as_array().unwrap().len(), 1, "{}", shown["changes"]);
    app.decide(&review, &decision()).expect(200);
    let list = app.call("GET", &format!("{device}/formList"), None, b"").expect(200).body;
    assert!(list.contains("<version>2</version>"), "{list}");
    // The first version names nothing: it is nobody's amendment, also when it is looked at again.
    app.ask(&json!({ "version": "2026112201" })).expect(200);
    app.ask(&json!({ "version": "2026112201", "amends": "2" })).expect(400);
});

on_both!(a_rule_of_the_screen_is_lifted_by_its_name_alone, |app| {
    app.publish();
    let titled = [("2026112201", "2"), ("Health, safety and digital life", "Health, violence and digital life")];
    let refused = publish(&app, "", &titled).expect(422).json();
    assert_eq!((&refused["errors"][0]["rule"], &refused["errors"][1]["rule"]), (&json!("S01"), &json!("S02")), "{refused}");
    assert!(publish(&app, "&lift=I03", &titled).expect(400).body.contains("I09"), "what takes in a place is never lifted");
    publish(&app, "&lift=S01", &titled).expect(422);
    publish(&app, "&lift=S01,S02", &titled).expect(200);
    let review = app.ask(&Value::Null).expect(200).json()["id"].clone();
    let shown = app.study_call("GET", &format!("/forms/tfvaw/reviews/{review}"), Role::EthicsReviewer, &Value::Null).expect(200).json();
    assert_eq!(shown["identifierScreen"][1]["rule"], "S02");
    let lifting = |rules: Value| app.decide(&review, &with(decision(), &json!({ "liftedRules": rules })));
    assert!(lifting(json!([])).expect(400).body.contains("by S01"));
    assert!(lifting(json!(["S01"])).expect(400).body.contains("by S02"));
    assert!(lifting(json!(["S01", "S02", "I09"])).expect(400).body.contains("nothing by I09"));
    lifting(json!(["S01", "S02"])).expect(200);
    assert!(is_listed(&app, &app.enrol()));
});

on_both!(a_dossier_that_leaves_out_a_field_is_not_asked_about, |app| {
    app.publish();
    for (field, value) in dossier().as_object().unwrap() {
        let empty = if value.is_number() { json!(0) } else { json!("") };
        assert!(app.ask(&json!({ field.as_str(): empty })).expect(400).body.contains(field.as_str()), "{field}");
    }
    app.ask(&json!({ "extra": "a field nobody asked for" })).expect(400);
    // People under 18 and talks at a distance need fields of their own.
    let told = json!({ "guardianConsent": "asked at home, before assent", "remoteSafety": "a safe time and a phrase to stop" });
    let review = app.ask(&told).expect(200).json()["id"].clone();
    app.decide(&review, &with(decision(), &json!({ "minAge": 15, "modes": ["1", "3"] }))).expect(200);
});
