//! Signing in and out: who a request is from, and what proves it.

use std::sync::Arc;

use actix_web::cookie::{Cookie, SameSite, time};
use actix_web::http::{Method, header};
use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse};
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine};
use serde::Deserialize;
use serde_json::json;
use validator::Validate;

use super::State;
use super::access::Staff;
use super::body::read_json;
use super::problem::Problem;
use super::second_factor::accepted;
use crate::keys::{self, Tag};
use crate::people::{Token, TokenHash, verify_password};
use crate::store::{self, NewSession, Person, Shown};
use crate::trail::By;

/// How long a session lasts, whatever is done in it; the store ends it earlier when nothing is.
const SESSION_SECONDS: i64 = 8 * 3600;
/// How long a browser is known to have signed in.
const KNOWN_DAYS: i64 = 180;
/// Both can be set over TLS alone, for this host alone.
const SESSION_COOKIE: &str = "__Host-session";
const KNOWN_COOKIE: &str = "__Host-known";
/// What a page sends beside its cookie, to show that it is ours.
const CSRF_HEADER: &str = "X-CSRF-Token";

#[derive(Deserialize, Validate)]
#[serde(deny_unknown_fields)]
pub struct Login {
    #[validate(email(message = "write an e-mail address"))]
    pub email: String,
    #[validate(length(min = 1, max = 1000, message = "write the password"))]
    pub password: String,
    /// Of the second factor, where the account has one.
    #[validate(length(max = 100, message = "write the code the app shows, or a recovery code"))]
    pub code: Option<String>,
}

/// What a request shows for itself.
#[derive(Debug)]
pub enum Proof {
    Session(TokenHash),
    Password { email: String, password: String, known: Option<String> },
}

impl Proof {
    /// A bearer token, an address with its password (`Basic`), or a page's cookie with its csrf value.
    pub fn of(request: &HttpRequest, state: &State) -> Result<Proof, Problem> {
        let Some(given) = request.headers().get(header::AUTHORIZATION) else { return by_cookie(request, state) };
        let text = given.to_str().map_err(|_| Problem::NotSignedIn)?;
        if let Some(token) = text.strip_prefix("Bearer ") {
            return Token::hash(token).map(Proof::Session).ok_or(Problem::NotSignedIn);
        }
        let pair = text.strip_prefix("Basic ").and_then(|text| BASE64_STANDARD.decode(text.trim()).ok());
        let pair = pair.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or(Problem::NotSignedIn)?;
        let (email, password) = pair.split_once(':').ok_or(Problem::NotSignedIn)?;
        Ok(Proof::Password { email: email.to_owned(), password: password.to_owned(), known: known(request) })
    }
}

/// A browser sends its cookie whoever made it ask, so that what changes something must show that our page did.
fn by_cookie(request: &HttpRequest, state: &State) -> Result<Proof, Problem> {
    let cookie = request.cookie(SESSION_COOKIE).ok_or(Problem::NotSignedIn)?;
    let session = Token::hash(cookie.value()).ok_or(Problem::NotSignedIn)?;
    if [Method::GET, Method::HEAD].contains(request.method()) {
        return Ok(Proof::Session(session));
    }
    let shown = request.headers().get(CSRF_HEADER).and_then(|value| decoded(value.to_str().ok()?));
    match shown {
        Some(shown) if keys::same(&shown, &csrf(state, &session)) => Ok(Proof::Session(session)),
        _ => Err(Problem::Foreign),
    }
}

fn csrf(state: &State, session: &TokenHash) -> Tag {
    state.keys.receipt(0, "csrf", &[&BASE64_STANDARD.encode(session)])
}

fn decoded(text: &str) -> Option<Tag> {
    BASE64_URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
}

fn known(request: &HttpRequest) -> Option<String> {
    request.cookie(KNOWN_COOKIE).map(|cookie| cookie.value().to_owned())
}

/// What proves that we marked a browser as one that has signed in to an account.
fn proof(state: &State, address: &str, random: &str) -> Tag {
    state.keys.receipt(0, "known", &[address, random])
}

/// The mark: a random part and its proof.
fn mark(state: &State, email: &str) -> std::io::Result<String> {
    let random = BASE64_URL_SAFE_NO_PAD.encode(keys::random::<16>()?);
    let proof = BASE64_URL_SAFE_NO_PAD.encode(proof(state, &email.to_lowercase(), &random));
    Ok(format!("{random}.{proof}"))
}

/// Whose tries a sign-in uses up: those of the browser if the account knows it, else those of the address.
fn tries_of(state: &State, email: &str, known: Option<&str>) -> Tag {
    let address = email.to_lowercase();
    let marked = known.and_then(|known| known.split_once('.')).and_then(|(random, shown)| Some((random, decoded(shown)?)));
    match marked {
        Some((random, shown)) if keys::same(&shown, &proof(state, &address, random)) => {
            state.keys.receipt(0, "sign-in", &[&address, random])
        }
        _ => state.keys.receipt(0, "sign-in", &[&address]),
    }
}

/// The person whose address, password and code these are, and what the code was. Wrong in any way takes as long and answers the
/// same: not even who has the password learns from it whether the account has a second factor.
pub async fn person(state: &State, login: Login, known: Option<&str>) -> Result<(Person, Option<Shown>), Problem> {
    let Login { email, password, code } = login;
    // Each check costs 64 MiB and a tenth of a second: two at once, the others wait.
    let _turn = state.password_checks.acquire().await.map_err(|_| Problem::TooMany)?;
    let tries = tries_of(state, &email, known);
    let now = state.clock.now().as_second();
    state.throttle.take(tries, now).map_err(Problem::Wait)?;
    let (store, keys) = (Arc::clone(&state.store), Arc::clone(&state.keys));
    let person = web::block(move || {
        let person = match store.person_by_email(&email) {
            Ok(person) => Some(person),
            Err(store::Error::NotFound) => None,
            Err(e) => return Err(Problem::from(e)),
        };
        let is_right = verify_password(&password, person.as_ref().map(|p| p.password_hash.as_str()));
        let shown = accepted(&store, &keys, person.as_ref().map_or(0, |p| p.id), code.as_deref(), now);
        let person = person.filter(|p| is_right && !p.disabled).ok_or(Problem::WrongPassword)?;
        Ok((person, shown?))
    })
    .await??;
    state.throttle.clear(&tries);
    Ok(person)
}

pub async fn sign_in(request: HttpRequest, payload: web::Payload, state: Data<State>) -> Result<HttpResponse, Problem> {
    let login: Login = read_json(payload, &state).await?;
    let (person, shown) = person(&state, login, known(&request).as_deref()).await?;
    let token = Token::new()?;
    let session = Token::hash(token.as_str()).ok_or(Problem::WrongPassword)?;
    let now = state.clock.now().as_second();
    let expires_at = now + SESSION_SECONDS;
    let before = request.cookie(SESSION_COOKIE).and_then(|cookie| Token::hash(cookie.value()));
    let new = NewSession { token: session, before, now, expires_at, shown };
    state.store.open_session(By::account(person.id, state.clock.today()), new).await.map_err(|e| match e {
        // The same code twice at once: the second comes too late.
        store::Error::Changed => Problem::WrongPassword,
        other => other.into(),
    })?;
    let expires = jiff::Timestamp::from_second(expires_at).map(|t| t.to_string()).unwrap_or_default();
    let csrf = BASE64_URL_SAFE_NO_PAD.encode(csrf(&state, &session));
    Ok(HttpResponse::Ok()
        .cookie(cookie(SESSION_COOKIE, token.as_str().to_owned(), SESSION_SECONDS))
        .cookie(cookie(KNOWN_COOKIE, mark(&state, &person.email)?, KNOWN_DAYS * 86_400))
        .json(json!({ "token": token.as_str(), "csrf": csrf, "expiresAt": expires })))
}

/// Out of reach of scripts, never sent unencrypted, never sent for another site.
fn cookie(name: &'static str, value: String, seconds: i64) -> Cookie<'static> {
    let age = time::Duration::seconds(seconds);
    Cookie::build(name, value).path("/").secure(true).http_only(true).same_site(SameSite::Strict).max_age(age).finish()
}

/// Not `"cookies"`: the mark by which a browser is known must outlive the session, or whoever guesses at an account locks its
/// owner out. The session's cookie is ended by name.
const FORGET: (&str, &str) = ("Clear-Site-Data", "\"cache\", \"storage\"");

pub async fn sign_out(staff: Staff, state: Data<State>) -> Result<HttpResponse, Problem> {
    let by = By::account(staff.person.id, state.clock.today());
    state.store.close_session(by, staff.session.ok_or(Problem::NotFound)?).await?;
    Ok(HttpResponse::Ok().insert_header(FORGET).cookie(cookie(SESSION_COOKIE, String::new(), 0)).json(json!({ "success": true })))
}

/// The csrf value is here too, for a page that was loaded anew: another site's page can ask for this, but cannot read it.
pub async fn current(staff: Staff, state: Data<State>) -> HttpResponse {
    let csrf = staff.session.map(|session| BASE64_URL_SAFE_NO_PAD.encode(csrf(&state, &session)));
    let roles: Vec<_> = staff.roles.iter().map(|(study, role)| json!({ "projectId": study, "role": role })).collect();
    HttpResponse::Ok()
        .json(json!({ "id": staff.person.id, "email": staff.person.email, "displayName": staff.person.name, "roles": roles, "csrf": csrf }))
}
