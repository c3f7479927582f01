//! Densities of large shapes without cancellation (Loader 2000).

use statrs::function::gamma::ln_gamma;

/// Half the logarithm of two pi.
const HALF_LN_TWO_PI: f64 = 0.918_938_533_204_672_8;

/// The error of Stirling's formula: `ln Γ(z + 1) - (z + 1/2) ln z + z - ln sqrt(2 pi)`.
pub(super) fn stirling_error(z: f64) -> f64 {
    if z < 16.0 {
        return ln_gamma(z + 1.0) - (z + 0.5) * z.ln() + z - HALF_LN_TWO_PI;
    }
    let q = 1.0 / (z * z);
    let series = 1.0 / 1260.0 - q * (1.0 / 1680.0 - q * (1.0 / 1188.0 - q * (691.0 / 360_360.0 - q / 156.0)));
    (1.0 / 12.0 - q * (1.0 / 360.0 - q * series)) / z
}

/// Deviance of `x` from its mean `m`: `x ln(x / m) + m - x`, exact also when they are close.
///
/// `gap = x - m` is given apart because the caller may know it with more digits.
pub(super) fn deviance(x: f64, m: f64, gap: f64) -> f64 {
    if gap.abs() >= 0.1 * (x + m) {
        return x * (x / m).ln() - gap;
    }
    let v = gap / (x + m);
    let (mut sum, mut term) = (gap * v, 2.0 * x * v);
    for j in 1..1000_u32 {
        term *= v * v;
        let next = sum + term / f64::from(2 * j + 1);
        if next == sum {
            break;
        }
        sum = next;
    }
    sum
}

/// `a - (a + b) x`: how far `x` lies below the mean `a / (a + b)`, times `a + b`; `y = 1 - x`.
pub(super) fn mean_gap(x: f64, y: f64, a: f64, b: f64) -> f64 {
    // a - n x and n y - b are the same number; the one with the smaller product has more digits.
    if x < y { a - (a + b) * x } else { (a + b) * y - b }
}

/// Logarithm of `x^a y^b / B(a, b)`, for `y = 1 - x`.
pub(super) fn ln_beta_kernel(x: f64, y: f64, a: f64, b: f64) -> f64 {
    let n = a + b;
    let constant = stirling_error(n) - stirling_error(a) - stirling_error(b);
    let gap = mean_gap(x, y, a, b);
    constant - deviance(a, n * x, gap) - deviance(b, n * y, -gap) + 0.5 * (a * (b / n) / std::f64::consts::TAU).ln()
}

/// `x^a exp(-x) / Γ(a)`.
pub(super) fn gamma_kernel(x: f64, a: f64) -> f64 {
    (-stirling_error(a) - deviance(a, x, a - x)).exp() * (a / std::f64::consts::TAU).sqrt()
}
