//! What ODK Collect asks for: the list of forms, a form, and a place to send an interview.

use std::sync::Arc;

use actix_web::dev::ConnectionInfo;
use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::State;
use super::access::{DeviceProblem, Enrolled};
use super::multipart;
use super::problem::Problem;
use crate::ethics::{Deliverable, deliverable};
use crate::intake::{Heard, Sent};
use crate::openrosa::{self, ListedForm, Nature};

type Answer = Result<HttpResponse, DeviceProblem>;

pub fn routes(config: &mut web::ServiceConfig) {
    config.service(
        web::scope("/v1/key/{token}/projects/{study}")
            .route("/formList", web::get().to(form_list))
            .route("/formList", web::head().to(form_list_head))
            .route("/forms/{form}.xml", web::get().to(form))
            .route("/forms/{form}/manifest", web::get().to(manifest))
            .route("/submission", web::head().to(announce))
            .route("/submission", web::post().to(submit)),
    );
}

#[derive(Debug, Deserialize)]
struct Filter {
    #[serde(rename = "formID")]
    form_id: Option<String>,
}

/// The newest open version of each form that an approval in force covers.
fn deliverables(state: &State, study: i64) -> Result<Vec<Deliverable>, Problem> {
    let today = state.clock.today();
    let standing = state.store.standing(study)?;
    let mut found: Vec<Deliverable> = Vec::new();
    for version in state.store.form_versions(study)?.into_iter().filter(crate::store::FormVersion::is_open) {
        if found.iter().any(|d| d.instrument().form.id == version.form_id) {
            continue;
        }
        found.extend(deliverable(&state.store.instrument(&version)?, &standing, today));
    }
    Ok(found)
}

async fn delivered(state: &Data<State>, study: i64) -> Result<Vec<Deliverable>, Problem> {
    let state = state.clone();
    web::block(move || deliverables(&state, study)).await?
}

async fn form_list(device: Enrolled, filter: web::Query<Filter>, state: Data<State>, request: HttpRequest) -> Answer {
    let base = base(&state, &request.connection_info(), request.path());
    let forms: Vec<ListedForm> = delivered(&state, device.study)
        .await?
        .iter()
        .filter(|d| filter.form_id.as_ref().is_none_or(|id| *id == d.instrument().form.id))
        .map(|d| listed(d, &base))
        .collect();
    Ok(xml().body(openrosa::form_list(&forms)))
}

async fn form_list_head(_: Enrolled) -> Answer {
    Ok(xml().finish())
}

fn listed(deliverable: &Deliverable, base: &str) -> ListedForm {
    let form = &deliverable.instrument().form;
    ListedForm {
        form_id: form.id.clone(),
        name: form.title.clone(),
        version: form.version.clone(),
        hash: openrosa::hash(&deliverable.xform()),
        download_url: format!("{base}/forms/{}.xml", form.id),
    }
}

/// The address the device used, up to the study: `https://host/v1/key/TOKEN/projects/1`.
fn base(state: &State, connection: &ConnectionInfo, path: &str) -> String {
    let origin = state.public_url.clone().unwrap_or_else(|| format!("{}://{}", connection.scheme(), connection.host()));
    let path = path.rsplit_once("/formList").map_or(path, |(before, _)| before);
    format!("{}{path}", origin.trim_end_matches('/'))
}

async fn form(device: Enrolled, path: web::Path<(String, i64, String)>, state: Data<State>) -> Answer {
    let found = delivered(&state, device.study).await?.into_iter().find(|d| d.instrument().form.id == path.2);
    Ok(xml().body(found.ok_or(Problem::NotFound)?.xform()))
}

async fn manifest(device: Enrolled, path: web::Path<(String, i64, String)>, state: Data<State>) -> Answer {
    let found = delivered(&state, device.study).await?.into_iter().any(|d| d.instrument().form.id == path.2);
    if found { Ok(xml().body(openrosa::empty_manifest())) } else { Err(Problem::NotFound.into()) }
}

/// Collect reads the headers of exactly this status.
async fn announce(_: Enrolled) -> Answer {
    Ok(HttpResponse::NoContent()
        .insert_header(openrosa::VERSION_HEADER)
        .insert_header((openrosa::LENGTH_HEADER, openrosa::MAX_CONTENT_LENGTH.to_string()))
        .finish())
}

async fn submit(device: Enrolled, state: Data<State>, request: HttpRequest, payload: web::Payload) -> Answer {
    let parts = multipart::read(&request, payload, &state).await?;
    let sent = Sent { study_id: device.study, xml: parts.xml, files: parts.files, today: state.clock.today() };
    let intake = Arc::clone(&state.intake);
    let judged = web::block(move || intake.judge(sent)).await??;
    let (mut response, words) = match state.intake.keep(judged).await? {
        Heard::Stored => (HttpResponse::Created(), "Received. Thank you."),
        Heard::SetAside => {
            (HttpResponse::Accepted(), "Received and kept, but not counted yet: the office will look at it. You need not send it again.")
        }
    };
    Ok(response
        .insert_header(openrosa::VERSION_HEADER)
        .insert_header((openrosa::LENGTH_HEADER, openrosa::MAX_CONTENT_LENGTH.to_string()))
        .content_type(openrosa::CONTENT_TYPE)
        .body(openrosa::receipt(Nature::Success, words)))
}

fn xml() -> actix_web::HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    response
        .insert_header(openrosa::VERSION_HEADER)
        .insert_header((openrosa::LENGTH_HEADER, openrosa::MAX_CONTENT_LENGTH.to_string()))
        .content_type(openrosa::CONTENT_TYPE);
    response
}
