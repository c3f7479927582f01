//! Means, totals, ratios and contrasts of any domain, with their variance, degrees of freedom and design effect.

use crate::cells::{CellTotal, Sums, Total};
use crate::columns::Variable;
use crate::error::Error;
use crate::variance::{Found, Functional, Lanes, Term, covariances, table_variances, variances};

mod effect;
pub use effect::{deff_replace, deff_srswor};

/// Rows an estimate is about: one cell or several together. The rest of the sample still counts in the variance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain {
    cells: Vec<u32>,
}

impl Domain {
    /// One cell.
    #[must_use]
    pub fn cell(cell: u32) -> Self {
        Self { cells: vec![cell] }
    }

    /// Several cells together: a margin.
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// `sum w y / sum w` over rows with a value: a mean, and for a 0/1 variable a proportion.
    Mean(Variable),
    /// `sum w y` over rows with a value.
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

/// Which rows make a PSU or a stratum count in the degrees of freedom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DfRule {
    /// Rows of the domain with a value (NCHS): `PSUs - strata` that hold an observation.
    #[default]
    Observed,
    /// Rows of the domain, also those with the value missing (R's `svyciprop`).
    Domain,
}

/// An estimate and all that is needed to judge it. Numbers that do not apply are `NaN`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The estimate, in units of the variable (a proportion between 0 and 1).
    pub estimate: f64,
    /// Standard error, same units.
    pub se: f64,
    /// Rows of the domain with non-zero weight.
    pub n_domain: u64,
    /// Rows of the domain whatever their weight.
    pub n_rows: u64,
    /// Rows of the domain with non-zero weight and a value: the unweighted count.
    pub n: u64,
    /// Of these, rows where a 0/1 variable is 1.
    pub n_events: u64,
    /// Sum of weights of rows with a value: how many people the estimate is about.
    pub weighted_n: f64,
    /// Sum of weights of all rows of the domain.
    pub weighted_domain: f64,
    /// PSUs with a row of the domain that has a value and a weight.
    pub n_psus: u64,
    /// Strata with such a row.
    pub n_strata: u64,
    /// PSUs with a row of the domain that has a weight.
    pub n_psus_domain: u64,
    /// Strata with such a row.
    pub n_strata_domain: u64,
    /// Variance over that of a simple random sample of the same size without replacement, the population being the sum of weights.
    pub deff: f64,
    /// The same with replacement.
    pub deff_replace: f64,
    /// Kish's effect of unequal weights alone: `n sum w^2 / (sum w)^2`, over the domain's rows.
    pub deff_weights: f64,
}

impl Estimate {
    /// Variance.
    #[must_use]
    pub fn variance(&self) -> f64 {
        self.se * self.se
    }

    /// Degrees of freedom, `PSUs - strata`; 0 or less where the domain cannot tell its own variance.
    #[must_use]
    pub fn df(&self, rule: DfRule) -> f64 {
        let (psus, strata) = match rule {
            DfRule::Observed => (self.n_psus, self.n_strata),
            DfRule::Domain => (self.n_psus_domain, self.n_strata_domain),
        };
        psus as f64 - strata as f64
    }

    /// Effective sample size of a proportion, `p (1 - p) / V`: the simple random sample as precise as this one.
    #[must_use]
    pub fn n_eff(&self) -> f64 {
        self.estimate * (1.0 - self.estimate) / self.variance()
    }
}

/// An estimate before its variance: the value, its linearisation, its totals.
pub(crate) struct Point {
    pub(crate) value: f64,
    pub(crate) functional: Functional,
    total: Total,
}

impl Sums<'_> {
    /// Every measure over one domain.
    ///
    /// # Errors
    /// A cell or variable that does not exist.
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
    /// A cell or variable that does not exist.
    pub fn estimate_all(&self, domains: &[Domain], measures: &[Measure]) -> Result<Vec<Vec<Estimate>>, Error> {
        let prepared = domains.iter().map(|domain| self.prepared(domain, measures));
        let (points, lanes): (Vec<_>, Vec<_>) = prepared.collect::<Result<Vec<_>, _>>()?.into_iter().unzip();
        let found = table_variances(self, &lanes);
        let parts = domains.iter().zip(points.iter().zip(&found));
        Ok(parts.map(|(domain, (points, found))| self.summaries(domain, measures, points, found)).collect())
    }

    /// The value of a measure over a domain, without its variance.
    ///
    /// # Errors
    /// A cell or variable that does not exist.
    pub fn value(&self, domain: &Domain, measure: Measure) -> Result<f64, Error> {
        self.check(domain, &[measure])?;
        Ok(self.point(domain, measure).value)
    }

    /// The linearised variable of a measure over a domain, to be combined with others.
    ///
    /// # Errors
    /// A cell or variable that does not exist.
    pub fn linearise(&self, domain: &Domain, measure: Measure) -> Result<Functional, Error> {
        self.check(domain, &[measure])?;
        Ok(self.point(domain, measure).functional)
    }

    /// Covariance matrix of any functionals of this table, row by row. Rules for lonely strata look at the rows of all cells
    /// together (as R does for a table of domains), so that the matrix is one.
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
