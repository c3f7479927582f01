//! Signing in and out, by every way, and how often one may try.

use base64::prelude::{BASE64_STANDARD, Engine};
use kish::people::{Role, hash_password};
use serde_json::{Value, json};

use crate::app::{Answer, TestApp, by, on_both};

const PASSWORD: &str = "a sentence of many words";

fn add_ana(app: &TestApp) {
    let id = app
        .store()
        .add_person(by(), "ana@example.org".to_owned(), "Ana".to_owned(), hash_password(PASSWORD).unwrap(), None)
        .wait()
        .unwrap();
    app.store().assign(by(), id, app.study, Role::Coordinator).wait().unwrap();
}

fn sign_in(app: &TestApp, email: &str, password: &str, cookie: &str) -> Answer {
    let request = app.request("POST", "/v1/sessions", None).header("Cookie", cookie);
    app.send(request, json!({ "email": email, "password": password }).to_string().as_bytes())
}

fn with(app: &TestApp, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    let request = app.request(method, path, None);
    app.send(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)), b"{}")
}

/// The cookies of an answer, as a browser sends them back.
fn cookies(answer: &Answer) -> Vec<String> {
    answer.headers("set-cookie").iter().map(|cookie| cookie.split(';').next().unwrap().to_owned()).collect()
}

on_both!(by_bearer_token, |app| {
    add_ana(&app);
    sign_in(&app, "ana@example.org", "another sentence of words", "").expect(401);
    sign_in(&app, "bob@example.org", PASSWORD, "").expect(401);
    sign_in(&app, "not an address", PASSWORD, "").expect(400);
    let session = sign_in(&app, "ana@example.org", PASSWORD, "").expect(200).json();
    assert_eq!(session["expiresAt"], "2026-11-21T20:00:00Z");
    let bearer = format!("Bearer {}", session["token"].as_str().unwrap());
    let who = [("Authorization", bearer.as_str())];
    assert_eq!(with(&app, "GET", "/v1/users/current", &who).expect(200).json()["email"], "ana@example.org");
    with(&app, "DELETE", "/v1/sessions/current", &who).expect(200);
    with(&app, "GET", "/v1/users/current", &who).expect(401);
});

on_both!(by_address_and_password, |app| {
    add_ana(&app);
    let basic = |pair: &str| format!("Basic {}", BASE64_STANDARD.encode(pair));
    let right = basic(&format!("ana@example.org:{PASSWORD}"));
    with(&app, "GET", "/v1/users/current", &[("Authorization", &right)]).expect(200);
    with(&app, "GET", "/v1/users/current", &[("Authorization", &basic("ana@example.org:wrong"))]).expect(401);
    with(&app, "GET", "/v1/users/current", &[("Authorization", "Basic ?")]).expect(401);
});

on_both!(by_cookie_only_a_page_of_ours_changes_anything, |app| {
    add_ana(&app);
    let answer = sign_in(&app, "ana@example.org", PASSWORD, "").expect(200);
    for cookie in answer.headers("set-cookie") {
        for part in ["__Host-", "Secure", "HttpOnly", "SameSite=Strict", "Path=/"] {
            assert!(cookie.contains(part), "{cookie}");
        }
    }
    let csrf = answer.json()["csrf"].as_str().unwrap().to_owned();
    let session = cookies(&answer).remove(0);
    let devices = format!("/v1/projects/{}/app-users", app.study);
    with(&app, "GET", &devices, &[("Cookie", &session)]).expect(200);
    let refused = with(&app, "POST", &devices, &[("Cookie", &session)]).expect(403).json();
    assert_eq!(refused["code"], "csrf");
    with(&app, "POST", &devices, &[("Cookie", &session), ("X-CSRF-Token", "AAAA")]).expect(403);
    let other = sign_in(&app, "ana@example.org", PASSWORD, "").expect(200).json()["csrf"].as_str().unwrap().to_owned();
    with(&app, "POST", &devices, &[("Cookie", &session), ("X-CSRF-Token", &other)]).expect(403);
    // Past the door: the body is at fault now.
    with(&app, "POST", &devices, &[("Cookie", &session), ("X-CSRF-Token", &csrf)]).expect(400);
    with(&app, "DELETE", "/v1/sessions/current", &[("Cookie", &session), ("X-CSRF-Token", &csrf)]).expect(200);
    with(&app, "GET", &devices, &[("Cookie", &session)]).expect(401);
});

on_both!(guessing_is_slowed_and_locks_nobody_out, |app| {
    add_ana(&app);
    let at_home = cookies(&sign_in(&app, "ana@example.org", PASSWORD, "").expect(200)).pop().unwrap();
    let guess = |email: &str| sign_in(&app, email, "a wrong sentence of words", "");
    let told = |email: &str| {
        (0..10).for_each(|_| assert_eq!(guess(email).expect(401).json()["code"], "wrong-password"));
        let told = guess(email).expect(429);
        (told.header("retry-after").to_owned(), told.json())
    };
    let (ana, nobody): ((String, Value), (String, Value)) = (told("ana@example.org"), told("nobody@example.org"));
    assert_eq!(ana, nobody, "the answer tells which account exists");
    assert_eq!(ana.0, "60");
    // Even the right password waits, from elsewhere; where she has signed in before it does not.
    sign_in(&app, "ANA@example.org", PASSWORD, "").expect(429);
    sign_in(&app, "ana@example.org", PASSWORD, &format!("{at_home}x")).expect(429);
    sign_in(&app, "ana@example.org", PASSWORD, &at_home).expect(200);
});
