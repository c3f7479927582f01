//! What ODK Collect asks for: the list of forms, a form, and a place to send an interview.

use std::sync::Arc;

use actix_web::dev::ConnectionInfo;
use actix_web::http::StatusCode;
use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use serde::Deserialize;

use super::State;
use super::access::{DeviceProblem, Enrolled};
use super::body::Sender;
use super::form_files::as_file;
use super::multipart;
use super::problem::Problem;
use super::referrals::{self, regions_without_help};
use super::room;
use super::work;
use crate::ethics::{Deliverable, deliverable};
use crate::fieldwork::REFERRALS_FILE;
use crate::intake::{Heard, Sent};
use crate::openrosa::{self, ListedFile, ListedForm, Nature};
use crate::store::FormFile;

type Answer = Result<HttpResponse, DeviceProblem>;

/// Why something is set aside, for whoever opens what was sealed and posts it; devices do not read it.
pub const REASON_HEADER: &str = "X-Kish-Set-Aside";

/// Who watches the line must not tell an interview that counts from one that was set aside: spaces make both answers as long as this,
/// together with what differs before their bodies.
const RECEIPT_BYTES: usize = 512;

pub fn routes(config: &mut web::ServiceConfig) {
    config.service(
        web::scope("/v1/key/{token}/projects/{study}")
            .route("/formList", web::get().to(form_list))
            .route("/formList", web::head().to(form_list_head))
            .route("/forms/{form}.xml", web::get().to(form))
            .route("/forms/{form}/manifest", web::get().to(manifest))
            .route("/forms/{form}/attachments/{name}", web::get().to(file))
            .route("/cases", web::get().to(work::cases))
            .route("/submission", web::head().to(announce))
            .route("/submission", web::post().to(submit)),
    );
}

#[derive(Debug, Deserialize)]
struct Filter {
    #[serde(rename = "formID")]
    form_id: Option<String>,
}

/// A form that may be asked today, with the files beside it.
struct Delivered {
    form: Deliverable,
    version_id: i64,
    files: Vec<FormFile>,
}

impl Delivered {
    fn is(&self, form_id: &str) -> bool {
        self.form.instrument().form.id == form_id
    }
}

/// The newest open version of each form that an approval in force covers.
fn deliverables(state: &State, study: i64) -> Result<Vec<Delivered>, Problem> {
    let today = state.clock.today();
    let standing = state.store.standing(study)?;
    let mut found: Vec<Delivered> = Vec::new();
    for version in state.store.form_versions(study)?.into_iter().filter(crate::store::FormVersion::is_open) {
        if found.iter().any(|d| d.is(&version.form_id)) {
            continue;
        }
        if let Some(form) = deliverable(&state.store.instrument(&version)?, &standing, today) {
            let mut files = state.store.version_files(version.id)?;
            files.extend(referrals::beside(&state.store, study, &form.instrument().form)?);
            found.push(Delivered { form, version_id: version.id, files });
        }
    }
    // Not an empty list: phones that match it exactly would drop their forms for a list that is a day too old. A stop for a danger is
    // the ethics reviewer's suspension, and does that.
    if !found.is_empty() && !regions_without_help(&state.store, study, today)?.is_empty() {
        return Err(Problem::NoHelp);
    }
    Ok(found)
}

async fn delivered(state: &Data<State>, study: i64) -> Result<Vec<Delivered>, Problem> {
    let state = state.clone();
    web::block(move || deliverables(&state, study)).await?
}

async fn form_list(device: Enrolled, filter: web::Query<Filter>, state: Data<State>, request: HttpRequest) -> Answer {
    let base = base(&state, &request.connection_info(), request.path());
    let forms: Vec<ListedForm> = delivered(&state, device.study)
        .await?
        .iter()
        .filter(|d| filter.form_id.as_ref().is_none_or(|id| d.is(id)))
        .map(|d| listed(d, &base))
        .collect();
    Ok(xml().body(openrosa::form_list(&forms)))
}

async fn form_list_head(_: Enrolled) -> Answer {
    Ok(xml().finish())
}

fn listed(delivered: &Delivered, base: &str) -> ListedForm {
    let form = &delivered.form.instrument().form;
    let id = openrosa::in_path(&form.id);
    ListedForm {
        form_id: form.id.clone(),
        name: form.title.clone(),
        version: form.version.clone(),
        hash: openrosa::hash(&delivered.form.xform()),
        download_url: format!("{base}/forms/{id}.xml"),
        manifest_url: (!delivered.files.is_empty()).then(|| format!("{base}/forms/{id}/manifest")),
    }
}

/// The address the device used, up to the study: `https://host/v1/key/TOKEN/projects/1`.
fn base(state: &State, connection: &ConnectionInfo, path: &str) -> String {
    let end = path.find("/formList").or_else(|| path.find("/forms/")).unwrap_or(path.len());
    format!("{}{}", origin(state, connection), &path[..end])
}

/// `https://host`, as the settings or else the device have it.
pub(super) fn origin(state: &State, connection: &ConnectionInfo) -> String {
    let origin = state.public_url.clone().unwrap_or_else(|| format!("{}://{}", connection.scheme(), connection.host()));
    origin.trim_end_matches('/').to_owned()
}

async fn find(state: &Data<State>, study: i64, form_id: &str) -> Result<Delivered, Problem> {
    delivered(state, study).await?.into_iter().find(|d| d.is(form_id)).ok_or(Problem::NotFound)
}

async fn form(device: Enrolled, path: web::Path<(String, i64, String)>, state: Data<State>) -> Answer {
    Ok(xml().body(find(&state, device.study, &path.2).await?.form.xform()))
}

async fn manifest(device: Enrolled, path: web::Path<(String, i64, String)>, state: Data<State>, request: HttpRequest) -> Answer {
    let found = find(&state, device.study, &path.2).await?;
    let below = format!("{}/forms/{}/attachments", base(&state, &request.connection_info(), request.path()), openrosa::in_path(&path.2));
    let files: Vec<ListedFile> = found.files.iter().map(|f| ListedFile::new(&f.name, &f.md5, &below)).collect();
    Ok(xml().body(openrosa::manifest(&files)))
}

async fn file(device: Enrolled, path: web::Path<(String, i64, String, String)>, state: Data<State>) -> Answer {
    let found = find(&state, device.study, &path.2).await?;
    let store = Arc::clone(&state.store);
    let content = web::block(move || match path.3.as_str() {
        REFERRALS_FILE if found.files.iter().any(|f| f.name == REFERRALS_FILE) => referrals::directory(&store, device.study),
        name => Ok(store.version_file(found.version_id, name)?),
    })
    .await??;
    Ok(as_file(content))
}

/// Collect reads the headers of exactly this status.
async fn announce(_: Enrolled) -> Answer {
    Ok(accept(&mut HttpResponse::NoContent()).finish())
}

async fn submit(device: Enrolled, state: Data<State>, request: HttpRequest, payload: web::Payload) -> Answer {
    let parts = multipart::read(&request, payload, Sender::Device(device.id), &state).await?;
    room::hold(&state).await?;
    let sent = Sent { study_id: device.study, device_id: device.id, xml: parts.xml, files: parts.files, today: state.clock.today() };
    let judged = match state.intake.judge_at_once(sent)? {
        Ok(judged) => judged,
        Err(sent) => {
            let intake = Arc::clone(&state.intake);
            web::block(move || intake.judge(sent)).await??
        }
    };
    let (status, reason, words) = match state.intake.keep(judged).await? {
        Heard::Stored => (StatusCode::CREATED, None, "Received. Thank you."),
        Heard::SetAside(reason) => {
            let words = "Received and kept, but not counted yet: the office will look at it. You need not send it again.";
            (StatusCode::ACCEPTED, Some(reason.code()), words)
        }
    };
    let mut response = HttpResponse::build(status);
    let mut differs = status.canonical_reason().map_or(0, str::len);
    if let Some(code) = reason {
        response.insert_header((REASON_HEADER, code));
        differs += format!("{REASON_HEADER}: {code}\r\n").len();
    }
    let mut body = openrosa::receipt(Nature::Success, words);
    body.push_str(&" ".repeat((RECEIPT_BYTES - differs).saturating_sub(body.len())));
    Ok(accept(&mut response).content_type(openrosa::CONTENT_TYPE).body(body))
}

/// With the protocol's headers: its version, and how much one request may bring.
pub(super) fn accept(response: &mut HttpResponseBuilder) -> &mut HttpResponseBuilder {
    response.insert_header(openrosa::VERSION_HEADER).insert_header((openrosa::LENGTH_HEADER, openrosa::MAX_CONTENT_LENGTH.to_string()))
}

pub(super) fn xml() -> HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    accept(&mut response).content_type(openrosa::CONTENT_TYPE);
    response
}
