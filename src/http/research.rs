//! Files of rows for research: a statistician asks, somebody else grants it for a time, and until then the zip can be fetched.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::{self, Data, Path};
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};
use validator::Validate;

use super::State;
use super::access::Staff;
use super::body::read_json;
use super::problem::Problem;
use super::term::{last_day, may_end};
use crate::export::{Bundle, bundle};
use crate::keys::random;
use crate::prevalence::research::{Request, research_file};
use crate::store::{self, Grant, NewResearchFile, ResearchFileRow};
use crate::trail::{Act, Action};

type Answer = Result<HttpResponse, Problem>;

/// Makes the file now, so that who asks hears why there is none, and who grants sees what was done to it.
pub async fn ask(staff: Staff, payload: web::Payload, state: Data<State>) -> Answer {
    let request: Request = read_json(payload, &state).await?;
    let (store, study, seed) = (Arc::clone(&state.store), staff.study, random()?);
    let _turn = state.may_estimate().await?;
    let (made, request) = web::block(move || {
        let file = research_file(&store, study, &request, seed)?;
        let made = bundle(&file).map_err(|e| Problem::Unavailable(e.to_string()))?;
        Ok::<_, Problem>(((made, file.report().provenance.weight_set.clone(), file.report().rows), request))
    })
    .await??;
    let (Bundle { zip, report }, weight_set, interviews) = made;
    let today = state.clock.today();
    let new = NewResearchFile {
        study_id: study,
        asked_on: today.to_string(),
        request: json!(request).to_string(),
        report: report.to_string(),
        content: zip,
        expires_on: last_day(today).to_string(),
        weight_set,
        interviews,
    };
    let expires_on = new.expires_on.clone();
    let id = state.store.add_research_file(staff.by, new).await?;
    Ok(HttpResponse::Ok().json(json!({ "id": id, "expiresOn": expires_on, "report": report })))
}

/// Every file of the study, those before too: who grants one sees what else is out.
pub async fn list(staff: Staff, state: Data<State>) -> Answer {
    let store = Arc::clone(&state.store);
    let files = web::block(move || store.research_files(staff.study)).await??;
    let today = state.clock.today().to_string();
    Ok(HttpResponse::Ok().json(files.iter().map(|file| shown(file, &today)).collect::<Vec<_>>()))
}

fn shown(file: &ResearchFileRow, today: &str) -> Value {
    let json_of = |text: &str| serde_json::from_str::<Value>(text).unwrap_or(Value::Null);
    let is_over = !file.is_kept || file.expires_on.as_str() < today;
    json!({
        "id": file.id,
        "state": if is_over { "over" } else if file.granted_by.is_some() { "granted" } else { "waiting" },
        "askedBy": file.asked_by,
        "askedOn": file.asked_on,
        "grantedBy": file.granted_by,
        "because": file.granted_by.map(|_| &file.because),
        "expiresOn": file.expires_on,
        "request": json_of(&file.request),
        "report": json_of(&file.report),
    })
}

#[derive(Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Granting {
    /// For whom and for what.
    #[validate(length(min = 10, max = 2000, message = "say for what research, in 10 to 2000 characters"))]
    because: String,
    /// The last day on which it may be fetched.
    expires_on: Date,
}

/// By somebody else than who asked.
pub async fn grant(staff: Staff, path: Path<(i64, i64)>, payload: web::Payload, state: Data<State>) -> Answer {
    let granting: Granting = read_json(payload, &state).await?;
    let (store, study, id, person) = (Arc::clone(&state.store), staff.study, path.1, staff.person.id);
    let today = state.clock.today();
    may_end(granting.expires_on, today)?;
    let waits_until = web::block(move || {
        let file = store.research_files(study)?.into_iter().find(|file| file.id == id).ok_or(Problem::NotFound)?;
        if file.asked_by == person { Err(Problem::Forbidden) } else { Ok(file.expires_on) }
    })
    .await??;
    if waits_until < today.to_string() {
        return Err(GONE);
    }
    let grant = Grant { because: granting.because, expires_on: granting.expires_on.to_string() };
    state.store.grant_research_file(staff.by, study, id, grant).await.map_err(|e| match e {
        store::Error::Duplicate => Problem::Conflict("It is granted already."),
        store::Error::Changed => GONE,
        other => other.into(),
    })?;
    Ok(HttpResponse::Ok().json(json!({ "success": true })))
}

const GONE: Problem =
    Problem::Conflict("Its time is over, or somebody has taken an answer back since, and it is erased. Ask for a new one.");

/// That it was fetched is in the trail before the first byte leaves.
pub async fn fetch(staff: Staff, path: Path<(i64, i64)>, state: Data<State>) -> Answer {
    let (store, study, id, today) = (Arc::clone(&state.store), staff.study, path.1, state.clock.today().to_string());
    let (content, synthetic) =
        web::block(move || Ok::<_, Problem>((store.research_file(study, id, &today)?, store.study(study)?.synthetic))).await??;
    let content = content.ok_or(Problem::Conflict("It is not granted, or no longer: GET …/research-files says its state."))?;
    state.store.note(staff.by, Act::new(Action::ResearchFileRead).study(study).to(id)).await?;
    let mark = if synthetic { "SIMULATED-" } else { "" };
    let name = format!("attachment; filename=\"{mark}research-{study}-{id}.zip\"");
    Ok(HttpResponse::Ok().content_type("application/zip").insert_header(("Content-Disposition", name)).body(content))
}
