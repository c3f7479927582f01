//! Studies and their sample frames.

use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse};
use jiff::ToSpan;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};
use validator::{Validate, ValidationError};

use super::State;
use super::access::Staff;
use super::body::{read_all, read_json};
use super::problem::Problem;
use super::referrals::regions_without_help;
use crate::ethics::Phase;
use crate::fieldwork::Frame;
use crate::store::{self, NewStudy, Study, StudyChange};

type Answer = Result<HttpResponse, Problem>;

/// The largest frame: two million cases of a short row.
const FRAME_BYTES: usize = 128 << 20;
/// How long responses are kept where no day is named, and at most.
const KEEP_YEARS: i64 = 5;
const MOST_KEEP_YEARS: i64 = 30;
const LONELY: [&str; 5] = ["fail", "remove", "certainty", "adjust", "average"];

#[derive(Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Body {
    #[validate(length(min = 1, max = 200, message = "name the study"))]
    name: String,
    /// What a single sampled PSU in a stratum means for the variance.
    #[serde(default = "adjust")]
    #[validate(custom(function = "is_lonely_rule"))]
    lonely_psu: String,
    /// `pilot`, or `main` where it is left out.
    #[serde(default)]
    phase: Phase,
    #[validate(range(min = 1, max = 100, message = "between 1 and 100 interviews a week"))]
    weekly_interviews: Option<i32>,
    #[validate(range(min = 1, max = 365, message = "between 1 and 365 days"))]
    referral_days: Option<i32>,
    /// The last day on which responses are kept; five years from today where none is named.
    keep_responses_until: Option<Date>,
}

/// What of a study may change.
#[derive(Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Change {
    /// From pilot to main, before a form of the study was approved; never back.
    phase: Option<Phase>,
    #[validate(range(min = 1, max = 100, message = "between 1 and 100 interviews a week"))]
    weekly_interviews: Option<i32>,
    #[validate(range(min = 1, max = 365, message = "between 1 and 365 days"))]
    referral_days: Option<i32>,
    /// Nearer than it was; never put off, for people were told.
    keep_responses_until: Option<Date>,
}

fn adjust() -> String {
    "adjust".to_owned()
}

fn is_lonely_rule(name: &str) -> Result<(), ValidationError> {
    if LONELY.contains(&name) {
        Ok(())
    } else {
        Err(ValidationError::new("lonely").with_message(format!("write one of {}", LONELY.join(", ")).into()))
    }
}

pub async fn add(staff: Staff, payload: web::Payload, state: Data<State>) -> Answer {
    let new: Body = read_json(payload, &state).await?;
    let usual = NewStudy::default();
    let today = state.clock.today();
    let keep_until = new.keep_responses_until.unwrap_or_else(|| today.saturating_add(KEEP_YEARS.years()));
    is_to_come(keep_until, today)?;
    let new = NewStudy {
        keep_until: keep_until.to_string(),
        name: new.name,
        synthetic: false,
        lonely_psu: new.lonely_psu,
        phase: new.phase,
        weekly_interviews: new.weekly_interviews.unwrap_or(usual.weekly_interviews),
        referral_days: new.referral_days.unwrap_or(usual.referral_days),
    };
    let id = state.store.add_study(staff.by, new).await?;
    shown(id, &state).await
}

/// Past it everything is erased, which nobody means to ask for.
fn is_to_come(day: Date, today: Date) -> Result<(), Problem> {
    let latest = today.saturating_add(MOST_KEEP_YEARS.years());
    if (today..=latest).contains(&day) {
        Ok(())
    } else {
        Err(Problem::invalid("keepResponsesUntil", format!("write a day from {today} to {latest}")))
    }
}

pub async fn change(staff: Staff, payload: web::Payload, state: Data<State>) -> Answer {
    let Change { phase, weekly_interviews, referral_days, keep_responses_until } = read_json(payload, &state).await?;
    if let Some(day) = keep_responses_until {
        is_to_come(day, state.clock.today())?;
    }
    let change = StudyChange { phase, weekly_interviews, referral_days, keep_until: keep_responses_until.map(|day| day.to_string()) };
    state.store.change_study(staff.by, staff.study, change).await.map_err(|e| match e {
        store::Error::Duplicate => Problem::Conflict(
            "A pilot becomes the main study only before a form of it was approved, and a main study never becomes a pilot: phones may hold its interviews. Make a study of its own.",
        ),
        store::Error::Changed => {
            Problem::Conflict("The day until which responses are kept can be brought nearer and not put off: people were told how long.")
        }
        other => other.into(),
    })?;
    shown(staff.study, &state).await
}

pub async fn list(staff: Staff, state: Data<State>) -> Answer {
    let store = Arc::clone(&state.store);
    let studies = web::block(move || store.studies()).await??;
    Ok(HttpResponse::Ok().json(studies.iter().filter(|s| staff.belongs_to(s.id)).map(in_short).collect::<Vec<_>>()))
}

pub async fn one(staff: Staff, state: Data<State>) -> Answer {
    shown(staff.study, &state).await
}

async fn shown(id: i64, state: &Data<State>) -> Answer {
    let (store, today) = (Arc::clone(&state.store), state.clock.today());
    let study = web::block(move || {
        let missing = regions_without_help(&store, id, today)?;
        let what_to_do = (!missing.is_empty())
            .then_some("no form is given out before a service of each of these regions is verified again: PUT …/referrals");
        let mut study = in_short(&store.study(id)?);
        study["regions"] = json!(store.regions(id)?);
        study["referrals"] = json!({ "regionsWithoutHelp": missing, "whatToDo": what_to_do });
        Ok::<_, Problem>(study)
    })
    .await??;
    Ok(HttpResponse::Ok().json(study))
}

fn in_short(study: &Study) -> Value {
    json!({
        "id": study.id,
        "name": study.name,
        "synthetic": study.synthetic,
        "lonelyPsu": study.lonely_psu,
        "phase": study.phase,
        "weeklyInterviews": study.weekly_interviews,
        "referralDays": study.referral_days,
        "keepResponsesUntil": (!study.keep_until.is_empty()).then_some(&study.keep_until),
    })
}

pub async fn put_frame(staff: Staff, state: Data<State>, request: HttpRequest, payload: web::Payload) -> Answer {
    let _ = request;
    let bytes = read_all(&mut payload.into_inner(), FRAME_BYTES, &state).await?;
    let frame = web::block(move || Frame::read(&bytes)).await?.map_err(Problem::Findings)?;
    let counts = json!({ "cases": frame.cases.len(), "psus": frame.psus.len() });
    state.store.put_frame(staff.by, staff.study, frame).await.map_err(|e| match e {
        store::Error::Duplicate => Problem::Conflict("Interviews are tied to the frame already; it can no longer be replaced."),
        other => other.into(),
    })?;
    Ok(HttpResponse::Ok().json(counts))
}

pub async fn frame(staff: Staff, state: Data<State>) -> Answer {
    let store = Arc::clone(&state.store);
    let (psus, cases) = web::block(move || Ok::<_, store::Error>((store.psus(staff.study)?, store.cases(staff.study)?))).await??;
    let mut strata: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for psu in &psus {
        let counts = strata.entry(&psu.stratum).or_default();
        counts.0 += 1;
        counts.1 += cases.iter().filter(|c| c.psu_id == psu.id).count();
    }
    let strata: Vec<_> = strata.iter().map(|(name, (psus, cases))| json!({ "stratum": name, "psus": psus, "cases": cases })).collect();
    Ok(HttpResponse::Ok().json(json!({ "cases": cases.len(), "psus": psus.len(), "strata": strata })))
}
