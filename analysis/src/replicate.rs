//! Variance from replicate weights: estimate again with every set of weights, and look how the answers differ.
//!
//! `V = scale * sum_r rscale_r (theta_r - c)^2`, where `c` is the mean of the replicates with `rscale_r > 0`, or the
//! estimate itself. Source: K. Wolter, *Introduction to Variance Estimation* (2007), chapters 3 and 4.

use crate::cells::Sums;
use crate::columns::Columns;
use crate::design::Design;
use crate::error::{Error, same_length};
use crate::estimate::{Domain, Measure};

mod make;
mod rank;

/// Sets of weights over the same rows, with the constants that turn their spread into a variance.
#[derive(Debug, Clone, PartialEq)]
pub struct Replicates {
    weights: Vec<Vec<f64>>,
    scale: f64,
    rscales: Vec<f64>,
    mse: bool,
}

impl Replicates {
    /// Replicate weights as published with a data file: one set of analysis weights (not factors) a replicate.
    ///
    /// `rscales` is one number for all or one a replicate; `mse` centres at the estimate instead of the replicates' mean.
    ///
    /// # Errors
    /// [`Error::Length`] when sets or scales differ in length.
    pub fn given(weights: Vec<Vec<f64>>, scale: f64, rscales: &[f64], mse: bool) -> Result<Self, Error> {
        let rscales = if let [one] = rscales { vec![*one; weights.len()] } else { rscales.to_vec() };
        same_length("rscales", weights.len(), rscales.len())?;
        let rows = weights.first().map_or(0, Vec::len);
        for set in &weights {
            same_length("replicate weights", rows, set.len())?;
        }
        Ok(Self { weights, scale, rscales, mse })
    }

    /// The same replicates, compared with the estimate instead of their mean (`mse`).
    #[must_use]
    pub fn around_estimate(self) -> Self {
        Self { mse: true, ..self }
    }

    /// Replicates.
    #[must_use]
    pub fn count(&self) -> usize {
        self.weights.len()
    }

    /// The sets of weights.
    #[must_use]
    pub fn weights(&self) -> &[Vec<f64>] {
        &self.weights
    }

    /// The same replicates with other weights: each set calibrated again, say.
    ///
    /// # Errors
    /// The first error of `change`.
    pub fn try_map<E>(&self, change: impl FnMut(&Vec<f64>) -> Result<Vec<f64>, E>) -> Result<Self, E> {
        let weights = self.weights.iter().map(change).collect::<Result<_, _>>()?;
        Ok(Self { weights, ..self.clone() })
    }

    /// Covariance matrix, row by row, of estimates `full` whose replicates are `thetas[r][j]`.
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

    /// Degrees of freedom in a domain: the rank of its replicate weights less 1 (R's rule, tolerance 1e-5); `None` when the
    /// matrix is too large to ask.
    #[must_use]
    pub fn degrees_of_freedom(&self, inside: impl Fn(usize) -> bool) -> Option<f64> {
        let rows: Vec<usize> = (0..self.weights.first().map_or(0, Vec::len)).filter(|row| inside(*row)).collect();
        let work = rows.len() as f64 * (self.count() as f64).powi(2);
        (work <= 4e9).then(|| rank::rank(&self.weights, &rows) as f64 - 1.0)
    }

    /// Every replicate's totals, to be asked with [`Sums::value`].
    ///
    /// # Errors
    /// As [`Sums::reduce`].
    pub fn reduce<'d>(&self, design: &'d Design, columns: &'d Columns, cells: &'d [u32], n_cells: usize) -> Result<Vec<Sums<'d>>, Error> {
        self.weights.iter().map(|weights| Sums::totals(design, columns, cells, n_cells, weights)).collect()
    }
}

/// Values of several measures, each in its domain, in every replicate: `[replicate][place]`.
///
/// # Errors
/// A cell or variable that does not exist.
pub fn values(replicates: &[Sums<'_>], asked: &[(Domain, Measure)]) -> Result<Vec<Vec<f64>>, Error> {
    let of_one = |sums: &Sums<'_>| asked.iter().map(|(domain, measure)| sums.value(domain, *measure)).collect();
    replicates.iter().map(of_one).collect()
}
