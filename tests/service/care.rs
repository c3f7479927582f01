//! What a study owes those it asks and those who ask: help that is there, weeks that are bearable, distress that is noticed.

use std::thread::sleep;
use std::time::Duration;

use kish::intake::load_kept_since;
use kish::people::Role;
use serde_json::{Value, json};

use crate::app::{REFERRALS_HEAD, TestApp, on_both, today};
use crate::committee::{decision, with};
use crate::forms::workbook;
use crate::interview::Interview;

fn list(app: &TestApp, device: &str) -> crate::app::Answer {
    app.call("GET", &format!("{device}/formList"), None, b"")
}

on_both!(no_form_is_given_out_while_a_region_has_no_help_that_was_verified_of_late, |app| {
    let device = app.ready();
    assert!(list(&app, &device).expect(200).body.contains("<formID>tfvaw</formID>"));
    let form = format!("{device}/forms/tfvaw.xml");
    let missing =
        || app.study_call("GET", "", Role::Supervisor, &Value::Null).expect(200).json()["referrals"]["regionsWithoutHelp"].clone();
    assert_eq!(missing(), json!([]));
    // Ninety days before 21 November: 23 August is fresh, the day before is not.
    for (services, without) in [
        (vec![("north", "2026-11-20")], json!(["south"])),
        (vec![("north", "2026-11-20"), ("south", "2026-08-22")], json!(["south"])),
        (vec![], json!(["north", "south"])),
    ] {
        let put = app.put_referrals(&services).expect(200).json();
        assert_eq!((&put["regionsWithoutHelp"], &missing()), (&without, &without));
        // An empty list would take the form from every phone that matches it exactly.
        let refused = list(&app, &device).expect(503);
        assert!(refused.body.contains("OpenRosaResponse") && !refused.body.contains("<xforms"), "{}", refused.body);
        app.call("GET", &form, None, b"").expect(503);
    }
    app.submit(&device, &Interview::default().xml()).expect(201);
    app.put_referrals(&[("north", "2026-11-20"), ("south", "2026-08-23")]).expect(200);
    app.call("GET", &form, None, b"").expect(200);
    app.study_call("PATCH", "", Role::Coordinator, &json!({ "referralDays": 30 })).expect(200);
    assert_eq!(missing(), json!(["south"]));
    list(&app, &device).expect(503);
});

on_both!(a_help_list_is_written_by_the_coordinator_and_read_by_supervisors, |app| {
    app.publish();
    let put = |role, csv: &str| app.call("PUT", &format!("/v1/projects/{}/referrals", app.study), Some(role), csv.as_bytes());
    let csv = format!("{REFERRALS_HEAD}north,A house,shelter,+100,\"day, night\",en,2026-11-21\n");
    put(Role::Supervisor, &csv).expect(403);
    put(Role::Coordinator, &csv).expect(200);
    assert_eq!(app.study_call("GET", "/referrals", Role::Supervisor, &Value::Null).expect(200).body, csv);
    let refused = put(Role::Coordinator, &format!("{REFERRALS_HEAD}west,A house,shelter,+100,,,2026-11-22\n")).expect(422).json();
    let places: Vec<_> = refused["errors"].as_array().unwrap().iter().map(|e| (e["row"].clone(), e["column"].clone())).collect();
    assert_eq!(places, [(json!(2), json!("region")), (json!(2), json!("verified_on"))]);
    assert_eq!(app.study_call("GET", "/referrals", Role::Coordinator, &Value::Null).expect(200).body, csv, "the list before stays");
});

on_both!(every_form_comes_with_the_help_list_there_is, |app| {
    let device = app.ready();
    // The shipped questionnaire names no file.
    let manifest = app.call("GET", &format!("{device}/forms/tfvaw/manifest"), None, b"").expect(200).body;
    assert!(manifest.contains("<filename>referrals.csv</filename>"), "{manifest}");
    let list = app.call("GET", &format!("{device}/forms/tfvaw/attachments/referrals.csv"), None, b"").expect(200).body;
    assert_eq!(list, app.study_call("GET", "/referrals", Role::Supervisor, &Value::Null).expect(200).body);
});

on_both!(a_form_that_names_the_help_list_gets_the_one_there_is, |app| {
    app.publish();
    let device = app.enrol();
    let asks = [
        ("2026112201", "2"),
        (
            "calculate,result,",
            "calculate,help_hours,,,,,,,,,,,,,,,,,\"pulldata('referrals', 'hours', 'region', 'north')\",\ncalculate,result,",
        ),
    ];
    app.call("POST", &format!("/v1/projects/{}/forms?publish=true", app.study), Some(Role::Coordinator), &workbook(&asks)).expect(200);
    let review = app.ask(&Value::Null).expect(200).json()["id"].clone();
    app.decide(&review, &with(decision(), &json!({}))).expect(200);
    let file = format!("{device}/forms/tfvaw/attachments/referrals.csv");
    let hash = || {
        let manifest = app.call("GET", &format!("{device}/forms/tfvaw/manifest"), None, b"").expect(200).body;
        assert!(manifest.contains("<filename>referrals.csv</filename>"), "{manifest}");
        manifest.split_once("md5:").unwrap().1[..32].to_owned()
    };
    let (before, there) = (hash(), app.call("GET", &file, None, b"").expect(200).body);
    assert_eq!(there, app.study_call("GET", "/referrals", Role::Supervisor, &Value::Null).expect(200).body);
    // Renewed while the study runs, under the same approval.
    app.put_referrals(&[("north", "2026-11-21"), ("south", "2026-11-21")]).expect(200);
    assert_ne!(hash(), before);
    assert!(app.call("GET", &file, None, b"").expect(200).body.contains("2026-11-21"));
});

/// What supervisors see of a device, once it says so.
fn device(app: &TestApp, wanted: &Value) -> Value {
    let read = || app.study_call("GET", "/app-users", Role::Supervisor, &Value::Null).expect(200).json()[0].clone();
    // The count is written after the phone was answered.
    (0..100).map(|_| (read(), sleep(Duration::from_millis(50))).0).find(|d| d["interviewsThisWeek"] == *wanted).unwrap_or_else(read)
}

on_both!(supervisors_see_which_device_is_over_its_weekly_load_and_nothing_is_refused_for_it, |app| {
    let phone = app.ready();
    app.study_call("PATCH", "", Role::Coordinator, &json!({ "weeklyInterviews": 2 })).expect(200);
    let send = |n: u8, day: &str| {
        let (case, id) = (format!("N-U-1-{n}"), format!("uuid:{n}"));
        app.submit(&phone, &Interview { case: &case, id: &id, day, ..Interview::default() }.xml()).expect(201);
    };
    app.sql(&format!(
        "INSERT INTO device_week (device_id, week, interviews) SELECT id, '2026-W38', 9 FROM device WHERE study_id = {}",
        app.study
    ))
    .unwrap();
    (1..=2).for_each(|n| send(n, "2026-11-18"));
    send(1, "2026-11-18");
    send(9, "2026-11-11");
    let at_the_cap = device(&app, &json!(2));
    assert_eq!(
        (&at_the_cap["interviewsThisWeek"], &at_the_cap["isOverWeeklyLoad"]),
        (&json!(2), &json!(false)),
        "sent again is not held again"
    );
    send(3, "2026-11-18");
    assert_eq!(device(&app, &json!(3))["isOverWeeklyLoad"], true);
    assert!(list(&app, &phone).expect(200).body.contains("<formID>tfvaw</formID>"), "an empty list would take the form from the phone");
    send(4, "2026-11-18");
    // What the server does once a day: eight weeks back it is W39.
    app.store().erase_weeks_before(load_kept_since(today())).wait().unwrap();
    assert!(app.store().weekly_interviews(app.study, "2026-W38").unwrap().is_empty());
    assert_eq!(app.store().weekly_interviews(app.study, "2026-W46").unwrap()[0].1, 1);
    let id = device(&app, &json!(4))["id"].clone();
    app.study_call("DELETE", &format!("/app-users/{id}"), Role::Supervisor, &Value::Null).expect(200);
    assert!(app.store().weekly_interviews(app.study, "2026-W47").unwrap().is_empty(), "the count goes with the device");
});

on_both!(distress_haste_and_missing_privacy_are_counted_for_supervisors, |app| {
    let phone = app.ready();
    for (n, (minutes, distress)) in [(21, 0), (4, 0), (3, 2), (40, 1)].into_iter().enumerate() {
        let (case, id) = (format!("N-U-1-{}", n + 1), format!("uuid:{n}"));
        app.submit(&phone, &Interview { case: &case, id: &id, day: "2026-11-11", minutes, distress, ..Interview::default() }.xml())
            .expect(201);
    }
    // Of this week: whoever asks before and after it came in does not learn what it added to the distress.
    let new = Interview { case: "N-U-1-9", id: "uuid:9", day: "2026-11-18", distress: 2, ..Interview::default() };
    app.submit(&phone, &new.xml()).expect(201);
    let fieldwork = app.study_call("GET", "/fieldwork", Role::Supervisor, &Value::Null).expect(200).json();
    let levels = json!([{ "level": "0", "interviews": 2 }, { "level": "1", "interviews": 1 }, { "level": "2", "interviews": 1 }]);
    assert_eq!(fieldwork["distress"], levels);
    assert_eq!((&fieldwork["underFiveMinutes"], &fieldwork["withoutPrivacy"]), (&json!(2), &json!(0.0)));
    app.study_call("GET", "/fieldwork", Role::Analyst, &Value::Null).expect(403);
});
