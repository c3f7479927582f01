//! What a statistician asks a research file to hold.

use serde::{Deserialize, Serialize};
use validator::Validate;

use crate::prevalence::{Dimension, Error};

/// The published table that the file must give again, and what it holds besides.
#[derive(Debug, Clone, Serialize, Deserialize, Validate)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Request {
    #[validate(length(min = 1, max = 60, message = "name the file"))]
    pub name: String,
    /// The weight set's name; the newest where none is named.
    pub weights: Option<String>,
    #[validate(length(min = 1, max = 20, message = "name 1 to 20 indicators"))]
    pub indicators: Vec<String>,
    /// The dimensions of the table: never made coarser, and no value of them is left out.
    #[validate(length(min = 1, max = 3, message = "name 1 to 3 dimensions"))]
    pub by: Vec<Dimension>,
    /// Dimensions that may be made coarser, or left out of single rows.
    #[serde(default)]
    pub further: Vec<Dimension>,
    /// The least number of rows that are alike.
    #[serde(default = "least_k")]
    #[validate(range(min = 5, max = 100, message = "between 5 and 100"))]
    pub k: usize,
    #[serde(default)]
    pub variance: Variance,
}

/// By what the file gives standard errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Variance {
    /// Strata and PSUs, renumbered.
    #[default]
    Design,
    /// Replicate weights; no stratum and no PSU.
    Replicates,
}

fn least_k() -> usize {
    5
}

impl Request {
    /// What the shape of a request does not say.
    pub(super) fn check(&self) -> Result<(), Error> {
        let dimensions: Vec<Dimension> = self.by.iter().chain(&self.further).copied().collect();
        if dimensions.contains(&Dimension::AgeBand) {
            return Err(Error::invalid("further", "a file has age_group, and makes it coarser where it must; name that"));
        }
        if dimensions.iter().enumerate().any(|(place, d)| dimensions[..place].contains(d)) {
            return Err(Error::invalid("further", "name each dimension once, in by or in further"));
        }
        if self.indicators.iter().enumerate().any(|(place, id)| self.indicators[..place].contains(id)) {
            return Err(Error::invalid("indicators", "name each indicator once"));
        }
        Ok(())
    }
}
