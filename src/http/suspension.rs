//! The stop button: an ethics reviewer suspends a study, a form or an area, and lifts it again.

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
use crate::store::Store;

type Answer = Result<HttpResponse, Problem>;

#[derive(Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Stop {
    /// The form to stop; every form where it is left out.
    #[serde(default)]
    form_id: String,
    /// The region of the frame to stop in; everywhere where it is left out.
    #[serde(default)]
    area: String,
    #[validate(length(min = 3, max = 500, message = "say why, without naming anyone"))]
    reason: String,
}

/// Takes effect at the next request of any device.
pub async fn suspend(staff: Staff, payload: web::Payload, state: Data<State>) -> Answer {
    let stop: Stop = read_json(payload, &state).await?;
    let store = Arc::clone(&state.store);
    let stop = web::block(move || stops_something(&store, staff.study, &stop).map(|()| stop)).await??;
    let id = state.store.suspend(staff.by, staff.study, stop.form_id, stop.area, stop.reason).await?;
    Ok(HttpResponse::Ok().json(json!({ "id": id })))
}

/// A stop of a form or an area that is not there would be taken for one that holds.
fn stops_something(store: &Store, study: i64, stop: &Stop) -> Result<(), Problem> {
    let forms: Vec<String> = store.form_versions(study)?.into_iter().map(|v| v.form_id).collect();
    if !stop.form_id.is_empty() && !forms.contains(&stop.form_id) {
        return Err(Problem::invalid("formId", "the study has no form of this form_id, so nothing would be stopped"));
    }
    let regions = store.regions(study)?;
    if !stop.area.is_empty() && !regions.contains(&stop.area) {
        let message = format!("the frame has no such region, so nothing would be stopped; its regions are: {}", regions.join(", "));
        return Err(Problem::invalid("area", message));
    }
    Ok(())
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
