//! Publishing questionnaires, and asking a committee about them.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::{self, Data, Path, Query};
use serde::Deserialize;
use serde_json::{Value, json};
use validator::{Validate, ValidationError};

use super::State;
use super::access::Staff;
use super::body::{read_all, read_json};
use super::problem::Problem;
use crate::ethics::Decision;
use crate::instrument::{Instrument, Workbook, print, screen, write_xform};
use crate::openrosa;
use crate::store::{self, FormVersion, Store};

type Answer = Result<HttpResponse, Problem>;

const WORKBOOK_BYTES: usize = 5 << 20;

/// Publishes a workbook (`.xlsx`, or a zip of CSV sheets) as a version of its form.
pub async fn publish(staff: Staff, state: Data<State>, payload: web::Payload) -> Answer {
    let bytes = read_all(&mut payload.into_inner(), WORKBOOK_BYTES, &state).await?;
    let study_id = staff.study;
    let (new, workbook) = web::block(move || read(study_id, &bytes)).await??;
    let answer = shown(&new);
    state.store.add_form_version(new, workbook).await.map_err(|e| match e {
        store::Error::Duplicate => {
            Problem::Conflict("This version of the form is published already; give the changed form another version in its settings sheet.")
        }
        other => other.into(),
    })?;
    Ok(HttpResponse::Ok().json(answer))
}

fn read(study_id: i64, bytes: &[u8]) -> Result<(FormVersion, String), Problem> {
    let workbook = Workbook::read(bytes).map_err(Problem::Findings)?;
    let instrument = Instrument::read(&workbook).map_err(Problem::Findings)?;
    let findings = screen(&instrument.form, &instrument.concepts);
    if !findings.is_empty() {
        return Err(Problem::Findings(findings));
    }
    let workbook = serde_json::to_string(&workbook).map_err(|e| Problem::Unavailable(e.to_string()))?;
    let form = instrument.form;
    let version = FormVersion {
        id: 0,
        study_id,
        form_id: form.id,
        version: form.version,
        hash: form.hash.as_bytes().to_vec(),
        title: form.title,
        state: "open".to_owned(),
    };
    Ok((version, workbook))
}

fn shown(version: &FormVersion) -> Value {
    let hash: String = version.hash.iter().map(|b| format!("{b:02x}")).collect();
    json!({ "projectId": version.study_id, "xmlFormId": version.form_id, "version": version.version, "name": version.title, "state": version.state, "hash": hash })
}

pub async fn list(staff: Staff, state: Data<State>) -> Answer {
    let store = Arc::clone(&state.store);
    let versions = web::block(move || store.form_versions(staff.study)).await??;
    let mut newest: Vec<&FormVersion> = Vec::new();
    for version in &versions {
        if !newest.iter().any(|v| v.form_id == version.form_id) {
            newest.push(version);
        }
    }
    Ok(HttpResponse::Ok().json(newest.into_iter().map(shown).collect::<Vec<_>>()))
}

pub async fn versions(staff: Staff, path: Path<(i64, String)>, state: Data<State>) -> Answer {
    let store = Arc::clone(&state.store);
    let versions = web::block(move || store.form_versions(staff.study)).await??;
    Ok(HttpResponse::Ok().json(versions.iter().filter(|v| v.form_id == path.1).map(shown).collect::<Vec<_>>()))
}

#[derive(Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
pub struct Change {
    #[validate(custom(function = "is_state"))]
    state: String,
}

fn is_state(state: &str) -> Result<(), ValidationError> {
    if matches!(state, "open" | "closed") { Ok(()) } else { Err(ValidationError::new("state").with_message("write open or closed".into())) }
}

pub async fn change(staff: Staff, path: Path<(i64, String)>, payload: web::Payload, state: Data<State>) -> Answer {
    let body: Change = read_json(payload, &state).await?;
    state.store.set_form_state(staff.study, path.1.clone(), body.state).await?;
    Ok(HttpResponse::Ok().json(json!({ "success": true })))
}

#[derive(Debug, Deserialize)]
pub struct Version {
    version: Option<String>,
}

/// The XForm in all its languages, for those who prepare and review it; devices get it only when it is approved.
pub async fn xform(staff: Staff, path: Path<(i64, String)>, query: Query<Version>, state: Data<State>) -> Answer {
    let store = Arc::clone(&state.store);
    let xml = web::block(move || {
        let version = pick(&store, staff.study, &path.1, query.version.as_deref())?;
        Ok::<_, Problem>(write_xform(&store.instrument(&version)?.form, &|_| true))
    })
    .await??;
    Ok(HttpResponse::Ok().content_type(openrosa::CONTENT_TYPE).body(xml))
}

/// A version by its name, or the newest.
pub(super) fn pick(store: &Store, study: i64, form: &str, version: Option<&str>) -> Result<FormVersion, store::Error> {
    match version {
        Some(version) => store.form_version(study, form, version),
        None => store.form_versions(study)?.into_iter().find(|v| v.form_id == form).ok_or(store::Error::NotFound),
    }
}

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
    let id = state.store.ask_review(staff.study, version.id, staff.person.id, text).await?;
    Ok(HttpResponse::Ok().json(json!({ "id": id, "version": version.version })))
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
            "identifierScreen": screen(&instrument.form, &instrument.concepts),
            "unreviewedLanguages": instrument.form.unreviewed_languages().collect::<Vec<_>>(),
            "questionnaire": print(&instrument.form, &|_| true),
        }))
    })
    .await??;
    Ok(HttpResponse::Ok().json(answer))
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
    state.store.decide(&review, form.id.clone(), form.hash, decision, staff.person.id).await.map_err(|e| match e {
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
