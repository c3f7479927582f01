//! Signing in and out, by every way, and how often one may try.

use base64::prelude::{BASE64_STANDARD, Engine};
use kish::people::{Password, Role, Token};
use kish::store::NewSession;
use kish::trail::By;
use serde_json::{Value, json};

use crate::app::{Answer, TestApp, by, now, on_both, today};

const PASSWORD: &str = "a sentence of many words";

fn add_ana(app: &TestApp) {
    let id = app
        .store()
        .add_person(
            by(),
            "ana@example.org".to_owned(),
            "Ana".to_owned(),
            Password::new(PASSWORD, "ana@example.org", "Ana").unwrap().hash().unwrap(),
            None,
        )
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
    assert_eq!(with(&app, "GET", "/v1/users/current", &[("Authorization", &right)]).expect(200).json()["csrf"], Value::Null);
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
    // A page that was loaded anew asks for it.
    assert_eq!(with(&app, "GET", "/v1/users/current", &[("Cookie", &session)]).expect(200).json()["csrf"], csrf);
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

/// A session of a role's that was last used so many minutes ago, as the header that shows it, and its hash.
fn session(app: &TestApp, role: Role, minutes: i64) -> (String, [u8; 32]) {
    let token = Token::new().unwrap();
    let hash = Token::hash(token.as_str()).unwrap();
    let new = NewSession { token: hash, before: None, now: now() - 60 * minutes, expires_at: now() + 3600, shown: None };
    app.store().open_session(By::account(app.person(role), today()), new).wait().unwrap();
    (format!("Bearer {}", token.as_str()), hash)
}

on_both!(a_session_in_which_nothing_is_done_ends, |app| {
    let get = |bearer: &str| with(&app, "GET", "/v1/users/current", &[("Authorization", bearer)]);
    let (idle, _) = session(&app, Role::Analyst, 15);
    get(&idle).expect(401);
    let (used, hash) = session(&app, Role::Statistician, 14);
    let in_ten_minutes = || app.store().session_person(&hash, now() + 600).is_ok();
    assert!(!in_ten_minutes());
    get(&used).expect(200);
    // That it was used is noted beside the request, not before its answer.
    let noted = (0..100).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(50));
        in_ten_minutes()
    });
    assert!(noted, "its use is not noted");
    // By another server, or by this one started again, as well.
    let other = crate::app::open_store(&app.folder, &app.database);
    assert!(other.session_person(&hash, now() + 600).is_ok() && other.session_person(&hash, now() + 3600).is_err());
});

on_both!(a_third_session_ends_the_oldest_and_a_new_one_the_browsers_own, |app| {
    add_ana(&app);
    let sign_in = |cookie: &str| cookies(&sign_in(&app, "ana@example.org", PASSWORD, cookie).expect(200)).remove(0);
    let is_in = |session: &str| with(&app, "GET", "/v1/users/current", &[("Cookie", session)]).status == 200;
    let (first, second) = (sign_in(""), sign_in(""));
    assert_eq!([&first, &second].map(|s| is_in(s)), [true, true]);
    let again = sign_in(&second);
    assert_eq!([&first, &second, &again].map(|s| is_in(s)), [true, false, true]);
    let third = sign_in("");
    assert_eq!([&first, &second, &again, &third].iter().filter(|s| is_in(s)).count(), 2);
    assert!(is_in(&third));
});

on_both!(signing_out_leaves_nothing_in_the_browser_but_that_it_is_known, |app| {
    let (bearer, _) = session(&app, Role::Coordinator, 0);
    let answer = with(&app, "DELETE", "/v1/sessions/current", &[("Authorization", &bearer)]).expect(200);
    assert_eq!(answer.header("clear-site-data"), r#""cache", "storage""#);
    let set = answer.headers("set-cookie");
    assert!(set.len() == 1 && set[0].starts_with("__Host-session=;") && set[0].contains("Max-Age=0"), "{set:?}");
});

on_both!(a_password_that_is_tried_first_is_refused, |app| {
    let add = |password: &str| {
        let new = json!({ "email": "eva.novak@example.org", "displayName": "Eva Novak", "password": password });
        app.call("POST", "/v1/users", Some(Role::Administrator), new.to_string().as_bytes())
    };
    for password in ["too short", "Eva.Novak.Example.1", "correct horse battery staple", "bluebirdbluebirdbluebird"] {
        let refused = add(password).expect(400).json();
        assert_eq!(refused["errors"][0]["pointer"], "/password", "{refused}");
        assert!(!refused.to_string().contains(password), "{refused}");
    }
    add("nine herons over the wide river").expect(200);
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
