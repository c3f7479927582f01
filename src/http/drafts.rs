//! Questionnaires in the making: a workbook becomes a draft, is tried by its test link, and is published, in Central's shapes.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::{self, Bytes, Data, Path, Query};
use serde::Deserialize;
use serde_json::json;

use super::State;
use super::access::Staff;
use super::body::read_all;
use super::forms::{Answer, pick, shown_draft};
use super::problem::Problem;
use crate::confined::{Examined, Reader};
use crate::fieldwork::REFERRALS_FILE;
use crate::instrument::{Error, Instrument, Kind, Rule, Workbook, limit, named_files, write_xform};
use crate::openrosa;
use crate::people::Token;
use crate::set_aside::FormKey;
use crate::store::{self, FormDraft, FormFile, NewForm, Store};
use crate::trail::By;

#[derive(Debug, Deserialize)]
pub struct Creation {
    /// Publish at once, without a draft; so a form that names files cannot be.
    #[serde(default)]
    publish: String,
    /// Rules of the identifier screen, parted by commas, whose findings the committee is to be asked to let pass.
    #[serde(default)]
    lift: String,
}

impl Creation {
    /// Central's client writes `False`.
    fn is_at_once(&self) -> bool {
        self.publish.eq_ignore_ascii_case("true")
    }

    fn lifted(&self) -> Result<Vec<Rule>, Problem> {
        let names = self.lift.split(',').map(str::trim).filter(|name| !name.is_empty());
        names.map(|name| Rule::LIFTABLE.into_iter().find(|rule| format!("{rule:?}") == name).ok_or_else(not_liftable)).collect()
    }
}

fn not_liftable() -> Problem {
    let message =
        format!("a committee can lift {:?} alone, which read words; what the other rules find has to be taken out", Rule::LIFTABLE);
    Problem::invalid("lift", message)
}

/// A form read from a workbook, with the names of its files.
struct Read {
    form: NewForm,
    files: Vec<String>,
}

/// A new form from a workbook (`.xlsx`, or a zip of CSV sheets, an XForm among them or in their place): as a draft, or published at once.
pub async fn create(staff: Staff, state: Data<State>, query: Query<Creation>, payload: web::Payload) -> Answer {
    let lifted = query.lifted()?;
    let bytes = read_all(&mut payload.into_inner(), limit::FILE_BYTES, &state).await?;
    let read = read(&state, staff.study, Bytes::from(bytes), lifted).await?;
    let id = read.form.form_id.clone();
    if query.is_at_once() {
        missing(read.files.iter(), &[])?;
        state.store.add_form_version(staff.by.clone(), read.form).await.map_err(published_already)?;
    } else {
        is_new(&state, staff.study, id.clone()).await?;
        put(&state, staff.by.clone(), read).await?;
    }
    super::forms::one(staff, Path::from((0, id)), state).await
}

/// A draft of a form that there is: from a workbook, or without one from the form's newest version.
pub async fn begin(staff: Staff, path: Path<(i64, String)>, query: Query<Creation>, state: Data<State>, payload: web::Payload) -> Answer {
    let lifted = query.lifted()?;
    let bytes = read_all(&mut payload.into_inner(), limit::FILE_BYTES, &state).await?;
    let read = if bytes.is_empty() {
        again(&state, staff.study, path.1.clone()).await?
    } else {
        known(&state, staff.study, path.1.clone()).await?;
        read(&state, staff.study, Bytes::from(bytes), lifted).await?
    };
    if read.form.form_id != path.1 {
        let message =
            format!("the workbook's form_id is '{}', and this form's is '{}': write the same in its settings", read.form.form_id, path.1);
        return Err(Problem::invalid("form_id", message));
    }
    put(&state, staff.by, read).await?;
    Ok(HttpResponse::Ok().json(json!({ "success": true })))
}

async fn is_new(state: &Data<State>, study: i64, form: String) -> Result<(), Problem> {
    let store = Arc::clone(&state.store);
    match web::block(move || form_or_draft(&store, study, &form)).await? {
        Ok(()) => Err(Problem::Conflict("There is a form of this form_id already; send the workbook to its draft.")),
        Err(store::Error::NotFound) => Ok(()),
        Err(e) => Err(e.into()),
    }
}

async fn known(state: &Data<State>, study: i64, form: String) -> Result<(), Problem> {
    let store = Arc::clone(&state.store);
    Ok(web::block(move || form_or_draft(&store, study, &form)).await??)
}

/// `NotFound` where the study has neither a version nor a draft of a form.
fn form_or_draft(store: &Store, study: i64, form: &str) -> Result<(), store::Error> {
    match pick(store, study, form, None) {
        Err(store::Error::NotFound) => store.draft(study, form).map(drop),
        found => found.map(drop),
    }
}

/// The workbook of the newest version once more.
async fn again(state: &Data<State>, study: i64, form: String) -> Result<Read, Problem> {
    let (store, at) = (Arc::clone(&state.store), now(state));
    web::block(move || {
        let version = pick(&store, study, &form, None)?;
        let workbook = serde_json::from_str(&store.version_workbook(version.id)?).map_err(damaged)?;
        compiled(study, &workbook, at)
    })
    .await?
}

async fn put(state: &Data<State>, by: By, read: Read) -> Result<(), Problem> {
    let token = Token::new()?.as_str().to_owned();
    Ok(state.store.put_draft(by, read.form, token, read.files).await?)
}

pub async fn draft(staff: Staff, path: Path<(i64, String)>, state: Data<State>) -> Answer {
    Ok(HttpResponse::Ok().json(shown_draft(&find(&state, staff.study, &path.1).await?)))
}

pub async fn xform(staff: Staff, path: Path<(i64, String)>, state: Data<State>) -> Answer {
    let draft = find(&state, staff.study, &path.1).await?;
    let xml = web::block(move || Ok::<_, store::Error>(write_xform(&draft.instrument()?.form, &|_| true))).await??;
    Ok(HttpResponse::Ok().content_type(openrosa::CONTENT_TYPE).body(xml))
}

pub async fn discard(staff: Staff, path: Path<(i64, String)>, state: Data<State>) -> Answer {
    state.store.drop_draft(staff.by, staff.study, path.1.clone()).await?;
    Ok(HttpResponse::Ok().json(json!({ "success": true })))
}

#[derive(Debug, Deserialize)]
pub struct Publication {
    version: Option<String>,
}

/// The draft becomes a version, under another version's name where one is given, once all files it names are there.
pub async fn publish(staff: Staff, path: Path<(i64, String)>, query: Query<Publication>, state: Data<State>) -> Answer {
    let draft = find(&state, staff.study, &path.1).await?;
    let (store, at, version) = (Arc::clone(&state.store), now(&state), query.into_inner().version);
    let (draft, form, files) = web::block(move || {
        let files = store.draft_files(draft.id)?;
        let form = finished(&draft, &files, version.as_deref(), at)?;
        Ok::<_, Problem>((draft, form, files))
    })
    .await??;
    state.store.publish_draft(staff.by, draft, form, files).await.map_err(published_already)?;
    Ok(HttpResponse::Ok().json(json!({ "success": true })))
}

fn finished(draft: &FormDraft, there: &[FormFile], version: Option<&str>, at: String) -> Result<NewForm, Problem> {
    let mut workbook: Workbook = serde_json::from_str(&draft.workbook).map_err(damaged)?;
    if let Some(version) = version {
        workbook = workbook.with_version(version);
    }
    let Read { mut form, files } = compiled(draft.study_id, &workbook, at)?;
    missing(files.iter(), &there.iter().map(|f| f.name.as_str()).collect::<Vec<_>>())?;
    form.hash = form.hash.with_files(there.iter().map(|f| (f.name.as_str(), f.sha256.as_slice())));
    Ok(form)
}

fn missing<'a>(named: impl Iterator<Item = &'a String>, there: &[&str]) -> Result<(), Problem> {
    let missing: Vec<&str> = named.map(String::as_str).filter(|name| !there.contains(name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let message = format!("the form names files that are not here: {}; send each to draft/attachments/NAME first", missing.join(", "));
    Err(Problem::invalid("attachments", message))
}

pub(super) async fn find(state: &Data<State>, study: i64, form: &str) -> Result<FormDraft, Problem> {
    let (store, form) = (Arc::clone(&state.store), form.to_owned());
    Ok(web::block(move || store.draft(study, &form)).await??)
}

/// Reads what was sent in a process of its own; a few at once.
async fn read(state: &Data<State>, study: i64, bytes: Bytes, lifted: Vec<Rule>) -> Result<Read, Problem> {
    let _turn = state.workbooks.acquire().await.map_err(|_| Problem::TooMany)?;
    let (reader, at) = (state.reader.clone(), now(state));
    web::block(move || examined(&reader, study, &bytes, &lifted, at)).await?
}

/// Findings of the rules that a committee will be asked to lift do not stand in the way; its decision has to name each.
fn examined(reader: &Reader, study: i64, bytes: &[u8], lifted: &[Rule], at: String) -> Result<Read, Problem> {
    let Examined { workbook, mut findings } = reader.read(bytes)?.map_err(Problem::Findings)?;
    findings.retain(|found| !found.rule.is_some_and(|rule| lifted.contains(&rule)));
    if findings.is_empty() { compiled(study, &workbook, at) } else { Err(Problem::Findings(findings)) }
}

fn compiled(study_id: i64, workbook: &Workbook, at: String) -> Result<Read, Problem> {
    let form = Instrument::read(workbook).map_err(Problem::Findings)?.form;
    can_be_encrypted_to(&form.delivery.public_key)?;
    // The referral directory is the study's and not the form's.
    let files = named_files(&form).into_keys().filter(|name| name != REFERRALS_FILE).collect();
    let workbook = serde_json::to_string(workbook).map_err(|e| Problem::Unavailable(e.to_string()))?;
    let form = NewForm { study_id, form_id: form.id, version: form.version, hash: form.hash, title: form.title, workbook, at };
    Ok(Read { form, files })
}

/// With a key that is none, phones could send nothing, or what nobody can ever open.
fn can_be_encrypted_to(public_key: &str) -> Result<(), Problem> {
    if public_key.is_empty() || FormKey::read(public_key).is_some() {
        return Ok(());
    }
    let message = "the public_key is no RSA key of 2048 bits or more";
    let hint = "write the base64 of the key's DER (SubjectPublicKeyInfo) in one line, without the lines BEGIN and END";
    Err(Problem::Findings(vec![Error::in_sheet("settings", Kind::Unknown, message, hint)]))
}

pub(super) fn now(state: &State) -> String {
    state.clock.now().to_string()
}

#[expect(clippy::needless_pass_by_value, reason = "the shape of map_err")]
fn damaged(error: serde_json::Error) -> Problem {
    Problem::Unavailable(format!("a kept workbook is damaged: {error}"))
}

fn published_already(error: store::Error) -> Problem {
    match error {
        store::Error::Duplicate => {
            Problem::Conflict("This version of the form is published already; give the changed form another version in its settings sheet.")
        }
        other => other.into(),
    }
}
