//! Answers in own words: read by the statistician who codes them, and gone once they have a code.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::{self, Data, Path};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;
use validator::{Validate, ValidationError};

use super::State;
use super::access::Staff;
use super::body::read_json;
use super::problem::Problem;
use crate::instrument::Instrument;
use crate::store::{self, Store};
use crate::trail::{Act, Action};

type Answer = Result<HttpResponse, Problem>;

#[derive(Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
pub struct Coding {
    #[validate(custom(function = "is_code"))]
    code: String,
}

fn is_code(code: &str) -> Result<(), ValidationError> {
    let fits = (1..=32).contains(&code.len()) && code.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    if fits { Ok(()) } else { Err(ValidationError::new("code").with_message("write up to 32 letters, digits, _ or -".into())) }
}

/// What waits, each with its question as it was asked and the codes of the list that has the question's name.
pub async fn list(staff: Staff, state: Data<State>) -> Answer {
    let store = Arc::clone(&state.store);
    let waiting = web::block(move || waiting(&store, staff.study)).await??;
    state.store.note(staff.by, Act::new(Action::OwnWordsRead).study(staff.study)).await?;
    Ok(HttpResponse::Ok().json(waiting))
}

fn waiting(store: &Store, study: i64) -> Result<Vec<Value>, store::Error> {
    let mut shown = Vec::new();
    for row in store.own_words(study)? {
        let version = store.form_version_by_id(row.form_version_id)?;
        let codes = codes(&*store.instrument(&version)?, &row.question);
        shown.push(json!({
            "id": Uuid::from_slice(&row.id).map(|id| id.to_string()).unwrap_or_default(),
            "xmlFormId": version.form_id,
            "version": version.version,
            "question": row.question,
            "words": row.words,
            "codes": codes,
            "eraseAfter": row.erase_after,
        }));
    }
    Ok(shown)
}

/// The codes an author has foreseen: those of the choice list of the question's name. Empty where there is no such list.
fn codes(instrument: &Instrument, question: &str) -> Vec<String> {
    let list = instrument.form.choice_lists.iter().find(|list| list.name == question);
    list.map_or_else(Vec::new, |list| list.choices.iter().map(|choice| choice.name.clone()).collect())
}

pub async fn code(staff: Staff, path: Path<(i64, String)>, payload: web::Payload, state: Data<State>) -> Answer {
    let coding: Coding = read_json(payload, &state).await?;
    let (store, study, id) = (Arc::clone(&state.store), staff.study, id(&path.1)?);
    let foreseen = web::block(move || foreseen(&store, study, id)).await??;
    if !foreseen.is_empty() && !foreseen.contains(&coding.code) {
        return Err(Problem::invalid("code", format!("the form's list for it has {}", foreseen.join(", "))));
    }
    state.store.code_own_words(staff.by, study, id, Some(coding.code)).await?;
    Ok(HttpResponse::Ok().json(json!({ "success": true })))
}

fn id(text: &str) -> Result<Uuid, Problem> {
    text.parse().map_err(|_| Problem::NotFound)
}

fn foreseen(store: &Store, study: i64, id: Uuid) -> Result<Vec<String>, store::Error> {
    let row = store.own_words(study)?.into_iter().find(|row| row.id == id.as_bytes()).ok_or(store::Error::NotFound)?;
    let version = store.form_version_by_id(row.form_version_id)?;
    Ok(codes(&*store.instrument(&version)?, &row.question))
}

pub async fn erase(staff: Staff, path: Path<(i64, String)>, state: Data<State>) -> Answer {
    state.store.code_own_words(staff.by, staff.study, id(&path.1)?, None).await?;
    Ok(HttpResponse::Ok().json(json!({ "success": true })))
}
