//! Who works where: the PSUs a device is given, and the cases it is told of.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::{self, Data, Path};
use serde::Deserialize;
use serde_json::json;
use validator::Validate;

use super::State;
use super::access::{DeviceProblem, Enrolled, Staff};
use super::body::read_json;
use super::problem::Problem;
use crate::store::{self, PsuRow};

#[derive(Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
pub struct Work {
    /// Each the code of a PSU, or `STRATUM/CODE`.
    #[validate(length(max = 10_000, message = "name at most 10000 PSUs"))]
    psus: Vec<String>,
}

/// What a device works in from now on.
pub async fn give(staff: Staff, path: Path<(i64, i64)>, payload: web::Payload, state: Data<State>) -> Result<HttpResponse, Problem> {
    let work: Work = read_json(payload, &state).await?;
    let store = Arc::clone(&state.store);
    let ids = web::block(move || numbers(&store.psus(staff.study)?, &work.psus)).await??;
    state.store.set_device_psus(staff.by, staff.study, path.1, ids).await?;
    Ok(HttpResponse::Ok().json(json!({ "success": true })))
}

/// A code may stand in several strata, and then names none of them alone. What was sent is not repeated.
fn numbers(frame: &[PsuRow], names: &[String]) -> Result<Vec<i64>, Problem> {
    let mut ids = Vec::with_capacity(names.len());
    for (place, name) in names.iter().enumerate() {
        let named: Vec<&PsuRow> = frame.iter().filter(|psu| psu.code == *name || full_name(psu) == *name).collect();
        match named[..] {
            [one] => ids.push(one.id),
            [] => return Err(at(place, "the frame has no such PSU; write its code as the frame has it, or STRATUM/CODE")),
            _ => return Err(at(place, "the code stands in several strata; write STRATUM/CODE")),
        }
    }
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

fn at(place: usize, message: &str) -> Problem {
    Problem::invalid(&format!("psus.{place}"), message)
}

/// By which a PSU is named without doubt.
pub(super) fn full_name(psu: &PsuRow) -> String {
    format!("{}/{}", psu.stratum, psu.code)
}

/// Codes and nothing else: not the weight of a case, and not whether it has been answered, which the device alone knows of its own.
pub async fn cases(device: Enrolled, state: Data<State>) -> Result<HttpResponse, DeviceProblem> {
    let store = Arc::clone(&state.store);
    let cases = web::block(move || store.device_cases(device.id)).await?.map_err(|e: store::Error| Problem::from(e))?;
    let cases: Vec<_> = cases.iter().map(|c| json!({ "case": c.code, "psu": c.psu, "stratum": c.stratum })).collect();
    Ok(HttpResponse::Ok().json(json!({ "cases": cases })))
}
