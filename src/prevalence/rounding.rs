//! How the numbers of a release are rounded.

/// A proportion, to 0.1 point.
pub fn thousandths(x: f64) -> f64 {
    (x * 1000.0).round() / 1000.0
}

/// A standard error, to two digits.
pub fn two_digits(x: f64) -> f64 {
    if x == 0.0 || !x.is_finite() {
        return x;
    }
    let scale = 10f64.powi(1 - floor_log10(x));
    (x * scale).round() / scale
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
        assert_eq!(two_digits(0.012_345), 0.012);
        assert_eq!(two_digits(0.098_7), 0.099);
        assert_eq!(two_digits(0.0), 0.0);
    }
}
