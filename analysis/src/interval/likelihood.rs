//! The likelihood interval of a proportion.

use super::Interval;

/// Where twice the log-likelihood of `n` Bernoulli trials (`n` the effective size) falls by `q^2`.
///
/// `2 n [p ln(p / t) + (1 - p) ln((1 - p) / (1 - t))] = q^2`, solved for `t` on both sides of `p` by bisection.
/// R profiles the same likelihood along a spline and agrees to about 1e-4. Source: Rao and Scott (1984), the
/// likelihood ratio scaled by its design effect.
pub(super) fn interval(p: f64, n: f64, q: f64) -> Interval {
    if !(n.is_finite() && q.is_finite()) {
        return Interval::UNKNOWN;
    }
    let fall = |t: f64| 2.0 * n * (p * (p / t).ln() + (1.0 - p) * ((1.0 - p) / (1.0 - t)).ln());
    let solve = |mut inside: f64, mut outside: f64| {
        for _ in 0..200 {
            let middle = 0.5 * (inside + outside);
            if fall(middle) < q * q {
                inside = middle;
            } else {
                outside = middle;
            }
        }
        0.5 * (inside + outside)
    };
    Interval { lower: solve(p, 0.0), upper: solve(p, 1.0) }
}
