//! The incomplete beta function and its inverse.
//!
//! The inverse works on the log-odds of the argument, where both tails of every beta distribution are nearly straight lines
//! once their logarithm is taken: Newton's method then needs a handful of steps from a poor start, also for a quantile of
//! `1e-300` or one that differs from 1 by as little. A bracket halved whenever a step leaves it makes it safe.

use super::saddle::{ln_beta_kernel, mean_gap};

/// Both tails of the beta distribution at `x` (with `y = 1 - x` given apart, so that neither loses digits):
/// `(lower, upper)`, shapes `a, b > 0`. `(0, 1)` for `x <= 0` and `(1, 0)` for `y <= 0`.
///
/// Source: A. Didonato and A. Morris, ACM TOMS 18 (1992).
///
/// ```
/// use kish_analysis::special::beta_tails;
///
/// // With b = 1 the lower tail is x^a.
/// let (lower, upper) = beta_tails(0.5, 0.5, 3.0, 1.0);
/// assert!((lower - 0.125).abs() < 1e-15 && (upper - 0.875).abs() < 1e-15);
/// ```
#[must_use]
pub fn beta_tails(x: f64, y: f64, a: f64, b: f64) -> (f64, f64) {
    if x <= 0.0 {
        return (0.0, 1.0);
    }
    if y <= 0.0 {
        return (1.0, 0.0);
    }
    let front = ln_beta_kernel(x, y, a, b).exp();
    // How far the argument lies below the mean; each side's continued fraction is for its own side.
    let gap = mean_gap(x, y, a, b);
    if gap > 0.0 {
        let lower = (front * fraction(x, y, a, b, gap)).min(1.0);
        (lower, 1.0 - lower)
    } else {
        let upper = (front * fraction(y, x, b, a, -gap)).min(1.0);
        (1.0 - upper, upper)
    }
}

/// Continued fraction of the incomplete beta function below its mean, `gap = a - (a + b) x >= 0` (Didonato and Morris
/// 1992, equation 9). Unlike the older one it has no difference of nearly equal terms when `a` is large and `x` near 1.
fn fraction(x: f64, y: f64, a: f64, b: f64, gap: f64) -> f64 {
    let (c, c1) = (gap + 1.0, 1.0 / a + 1.0);
    let (mut above, mut below) = ((0.0, 1.0), (1.0, c / c1));
    let (mut p, mut s, mut ratio) = (1.0, a + 1.0, c1 / c);
    for n in 1..200_000_u32 {
        let n = f64::from(n);
        let (t, w) = (n / a, n * (b - n) * x);
        let alpha = p * (p + b / a) * (a / s).powi(2) * w * x;
        let beta = n + w / s + (t + 1.0) / (c1 + 2.0 * t) * (c + n * (y + 1.0));
        p = t + 1.0;
        s += 2.0;
        above = (above.1, alpha * above.0 + beta * above.1);
        below = (below.1, alpha * below.0 + beta * below.1);
        let last = std::mem::replace(&mut ratio, above.1 / below.1);
        if (ratio - last).abs() <= 1e-16 * ratio {
            break;
        }
        above = (above.0 / below.1, ratio);
        below = (below.0 / below.1, 1.0);
    }
    ratio
}

/// Beta distribution: the quantile at probability `p`, shapes `a, b > 0`.
///
/// As R's `qbeta`, a shape of 0 puts all mass on one end: `a = 0` gives 0, `b = 0` gives 1. `NaN` where `p` or a shape
/// is out of range.
///
/// ```
/// use kish_analysis::special::beta_quantile;
///
/// // With a = 1 the upper tail is (1 - x)^b.
/// assert!((beta_quantile(0.975, 1.0, 30.0) - (1.0 - 0.025_f64.powf(1.0 / 30.0))).abs() < 1e-14);
/// assert_eq!(beta_quantile(0.025, 0.0, 31.0), 0.0);
/// ```
#[must_use]
pub fn beta_quantile(p: f64, a: f64, b: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) || a.is_nan() || b.is_nan() || a < 0.0 || b < 0.0 {
        return f64::NAN;
    }
    if a == 0.0 || p == 0.0 {
        return 0.0;
    }
    if b == 0.0 || p == 1.0 {
        return 1.0;
    }
    let log_odds = log_odds_quantile(p, 1.0 - p, a, b);
    if log_odds > 0.0 { 1.0 / (1.0 + (-log_odds).exp()) } else { log_odds.exp() / (1.0 + log_odds.exp()) }
}

/// The log-odds of the beta quantile with lower tail `p` and upper tail `q = 1 - p`.
pub(super) fn log_odds_quantile(p: f64, q: f64, a: f64, b: f64) -> f64 {
    if p <= 0.0 || q <= 0.0 {
        return if p <= 0.0 { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    let (mut low, mut high) = (-750.0, 750.0);
    let mut at = start(p, q, a, b);
    for _ in 0..400 {
        let (rises, step) = newton(at, p, q, a, b);
        if rises {
            low = at;
        } else {
            high = at;
        }
        let next = at - step;
        let next = if next > low && next < high { next } else { 0.5 * (low + high) };
        if (next - at).abs() <= 1e-16 * at.abs().max(1e-3) {
            return next;
        }
        at = next;
    }
    at
}

/// A first guess: the tail's leading power on the side where the answer lies, inside the bracket.
fn start(p: f64, q: f64, a: f64, b: f64) -> f64 {
    let mean = (a / b).ln();
    let spread = ((a + b + 1.0) / (a * b) * (a + b)).sqrt().min(5.0);
    (mean + spread * (p / q).ln() * 0.6).clamp(-700.0, 700.0)
}

/// Whether the quantile lies above `at`, and the Newton step on the logarithm of the smaller tail.
///
/// The smaller of the two tails is the one known to all its digits; the step divides its gap by
/// `d ln tail / d log-odds = x^a y^b / (B(a, b) tail)`.
fn newton(at: f64, p: f64, q: f64, a: f64, b: f64) -> (bool, f64) {
    let odds = (-at.abs()).exp();
    let (small, large) = (odds / (1.0 + odds), 1.0 / (1.0 + odds));
    let (x, y) = if at < 0.0 { (small, large) } else { (large, small) };
    let (lower, upper) = beta_tails(x, y, a, b);
    // d lower / d log-odds = x^a y^b / B(a, b).
    let ln_slope = ln_beta_kernel(x, y, a, b);
    if p <= q {
        let gap = lower.ln() - p.ln();
        (gap < 0.0, gap / (ln_slope - lower.ln()).exp())
    } else {
        let gap = upper.ln() - q.ln();
        (gap > 0.0, -gap / (ln_slope - upper.ln()).exp())
    }
}
