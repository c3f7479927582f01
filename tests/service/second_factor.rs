//! A second proof at signing in: what an authenticator app shows, or a recovery code, each good once.

use base64::prelude::{BASE64_STANDARD, Engine};
use kish::people::second_factor::{Secret, step};
use kish::people::{Password, Role};
use serde_json::{Value, json};

use crate::app::{Answer, TestApp, by, now, on_both};

const PASSWORD: &str = "a sentence of many words";

/// What an app that was given this secret shows some steps from now.
pub fn code(secret: &str, steps: i64) -> String {
    let bits: Vec<u8> = secret
        .bytes()
        .map(|digit| b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".iter().position(|d| *d == digit).unwrap() as u8)
        .flat_map(|digit| (0..5).rev().map(move |bit| digit >> bit & 1))
        .collect();
    let mut tag = [0; 32];
    for (byte, bits) in tag.iter_mut().zip(bits.chunks(8)) {
        *byte = bits.iter().fold(0, |sum, bit| sum << 1 | bit);
    }
    Secret::from_tag(&tag).code(step(now()) + steps)
}

fn sign_in(app: &TestApp, password: &str, code: Option<&str>) -> Answer {
    let mut login = json!({ "email": "ana@example.org", "password": password });
    if let Some(code) = code {
        login["code"] = json!(code);
    }
    app.call("POST", "/v1/sessions", None, login.to_string().as_bytes())
}

fn token(answer: &Answer) -> String {
    format!("Bearer {}", answer.json()["token"].as_str().unwrap())
}

fn post(app: &TestApp, bearer: &str, path: &str, code: &str) -> Answer {
    let request = app.request("POST", &format!("/v1/users/current/second-factor{path}"), None).header("Authorization", bearer);
    app.send(request, json!({ "code": code }).to_string().as_bytes())
}

/// Ana with a confirmed second factor; gives its secret and recovery codes.
fn with_factor(app: &TestApp) -> (String, Vec<String>) {
    let hash = Password::new(PASSWORD, "ana@example.org", "Ana").unwrap().hash().unwrap();
    let id = app.store().add_person(by(), "ana@example.org".to_owned(), "Ana".to_owned(), hash, None).wait().unwrap();
    app.store().assign(by(), id, app.study, Role::Coordinator).wait().unwrap();
    let bearer = token(&sign_in(app, PASSWORD, None).expect(200));
    let begun = post(app, &bearer, "", "").expect(200).json();
    let secret = begun["secret"].as_str().unwrap().to_owned();
    assert_eq!(begun["uri"], format!("otpauth://totp/Kish:ana%40example.org?secret={secret}&issuer=Kish"));
    // Not confirmed, it is asked for by nobody.
    sign_in(app, PASSWORD, None).expect(200);
    let wrong = if code(&secret, 0) == "000000" { "000001" } else { "000000" };
    post(app, &bearer, "/confirm", wrong).expect(400);
    post(app, &bearer, "/confirm", &code(&secret, 0)).expect(200);
    post(app, &bearer, "", "").expect(409);
    let recovery: Vec<String> = begun["recoveryCodes"].as_array().unwrap().iter().map(|c| c.as_str().unwrap().to_owned()).collect();
    assert_eq!(recovery.len(), 10);
    (secret, recovery)
}

on_both!(who_has_the_password_alone_does_not_come_in, |app| {
    let (secret, recovery) = with_factor(&app);
    let refused = |answer: Answer| -> Value { answer.expect(401).json() };
    let wrong = refused(sign_in(&app, "another sentence of words", Some(&code(&secret, 1))));
    assert_eq!(refused(sign_in(&app, PASSWORD, None)), wrong, "the answer tells that the password is right");
    assert_eq!(refused(sign_in(&app, PASSWORD, Some(&code(&secret, 5)))), wrong);
    assert_eq!(refused(sign_in(&app, PASSWORD, Some(&code(&secret, 0)))), wrong, "the code it was confirmed with is used up");
    let basic = format!("Basic {}", BASE64_STANDARD.encode(format!("ana@example.org:{PASSWORD}")));
    app.send(app.request("GET", "/v1/users/current", None).header("Authorization", basic), b"").expect(401);

    sign_in(&app, PASSWORD, Some(&code(&secret, 1))).expect(200);
    refused(sign_in(&app, PASSWORD, Some(&code(&secret, 1))));
    sign_in(&app, PASSWORD, Some(&recovery[3].to_lowercase())).expect(200);
    refused(sign_in(&app, PASSWORD, Some(&recovery[3])));
});

on_both!(it_is_ended_by_its_owner_or_forgotten_by_the_office, |app| {
    let (_, recovery) = with_factor(&app);
    let bearer = token(&sign_in(&app, PASSWORD, Some(&recovery[0])).expect(200));
    post(&app, &bearer, "/end", &recovery[0]).expect(400);
    post(&app, &bearer, "/end", &recovery[1]).expect(200);
    post(&app, &bearer, "/end", &recovery[2]).expect(404);
    let bearer = token(&sign_in(&app, PASSWORD, None).expect(200));
    let secret = post(&app, &bearer, "", "").expect(200).json()["secret"].as_str().unwrap().to_owned();
    post(&app, &bearer, "/confirm", &code(&secret, 0)).expect(200);
    sign_in(&app, PASSWORD, None).expect(401);
    app.store().forget_second_factor(by(), "ana@example.org".to_owned()).wait().unwrap();
    sign_in(&app, PASSWORD, None).expect(200);
});

on_both!(its_codes_cannot_be_guessed_from_a_session, |app| {
    let (_, recovery) = with_factor(&app);
    let bearer = token(&sign_in(&app, PASSWORD, Some(&recovery[0])).expect(200));
    let guesses: Vec<u16> = (0..11).map(|_| post(&app, &bearer, "/end", "no code").status).collect();
    assert_eq!((&guesses[..10], guesses[10]), ([400; 10].as_slice(), 429));
});
