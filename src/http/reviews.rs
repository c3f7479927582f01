//! Asking a committee about a version, and its decision.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::{self, Data, Path};
use serde::Deserialize;
use serde_json::{Value, json};
use validator::Validate;

use super::State;
use super::access::Staff;
use super::body::read_json;
use super::forms::{Answer, pick, shown, version_before};
use super::problem::Problem;
use crate::ethics::Decision;
use crate::instrument::{Instrument, changes, print, screen};
use crate::store::{self, FormVersion, Store};

/// What a committee is told; every field is asked for by the ethics rules of surveys on violence.
#[derive(Debug, serde::Serialize, Deserialize, Validate)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Dossier {
    pub version: Option<String>,
    #[validate(length(min = 10, message = "say what the results are for"))]
    pub objectives: String,
    #[validate(length(min = 10, message = "describe the sample and its power"))]
    pub design: String,
    #[validate(length(min = 10, message = "say how privacy is made sure of and what happens at an interruption"))]
    pub privacy: String,
    #[validate(length(min = 10, message = "say what is done when someone is distressed, and where she is referred"))]
    pub distress_and_referral: String,
    #[validate(length(min = 10, message = "say how data are kept, for how long, and who may see them"))]
    pub data_management: String,
}

pub async fn ask(staff: Staff, path: Path<(i64, String)>, payload: web::Payload, state: Data<State>) -> Answer {
    let dossier: Dossier = read_json(payload, &state).await?;
    let text = serde_json::to_string(&dossier).map_err(|e| Problem::Unavailable(e.to_string()))?;
    let store = Arc::clone(&state.store);
    let version = web::block(move || pick(&store, staff.study, &path.1, dossier.version.as_deref())).await??;
    let name = version.version.clone();
    let id = state.store.ask_review(staff.by, version, text).await?;
    Ok(HttpResponse::Ok().json(json!({ "id": id, "version": name })))
}

/// The dossier, the questionnaire as it is asked, and what the identifier screen says of it.
pub async fn review(staff: Staff, path: Path<(i64, String, i64)>, state: Data<State>) -> Answer {
    let store = Arc::clone(&state.store);
    let answer = web::block(move || {
        let review = store.review(staff.study, path.2)?;
        let version = store.form_version_by_id(review.form_version_id)?;
        let instrument = store.instrument(&version)?;
        let json_of = |text: &str| serde_json::from_str::<Value>(text).unwrap_or(Value::Null);
        Ok::<_, Problem>(json!({
            "id": review.id,
            "form": shown(&version),
            "dossier": json_of(&review.dossier),
            "decision": review.decision.as_deref().map(json_of),
            "changes": since_before(&store, &version, &instrument)?,
            "identifierScreen": screen(&instrument.form, &instrument.concepts),
            "unreviewedLanguages": instrument.form.unreviewed_languages().collect::<Vec<_>>(),
            "questionnaire": print(&instrument.form, &|_| true),
        }))
    })
    .await??;
    Ok(HttpResponse::Ok().json(answer))
}

/// What changed since the version published before; nothing for the first.
fn since_before(store: &Store, version: &FormVersion, instrument: &Instrument) -> Result<Value, Problem> {
    let Some(before) = version_before(store, version)? else { return Ok(Value::Null) };
    let changes = changes(&store.instrument(&before)?.form, &instrument.form);
    Ok(json!({ "since": before.version, "changes": changes }))
}

/// A committee's decision, entered by its reviewer; nobody decides what they asked themselves.
pub async fn decide(staff: Staff, path: Path<(i64, String, i64)>, payload: web::Payload, state: Data<State>) -> Answer {
    let decision: Decision = read_json(payload, &state).await?;
    let store = Arc::clone(&state.store);
    let review_id = path.2;
    let study_id = staff.study;
    let (study, review, instrument) = web::block(move || {
        let review = store.review(study_id, review_id)?;
        let version = store.form_version_by_id(review.form_version_id)?;
        Ok::<_, Problem>((store.study(study_id)?, review, store.instrument(&version)?))
    })
    .await??;
    if review.asked_by == staff.person.id {
        return Err(Problem::Forbidden);
    }
    if decision.simulated != study.synthetic {
        return Err(Problem::invalid(
            "simulated",
            "a simulated decision holds in a study of simulated data alone, and a real one never does there",
        ));
    }
    check_scope(&decision, &instrument)?;
    let form = &instrument.form;
    state.store.decide(staff.by, &review, form, decision).await.map_err(|e| match e {
        store::Error::Duplicate => Problem::Conflict("This review is decided already; ask for a new one."),
        other => other.into(),
    })?;
    Ok(HttpResponse::Ok().json(json!({ "success": true, "hash": form.hash.to_string() })))
}

fn check_scope(decision: &Decision, instrument: &Instrument) -> Result<(), Problem> {
    let spoken: Vec<&str> = instrument.form.language_codes().collect();
    if decision.languages.iter().any(|l| !spoken.contains(&l.as_str())) {
        return Err(Problem::invalid("languages", format!("the form speaks {}", spoken.join(", "))));
    }
    match decision.unreviewed_language(&instrument.form) {
        Some(code) => Err(Problem::invalid(
            "languages",
            format!(
                "nobody has signed off the translation into '{code}'; name its records in the sheet languages of a new version, or leave it out"
            ),
        )),
        None => Ok(()),
    }
}
