//! Adjusted weights, and what the adjustment did to them.

/// Weights after one step, with what a person who answers for them wants to see.
///
/// ```
/// use kish_analysis::weighting::{Known, Margin};
///
/// let known = Known::Poststratify(Margin { group_of_row: vec![0, 0, 1], totals: vec![10.0, 6.0] });
/// let found = known.adjust(&[1.0, 1.0, 2.0])?;
/// assert_eq!(found.weights, [5.0, 5.0, 6.0]);
/// assert_eq!((found.diagnostics.factor_min, found.diagnostics.factor_max), (6.0 / 2.0, 5.0 / 1.0));
/// assert!(found.diagnostics.converged);
/// # Ok::<(), kish_analysis::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Adjusted {
    /// By row, in the caller's order.
    pub weights: Vec<f64>,
    /// What the step did.
    pub diagnostics: Diagnostics,
}

/// What a step did to the weights. Factors are new weight over old, over rows whose old weight was not 0.
///
/// ```
/// use kish_analysis::weighting::{Limits, trim_adjusted};
///
/// let found = trim_adjusted(&[1.0, 1.0, 7.0], Limits { lower: 0.0, upper: 5.0 }, true).diagnostics;
/// assert_eq!((found.factor_min, found.factor_max), (5.0 / 7.0, 2.0));
/// assert!((found.deff_weights - 3.0 * (4.0 + 4.0 + 25.0) / 81.0).abs() < 1e-12);
/// assert!(found.converged && found.unmet.is_empty());
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnostics {
    /// Kish's effect of unequal weights, `n sum w^2 / (sum w)^2`, over rows whose new weight is not 0. Source: L. Kish,
    /// *Weighting for unequal P_i* (1992).
    pub deff_weights: f64,
    /// Smallest factor; `NaN` without rows.
    pub factor_min: f64,
    /// Mean factor, unweighted; `NaN` without rows.
    pub factor_mean: f64,
    /// Largest factor; `NaN` without rows. Factors far above the mean are where variance comes from.
    pub factor_max: f64,
    /// Rounds of raking, Newton steps of calibration, classes joined for nonresponse, or rounds of trimming.
    pub iterations: usize,
    /// Whether everything asked for holds: the totals, and the limits of trimming where there are some.
    pub converged: bool,
    /// Totals that do not hold, the worst first (by the gap over `1 + |total|`); empty if converged.
    pub unmet: Vec<Unmet>,
}

/// A population total the weights do not meet, by the caller's own places, so that the caller can name it.
///
/// ```
/// use kish_analysis::weighting::{Known, Margin, Unmet};
///
/// // Nobody was asked in group 1, where 6 people live.
/// let known = Known::Poststratify(Margin { group_of_row: vec![0, 0], totals: vec![10.0, 6.0] });
/// let found = known.adjust(&[1.0, 1.0])?.diagnostics;
/// assert_eq!(found.unmet, [Unmet { margin: 0, group: 1, wanted: 6.0, found: 0.0 }]);
/// # Ok::<(), kish_analysis::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Unmet {
    /// Which margin (0 where there is one, and for calibration).
    pub margin: usize,
    /// Which group of the margin, or which calibration variable.
    pub group: usize,
    /// The population's total.
    pub wanted: f64,
    /// The weights' total; in raking before the last round's own scaling.
    pub found: f64,
}

impl Adjusted {
    /// New weights beside the old ones.
    pub(super) fn new(before: &[f64], weights: Vec<f64>, iterations: usize, mut unmet: Vec<Unmet>) -> Self {
        let gap = |unmet: &Unmet| (unmet.found - unmet.wanted).abs() / (1.0 + unmet.wanted.abs());
        unmet.sort_by(|a, b| gap(b).total_cmp(&gap(a)));
        let factors = || before.iter().zip(&weights).filter(|(d, _)| **d != 0.0).map(|(d, w)| w / d);
        let n = factors().count();
        let diagnostics = Diagnostics {
            deff_weights: deff_weights(&weights),
            factor_min: factors().fold(f64::NAN, f64::min),
            factor_mean: factors().sum::<f64>() / n as f64,
            factor_max: factors().fold(f64::NAN, f64::max),
            iterations,
            converged: unmet.is_empty(),
            unmet,
        };
        Self { weights, diagnostics }
    }
}

/// Kish's effect of unequal weights: `n sum w^2 / (sum w)^2` over rows with a weight; `NaN` without any. 1 where all weights
/// are equal, 2 where they cost half of the sample. Source: L. Kish, *Survey Sampling* (1965).
///
/// ```
/// let deff = kish_analysis::weighting::deff_weights(&[1.0, 1.0, 2.0, 0.0]);
/// assert_eq!(deff, 3.0 * (1.0 + 1.0 + 4.0) / 16.0);
/// ```
#[must_use]
pub fn deff_weights(weight: &[f64]) -> f64 {
    let alive = || weight.iter().filter(|w| **w != 0.0);
    let (sum, squares) = (alive().sum::<f64>(), alive().map(|w| w * w).sum::<f64>());
    alive().count() as f64 * squares / (sum * sum)
}
