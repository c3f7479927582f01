//! The stop button: an ethics reviewer suspends a study or a form, and lifts it again.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::{self, Data, Path};
use serde::Deserialize;
use serde_json::json;
use validator::Validate;

use super::State;
use super::access::Staff;
use super::body::read_json;
use super::problem::Problem;

type Answer = Result<HttpResponse, Problem>;

#[derive(Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Stop {
    /// The form to stop; the whole study where it is left out.
    #[serde(default)]
    form_id: String,
    #[validate(length(min = 3, max = 500, message = "say why, without naming anyone"))]
    reason: String,
}

/// Takes effect at the next request of any device.
pub async fn suspend(staff: Staff, payload: web::Payload, state: Data<State>) -> Answer {
    let stop: Stop = read_json(payload, &state).await?;
    let id = state.store.suspend(staff.by, staff.study, stop.form_id, stop.reason).await?;
    Ok(HttpResponse::Ok().json(json!({ "id": id })))
}

pub async fn reinstate(staff: Staff, path: Path<(i64, i64)>, state: Data<State>) -> Answer {
    state.store.reinstate(staff.by, staff.study, path.1).await?;
    Ok(HttpResponse::Ok().json(json!({ "success": true })))
}

pub async fn list(staff: Staff, state: Data<State>) -> Answer {
    let store = Arc::clone(&state.store);
    let standing = web::block(move || store.standing(staff.study)).await??;
    Ok(HttpResponse::Ok().json(standing.suspensions))
}
