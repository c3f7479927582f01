//! Signing in and out.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::{self, Data};
use serde::Deserialize;
use serde_json::json;
use validator::Validate;

use super::State;
use super::access::Staff;
use super::body::read_json;
use super::problem::Problem;
use crate::people::{Token, verify_password};
use crate::store;

/// How long a session lasts, whatever is done in it.
const SESSION_SECONDS: i64 = 8 * 3600;

#[derive(Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    #[validate(email(message = "write an e-mail address"))]
    email: String,
    #[validate(length(min = 1, max = 1000, message = "write the password"))]
    password: String,
}

pub async fn sign_in(payload: web::Payload, state: Data<State>) -> Result<HttpResponse, Problem> {
    let credentials: Credentials = read_json(payload, &state).await?;
    // Each check costs 64 MiB and a tenth of a second: two at once, the others wait.
    let _turn = state.password_checks.acquire().await.map_err(|_| Problem::TooMany)?;
    let store = Arc::clone(&state.store);
    let person = web::block(move || {
        let person = match store.person_by_email(&credentials.email) {
            Ok(person) => Some(person),
            Err(store::Error::NotFound) => None,
            Err(e) => return Err(Problem::from(e)),
        };
        let is_right = verify_password(&credentials.password, person.as_ref().map(|p| p.password_hash.as_str()));
        person.filter(|p| is_right && !p.disabled).ok_or(Problem::WrongPassword)
    })
    .await??;
    let token = Token::new()?;
    let hash = Token::hash(token.as_str()).ok_or(Problem::WrongPassword)?;
    let expires_at = state.clock.now().as_second() + SESSION_SECONDS;
    state.store.open_session(hash, person.id, expires_at).await?;
    let expires = jiff::Timestamp::from_second(expires_at).map(|t| t.to_string()).unwrap_or_default();
    Ok(HttpResponse::Ok().json(json!({ "token": token.as_str(), "csrf": Token::new()?.as_str(), "expiresAt": expires })))
}

pub async fn sign_out(staff: Staff, state: Data<State>) -> Result<HttpResponse, Problem> {
    state.store.close_session(staff.session).await?;
    Ok(HttpResponse::Ok().json(json!({ "success": true })))
}

pub async fn current(staff: Staff) -> HttpResponse {
    let roles: Vec<_> = staff.roles.iter().map(|(study, role)| json!({ "projectId": study, "role": role })).collect();
    HttpResponse::Ok().json(json!({ "id": staff.person.id, "email": staff.person.email, "displayName": staff.person.name, "roles": roles }))
}
