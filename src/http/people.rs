//! People, their roles in studies, and devices.

use std::sync::Arc;

use actix_web::web::{self, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};
use validator::Validate;

use super::State;
use super::access::Staff;
use super::body::read_json;
use super::device::origin;
use super::problem::Problem;
use super::work::full_name;
use crate::deidentify::iso_week;
use crate::people::{Password, Role, Token};
use crate::set_aside::is_recipient;
use crate::store::{self, Device};

type Answer = Result<HttpResponse, Problem>;

#[derive(Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct NewPerson {
    #[validate(email(message = "write an e-mail address"))]
    email: String,
    #[validate(length(min = 1, max = 200, message = "write the name to show"))]
    display_name: String,
    #[validate(length(max = 1000, message = "use at most 1000 characters"))]
    password: String,
    /// An ethics reviewer's age recipient: what cannot be counted is sealed to it.
    recipient: Option<String>,
}

pub async fn add(staff: Staff, payload: web::Payload, state: Data<State>) -> Answer {
    let new: NewPerson = read_json(payload, &state).await?;
    if new.recipient.as_ref().is_some_and(|r| !is_recipient(r)) {
        return Err(Problem::invalid("recipient", "it is not an age recipient (age1…)"));
    }
    let password = Password::new(&new.password, &new.email, &new.display_name).map_err(|e| Problem::invalid("password", e))?;
    let _turn = state.password_checks.acquire().await.map_err(|_| Problem::TooMany)?;
    let hash = web::block(move || password.hash()).await?.map_err(|e| Problem::invalid("password", e))?;
    let id = state.store.add_person(staff.by, new.email.clone(), new.display_name, hash, new.recipient).await?;
    Ok(HttpResponse::Ok().json(json!({ "id": id, "email": new.email })))
}

pub async fn list(_: Staff, state: Data<State>) -> Answer {
    let store = Arc::clone(&state.store);
    let people = web::block(move || store.people()).await??;
    let people: Vec<_> =
        people.iter().map(|p| json!({ "id": p.id, "email": p.email, "displayName": p.name, "disabled": p.disabled })).collect();
    Ok(HttpResponse::Ok().json(people))
}

pub async fn assign(staff: Staff, path: Path<(i64, String, i64)>, state: Data<State>) -> Answer {
    let role = Role::named(&path.1).ok_or_else(|| {
        let known: Vec<&str> = Role::ALL.iter().map(|r| r.name()).collect();
        Problem::invalid("role", format!("write one of {}", known.join(", ")))
    })?;
    state.store.assign(staff.by, path.2, staff.study, role).await?;
    Ok(HttpResponse::Ok().json(json!({ "success": true })))
}

#[derive(Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct NewDevice {
    #[validate(length(min = 1, max = 60, message = "give the device a code, not a person's name"))]
    display_name: String,
    /// The last day on which the device may deliver.
    expires_on: Option<Date>,
}

/// A device may deliver for a quarter of a year unless its enrolment says otherwise.
const DEVICE_DAYS: i64 = 92;

/// The token is in this answer and nowhere else.
pub async fn enrol(request: HttpRequest, staff: Staff, payload: web::Payload, state: Data<State>) -> Answer {
    let new: NewDevice = read_json(payload, &state).await?;
    let token = Token::new()?;
    let hash = Token::hash(token.as_str()).ok_or_else(|| Problem::Unavailable("a token has no hash".to_owned()))?;
    let today = state.clock.today();
    let expires = new.expires_on.unwrap_or_else(|| today.saturating_add(jiff::Span::new().days(DEVICE_DAYS)));
    let id = state.store.add_device(staff.by, staff.study, new.display_name.clone(), hash, expires.to_string()).await?;
    let path = format!("/v1/key/{}/projects/{}", token.as_str(), staff.study);
    let url = format!("{}{path}", origin(&state, &request.connection_info()));
    Ok(HttpResponse::Ok().json(json!({
        "id": id,
        "projectId": staff.study,
        "displayName": new.display_name,
        "expiresOn": expires,
        "token": token.as_str(),
        "path": path,
        "url": url,
    })))
}

/// With the week each was last heard of, how many interviews it held in this one, and where it works.
pub async fn devices(staff: Staff, state: Data<State>) -> Answer {
    let (store, today) = (Arc::clone(&state.store), state.clock.today());
    let devices = web::block(move || {
        let cap = store.study(staff.study)?.weekly_interviews;
        let loads = store.weekly_interviews(staff.study, &iso_week(today))?;
        let load = |device: &Device| loads.iter().find(|(id, _)| *id == device.id).map_or(0, |(_, n)| *n);
        let (frame, work) = (store.psus(staff.study)?, store.device_psus(staff.study)?);
        let psus = |device: &Device| {
            let of_device: Vec<i64> = work.iter().filter(|(id, _)| *id == device.id).map(|(_, psu)| *psu).collect();
            frame.iter().filter(|psu| of_device.contains(&psu.id)).map(full_name).collect::<Vec<_>>()
        };
        let with_psus = |device: &Device| {
            let mut shown = shown(device, load(device), cap);
            shown["psus"] = json!(psus(device));
            shown
        };
        Ok::<_, store::Error>(store.devices(staff.study)?.iter().map(with_psus).collect::<Vec<_>>())
    })
    .await??;
    Ok(HttpResponse::Ok().json(devices))
}

fn shown(device: &Device, interviews: i32, cap: i32) -> Value {
    json!({
        "id": device.id,
        "projectId": device.study_id,
        "displayName": device.name,
        "expiresOn": device.expires_on,
        "revoked": device.revoked,
        "lastUsedWeek": (!device.last_week.is_empty()).then_some(&device.last_week),
        "interviewsThisWeek": interviews,
        "isOverWeeklyLoad": interviews > cap,
    })
}

pub async fn revoke(staff: Staff, path: Path<(i64, i64)>, state: Data<State>) -> Answer {
    state.store.revoke_device(staff.by, staff.study, path.1).await?;
    Ok(HttpResponse::Ok().json(json!({ "success": true })))
}
