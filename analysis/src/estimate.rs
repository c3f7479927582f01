//! Means, totals, ratios and contrasts of any domain, with their variance, degrees of freedom and design effect.
//!
//! | asked | function |
//! |---|---|
//! | one domain | [`Sums::estimate`] |
//! | a table: many domains | [`Sums::estimate_all`] |
//! | a difference, a ratio of two estimates, a change between rounds | [`Sums::linearise`], [`Functional::combine`], [`Sums::covariance`] |
//! | a value without its variance, for replicates | [`Sums::value`] |
//! | an interval | [`crate::interval`], from the [`Estimate`]'s numbers |
//!
//! In words, with `w` the weight, `y` the value and sums over rows of the domain that have a value: a mean is
//! `p = sum of w y / sum of w`, a total `sum of w y`, a ratio `R = sum of w y / sum of w x`. Their linearised variables are
//! `z = w (y - p) / sum of w`, `z = w y` and `z = w (y - R x) / sum of w x`, and 0 for all other rows of the sample; the variance is
//! that of a total of `z` ([`crate::variance`]). Source: C.-E. Särndal, B. Swensson and J. Wretman, *Model Assisted Survey
//! Sampling* (1992), chapter 5.

use crate::cells::{CellTotal, Sums, Total};
use crate::columns::Variable;
use crate::error::Error;
use crate::variance::{Found, Functional, Lanes, Term, covariances, table_variances, variances};

mod answered;
mod asked;
mod effect;

pub use answered::{DfRule, Estimate};
pub use asked::{Domain, Measure};
pub use effect::{deff_replace, deff_srswor};

/// An estimate before its variance: the value, its linearisation, its totals.
pub(crate) struct Point {
    pub(crate) value: f64,
    pub(crate) functional: Functional,
    total: Total,
}

impl Sums<'_> {
    /// Every measure over one domain: `result[measure]`. A domain without a row that has a value gives `NaN`, not an error.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] for a cell or variable that does not exist.
    ///
    /// ```
    /// # use kish_analysis::{cells::Sums, columns::Columns, design::{Design, OneStage}};
    /// # use kish_analysis::estimate::{Domain, Measure};
    /// // Two strata of two PSUs of two rows, all weights 1.
    /// # let psu_of_row = &[0, 0, 1, 1, 2, 2, 3, 3];
    /// # let given = OneStage { stratum_of_psu: &[0, 0, 1, 1], psu_of_row, weight: &[1.0; 8], ..OneStage::default() };
    /// # let design = Design::one_stage(&given)?;
    /// # let mut columns = Columns::new(8);
    /// let yes = columns.indicator([1, 0, 1, 1, 0, 0, 1, 0].map(|y| Some(y == 1)))?;
    /// # let sums = Sums::reduce(&design, &columns, &[0; 8], 1)?;
    /// let found = sums.estimate(&Domain::all(1), &[Measure::Mean(yes)])?[0];
    /// // p = 4/8. PSU totals of z = (y - p) / 8 are 0, 1/8 and -1/8, 0: each stratum adds 2/1 (1/16^2 + 1/16^2) = 1/64.
    /// assert_eq!(found.estimate, 0.5);
    /// assert!((found.variance() - 2.0 / 64.0).abs() < 1e-15);
    /// # Ok::<(), kish_analysis::Error>(())
    /// ```
    pub fn estimate(&self, domain: &Domain, measures: &[Measure]) -> Result<Vec<Estimate>, Error> {
        let (points, lanes) = self.prepared(domain, measures)?;
        Ok(self.summaries(domain, measures, &points, &variances(self, &lanes)))
    }

    /// Values with their linearisations, compiled for the walk over the table.
    fn prepared(&self, domain: &Domain, measures: &[Measure]) -> Result<(Vec<Point>, Lanes), Error> {
        self.check(domain, measures)?;
        let points: Vec<Point> = measures.iter().map(|measure| self.point(domain, *measure)).collect();
        let functionals: Vec<Functional> = points.iter().map(|point| point.functional.clone()).collect();
        let presence = measures.iter().map(|measure| Some(measure.variable())).collect();
        let lanes = Lanes::new(self, domain.cells.clone(), &functionals, presence);
        Ok((points, lanes))
    }

    /// Values and variances together.
    fn summaries(&self, domain: &Domain, measures: &[Measure], points: &[Point], found: &Found) -> Vec<Estimate> {
        let cell = self.cell_total(domain);
        let one = |(lane, (measure, point)): (usize, (&Measure, &Point))| summary(*measure, point, &cell, found, lane);
        measures.iter().zip(points).enumerate().map(one).collect()
    }

    /// Every measure over every domain, on the design's threads: `result[domain][measure]`.
    ///
    /// For tables. The same as [`Sums::estimate`] for each domain to about 1e-12 (a standard error that is 0 because a
    /// variable is constant inside every stratum comes out below 1e-8 times the estimate).
    ///
    /// # Errors
    /// As [`Sums::estimate`].
    ///
    /// ```
    /// # use kish_analysis::{cells::Sums, columns::Columns, design::{Design, OneStage}};
    /// # use kish_analysis::estimate::{Domain, Measure};
    /// # let psu_of_row = &[0, 0, 1, 1, 2, 2, 3, 3];
    /// # let given = OneStage { stratum_of_psu: &[0, 0, 1, 1], psu_of_row, weight: &[1.0; 8], ..OneStage::default() };
    /// # let design = Design::one_stage(&given)?;
    /// # let mut columns = Columns::new(8);
    /// let yes = columns.indicator([1, 0, 1, 1, 0, 0, 1, 0].map(|y| Some(y == 1)))?;
    /// let sex = [0, 1, 0, 1, 0, 1, 0, 1];
    /// let sums = Sums::reduce(&design, &columns, &sex, 2)?;
    /// let table = sums.estimate_all(&[Domain::cell(0), Domain::cell(1), Domain::all(2)], &[Measure::Mean(yes)])?;
    /// assert_eq!([0, 1, 2].map(|domain| table[domain][0].estimate), [3.0 / 4.0, 1.0 / 4.0, 4.0 / 8.0]);
    /// # Ok::<(), kish_analysis::Error>(())
    /// ```
    pub fn estimate_all(&self, domains: &[Domain], measures: &[Measure]) -> Result<Vec<Vec<Estimate>>, Error> {
        let prepared = domains.iter().map(|domain| self.prepared(domain, measures));
        let (points, lanes): (Vec<_>, Vec<_>) = prepared.collect::<Result<Vec<_>, _>>()?.into_iter().unzip();
        let found = table_variances(self, &lanes);
        let parts = domains.iter().zip(points.iter().zip(&found));
        Ok(parts.map(|(domain, (points, found))| self.summaries(domain, measures, points, found)).collect())
    }

    /// The value of a measure over a domain, without its variance; `NaN` for a mean or ratio over nobody.
    ///
    /// # Errors
    /// As [`Sums::estimate`].
    ///
    /// ```
    /// # use kish_analysis::{cells::Sums, columns::Columns, design::{Design, OneStage}};
    /// # use kish_analysis::estimate::{Domain, Measure};
    /// # let given = OneStage { stratum_of_psu: &[0; 3], psu_of_row: &[0, 1, 2], weight: &[1.0, 1.0, 2.0], ..OneStage::default() };
    /// # let design = Design::one_stage(&given)?;
    /// # let mut columns = Columns::new(3);
    /// let y = columns.real(&[2.0, 4.0, 9.0])?;                     // weights 1, 1, 2
    /// # let sums = Sums::reduce(&design, &columns, &[0; 3], 1)?;
    /// assert_eq!(sums.value(&Domain::all(1), Measure::Total(y))?, 2.0 + 4.0 + 2.0 * 9.0);
    /// assert_eq!(sums.value(&Domain::all(1), Measure::Mean(y))?, 24.0 / 4.0);
    /// # Ok::<(), kish_analysis::Error>(())
    /// ```
    pub fn value(&self, domain: &Domain, measure: Measure) -> Result<f64, Error> {
        self.check(domain, &[measure])?;
        Ok(self.point(domain, measure).value)
    }

    /// The linearised variable `z` of a measure over a domain, to be combined with others.
    ///
    /// # Errors
    /// As [`Sums::estimate`].
    ///
    /// ```
    /// # use kish_analysis::{cells::Sums, columns::Columns, design::{Design, OneStage}};
    /// # use kish_analysis::estimate::{Domain, Measure};
    /// # let given = OneStage { stratum_of_psu: &[0, 0], psu_of_row: &[0, 1], weight: &[1.0; 2], ..OneStage::default() };
    /// # let design = Design::one_stage(&given)?;
    /// # let mut columns = Columns::new(2);
    /// let y = columns.real(&[1.0, 3.0])?;
    /// # let sums = Sums::reduce(&design, &columns, &[0; 2], 1)?;
    /// let mean = sums.linearise(&Domain::all(1), Measure::Mean(y))?;
    /// let asked = sums.estimate(&Domain::all(1), &[Measure::Mean(y)])?[0];
    /// assert!((sums.covariance(&[mean])[0][0] - asked.variance()).abs() < 1e-12);      // both 1
    /// # Ok::<(), kish_analysis::Error>(())
    /// ```
    pub fn linearise(&self, domain: &Domain, measure: Measure) -> Result<Functional, Error> {
        self.check(domain, &[measure])?;
        Ok(self.point(domain, measure).functional)
    }

    /// Covariance matrix of any functionals of this table, `result[a][b]`, as many rows and columns as functionals. Rules for
    /// lonely strata look at the rows of all cells together (as R does for a table of domains), so that the matrix is one.
    ///
    /// ```
    /// # use kish_analysis::{cells::Sums, columns::Columns, design::{Design, OneStage}};
    /// # use kish_analysis::estimate::{Domain, Measure};
    /// # use kish_analysis::variance::Functional;
    /// // Two PSUs, each with a woman (cell 0) and a man (cell 1); the PSUs differ, women and men inside them do not.
    /// # let given = OneStage { stratum_of_psu: &[0, 0], psu_of_row: &[0, 0, 1, 1], weight: &[1.0; 4], ..OneStage::default() };
    /// # let design = Design::one_stage(&given)?;
    /// # let mut columns = Columns::new(4);
    /// let y = columns.real(&[1.0, 1.0, 3.0, 3.0])?;
    /// # let sums = Sums::reduce(&design, &columns, &[0, 1, 0, 1], 2)?;
    /// let women = sums.linearise(&Domain::cell(0), Measure::Mean(y))?;
    /// let men = sums.linearise(&Domain::cell(1), Measure::Mean(y))?;
    /// let gap = Functional::combine([(1.0, &women), (-1.0, &men)]);
    /// let matrix = sums.covariance(&[women, men, gap]);
    /// // z of a mean of 2 rows around 2: -1/2 and 1/2, so 2/1 (1/4 + 1/4) = 1 for either and for both together.
    /// assert!((matrix[0][0] - 1.0).abs() < 1e-12 && (matrix[0][1] - 1.0).abs() < 1e-12);
    /// assert!(matrix[2][2].abs() < 1e-12);      // 1 - 2 + 1: had they been taken as independent, 2
    /// # Ok::<(), kish_analysis::Error>(())
    /// ```
    #[must_use]
    pub fn covariance(&self, functionals: &[Functional]) -> Vec<Vec<f64>> {
        let cells = (0..self.n_cells as u32).collect();
        let lanes = Lanes::new(self, cells, functionals, vec![None; functionals.len()]);
        let found = covariances(self, &lanes);
        found.variance.chunks(functionals.len().max(1)).map(<[f64]>::to_vec).collect()
    }

    /// A domain's totals of one variable.
    pub(crate) fn domain_total(&self, domain: &Domain, variable: Variable) -> Total {
        let mut sum = Total::default();
        for cell in &domain.cells {
            let total = self.total(*cell as usize, variable);
            sum.value += total.value;
            sum.weight += total.weight;
            sum.square += total.square;
            sum.n += total.n;
            sum.events += total.events;
        }
        sum
    }

    /// A domain's totals whatever is missing.
    fn cell_total(&self, domain: &Domain) -> CellTotal {
        let mut sum = CellTotal::default();
        for cell in domain.cells.iter().map(|cell| &self.cell_totals[*cell as usize]) {
            sum.rows += cell.rows;
            sum.n += cell.n;
            sum.weight += cell.weight;
            sum.weight_square += cell.weight_square;
        }
        sum
    }

    /// Value and linearisation.
    pub(crate) fn point(&self, domain: &Domain, measure: Measure) -> Point {
        let total = self.domain_total(domain, measure.variable());
        let pilot = self.pilots[measure.variable().index()];
        let (value, functional) = match measure {
            Measure::Mean(y) => {
                // p = A / B, z = w (y - p) / B: for the table, (A - p B) / B.
                let p = total.value / total.weight;
                (pilot + p, self.functional(domain, y, 1.0 / total.weight, -p / total.weight))
            }
            Measure::Total(y) => (total.value + pilot * total.weight, self.functional(domain, y, 1.0, pilot)),
            Measure::Ratio { numerator, denominator } => self.ratio(domain, numerator, denominator),
        };
        Point { value, functional, total }
    }

    /// Ratio `R = Y / X`, `z = w (y - R x) / X`.
    fn ratio(&self, domain: &Domain, y: Variable, x: Variable) -> (f64, Functional) {
        let (above, below) = (self.domain_total(domain, y), self.domain_total(domain, x));
        let (pilot_y, pilot_x) = (self.pilots[y.index()], self.pilots[x.index()]);
        let total_x = below.value + pilot_x * below.weight;
        let ratio = (above.value + pilot_y * above.weight) / total_x;
        let above = self.functional(domain, y, 1.0 / total_x, pilot_y / total_x);
        let below = self.functional(domain, x, -ratio / total_x, -ratio * pilot_x / total_x);
        (ratio, Functional::combine([(1.0, &above), (1.0, &below)]))
    }

    /// The same two factors in every cell of a domain.
    fn functional(&self, domain: &Domain, variable: Variable, on_value: f64, on_weight: f64) -> Functional {
        let term = |cell: &u32| Term { cell: *cell, variable, on_value, on_weight };
        Functional { terms: domain.cells.iter().map(term).collect() }
    }

    /// Cells and variables exist.
    fn check(&self, domain: &Domain, measures: &[Measure]) -> Result<(), Error> {
        if let Some(cell) = domain.cells.iter().find(|cell| **cell as usize >= self.n_cells) {
            return Err(Error::OutOfRange { what: "cell", index: *cell as usize, count: self.n_cells });
        }
        let variables = measures.iter().flat_map(|measure| match measure {
            Measure::Ratio { numerator, denominator } => [*numerator, *denominator],
            other => [other.variable(); 2],
        });
        match variables.map(Variable::index).find(|variable| *variable >= self.n_variables) {
            Some(index) => Err(Error::OutOfRange { what: "variable", index, count: self.n_variables }),
            None => Ok(()),
        }
    }
}

/// Everything about one lane in one place.
fn summary(measure: Measure, point: &Point, cell: &CellTotal, found: &Found, lane: usize) -> Estimate {
    let (total, k) = (&point.total, measure.variable().index());
    let variance = match measure {
        _ if total.n == 0 => f64::NAN,
        Measure::Mean(_) if is_constant(total) => 0.0,
        _ => found.variance[lane].max(0.0),
    };
    let (deff, deff_replace) = effect::of(measure, total, variance);
    Estimate {
        estimate: point.value,
        se: variance.sqrt(),
        n_domain: cell.n,
        n_rows: cell.rows,
        n: total.n,
        n_events: total.events,
        weighted_n: total.weight,
        weighted_domain: cell.weight,
        n_psus: found.psus_by_variable[k],
        n_strata: found.strata_by_variable[k],
        n_psus_domain: found.psus,
        n_strata_domain: found.strata,
        deff,
        deff_replace,
        deff_weights: cell.n as f64 * cell.weight_square / (cell.weight * cell.weight),
    }
}

/// Every row has the same value: the mean varies no more than the value does, whatever rounding says.
fn is_constant(total: &Total) -> bool {
    total.square - total.value * total.value / total.weight <= 1e-15 * total.square
}
