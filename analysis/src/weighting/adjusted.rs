//! Adjusted weights, and what the adjustment did to them.

/// Weights after one step, with what a person who answers for them wants to see.
#[derive(Debug, Clone, PartialEq)]
pub struct Adjusted {
    /// By row, in the caller's order.
    pub weights: Vec<f64>,
    /// What the step did.
    pub diagnostics: Diagnostics,
}

/// What a step did to the weights. Factors are new weight over old, over rows whose old weight was not 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnostics {
    /// Kish's effect of unequal weights, `n sum w^2 / (sum w)^2`, over rows whose new weight is not 0. Source: L. Kish,
    /// *Weighting for unequal P_i* (1992).
    pub deff_weights: f64,
    /// Smallest, mean and largest factor; `NaN` without rows.
    pub factor_min: f64,
    /// See [`factor_min`](Self::factor_min).
    pub factor_mean: f64,
    /// See [`factor_min`](Self::factor_min).
    pub factor_max: f64,
    /// Rounds or Newton steps taken.
    pub iterations: usize,
    /// Whether everything asked for holds.
    pub converged: bool,
    /// Totals that do not hold, the worst first; empty if converged.
    pub unmet: Vec<Unmet>,
}

/// A population total the weights do not meet, by the caller's own places, so that the caller can name it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Unmet {
    /// Which margin (0 where there is one).
    pub margin: usize,
    /// Which group of the margin, or which calibration variable.
    pub group: usize,
    /// The population's total.
    pub wanted: f64,
    /// The weights' total.
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

/// Kish's effect of unequal weights: `n sum w^2 / (sum w)^2` over rows with a weight; `NaN` without any.
#[must_use]
pub fn deff_weights(weight: &[f64]) -> f64 {
    let alive = || weight.iter().filter(|w| **w != 0.0);
    let (sum, squares) = (alive().sum::<f64>(), alive().map(|w| w * w).sum::<f64>());
    alive().count() as f64 * squares / (sum * sum)
}
