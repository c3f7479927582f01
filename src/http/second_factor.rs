//! A second proof at signing in: begun, confirmed and ended by its owner, and asked for in between.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::{self, Data};
use base64::prelude::{BASE64_STANDARD, Engine};
use serde::Deserialize;
use serde_json::json;
use validator::Validate;

use super::State;
use super::access::Staff;
use super::body::read_json;
use super::problem::Problem;
use crate::keys::{self, Keys, Tag};
use crate::openrosa::in_path;
use crate::people::second_factor::{Secret, new_recovery_codes, recovery_hash};
use crate::store::{self, SecondFactor, Shown, Store};
use crate::trail::By;

type Answer = Result<HttpResponse, Problem>;

#[derive(Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
pub struct Code {
    #[validate(length(min = 1, max = 100, message = "write the code the app shows, or a recovery code"))]
    code: String,
}

/// The secret and the recovery codes are in this answer and nowhere else; nothing is asked for until it is confirmed.
pub async fn begin(staff: Staff, state: Data<State>) -> Answer {
    let salt = keys::random::<16>()?.to_vec();
    let codes = new_recovery_codes()?;
    let secret = secret(&state.keys, staff.person.id, &salt).base32();
    let hashes = codes.iter().map(|code| recovery_hash(code)).collect();
    state.store.begin_second_factor(by(&staff, &state), salt, hashes).await.map_err(|e| match e {
        store::Error::Duplicate => Problem::Conflict("You have a second factor; end it first, with one of its codes."),
        other => other.into(),
    })?;
    let uri = format!("otpauth://totp/Kish:{}?secret={secret}&issuer=Kish", in_path(&staff.person.email));
    Ok(HttpResponse::Ok().json(json!({ "secret": secret, "uri": uri, "recoveryCodes": codes })))
}

pub async fn confirm(staff: Staff, payload: web::Payload, state: Data<State>) -> Answer {
    let Code { code } = read_json(payload, &state).await?;
    let tries = take_try(&state, &staff)?;
    let factor = find(&state, &staff).await?;
    let step = secret(&state.keys, staff.person.id, &factor.salt).step_of(&code, now(&state), factor.last_step).ok_or_else(wrong)?;
    state.store.confirm_second_factor(by(&staff, &state), factor.salt, step).await?;
    state.throttle.clear(&tries);
    Ok(HttpResponse::Ok().json(json!({ "success": true })))
}

pub async fn end(staff: Staff, payload: web::Payload, state: Data<State>) -> Answer {
    let Code { code } = read_json(payload, &state).await?;
    let tries = take_try(&state, &staff)?;
    let factor = find(&state, &staff).await?;
    let (store, secret, id, now) =
        (Arc::clone(&state.store), secret(&state.keys, staff.person.id, &factor.salt), staff.person.id, now(&state));
    let shown = web::block(move || shown(&store, id, &secret, &factor, &code, now)).await??.ok_or_else(wrong)?;
    state.store.end_second_factor(by(&staff, &state), shown).await?;
    state.throttle.clear(&tries);
    Ok(HttpResponse::Ok().json(json!({ "success": true })))
}

/// What a sign-in shows of the second factor: nothing where the account has none. Wrong or missing, it is a wrong password.
pub(super) fn accepted(store: &Store, keys: &Keys, id: i64, code: Option<&str>, now: i64) -> Result<Option<Shown>, Problem> {
    let Some(factor) = store.second_factor(id)?.filter(|f| f.confirmed) else { return Ok(None) };
    let code = code.ok_or(Problem::WrongPassword)?;
    shown(store, id, &secret(keys, id, &factor.salt), &factor, code, now)?.map(Some).ok_or(Problem::WrongPassword)
}

fn shown(store: &Store, id: i64, secret: &Secret, factor: &SecondFactor, code: &str, now: i64) -> Result<Option<Shown>, store::Error> {
    if let Some(step) = secret.step_of(code, now, factor.last_step) {
        return Ok(Some(Shown::Step(step)));
    }
    let hash = recovery_hash(code);
    Ok(store.has_recovery_code(id, &hash)?.then_some(Shown::Recovery(hash)))
}

/// It follows from the salt under a key that is not in the database, so that a copy of the database makes no codes.
fn secret(keys: &Keys, id: i64, salt: &[u8]) -> Secret {
    Secret::from_tag(&keys.receipt(0, "second factor", &[&id.to_string(), &BASE64_STANDARD.encode(salt)]))
}

async fn find(state: &Data<State>, staff: &Staff) -> Result<SecondFactor, Problem> {
    let (store, id) = (Arc::clone(&state.store), staff.person.id);
    web::block(move || store.second_factor(id)).await??.ok_or(Problem::NotFound)
}

/// Six digits are soon guessed by whoever has taken over a session and may try as often as they like.
fn take_try(state: &State, staff: &Staff) -> Result<Tag, Problem> {
    let tries = state.keys.receipt(0, "second factor tries", &[&staff.person.id.to_string()]);
    state.throttle.take(tries, now(state)).map_err(Problem::Wait)?;
    Ok(tries)
}

fn by(staff: &Staff, state: &State) -> By {
    By::account(staff.person.id, state.clock.today())
}

fn now(state: &State) -> i64 {
    state.clock.now().as_second()
}

fn wrong() -> Problem {
    Problem::invalid(
        "code",
        "it is not the code the app shows now, or was used before; wait for the next, and see that the app's clock is right",
    )
}
