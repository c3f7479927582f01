//! Calibration: weights as near as can be to the old ones that give known totals of any variables.
//!
//! `g_k = F(x_k' eta)` with `sum d_k g_k x_k = T`, solved for `eta` by Newton's method. Source: Deville, Särndal and Sautory,
//! *Generalized raking procedures in survey sampling*, JASA 88 (1993).

use super::{Adjusted, Unmet};
use crate::error::{Error, same_length};
use crate::matrix::{cross, dot, gram, symmetric_inverse, times};

/// Newton steps before calibration is given up.
const MOST_STEPS: usize = 100;

/// How far from the old weights is measured; decides the shape of `F`, where `g = F(u)` is the new weight over the old and
/// `u = x' eta`. Source: J.-C. Deville and C.-E. Särndal, *Calibration estimators in survey sampling*, JASA 87 (1992).
///
/// ```
/// use kish_analysis::weighting::{Calibration, Distance, calibrate};
///
/// // Two people with x = 1 and 2 and weight 1; x adds up to 10 in the population.
/// let by = |distance, bounds| {
///     let x = vec![vec![1.0], vec![2.0]];
///     calibrate(&[1.0, 1.0], &Calibration { x, totals: vec![10.0], distance, bounds, epsilon: 1e-12 })
/// };
/// let near = |found: &[f64], wanted: [f64; 2]| found.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-9);
/// assert!(near(&by(Distance::Linear, None)?, [2.4, 3.8]));      // 1 + 1.4 x
/// assert!(near(&by(Distance::Raking, None)?, [2.0, 4.0]));      // 2^x
/// assert!(by(Distance::Logit, Some((0.2, 3.0))).is_err());      // 3 + 2 * 3 < 10
/// let bounded = by(Distance::Logit, Some((0.2, 3.9)))?;
/// assert!(bounded.iter().all(|g| (0.2..=3.9).contains(g)));
/// # Ok::<(), kish_analysis::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Distance {
    /// `F(u) = 1 + u`, the regression estimator's; with bounds, cut off at them. Without bounds weights may turn negative.
    Linear,
    /// `F(u) = exp u`: weights stay positive. With bounds, cut off at them.
    Raking,
    /// Between the bounds `L` and `U` by a logistic curve: `F(u) = (L (U - 1) + U (1 - L) exp(A u)) / (U - 1 + (1 - L) exp(A u))`,
    /// `A = (U - L) / ((1 - L) (U - 1))`.
    Logit,
}

/// What weights are calibrated to.
///
/// ```
/// use kish_analysis::weighting::{Calibration, Distance, Known};
///
/// // 100 people of 40 years on average, from one of 20 and one of 60 with weight 40 each: the linear distance gives 50 and 50.
/// let x = vec![vec![1.0, 20.0], vec![1.0, 60.0]];
/// let to = Calibration { x, totals: vec![100.0, 4000.0], distance: Distance::Linear, bounds: None, epsilon: 1e-9 };
/// let found = Known::Calibrate(to).adjust(&[40.0, 40.0])?;
/// assert!(found.weights.iter().all(|w| (w - 50.0).abs() < 1e-6) && found.diagnostics.converged);
/// # Ok::<(), kish_analysis::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    /// Calibration variables, `x[row][j]`, all rows equally long. An intercept of 1 makes the number of people one of the totals;
    /// variables that depend on earlier ones do no harm if their totals do too.
    pub x: Vec<Vec<f64>>,
    /// Their totals in the population, by `j`.
    pub totals: Vec<f64>,
    /// The distance.
    pub distance: Distance,
    /// Smallest and largest `g`, below and above 1; needed by [`Distance::Logit`].
    pub bounds: Option<(f64, f64)>,
    /// Stop when every total is met to `epsilon (1 + |T|)`. R's default is 1e-7.
    pub epsilon: f64,
}

/// Calibrated weights `d g`, by row. To see how far the totals were met where they cannot all be, use
/// [`Known::adjust`](super::Known::adjust).
///
/// # Errors
/// [`Error::Length`] unless `x` has one row a weight and `totals` one entry a variable; [`Error::Unsolvable`] for bounds that do not
/// hold 1, and without convergence in 100 steps, which names the total that is furthest off.
///
/// ```
/// use kish_analysis::weighting::{Calibration, Distance, calibrate};
///
/// // 40 people, 30 of them men, from three rows of weight 10: both men get 15, the woman 10.
/// let x = vec![vec![1.0, 1.0], vec![1.0, 1.0], vec![1.0, 0.0]];
/// let to = Calibration { x, totals: vec![40.0, 30.0], distance: Distance::Linear, bounds: None, epsilon: 1e-10 };
/// let weight = calibrate(&[10.0; 3], &to)?;
/// assert!(weight.iter().zip([15.0, 15.0, 10.0]).all(|(found, wanted)| (found - wanted).abs() < 1e-9));
/// # Ok::<(), kish_analysis::Error>(())
/// ```
pub fn calibrate(weight: &[f64], to: &Calibration) -> Result<Vec<f64>, Error> {
    let found = adjust(weight, to)?;
    match found.diagnostics.unmet.first() {
        Some(worst) => Err(Error::Unsolvable(format!(
            "calibration does not converge: the total of variable {} is {} and cannot be met within the bounds (weights give {})",
            worst.group, worst.wanted, worst.found
        ))),
        None => Ok(found.weights),
    }
}

/// Calibrate; totals still off after the last step are unmet.
pub(super) fn adjust(weight: &[f64], to: &Calibration) -> Result<Adjusted, Error> {
    same_length("calibration rows", weight.len(), to.x.len())?;
    same_length("calibration totals", to.x.first().map_or(0, Vec::len), to.totals.len())?;
    if to.bounds.is_some_and(|(low, high)| !(low < 1.0 && high > 1.0)) || (to.distance == Distance::Logit && to.bounds.is_none()) {
        return Err(Error::Unsolvable("bounds of calibration lie below and above 1; the logit distance needs them".into()));
    }
    let mut eta = vec![0.0; to.totals.len()];
    let (mut g, mut misfit) = (vec![1.0; weight.len()], gap(weight, to, &vec![1.0; weight.len()]));
    let mut steps = 0;
    while steps < MOST_STEPS && !met(to, &misfit) {
        let slope: Vec<f64> = to.x.iter().zip(weight).map(|(x, d)| d * curve(to, dot(x, &eta)).1).collect();
        let step = times(&symmetric_inverse(&gram(&to.x, &slope)), &misfit);
        let Ok(next) = halved(weight, to, &eta, step) else { break };
        (eta, g, misfit) = next;
        steps += 1;
    }
    let weights = weight.iter().zip(&g).map(|(d, g)| d * g).collect();
    let off = misfit.iter().zip(&to.totals).enumerate().filter(|(_, (gap, total))| !within(to, **gap, **total));
    let unmet = off.map(|(group, (gap, total))| Unmet { margin: 0, group, wanted: *total, found: total - gap }).collect();
    Ok(Adjusted::new(weight, weights, steps, unmet))
}

/// A Newton step, halved until the weights are finite.
#[expect(clippy::type_complexity, reason = "the three things a step changes")]
fn halved(weight: &[f64], to: &Calibration, eta: &[f64], mut step: Vec<f64>) -> Result<(Vec<f64>, Vec<f64>, Vec<f64>), Error> {
    for _ in 0..30 {
        let next: Vec<f64> = eta.iter().zip(&step).map(|(eta, step)| eta + step).collect();
        let g: Vec<f64> = to.x.iter().map(|x| curve(to, dot(x, &next)).0).collect();
        let misfit = gap(weight, to, &g);
        if misfit.iter().all(|gap| gap.is_finite()) {
            return Ok((next, g, misfit));
        }
        step.iter_mut().for_each(|step| *step /= 2.0);
    }
    Err(Error::Unsolvable("calibration runs away: the totals are far from the sample's".into()))
}

/// `T - sum d g x`.
fn gap(weight: &[f64], to: &Calibration, g: &[f64]) -> Vec<f64> {
    to.totals.iter().zip(cross(&to.x, weight, g)).map(|(total, sum)| total - sum).collect()
}

/// Whether every total is met.
fn met(to: &Calibration, misfit: &[f64]) -> bool {
    misfit.iter().zip(&to.totals).all(|(gap, total)| within(to, *gap, *total))
}

/// Whether one total is met.
fn within(to: &Calibration, gap: f64, total: f64) -> bool {
    gap.abs() <= to.epsilon * (1.0 + total.abs())
}

/// `F(u)` and its slope.
fn curve(to: &Calibration, u: f64) -> (f64, f64) {
    match (to.distance, to.bounds) {
        (Distance::Linear, None) => (1.0 + u, 1.0),
        (Distance::Linear, Some((low, high))) => ((1.0 + u).clamp(low, high), if 1.0 + u < low || 1.0 + u > high { 0.0 } else { 1.0 }),
        (Distance::Raking, None) => (u.exp(), u.exp()),
        (Distance::Raking, Some((low, high))) => (u.exp().clamp(low, high), if u.exp() < low || u.exp() > high { 0.0 } else { u.exp() }),
        (Distance::Logit, bounds) => {
            let (low, high) = bounds.unwrap_or((0.0, 2.0));
            let a = (high - low) / ((1.0 - low) * (high - 1.0));
            let e = (a * u).exp();
            let below = high - 1.0 + (1.0 - low) * e;
            let slope = e * a * (1.0 - low) * (high - 1.0) * (high - low) / (below * below);
            ((low * (high - 1.0) + high * (1.0 - low) * e) / below, slope)
        }
    }
}
