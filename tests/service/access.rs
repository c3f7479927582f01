//! Who may enter: every route with every role, and with none.

use kish::http::access::ROUTES;
use kish::people::{Role, hash_password};
use serde_json::{Value, json};

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
        ("{version}", "none"),
        ("{name}", "none"),
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

on_both!(a_route_that_is_served_stands_in_the_table, |app| {
    let answer = app.study_call("GET", "/forms/tfvaw/nothing", Role::Coordinator, &Value::Null).expect(404);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(answer.json()["code"], "not-found");
});

on_both!(signing_in_and_out, |app| {
    let hash = hash_password("a sentence of many words").unwrap();
    let id = app.store().add_person("ana@example.org".to_owned(), "Ana".to_owned(), hash, None).wait().unwrap();
    app.store().assign(id, app.study, Role::Analyst).wait().unwrap();
    let sign_in = |email: &str, password: &str| {
        app.call("POST", "/v1/sessions", None, json!({ "email": email, "password": password }).to_string().as_bytes())
    };
    sign_in("ana@example.org", "another sentence of words").expect(401);
    sign_in("bob@example.org", "a sentence of many words").expect(401);
    sign_in("not an address", "a sentence of many words").expect(400);
    let session = sign_in("ana@example.org", "a sentence of many words").expect(200).json();
    assert_eq!(session["expiresAt"], "2026-11-21T20:00:00Z");
    let with = |method: &str, path: &str| {
        let token = session["token"].as_str().unwrap();
        app.send(
            ureq::http::Request::builder()
                .method(method)
                .uri(format!("{}{path}", app.url))
                .header("Authorization", format!("Bearer {token}")),
            b"",
        )
    };
    assert_eq!(with("GET", "/v1/users/current").expect(200).json()["email"], "ana@example.org");
    with("DELETE", "/v1/sessions/current").expect(200);
    with("GET", "/v1/users/current").expect(401);
});

on_both!(a_device_that_is_revoked_or_of_another_study_hears_403, |app| {
    let device = app.ready();
    let devices = app.study_call("GET", "/app-users", Role::Supervisor, &Value::Null).expect(200).json();
    let elsewhere = device.replace(&format!("/projects/{}", app.study), &format!("/projects/{}", app.study + 1));
    for path in [elsewhere.as_str(), "/v1/key/short/projects/1", &format!("/v1/key/{}/projects/{}", "A".repeat(64), app.study)] {
        let answer = app.call("GET", &format!("{path}/formList"), None, b"").expect(403);
        assert!(answer.body.contains("OpenRosaResponse"), "{}", answer.body);
    }
    app.call("GET", &format!("{device}/formList"), None, b"").expect(200);
    app.study_call("DELETE", &format!("/app-users/{}", devices[0]["id"]), Role::Supervisor, &Value::Null).expect(200);
    app.call("GET", &format!("{device}/formList"), None, b"").expect(403);
    app.submit(&device, "<data id='a'/>").expect(403);
});
