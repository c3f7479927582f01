//! Asking a committee about a version, and its decision.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::{self, Data, Path};
use jiff::civil::Date;
use serde_json::{Value, json};

use super::State;
use super::access::Staff;
use super::body::read_json;
use super::forms::{Answer, pick, shown, version_before};
use super::problem::Problem;
use crate::ethics::{About, Decision, Dossier};
use crate::instrument::{Instrument, changes, print, screen};
use crate::store::{self, FormVersion, Review, Store};

pub async fn ask(staff: Staff, path: Path<(i64, String)>, payload: web::Payload, state: Data<State>) -> Answer {
    let dossier: Dossier = read_json(payload, &state).await?;
    let text = serde_json::to_string(&dossier).map_err(|e| Problem::Unavailable(e.to_string()))?;
    let store = Arc::clone(&state.store);
    let version = web::block(move || {
        let version = pick(&store, staff.study, &path.1, dossier.version.as_deref())?;
        amends_what_was_approved(&store, &version, dossier.amends.as_deref())?;
        Ok::<_, Problem>(version)
    })
    .await??;
    let name = version.version.clone();
    let id = state.store.ask_review(staff.by, version, text).await?;
    Ok(HttpResponse::Ok().json(json!({ "id": id, "version": name })))
}

/// After an approval a changed form is an amendment of what was approved, and says of which version.
fn amends_what_was_approved(store: &Store, version: &FormVersion, amends: Option<&str>) -> Result<(), Problem> {
    let approvals = store.approvals(version.study_id)?;
    let is_approved = |v: &FormVersion| approvals.iter().any(|a| a.form_hash.as_bytes().as_slice() == v.hash);
    let before = |v: &FormVersion| v.form_id == version.form_id && v.id < version.id;
    let approved: Vec<String> =
        store.form_versions(version.study_id)?.into_iter().filter(|v| before(v) && is_approved(v)).map(|v| v.version).collect();
    match amends {
        Some(amends) if approved.iter().any(|v| v == amends) => Ok(()),
        None if approved.is_empty() => Ok(()),
        Some(_) if approved.is_empty() => Err(Problem::invalid("amends", "no earlier version of the form was approved; leave it out")),
        _ => Err(Problem::invalid("amends", format!("name the approved version that this one amends: {}", approved.join(", ")))),
    }
}

/// Every review of a form with what was decided, newest first.
pub async fn list(staff: Staff, path: Path<(i64, String)>, state: Data<State>) -> Answer {
    let (store, today) = (Arc::clone(&state.store), state.clock.today());
    let reviews = web::block(move || {
        let versions = store.form_versions(staff.study)?;
        let of = |review: Review| {
            let version = versions.iter().find(|v| v.id == review.form_version_id && v.form_id == path.1)?;
            Some(in_short(&review, version, today))
        };
        Ok::<_, store::Error>(store.reviews(staff.study)?.into_iter().filter_map(of).collect::<Vec<_>>())
    })
    .await??;
    Ok(HttpResponse::Ok().json(reviews))
}

fn in_short(review: &Review, version: &FormVersion, today: Date) -> Value {
    let dossier = json_of(&review.dossier);
    let decision = review.decision.as_deref().and_then(|text| serde_json::from_str::<Decision>(text).ok());
    json!({
        "id": review.id,
        "version": version.version,
        "amends": dossier["amends"],
        "verdict": decision.as_ref().map(|d| d.verdict),
        "phase": decision.as_ref().map(|d| d.phase),
        "validFrom": decision.as_ref().map(|d| d.valid_from),
        "validTo": decision.as_ref().map(|d| d.valid_to),
        "isInForce": decision.as_ref().is_some_and(|d| d.is_in_force(today)),
    })
}

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or(Value::Null)
}

/// The dossier, the questionnaire as it is asked, and what the identifier screen says of it.
pub async fn review(staff: Staff, path: Path<(i64, String, i64)>, state: Data<State>) -> Answer {
    let store = Arc::clone(&state.store);
    let answer = web::block(move || {
        let review = store.review(staff.study, path.2)?;
        let version = store.form_version_by_id(review.form_version_id)?;
        let instrument = store.instrument(&version)?;
        let dossier = json_of(&review.dossier);
        Ok::<_, Problem>(json!({
            "id": review.id,
            "form": shown(&version),
            "changes": changed(&store, &version, &instrument, dossier["amends"].as_str())?,
            "dossier": dossier,
            "decision": review.decision.as_deref().map(json_of),
            "identifierScreen": screen(&instrument.form, &instrument.concepts),
            "languages": instrument.form.language_codes().collect::<Vec<_>>(),
            "unreviewedLanguages": instrument.form.unreviewed_languages().collect::<Vec<_>>(),
            "questionnaire": print(&instrument.form, &|_| true),
        }))
    })
    .await??;
    Ok(HttpResponse::Ok().json(answer))
}

/// What changed since the version it amends, or else since the one published before; nothing for the first.
fn changed(store: &Store, version: &FormVersion, instrument: &Instrument, amends: Option<&str>) -> Result<Value, Problem> {
    let before = match amends {
        Some(amends) => Some(store.form_version(version.study_id, &version.form_id, amends)?),
        None => version_before(store, version)?,
    };
    let Some(before) = before else { return Ok(Value::Null) };
    let changes = changes(&store.instrument(&before)?.form, &instrument.form);
    Ok(json!({ "since": before.version, "changes": changes }))
}

/// A committee's decision, entered by its reviewer; nobody decides what they asked themselves.
pub async fn decide(staff: Staff, path: Path<(i64, String, i64)>, payload: web::Payload, state: Data<State>) -> Answer {
    let decision: Decision = read_json(payload, &state).await?;
    let store = Arc::clone(&state.store);
    let (asker, study_id) = (staff.person.id, staff.study);
    let (decision, review, instrument) = web::block(move || {
        let review = store.review(study_id, path.2)?;
        if review.asked_by == asker {
            return Err(Problem::Forbidden);
        }
        let instrument = store.instrument(&store.form_version_by_id(review.form_version_id)?)?;
        check(&store, &decision, &review, &instrument)?;
        Ok((decision, review, instrument))
    })
    .await??;
    let form = &instrument.form;
    state.store.decide(staff.by, &review, form, decision).await.map_err(|e| match e {
        store::Error::Duplicate => Problem::Conflict("This review is decided already; ask for a new one."),
        other => other.into(),
    })?;
    Ok(HttpResponse::Ok().json(json!({ "success": true, "hash": form.hash.to_string() })))
}

fn check(store: &Store, decision: &Decision, review: &Review, instrument: &Instrument) -> Result<(), Problem> {
    let study = store.study(review.study_id)?;
    let dossier = serde_json::from_str(&review.dossier)
        .map_err(|_| Problem::invalid("dossier", "it was written for an earlier version of this program; ask for the review again"))?;
    let about = About {
        form: &instrument.form,
        findings: &screen(&instrument.form, &instrument.concepts),
        dossier: &dossier,
        phase: study.phase,
        synthetic: study.synthetic,
        regions: &store.regions(study.id)?,
    };
    decision.check(&about).map_err(|(field, message)| Problem::invalid(field, message))
}
