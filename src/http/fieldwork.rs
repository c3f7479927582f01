//! How fieldwork stands: how cases ended, and what supervisors must know to look after people and data. Counts of the whole study,
//! never beside a case, a PSU or a device.

use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::{self, Data};
use serde_json::{Value, json};

use super::State;
use super::access::Staff;
use super::problem::Problem;
use crate::deidentify::{DurationBand, KeptAnswers};
use crate::fieldwork::{Outcomes, ResultCode};
use crate::instrument::xpath::Answers;
use crate::instrument::{Concept, Instrument};
use crate::store::{self, ResponseRow, Store};

/// What all current records of a study come to.
struct Standing {
    outcomes: Outcomes,
    /// Interviews at each level of distress, as the form codes them.
    distress: BTreeMap<String, u64>,
    /// Usable interviews so short that the questions can hardly have been read.
    under_five_minutes: u64,
}

/// Result codes, response rates, the share without privacy, distress and haste, of all versions together.
pub async fn fieldwork(staff: Staff, state: Data<State>) -> Result<HttpResponse, Problem> {
    let store = Arc::clone(&state.store);
    let standing = web::block(move || standing(&store, staff.study)).await??;
    let outcomes = &standing.outcomes;
    let results: Vec<_> = outcomes
        .by_result
        .iter()
        .map(|(code, n)| json!({ "result": code.code(), "label": code.label(), "class": code.class(), "cases": n }))
        .collect();
    let distress: Vec<Value> = standing.distress.iter().map(|(level, n)| json!({ "level": level, "interviews": n })).collect();
    Ok(HttpResponse::Ok().json(json!({
        "results": results,
        "open": outcomes.open,
        "responseRates": outcomes.rates(),
        "withoutPrivacy": outcomes.without_privacy(),
        "distress": distress,
        "underFiveMinutes": standing.under_five_minutes,
        "definition": "AAPOR Standard Definitions: RR1, RR3 with the share found eligible, COOP1, REF1; cases still open are of unknown eligibility",
    })))
}

fn standing(store: &Store, study: i64) -> Result<Standing, store::Error> {
    let mut counts: BTreeMap<ResultCode, u64> = BTreeMap::new();
    let mut distress = BTreeMap::new();
    for version in store.form_versions(study)? {
        let responses = store.responses(study, version.id)?;
        responses.iter().for_each(|r| *counts.entry(ResultCode::of(r.result)).or_default() += 1);
        count_distress(&*store.instrument(&version)?, &responses, &mut distress);
    }
    let done: u64 = counts.values().sum();
    let cases = store.cases(study)?.len() as u64;
    let hasty = store.durations(study)?.into_iter().filter(|d| is_hasty(d.result, &d.band));
    Ok(Standing {
        under_five_minutes: hasty.map(|d| d.records.unsigned_abs()).sum(),
        outcomes: Outcomes { by_result: counts.into_iter().collect(), open: cases.saturating_sub(done) },
        distress,
    })
}

fn count_distress(instrument: &Instrument, responses: &[ResponseRow], counts: &mut BTreeMap<String, u64>) {
    let Some(question) = instrument.concepts.question(Concept::Distress) else { return };
    let layout = KeptAnswers::of(instrument);
    for response in responses {
        let answers = layout.read(&response.answers);
        let level = answers.value(question).to_text().into_owned();
        if !level.is_empty() {
            *counts.entry(level).or_default() += 1;
        }
    }
}

/// A visit in which nobody was asked anything is short by right.
fn is_hasty(result: i32, band: &str) -> bool {
    band == DurationBand::Under5.code() && u8::try_from(result).is_ok_and(|code| ResultCode::of(code).is_usable())
}
