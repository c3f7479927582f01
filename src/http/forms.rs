//! Published questionnaires: which there are, as XForms, and what changed between them. Drafts have a file of their own.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::{self, Data, Path, Query};
use serde::Deserialize;
use serde_json::{Value, json};
use validator::{Validate, ValidationError};

use super::State;
use super::access::Staff;
use super::body::read_json;
use super::problem::Problem;
use crate::instrument::{changes, print_changes, write_xform};
use crate::openrosa;
use crate::store::{self, FormDraft, FormVersion, Store};

pub(super) type Answer = Result<HttpResponse, Problem>;

/// A version in Central's shape. `hash` is the fingerprint an approval names.
pub(super) fn shown(version: &FormVersion) -> Value {
    json!({
        "projectId": version.study_id,
        "xmlFormId": version.form_id,
        "version": version.version,
        "name": version.title,
        "state": version.state,
        "hash": hex(&version.hash),
        "createdAt": version.created_at,
        "updatedAt": null,
        "publishedAt": version.published_at,
        "keyId": null,
        "enketoId": null,
    })
}

pub(super) fn shown_draft(draft: &FormDraft) -> Value {
    json!({
        "projectId": draft.study_id,
        "xmlFormId": draft.form_id,
        "version": draft.version,
        "name": draft.title,
        "state": "open",
        "hash": hex(&draft.hash),
        "createdAt": draft.created_at,
        "updatedAt": null,
        "publishedAt": null,
        "keyId": null,
        "enketoId": null,
        "draftToken": draft.token,
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// Each form once: its newest version, or its draft where it has none yet.
pub async fn list(staff: Staff, state: Data<State>) -> Answer {
    let store = Arc::clone(&state.store);
    let (versions, drafts) =
        web::block(move || Ok::<_, store::Error>((store.form_versions(staff.study)?, store.drafts(staff.study)?))).await??;
    let mut newest: Vec<&FormVersion> = Vec::new();
    for version in &versions {
        if !newest.iter().any(|v| v.form_id == version.form_id) {
            newest.push(version);
        }
    }
    let unpublished = drafts.iter().filter(|d| !newest.iter().any(|v| v.form_id == d.form_id));
    Ok(HttpResponse::Ok().json(newest.iter().map(|v| shown(v)).chain(unpublished.map(shown_draft)).collect::<Vec<_>>()))
}

pub async fn one(staff: Staff, path: Path<(i64, String)>, state: Data<State>) -> Answer {
    let store = Arc::clone(&state.store);
    let form = web::block(move || match pick(&store, staff.study, &path.1, None) {
        Ok(version) => Ok(shown(&version)),
        Err(store::Error::NotFound) => store.draft(staff.study, &path.1).map(|draft| shown_draft(&draft)),
        Err(e) => Err(e),
    })
    .await??;
    Ok(HttpResponse::Ok().json(form))
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
    state.store.set_form_state(staff.by, staff.study, path.1.clone(), body.state).await?;
    Ok(HttpResponse::Ok().json(json!({ "success": true })))
}

#[derive(Debug, Deserialize)]
pub struct Version {
    version: Option<String>,
}

/// The XForm in all its languages, for those who prepare and review it; devices get it only when it is approved.
pub async fn xform(staff: Staff, path: Path<(i64, String)>, query: Query<Version>, state: Data<State>) -> Answer {
    as_xform(staff.study, path.1.clone(), query.into_inner().version, state).await
}

pub async fn version_xform(staff: Staff, path: Path<(i64, String, String)>, state: Data<State>) -> Answer {
    as_xform(staff.study, path.1.clone(), Some(path.2.clone()), state).await
}

async fn as_xform(study: i64, form: String, version: Option<String>, state: Data<State>) -> Answer {
    let store = Arc::clone(&state.store);
    let xml = web::block(move || {
        let version = pick(&store, study, &form, version.as_deref())?;
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

#[derive(Debug, Deserialize)]
pub struct Since {
    /// The version to compare with; the one published before it where none is named.
    since: Option<String>,
}

/// What an amendment changes, question by question.
pub async fn version_changes(staff: Staff, path: Path<(i64, String, String)>, query: Query<Since>, state: Data<State>) -> Answer {
    let (before, after) = pair(staff.study, path, query, state).await?;
    Ok(HttpResponse::Ok().json(json!({
        "since": before.form.version,
        "version": after.form.version,
        "changes": changes(&before.form, &after.form),
    })))
}

/// The same as a page to print and sign.
pub async fn version_changes_page(staff: Staff, path: Path<(i64, String, String)>, query: Query<Since>, state: Data<State>) -> Answer {
    let (before, after) = pair(staff.study, path, query, state).await?;
    Ok(HttpResponse::Ok().content_type("text/html; charset=utf-8").body(print_changes(&before.form, &after.form)))
}

type Pair = (Arc<crate::instrument::Instrument>, Arc<crate::instrument::Instrument>);

async fn pair(study: i64, path: Path<(i64, String, String)>, query: Query<Since>, state: Data<State>) -> Result<Pair, Problem> {
    let store = Arc::clone(&state.store);
    web::block(move || {
        let after = store.form_version(study, &path.1, &path.2)?;
        let before = match &query.since {
            Some(version) => store.form_version(study, &path.1, version)?,
            None => version_before(&store, &after)?.ok_or_else(|| Problem::invalid("since", "this is the form's first version"))?,
        };
        Ok((store.instrument(&before)?, store.instrument(&after)?))
    })
    .await?
}

/// The version of the same form that was published before.
pub(super) fn version_before(store: &Store, version: &FormVersion) -> Result<Option<FormVersion>, store::Error> {
    let versions = store.form_versions(version.study_id)?;
    Ok(versions.into_iter().find(|v| v.form_id == version.form_id && v.id < version.id))
}
