//! What has a date goes when it has passed, when the server starts and once a day: what waits sealed, words without a
//! code, and how many interviews a device held in a week.

use std::sync::Arc;
use std::time::Duration;

use actix_web::web::{self, Data};
use tokio::time::interval;

use super::State;
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
    let destroyed = state.store.destroy_due(today.clone()).await? + state.store.erase_own_words(today).await?;
    let shared = state.clone();
    web::block(move || super::link::finish(&shared)).await??;
    // Also where nothing was due: readers may have been in the way of the last time.
    scrub(state).await?;
    Ok(destroyed)
}

/// After something was destroyed: its bytes leave the database's own files.
pub async fn scrub(state: &Data<State>) -> Result<(), Problem> {
    let store = Arc::clone(&state.store);
    if !web::block(move || store.scrub(Destroyed::Dated)).await?? {
        tracing::warn!("readers were in the way: what was destroyed leaves the database's log later");
    }
    Ok(())
}
