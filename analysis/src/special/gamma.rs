//! The incomplete gamma function, for the chi-square distribution.
//!
//! Below the mean the power series of the lower tail converges, above it the continued fraction of the upper one; either
//! gives the other by subtraction from 1, on the side where that loses nothing. Source: Abramowitz and Stegun 6.5.29 and
//! 6.5.31.

use super::saddle::gamma_kernel;

/// Chi-square distribution: the probability of a value above `x`, with `df > 0` degrees of freedom. 1 for `x <= 0`.
///
/// ```
/// // With 2 degrees of freedom it is exp(-x / 2).
/// let p = kish_analysis::special::chi_square_upper(6.0, 2.0);
/// assert!((p - (-3.0_f64).exp()).abs() < 1e-15);
/// ```
#[must_use]
pub fn chi_square_upper(x: f64, df: f64) -> f64 {
    gamma_tails(0.5 * x, 0.5 * df).1
}

/// Both tails of the gamma distribution with shape `a > 0` and scale 1, at `x`: `(lower, upper)`. `(0, 1)` for `x <= 0`.
///
/// ```
/// // With shape 1 the upper tail is exp(-x).
/// let (lower, upper) = kish_analysis::special::gamma_tails(1.0, 1.0);
/// assert!((upper - (-1.0_f64).exp()).abs() < 1e-15 && (lower + upper - 1.0).abs() < 1e-15);
/// ```
#[must_use]
pub fn gamma_tails(x: f64, a: f64) -> (f64, f64) {
    if x <= 0.0 {
        return (0.0, 1.0);
    }
    let front = gamma_kernel(x, a);
    if x < a + 1.0 {
        let lower = (front * series(x, a)).min(1.0);
        (lower, 1.0 - lower)
    } else {
        let upper = (front * fraction(x, a)).min(1.0);
        (1.0 - upper, upper)
    }
}

/// Power series of the lower tail: `1/a + x/(a(a+1)) + …`.
fn series(x: f64, a: f64) -> f64 {
    let (mut term, mut sum, mut shape) = (1.0 / a, 1.0 / a, a);
    for _ in 0..100_000 {
        shape += 1.0;
        term *= x / shape;
        sum += term;
        if term < sum * 1e-17 {
            break;
        }
    }
    sum
}

/// Continued fraction of the upper tail (Legendre's), by Lentz's method.
fn fraction(x: f64, a: f64) -> f64 {
    let mut b = x + 1.0 - a;
    let mut c = 1e300;
    let mut d = 1.0 / b;
    let mut h = d;
    for i in 1..100_000_u32 {
        let i = f64::from(i);
        let top = -i * (i - a);
        b += 2.0;
        d = 1.0 / (top * d + b);
        c = b + top / c;
        h *= d * c;
        if (d * c - 1.0).abs() < 1e-16 {
            break;
        }
    }
    h
}
