//! The interface as `/v1/openapi.json` describes it, and as it is.

use std::collections::BTreeSet;

use kish::people::Role;
use serde_json::Value;

use crate::app::on_both;

/// Where routes are given their handlers, with the scope each file's relative paths stand in.
const SOURCES: [(&str, &str); 3] = [
    (include_str!("../../src/http/mod.rs"), "/v1/projects/{study}"),
    (include_str!("../../src/http/device.rs"), "/v1/key/{token}/projects/{study}"),
    (include_str!("../../src/http/testing.rs"), "/v1/test/{token}/projects/{study}/forms/{form}"),
];

/// `GET /path` of every `.route("/path", web::get()…` and `web::resource("/path").route(web::get()…`.
fn served() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (source, scope) in SOURCES {
        for line in source.lines() {
            let Some((_, rest)) = line.split_once(".route(\"").or_else(|| line.split_once("web::resource(\"")) else { continue };
            let (path, rest) = rest.split_once('"').unwrap();
            let (method, _) = rest.split_once("web::").unwrap().1.split_once("()").unwrap();
            let path = if ["/v1/", "/health/", "/metrics"].iter().any(|start| path.starts_with(start)) {
                path.to_owned()
            } else {
                format!("{scope}{path}")
            };
            found.insert(format!("{} {path}", method.to_uppercase()));
        }
    }
    found
}

/// `GET /path` of every path of the document.
pub fn described(document: &Value) -> BTreeSet<String> {
    let paths = document["paths"].as_object().unwrap();
    let methods = |(path, item): (&String, &Value)| {
        item.as_object().unwrap().keys().map(|method| format!("{} {path}", method.to_uppercase())).collect::<Vec<_>>()
    };
    paths.iter().flat_map(methods).collect()
}

on_both!(what_is_served_is_described_and_the_other_way_round, |app| {
    let answer = app.call("GET", "/v1/openapi.json", None, b"").expect(200);
    assert_eq!(answer.header("content-type"), "application/json");
    let document = answer.json();
    assert_eq!(document["openapi"], "3.1.0");
    assert!(served().len() > 70, "the routes are found in the sources");
    assert_eq!(served(), described(&document));
});

on_both!(a_method_that_a_route_does_not_take_is_told_those_it_takes, |app| {
    let answer = app.study_call("DELETE", "/frame", Role::Coordinator, &Value::Null).expect(405);
    assert_eq!((answer.header("allow"), answer.json()["code"].as_str()), ("GET, PUT", Some("method")));
    app.study_call("PATCH", "/forms/tfvaw.xml", Role::Coordinator, &Value::Null).expect(405);
});

on_both!(a_query_that_is_none_is_a_problem_and_not_repeated, |app| {
    let answer = app.study_call("GET", "/set-aside?state=a&state=secret", Role::EthicsReviewer, &Value::Null).expect(400);
    assert_eq!(answer.json()["errors"][0]["pointer"], "/query");
    assert!(!answer.body.contains("secret"));
    let device = app.ready();
    let answer = app.call("GET", &format!("{device}/formList?formID=a&formID=b"), None, b"").expect(400);
    assert!(answer.body.contains("OpenRosaResponse"), "{}", answer.body);
});

on_both!(a_role_is_given_to_people_there_are_in_studies_there_are, |app| {
    app.study_call("POST", "/assignments/analyst/999999", Role::Coordinator, &Value::Null).expect(404);
    let me = app.call("GET", "/v1/users/current", Some(Role::Administrator), b"").expect(200).json()["id"].clone();
    app.call("POST", &format!("/v1/projects/999999/assignments/analyst/{me}"), Some(Role::Administrator), b"").expect(404);
});
