//! The trail, read: who did what in a study or anywhere, newest first, in the shape of ODK Central's audits.

use std::sync::Arc;

use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::{Value, json};

use super::State;
use super::access::Staff;
use super::problem::Problem;
use crate::trail::{Action, Line, hex};

type Answer = Result<HttpResponse, Problem>;

/// Lines in one answer, at most and where no limit is asked for.
const MOST: i64 = 1000;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// An act's code, or the first words of several: `form` is all that begin `form.`
    action: Option<String>,
    limit: Option<i64>,
    #[serde(default)]
    offset: i64,
}

impl Asked {
    fn of(request: &HttpRequest) -> Result<Asked, Problem> {
        let asked = web::Query::<Asked>::from_query(request.query_string())
            .map_err(|_| Problem::invalid("query", "write action=…, limit=… and offset=…, any or none of them"))?
            .into_inner();
        if asked.limit.is_some_and(|limit| !(0..=MOST).contains(&limit)) {
            return Err(Problem::invalid("limit", format!("write a number from 0 to {MOST}")));
        }
        if asked.offset < 0 {
            return Err(Problem::invalid("offset", "write how many of the newest lines to pass over"));
        }
        Ok(asked)
    }

    fn actions(&self) -> Result<Vec<Action>, Problem> {
        let Some(asked) = &self.action else { return Ok(Action::ALL.to_vec()) };
        let is_asked = |code: &str| code.strip_prefix(asked.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        let found: Vec<Action> = Action::ALL.into_iter().filter(|a| is_asked(a.code())).collect();
        if found.is_empty() {
            let known: Vec<&str> = Action::ALL.iter().map(|a| a.code()).collect();
            return Err(Problem::invalid("action", format!("write one of {}, or its first words", known.join(", "))));
        }
        Ok(found)
    }
}

pub async fn of_study(staff: Staff, request: HttpRequest, state: Data<State>) -> Answer {
    lines(Some(staff.study), &request, &state).await
}

pub async fn all(_: Staff, request: HttpRequest, state: Data<State>) -> Answer {
    lines(None, &request, &state).await
}

async fn lines(study: Option<i64>, request: &HttpRequest, state: &Data<State>) -> Answer {
    let asked = Asked::of(request)?;
    let actions = asked.actions()?;
    let store = Arc::clone(&state.store);
    let lines = web::block(move || store.trail(study, &actions, asked.limit.unwrap_or(MOST), asked.offset)).await??;
    Ok(HttpResponse::Ok().json(lines.iter().map(shown).collect::<Vec<_>>()))
}

/// What does not apply is null. There is a week in the place of Central's `loggedAt`.
fn shown(line: &Line) -> Value {
    let number = |n: i64| (n != 0).then_some(n);
    let text = |t: &str| (!t.is_empty()).then(|| t.to_owned());
    json!({
        "number": line.number,
        "week": line.week,
        "actorId": number(line.actor_id),
        "role": text(&line.role),
        "action": line.action,
        "projectId": number(line.study_id),
        "xmlFormId": text(&line.form_id),
        "version": text(&line.version),
        "acteeId": number(line.actee_id),
        "details": serde_json::from_str::<Value>(&line.details).unwrap_or(Value::Null),
        "hash": hex(&line.hash),
    })
}
