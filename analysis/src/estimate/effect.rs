//! Design effects: the variance against that of a simple random sample of the same size.

use super::Measure;
use crate::cells::Total;

/// Design effect against sampling without replacement from a population as large as the sum of weights:
/// `variance / (s2 / n (1 - n / population))`.
///
/// `variance` is that of a mean (or of a total, then `s2_times` carries the squared population), `s2` the variance of
/// the variable in the population, `n` rows, `population` the sum of weights. `NaN` when the population is smaller than
/// the sample, infinite when they are equal. Source: L. Kish, *Survey Sampling* (1965), section 8.2.
///
/// ```
/// use kish_analysis::estimate::deff_srswor;
///
/// // A simple random sample of 25 out of 100 would have 0.25 / 25 (1 - 1/4) = 0.0075.
/// assert!((deff_srswor(0.015, 0.25, 25.0, 100.0) - 2.0).abs() < 1e-12);
/// assert!(deff_srswor(0.015, 0.25, 25.0, 20.0).is_nan());
/// ```
#[must_use]
pub fn deff_srswor(variance: f64, s2: f64, n: f64, population: f64) -> f64 {
    if population < n { f64::NAN } else { variance / (s2 / n * (1.0 - n / population)) }
}

/// Design effect against sampling with replacement, `variance / (s2 / n)`; the arguments are those of [`deff_srswor`].
///
/// ```
/// assert_eq!(kish_analysis::estimate::deff_replace(0.02, 0.25, 25.0), 2.0);      // 0.25 / 25 = 0.01
/// ```
#[must_use]
pub fn deff_replace(variance: f64, s2: f64, n: f64) -> f64 {
    variance / (s2 / n)
}

/// Both effects of a measure: `(without, with)` replacement; `NaN` for ratios, whose residual is not in the table.
pub(super) fn of(measure: Measure, total: &Total, variance: f64) -> (f64, f64) {
    let (n, b) = (total.n as f64, total.weight);
    let p = total.value / b;
    // s2 = sum w (y - p)^2 / sum w * n / (n - 1)
    let s2 = (total.square - 2.0 * p * total.value + p * p * b) / b * n / (n - 1.0);
    let of_mean = match measure {
        Measure::Mean(_) => variance,
        Measure::Total(_) => variance / (b * b),
        Measure::Ratio { .. } => f64::NAN,
    };
    (deff_srswor(of_mean, s2, n, b), deff_replace(of_mean, s2, n))
}
