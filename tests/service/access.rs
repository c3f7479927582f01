//! Who may enter: every route with every role, and with none.

use kish::http::access::ROUTES;
use kish::people::Role;
use serde_json::Value;

use crate::app::on_both;

/// A path for a route's template; what it names does not exist.
fn path(template: &str, study: i64) -> String {
    let study = study.to_string();
    [
        ("{study}", study.as_str()),
        ("{form}", "none"),
        ("{role}", "none"),
        ("{person}", "999999"),
        ("{device}", "999999"),
        ("{review}", "999999"),
        ("{suspension}", "999999"),
        ("{record}", "999999"),
        ("{file}", "999999"),
        ("{grant}", "999999"),
        ("{release}", "999999"),
        ("{version}", "none"),
        ("{name}", "none"),
        ("{repeat}", "none"),
        ("{row}", "'none'"),
        ("{path}*", "none"),
    ]
    .iter()
    .fold(template.to_owned(), |path, (hole, value)| path.replace(hole, value))
}

on_both!(a_role_not_in_the_table_is_shut_out_and_one_in_it_is_not, |app| {
    for (method, template, roles) in ROUTES {
        if *template == "/v1/sessions/current" {
            continue;
        }
        app.call(method, &path(template, app.study), None, b"").expect(401);
        for role in Role::ALL {
            let answer = app.call(method, &path(template, app.study), Some(role), b"");
            assert_eq!(answer.status == 403, !roles.contains(&role), "{method} {template} as {}: {}", role.name(), answer.body);
        }
        if template.contains("{study}") {
            // A study in which one has no role is not there.
            app.call(method, &path(template, app.study + 1000), Some(Role::Coordinator), b"").expect(404);
        }
    }
});

on_both!(no_path_stands_for_every_study_and_none_for_one_that_is_not_there, |app| {
    let me = app.call("GET", "/v1/users/current", Some(Role::Analyst), b"").expect(200).json()["id"].clone();
    app.call("POST", &format!("/v1/projects/0/assignments/coordinator/{me}"), Some(Role::Coordinator), b"").expect(404);
    // Nor for those whose role is in every study.
    app.store().assign(crate::app::by(), app.person(Role::Analyst), 0, Role::Coordinator).wait().unwrap();
    for (method, template, roles) in ROUTES.iter().filter(|(_, template, _)| template.contains("{study}")) {
        for study in [0, -1, 999_999] {
            app.call(method, &path(template, study), Some(Role::Coordinator), b"").expect(404);
            if roles.contains(&Role::Coordinator) {
                app.call(method, &path(template, study), Some(Role::Analyst), b"").expect(404);
            }
        }
    }
});

on_both!(a_route_that_is_served_stands_in_the_table, |app| {
    let answer = app.study_call("GET", "/forms/tfvaw/nothing", Role::Coordinator, &Value::Null).expect(404);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(answer.json()["code"], "not-found");
});

on_both!(a_device_that_is_revoked_or_of_another_study_hears_403, |app| {
    let device = app.ready();
    let devices = app.study_call("GET", "/app-users", Role::Supervisor, &Value::Null).expect(200).json();
    let elsewhere = device.replace(&format!("/projects/{}", app.study), &format!("/projects/{}", app.study + 1));
    for path in [elsewhere.as_str(), "/v1/key/short/projects/1", &format!("/v1/key/{}/projects/{}", "A".repeat(64), app.study)] {
        let answer = app.call("GET", &format!("{path}/formList"), None, b"").expect(403);
        assert!(answer.body.contains("OpenRosaResponse"), "{}", answer.body);
    }
    assert_eq!(devices[0]["lastUsedWeek"], Value::Null, "a wrong token is nobody's");
    app.call("GET", &format!("{device}/formList"), None, b"").expect(200);
    let is_noted = (0..100).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(50));
        app.study_call("GET", "/app-users", Role::Supervisor, &Value::Null).expect(200).json()[0]["lastUsedWeek"] == "2026-W47"
    });
    assert!(is_noted);
    app.study_call("DELETE", &format!("/app-users/{}", devices[0]["id"]), Role::Supervisor, &Value::Null).expect(200);
    app.call("GET", &format!("{device}/formList"), None, b"").expect(403);
    app.submit(&device, "<data id='a'/>").expect(403);
});
