//! What was done to a research file, for those who grant it and those who use it.

use kish_analysis::anonymity::{Classes, Holders, Risk, diversity, risk};
use serde::Serialize;

use super::request::Variance;
use crate::prevalence::Provenance;

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    pub rows: usize,
    /// Sampled PSUs without an interview, each a row of weight 0, where the file has PSUs.
    pub empty_psus: usize,
    /// What somebody who is looking may know, and by which rows are alike or not.
    pub quasi_identifiers: Vec<String>,
    pub k_asked: usize,
    /// Rows in the smallest class; a value that was left out counts as a value like any other.
    pub k: usize,
    pub classes: usize,
    pub risk: RiskReport,
    pub diversity: Vec<DiversityReport>,
    pub recoded: Vec<Recoded>,
    pub suppressed: Vec<SuppressedValues>,
    pub weights: WeightsReport,
    pub variance: VarianceReport,
    /// Published numbers that come out of the file again, each an estimate with its standard error.
    pub reproduced: usize,
    pub provenance: Provenance,
}

/// Of being recognised, by Franconi and Polettini.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RiskReport {
    pub greatest: f64,
    pub mean: f64,
    /// Expected re-identifications, were somebody to look for every row.
    pub expected: f64,
    pub most_allowed: f64,
}

/// The least diversity of an indicator in a class.
#[derive(Debug, Clone, Serialize)]
pub struct DiversityReport {
    pub indicator: String,
    pub distinct: usize,
    pub entropy: f64,
}

#[derive(Debug, Clone, Serialize)]
pub struct Recoded {
    pub column: String,
    /// Empty where nothing of the column is left.
    pub levels: Vec<String>,
}

#[derive(Debug, Clone, Serialize)]
pub struct SuppressedValues {
    pub column: String,
    pub values: usize,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WeightsReport {
    /// How many times as high the next value is, about.
    pub ratio: f64,
    pub values: usize,
    pub rows_of_rarest: usize,
    pub psus_of_rarest: usize,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VarianceReport {
    pub by: Variance,
    pub lonely_psu: String,
    /// Replicates, and what the sum of squares is multiplied with.
    pub replicates: usize,
    pub scale: f64,
}

impl RiskReport {
    pub(super) fn of(classes: &Classes, weights: &[f64], most_allowed: f64) -> RiskReport {
        let Risk { greatest, mean, expected } = risk(classes, weights);
        RiskReport { greatest, mean, expected, most_allowed }
    }
}

impl DiversityReport {
    pub(super) fn of(indicator: &str, classes: &Classes, answers: &[Option<bool>]) -> DiversityReport {
        let found = diversity(classes, answers);
        DiversityReport { indicator: indicator.to_owned(), distinct: found.distinct, entropy: found.entropy }
    }
}

impl WeightsReport {
    pub(super) fn of(ratio: f64, holders: Holders) -> WeightsReport {
        WeightsReport { ratio, values: holders.values, rows_of_rarest: holders.rows, psus_of_rarest: holders.units }
    }
}
