//! The referral directory of a study: kept by its coordinators, read by its people and its devices, and fresh or no form is given out.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::{self, Data};
use jiff::ToSpan;
use jiff::civil::Date;
use md5::{Digest, Md5};
use serde_json::json;
use sha2::Sha256;

use super::State;
use super::access::Staff;
use super::body::read_all;
use super::problem::Problem;
use crate::fieldwork::{REFERRALS_FILE, read_referrals, write_referrals};
use crate::instrument::{Form, named_files};
use crate::store::{FormFile, Store};

type Answer = Result<HttpResponse, Problem>;

const BYTES: usize = 2 << 20;

pub async fn put(staff: Staff, payload: web::Payload, state: Data<State>) -> Answer {
    let bytes = read_all(&mut payload.into_inner(), BYTES, &state).await?;
    let (store, today, study) = (Arc::clone(&state.store), state.clock.today(), staff.study);
    let referrals = web::block(move || read_referrals(&bytes, &store.regions(study)?, today).map_err(Problem::Findings)).await??;
    let services = referrals.len();
    state.store.put_referrals(staff.by, study, referrals).await?;
    let store = Arc::clone(&state.store);
    let missing = web::block(move || regions_without_help(&store, study, today)).await??;
    Ok(HttpResponse::Ok().json(json!({ "services": services, "regionsWithoutHelp": missing })))
}

pub async fn get(staff: Staff, state: Data<State>) -> Answer {
    let store = Arc::clone(&state.store);
    let csv = web::block(move || directory(&store, staff.study)).await??;
    Ok(HttpResponse::Ok().content_type("text/csv; charset=utf-8").body(csv))
}

/// The directory as devices get it.
pub(super) fn directory(store: &Store, study: i64) -> Result<Vec<u8>, Problem> {
    write_referrals(&store.referrals(study)?).map_err(|e| Problem::Unavailable(e.to_string()))
}

/// The regions of the frame in which no service was verified within the study's days: there, nobody could be sent anywhere.
pub(super) fn regions_without_help(store: &Store, study: i64, today: Date) -> Result<Vec<String>, Problem> {
    let since = today.saturating_sub(i64::from(store.study(study)?.referral_days).days()).to_string();
    let with_help = store.regions_with_help(study, &since)?;
    Ok(store.regions(study)?.into_iter().filter(|region| !with_help.contains(region)).collect())
}

/// The directory as a file beside every form of a study that has one, and beside one that names it: everybody is offered it at the end.
pub(super) fn beside(store: &Store, study: i64, form: &Form) -> Result<Option<FormFile>, Problem> {
    let csv = directory(store, study)?;
    if store.referrals(study)?.is_empty() && !named_files(form).contains_key(REFERRALS_FILE) {
        return Ok(None);
    }
    let md5 = Md5::digest(&csv).iter().map(|b| format!("{b:02x}")).collect();
    Ok(Some(FormFile { name: REFERRALS_FILE.to_owned(), md5, sha256: Sha256::digest(&csv).to_vec(), updated_at: String::new() }))
}
