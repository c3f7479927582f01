//! Who stands for whom: strata, sampling units of every stage, finite populations and weights.
//!
//! A [`Design`] is described once and asked many times. Everything that can be wrong with it is found when it is built, with the
//! row, stage or stratum at fault; what comes after cannot fail on it.
//!
//! | what the data have | build with |
//! |---|---|
//! | a stratum, a PSU and a weight in every row | [`Design::one_stage`] |
//! | units drawn inside units, with the size of each stage's population | [`Design::multi_stage`] |
//! | neither strata nor clusters | [`Design::one_stage`] with one stratum and every row its own PSU |
//! | weights brought to known totals | the same, then [`Known::apply`](crate::weighting::Known::apply) or [`Design::calibrated`] |
//! | replicate weights instead of strata and PSUs | every row its own PSU here, and [`crate::replicate::Replicates::given`] |
//!
//! Source of words and notation: C.-E. Särndal, B. Swensson and J. Wretman, *Model Assisted Survey Sampling* (1992).

use crate::calibrate::Projection;
use crate::error::{Error, same_length};
use crate::tree::{Group, Level, build};

mod checked;
mod given;

use checked::{check_links, check_weights, describe, fold, lonely_labels, refuse_lonely, sort_rows};
pub use given::{Fpc, Lonely, OneStage, Stage};

/// A complete sampling design over a fixed set of rows. Cannot be wrong once built.
///
/// Rows keep the caller's order in everything that goes in and comes out. Inside they are sorted by stratum and unit, so a design
/// over rows that come in that order costs the least.
///
/// ```
/// use kish_analysis::design::{Design, Lonely, OneStage};
///
/// let given = OneStage { stratum_of_psu: &[0, 0, 1], psu_of_row: &[0, 1, 2, 2], weight: &[1.0; 4], ..OneStage::default() };
/// let refused = Design::one_stage(&given).unwrap_err();
/// assert_eq!(refused.to_string(), "stage 1: only one sampling unit in stratum [1]");
///
/// let design = Design::one_stage(&OneStage { lonely: Lonely::Adjust, ..given })?;
/// assert_eq!(design.lonely_strata(), [1]);
/// assert_eq!(design.degrees_of_freedom(), 3 - 2);      // PSUs minus strata
/// # Ok::<(), kish_analysis::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Design {
    pub(crate) levels: Vec<Level>,
    /// Rows in the order of their leaf; `None` when they came so.
    pub(crate) order: Option<Vec<u32>>,
    /// Rows of leaf `u` are `row_bounds[u]..row_bounds[u + 1]` in that order.
    pub(crate) row_bounds: Vec<u32>,
    /// Weights in the caller's row order.
    pub(crate) weight: Vec<f64>,
    pub(crate) lonely: Lonely,
    pub(crate) lonely_domain: bool,
    pub(crate) threads: usize,
    /// Residual projection of a calibrated design.
    pub(crate) projection: Option<Projection>,
}

impl Design {
    /// A one-stage design: the variance comes from the spread of PSU totals inside strata. See [`OneStage`].
    ///
    /// # Errors
    /// - [`Error::Length`]: not one weight a row, or not one finite population correction a PSU.
    /// - [`Error::OutOfRange`]: a row's PSU that is not listed.
    /// - [`Error::Weight`]: a weight that is negative, infinite or `NaN`.
    /// - [`Error::Fpc`]: a population size below 1 or below the sample, a fraction outside (0, 1], or two values inside one stratum.
    /// - [`Error::LonelyPsu`]: strata of one PSU under [`Lonely::Fail`].
    ///
    /// ```
    /// use kish_analysis::{Error, design::{Design, OneStage}};
    ///
    /// let given = OneStage { stratum_of_psu: &[7, 7, 9, 9], psu_of_row: &[0, 1, 2, 4], weight: &[1.0; 4], ..OneStage::default() };
    /// let error = Design::one_stage(&given).unwrap_err();
    /// assert_eq!(error, Error::OutOfRange { what: "sampling unit", index: 4, count: 4 });
    /// let design = Design::one_stage(&OneStage { psu_of_row: &[0, 1, 2, 3], ..given })?;
    /// assert_eq!(design.n_strata(), 2);
    /// # Ok::<(), kish_analysis::Error>(())
    /// ```
    pub fn one_stage(given: &OneStage<'_>) -> Result<Self, Error> {
        let stage = Stage { parent: &[], stratum: given.stratum_of_psu, fpc: given.fpc };
        let mut design = Self::multi_stage(&[stage], given.psu_of_row, given.weight, given.lonely)?;
        design.lonely_domain = given.lonely_domain;
        Ok(design)
    }

    /// A multi-stage design, outermost stage first; `unit_of_row` and `weight` have one entry a row, and `unit_of_row` points into
    /// the last stage.
    ///
    /// A stage without a finite population correction takes `f = 0`, so that the stages below it add nothing to the variance:
    /// they are folded into it.
    ///
    /// # Errors
    /// As [`Design::one_stage`]; [`Error::Length`] also when there is no stage, [`Error::OutOfRange`] also for a parent that does
    /// not exist. Stages are named from 1.
    ///
    /// ```
    /// use kish_analysis::{cells::Sums, columns::Columns, design::{Design, Fpc, Lonely, Stage}};
    /// use kish_analysis::estimate::{Domain, Measure};
    ///
    /// // 2 of 4 units, and in each 2 of 4 again: every row stands for 4.
    /// let first = Stage { parent: &[], stratum: &[0, 0], fpc: Fpc::PopulationSize(&[4.0; 2]) };
    /// let second = Stage { parent: &[0, 0, 1, 1], stratum: &[0; 4], fpc: Fpc::PopulationSize(&[4.0; 4]) };
    /// let design = Design::multi_stage(&[first, second], &[0, 1, 2, 3], &[4.0; 4], Lonely::Fail)?;
    /// # let mut columns = Columns::new(4);
    /// let y = columns.real(&[1.0, 3.0, 5.0, 7.0])?;
    /// # let sums = Sums::reduce(&design, &columns, &[0; 4], 1)?;
    /// let found = sums.estimate(&Domain::all(1), &[Measure::Total(y)])?[0];
    /// // First stage, totals 16 and 48: (1 - 1/2) 2/1 (16^2 + 16^2) = 512. Second, totals 4, 12 and 20, 28:
    /// // f = 1/2 times (1 - 1/2) 2/1 (4^2 + 4^2) = 32 in each unit.
    /// assert!((found.variance() - (512.0 + 0.5 * (32.0 + 32.0))).abs() < 1e-9);
    /// # Ok::<(), kish_analysis::Error>(())
    /// ```
    pub fn multi_stage(stages: &[Stage<'_>], unit_of_row: &[u32], weight: &[f64], lonely: Lonely) -> Result<Self, Error> {
        same_length("weights", unit_of_row.len(), weight.len())?;
        check_weights(weight)?;
        let mut described = stages.iter().enumerate().map(|(s, stage)| describe(s, stage)).collect::<Result<Vec<_>, _>>()?;
        check_links(&described, unit_of_row)?;
        let leaf_of_row = fold(&mut described, unit_of_row);
        let (levels, place) = build(&described)?;
        if lonely == Lonely::Fail {
            refuse_lonely(&levels)?;
        }
        let n_leaves = levels[levels.len() - 1].n_units();
        let (order, row_bounds) = sort_rows(&leaf_of_row, &place, n_leaves);
        let weight = weight.to_vec();
        Ok(Self { levels, order, row_bounds, weight, lonely, lonely_domain: false, threads: 1, projection: None })
    }

    /// Let up to `threads` threads work on a reduction; 0 is read as 1, which is also the default. Results do not depend on it, to
    /// the bit.
    ///
    /// ```
    /// use kish_analysis::{cells::Sums, columns::Columns, design::{Design, OneStage}};
    /// use kish_analysis::estimate::{Domain, Measure};
    ///
    /// let given = OneStage { stratum_of_psu: &[0, 0, 1, 1], psu_of_row: &[0, 1, 2, 3], weight: &[0.1; 4], ..OneStage::default() };
    /// let mean = |threads| {
    ///     let design = Design::one_stage(&given)?.with_threads(threads);
    ///     let mut columns = Columns::new(4);
    ///     let y = columns.real(&[0.3, 0.7, 1.1, 1.3])?;
    ///     Ok::<_, kish_analysis::Error>(Sums::reduce(&design, &columns, &[0; 4], 1)?.estimate(&Domain::all(1), &[Measure::Mean(y)])?[0])
    /// };
    /// assert_eq!(mean(1)?.se.to_bits(), mean(2)?.se.to_bits());
    /// # Ok::<(), kish_analysis::Error>(())
    /// ```
    #[must_use]
    pub fn with_threads(mut self, threads: usize) -> Self {
        self.threads = threads.max(1);
        self
    }

    /// Apply the lonely rule also to strata that are lonely only inside a domain; off by default. See [`OneStage::lonely_domain`].
    ///
    /// ```
    /// use kish_analysis::{cells::Sums, columns::Columns, design::{Design, Lonely, OneStage}};
    /// use kish_analysis::estimate::{Domain, Measure};
    ///
    /// // Two strata of two PSUs; the domain (cell 0) is in both PSUs of the first and in one of the second.
    /// let variance = |lonely_domain| {
    ///     let given = OneStage { stratum_of_psu: &[0, 0, 1, 1], psu_of_row: &[0, 1, 2, 3], weight: &[1.0; 4], ..OneStage::default() };
    ///     let design = Design::one_stage(&OneStage { lonely: Lonely::Average, ..given })?.with_lonely_domain(lonely_domain);
    ///     let mut columns = Columns::new(4);
    ///     let y = columns.real(&[1.0, 3.0, 5.0, 0.0])?;
    ///     let sums = Sums::reduce(&design, &columns, &[0, 0, 0, 1], 2)?;
    ///     Ok::<_, kish_analysis::Error>(sums.estimate(&Domain::cell(0), &[Measure::Total(y)])?[0].variance())
    /// };
    /// // 2/1 (1 + 1) = 4 from the first stratum; 2/1 (2.5^2 + 2.5^2) = 25 from the second, or the first again in its place.
    /// assert!((variance(false)? - (4.0 + 25.0)).abs() < 1e-9);
    /// assert!((variance(true)? - (4.0 + 4.0)).abs() < 1e-9);
    /// # Ok::<(), kish_analysis::Error>(())
    /// ```
    #[must_use]
    pub fn with_lonely_domain(mut self, lonely_domain: bool) -> Self {
        self.lonely_domain = lonely_domain;
        self
    }

    /// The same design with calibrated weights, `x[row][j]` being the variables whose totals are now known.
    ///
    /// Variances are those of residuals: with `z` the linearised variable, `w` the new weight, `d` the old one and `u = z / w`, take
    /// the slopes `B = (sum of d x x')^-1 sum of d x u` and go on with `z* = w (u - x'B)`. What is known no longer varies. Weights may
    /// be negative (linear calibration without bounds). [`Known::apply`](crate::weighting::Known::apply) does both steps in one.
    /// Source: J.-C. Deville and C.-E. Särndal, *Calibration estimators in survey sampling*, JASA 87 (1992), section 3.
    ///
    /// # Errors
    /// [`Error::Length`] unless weights and `x` have one entry a row; [`Error::Weight`] for one that is not finite;
    /// [`Error::Unsolvable`] for a design that was calibrated before.
    ///
    /// ```
    /// use kish_analysis::{cells::Sums, columns::Columns, design::{Design, OneStage}};
    /// use kish_analysis::estimate::{Domain, Measure};
    /// use kish_analysis::weighting::{Margin, dummies, poststratify};
    ///
    /// // Four people of weight 10; the population has 30 men and 10 women.
    /// let design = Design::one_stage(&OneStage {
    ///     stratum_of_psu: &[0; 4], psu_of_row: &[0, 1, 2, 3], weight: &[10.0; 4], ..OneStage::default()
    /// })?;
    /// let sex = Margin { group_of_row: vec![0, 0, 1, 1], totals: vec![30.0, 10.0] };
    /// let design = design.calibrated(poststratify(&[10.0; 4], &sex)?, &dummies(&[sex]))?;
    /// assert_eq!(design.weights(), [15.0, 15.0, 5.0, 5.0]);
    /// # let mut columns = Columns::new(4);
    /// let woman = columns.indicator([0, 0, 1, 1].map(|sex| Some(sex == 1)))?;
    /// # let sums = Sums::reduce(&design, &columns, &[0; 4], 1)?;
    /// let women = sums.estimate(&Domain::all(1), &[Measure::Total(woman)])?[0];
    /// assert_eq!(women.estimate, 10.0);
    /// assert!(women.se < 1e-9);      // known, so it does not vary
    /// # Ok::<(), kish_analysis::Error>(())
    /// ```
    pub fn calibrated(mut self, weight: Vec<f64>, x: &[Vec<f64>]) -> Result<Self, Error> {
        same_length("calibrated weights", self.n_rows(), weight.len())?;
        same_length("calibration rows", self.n_rows(), x.len())?;
        if let Some(row) = weight.iter().position(|w| !w.is_finite()) {
            return Err(Error::Weight { row, weight: weight[row] });
        }
        if self.projection.is_some() {
            return Err(Error::Unsolvable("the design is calibrated already: calibrate once, on all variables".into()));
        }
        self.projection = Some(Projection::new(&self, x, &weight));
        self.weight = weight;
        Ok(self)
    }

    /// The same design with weights that were changed once more (trimmed, say) after calibration: totals are no longer met, but
    /// what the calibration explained is still taken out of variances, as R's `trimWeights` does. Without calibration the
    /// weights are simply replaced.
    ///
    /// # Errors
    /// [`Error::Length`] unless there is one weight a row; [`Error::Weight`] for one that is not finite.
    ///
    /// ```
    /// use kish_analysis::design::{Design, OneStage};
    /// use kish_analysis::weighting::trim;
    ///
    /// let given = OneStage { stratum_of_psu: &[0; 3], psu_of_row: &[0, 1, 2], weight: &[1.0, 1.0, 7.0], ..OneStage::default() };
    /// let design = Design::one_stage(&given)?;
    /// let trimmed = trim(design.weights(), 0.0, 5.0, false);      // 2 are cut off, 1 goes to each of the others
    /// assert_eq!(design.trimmed(trimmed)?.weights(), [2.0, 2.0, 5.0]);
    /// # Ok::<(), kish_analysis::Error>(())
    /// ```
    pub fn trimmed(mut self, weight: Vec<f64>) -> Result<Self, Error> {
        same_length("trimmed weights", self.n_rows(), weight.len())?;
        if let Some(row) = weight.iter().position(|w| !w.is_finite()) {
            return Err(Error::Weight { row, weight: weight[row] });
        }
        if let Some(projection) = &mut self.projection {
            projection.reweigh(&self.weight, &weight);
        }
        self.weight = weight;
        Ok(self)
    }

    /// Rows, those of weight 0 included.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.weight.len()
    }

    /// Sampled PSUs, those without rows included.
    #[must_use]
    pub fn n_psus(&self) -> usize {
        self.levels[0].n_units()
    }

    /// Strata of the first stage.
    #[must_use]
    pub fn n_strata(&self) -> usize {
        self.levels[0].groups.len()
    }

    /// Weights by row, in the caller's order; after calibration the calibrated ones.
    #[must_use]
    pub fn weights(&self) -> &[f64] {
        &self.weight
    }

    /// First-stage strata with a single PSU that was not certain, by the caller's index, ascending; empty if there is none.
    ///
    /// ```
    /// use kish_analysis::design::{Design, Fpc, Lonely, OneStage};
    ///
    /// // Strata 3 and 5 have one PSU each; that of stratum 5 was the only one there is.
    /// let design = Design::one_stage(&OneStage {
    ///     stratum_of_psu: &[1, 1, 3, 5], fpc: Fpc::PopulationSize(&[9.0, 9.0, 4.0, 1.0]),
    ///     psu_of_row: &[0, 1, 2, 3], weight: &[1.0; 4], lonely: Lonely::Adjust, ..OneStage::default()
    /// })?;
    /// assert_eq!(design.lonely_strata(), [3]);
    /// # Ok::<(), kish_analysis::Error>(())
    /// ```
    #[must_use]
    pub fn lonely_strata(&self) -> Vec<usize> {
        lonely_labels(&self.levels[0])
    }

    /// PSUs minus strata, over rows with a weight that is not 0 (R's `degf` of the whole design). 0 when nobody has a weight.
    ///
    /// A domain has its own, usually fewer: [`Estimate::df`](crate::estimate::Estimate::df).
    ///
    /// ```
    /// use kish_analysis::design::{Design, OneStage};
    ///
    /// // The last PSU has no row that counts.
    /// let given = OneStage { stratum_of_psu: &[0, 0, 0, 1, 1, 1], psu_of_row: &[0, 1, 2, 3, 4, 5], ..OneStage::default() };
    /// let design = Design::one_stage(&OneStage { weight: &[1.0, 1.0, 1.0, 1.0, 1.0, 0.0], ..given })?;
    /// assert_eq!(design.degrees_of_freedom(), 5 - 2);
    /// # Ok::<(), kish_analysis::Error>(())
    /// ```
    #[must_use]
    pub fn degrees_of_freedom(&self) -> i64 {
        let alive = |unit: usize| self.rows_of(0, unit).any(|row| self.weight[row] != 0.0);
        let group = |group: &Group| {
            let psus = group.units().filter(|unit| alive(*unit)).count() as i64;
            if psus == 0 { 0 } else { psus - 1 }
        };
        self.levels[0].groups.iter().map(group).sum()
    }

    /// Rows of every first-stage stratum, in tree order.
    pub(crate) fn rows_by_stratum(&self) -> Vec<usize> {
        let bounds = &self.levels[0].leaf_bounds;
        let row = |unit: usize| self.row_bounds[bounds[unit] as usize] as usize;
        self.levels[0].groups.iter().map(|group| row(group.units().end) - row(group.units().start)).collect()
    }

    /// Rows inside one unit of a stage.
    pub(crate) fn rows_of(&self, stage: usize, unit: usize) -> impl Iterator<Item = usize> + '_ {
        let leaves = &self.levels[stage].leaf_bounds;
        let bounds = self.row_bounds[leaves[unit] as usize] as usize..self.row_bounds[leaves[unit + 1] as usize] as usize;
        bounds.map(|position| self.row_at(position))
    }

    /// The caller's row at a position of the leaf order.
    pub(crate) fn row_at(&self, position: usize) -> usize {
        self.order.as_ref().map_or(position, |order| order[position] as usize)
    }
}
