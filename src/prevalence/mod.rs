//! The memory asked a question: weights, indicators, domains. The only room of the server that calls `analysis`.

mod calibration;
mod coded;
mod comparison;
mod difference;
mod dimension;
mod measure;
mod provenance;
pub mod research;
pub mod rounding;
mod release;
mod sample;
mod samples;
mod table;
mod versions;
mod weighting;

pub use calibration::{Calibration, Margin, Method, Trim};
pub use coded::CodedAnswers;
pub use comparison::{Comparison, SameContrast, compare, same_contrast};
pub use dimension::{AgeGroup, Dimension, Level};
pub use measure::{Measured, measure};
pub use provenance::{Provenance, UsedApproval};
pub use release::{Composed, KeptCell, KeptTable, Losses, Plan, PlannedTable, compose, in_any_order};
pub use sample::{Derived, Row, Sample};
pub use samples::Samples;
pub use table::{CellKey, Compared, Crossing, ItemNonresponse, PrevalenceTable, Question, cross};
pub use weighting::{CaseOutcome, Diagnostics, Recipe, WeightClass, make_weights, weigh};

use crate::store;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error("{field}: {message}")]
    Invalid { field: String, message: String },
    #[error("{0}")]
    Analysis(#[from] kish_analysis::Error),
    #[error("no interviews have been counted yet, so there is nothing to weigh")]
    NoInterviews,
    #[error("in stratum {0} nobody was interviewed, so its sample stands for nobody; wait for fieldwork or merge the stratum in the frame")]
    EmptyStratum(String),
    #[error("only one PSU was sampled in {} and the study's rule is to fail; merge strata in the frame or choose another rule", .0.join(", "))]
    LonelyPsu(Vec<String>),
    #[error("there are no weights yet; make them with POST …/weights")]
    NoWeights,
    #[error("{0}")]
    Refused(String),
    #[error("the key that ties cases to responses cannot be read: {0}")]
    Keys(#[from] std::io::Error),
}

impl Error {
    fn invalid(field: &str, message: impl Into<String>) -> Error {
        Error::Invalid { field: field.to_owned(), message: message.into() }
    }
}
