//! What can be wrong with the numbers handed to this crate.

use thiserror::Error;

/// Why a design, a set of columns or a request cannot be worked with.
///
/// The variants are few on purpose: each is something the caller can name to a person and that person can mend. The message says
/// where, then what; rows and indices count from 0, stages from 1.
///
/// ```
/// use kish_analysis::design::{Design, OneStage};
///
/// let given = OneStage { stratum_of_psu: &[0, 0], psu_of_row: &[0, 1], weight: &[1.0, -3.0], ..OneStage::default() };
/// let error = Design::one_stage(&given).unwrap_err();
/// assert_eq!(error.to_string(), "the weight of row 1 is -3: weights are finite and not negative");
/// ```
#[derive(Debug, Clone, PartialEq, Error)]
pub enum Error {
    /// Two inputs that run side by side (rows and weights, say) differ in length, or a needed one is empty.
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
    /// A weight is negative, infinite or not a number. Calibrated and trimmed weights may be negative.
    #[error("the weight of row {row} is {weight}: weights are finite and not negative")]
    Weight {
        /// Row, counted from 0.
        row: usize,
        /// The value found.
        weight: f64,
    },
    /// A finite population correction is out of range, differs inside a stratum, or makes the population smaller than the sample.
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
        /// The strata, by the index the caller gave them; below stage 1 the index inside the parent.
        strata: Vec<usize>,
    },
    /// More variables than one reduction holds, [`MOST_VARIABLES`](crate::columns::MOST_VARIABLES): reduce in several passes.
    #[error("one reduction holds at most {most} variables")]
    TooManyVariables {
        /// The limit.
        most: usize,
    },
    /// By the relations handed in, a cell of a table is part of itself.
    #[error("cell {cell} is part of itself: a whole may not stand among the parts of its parts")]
    PartOfItself {
        /// Place of one such cell, counted from 0.
        cell: usize,
    },
    /// A cell cannot be protected whatever is withheld now: what was shown before gives it away.
    #[error("cell {cell} cannot be protected: cells shown before give it away; show nothing more from these data that it is part of")]
    Exposed {
        /// Place of the cell, counted from 0.
        cell: usize,
    },
    /// A calibration, a set of replicates, an interval or a model could not be computed; the text says which and why.
    #[error("{0}")]
    Unsolvable(String),
}

/// Check that `found` entries are the `expected` ones.
pub(crate) fn same_length(what: &'static str, expected: usize, found: usize) -> Result<(), Error> {
    if expected == found { Ok(()) } else { Err(Error::Length { what, expected, found }) }
}
