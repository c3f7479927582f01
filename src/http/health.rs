//! Whether the server lives, and whether it can take an interview: said to whoever watches it, without a number.

use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::web::{self, Data};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use super::problem::Problem;
use super::{State, TEXT, room};

/// How long the database may take to keep something and to say it again.
const PATIENCE: Duration = Duration::from_secs(2);
/// Below it interviews are still taken as long as they can be, but nobody should send this server more of them.
const LOW_WATER: u64 = 128 << 20;
/// However often it is asked, the database is written to no more often than this.
const HOLDS_FOR: Duration = Duration::from_secs(1);

const LITTLE_ROOM: &str = "ready, but little room is left on the disk";

/// What was found the last time.
#[derive(Debug, Default)]
pub struct Health(Mutex<Option<(Instant, bool)>>);

pub async fn live() -> HttpResponse {
    HttpResponse::Ok().content_type(TEXT).body("live")
}

pub async fn ready(state: Data<State>) -> Result<HttpResponse, Problem> {
    let mut last = state.health.0.lock().await;
    let is_ready = match *last {
        Some((at, is_ready)) if at.elapsed() < HOLDS_FOR => is_ready,
        _ => look(&state).await.map_err(|cause| tracing::error!(cause, "not ready")).is_ok(),
    };
    if last.is_none_or(|(at, _)| at.elapsed() >= HOLDS_FOR) {
        *last = Some((Instant::now(), is_ready));
    }
    if !is_ready {
        return Err(Problem::NotReady);
    }
    let has_room = room::free(&state).await? >= state.room.warn();
    Ok(HttpResponse::Ok().content_type(TEXT).body(if has_room { "ready" } else { LITTLE_ROOM }))
}

async fn look(state: &Data<State>) -> Result<(), String> {
    if room::free(state).await.map_err(|e| e.to_string())? < LOW_WATER {
        return Err(format!("less than {} MiB are free on the disk", LOW_WATER >> 20));
    }
    let kept = timeout(PATIENCE, state.store.mark()).await.map_err(|_| "the database takes too long to keep something".to_owned())?;
    let mark = kept.map_err(|e| e.to_string())?;
    let store = Arc::clone(&state.store);
    let read = timeout(PATIENCE, web::block(move || store.marked()));
    let read = read.await.map_err(|_| "the database takes too long to read".to_owned())?.map_err(|e| e.to_string())?;
    // Another server on the same database may have marked it since.
    if read.map_err(|e| e.to_string())? < mark { Err("the database does not have what it kept".to_owned()) } else { Ok(()) }
}
