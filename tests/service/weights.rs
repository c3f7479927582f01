//! Whom weights stand for: interviews of several versions of the form, and what is trimmed after a fit to the population.

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

on_both!(weights_trimmed_off_their_margins_leave_no_variance_out, |app| {
    let device = app.ready();
    // The young say yes and nobody else does: so many of ten in each PSU of a stratum.
    let young_in = [7, 5, 4];
    for (stratum, sex) in [("N-U", 1), ("N-R", 1), ("S-U", 1), ("S-M", 2)] {
        for (psu, case) in (1..=3).flat_map(|psu| (1..=10).map(move |case| (psu, case))) {
            let is_young = case <= young_in[psu - 1];
            let (age, t01) = if is_young { (20, (1, 1)) } else { (60, (2, 0)) };
            let (case, id) = (format!("{stratum}-{psu}-{case}"), format!("uuid:{stratum}-{psu}-{case}"));
            app.submit(&device, &Interview { case: &case, id: &id, sex, age, t01, ..Interview::default() }.xml()).expect(201);
        }
    }
    let by_age =
        json!({ "by": ["age_group"], "totals": [{ "age_group": "Y18T24", "total": 1000 }, { "age_group": "Y50T64", "total": 4000 }] });
    let fit = json!({ "method": "poststratify", "margins": [by_age] });
    make(&app, &json!({ "name": "fitted", "calibration": fit })).expect(200);
    make(&app, &json!({ "name": "nothing to trim", "calibration": fit, "trim": { "aboveMedian": 9 } })).expect(200);
    make(&app, &json!({ "name": "trimmed", "calibration": fit, "trim": { "aboveMedian": 3 } })).expect(200);
    let said = |weights: &str| {
        let path = format!("/tables?indicator=TFV_T01_12M&weights={}", weights.replace(' ', "%20"));
        let table = app.study_call("GET", &path, Role::Statistician, &Value::Null).expect(200).json();
        let of = |name: &str| table["cells"][0][name].as_f64().unwrap();
        (of("estimate"), of("se"), table["provenance"]["variance"].as_str().unwrap().to_owned())
    };
    // What a total of the population says does not vary.
    for weights in ["fitted", "nothing to trim"] {
        let (estimate, se, variance) = said(weights);
        assert!((estimate - 0.2).abs() < 1e-9 && se < 1e-9 && variance.contains("residuals"), "{estimate} {se} {variance}");
    }
    // Each of the 56 old stands for 3 × 1000 / 64 people then, and from PSU to PSU the share does vary.
    let (estimate, se, variance) = said("trimmed");
    assert!((estimate - (1.0 - 56.0 * 46.875 / 5000.0)).abs() < 1e-9, "{estimate}");
    let (young, old) = ((1.0 - estimate) * (5000.0 * estimate / 64.0) / 5000.0, -estimate * 46.875 / 5000.0);
    let z = young_in.map(|n| f64::from(n) * young + f64::from(10 - n) * old);
    let mean = z.iter().sum::<f64>() / 3.0;
    let by_hand = (4.0 * 1.5 * z.iter().map(|z| (z - mean).powi(2)).sum::<f64>()).sqrt();
    assert!((se - by_hand).abs() < 1e-9 && variance.contains("trimming"), "{se} {by_hand} {variance}");
});
