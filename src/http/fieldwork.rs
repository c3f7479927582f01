//! How fieldwork stands: how cases ended, and what supervisors must know to look after people and data. Counts of the whole study,
//! never beside a case or a device; of a PSU, how many of its cases have ended and never how.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::{self, Data};
use serde_json::{Value, json};

use super::State;
use super::access::Staff;
use super::problem::Problem;
use crate::deidentify::{DurationBand, KeptAnswers, iso_week};
use crate::fieldwork::{Outcomes, ResultCode};
use crate::instrument::xpath::Answers;
use crate::instrument::{Concept, Instrument};
use crate::store::{self, CaseRow, PsuRow, ResponseRow, Store, WeekCount};

/// What all current records of a study come to.
struct Standing {
    outcomes: Outcomes,
    /// Interviews of the weeks that are over at each level of distress, as the form codes them.
    distress: BTreeMap<String, u64>,
    /// Usable interviews so short that the questions can hardly have been read.
    under_five_minutes: u64,
    /// Stratum, PSU, its cases, and those that have ended.
    progress: Vec<(PsuRow, usize, i64)>,
    /// Interviews and all cases that ended, by week.
    weeks: BTreeMap<String, (i64, i64)>,
}

/// Result codes, response rates, the share without privacy, distress and haste, of all versions together.
pub async fn fieldwork(staff: Staff, state: Data<State>) -> Result<HttpResponse, Problem> {
    let store = Arc::clone(&state.store);
    let this_week = iso_week(state.clock.today());
    let standing = web::block(move || standing(&store, staff.study, &this_week)).await??;
    let outcomes = &standing.outcomes;
    let results: Vec<_> = outcomes
        .by_result
        .iter()
        .map(|(code, n)| json!({ "result": code.code(), "label": code.label(), "class": code.class(), "cases": n }))
        .collect();
    let progress =
        |(psu, cases, ended): &(PsuRow, usize, i64)| json!({ "stratum": psu.stratum, "psu": psu.code, "cases": cases, "ended": ended });
    let week = |(week, (interviews, ended)): (&String, &(i64, i64))| json!({ "week": week, "interviews": interviews, "ended": ended });
    let distress: Vec<Value> = standing.distress.iter().map(|(level, n)| json!({ "level": level, "interviews": n })).collect();
    Ok(HttpResponse::Ok().json(json!({
        "results": results,
        "open": outcomes.open,
        "responseRates": outcomes.rates(),
        "withoutPrivacy": outcomes.without_privacy(),
        "distress": distress,
        "underFiveMinutes": standing.under_five_minutes,
        "definition": "AAPOR Standard Definitions: RR1, RR3 with the share found eligible, COOP1, REF1; cases still open are of unknown eligibility",
        "progress": standing.progress.iter().map(progress).collect::<Vec<_>>(),
        "weeks": standing.weeks.iter().map(week).collect::<Vec<_>>(),
    })))
}

fn standing(store: &Store, study: i64, this_week: &str) -> Result<Standing, store::Error> {
    let mut counts: BTreeMap<ResultCode, u64> = BTreeMap::new();
    let mut distress = BTreeMap::new();
    for version in store.form_versions(study)? {
        let responses = store.responses(study, version.id)?;
        responses.iter().for_each(|r| *counts.entry(ResultCode::of(r.result)).or_default() += 1);
        // Of this week's, who asks before and after one of them comes in would learn its own.
        let of_weeks_over = responses.iter().filter(|response| response.iso_week.as_str() < this_week);
        count_distress(&*store.instrument(&version)?, of_weeks_over, &mut distress);
    }
    let done: u64 = counts.values().sum();
    let cases = store.cases(study)?;
    let hasty = store.durations(study)?.into_iter().filter(|d| is_hasty(d.result, &d.band));
    Ok(Standing {
        under_five_minutes: hasty.map(|d| d.records.unsigned_abs()).sum(),
        outcomes: Outcomes { by_result: counts.into_iter().collect(), open: (cases.len() as u64).saturating_sub(done) },
        distress,
        progress: progress(store, study, &cases)?,
        weeks: weeks(store, study)?,
    })
}

fn progress(store: &Store, study: i64, cases: &[CaseRow]) -> Result<Vec<(PsuRow, usize, i64)>, store::Error> {
    let ended: HashMap<i64, i64> = store.ended_by_psu(study)?.into_iter().collect();
    let mut sampled: HashMap<i64, usize> = HashMap::new();
    cases.iter().for_each(|case| *sampled.entry(case.psu_id).or_default() += 1);
    let of = |psu: PsuRow| {
        let (cases, ended) = (sampled.get(&psu.id).copied().unwrap_or(0), ended.get(&psu.id).copied().unwrap_or(0));
        (psu, cases, ended)
    };
    Ok(store.psus(study)?.into_iter().map(of).collect())
}

fn weeks(store: &Store, study: i64) -> Result<BTreeMap<String, (i64, i64)>, store::Error> {
    let mut weeks: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for WeekCount { week, result, records } in store.ended_by_week(study)? {
        let counts = weeks.entry(week).or_default();
        counts.0 += if is_usable(result) { records } else { 0 };
        counts.1 += records;
    }
    Ok(weeks)
}

fn count_distress<'a>(instrument: &Instrument, responses: impl Iterator<Item = &'a ResponseRow>, counts: &mut BTreeMap<String, u64>) {
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
    band == DurationBand::Under5.code() && is_usable(result)
}

fn is_usable(result: i32) -> bool {
    u8::try_from(result).is_ok_and(|code| ResultCode::of(code).is_usable())
}
