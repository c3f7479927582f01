//! Variance from replicate weights: estimate again with every set of weights, and look how the answers differ.
//!
//! `V = scale * sum_r rscale_r (theta_r - c)^2`, where `c` is the mean of the replicates with `rscale_r > 0`, or the
//! estimate itself. Source: K. Wolter, *Introduction to Variance Estimation* (2007), chapters 3 to 5.
//!
//! | the design, or the file | replicates |
//! |---|---|
//! | a file with replicate weights in it | [`Replicates::given`] |
//! | no strata | [`Replicates::jk1`] |
//! | strata of two or more PSUs, some thousands of them at most | [`Replicates::jkn`] |
//! | exactly two PSUs in every stratum | [`Replicates::fay`] |
//! | any strata, many PSUs, medians too | [`Replicates::bootstrap`] |
//! | a systematic sample, in the order of its list | [`Replicates::successive_difference`] |
//!
//! Means, totals, ratios and their contrasts need none of these: Taylor linearisation ([`crate::variance`]) costs less and has no
//! chance in it. Replicates serve where a file has nothing else, where weights were adjusted in ways that must be repeated
//! ([`Replicates::try_map`]), and for statistics without a linearisation.
//!
//! ```
//! use kish_analysis::{columns::Columns, design::{Design, OneStage}};
//! use kish_analysis::estimate::{Domain, Measure};
//! use kish_analysis::replicate::{Replicates, values};
//!
//! let given = OneStage { stratum_of_psu: &[0, 0], psu_of_row: &[0, 1], weight: &[1.0; 2], ..OneStage::default() };
//! let design = Design::one_stage(&given)?;
//! let mut columns = Columns::new(2);
//! let y = columns.real(&[1.0, 3.0])?;
//! let replicates = Replicates::jk1(&design)?;
//! let sums = replicates.reduce(&design, &columns, &[0, 0], 1)?;
//! let thetas = values(&sums, &[(Domain::all(1), Measure::Mean(y))])?;
//! assert_eq!(thetas, [[3.0], [1.0]]);      // without the first PSU, without the second
//! assert_eq!(replicates.covariance(&[2.0], &thetas), [[0.5 * (1.0 + 1.0)]]);
//! # Ok::<(), kish_analysis::Error>(())
//! ```

use std::borrow::Cow;

use crate::cells::{Sums, in_order};
use crate::columns::Columns;
use crate::design::Design;
use crate::error::{Error, same_length};
use crate::estimate::{Domain, Measure};

mod bootstrap;
mod factors;
mod make;
mod rank;

pub use bootstrap::Bootstrap;
use factors::Factors;
pub(crate) use factors::Totals as ReplicateTotals;

/// Replicates reduced together; pieces do not depend on the number of threads.
const TOGETHER: usize = 128;

/// Sets of weights over the same rows, with the constants that turn their spread into a variance.
///
/// Replicates made from a design are kept as one factor a PSU and replicate, given ones by row.
///
/// ```
/// use kish_analysis::{design::{Design, OneStage}, replicate::Replicates};
///
/// let given = OneStage { stratum_of_psu: &[0; 4], psu_of_row: &[0, 1, 2, 3], weight: &[30.0; 4], ..OneStage::default() };
/// let jackknife = Replicates::jk1(&Design::one_stage(&given)?)?;
/// assert_eq!((jackknife.count(), jackknife.scale()), (4, 3.0 / 4.0));
/// assert!(jackknife.sets().all(|set| (set.iter().sum::<f64>() - 120.0).abs() < 1e-9));      // as many people in each
/// # Ok::<(), kish_analysis::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Replicates {
    sets: Sets,
    scale: f64,
    rscales: Vec<f64>,
    mse: bool,
}

/// Where the sets of weights are.
#[derive(Debug, Clone, PartialEq)]
enum Sets {
    /// Written out, by row.
    Rows(Vec<Vec<f64>>),
    /// Factors of PSUs.
    Units(Factors),
}

impl Replicates {
    /// Replicate weights as published with a data file: one set of analysis weights (not factors) a replicate.
    ///
    /// `weights[replicate][row]`, any finite numbers. `rscales` is one number for all or one a replicate; `mse` centres at the
    /// estimate instead of the replicates' mean. `scale` and `rscales` stand in the file's documentation, as `4 / R` and 1 for the
    /// American Community Survey.
    ///
    /// # Errors
    /// [`Error::Length`] when sets or scales differ in length.
    ///
    /// ```
    /// use kish_analysis::replicate::Replicates;
    ///
    /// let published = vec![vec![0.0, 2.0], vec![2.0, 0.0]];      // two replicates over two rows
    /// let replicates = Replicates::given(published, 0.5, &[1.0], true)?;
    /// assert_eq!((replicates.count(), replicates.scale()), (2, 0.5));
    /// // Estimate 2, replicates 3 and 1.5: half of 1 + 1/4.
    /// assert_eq!(replicates.covariance(&[2.0], &[vec![3.0], vec![1.5]]), [[0.625]]);
    /// # Ok::<(), kish_analysis::Error>(())
    /// ```
    pub fn given(weights: Vec<Vec<f64>>, scale: f64, rscales: &[f64], mse: bool) -> Result<Self, Error> {
        let rscales = if let [one] = rscales { vec![*one; weights.len()] } else { rscales.to_vec() };
        same_length("rscales", weights.len(), rscales.len())?;
        let rows = weights.first().map_or(0, Vec::len);
        for set in &weights {
            same_length("replicate weights", rows, set.len())?;
        }
        Ok(Self { sets: Sets::Rows(weights), scale, rscales, mse })
    }

    /// The same replicates, compared with the estimate instead of their mean (`mse`). Never smaller.
    ///
    /// ```
    /// use kish_analysis::replicate::Replicates;
    ///
    /// let replicates = Replicates::given(vec![vec![1.0]; 2], 1.0, &[1.0], false)?;
    /// let (full, thetas) = ([2.0], [vec![2.0], vec![4.0]]);
    /// assert_eq!(replicates.covariance(&full, &thetas), [[1.0 + 1.0]]);      // around 3
    /// assert_eq!(replicates.around_estimate().covariance(&full, &thetas), [[0.0 + 4.0]]);
    /// # Ok::<(), kish_analysis::Error>(())
    /// ```
    #[must_use]
    pub fn around_estimate(self) -> Self {
        Self { mse: true, ..self }
    }

    /// Replicates, `R`.
    #[must_use]
    pub fn count(&self) -> usize {
        self.rscales.len()
    }

    /// The factor before the sum over replicates.
    #[must_use]
    pub fn scale(&self) -> f64 {
        self.scale
    }

    /// One replicate's weights by row, in the caller's order; written out now if they are kept as factors.
    ///
    ///
    /// ```
    /// use kish_analysis::replicate::Replicates;
    ///
    /// let replicates = Replicates::given(vec![vec![1.0, 3.0], vec![2.0, 2.0]], 1.0, &[1.0], false)?;
    /// assert_eq!(replicates.set(1)[..], [2.0, 2.0]);
    /// # Ok::<(), kish_analysis::Error>(())
    /// ```
    ///
    /// # Panics
    /// When there is no such replicate.
    #[must_use]
    pub fn set(&self, replicate: usize) -> Cow<'_, [f64]> {
        match &self.sets {
            Sets::Rows(sets) => Cow::Borrowed(&sets[replicate]),
            Sets::Units(factors) => Cow::Owned(factors.set(replicate)),
        }
    }

    /// Every replicate's weights by row, one set at a time.
    pub fn sets(&self) -> impl Iterator<Item = Cow<'_, [f64]>> {
        (0..self.count()).map(|replicate| self.set(replicate))
    }

    /// The same replicates with other weights, by row from now on: each set calibrated again, say. `change` is given a set and
    /// returns one of the same length.
    ///
    /// # Errors
    /// The first error of `change`.
    ///
    /// ```
    /// use kish_analysis::replicate::Replicates;
    /// use kish_analysis::weighting::{Margin, poststratify};
    ///
    /// let replicates = Replicates::given(vec![vec![1.0, 3.0], vec![2.0, 2.0]], 1.0, &[1.0], false)?;
    /// let all = Margin { group_of_row: vec![0, 0], totals: vec![100.0] };
    /// let calibrated = replicates.try_map(|set| poststratify(set, &all))?;
    /// assert_eq!(calibrated.set(0)[..], [25.0, 75.0]);
    /// # Ok::<(), kish_analysis::Error>(())
    /// ```
    pub fn try_map<E>(&self, mut change: impl FnMut(&[f64]) -> Result<Vec<f64>, E>) -> Result<Self, E> {
        let sets = self.sets().map(|set| change(&set)).collect::<Result<_, _>>()?;
        Ok(Self { sets: Sets::Rows(sets), scale: self.scale, rscales: self.rscales.clone(), mse: self.mse })
    }

    /// Covariance matrix `result[a][b]` of estimates `full[j]` whose replicates are `thetas[r][j]`:
    /// `scale * sum_r rscale_r (theta_ra - c_a) (theta_rb - c_b)`. `NaN` where a replicate is `NaN` (a domain without weight in it),
    /// and around a mean when no `rscale_r` is above 0.
    ///
    /// ```
    /// use kish_analysis::replicate::Replicates;
    ///
    /// let replicates = Replicates::given(vec![vec![1.0]; 2], 0.5, &[1.0], false)?;
    /// // Two estimates that move against each other, by 1 and by 2 around their means.
    /// let thetas = [vec![1.0, 8.0], vec![3.0, 4.0]];
    /// assert_eq!(replicates.covariance(&[2.0, 6.0], &thetas), [[1.0, -2.0], [-2.0, 4.0]]);
    /// # Ok::<(), kish_analysis::Error>(())
    /// ```
    #[must_use]
    pub fn covariance(&self, full: &[f64], thetas: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let centre = self.centre(full, thetas);
        let mut sums = vec![vec![0.0; full.len()]; full.len()];
        for (theta, rscale) in thetas.iter().zip(&self.rscales) {
            let gaps: Vec<f64> = theta.iter().zip(&centre).map(|(theta, centre)| theta - centre).collect();
            for (row, left) in sums.iter_mut().zip(&gaps) {
                for (sum, right) in row.iter_mut().zip(&gaps) {
                    *sum += self.scale * rscale * left * right;
                }
            }
        }
        sums
    }

    /// What the replicates are compared with.
    fn centre(&self, full: &[f64], thetas: &[Vec<f64>]) -> Vec<f64> {
        if self.mse {
            return full.to_vec();
        }
        let used: Vec<&Vec<f64>> = thetas.iter().zip(&self.rscales).filter(|(_, rscale)| **rscale > 0.0).map(|(theta, _)| theta).collect();
        (0..full.len()).map(|j| used.iter().map(|theta| theta[j]).sum::<f64>() / used.len() as f64).collect()
    }

    /// Degrees of freedom in a domain, whose rows are those `inside` says yes to: the rank of its replicate weights less 1 (R's rule,
    /// tolerance 1e-5); -1 for nobody. `None` when the matrix is too large to ask: take PSUs less strata instead.
    ///
    /// ```
    /// use kish_analysis::{design::{Design, OneStage}, replicate::Replicates};
    ///
    /// // Three PSUs in one stratum: three jackknife replicates, two degrees of freedom.
    /// let given = OneStage { stratum_of_psu: &[0; 3], psu_of_row: &[0, 1, 2], weight: &[1.0; 3], ..OneStage::default() };
    /// let replicates = Replicates::jk1(&Design::one_stage(&given)?)?;
    /// assert_eq!(replicates.degrees_of_freedom(|_| true), Some(2.0));
    /// assert_eq!(replicates.degrees_of_freedom(|row| row == 0), Some(0.0));
    /// # Ok::<(), kish_analysis::Error>(())
    /// ```
    #[must_use]
    pub fn degrees_of_freedom(&self, inside: impl Fn(usize) -> bool) -> Option<f64> {
        let affordable = |rows: usize| rows as f64 * (self.count() as f64).powi(2) <= 4e9;
        let rank = match &self.sets {
            Sets::Rows(sets) => {
                let rows: Vec<usize> = (0..sets.first().map_or(0, Vec::len)).filter(|row| inside(*row)).collect();
                affordable(rows.len()).then(|| rank::rank(sets, &rows))
            }
            Sets::Units(factors) => affordable(factors.offset.len()).then(|| {
                let columns = factors.columns(inside);
                rank::rank(&columns, &(0..columns.first().map_or(0, Vec::len)).collect::<Vec<_>>())
            }),
        };
        rank.map(|rank| rank as f64 - 1.0)
    }

    /// Every replicate's totals, `result[replicate]`, to be asked with [`Sums::value`] or [`values`]; on the design's threads, equal to
    /// the bit for any number. They have no variances of their own, so ask them for values only.
    ///
    /// # Errors
    /// As [`Sums::reduce`].
    ///
    /// ```
    /// # use kish_analysis::{cells::Sums, columns::Columns, design::{Design, OneStage}};
    /// # use kish_analysis::estimate::{Domain, Measure};
    /// # use kish_analysis::replicate::{Replicates, values};
    /// # let given = OneStage { stratum_of_psu: &[0, 0], psu_of_row: &[0, 1], weight: &[1.0; 2], ..OneStage::default() };
    /// # let design = Design::one_stage(&given)?;
    /// # let mut columns = Columns::new(2);
    /// // Weights 1 and 1; one replicate doubles the first row, one the second.
    /// let y = columns.real(&[1.0, 3.0])?;
    /// let replicates = Replicates::given(vec![vec![2.0, 0.0], vec![0.0, 2.0]], 0.5, &[1.0], false)?;
    /// let sums = replicates.reduce(&design, &columns, &[0, 0], 1)?;
    /// assert_eq!(sums[0].value(&Domain::all(1), Measure::Total(y))?, 2.0);
    /// assert_eq!(sums[1].value(&Domain::all(1), Measure::Total(y))?, 6.0);
    /// # Ok::<(), kish_analysis::Error>(())
    /// ```
    pub fn reduce<'d>(&self, design: &'d Design, columns: &'d Columns, cells: &'d [u32], n_cells: usize) -> Result<Vec<Sums<'d>>, Error> {
        let factors = match &self.sets {
            Sets::Rows(sets) => return sets.iter().map(|set| Sums::totals(design, columns, cells, n_cells, set)).collect(),
            Sets::Units(factors) => factors,
        };
        let empty = Sums::empty(design, columns, cells, n_cells)?;
        let pieces = in_order(design.threads, self.count().div_ceil(TOGETHER), |piece| {
            let range = piece * TOGETHER..((piece + 1) * TOGETHER).min(self.count());
            let totals = factors.totals(design, columns, cells, n_cells, range.clone());
            range.clone().map(|replicate| empty.replicate(&totals, replicate - range.start, range.len())).collect::<Vec<_>>()
        });
        Ok(pieces.into_iter().flatten().collect())
    }
}

/// Values of several measures, each in its domain, in every replicate: `result[replicate][place]`, as [`Replicates::covariance`]
/// takes them.
///
/// # Errors
/// [`Error::OutOfRange`] for a cell or variable that does not exist.
///
/// ```
/// # use kish_analysis::{cells::Sums, columns::Columns, design::{Design, OneStage}};
/// # use kish_analysis::estimate::{Domain, Measure};
/// # use kish_analysis::replicate::{Replicates, values};
/// # let given = OneStage { stratum_of_psu: &[0, 0], psu_of_row: &[0, 1], weight: &[1.0; 2], ..OneStage::default() };
/// # let design = Design::one_stage(&given)?;
/// # let mut columns = Columns::new(2);
/// let y = columns.real(&[1.0, 3.0])?;
/// let replicates = Replicates::given(vec![vec![2.0, 1.0], vec![0.0, 2.0]], 0.5, &[1.0], false)?;
/// let sums = replicates.reduce(&design, &columns, &[0, 0], 1)?;
/// let thetas = values(&sums, &[(Domain::all(1), Measure::Total(y)), (Domain::all(1), Measure::Mean(y))])?;
/// assert_eq!(thetas, [[5.0, 5.0 / 3.0], [6.0, 3.0]]);
/// # Ok::<(), kish_analysis::Error>(())
/// ```
pub fn values(replicates: &[Sums<'_>], asked: &[(Domain, Measure)]) -> Result<Vec<Vec<f64>>, Error> {
    let of_one = |sums: &Sums<'_>| asked.iter().map(|(domain, measure)| sums.value(domain, *measure)).collect();
    replicates.iter().map(of_one).collect()
}
