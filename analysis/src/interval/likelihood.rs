//! The likelihood interval of a proportion, read off a profile as R does.

use super::Interval;
use crate::special::{normal_lower, t_quantile};

/// A profile is followed for so many steps at most, and for as many as should reach its end.
const MOST_STEPS: u32 = 9;
const STEPS_TO_END: f64 = 5.0;
/// Points of the curve for each point of the profile.
const FINENESS: usize = 3;

/// Where the root of twice the fall of the log-likelihood of `n_eff` Bernoulli trials reaches `-q` and `q`.
///
/// `z(t)^2 = 2 n_eff (n - 1) / n [p ln(p / t) + (1 - p) ln((1 - p) / (1 - t))]`, the factor and `dispersion` being R's. As in R, `z` is taken at steps of the log-odds of `t`, `se` its
/// standard error and `n` the rows that set their length; a cubic spline joins the points, and straight lines the spline's.
/// This differs from the exact crossing by up to a percent where `p` is near 0 or 1. Source: Rao and Scott (1984), the likelihood
/// ratio scaled by its design effect; the profile is that of W. Venables and B. Ripley, *Modern applied statistics with S*
/// (2002), section 8.4.
pub(super) fn interval(p: f64, n_eff: f64, q: f64, n: f64, dispersion: f64) -> Interval {
    if !(n_eff.is_finite() && q.is_finite()) {
        return Interval::UNKNOWN;
    }
    let centre = (p / (1.0 - p)).ln();
    let se = (1.0 / (n_eff * p * (1.0 - p))).sqrt();
    let n_eff = n_eff / dispersion;
    let fall = |t: f64| 2.0 * n_eff * (n - 1.0) / n * (p * (p / t).ln() + (1.0 - p) * ((1.0 - p) / (1.0 - t)).ln());
    let z = |log_odds: f64| fall(1.0 / (1.0 + (-log_odds).exp())).max(0.0).sqrt().copysign(log_odds - centre);
    // The profile ends where trials as many as rows would put a bound of half the chance that `q` leaves out.
    let scale = (n / n_eff).sqrt();
    let end = t_quantile(1.0 - normal_lower(-q * scale) / 4.0, n - 1.0);
    let step = end / STEPS_TO_END * se;
    let side = |sign: f64| {
        let mut points = Vec::new();
        for k in 1..=MOST_STEPS {
            let at = centre + sign * f64::from(k) * step;
            points.push((at, z(at)));
            if z(at).abs() * scale >= end {
                break;
            }
        }
        points
    };
    let mut points = side(-1.0);
    points.reverse();
    points.push((centre, 0.0));
    points.extend(side(1.0));
    let curve = curve(&points, FINENESS * points.len());
    let limit = |z: f64, outside: f64| match at_height(&curve, z) {
        Some(log_odds) => 1.0 / (1.0 + (-log_odds).exp()),
        // Beyond the profile R has no limit; the likelihood has.
        None => crossing(p, outside, |t| fall(t) < q * q),
    };
    Interval { lower: limit(-q, 0.0), upper: limit(q, 1.0) }
}

/// Where `is_inside` ends between a value for which it holds and one for which it does not, by halves.
fn crossing(mut inside: f64, mut outside: f64, is_inside: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..200 {
        let middle = 0.5 * (inside + outside);
        if is_inside(middle) {
            inside = middle;
        } else {
            outside = middle;
        }
    }
    0.5 * (inside + outside)
}

/// `count` points, equally far apart, of the cubic spline through `points`.
///
/// The slope's slope at the ends is that of the cubic through the four points there. Source: G. Forsythe, M. Malcolm and C.
/// Moler, *Computer methods for mathematical computations* (1977), chapter 4.
fn curve(points: &[(f64, f64)], count: usize) -> Vec<(f64, f64)> {
    let sigma = bends(points);
    let last = points.len() - 1;
    let (from, to) = (points[0].0, points[last].0);
    let one = |k: usize| {
        let x = from + (to - from) * k as f64 / (count - 1) as f64;
        let i = points[1..last].partition_point(|point| point.0 <= x);
        let h = points[i + 1].0 - points[i].0;
        let (right, left) = ((x - points[i].0) / h, (points[i + 1].0 - x) / h);
        let bend = h * h * ((right.powi(3) - right) * sigma[i + 1] + (left.powi(3) - left) * sigma[i]);
        (x, right * points[i + 1].1 + left * points[i].1 + bend)
    };
    (0..count).map(one).collect()
}

/// A sixth of the spline's second derivative at every point.
fn bends(points: &[(f64, f64)]) -> Vec<f64> {
    let n = points.len();
    let h: Vec<f64> = points.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
    let slope: Vec<f64> = points.windows(2).map(|pair| (pair[1].1 - pair[0].1) / (pair[1].0 - pair[0].0)).collect();
    // Third divided difference: a sixth of the third derivative of the cubic through four points.
    let third = |i: usize| {
        let second = |i: usize| (slope[i + 1] - slope[i]) / (points[i + 2].0 - points[i].0);
        (second(i + 1) - second(i)) / (points[i + 3].0 - points[i].0)
    };
    let mut diagonal = vec![0.0; n];
    let mut sigma = vec![0.0; n];
    (diagonal[0], diagonal[n - 1]) = (-h[0], -h[n - 2]);
    if n > 3 {
        (sigma[0], sigma[n - 1]) = (h[0] * h[0] * third(0), -h[n - 2] * h[n - 2] * third(n - 4));
    }
    for i in 1..n - 1 {
        diagonal[i] = 2.0 * (h[i - 1] + h[i]);
        sigma[i] = slope[i] - slope[i - 1];
    }
    for i in 1..n {
        let share = h[i - 1] / diagonal[i - 1];
        diagonal[i] -= share * h[i - 1];
        sigma[i] -= share * sigma[i - 1];
    }
    sigma[n - 1] /= diagonal[n - 1];
    for i in (0..n - 1).rev() {
        sigma[i] = (sigma[i] - h[i] * sigma[i + 1]) / diagonal[i];
    }
    sigma
}

/// Where straight lines through the curve reach a height.
fn at_height(curve: &[(f64, f64)], height: f64) -> Option<f64> {
    let pair = curve.windows(2).find(|pair| pair[0].1 <= height && height <= pair[1].1)?;
    let share = (height - pair[0].1) / (pair[1].1 - pair[0].1);
    Some(pair[0].0 + share * (pair[1].0 - pair[0].0))
}

#[cfg(test)]
mod tests {
    use super::{curve, interval};

    #[test]
    fn a_cubic_is_its_own_spline() {
        let f = |x: f64| x * x * x - 2.0 * x * x + 3.0;
        let points: Vec<(f64, f64)> = [-1.0, 0.5, 1.0, 2.5, 3.0].map(|x| (x, f(x))).into();
        for (x, y) in curve(&points, 13) {
            assert!((y - f(x)).abs() < 1e-12, "{x}: {y}");
        }
    }

    #[test]
    fn beyond_the_profile_the_likelihood_decides() {
        let (p, n_eff, q, n) = (0.998_757_572_586_722_8, 127.0 / 0.3, 12.706_204_736, 127.0);
        let found = interval(p, n_eff, q, n, 1.0);
        assert!(found.lower < p && p < found.upper && found.upper <= 1.0, "{found:?}");
        let fall = |t: f64| 2.0 * n_eff * 126.0 / 127.0 * (p * (p / t).ln() + (1.0 - p) * ((1.0 - p) / (1.0 - t)).ln());
        assert!((fall(found.lower) / (q * q) - 1.0).abs() < 0.1, "{found:?}");
    }

    #[test]
    fn a_rare_event_among_few_agrees_with_r() {
        let found = interval(0.028_187_642_297_595_8, 69.128_306_527_668_2, 2.030_107_928, 463.0, 1.0);
        assert!((found.lower - 0.004_209_767).abs() < 4e-7, "{}", found.lower);
        assert!((found.upper - 0.088_168_01).abs() < 1e-6, "{}", found.upper);
    }
}
