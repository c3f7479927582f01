//! What is answered: an estimate with all that is needed to judge it.

/// Which rows make a PSU or a stratum count in the degrees of freedom. Always only rows whose weight is not 0.
///
/// ```
/// # use kish_analysis::{cells::Sums, columns::Columns, design::{Design, OneStage}};
/// # use kish_analysis::estimate::{DfRule, Domain, Measure};
/// // One stratum of three PSUs; in the last nobody answered the question.
/// # let given = OneStage { stratum_of_psu: &[0; 3], psu_of_row: &[0, 1, 2], weight: &[1.0; 3], ..OneStage::default() };
/// # let design = Design::one_stage(&given)?;
/// # let mut columns = Columns::new(3);
/// let yes = columns.indicator([Some(true), Some(false), None])?;
/// # let sums = Sums::reduce(&design, &columns, &[0; 3], 1)?;
/// let found = sums.estimate(&Domain::all(1), &[Measure::Mean(yes)])?[0];
/// assert_eq!(found.df(DfRule::Observed), 2.0 - 1.0);
/// assert_eq!(found.df(DfRule::Domain), 3.0 - 1.0);
/// # Ok::<(), kish_analysis::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DfRule {
    /// Rows of the domain with a value (NCHS, Series 2 No. 175): `PSUs - strata` that hold an observation.
    #[default]
    Observed,
    /// Rows of the domain, also those with the value missing (R's `svyciprop`).
    Domain,
}

/// An estimate and all that is needed to judge it. Numbers that do not apply are `NaN`; counts are never missing.
///
/// A domain without a row that has a value and a weight has `NaN` for estimate and standard error, and counts of 0. A mean of a
/// variable that is the same in every row (0 or 100 %) has a standard error of 0 by definition.
///
/// ```
/// # use kish_analysis::{cells::Sums, columns::Columns, design::{Design, OneStage}};
/// # use kish_analysis::estimate::{DfRule, Domain, Measure};
/// // Two strata of two PSUs of two rows, all weights 1.
/// # let psu_of_row = &[0, 0, 1, 1, 2, 2, 3, 3];
/// # let given = OneStage { stratum_of_psu: &[0, 0, 1, 1], psu_of_row, weight: &[1.0; 8], ..OneStage::default() };
/// # let design = Design::one_stage(&given)?;
/// # let mut columns = Columns::new(8);
/// let yes = columns.indicator([1, 0, 1, 1, 0, 0, 1, 0].map(|y| Some(y == 1)))?;
/// # let sums = Sums::reduce(&design, &columns, &[0; 8], 1)?;
/// let found = sums.estimate(&Domain::all(1), &[Measure::Mean(yes)])?[0];
/// assert_eq!((found.n, found.n_events, found.weighted_n, found.df(DfRule::Observed)), (8, 4, 8.0, 4.0 - 2.0));
/// // V = 1/32; a simple random sample of 8 has s2 / n = (1/4 8/7) / 8 = 1/28; p (1 - p) / V = 8.
/// assert!((found.deff_replace - 28.0 / 32.0).abs() < 1e-12);
/// assert!((found.n_eff() - 8.0).abs() < 1e-12);
/// # Ok::<(), kish_analysis::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The estimate, in units of the variable (a proportion between 0 and 1).
    pub estimate: f64,
    /// Standard error, same units, 0 or more.
    pub se: f64,
    /// Rows of the domain with non-zero weight.
    pub n_domain: u64,
    /// Rows of the domain whatever their weight.
    pub n_rows: u64,
    /// Rows of the domain with non-zero weight and a value: the unweighted count.
    pub n: u64,
    /// Of these, rows where a 0/1 variable is 1; 0 for a real variable.
    pub n_events: u64,
    /// Sum of weights of rows with a value, in people: how many the estimate is about.
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
    /// Variance over that of a simple random sample of the same size without replacement, the population being the sum of weights:
    /// [`deff_srswor`](super::deff_srswor). `NaN` for a ratio, for one row, for a variable that
    /// does not vary, and where weights add up to fewer people than rows; infinite where they add up to just as many.
    pub deff: f64,
    /// The same with replacement: [`deff_replace`](super::deff_replace).
    pub deff_replace: f64,
    /// Kish's effect of unequal weights alone, 1 or more: `n sum w^2 / (sum w)^2`, over the domain's rows.
    pub deff_weights: f64,
}

impl Estimate {
    /// Variance, in squared units: `se^2`.
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

    /// Effective sample size of a proportion, `p (1 - p) / V`: the simple random sample as precise as this one. `NaN` at 0 and
    /// 100 %, infinite where `V` is 0 in between; without meaning for means of real variables.
    ///
    /// ```
    /// # use kish_analysis::{cells::Sums, columns::Columns, design::{Design, OneStage}};
    /// # use kish_analysis::estimate::{Domain, Measure};
    /// // Four PSUs of one row each, half of them yes: V = 4/3 (4 0.5^2) / 4^2 = 1/12.
    /// # let given = OneStage { stratum_of_psu: &[0; 4], psu_of_row: &[0, 1, 2, 3], weight: &[1.0; 4], ..OneStage::default() };
    /// # let design = Design::one_stage(&given)?;
    /// # let mut columns = Columns::new(4);
    /// let yes = columns.indicator([true, false, true, false].map(Some))?;
    /// # let sums = Sums::reduce(&design, &columns, &[0; 4], 1)?;
    /// let found = sums.estimate(&Domain::all(1), &[Measure::Mean(yes)])?[0];
    /// assert!((found.n_eff() - 0.25 * 12.0).abs() < 1e-9);
    /// # Ok::<(), kish_analysis::Error>(())
    /// ```
    #[must_use]
    pub fn n_eff(&self) -> f64 {
        self.estimate * (1.0 - self.estimate) / self.variance()
    }
}
