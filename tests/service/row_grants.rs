//! Who may read coded rows: whoever asked, while an ethics reviewer and a coordinator let them, and nobody else.

use kish::people::Role;
use kish::store;
use serde_json::{Value, json};

use crate::app::{Answer, TestApp, on_both};
use crate::interview::Interview;

pub const CSV: &str = "/forms/tfvaw/submissions.csv";
const ASKED: &str = "to look for errors in coding";

impl TestApp {
    pub fn rows(&self, path: &str) -> Answer {
        self.study_call("GET", path, Role::Statistician, &Value::Null)
    }

    /// Asks, and gives the path of what was asked.
    pub fn ask_for_rows(&self) -> String {
        let asked = self.study_call("POST", "/row-grants", Role::Statistician, &json!({ "because": ASKED })).expect(200).json();
        format!("/row-grants/{}", asked["id"])
    }

    pub fn grant_rows(&self, path: &str, role: Role, day: &str) -> Answer {
        self.study_call("POST", &format!("{path}/grant"), role, &json!({ "expiresOn": day }))
    }

    /// By both, for a month.
    pub fn granted_rows(&self) -> String {
        let path = self.ask_for_rows();
        for role in [Role::EthicsReviewer, Role::Coordinator] {
            self.grant_rows(&path, role, "2026-12-21").expect(200);
        }
        path
    }

    fn newest_grant(&self) -> Value {
        let mut listed = self.study_call("GET", "/row-grants", Role::Coordinator, &Value::Null).expect(200).json();
        listed.as_array_mut().unwrap().pop().unwrap()
    }

    fn give_role(&self, role: &str, to: Role) {
        let path = format!("/assignments/{role}/{}", self.person(to));
        self.study_call("POST", &path, Role::Coordinator, &Value::Null).expect(200);
    }
}

/// A study with one interview.
fn fielded(app: &TestApp) {
    let device = app.ready();
    app.submit(&device, &Interview::default().xml()).expect(201);
}

on_both!(rows_need_the_words_of_two_and_then_are_their_askers_alone, |app| {
    fielded(&app);
    app.give_role("statistician", Role::Analyst);
    assert!(app.rows(CSV).expect(409).json()["detail"].as_str().unwrap().contains("POST …/row-grants"));
    let wrong = |body: Value| app.study_call("POST", "/row-grants", Role::Statistician, &body).expect(400).json()["errors"].clone();
    assert_eq!(wrong(json!({ "because": "no" }))[0]["pointer"], "/because");
    assert_eq!(wrong(json!({ "because": ASKED, "formId": "none" }))[0]["pointer"], "/formId");

    let path = app.ask_for_rows();
    assert_eq!((&app.newest_grant()["state"], &app.newest_grant()["because"]), (&json!("waiting"), &json!(ASKED)));
    app.rows(CSV).expect(409);
    app.grant_rows(&path, Role::EthicsReviewer, "2026-12-22").expect(400);
    app.grant_rows(&path, Role::EthicsReviewer, "2026-11-20").expect(400);
    app.grant_rows(&path, Role::EthicsReviewer, "2026-12-20").expect(200);
    app.rows(CSV).expect(409);
    assert_eq!((&app.newest_grant()["state"], &app.newest_grant()["coordinator"]), (&json!("half"), &Value::Null));
    app.grant_rows(&path, Role::Coordinator, "2026-11-25").expect(200);
    // The earlier of both days holds.
    assert_eq!((&app.newest_grant()["state"], &app.newest_grant()["expiresOn"]), (&json!("granted"), &json!("2026-11-25")));

    assert_eq!(app.rows(CSV).expect(200).body.lines().count(), 2);
    app.rows("/forms/none/submissions.csv").expect(404);
    app.study_call("GET", CSV, Role::Analyst, &Value::Null).expect(409);
    for role in [Role::Coordinator, Role::EthicsReviewer, Role::Supervisor, Role::Administrator] {
        app.study_call("GET", CSV, role, &Value::Null).expect(403);
    }
});

on_both!(past_its_day_a_grant_is_over_and_what_is_being_read_breaks_off, |app| {
    fielded(&app);
    let path = app.ask_for_rows();
    app.grant_rows(&path, Role::Coordinator, "2026-11-22").expect(200);
    app.grant_rows(&path, Role::EthicsReviewer, "2026-12-01").expect(200);
    let in_force = |day: &str| app.store().grant_in_force(app.study, app.person(Role::Statistician), "tfvaw", day).unwrap();
    assert!(in_force("2026-11-22").is_some() && in_force("2026-11-23").is_none());
    let (grant, version) = (in_force("2026-11-22").unwrap(), app.store().form_versions(app.study).unwrap().remove(0));
    let read = |day: &str| app.store().coded_rows((&grant, day), version.id, &[], (0, 10)).map(|rows| rows.len());
    assert_eq!(read("2026-11-22").unwrap(), 1);
    assert!(matches!(read("2026-11-23"), Err(store::Error::Changed)));
    app.study_call("DELETE", &path, Role::EthicsReviewer, &Value::Null).expect(200);
    assert!(matches!(read("2026-11-22"), Err(store::Error::Changed)), "a reading goes by the grant as it is, page by page");
});

on_both!(each_of_the_three_ends_a_grant_at_once, |app| {
    fielded(&app);
    for role in [Role::Statistician, Role::EthicsReviewer, Role::Coordinator] {
        let path = app.granted_rows();
        app.rows(CSV).expect(200);
        app.study_call("DELETE", &path, Role::Analyst, &Value::Null).expect(403);
        app.study_call("DELETE", &path, role, &Value::Null).expect(200);
        app.rows(CSV).expect(409);
        let ended = app.newest_grant();
        assert_eq!((&ended["state"], &ended["endedBy"]), (&json!("over"), &json!(app.person(role))));
        app.study_call("DELETE", &path, role, &Value::Null).expect(409);
    }
    // One that waits is ended too, and not granted any more.
    let path = app.ask_for_rows();
    app.study_call("DELETE", &path, Role::Coordinator, &Value::Null).expect(200);
    app.grant_rows(&path, Role::EthicsReviewer, "2026-12-01").expect(409);
    app.grant_rows("/row-grants/999999", Role::EthicsReviewer, "2026-12-01").expect(404);
});

on_both!(nobody_grants_what_they_asked_for_and_nobody_twice, |app| {
    fielded(&app);
    app.give_role("coordinator", Role::Statistician);
    app.give_role("coordinator", Role::EthicsReviewer);
    app.give_role("ethics-reviewer", Role::Supervisor);
    let path = app.ask_for_rows();
    app.grant_rows(&path, Role::Statistician, "2026-12-01").expect(403);
    app.grant_rows(&path, Role::EthicsReviewer, "2026-12-01").expect(200);
    app.grant_rows(&path, Role::EthicsReviewer, "2026-12-01").expect(403);
    // A second reviewer is not the coordinator whom it needs.
    app.grant_rows(&path, Role::Supervisor, "2026-12-01").expect(409);
    app.rows(CSV).expect(409);
    app.grant_rows(&path, Role::Coordinator, "2026-12-01").expect(200);
    app.rows(CSV).expect(200);
});

on_both!(a_grant_of_one_form_opens_no_other, |app| {
    fielded(&app);
    let asked = json!({ "because": ASKED, "formId": "tfvaw" });
    let id = app.study_call("POST", "/row-grants", Role::Statistician, &asked).expect(200).json()["id"].clone();
    for role in [Role::EthicsReviewer, Role::Coordinator] {
        app.grant_rows(&format!("/row-grants/{id}"), role, "2026-12-01").expect(200);
    }
    let opens = |form: &str| app.store().grant_in_force(app.study, app.person(Role::Statistician), form, "2026-12-01").unwrap().is_some();
    assert!(opens("tfvaw") && !opens("another"));
});
