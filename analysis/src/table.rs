//! Cells that may be shown, and cells withheld with the reason why.
//!
//! A [`Table`] has no public constructor: only [`crate::disclosure::protect`] makes one. What is withheld carries no
//! number at all, so nothing downstream can leak it.

use crate::reliability::Outcome;

/// Why a cell is withheld. The code is stable; see [`Reason::code`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// Nobody was asked.
    Empty,
    /// Fewer unweighted cases than the threshold.
    TooFewCases,
    /// Fewer cases with the event than the threshold, but more than none.
    TooFewEvents,
    /// Fewer cases without the event than the threshold (all of a small group said yes).
    TooFewWithout,
    /// Fewer sampling units than the threshold.
    TooFewPsus,
    /// The presentation standard says no.
    Unreliable,
    /// Its value would follow from shown cells that add up with it.
    Complementary,
}

impl Reason {
    /// The code that stands in exports.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooFewCases => "too_few_cases",
            Self::TooFewEvents => "too_few_events",
            Self::TooFewWithout => "too_few_without",
            Self::TooFewPsus => "too_few_psus",
            Self::Unreliable => "unreliable",
            Self::Complementary => "complementary",
        }
    }
}

/// The numbers of a cell that may be shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// The estimate, in units of its variable (a proportion between 0 and 1).
    pub estimate: f64,
    /// Standard error.
    pub se: f64,
    /// Lower confidence limit.
    pub ci_lower: f64,
    /// Upper confidence limit.
    pub ci_upper: f64,
    /// Design effect.
    pub deff: f64,
    /// Degrees of freedom.
    pub df: f64,
    /// Unweighted cases.
    pub n: u64,
    /// Sum of weights.
    pub weighted_n: f64,
    /// What the presentation standard says: never [`Outcome::Withhold`].
    pub reliability: Outcome,
    /// Its notes.
    pub notes: Vec<&'static str>,
}

/// One cell of a table.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// May be shown.
    Shown(Shown),
    /// May not, and no number is kept.
    Withheld(Reason),
}

/// Cells that went through disclosure control, in the order they were given.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    cells: Vec<Cell>,
}

impl Table {
    /// Only for [`crate::disclosure`].
    pub(crate) fn new(cells: Vec<Cell>) -> Self {
        Self { cells }
    }

    /// The cells, in the order they were given to [`crate::disclosure::protect`].
    #[must_use]
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// Cells withheld.
    #[must_use]
    pub fn n_withheld(&self) -> usize {
        self.cells.iter().filter(|cell| matches!(cell, Cell::Withheld(_))).count()
    }
}
