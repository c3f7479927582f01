//! Who may read coded rows: a statistician asks, an ethics reviewer and a coordinator grant it for a time, and each of them ends it.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::{self, Data, Path};
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};
use validator::Validate;

use super::State;
use super::access::Staff;
use super::body::read_json;
use super::problem::Problem;
use super::term::{last_day, may_end};
use crate::people::Role;
use crate::store::{self, GrantState, Granters, NewRowGrant, RowGrant};

type Answer = Result<HttpResponse, Problem>;

const OVER: Problem = Problem::Conflict("It is over. Ask anew with POST …/row-grants.");

#[derive(Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Asking {
    /// What the rows are for.
    #[validate(length(min = 10, max = 2000, message = "say what the rows are for, in 10 to 2000 characters"))]
    because: String,
    /// Every form of the study where none is named.
    form_id: Option<String>,
}

pub async fn ask(staff: Staff, payload: web::Payload, state: Data<State>) -> Answer {
    let asking: Asking = read_json(payload, &state).await?;
    let (store, study, form_id) = (Arc::clone(&state.store), staff.study, asking.form_id.unwrap_or_default());
    let form_id = web::block(move || {
        let is_there = form_id.is_empty() || store.form_versions(study)?.iter().any(|version| version.form_id == form_id);
        if is_there { Ok(form_id) } else { Err(Problem::invalid("formId", "no form of this name is published in the study")) }
    })
    .await??;
    let today = state.clock.today();
    let expires_on = last_day(today).to_string();
    let new =
        NewRowGrant { study_id: study, asked_on: today.to_string(), form_id, because: asking.because, expires_on: expires_on.clone() };
    let id = state.store.ask_for_rows(staff.by, new).await?;
    Ok(HttpResponse::Ok().json(json!({ "id": id, "expiresOn": expires_on })))
}

/// Every one of the study, those before too: who grants one sees who else reads.
pub async fn list(staff: Staff, state: Data<State>) -> Answer {
    let store = Arc::clone(&state.store);
    let grants = web::block(move || store.row_grants(staff.study)).await??;
    let today = state.clock.today().to_string();
    Ok(HttpResponse::Ok().json(grants.iter().map(|grant| shown(grant, &today)).collect::<Vec<_>>()))
}

fn shown(grant: &RowGrant, today: &str) -> Value {
    let state = match grant.state(today) {
        GrantState::Waiting => "waiting",
        GrantState::Half => "half",
        GrantState::Granted => "granted",
        GrantState::Over => "over",
    };
    json!({
        "id": grant.id,
        "state": state,
        "askedBy": grant.asked_by,
        "askedOn": grant.asked_on,
        "formId": (!grant.form_id.is_empty()).then_some(&grant.form_id),
        "because": grant.because,
        "reviewer": grant.reviewer_id,
        "coordinator": grant.coordinator_id,
        "expiresOn": grant.expires_on,
        "endedBy": grant.ended_by,
    })
}

#[derive(Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Granting {
    /// The last day on which rows may be read by it.
    expires_on: Date,
}

/// By two people, neither of whom asked.
pub async fn grant(staff: Staff, path: Path<(i64, i64)>, payload: web::Payload, state: Data<State>) -> Answer {
    let granting: Granting = read_json(payload, &state).await?;
    let (store, study, id, person) = (Arc::clone(&state.store), staff.study, path.1, staff.person.id);
    let today = state.clock.today();
    may_end(granting.expires_on, today)?;
    let found = web::block(move || store.row_grants(study)?.into_iter().find(|grant| grant.id == id).ok_or(Problem::NotFound)).await??;
    if [Some(found.asked_by), found.reviewer_id, found.coordinator_id].contains(&Some(person)) {
        return Err(Problem::Forbidden);
    }
    let as_what = Granters { reviewer: staff.has(Role::EthicsReviewer), coordinator: staff.has(Role::Coordinator) };
    let granted = state.store.grant_rows(staff.by, study, id, as_what, today.to_string(), granting.expires_on.to_string());
    granted.await.map_err(|e| match e {
        store::Error::Duplicate => {
            Problem::Conflict("This word is given already; it needs the other one: an ethics reviewer's and a coordinator's.")
        }
        store::Error::Changed => OVER,
        other => other.into(),
    })?;
    Ok(HttpResponse::Ok().json(json!({ "success": true })))
}

/// At once: what is being read ends with the pages of rows that are under way, two at most.
pub async fn end(staff: Staff, path: Path<(i64, i64)>, state: Data<State>) -> Answer {
    let today = state.clock.today().to_string();
    state.store.end_row_grant(staff.by, staff.study, path.1, today).await.map_err(|e| match e {
        store::Error::Changed => OVER,
        other => other.into(),
    })?;
    Ok(HttpResponse::Ok().json(json!({ "success": true })))
}
