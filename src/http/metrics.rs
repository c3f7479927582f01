//! Numbers of the machine for whoever watches it, in the text format of Prometheus, to a token of their own,
//! or to the machine itself where none is set.
//!
//! None is about a person, a device, a PSU or a study. Interviews are not counted: read every few seconds, such a number would say when each came
//! in, which the server does not keep. Writes of all kinds are counted together, and what waits sealed in steps of ten, once an hour.

use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix_web::http::header;
use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse};
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use super::problem::Problem;
use super::{State, room};
use crate::keys::{Tag, same};
use crate::store::Reading;

const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";
const AN_HOUR: Duration = Duration::from_secs(60 * 60);
/// A single record does not show.
const STEP: i64 = 10;
/// What proxies put beside a request of somebody else's.
const FORWARDED: [&str; 4] = ["forwarded", "via", "x-forwarded-for", "x-real-ip"];
/// The fewest characters of a token.
const LEAST_TOKEN: usize = 32;

/// Who may read the numbers, since when they are counted, and what waited sealed when that was last looked at.
#[derive(Debug)]
pub struct Metrics {
    token: Option<MetricsToken>,
    since: Instant,
    waiting: Mutex<Option<(Instant, i64)>>,
}

/// A token's SHA-256.
#[derive(Debug, Clone, Copy)]
pub struct MetricsToken(Tag);

impl MetricsToken {
    /// `None` where it is short enough to be guessed, or would not go into a header.
    pub fn of(text: &str) -> Option<MetricsToken> {
        let is_token = text.len() >= LEAST_TOKEN && text.bytes().all(|b| b.is_ascii_graphic());
        is_token.then(|| MetricsToken(Sha256::digest(text).into()))
    }
}

impl Metrics {
    pub fn new(token: Option<MetricsToken>) -> Metrics {
        Metrics { token, since: Instant::now(), waiting: Mutex::default() }
    }

    /// Whoever has not the token hears what they would if there were no such route; without one, whoever does not ask from the machine.
    fn check(&self, request: &HttpRequest) -> Result<(), Problem> {
        let sent = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        match (self.token, sent) {
            (Some(token), Some(sent)) if same(&token.0, &Sha256::digest(sent).into()) => Ok(()),
            (None, _) if is_of_the_machine(request) => Ok(()),
            _ => Err(Problem::NotFound),
        }
    }
}

/// A proxy on the machine says for whom it asks.
fn is_of_the_machine(request: &HttpRequest) -> bool {
    let is_forwarded = FORWARDED.iter().any(|name| request.headers().contains_key(*name));
    request.peer_addr().is_some_and(|peer| peer.ip().is_loopback()) && !is_forwarded
}

pub async fn shown(request: HttpRequest, state: Data<State>) -> Result<HttpResponse, Problem> {
    state.metrics.check(&request)?;
    let free = room::free(&state).await?;
    // What the server and its disk do is wanted most where the database is away.
    let waiting =
        waiting(&state).await.map_err(|problem| tracing::warn!(cause = problem.cause(), "what waits sealed was not counted")).ok();
    Ok(HttpResponse::Ok().content_type(CONTENT_TYPE).body(text(&state, free, waiting)))
}

/// How many records wait sealed, rounded up.
async fn waiting(state: &Data<State>) -> Result<i64, Problem> {
    let last = *state.metrics.waiting.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, waiting)) = last.filter(|(at, _)| at.elapsed() < AN_HOUR) {
        return Ok(waiting);
    }
    let store = Arc::clone(&state.store);
    let waiting = rounded(web::block(move || store.set_aside_waiting()).await??);
    *state.metrics.waiting.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), waiting));
    Ok(waiting)
}

fn rounded(records: i64) -> i64 {
    (records + STEP - 1) / STEP * STEP
}

fn text(state: &State, free: u64, waiting: Option<i64>) -> String {
    let meter = state.store.meter();
    let mut out = String::new();
    let version = env!("CARGO_PKG_VERSION");
    gauge(&mut out, "kish_build_info", "The version of the program, as a label.", &format!("{{version=\"{version}\"}} 1"));
    gauge(&mut out, "kish_uptime_seconds", "Since the server was started.", &format!(" {}", state.metrics.since.elapsed().as_secs()));
    gauge(&mut out, "kish_disk_free_bytes", "Free on the fullest disk that the server writes to.", &format!(" {free}"));
    gauge(&mut out, "kish_write_queue_length", "Writes that wait for a writer.", &format!(" {}", meter.waiting()));
    if let Some(waiting) = waiting {
        gauge(
            &mut out,
            "kish_set_aside_waiting",
            "Records that wait sealed, rounded up to tens, as of the last hour.",
            &format!(" {waiting}"),
        );
    }
    let seconds = |microseconds: u64| (microseconds as f64 / 1e6).to_string();
    histogram(&mut out, "kish_commit_seconds", "How long transactions took to be durable.", &meter.commits.read(), seconds);
    histogram(&mut out, "kish_commit_writes", "Writes of all kinds in a transaction.", &meter.batches.read(), |writes| writes.to_string());
    out
}

fn gauge(out: &mut String, name: &str, help: &str, value: &str) {
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} gauge\n{name}{value}");
}

fn histogram(out: &mut String, name: &str, help: &str, reading: &Reading, unit: impl Fn(u64) -> String) {
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} histogram");
    for (bound, count) in &reading.up_to {
        let _ = writeln!(out, "{name}_bucket{{le=\"{}\"}} {count}", unit(*bound));
    }
    let _ = writeln!(out, "{name}_bucket{{le=\"+Inf\"}} {0}\n{name}_sum {1}\n{name}_count {0}", reading.count, unit(reading.sum));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_histogram_is_written_as_prometheus_reads_it() {
        let mut out = String::new();
        let reading = Reading { up_to: vec![(500, 1), (1000, 3)], count: 4, sum: 6000 };
        histogram(&mut out, "a", "Of b.", &reading, |us| (us as f64 / 1e6).to_string());
        let lines = "# HELP a Of b.\n# TYPE a histogram\na_bucket{le=\"0.0005\"} 1\na_bucket{le=\"0.001\"} 3\na_bucket{le=\"+Inf\"} 4\na_sum 0.006\na_count 4\n";
        assert_eq!(out, lines);
    }

    #[test]
    fn one_record_more_does_not_show_and_a_short_token_is_none() {
        assert_eq!([0, 1, 9, 10, 11].map(rounded), [0, 10, 10, 10, 20]);
        assert!(MetricsToken::of(&"a".repeat(31)).is_none() && MetricsToken::of(&format!("{} ", "a".repeat(40))).is_none());
        assert!(MetricsToken::of(&"a".repeat(32)).is_some());
    }
}
