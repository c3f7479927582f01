//! What can be wrong with the numbers handed to this crate.

use thiserror::Error;

/// Why a design, a set of columns or a request cannot be worked with.
///
/// The variants are few on purpose: each is something the caller can name to a person and that person can mend.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum Error {
    /// Two parallel inputs differ in length.
    #[error("{what} has {found} entries where {expected} are needed")]
    Length {
        /// The input at fault.
        what: &'static str,
        /// Entries needed.
        expected: usize,
        /// Entries found.
        found: usize,
    },
    /// An index points past the end of what it points into.
    #[error("{what} {index} does not exist: there are {count}")]
    OutOfRange {
        /// The kind of thing pointed at.
        what: &'static str,
        /// The index found.
        index: usize,
        /// How many there are.
        count: usize,
    },
    /// A weight is negative, infinite or not a number.
    #[error("the weight of row {row} is {weight}: weights are finite and not negative")]
    Weight {
        /// Row, counted from 0.
        row: usize,
        /// The value found.
        weight: f64,
    },
    /// A finite population correction cannot be read as one kind, or is smaller than the sample.
    #[error("finite population correction at stage {stage}: {reason}")]
    Fpc {
        /// Stage, counted from 1.
        stage: usize,
        /// What is wrong, in words.
        reason: String,
    },
    /// Strata hold one sampling unit and the rule is [`Lonely::Fail`](crate::design::Lonely::Fail).
    #[error("stage {stage}: only one sampling unit in {} {strata:?}", if strata.len() == 1 { "stratum" } else { "strata" })]
    LonelyPsu {
        /// Stage, counted from 1.
        stage: usize,
        /// The strata, by the index the caller gave them.
        strata: Vec<usize>,
    },
    /// More variables than one reduction holds.
    #[error("one reduction holds at most {most} variables")]
    TooManyVariables {
        /// The limit.
        most: usize,
    },
    /// A calibration, quantile or model could not be computed.
    #[error("{0}")]
    Unsolvable(String),
}

/// Check that `found` entries are the `expected` ones.
pub(crate) fn same_length(what: &'static str, expected: usize, found: usize) -> Result<(), Error> {
    if expected == found { Ok(()) } else { Err(Error::Length { what, expected, found }) }
}
