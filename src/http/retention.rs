//! What has a date goes when it has passed, when the server starts and once a day: what waits sealed, words without a
//! code, files for research, how many interviews a device held in a week, and at last the responses themselves.

use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::web::{self, Data};
use serde_json::json;
use tokio::time::interval;

use super::State;
use super::access::Staff;
use super::problem::Problem;
use crate::intake::load_kept_since;
use crate::store::Destroyed;

const A_DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Runs as long as the server does; what fails is tried again the next day.
pub async fn hold(state: Data<State>) {
    let mut days = interval(A_DAY);
    loop {
        days.tick().await;
        match destroy_due(&state).await {
            Ok(0) => {}
            Ok(records) => tracing::info!(records, "destroyed past their retention date"),
            Err(problem) => tracing::error!(problem = %problem, "what is past its retention date could not be destroyed"),
        }
    }
}

async fn destroy_due(state: &Data<State>) -> Result<usize, Problem> {
    let today = state.clock.today();
    state.store.erase_weeks_before(load_kept_since(today)).await?;
    let today = today.to_string();
    let responses = erase_responses(state, &today).await?;
    let destroyed = state.store.destroy_due(today.clone()).await? + state.store.erase_own_words(today.clone()).await? + responses;
    let destroyed = destroyed + state.store.erase_research_files(today).await?;
    let shared = state.clone();
    web::block(move || super::link::finish(&shared)).await??;
    // Also where nothing was due: readers may have been in the way of the last time.
    scrub(state, Destroyed::Dated).await?;
    // On another server too somebody may have taken answers back.
    state.samples.forget();
    if responses > 0 {
        scrub(state, Destroyed::Responses).await?;
    }
    Ok(destroyed)
}

/// Some at a time, so that what comes in does not wait; where it ends in between, the next day goes on.
async fn erase_responses(state: &Data<State>, today: &str) -> Result<usize, Problem> {
    let mut erased = 0;
    loop {
        match state.store.erase_due(today.to_owned()).await? {
            0 => return Ok(erased),
            some => erased += some,
        }
    }
}

/// After something was destroyed: its bytes leave the database's own files.
pub async fn scrub(state: &Data<State>, destroyed: Destroyed) -> Result<(), Problem> {
    let store = Arc::clone(&state.store);
    if !web::block(move || store.scrub(destroyed)).await?? {
        tracing::warn!("readers were in the way: what was destroyed leaves the database's log later");
    }
    Ok(())
}

/// Until when a study's responses are kept, how many there are, and what was erased when their time was over.
pub async fn shown(staff: Staff, state: Data<State>) -> Result<HttpResponse, Problem> {
    let (store, id) = (Arc::clone(&state.store), staff.study);
    let (study, left, erasure) =
        web::block(move || Ok::<_, Problem>((store.study(id)?, store.count_responses(id)?, store.erasure(id)?))).await??;
    Ok(HttpResponse::Ok().json(json!({
        "keepResponsesUntil": (!study.keep_until.is_empty()).then_some(study.keep_until),
        "responses": left,
        "erasedOn": erasure.as_ref().map(|e| &e.erased_on),
        "responsesErased": erasure.as_ref().map_or(0, |e| e.responses),
        "notCovered": "copies of the data folder made before; they are the office's to destroy",
    })))
}
