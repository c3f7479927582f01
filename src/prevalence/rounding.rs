//! How the numbers of a release are rounded.

use kish_analysis::special::t_two_sided;

/// A proportion, to 0.1 point.
pub fn thousandths(x: f64) -> f64 {
    (x * 1000.0).round() / 1000.0
}

/// A weighted total of so many people, to the thousandth of them, or to the power of ten above it: no finer than a proportion of them.
pub fn of_total(x: f64, weighted_n: f64) -> f64 {
    if weighted_n <= 0.0 || !weighted_n.is_finite() {
        return x.round();
    }
    let power = -floor_log10(1.0 / weighted_n) - 3;
    let scale = 10f64.powi(power.abs());
    if power >= 0 { (x / scale).round() * scale } else { (x * scale).round() / scale }
}

/// A standard error, to two digits.
pub fn two_digits(x: f64) -> f64 {
    if x == 0.0 || !x.is_finite() {
        return x;
    }
    let scale = 10f64.powi(1 - floor_log10(x));
    (x * scale).round() / scale
}

/// The p value of a difference, from its rounded estimate and standard error: from the unrounded ones it would tell more of a small
/// difference than the rounding leaves of it. `NaN` where the standard error is rounded to nothing.
pub fn p_of_rounded(estimate: f64, se: f64, df: f64) -> f64 {
    let (estimate, se) = (thousandths(estimate), two_digits(se));
    if se > 0.0 { thousandths(t_two_sided(estimate / se, df)) } else { f64::NAN }
}

#[expect(clippy::cast_possible_truncation, reason = "the logarithm of a double lies between -324 and 309")]
fn floor_log10(x: f64) -> i32 {
    x.abs().log10().floor() as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_follows_the_release_rule() {
        assert_eq!(thousandths(0.123_456), 0.123);
        assert_eq!(of_total(640_123.457, 999_999.0), 640_000.0);
        assert_eq!(of_total(640_523.457, 1_000_001.0), 640_000.0);
        assert_eq!(of_total(20_149.0, 990_000.0), 20_000.0);
        assert_eq!([of_total(12.345, 100.0), of_total(12.345, 0.0)], [12.3, 12.0]);
        assert_eq!(two_digits(0.012_345), 0.012);
        assert_eq!(two_digits(0.098_7), 0.099);
        assert_eq!(two_digits(0.0), 0.0);
        assert_eq!(p_of_rounded(0.100_4, 0.028_14, 25.0), p_of_rounded(0.1, 0.028, 25.0));
        assert!(p_of_rounded(0.1, 0.0, 25.0).is_nan());
    }
}
