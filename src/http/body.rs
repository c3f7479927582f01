//! Bodies under limits: of size, of silence, of slowness, and of how much all of them hold together.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::web::{self, Bytes};
use futures_util::{Stream, StreamExt};
use serde::de::DeserializeOwned;
use tokio::time::{Instant, Sleep, sleep_until};
use validator::{Validate, ValidationErrors, ValidationErrorsKind};

use super::State;
use super::problem::Problem;
use crate::settings::Patience;

/// What all bodies being read may hold together; beyond it a request hears "try again".
const BUDGET: usize = 256 << 20;
/// How many bodies are read at once.
const BODIES: usize = 1000;
/// How many of them one token sends: a phone sends one after the other.
const BODIES_OF_TOKEN: usize = 4;
/// The largest JSON body a route takes: a dossier that says as much as it may in every field.
const JSON_BYTES: usize = 2 << 20;
/// After a minute, a body slower than this is not a slow line but an attack.
const LEAST_RATE: usize = 256;
const RATE_GRACE: Duration = Duration::from_secs(60);

/// How much the bodies being read hold.
#[derive(Debug, Default)]
pub struct Budget {
    bytes: AtomicUsize,
    bodies: AtomicUsize,
    of_tokens: Mutex<HashMap<Sender, usize>>,
}

/// Whose token a body comes with: a device's, or that of a draft's test link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sender {
    Device(i64),
    Draft(i64),
}

/// A share of the budget, given back when dropped.
#[derive(Debug)]
pub struct Share {
    budget: Arc<Budget>,
    sender: Option<Sender>,
    bytes: usize,
}

impl Budget {
    /// A body's share, or "try again" where too many are being read.
    pub fn share(self: &Arc<Self>) -> Result<Share, Problem> {
        let bodies = self.bodies.fetch_add(1, Ordering::Relaxed);
        let share = Share { budget: Arc::clone(self), sender: None, bytes: 0 };
        if bodies < BODIES { Ok(share) } else { Err(Problem::TooMany) }
    }

    /// The share of a body that comes with a token, of which few are read at once.
    pub fn share_of(self: &Arc<Self>, sender: Sender) -> Result<Share, Problem> {
        let mut share = self.share()?;
        let mut of_tokens = self.of_tokens();
        let bodies = of_tokens.entry(sender).or_default();
        if *bodies >= BODIES_OF_TOKEN {
            return Err(Problem::TooMany);
        }
        *bodies += 1;
        share.sender = Some(sender);
        Ok(share)
    }

    /// Whoever broke off while counting left numbers behind that still hold.
    fn of_tokens(&self) -> MutexGuard<'_, HashMap<Sender, usize>> {
        self.of_tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn give_back(&self, sender: Sender) {
        let mut of_tokens = self.of_tokens();
        if let Some(bodies) = of_tokens.get_mut(&sender) {
            *bodies -= 1;
            if *bodies == 0 {
                of_tokens.remove(&sender);
            }
        }
    }
}

impl Share {
    pub fn take(&mut self, bytes: usize) -> Result<(), Problem> {
        self.bytes += bytes;
        if self.budget.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes > BUDGET { Err(Problem::TooMany) } else { Ok(()) }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.budget.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
        self.budget.bodies.fetch_sub(1, Ordering::Relaxed);
        if let Some(sender) = self.sender {
            self.budget.give_back(sender);
        }
    }
}

/// A body that must keep coming: actix waits for ever for the next byte.
pub struct Deadline<S> {
    inner: S,
    idle: Duration,
    quiet_until: Pin<Box<Sleep>>,
    started: Instant,
    end: Pin<Box<Sleep>>,
    received: usize,
}

impl<S> Deadline<S> {
    pub fn new(inner: S, patience: Patience) -> Self {
        let started = Instant::now();
        Self {
            inner,
            idle: patience.idle(),
            quiet_until: Box::pin(sleep_until(started + patience.idle())),
            started,
            end: Box::pin(sleep_until(started + patience.total())),
            received: 0,
        }
    }

    fn is_too_slow(&self, now: Instant) -> bool {
        let elapsed = now - self.started;
        elapsed > RATE_GRACE && (self.received as u64) < LEAST_RATE as u64 * elapsed.as_secs()
    }
}

impl<S: Stream<Item = Result<Bytes, PayloadError>> + Unpin> Stream for Deadline<S> {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let given_up = || Poll::Ready(Some(Err(PayloadError::Io(std::io::ErrorKind::TimedOut.into()))));
        match self.inner.poll_next_unpin(context) {
            Poll::Ready(Some(Ok(bytes))) => {
                let now = Instant::now();
                self.received += bytes.len();
                let next = now + self.idle;
                self.quiet_until.as_mut().reset(next);
                if self.is_too_slow(now) { given_up() } else { Poll::Ready(Some(Ok(bytes))) }
            }
            Poll::Ready(other) => Poll::Ready(other),
            Poll::Pending => {
                let is_over = self.quiet_until.as_mut().poll(context).is_ready() || self.end.as_mut().poll(context).is_ready();
                if is_over { given_up() } else { Poll::Pending }
            }
        }
    }
}

/// What a broken body means to its sender.
pub fn payload_problem(error: &PayloadError) -> Problem {
    match error {
        PayloadError::Io(e) if e.kind() == std::io::ErrorKind::TimedOut => Problem::TooSlow,
        PayloadError::Overflow => Problem::TooLarge(0),
        _ => Problem::invalid("body", "it ended before it was complete"),
    }
}

/// The whole of a body of at most `limit` bytes.
pub async fn read_all(payload: &mut Payload, limit: usize, state: &State) -> Result<Vec<u8>, Problem> {
    let mut share = state.budget.share()?;
    let mut stream = Deadline::new(payload, state.patience);
    let mut bytes = Vec::new();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|e| payload_problem(&e))?;
        if bytes.len() + chunk.len() > limit {
            return Err(Problem::TooLarge(limit));
        }
        share.take(chunk.len())?;
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// A JSON body, read and validated; past it nothing checks again. Handlers call it after their extractors, so that nobody's
/// body is read who may not enter.
pub async fn read_json<T: DeserializeOwned + Validate>(payload: web::Payload, state: &State) -> Result<T, Problem> {
    let bytes = read_all(&mut payload.into_inner(), JSON_BYTES, state).await?;
    let value: T = serde_json::from_slice(&bytes).map_err(|e| Problem::invalid("body", json_words(&e)))?;
    value.validate().map_err(|e| validation_problem(&e))?;
    Ok(value)
}

/// Where it is and what would fit; neither the values that were sent nor names that nobody here gave.
fn json_words(error: &serde_json::Error) -> String {
    let (line, column, words) = (error.line(), error.column(), error.to_string());
    if error.classify() != serde_json::error::Category::Data {
        return format!("it is not JSON at line {line}, column {column}");
    }
    if words.starts_with("missing field") {
        return words;
    }
    // The list of what is expected is ours, and the last that is said before the place.
    let known = words.rsplit_once(", expected ").map_or("none", |(_, list)| list.rsplit_once(" at line ").map_or(list, |(list, _)| list));
    let known = known.strip_prefix("one of ").unwrap_or(known);
    if words.starts_with("unknown field") {
        format!("a field at line {line}, column {column} is not known here; known are {known}")
    } else if words.starts_with("unknown variant") {
        format!("a value at line {line}, column {column} is none of {known}")
    } else {
        format!("a value at line {line}, column {column} is not of its field's type")
    }
}

fn validation_problem(errors: &ValidationErrors) -> Problem {
    let first = errors.errors().iter().find_map(|(field, kind)| match kind {
        ValidationErrorsKind::Field(found) => found.first().map(|e| (field, e)),
        _ => None,
    });
    match first {
        Some((field, error)) => {
            let words = error.message.as_ref().map_or_else(|| format!("it does not hold the rule '{}'", error.code), ToString::to_string);
            Problem::invalid(&as_sent(field), words)
        }
        None => Problem::invalid("body", "a value inside it is wrong"),
    }
}

/// A field by the name it is sent under: `valid_to` is sent as `validTo`. What is wrong between fields is of the body.
fn as_sent(field: &str) -> String {
    if field == "__all__" {
        return "body".to_owned();
    }
    let mut begins = false;
    let letter = |c: char| match (c, std::mem::replace(&mut begins, c == '_')) {
        ('_', _) => None,
        (c, true) => Some(c.to_ascii_uppercase()),
        (c, false) => Some(c),
    };
    field.chars().filter_map(letter).collect()
}

impl State {
    pub(super) fn of(request: &HttpRequest) -> Result<web::Data<State>, Problem> {
        request.app_data::<web::Data<State>>().cloned().ok_or_else(|| Problem::Unavailable("the server has no state".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_comes_back_and_too_much_is_refused() {
        let budget = Arc::new(Budget::default());
        let mut large = budget.share().unwrap();
        assert!(large.take(BUDGET).is_ok());
        assert!(matches!(budget.share().unwrap().take(1), Err(Problem::TooMany)));
        drop(large);
        assert!(budget.share().unwrap().take(BUDGET).is_ok());
        let many: Vec<Share> = (0..BODIES).map(|_| budget.share().unwrap()).collect();
        assert!(matches!(budget.share(), Err(Problem::TooMany)));
        drop(many);
        assert!(budget.share().is_ok());
        let four: Vec<Share> = (0..BODIES_OF_TOKEN).map(|_| budget.share_of(Sender::Device(1)).unwrap()).collect();
        assert!(matches!(budget.share_of(Sender::Device(1)), Err(Problem::TooMany)));
        assert!(budget.share_of(Sender::Device(2)).is_ok() && budget.share_of(Sender::Draft(1)).is_ok());
        drop(four);
        assert!(budget.share_of(Sender::Device(1)).is_ok());
        assert!(budget.of_tokens().is_empty());
    }
}
