//! Replicate weights made from a design without chance: jackknife, balanced half-samples, successive differences.

use super::factors::Factors;
use super::{Replicates, Sets};
use crate::design::Design;
use crate::error::Error;

/// Codes a set of factors may have: two bytes each.
const MOST_CODES: usize = 1 << 31;

impl Replicates {
    /// JK1, for a design without strata: leave each PSU out in turn, weigh the others by `n / (n - 1)`;
    /// scale `(1 - f) (n - 1) / n`.
    ///
    /// # Errors
    /// [`Error::Unsolvable`] for more than one stratum; the rest as [`Replicates::jkn`].
    ///
    /// ```
    /// use kish_analysis::{design::{Design, OneStage}, replicate::Replicates};
    ///
    /// let given = OneStage { stratum_of_psu: &[0; 3], psu_of_row: &[0, 1, 2], weight: &[2.0; 3], ..OneStage::default() };
    /// let replicates = Replicates::jk1(&Design::one_stage(&given)?)?;
    /// assert_eq!(replicates.set(0)[..], [0.0, 3.0, 3.0]);
    /// assert_eq!((replicates.count(), replicates.scale()), (3, 2.0 / 3.0));
    /// # Ok::<(), kish_analysis::Error>(())
    /// ```
    pub fn jk1(design: &Design) -> Result<Self, Error> {
        if design.n_strata() != 1 {
            return Err(Error::Unsolvable("JK1 is for designs without strata; use JKn".into()));
        }
        let jkn = Self::jkn(design)?;
        let scale = jkn.rscales.first().copied().unwrap_or(0.0);
        Ok(Self { scale, rscales: vec![1.0; jkn.count()], ..jkn })
    }

    /// JKn: leave each PSU out in turn, weigh the others of its stratum by `n_h / (n_h - 1)`;
    /// rscale `(1 - f_h) (n_h - 1) / n_h`. For statistics linear in the totals the same as Taylor linearisation.
    /// Source: K. Wolter, *Introduction to Variance Estimation* (2007), chapter 4.
    ///
    /// # Errors
    /// [`Error::LonelyPsu`] for strata with a single PSU that was not certain; [`Error::Unsolvable`] for more than about 46 000 PSUs,
    /// or 32 767 in one stratum.
    ///
    /// ```
    /// use kish_analysis::{design::{Design, OneStage}, replicate::Replicates};
    ///
    /// let given = OneStage { stratum_of_psu: &[0, 0, 1, 1], psu_of_row: &[0, 1, 2, 3], weight: &[1.0; 4], ..OneStage::default() };
    /// let replicates = Replicates::jkn(&Design::one_stage(&given)?)?;
    /// assert_eq!(replicates.set(2)[..], [1.0, 1.0, 0.0, 2.0]);      // the other stratum keeps its weights
    /// // y = 1, 3, 5, 5 adds up to 14, and to 16, 12, 14, 14 in the replicates: half of 4 + 4.
    /// let thetas = [16.0, 12.0, 14.0, 14.0].map(|theta| vec![theta]);
    /// assert_eq!(replicates.covariance(&[14.0], &thetas), [[4.0]]);
    /// # Ok::<(), kish_analysis::Error>(())
    /// ```
    pub fn jkn(design: &Design) -> Result<Self, Error> {
        let lonely = design.lonely_strata();
        if !lonely.is_empty() {
            return Err(Error::LonelyPsu { stage: 1, strata: lonely });
        }
        let groups = design.levels[0].groups.iter().filter(|group| group.n > 1);
        let count: usize = groups.clone().map(|group| group.n as usize).sum();
        let mut factors = room(design, count)?;
        let (mut rscales, mut replicate) = (Vec::with_capacity(count), 0);
        for group in groups {
            let n = f64::from(group.n);
            let out = -i16::try_from(group.n - 1).map_err(|_| too_many())?;
            for psu in group.units() {
                // 1 + code / (n - 1): n / (n - 1) for code 1, 0 for code 1 - n.
                factors.slope[psu] = 1.0 / (n - 1.0);
                let codes = &mut factors.codes[psu * count + replicate..psu * count + replicate + group.n as usize];
                codes.fill(1);
                codes[psu - group.units().start] = out;
            }
            rscales.extend(vec![(1.0 - group.fraction()) * (n - 1.0) / n; group.n as usize]);
            replicate += group.n as usize;
        }
        Ok(Self { sets: Sets::Units(factors), scale: 1.0, rscales, mse: false })
    }

    /// Fay's balanced half-samples, `0 <= rho < 1`; `rho = 0` is BRR. In every stratum one PSU has factor `2 - rho`, the
    /// other `rho`, by a Hadamard matrix; scale `1 / (R (1 - rho)^2)`.
    ///
    /// `R` is the next power of 2 above the number of strata. Source: K. Wolter, *Introduction to Variance Estimation* (2007), chapter
    /// 3; D. Judkins, *Fay's method for variance estimation*, Journal of Official Statistics 6 (1990).
    ///
    /// # Errors
    /// [`Error::Unsolvable`] for a stratum without exactly two PSUs, and for `rho` out of range.
    ///
    /// ```
    /// use kish_analysis::{design::{Design, OneStage}, replicate::Replicates};
    ///
    /// let given = OneStage { stratum_of_psu: &[0, 0], psu_of_row: &[0, 1], weight: &[10.0; 2], ..OneStage::default() };
    /// let replicates = Replicates::fay(&Design::one_stage(&given)?, 0.5)?;
    /// assert_eq!(replicates.set(0)[..], [15.0, 5.0]);
    /// assert_eq!(replicates.set(1)[..], [5.0, 15.0]);
    /// assert_eq!(replicates.scale(), 1.0 / (2.0 * 0.25));
    /// # Ok::<(), kish_analysis::Error>(())
    /// ```
    pub fn fay(design: &Design, rho: f64) -> Result<Self, Error> {
        if !(0.0..1.0).contains(&rho) {
            return Err(Error::Unsolvable(format!("Fay's rho is {rho}: it lies between 0 and 1")));
        }
        let groups = &design.levels[0].groups;
        if groups.iter().any(|group| group.n != 2) {
            return Err(Error::Unsolvable("balanced half-samples need two PSUs in every stratum".into()));
        }
        let count = (groups.len() + 1).next_power_of_two();
        let mut factors = room(design, count)?;
        for (stratum, group) in groups.iter().enumerate() {
            for (psu, side) in group.units().zip([1, -1]) {
                factors.slope[psu] = 1.0 - rho;
                // Column 0 of the matrix is constant, hence + 1.
                (0..count).for_each(|replicate| factors.codes[psu * count + replicate] = side * sign(replicate, stratum + 1));
            }
        }
        let scale = 1.0 / (count as f64 * (1.0 - rho).powi(2));
        Ok(Self { sets: Sets::Units(factors), scale, rscales: vec![1.0; count], mse: false })
    }

    /// Successive differences, for systematic samples: PSUs in their order along the list, each compared with the next.
    ///
    /// `count` replicates, a power of 2; PSU `i` has factor `1 + 2^(-3/2) (h_(i) - h_(i+1))` with rows of a Hadamard matrix; scale
    /// `4 / R`, centred at the estimate. With no more PSUs than rows the variance of a total is half the sum of squared
    /// differences around the circle; with more, rows are used again, as in the American Community Survey.
    /// Source: R. Fay and G. Train, *Aspects of survey and model-based postcensal estimation* (1995).
    ///
    /// # Errors
    /// [`Error::Unsolvable`] for a count that is not a power of 2 above 2.
    ///
    /// ```
    /// use kish_analysis::{design::{Design, OneStage}, replicate::Replicates};
    ///
    /// let given = OneStage { stratum_of_psu: &[0; 3], psu_of_row: &[0, 1, 2], weight: &[1.0; 3], ..OneStage::default() };
    /// let replicates = Replicates::successive_difference(&Design::one_stage(&given)?, 4)?;
    /// // The total of y = 1, 2, 4 in every replicate.
    /// let total = |set: &[f64]| vec![set[0] + 2.0 * set[1] + 4.0 * set[2]];
    /// let thetas: Vec<Vec<f64>> = replicates.sets().map(|set| total(&set)).collect();
    /// // Half of (1 - 2)^2 + (2 - 4)^2 + (4 - 1)^2.
    /// assert!((replicates.covariance(&[7.0], &thetas)[0][0] - 7.0).abs() < 1e-12);
    /// # Ok::<(), kish_analysis::Error>(())
    /// ```
    pub fn successive_difference(design: &Design, count: usize) -> Result<Self, Error> {
        if !count.is_power_of_two() || count < 4 {
            return Err(Error::Unsolvable(format!("{count} replicates: successive differences need a power of 2, 4 or more")));
        }
        let mut factors = room(design, count)?;
        let (n, rows) = (design.n_psus(), count - 1);
        for psu in 0..n {
            let (circle, place) = (psu / rows * rows, psu % rows);
            let next = (place + 1) % (n - circle).min(rows);
            factors.slope[psu] = 0.5_f64.powf(1.5);
            for replicate in 0..count {
                factors.codes[psu * count + replicate] = sign(replicate, place + 1) - sign(replicate, next + 1);
            }
        }
        Ok(Self { sets: Sets::Units(factors), scale: 4.0 / count as f64, rscales: vec![1.0; count], mse: true })
    }
}

/// Sylvester's Hadamard matrix: the parity of the common bits.
fn sign(row: usize, column: usize) -> i16 {
    if (row & column).count_ones().is_multiple_of(2) { 1 } else { -1 }
}

/// Factors all 1, if there is room for them.
pub(super) fn room(design: &Design, count: usize) -> Result<Factors, Error> {
    if design.n_psus().saturating_mul(count) > MOST_CODES {
        return Err(too_many());
    }
    Ok(Factors::ones(design, count))
}

/// Too many units for a method of as many replicates.
fn too_many() -> Error {
    Error::Unsolvable("too many sampling units for a replicate each: draw a bootstrap, or use Taylor linearisation".into())
}
