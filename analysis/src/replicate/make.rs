//! Replicate weights made from a design: jackknife and balanced half-samples. No randomness.

use super::Replicates;
use crate::design::Design;
use crate::error::Error;

impl Replicates {
    /// JK1, for a design without strata: leave each PSU out in turn, weigh the others by `n / (n - 1)`;
    /// scale `(1 - f) (n - 1) / n`.
    ///
    /// # Errors
    /// More than one stratum; a single PSU.
    pub fn jk1(design: &Design) -> Result<Self, Error> {
        if design.n_strata() != 1 {
            return Err(Error::Unsolvable("JK1 is for designs without strata; use JKn".into()));
        }
        let jkn = Self::jkn(design)?;
        let scale = jkn.rscales.first().copied().unwrap_or(0.0);
        Ok(Self { scale, rscales: vec![1.0; jkn.count()], ..jkn })
    }

    /// JKn: leave each PSU out in turn, weigh the others of its stratum by `n_h / (n_h - 1)`;
    /// rscale `(1 - f_h) (n_h - 1) / n_h`.
    ///
    /// # Errors
    /// A stratum with a single PSU that was not certain.
    pub fn jkn(design: &Design) -> Result<Self, Error> {
        let lonely = design.lonely_strata();
        if !lonely.is_empty() {
            return Err(Error::LonelyPsu { stage: 1, strata: lonely });
        }
        let (mut weights, mut rscales) = (Vec::new(), Vec::new());
        for group in design.levels[0].groups.iter().filter(|group| group.n > 1) {
            let n = f64::from(group.n);
            for out in group.units() {
                let factor = |unit: usize| if unit == out { 0.0 } else { n / (n - 1.0) };
                weights.push(reweighted(design, group.units(), factor));
                rscales.push((1.0 - group.fraction()) * (n - 1.0) / n);
            }
        }
        Ok(Self { weights, scale: 1.0, rscales, mse: false })
    }

    /// Fay's balanced half-samples, `0 <= rho < 1`; `rho = 0` is BRR. In every stratum one PSU has factor `2 - rho`, the
    /// other `rho`, by a Hadamard matrix; scale `1 / (R (1 - rho)^2)`.
    ///
    /// # Errors
    /// A stratum without exactly two PSUs; `rho` out of range.
    pub fn fay(design: &Design, rho: f64) -> Result<Self, Error> {
        if !(0.0..1.0).contains(&rho) {
            return Err(Error::Unsolvable(format!("Fay's rho is {rho}: it lies between 0 and 1")));
        }
        let groups = &design.levels[0].groups;
        if groups.iter().any(|group| group.n != 2) {
            return Err(Error::Unsolvable("balanced half-samples need two PSUs in every stratum".into()));
        }
        let count = (groups.len() + 1).next_power_of_two();
        let mut weights = Vec::with_capacity(count);
        for replicate in 0..count {
            let mut set = design.weight.clone();
            for (stratum, group) in groups.iter().enumerate() {
                // Sylvester's Hadamard matrix: the sign is the parity of the common bits. Column 0 is constant, hence + 1.
                let first = (replicate & (stratum + 1)).count_ones() % 2 == 0;
                for unit in group.units() {
                    let factor = if (unit == group.units().start) == first { 2.0 - rho } else { rho };
                    design.rows_of(0, unit).for_each(|row| set[row] *= factor);
                }
            }
            weights.push(set);
        }
        let scale = 1.0 / (count as f64 * (1.0 - rho).powi(2));
        Ok(Self { weights, scale, rscales: vec![1.0; count], mse: false })
    }
}

/// The design's weights with those of some units multiplied.
fn reweighted(design: &Design, units: std::ops::Range<usize>, factor: impl Fn(usize) -> f64) -> Vec<f64> {
    let mut set = design.weight.clone();
    for unit in units {
        design.rows_of(0, unit).for_each(|row| set[row] *= factor(unit));
    }
    set
}
