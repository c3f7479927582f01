//! An interval for a quantile from the values that a test would not reject as the quantile.
//!
//! In words: for a value `y`, let `U(y)` be the weighted share of people above it less `1 - p`, and `T(y) = U(y) / se(U(y))`.
//! The limits are where `T` falls through `+t` and `-t`. Source: C. Francisco and W. Fuller, *Quantile estimation with a
//! complex survey design*, Annals of Statistics 19 (1991).
//!
//! `T` is a step function, so that the crossing lies at a data value and the root finder stops at one side of it or the other.
//! To give the limits R gives, the same method, bracket and tolerance are used: R. Brent, *Algorithms for minimization without
//! derivatives* (1973), chapter 4.

use super::Ordered;
use crate::error::Error;
use crate::interval::Interval;

/// The interval, its ends read off `values` by their rule; `statistic` is `T`, asked at some thirty values, and `t > 0` the quantile
/// of its distribution.
///
/// # Errors
/// Those of `statistic`; [`Error::Unsolvable`] with fewer than two values, or when `T` does not cross `t` inside of the values, as
/// for shares near 0 or 1.
///
/// ```
/// use kish_analysis::quantile::{Ordered, Rule, score_interval};
///
/// let values = Ordered::new((1..=99).map(|y| (f64::from(y), 1.0)), Rule::Math);
/// // The median: share above y less one half, with a standard error of 5 points. T = 2 where 60 % lie above.
/// let found = score_interval(&values, 2.0, |y| Ok(((99.0 - y.floor()) / 99.0 - 0.5) / 0.05))?;
/// assert!((found.lower - 40.0).abs() <= 1.0 && (found.upper - 60.0).abs() <= 1.0, "{found:?}");
/// # Ok::<(), kish_analysis::Error>(())
/// ```
pub fn score_interval(values: &Ordered, t: f64, mut statistic: impl FnMut(f64) -> Result<f64, Error>) -> Result<Interval, Error> {
    let n = values.values.len();
    if n < 2 {
        return Err(Error::Unsolvable("a score interval needs two values".into()));
    }
    let margin = (values.plain(0.75) - values.plain(0.25)) / 100.0;
    let bracket = (values.values[0] + margin, values.values[n - 1] - margin);
    let tolerance = 1.0 / (100.0 * (n as f64).sqrt());
    // R reads the limits off the weighted values at the crossing's unweighted share.
    let mut limit = |t: f64| {
        let crossing = brent(bracket, tolerance, |y| Ok(statistic(y)? - t))?;
        let share = values.values.partition_point(|y| *y <= crossing) as f64 / n as f64;
        Ok(values.quantile(share))
    };
    Ok(Interval { lower: limit(t)?, upper: limit(-t)? })
}

impl Ordered {
    /// Quantile of the values without their weights, interpolated.
    fn plain(&self, p: f64) -> f64 {
        let at = p * (self.values.len() - 1) as f64;
        let (low, share) = (at as usize, at.fract());
        let high = (low + 1).min(self.values.len() - 1);
        self.values[low] + share * (self.values[high] - self.values[low])
    }
}

/// A point and the function there.
type Point = (f64, f64);

/// Where `f` changes sign, to `tolerance`: secant or inverse quadratic steps while they shrink the bracket, else halves.
fn brent(bracket: (f64, f64), tolerance: f64, mut f: impl FnMut(f64) -> Result<f64, Error>) -> Result<f64, Error> {
    let (mut before, mut best): (Point, Point) = ((bracket.0, f(bracket.0)?), (bracket.1, f(bracket.1)?));
    if before.1 * best.1 > 0.0 || (before.1 * best.1).is_nan() {
        return Err(Error::Unsolvable("the score statistic does not reach its limit inside of the values".into()));
    }
    let mut opposite = before;
    for _ in 0..1000 {
        let last_step = best.0 - before.0;
        if opposite.1.abs() < best.1.abs() {
            (before, best, opposite) = (best, opposite, best);
        }
        let smallest = 2.0 * f64::EPSILON * best.0.abs() + tolerance / 2.0;
        let half = (opposite.0 - best.0) / 2.0;
        if half.abs() <= smallest || best.1 == 0.0 {
            break;
        }
        let worth_trying = last_step.abs() >= smallest && before.1.abs() > best.1.abs();
        let step = if worth_trying { interpolated(before, best, opposite, last_step, smallest).unwrap_or(half) } else { half };
        before = best;
        let next = best.0 + if step.abs() < smallest { smallest.copysign(step) } else { step };
        best = (next, f(next)?);
        if best.1 * opposite.1 > 0.0 {
            opposite = before;
        }
    }
    Ok(best.0)
}

/// A step to the root of the line or parabola through the points, if it stays well inside of the bracket and shrinks it.
fn interpolated(before: Point, best: Point, opposite: Point, last_step: f64, smallest: f64) -> Option<f64> {
    let width = opposite.0 - best.0;
    let (p, q) = if before.0 == opposite.0 {
        let ratio = best.1 / before.1;
        (width * ratio, 1.0 - ratio)
    } else {
        let (q, r, s) = (before.1 / opposite.1, best.1 / opposite.1, best.1 / before.1);
        (s * (width * q * (q - r) - (best.0 - before.0) * (r - 1.0)), (q - 1.0) * (r - 1.0) * (s - 1.0))
    };
    let (p, q) = if p > 0.0 { (p, -q) } else { (-p, q) };
    let fits = p < 0.75 * width * q - (smallest * q).abs() / 2.0 && p < (last_step * q / 2.0).abs();
    fits.then_some(p / q)
}

#[cfg(test)]
mod tests {
    use super::brent;

    #[test]
    fn a_root_is_found_to_the_tolerance() {
        let root = brent((0.0, 4.0), 1e-12, |x| Ok(x * x * x - 2.0 * x - 5.0)).expect("a root lies between");
        assert!((root - 2.094_551_481_542_326_5).abs() < 1e-11, "{root}");
    }

    #[test]
    fn without_a_change_of_sign_there_is_none() {
        assert!(brent((0.0, 1.0), 1e-6, |x| Ok(x + 1.0)).is_err());
        assert!(brent((0.0, 1.0), 1e-6, |_| Ok(f64::NAN)).is_err());
    }
}
