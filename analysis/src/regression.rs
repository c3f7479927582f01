//! Regression on a complex sample: pseudo-maximum likelihood, with the scores left for the table to take variances of.
//!
//! `beta` solves `sum w x (y - mu) mu' / V(mu) = 0`; its variance is `A^-1 V(sum of scores) A^-1`,
//! `A = sum w x x' mu'^2 / V(mu)`. Source: D. Binder, *On the variances of asymptotically normal estimators from complex
//! surveys*, International Statistical Review 51 (1983).
//!
//! The way from a model to its standard errors: [`fit`], the scores as real variables of a [`Columns`](crate::columns::Columns),
//! their totals' covariance by [`Sums::covariance`](crate::cells::Sums::covariance), [`Fit::covariance`]. Residual degrees of freedom
//! are PSUs less strata, plus 1, less the number of coefficients.
//!
//! ```
//! use kish_analysis::{cells::Sums, columns::Columns, design::{Design, OneStage}};
//! use kish_analysis::estimate::{Domain, Measure};
//! use kish_analysis::regression::{Family, fit};
//!
//! let (y, weight) = ([1.0, 2.0, 3.0, 4.0], [1.0; 4]);
//! let model = fit(&vec![vec![1.0]; 4], &y, &weight, Family::Gaussian)?;      // an intercept alone: the mean
//! let given = OneStage { stratum_of_psu: &[0; 4], psu_of_row: &[0, 1, 2, 3], weight: &weight, ..OneStage::default() };
//! let design = Design::one_stage(&given)?;
//! let mut columns = Columns::new(4);
//! let score = columns.real_around(&model.scores[0], 0.0)?;
//! let sums = Sums::reduce(&design, &columns, &[0; 4], 1)?;
//! let of_scores = sums.covariance(&[sums.linearise(&Domain::all(1), Measure::Total(score))?]);
//! // Residuals -1.5, -0.5, 0.5, 1.5: 4/3 of 5, over 4 squared.
//! assert!((model.beta[0] - 2.5).abs() < 1e-12);
//! assert!((model.covariance(&of_scores)[0][0] - 4.0 / 3.0 * 5.0 / 16.0).abs() < 1e-12);
//! # Ok::<(), kish_analysis::Error>(())
//! ```

use crate::error::{Error, same_length};
use crate::matrix::{cross, dot, gram, product, symmetric_inverse, times};

/// Distribution and link.
///
/// ```
/// use kish_analysis::regression::{Family, fit};
///
/// // Prevalence 1/4 in one group and 2/4 in the other: a ratio of 2 and an odds ratio of 3.
/// let x: Vec<Vec<f64>> = (0..8).map(|row| vec![1.0, if row < 4 { 0.0 } else { 1.0 }]).collect();
/// let y = [1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0];
/// let slope = |family| Ok::<_, kish_analysis::Error>(fit(&x, &y, &[1.0; 8], family)?.beta[1]);
/// assert!((slope(Family::Gaussian)? - 0.25).abs() < 1e-9);
/// assert!((slope(Family::Poisson)? - 2.0_f64.ln()).abs() < 1e-9);
/// assert!((slope(Family::Binomial)? - 3.0_f64.ln()).abs() < 1e-9);
/// # Ok::<(), kish_analysis::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Normal, identity: coefficients in units of the outcome; with a 0/1 outcome, differences of prevalence.
    Gaussian,
    /// Binomial, logit: coefficients are log odds ratios; the outcome lies between 0 and 1.
    Binomial,
    /// Poisson, log: with a 0/1 outcome the coefficients are log prevalence ratios; the outcome is not negative.
    Poisson,
}

/// A fitted model of `p` coefficients.
///
/// ```
/// use kish_analysis::regression::{Family, fit};
///
/// let model = fit(&vec![vec![1.0]; 2], &[1.0, 5.0], &[3.0, 1.0], Family::Gaussian)?;
/// assert!((model.beta[0] - 8.0 / 4.0).abs() < 1e-12);
/// assert!((model.scores[0][1] - 3.0).abs() < 1e-12);                   // 5 - 2
/// assert!((model.inverse_information[0][0] - 1.0 / 4.0).abs() < 1e-12);
/// # Ok::<(), kish_analysis::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// Coefficients, by `j` of `x[row][j]`; 0 for a term that is a combination of earlier ones.
    pub beta: Vec<f64>,
    /// `scores[j][row]`: the row's part of the score of coefficient `j`, `x (y - mu) mu' / V(mu)`, without its weight; 0 for a row of
    /// weight 0. Weighted, they add up to about 0.
    pub scores: Vec<Vec<f64>>,
    /// `A^-1`, `p × p`; zeros in the row and column of a term that was left out.
    pub inverse_information: Vec<Vec<f64>>,
}

/// Fit by iteratively reweighted least squares, until the deviance changes by less than 1e-12 of itself. `x[row][j]` holds the
/// intercept too, `y` and `weight` go by row; rows with weight 0 do not count, which is how missing rows and other domains are left
/// out.
///
/// # Errors
/// [`Error::Length`] for lengths that differ; [`Error::Unsolvable`] without convergence in 100 steps (a term that separates the
/// outcome perfectly).
///
/// ```
/// use kish_analysis::regression::{Family, fit};
///
/// // Three of four said yes.
/// let intercept = vec![vec![1.0]; 4];
/// let beta = |family| Ok::<_, kish_analysis::Error>(fit(&intercept, &[1.0, 1.0, 1.0, 0.0], &[1.0; 4], family)?.beta[0]);
/// assert!((beta(Family::Gaussian)? - 0.75).abs() < 1e-9);
/// assert!((beta(Family::Binomial)? - 3.0_f64.ln()).abs() < 1e-9);
/// assert!((beta(Family::Poisson)? - 0.75_f64.ln()).abs() < 1e-9);
/// # Ok::<(), kish_analysis::Error>(())
/// ```
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
    /// Covariance matrix of the coefficients, `p × p`, from that of the total scores `V`, `p × p`: `A^-1 V A^-1`.
    ///
    /// ```
    /// use kish_analysis::regression::{Family, fit};
    ///
    /// let model = fit(&vec![vec![1.0]; 4], &[1.0, 2.0, 3.0, 4.0], &[1.0; 4], Family::Gaussian)?;      // A = 4
    /// assert!((model.covariance(&[vec![8.0]])[0][0] - 8.0 / 16.0).abs() < 1e-12);
    /// # Ok::<(), kish_analysis::Error>(())
    /// ```
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
