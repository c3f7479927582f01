//! What waits sealed: listed without its content, handed out sealed, and decided about, by an ethics reviewer alone.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::{self, Data, Path, Query};
use serde::Deserialize;
use serde_json::{Value, json};
use validator::Validate;

use super::State;
use super::access::Staff;
use super::body::read_json;
use super::form_files::as_file;
use super::problem::Problem;
use crate::people::Role;
use crate::store::{self, DecisionOnRecord, WaitingRecord};

type Answer = Result<HttpResponse, Problem>;

const STATES: [&str; 5] = ["waiting", "released", "counted", "opened", "destroyed"];

#[derive(Debug, Deserialize)]
pub struct Asked {
    #[serde(default = "waiting")]
    state: String,
}

fn waiting() -> String {
    STATES[0].to_owned()
}

/// How many records wait, by reason, and each record of one state: those that wait, unless another is asked for.
pub async fn list(staff: Staff, asked: Query<Asked>, state: Data<State>) -> Answer {
    if !STATES.contains(&asked.state.as_str()) {
        return Err(Problem::invalid("state", format!("the states are {}", STATES.join(", "))));
    }
    let store = Arc::clone(&state.store);
    let (counts, records) = web::block(move || {
        Ok::<_, store::Error>((store.set_aside_counts(staff.study)?, store.set_aside_records(staff.study, &asked.state)?))
    })
    .await??;
    let counts: Vec<_> = counts.iter().map(|(reason, n)| json!({ "reason": reason, "records": n })).collect();
    let shown: Vec<_> = records.iter().map(|record| shown(record, &records)).collect();
    Ok(HttpResponse::Ok().json(json!({ "waiting": counts, "records": shown })))
}

fn shown(record: &WaitingRecord, all: &[WaitingRecord]) -> Value {
    let (form, version) = record.form.as_ref().map_or((None, None), |(form, version)| (Some(form), Some(version)));
    let mut shown = json!({
        "id": record.id,
        "kind": record.kind,
        "of": record.of_record,
        "reason": record.reason,
        "state": record.state,
        "isoWeek": record.iso_week,
        "xmlFormId": form,
        "version": version,
        "size": size_class(record.bytes),
        "opensWith": record.opens_with,
        "destroyAfter": record.destroy_after,
    });
    if record.kind == "encrypted" {
        let here = all.iter().filter(|part| part.kind == "part" && part.of_record == Some(record.id)).count();
        shown["partsMissing"] = json!(usize::try_from(record.parts_named).unwrap_or_default().saturating_sub(here));
    }
    shown
}

/// A class, because the very size tells how much was answered.
fn size_class(bytes: i64) -> &'static str {
    match bytes {
        0 => "nothing left",
        1..=16_384 => "up to 16 kB",
        16_385..=262_144 => "up to 256 kB",
        262_145..=2_097_152 => "up to 2 MB",
        _ => "over 2 MB",
    }
}

pub async fn sealed(staff: Staff, path: Path<(i64, i64)>, state: Data<State>) -> Answer {
    let store = Arc::clone(&state.store);
    Ok(as_file(web::block(move || store.sealed_record(staff.study, path.1)).await??))
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Word {
    Release,
    Destroy,
    /// Said by `kish open` when what the device had encrypted has come in again.
    Opened,
}

#[derive(Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    decision: Word,
    #[validate(length(min = 3, max = 1000, message = "say why, without naming anybody"))]
    because: String,
}

/// Who collects or counts decides nothing about what was not counted, even where they are a reviewer too (E26).
pub async fn decide(staff: Staff, path: Path<(i64, i64)>, payload: web::Payload, state: Data<State>) -> Answer {
    let body: Decision = read_json(payload, &state).await?;
    if [Role::Coordinator, Role::Supervisor, Role::Statistician].into_iter().any(|role| staff.has(role)) {
        return Err(Problem::Forbidden);
    }
    let decision = match body.decision {
        Word::Release => DecisionOnRecord::Release,
        Word::Destroy => DecisionOnRecord::Destroy,
        Word::Opened => DecisionOnRecord::Opened,
    };
    let today = state.clock.today().to_string();
    state.store.decide_record(staff.by, staff.study, path.1, decision, body.because, today).await.map_err(|e| match e {
        store::Error::Duplicate => Problem::Conflict("This record is decided already."),
        store::Error::Changed => Problem::Conflict(
            "This cannot be decided so: a file is no interview and cannot be released, and what the device encrypted is opened with the form's key, not released.",
        ),
        other => other.into(),
    })?;
    if matches!(decision, DecisionOnRecord::Destroy) {
        super::retention::scrub(&state, store::Destroyed::Dated).await?;
    }
    Ok(HttpResponse::Ok().json(json!({ "success": true })))
}
