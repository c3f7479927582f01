//! What is known about the population, in any of its forms, and the way from a sample's design to one that knows it.

use super::Adjusted;
use super::calibrate::{Calibration, adjust as calibrate};
use super::poststratify::{Margin, adjust as poststratify, dummies, rake_rounds};
use super::trim::{Limits, trim_adjusted};
use crate::design::Design;
use crate::error::{Error, same_length};

/// Known population totals and the method that brings the weights to them.
///
/// ```
/// use kish_analysis::weighting::{Known, Margin};
///
/// // Sex and age each known, not their crossing.
/// let sex = Margin { group_of_row: vec![0, 0, 1, 1], totals: vec![30.0, 10.0] };
/// let age = Margin { group_of_row: vec![0, 1, 0, 1], totals: vec![20.0, 20.0] };
/// let known = Known::Rake { margins: vec![sex, age], epsilon: 1e-9 };
/// assert_eq!(known.adjust(&[1.0; 4])?.weights, [15.0, 15.0, 5.0, 5.0]);
/// assert_eq!(known.x()[1], [1.0, 0.0, 0.0, 1.0]);      // the second row: first sex, second age
/// # Ok::<(), kish_analysis::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum Known {
    /// One margin of groups that share out all people.
    Poststratify(Margin),
    /// Several margins, met in turn until none is off by more than `epsilon` of the population.
    Rake {
        /// The margins.
        margins: Vec<Margin>,
        /// The slack, as a share of the population; 1e-9 is a good value.
        epsilon: f64,
    },
    /// Totals of any variables.
    Calibrate(Calibration),
    /// The same, with one factor for all rows of a cluster (a household, say).
    CalibrateClusters {
        /// Variables by row; a cluster's rows are given their mean, and so are their weights.
        calibration: Calibration,
        /// Cluster of every row, numbered from 0.
        cluster_of_row: Vec<u32>,
    },
}

impl Known {
    /// Adjust any set of weights, a replicate's too. Totals that cannot be met come back in the diagnostics.
    ///
    /// # Errors
    /// [`Error::Length`] for lengths that differ; [`Error::OutOfRange`] for a group past its margin's totals; [`Error::Unsolvable`]
    /// for bounds that do not hold 1.
    ///
    /// ```
    /// use kish_analysis::weighting::{Calibration, Distance, Known};
    ///
    /// // A household of two and one of one, ten women among them; every household keeps one weight.
    /// let known = Known::CalibrateClusters {
    ///     calibration: Calibration {
    ///         x: vec![vec![1.0], vec![0.0], vec![1.0]], totals: vec![10.0], distance: Distance::Linear, bounds: None, epsilon: 1e-9,
    ///     },
    ///     cluster_of_row: vec![0, 0, 1],
    /// };
    /// let found = known.adjust(&[2.0; 3])?.weights;
    /// assert_eq!(found[0], found[1]);
    /// assert!((found[0] + found[2] - 10.0).abs() < 1e-6);
    /// # Ok::<(), kish_analysis::Error>(())
    /// ```
    pub fn adjust(&self, weight: &[f64]) -> Result<Adjusted, Error> {
        match self {
            Self::Poststratify(margin) => poststratify(weight, margin),
            Self::Rake { margins, epsilon } => rake_rounds(weight, margins, *epsilon),
            Self::Calibrate(calibration) => calibrate(weight, calibration),
            Self::CalibrateClusters { calibration, cluster_of_row } => {
                same_length("clusters", weight.len(), cluster_of_row.len())?;
                let together = Calibration { x: self.x(), ..calibration.clone() };
                let d: Vec<Vec<f64>> = weight.iter().map(|w| vec![*w]).collect();
                let mean = cluster_means(&d, cluster_of_row).concat();
                let found = calibrate(&mean, &together)?;
                let factor = found.weights.iter().zip(&mean).map(|(w, d)| if *d == 0.0 { 0.0 } else { w / d });
                let weights = weight.iter().zip(factor).map(|(w, factor)| w * factor).collect();
                Ok(Adjusted::new(weight, weights, found.diagnostics.iterations, found.diagnostics.unmet))
            }
        }
    }

    /// The variables whose totals are known, `x[row][j]`: what variances are taken around. Of margins, their [`dummies`].
    ///
    /// # Panics
    /// When a group is out of range or margins differ in length, which [`Known::adjust`] would have refused.
    ///
    /// ```
    /// use kish_analysis::weighting::{Known, Margin};
    ///
    /// let known = Known::Poststratify(Margin { group_of_row: vec![0, 1, 1], totals: vec![3.0, 9.0] });
    /// assert_eq!(known.x(), [[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]);
    /// ```
    #[must_use]
    pub fn x(&self) -> Vec<Vec<f64>> {
        match self {
            Self::Poststratify(margin) => dummies(std::slice::from_ref(margin)),
            Self::Rake { margins, .. } => dummies(margins),
            Self::Calibrate(calibration) => calibration.x.clone(),
            Self::CalibrateClusters { calibration, cluster_of_row } => cluster_means(&calibration.x, cluster_of_row),
        }
    }

    /// The design with its weights adjusted and trimmed, whose variances are those of calibration residuals.
    ///
    /// With `limits`, weights are trimmed to them and adjusted again, up to `rounds` times, until both hold. The last step is
    /// the adjustment, so that totals are met wherever they can be; whether the limits hold too is in
    /// [`converged`](super::Diagnostics::converged).
    ///
    /// # Errors
    /// As [`Known::adjust`] and [`Design::calibrated`]. Totals that cannot be met are no error: see the diagnostics.
    ///
    /// ```
    /// use kish_analysis::design::{Design, OneStage};
    /// use kish_analysis::weighting::{Known, Limits, Margin};
    ///
    /// let given = OneStage { stratum_of_psu: &[0; 4], psu_of_row: &[0, 1, 2, 3], weight: &[10.0; 4], ..OneStage::default() };
    /// let known = Known::Poststratify(Margin { group_of_row: vec![0, 0, 1, 1], totals: vec![30.0, 10.0] });
    /// let (design, found) = known.apply(Design::one_stage(&given)?, Some(Limits { lower: 0.0, upper: 12.0 }), 10)?;
    /// assert_eq!(design.weights(), [15.0, 15.0, 5.0, 5.0]);
    /// // The totals hold, the limit cannot.
    /// assert!(found.diagnostics.unmet.is_empty() && !found.diagnostics.converged);
    /// # Ok::<(), kish_analysis::Error>(())
    /// ```
    pub fn apply(&self, design: Design, limits: Option<Limits>, rounds: usize) -> Result<(Design, Adjusted), Error> {
        let base = design.weights().to_vec();
        let mut found = self.adjust(&base)?;
        if let Some(limits) = limits {
            let mut steps = 0;
            while steps < rounds && found.weights.iter().any(|w| limits.cuts(*w)) {
                found = self.adjust(&trim_adjusted(&found.weights, limits, true).weights)?;
                steps += 1;
            }
            let held = !found.weights.iter().any(|w| limits.cuts(*w));
            found = Adjusted::new(&base, found.weights, steps, found.diagnostics.unmet);
            found.diagnostics.converged &= held;
        }
        Ok((design.calibrated(found.weights.clone(), &self.x())?, found))
    }
}

/// Every row's variables replaced by their mean over the rows of its cluster.
fn cluster_means(x: &[Vec<f64>], cluster_of_row: &[u32]) -> Vec<Vec<f64>> {
    let width = x.first().map_or(0, Vec::len);
    let count = cluster_of_row.iter().max().map_or(0, |last| *last as usize + 1);
    let (mut sums, mut sizes) = (vec![vec![0.0; width]; count], vec![0.0; count]);
    for (x, cluster) in x.iter().zip(cluster_of_row) {
        sums[*cluster as usize].iter_mut().zip(x).for_each(|(sum, x)| *sum += x);
        sizes[*cluster as usize] += 1.0;
    }
    let mean = |cluster: &u32| sums[*cluster as usize].iter().map(|sum| sum / sizes[*cluster as usize]).collect();
    cluster_of_row.iter().map(mean).collect()
}
