//! Whom weights stand for where interviews were held with several versions of the form.

use kish::people::Role;
use serde_json::{Value, json};

use crate::app::{Answer, TestApp, on_both};
use crate::committee::decision;
use crate::forms::workbook;
use crate::interview::Interview;

const FIRST: &str = "2026112201";

fn make(app: &TestApp, recipe: &Value) -> Answer {
    app.study_call("POST", "/weights", Role::Statistician, recipe)
}

fn vacant(case: &str, version: &str) -> String {
    format!(
        "<?xml version='1.0'?><data id=\"tfvaw\" version=\"{version}\" xmlns:orx=\"http://openrosa.org/xforms\">\
         <start>2026-11-18T10:00:00.000+01:00</start><end>2026-11-18T10:01:00.000+01:00</end><today>2026-11-18</today><mode>1</mode>\
         <min_age>18</min_age><distress_protocol>0</distress_protocol><draw>410000</draw>\
         <arrival><case_code>{case}</case_code><interview_language>en</interview_language><fielded_sex>1</fielded_sex><visit>12</visit></arrival>\
         <result>12</result><orx:meta><orx:instanceID>uuid:{case}</orx:instanceID></orx:meta></data>"
    )
}

on_both!(weights_of_one_version_are_named_and_count_how_the_cases_of_the_others_ended, |app| {
    let device = app.ready();
    let interview = |version: &str, case: &str, sex: u8| {
        let id = format!("uuid:{case}");
        app.submit(&device, &Interview { case, id: &id, sex, version, ..Interview::default() }.xml()).expect(201);
    };
    (1..=9).for_each(|case| interview(FIRST, &format!("N-U-1-{case}"), 1));
    app.submit(&device, &vacant("N-U-1-10", FIRST)).expect(201);
    assert_eq!(make(&app, &json!({ "name": "early" })).expect(422).json()["code"], "cannot-compute", "three strata are empty");

    let second = workbook(&[(FIRST, "2"), ("Do you agree to take part?", "Do you want to take part?")]);
    app.call("POST", &format!("/v1/projects/{}/forms?publish=true", app.study), Some(Role::Coordinator), &second).expect(200);
    let review = app.ask(&json!({ "amends": FIRST })).expect(200).json()["id"].clone();
    app.decide(&review, &decision()).expect(200);
    for (stratum, psu, sex) in
        [("N-U", 2, 1), ("N-U", 3, 1)].into_iter().chain((1..=3).flat_map(|p| [("N-R", p, 1), ("S-U", p, 1), ("S-M", p, 2)]))
    {
        (1..=10).for_each(|case| interview("2", &format!("{stratum}-{psu}-{case}"), sex));
    }
    let unsaid = make(&app, &json!({ "name": "w" })).expect(400).json();
    assert_eq!(unsaid["errors"][0]["pointer"], "/version");
    let words = unsaid["detail"].as_str().unwrap();
    assert!(words.contains("110 with 2, 9 with 2026112201") && words.contains("in no table"), "{words}");
    assert!(make(&app, &json!({ "name": "w", "version": "3" })).expect(400).body.contains("the newest with interviews is 2"));

    let made = make(&app, &json!({ "name": "w", "version": "2" })).expect(200).json()["diagnostics"].clone();
    assert_eq!((&made["interviews"], &made["interviewsOfOtherVersions"]), (&json!(110), &json!(9)));
    // 119 households of two people for ten each: the vacant dwelling is nobody's, and the nine who answered before are not silent ones.
    assert!((made["sum"].as_f64().unwrap() - 2380.0).abs() < 1e-9, "{made}");
    let north = made["householdFactors"].as_array().unwrap().iter().find(|f| f[0] == "n-u/F").unwrap();
    assert_eq!(north[1], 1.0, "{made}");
    let sets = app.study_call("GET", "/weights", Role::Statistician, &Value::Null).expect(200).json();
    assert_eq!(sets[0]["recipe"]["version"], "2");
});
