//! What was answered: up to 64 variables by row, 0/1 or real, each with its missing rows.
//!
//! | the answer | add it with | what it gives |
//! |---|---|---|
//! | yes or no | [`Columns::indicator`] | proportions, weighted counts of people |
//! | a number | [`Columns::real`] | means, totals, ratios |
//! | one of several | one indicator a level | the distribution |
//!
//! A missing answer is out of the estimates of its variable and stays in the design: its row counts as a row outside the domain.

use crate::error::{Error, same_length};

/// Variables one reduction holds: one bit of a `u64` each. For more, reduce several [`Columns`] over the same design.
pub const MOST_VARIABLES: usize = 64;

/// A variable of a [`Columns`], by its place in it.
///
/// It is a place, not a link: used on other columns it means whatever stands there, or [`Error::OutOfRange`].
///
/// ```
/// let mut columns = kish_analysis::columns::Columns::new(1);
/// let first = columns.indicator([Some(true)])?;
/// let second = columns.real(&[3.5])?;
/// assert!(first < second && second.index() == 1);
/// # Ok::<(), kish_analysis::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Variable(pub(crate) u8);

impl Variable {
    /// Place among the columns, from 0.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// Variables over the same rows, in the caller's row order.
///
/// 0/1 variables are kept as one bit a row, so forty of them cost eight bytes a row. Real variables are kept as
/// distances from a pilot mean, which saves the digits that sums of squares of large values would lose.
///
/// ```
/// use kish_analysis::columns::Columns;
///
/// let mut columns = Columns::new(3);
/// let harassed = columns.indicator([Some(true), None, Some(false)])?;
/// let age = columns.real(&[31.0, 47.0, f64::NAN])?;
/// assert_eq!((harassed.index(), age.index(), columns.n_variables()), (0, 1, 2));
/// assert!(columns.is_missing(harassed, 1) && columns.is_missing(age, 2));
/// # Ok::<(), kish_analysis::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Columns {
    n_rows: usize,
    n_variables: usize,
    /// Bit `k` of row `r`: variable `k` is 1.
    pub(crate) ones: Vec<u64>,
    /// Bit `k` of row `r`: variable `k` is missing. Empty while nothing is.
    pub(crate) missing: Vec<u64>,
    /// Real variables, less their pilot; 0 where missing.
    pub(crate) reals: Vec<(Variable, Vec<f64>)>,
    /// Pilot mean by variable; 0 for 0/1 variables.
    pub(crate) pilots: Vec<f64>,
}

impl Columns {
    /// No variables yet, over `n_rows` rows.
    #[must_use]
    pub fn new(n_rows: usize) -> Self {
        Self { n_rows, n_variables: 0, ones: vec![0; n_rows], missing: Vec::new(), reals: Vec::new(), pilots: Vec::new() }
    }

    /// Rows.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// Variables so far.
    #[must_use]
    pub fn n_variables(&self) -> usize {
        self.n_variables
    }

    /// Add a 0/1 variable, one entry a row: `Some(true)` is 1, `Some(false)` is 0, `None` is missing.
    ///
    /// # Errors
    /// [`Error::Length`] unless there is one entry a row; [`Error::TooManyVariables`] after [`MOST_VARIABLES`].
    ///
    /// ```
    /// use kish_analysis::{Error, columns::Columns};
    ///
    /// let mut columns = Columns::new(2);
    /// assert!(columns.indicator([Some(true), None]).is_ok());
    /// let short = columns.indicator([Some(true)]).unwrap_err();
    /// assert_eq!(short, Error::Length { what: "indicator values", expected: 2, found: 1 });
    /// ```
    pub fn indicator(&mut self, values: impl IntoIterator<Item = Option<bool>>) -> Result<Variable, Error> {
        let variable = self.next(0.0)?;
        let bit = 1_u64 << variable.0;
        let mut values = values.into_iter();
        let mut found = 0;
        for value in values.by_ref().take(self.n_rows) {
            match value {
                Some(yes) => self.ones[found] |= if yes { bit } else { 0 },
                None => self.mark_missing(found, bit),
            }
            found += 1;
        }
        same_length("indicator values", self.n_rows, found + values.count())?;
        Ok(variable)
    }

    /// Add a real variable, one entry a row, in units of the caller's choice; `NaN` is missing.
    ///
    /// # Errors
    /// As [`Columns::indicator`].
    ///
    /// ```
    /// use kish_analysis::columns::Columns;
    ///
    /// let mut columns = Columns::new(3);
    /// let times = columns.real(&[0.0, 4.0, f64::NAN])?;
    /// assert!(columns.is_missing(times, 2) && !columns.is_missing(times, 0));      // 0 is an answer
    /// # Ok::<(), kish_analysis::Error>(())
    /// ```
    pub fn real(&mut self, values: &[f64]) -> Result<Variable, Error> {
        self.real_around(values, pilot_mean(values))
    }

    /// Add a real variable with a pilot of the caller's choice, from which distances are kept. Estimates do not depend on it but for
    /// rounding. [`Columns::real`] takes the unweighted mean; 0 keeps the values as they are, for scores that add up to about 0.
    ///
    /// # Errors
    /// As [`Columns::indicator`].
    ///
    /// ```
    /// use kish_analysis::columns::Columns;
    ///
    /// let mut columns = Columns::new(2);
    /// let score = columns.real_around(&[-0.25, 0.25], 0.0)?;
    /// assert_eq!(score.index(), 0);
    /// # Ok::<(), kish_analysis::Error>(())
    /// ```
    pub fn real_around(&mut self, values: &[f64], pilot: f64) -> Result<Variable, Error> {
        same_length("real values", self.n_rows, values.len())?;
        let variable = self.next(pilot)?;
        for row in (0..self.n_rows).filter(|row| values[*row].is_nan()) {
            self.mark_missing(row, 1 << variable.0);
        }
        let distances = values.iter().map(|y| if y.is_nan() { 0.0 } else { y - pilot }).collect();
        self.reals.push((variable, distances));
        Ok(variable)
    }

    /// A row with any missing variable becomes missing in all of them (R's `na.rm` over several variables), as a ratio needs.
    ///
    /// Returns how many rows are now missing, those that were before included. Variables added later are not touched.
    ///
    /// ```
    /// use kish_analysis::columns::Columns;
    ///
    /// let mut columns = Columns::new(3);
    /// let spent = columns.real(&[5.0, f64::NAN, 2.0])?;
    /// let earned = columns.real(&[9.0, 8.0, f64::NAN])?;
    /// assert_eq!(columns.listwise(), 2);
    /// assert!(columns.is_missing(earned, 1) && columns.is_missing(spent, 2));
    /// # Ok::<(), kish_analysis::Error>(())
    /// ```
    pub fn listwise(&mut self) -> usize {
        let all = all_bits(self.n_variables);
        let mut rows = 0;
        for mask in self.missing.iter_mut().filter(|mask| **mask != 0) {
            *mask = all;
            rows += 1;
        }
        rows
    }

    /// Whether the variable is missing in a row; false past the last row.
    #[must_use]
    pub fn is_missing(&self, variable: Variable, row: usize) -> bool {
        self.missing.get(row).is_some_and(|mask| mask >> variable.0 & 1 == 1)
    }

    /// All variables of a row, less their pilots; 0 where missing.
    pub(crate) fn read(&self, row: usize, y: &mut [f64; MOST_VARIABLES]) {
        let ones = self.ones[row] & !self.missing_at(row);
        for (k, y) in y.iter_mut().enumerate().take(self.n_variables) {
            *y = if ones >> k & 1 == 1 { 1.0 } else { 0.0 };
        }
        for (variable, distances) in &self.reals {
            y[variable.index()] = distances[row];
        }
    }

    /// Missing variables of a row, a bit each.
    #[inline]
    pub(crate) fn missing_at(&self, row: usize) -> u64 {
        if self.missing.is_empty() { 0 } else { self.missing[row] }
    }

    /// Room for one more variable.
    fn next(&mut self, pilot: f64) -> Result<Variable, Error> {
        if self.n_variables == MOST_VARIABLES {
            return Err(Error::TooManyVariables { most: MOST_VARIABLES });
        }
        self.n_variables += 1;
        self.pilots.push(pilot);
        Ok(Variable((self.n_variables - 1) as u8))
    }

    /// Note a missing value.
    fn mark_missing(&mut self, row: usize, bit: u64) {
        if self.missing.is_empty() {
            self.missing = vec![0; self.n_rows];
        }
        self.missing[row] |= bit;
    }
}

/// The first `n` bits.
pub(crate) fn all_bits(n: usize) -> u64 {
    if n >= 64 { u64::MAX } else { (1 << n) - 1 }
}

/// Unweighted mean of the values present; 0 without any.
fn pilot_mean(values: &[f64]) -> f64 {
    let (mut sum, mut n) = (0.0, 0_u32);
    for y in values.iter().filter(|y| y.is_finite()) {
        sum += y;
        n += 1;
    }
    if n == 0 { 0.0 } else { sum / f64::from(n) }
}
