//! What stands beside every table: of which data, by which rules, under whose approval.

use kish_analysis::disclosure::Rule;
use serde::Serialize;

use super::{Error, Sample};
use crate::ethics::Phase;
use crate::store::Store;

/// Where a table comes from: enough to make it again, and to defend it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Provenance {
    pub study: String,
    pub synthetic: bool,
    pub phase: Phase,
    pub form_id: String,
    pub form_version: String,
    pub form_hash: String,
    pub approvals: Vec<UsedApproval>,
    pub weight_set: String,
    /// The release it leaves in; none for a draft.
    pub release: Option<String>,
    /// The ISO weeks of the first and the last interview, as `2026-W40/2026-W47`; of one week alone, that one.
    pub fieldwork: String,
    pub interviews: usize,
    pub item_missing: usize,
    pub sampled_psus: usize,
    pub strata: usize,
    pub variance: &'static str,
    pub lonely_psu: String,
    pub lonely_strata: Vec<String>,
    pub interval: &'static str,
    pub degrees_of_freedom: &'static str,
    pub standard: String,
    pub min_cases: u64,
    pub min_events: u64,
    pub min_psus: u64,
    pub protection: u64,
    pub missing: &'static str,
    pub program: String,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UsedApproval {
    pub committee: String,
    pub reference: String,
    pub simulated: bool,
}

pub(super) fn provenance(store: &Store, sample: &Sample, missing: usize, rule: &Rule, lonely: &[usize]) -> Result<Provenance, Error> {
    let approvals = store.approvals(sample.study.id)?;
    let used = approvals.iter().filter(|a| a.form_hash == sample.instrument.form.hash).map(|a| UsedApproval {
        committee: a.decision.committee.clone(),
        reference: a.decision.reference.clone(),
        simulated: a.decision.simulated,
    });
    Ok(Provenance {
        study: sample.study.name.clone(),
        synthetic: sample.study.synthetic,
        phase: sample.study.phase,
        form_id: sample.form.form_id.clone(),
        form_version: sample.form.version.clone(),
        form_hash: sample.instrument.form.hash.to_string(),
        approvals: used.collect(),
        weight_set: sample.weight_set.name.clone(),
        release: None,
        fieldwork: weeks(sample.weeks.as_ref()),
        interviews: sample.rows.len(),
        item_missing: missing,
        sampled_psus: sample.stratum_of_psu.len(),
        strata: sample.stratum_names.len(),
        variance: variance(sample),
        lonely_psu: sample.study.lonely_psu.clone(),
        lonely_strata: lonely.iter().filter_map(|s| sample.stratum_names.get(*s).cloned()).collect(),
        interval: "Korn–Graubard, effective size capped at n, 95 %",
        degrees_of_freedom: "PSUs minus strata with an answer in the domain",
        standard: rule.standard.name.to_owned(),
        min_cases: rule.min_cases,
        min_events: rule.min_events,
        min_psus: rule.min_psus,
        protection: rule.protection,
        missing: "no yes and more than 20 % of the items asked unanswered: left out",
        program: concat!("kish ", env!("CARGO_PKG_VERSION")).to_owned(),
    })
}

fn variance(sample: &Sample) -> &'static str {
    match (&sample.calibration, sample.is_calibrated) {
        (None, _) => "Taylor linearisation, PSUs drawn with replacement; sampled PSUs without an interview count",
        (Some(_), true) => {
            "Taylor linearisation of the residuals on the calibration totals, PSUs drawn with replacement; sampled PSUs without an interview count"
        }
        (Some(_), false) => {
            "Taylor linearisation, PSUs drawn with replacement; sampled PSUs without an interview count; without what calibration gains, for trimming moved the weights off its totals"
        }
    }
}

fn weeks(first_and_last: Option<&(String, String)>) -> String {
    match first_and_last {
        Some((first, last)) if first == last => first.clone(),
        Some((first, last)) => format!("{first}/{last}"),
        None => String::new(),
    }
}
