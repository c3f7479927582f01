//! What is asked: rows and a measure over them.

use crate::columns::Variable;

/// Rows an estimate is about: one cell or several together. The rest of the sample still counts in the variance.
///
/// ```
/// use kish_analysis::estimate::Domain;
///
/// // Cells are sex + 2 * age group, three age groups.
/// let women = Domain::cells([0, 2, 4]);
/// let oldest = Domain::cells([4, 5]);
/// assert_eq!(Domain::cells((0..6).rev()), Domain::all(6));      // order and doubles do not matter
/// # assert_ne!(women, oldest);
/// # assert_eq!(Domain::cells([3, 3]), Domain::cell(3));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain {
    pub(super) cells: Vec<u32>,
}

impl Domain {
    /// One cell.
    #[must_use]
    pub fn cell(cell: u32) -> Self {
        Self { cells: vec![cell] }
    }

    /// Several cells together: a margin. None at all is a domain of nobody.
    ///
    /// ```
    /// use kish_analysis::estimate::Domain;
    ///
    /// let women = Domain::cells((0..6).filter(|cell| cell % 2 == 0));      // cells are sex + 2 * age group
    /// assert_eq!(women, Domain::cells([4, 0, 2, 2]));
    /// ```
    #[must_use]
    pub fn cells(cells: impl IntoIterator<Item = u32>) -> Self {
        let mut cells: Vec<u32> = cells.into_iter().collect();
        cells.sort_unstable();
        cells.dedup();
        Self { cells }
    }

    /// All of `n_cells` cells.
    #[must_use]
    pub fn all(n_cells: u32) -> Self {
        Self { cells: (0..n_cells).collect() }
    }
}

/// What is estimated in a domain.
///
/// ```
/// # use kish_analysis::{cells::Sums, columns::Columns, design::{Design, OneStage}};
/// # use kish_analysis::estimate::{Domain, Measure};
/// # let given = OneStage { stratum_of_psu: &[0, 0], psu_of_row: &[0, 1], weight: &[10.0, 30.0], ..OneStage::default() };
/// # let design = Design::one_stage(&given)?;
/// # let mut columns = Columns::new(2);
/// let incidents = columns.real(&[1.0, 3.0])?;      // weights 10 and 30
/// let days = columns.real(&[10.0, 10.0])?;
/// # let sums = Sums::reduce(&design, &columns, &[0; 2], 1)?;
/// let asked = [Measure::Mean(incidents), Measure::Total(incidents), Measure::Ratio { numerator: incidents, denominator: days }];
/// let found = sums.estimate(&Domain::all(1), &asked)?;
/// assert_eq!([0, 1, 2].map(|at| found[at].estimate), [100.0 / 40.0, 100.0, 100.0 / 400.0]);
/// # Ok::<(), kish_analysis::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// `sum w y / sum w` over rows with a value: a mean, and for a 0/1 variable a proportion.
    Mean(Variable),
    /// `sum w y` over rows with a value; for a 0/1 variable the number of people. Missing rows are not made up for.
    Total(Variable),
    /// `sum w y / sum w x`. Rows missing in either must be missing in both: [`Columns::listwise`](crate::columns::Columns::listwise).
    Ratio {
        /// The variable above, `y`.
        numerator: Variable,
        /// The variable below, `x`.
        denominator: Variable,
    },
}

impl Measure {
    /// The variable whose missing rows count as outside.
    pub(crate) fn variable(self) -> Variable {
        match self {
            Self::Mean(variable) | Self::Total(variable) | Self::Ratio { numerator: variable, .. } => variable,
        }
    }
}
