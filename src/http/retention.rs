//! What has a date goes when it has passed, when the server starts and once a day: what waits sealed, words without a
//! code, files for research, how many interviews a device held in a week, and at last the responses themselves.
//!
//! What is destroyed does not come back when a clock is set right, so no run goes further than a week past the day the last one came to.

use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::rt::time::sleep;
use actix_web::web::{self, Data};
use jiff::ToSpan;
use jiff::civil::{Date, ISOWeekDate, Weekday};
use serde_json::json;

use super::State;
use super::access::Staff;
use super::problem::Problem;
use crate::intake::load_kept_since;
use crate::store::{self, Destroyed, Store};

const A_DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// What a server waits that starts under a clock far ahead of the last run: who starts it again and again destroys nothing by it.
const AN_HOUR: Duration = Duration::from_secs(60 * 60);
/// How many days a run goes past the day that the last one came to.
const DAYS_A_RUN: i32 = 7;

/// Runs as long as the server does; what fails is tried again the next day.
pub async fn hold(state: Data<State>) {
    let mut next = run(&state, true).await;
    loop {
        sleep(next).await;
        next = run(&state, false).await;
    }
}

/// Until the next run.
async fn run(state: &Data<State>, is_start: bool) -> Duration {
    match destroy_due(state, is_start).await {
        Ok(None) => return AN_HOUR,
        Ok(Some(0)) => {}
        Ok(Some(records)) => tracing::info!(records, "destroyed past their retention date"),
        Err(problem) => tracing::error!(cause = problem.cause(), "what is past its retention date could not be destroyed"),
    }
    A_DAY
}

/// How many records were destroyed; none where this is not the time for it.
async fn destroy_due(state: &Data<State>, is_start: bool) -> Result<Option<usize>, Problem> {
    let (shared, today) = (Arc::clone(&state.store), state.clock.today());
    let held_to = web::block(move || held_to(&shared)).await??;
    let day = day_of_run(held_to, today);
    if day < today {
        let held_to = held_to.unwrap_or(today);
        tracing::warn!(%today, %held_to, "the clock is far ahead of the last run of retention: a week of it is made good at a time; if the clock is wrong, set it");
        if is_start {
            return Ok(None);
        }
    }
    let destroyed = destroy_until(state, day).await?;
    state.store.note_retention(day.to_string()).await?;
    Ok(Some(destroyed))
}

/// The day the last run came to. Before there was one, as after an upgrade, the end of the week in which the trail's last line was written:
/// it must not be the clock alone that says how much time has passed.
fn held_to(store: &Store) -> Result<Option<Date>, store::Error> {
    match store.retention_held_to()? {
        Some(day) => Ok(day.parse().ok()),
        None => Ok(store.last_week_of_trail()?.and_then(|week| last_day(&week))),
    }
}

/// The Sunday of a week, `2026-W47`.
fn last_day(week: &str) -> Option<Date> {
    let (year, week) = week.split_once("-W")?;
    ISOWeekDate::new(year.parse().ok()?, week.parse().ok()?, Weekday::Sunday).ok().map(ISOWeekDate::date)
}

/// The day a run goes by: today, but no more than a week after the day that the last one came to.
fn day_of_run(held_to: Option<Date>, today: Date) -> Date {
    held_to.map_or(today, |held_to| today.min(held_to.saturating_add(DAYS_A_RUN.days())))
}

async fn destroy_until(state: &Data<State>, today: Date) -> Result<usize, Problem> {
    state.store.erase_weeks_before(load_kept_since(today)).await?;
    let today = today.to_string();
    let responses = erase_responses(state, &today).await?;
    let destroyed = state.store.destroy_due(today.clone()).await? + state.store.erase_own_words(today.clone()).await? + responses;
    let destroyed = destroyed + state.store.erase_research_files(today).await?;
    let shared = state.clone();
    web::block(move || super::link::finish(&shared)).await??;
    // On another server too somebody may have taken answers back.
    state.samples.forget();
    let shared = Arc::clone(&state.store);
    if web::block(move || shared.is_unscrubbed()).await?? {
        try_to_scrub(state, Destroyed::Responses).await;
    }
    // Also where nothing was due: readers may have been in the way of the last time.
    try_to_scrub(state, Destroyed::Dated).await;
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
        tracing::warn!("readers were in the way: what was destroyed leaves the database's files later");
    }
    Ok(())
}

/// Where it fails it is due all the same, and done the next day.
pub async fn try_to_scrub(state: &Data<State>, destroyed: Destroyed) {
    if let Err(problem) = scrub(state, destroyed).await {
        tracing::error!(cause = problem.cause(), "what was destroyed has not left the database's files yet: it is tried again every day");
    }
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

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn no_run_goes_more_than_a_week_past_the_one_before() {
        let today = date(2027, 3, 10);
        for (held_to, goes_by) in [
            (None, today),
            (Some(date(2027, 3, 9)), today),
            (Some(date(2027, 3, 3)), today),
            (Some(date(2027, 3, 2)), date(2027, 3, 9)),
            (Some(date(2026, 11, 21)), date(2026, 11, 28)),
            (Some(date(2036, 1, 1)), today),
            (Some(Date::MAX), today),
        ] {
            assert_eq!(day_of_run(held_to, today), goes_by, "{held_to:?}");
        }
    }

    #[test]
    fn a_week_of_the_trail_ends_on_its_sunday() {
        assert_eq!(last_day("2026-W47"), Some(date(2026, 11, 22)));
        assert_eq!(last_day("2026-W53"), Some(date(2027, 1, 3)));
        for no_week in ["2026-W54", "2026-47", "", "-W", "9999999-W01"] {
            assert_eq!(last_day(no_week), None, "{no_week}");
        }
    }
}
