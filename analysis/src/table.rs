//! Cells that may be shown, and cells withheld with the reason why.
//!
//! A [`Table`] has no public constructor: only [`crate::disclosure::protect`] makes one. What is withheld carries no
//! number at all, so nothing downstream can leak it.

use crate::reliability::Outcome;

/// Why a cell is withheld. The code is stable; see [`Reason::code`].
///
/// The full reason is for the office: it says which count is below which threshold, and four groups with one to four events each in a
/// whole that has one to four as well have one each. Outsiders are told [`Reason::published`].
///
/// ```
/// use kish_analysis::table::Reason;
///
/// assert_eq!((Reason::TooFewCases.code(), Reason::TooFewCases.published()), ("too_few_cases", "withheld"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// Nobody was asked: no row with a value and a weight.
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
    /// The code that stands in exports: the name in lower case, with underscores.
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

    /// What may be told to everyone: that nobody was asked, else the one word `withheld`, under which a small cell and one that only
    /// protects it look alike.
    ///
    /// ```
    /// use kish_analysis::table::Reason;
    ///
    /// assert_eq!([Reason::Empty, Reason::TooFewEvents, Reason::Complementary].map(Reason::published), ["empty", "withheld", "withheld"]);
    /// ```
    #[must_use]
    pub fn published(self) -> &'static str {
        if self == Self::Empty { "empty" } else { "withheld" }
    }

    /// Whether the cell, known exactly, could tell on somebody; the others are merely not precise, or protect one that could.
    ///
    /// ```
    /// use kish_analysis::table::Reason;
    ///
    /// assert!(Reason::TooFewPsus.tells() && !Reason::Unreliable.tells());
    /// ```
    #[must_use]
    pub fn tells(self) -> bool {
        matches!(self, Self::TooFewCases | Self::TooFewEvents | Self::TooFewWithout | Self::TooFewPsus)
    }
}

/// The numbers of a cell that may be shown, in full precision: rounding is the publisher's.
///
/// ```
/// # use kish_analysis::disclosure::{Candidate, Kind, Relation, Rule, protect};
/// # use kish_analysis::estimate::Estimate;
/// # use kish_analysis::table::{Cell, Reason};
/// # fn cell(n: u64, n_events: u64) -> Candidate {
/// #     let (p, size) = (n_events as f64 / n as f64, n as f64);
/// #     let estimate = Estimate {
/// #         estimate: p, se: (p * (1.0 - p) / size).sqrt(), n_domain: n, n_rows: n, n, n_events, weighted_n: size, weighted_domain: size,
/// #         n_psus: 30, n_strata: 5, n_psus_domain: 30, n_strata_domain: 5, deff: 1.0, deff_replace: 1.0, deff_weights: 1.0,
/// #     };
/// #     Candidate { estimate, kind: Kind::Proportion }
/// # }
/// let table = protect(&[cell(400, 100)], &[], &Rule::default());
/// let Cell::Shown(shown) = &table.cells()[0] else { panic!("withheld") };
/// assert_eq!((shown.estimate, shown.n, shown.df), (0.25, 400, 25.0));      // 30 PSUs in 5 strata
/// assert!(shown.ci_lower < 0.25 && shown.ci_upper > 0.25 && shown.notes.is_empty());
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// The estimate, in units of its variable (a proportion between 0 and 1).
    pub estimate: f64,
    /// Standard error, same units.
    pub se: f64,
    /// Lower confidence limit, same units, at the level of the [`Rule`](crate::disclosure::Rule).
    pub ci_lower: f64,
    /// Upper confidence limit.
    pub ci_upper: f64,
    /// Design effect without replacement; `NaN` where it does not apply.
    pub deff: f64,
    /// Degrees of freedom: PSUs less strata.
    pub df: f64,
    /// Of a difference: how probable one further from 0 would be on both sides, were there none; `NaN` where nothing is compared.
    pub p: f64,
    /// Unweighted cases with a value.
    pub n: u64,
    /// Sum of weights of these cases, in people.
    pub weighted_n: f64,
    /// What the presentation standard says: never [`Outcome::Withhold`].
    pub reliability: Outcome,
    /// Its notes, in order: short codes such as `df<8`.
    pub notes: Vec<&'static str>,
}

/// One cell of a table.
///
/// ```
/// # use kish_analysis::disclosure::{Candidate, Kind, Relation, Rule, protect};
/// # use kish_analysis::estimate::Estimate;
/// # use kish_analysis::table::{Cell, Reason};
/// # fn cell(n: u64, n_events: u64) -> Candidate {
/// #     let (p, size) = (n_events as f64 / n as f64, n as f64);
/// #     let estimate = Estimate {
/// #         estimate: p, se: (p * (1.0 - p) / size).sqrt(), n_domain: n, n_rows: n, n, n_events, weighted_n: size, weighted_domain: size,
/// #         n_psus: 30, n_strata: 5, n_psus_domain: 30, n_strata_domain: 5, deff: 1.0, deff_replace: 1.0, deff_weights: 1.0,
/// #     };
/// #     Candidate { estimate, kind: Kind::Proportion }
/// # }
/// let table = protect(&[cell(400, 100), cell(400, 3)], &[], &Rule::default());
/// let print = |cell: &Cell| match cell {
///     Cell::Shown(shown) => format!("{:.1} %", 100.0 * shown.estimate),
///     Cell::Withheld(reason) => reason.code().to_string(),
/// };
/// assert_eq!(table.cells().iter().map(print).collect::<Vec<_>>(), ["25.0 %", "too_few_events"]);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// May be shown.
    Shown(Shown),
    /// May not, and no number is kept.
    Withheld(Reason),
}

/// Cells that went through disclosure control, in the order they were given.
///
/// ```
/// use kish_analysis::disclosure::{Rule, protect};
///
/// let table = protect(&[], &[], &Rule::default());      // the only way to a table, here to an empty one
/// assert_eq!((table.cells().len(), table.n_withheld()), (0, 0));
/// ```
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

    /// Some of the cells as a table of their own, such as one of several that were protected together. A place that no cell has is
    /// withheld as empty.
    ///
    /// ```
    /// use kish_analysis::disclosure::{Rule, protect};
    /// use kish_analysis::table::{Cell, Reason};
    ///
    /// let none = protect(&[], &[], &Rule::default());
    /// assert_eq!(none.part(&[3]).cells(), [Cell::Withheld(Reason::Empty)]);
    /// ```
    #[must_use]
    pub fn part(&self, places: &[usize]) -> Table {
        Self { cells: places.iter().map(|place| self.cells.get(*place).cloned().unwrap_or(Cell::Withheld(Reason::Empty))).collect() }
    }

    /// Cells withheld, empty ones included.
    #[must_use]
    pub fn n_withheld(&self) -> usize {
        self.cells.iter().filter(|cell| matches!(cell, Cell::Withheld(_))).count()
    }
}
