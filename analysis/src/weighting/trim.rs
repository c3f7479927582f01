//! Trimming: no weight below or above set limits, the sum of weights unchanged.
//!
//! A few very large weights carry most of an estimate's variance; cutting them trades some of it for bias. What is cut off
//! goes to the weights within the limits in equal parts (R's `trimWeights`), which may lift some of them over the limit.

use super::Adjusted;

/// Smallest and largest weight, `lower <= upper`.
///
/// ```
/// use kish_analysis::weighting::Limits;
///
/// let limits = Limits::around_median(&[2.0, 0.0, 8.0, 4.0], 3.0);      // the median of 2, 4, 8
/// assert_eq!(limits, Limits { lower: 4.0 / 3.0, upper: 12.0 });
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Smallest weight; 0 for none.
    pub lower: f64,
    /// Largest weight.
    pub upper: f64,
}

impl Limits {
    /// No weight above `times` the median of those that are not 0; none below the median over `times` (or over its inverse, if
    /// that is larger).
    ///
    /// Of an even number the median is the larger of the two in the middle; without weights both limits are 0.
    ///
    /// ```
    /// use kish_analysis::weighting::Limits;
    ///
    /// assert_eq!(Limits::around_median(&[1.0, 2.0, 6.0, 50.0], 5.0), Limits { lower: 6.0 / 5.0, upper: 30.0 });
    /// ```
    #[must_use]
    pub fn around_median(weight: &[f64], times: f64) -> Self {
        let mut alive: Vec<f64> = weight.iter().copied().filter(|w| *w != 0.0).collect();
        alive.sort_by(f64::total_cmp);
        let median = alive.get(alive.len() / 2).copied().unwrap_or(0.0);
        let times = times.max(1.0 / times);
        Self { lower: median / times, upper: median * times }
    }

    /// Whether a weight lies outside; weights of 0 are nobody's and stay.
    pub(super) fn cuts(self, w: f64) -> bool {
        // Calibration meets its totals to about 1e-9, and so do the limits.
        w != 0.0 && (w < self.lower * (1.0 - 1e-9) || w > self.upper * (1.0 + 1e-9))
    }
}

/// Trim, and say what it did; weights of 0 stay. Converged means that no weight is outside any more. `strict` as in [`trim`].
///
/// ```
/// use kish_analysis::weighting::{Limits, trim_adjusted};
///
/// let limits = Limits { lower: 0.0, upper: 5.0 };
/// let once = trim_adjusted(&[1.0, 0.0, 4.0, 10.0], limits, false);
/// assert_eq!(once.weights, [3.5, 0.0, 6.5, 5.0]);      // 5 cut off, 2.5 to each of two
/// assert!(!once.diagnostics.converged);
/// ```
#[must_use]
pub fn trim_adjusted(weight: &[f64], limits: Limits, strict: bool) -> Adjusted {
    let alive: Vec<f64> = weight.iter().copied().filter(|w| *w != 0.0).collect();
    let mut trimmed = trim(&alive, limits.lower, limits.upper, strict).into_iter();
    let weights: Vec<f64> = weight.iter().map(|w| if *w == 0.0 { 0.0 } else { trimmed.next().unwrap_or(*w) }).collect();
    let held = !weights.iter().any(|w| limits.cuts(*w));
    let mut adjusted = Adjusted::new(weight, weights, 1, Vec::new());
    adjusted.diagnostics.converged = held;
    adjusted
}

/// Clamp weights to `[lower, upper]` and spread what was cut off equally over the others. `strict` repeats until no weight
/// lies outside (or none is left to take the rest, which is then lost). Weights of 0 take their part: to leave them out, use
/// [`trim_adjusted`]. Of limits that cross, the upper one holds.
///
/// ```
/// use kish_analysis::weighting::trim;
///
/// assert_eq!(trim(&[1.0, 4.0, 10.0], 0.0, 5.0, false), [3.5, 6.5, 5.0]);
/// assert_eq!(trim(&[1.0, 4.0, 10.0], 0.0, 5.0, true), [5.0, 5.0, 5.0]);
/// ```
#[must_use]
pub fn trim(weight: &[f64], lower: f64, upper: f64, strict: bool) -> Vec<f64> {
    let outside = |w: &f64| *w < lower || *w > upper;
    let mut trimmed = weight.to_vec();
    let mut cut = vec![false; weight.len()];
    for _ in 0..if strict { 100 } else { 1 } {
        let before: f64 = trimmed.iter().sum();
        for (w, cut) in trimmed.iter_mut().zip(&mut cut).filter(|(w, _)| outside(w)) {
            (*w, *cut) = (w.max(lower).min(upper), true);
        }
        let excess = before - trimmed.iter().sum::<f64>();
        let free = cut.iter().filter(|cut| !**cut).count();
        if free == 0 || excess == 0.0 {
            break;
        }
        trimmed.iter_mut().zip(&cut).filter(|(_, cut)| !**cut).for_each(|(w, _)| *w += excess / free as f64);
    }
    trimmed
}
