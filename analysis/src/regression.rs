//! Regression on a complex sample: pseudo-maximum likelihood, with the scores left for the table to take variances of.
//!
//! `beta` solves `sum w x (y - mu) mu' / V(mu) = 0`; its variance is `A^-1 V(sum of scores) A^-1`,
//! `A = sum w x x' mu'^2 / V(mu)`. Source: D. Binder, *On the variances of asymptotically normal estimators from complex
//! surveys*, International Statistical Review 51 (1983).

use crate::error::{Error, same_length};
use crate::matrix::{cross, dot, gram, product, symmetric_inverse, times};

/// Distribution and link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Normal, identity.
    Gaussian,
    /// Binomial, logit.
    Binomial,
    /// Poisson, log: with a 0/1 outcome the coefficients are log prevalence ratios.
    Poisson,
}

/// A fitted model.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// Coefficients; 0 for a term that is a combination of earlier ones.
    pub beta: Vec<f64>,
    /// `scores[j][row]`: the row's part of the score of coefficient `j`, without its weight.
    pub scores: Vec<Vec<f64>>,
    /// `A^-1`.
    pub inverse_information: Vec<Vec<f64>>,
}

/// Fit by iteratively reweighted least squares, until the deviance changes by less than 1e-12 of itself. `x[row][j]` holds the intercept too; rows with weight 0 do not count.
///
/// # Errors
/// Lengths that differ; no convergence in 100 steps (a term that separates the outcome perfectly).
pub fn fit(x: &[Vec<f64>], y: &[f64], weight: &[f64], family: Family) -> Result<Fit, Error> {
    same_length("model rows", y.len(), x.len())?;
    same_length("model weights", y.len(), weight.len())?;
    let scale = weight.iter().filter(|w| **w != 0.0).count() as f64 / weight.iter().sum::<f64>();
    let mut eta: Vec<f64> = y.iter().zip(weight).map(|(y, w)| start(*y, scale * w, family)).collect();
    let mut last = f64::INFINITY;
    for _ in 0..100 {
        let (mut working, mut response) = (vec![0.0; y.len()], vec![0.0; y.len()]);
        for row in (0..y.len()).filter(|row| weight[*row] != 0.0) {
            let (mu, slope, variance) = mean(eta[row], family);
            working[row] = weight[row] * slope * slope / variance;
            response[row] = eta[row] + (y[row] - mu) / slope;
        }
        let inverse = symmetric_inverse(&gram(x, &working));
        let beta = times(&inverse, &cross(x, &working, &response));
        if beta.iter().any(|beta| !beta.is_finite() || beta.abs() > 1e8) {
            break;
        }
        eta = x.iter().map(|x| dot(x, &beta)).collect();
        let parts = (0..y.len()).filter(|row| weight[*row] != 0.0);
        let deviance = parts.map(|row| scale * weight[row] * deviance(y[row], eta[row], family)).sum::<f64>();
        if (deviance - last).abs() < 1e-12 * (0.1 + deviance.abs()) {
            return Ok(finish(x, y, weight, family, beta, inverse, &working));
        }
        last = deviance;
    }
    Err(Error::Unsolvable("the model does not converge: does a term separate the outcome perfectly?".into()))
}

/// Scores at the solution. Information and working weights are those of the last step, as R keeps them.
fn finish(
    x: &[Vec<f64>],
    y: &[f64],
    weight: &[f64],
    family: Family,
    beta: Vec<f64>,
    inverse_information: Vec<Vec<f64>>,
    working: &[f64],
) -> Fit {
    let mut scores = vec![vec![0.0; y.len()]; beta.len()];
    for row in (0..y.len()).filter(|row| weight[*row] != 0.0) {
        let (mu, slope, _) = mean(dot(&x[row], &beta), family);
        for (score, x) in scores.iter_mut().zip(&x[row]) {
            score[row] = x * (y[row] - mu) / slope * working[row] / weight[row];
        }
    }
    Fit { beta, scores, inverse_information }
}

/// One row's part of the deviance.
fn deviance(y: f64, eta: f64, family: Family) -> f64 {
    let (mu, _, _) = mean(eta, family);
    let log_ratio = |y: f64, mu: f64| if y == 0.0 { 0.0 } else { y * (y / mu).ln() };
    match family {
        Family::Gaussian => (y - mu) * (y - mu),
        Family::Binomial => 2.0 * (log_ratio(y, mu) + log_ratio(1.0 - y, 1.0 - mu)),
        Family::Poisson => 2.0 * (log_ratio(y, mu) - (y - mu)),
    }
}

impl Fit {
    /// Covariance matrix of the coefficients from that of the total scores: `A^-1 V A^-1`.
    #[must_use]
    pub fn covariance(&self, of_scores: &[Vec<f64>]) -> Vec<Vec<f64>> {
        product(&product(&self.inverse_information, of_scores), &self.inverse_information)
    }
}

/// A first linear predictor, off the edges of the family's range (as R starts).
fn start(y: f64, w: f64, family: Family) -> f64 {
    match family {
        Family::Gaussian => y,
        Family::Binomial => {
            let mu = (w * y + 0.5) / (w + 1.0);
            (mu / (1.0 - mu)).ln()
        }
        Family::Poisson => (y + 0.1).ln(),
    }
}

/// Mean, its slope and its variance function at a linear predictor.
fn mean(eta: f64, family: Family) -> (f64, f64, f64) {
    match family {
        Family::Gaussian => (eta, 1.0, 1.0),
        Family::Binomial => {
            let mu = 1.0 / (1.0 + (-eta).exp());
            let variance = (mu * (1.0 - mu)).max(1e-300);
            (mu, variance, variance)
        }
        Family::Poisson => {
            let mu = eta.exp().max(1e-300);
            (mu, mu, mu)
        }
    }
}
