//! The files beside a form, in Central's shapes: sent to its draft, read from its draft or its newest version.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::{self, Data, Path};
use md5::{Digest, Md5};
use serde_json::{Value, json};
use sha2::Sha256;

use super::State;
use super::access::Staff;
use super::body::read_all;
use super::drafts::{find, now};
use super::forms::{Answer, pick};
use super::problem::Problem;
use crate::fieldwork::REFERRALS_FILE;
use crate::instrument::{Form, named_files};
use crate::store::{self, FormFile, NewFile};

/// As much as a device takes in one answer; a table of a hundred thousand cases is below it.
const FILE_BYTES: usize = 10 << 20;

pub async fn list_of_draft(staff: Staff, path: Path<(i64, String)>, state: Data<State>) -> Answer {
    let draft = find(&state, staff.study, &path.1).await?;
    let store = Arc::clone(&state.store);
    let files = web::block(move || Ok::<_, store::Error>(shown(&draft.instrument()?.form, &store.draft_files(draft.id)?))).await??;
    Ok(HttpResponse::Ok().json(files))
}

pub async fn list(staff: Staff, path: Path<(i64, String)>, state: Data<State>) -> Answer {
    let store = Arc::clone(&state.store);
    let files = web::block(move || {
        let version = pick(&store, staff.study, &path.1, None)?;
        Ok::<_, store::Error>(shown(&store.instrument(&version)?.form, &store.version_files(version.id)?))
    })
    .await??;
    Ok(HttpResponse::Ok().json(files))
}

/// Every file the form names, whether it is there or not.
fn shown(form: &Form, there: &[FormFile]) -> Vec<Value> {
    let of = |(name, kind): (String, crate::instrument::FileKind)| {
        let file = there.iter().find(|f| f.name == name);
        json!({
            "name": name,
            "type": kind.name(),
            "hash": file.map(|f| &f.md5),
            "exists": file.is_some() || name == REFERRALS_FILE,
            "blobExists": file.is_some() || name == REFERRALS_FILE,
            "datasetExists": false,
            "updatedAt": file.map(|f| &f.updated_at),
        })
    };
    named_files(form).into_iter().map(of).collect()
}

/// Takes a file that the draft names, in the place of one there was.
pub async fn put(staff: Staff, path: Path<(i64, String, String)>, state: Data<State>, payload: web::Payload) -> Answer {
    let draft = find(&state, staff.study, &path.1).await?;
    let content = read_all(&mut payload.into_inner(), FILE_BYTES, &state).await?;
    let (name, at) = (path.2.clone(), now(&state));
    let (draft, form) = web::block(move || draft.instrument().map(|instrument| (draft, instrument.form))).await??;
    if name == REFERRALS_FILE {
        return Err(Problem::invalid("filename", "this file is the study's referral directory, the same for every form: PUT …/referrals"));
    }
    if !named_files(&form).contains_key(&name) {
        return Err(Problem::invalid("filename", "the draft names no file of this name; see draft/attachments for those it does"));
    }
    let md5: String = Md5::digest(&content).iter().map(|b| format!("{b:02x}")).collect();
    let file = NewFile { name, md5, sha256: Sha256::digest(&content).to_vec(), content, at };
    state.store.put_draft_file(staff.by, draft, file).await?;
    Ok(HttpResponse::Ok().json(json!({ "success": true })))
}

pub async fn remove(staff: Staff, path: Path<(i64, String, String)>, state: Data<State>) -> Answer {
    let draft = find(&state, staff.study, &path.1).await?;
    state.store.drop_draft_file(staff.by, draft, path.2.clone()).await?;
    Ok(HttpResponse::Ok().json(json!({ "success": true })))
}

pub async fn one_of_draft(staff: Staff, path: Path<(i64, String, String)>, state: Data<State>) -> Answer {
    let draft = find(&state, staff.study, &path.1).await?;
    let store = Arc::clone(&state.store);
    Ok(as_file(web::block(move || store.draft_file(draft.id, &path.2)).await??))
}

pub async fn one(staff: Staff, path: Path<(i64, String, String)>, state: Data<State>) -> Answer {
    let store = Arc::clone(&state.store);
    let content = web::block(move || {
        let version = pick(&store, staff.study, &path.1, None)?;
        store.version_file(version.id, &path.2)
    })
    .await??;
    Ok(as_file(content))
}

/// Never shown by a browser as a page: whoever wrote it is not this server.
pub(super) fn as_file(content: Vec<u8>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/octet-stream").insert_header(("Content-Disposition", "attachment")).body(content)
}
