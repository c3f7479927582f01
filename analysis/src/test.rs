//! Tests of independence of two classifications of people.
//!
//! Pearson's statistic of the estimated table, referred to what the design makes of its distribution. Source: J. Rao and
//! A. Scott, *On chi-squared tests for multiway contingency tables*, Annals of Statistics 12 (1984).

use crate::matrix::{dot, product, symmetric_inverse, times, transpose};
use crate::special::{chi_square_upper, f_upper};

mod eigen;
mod quadratic;

/// A test's statistic, degrees of freedom (numerator, denominator; `NaN` where there are none) and probability.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TestResult {
    /// The statistic.
    pub statistic: f64,
    /// Numerator degrees of freedom.
    pub ndf: f64,
    /// Denominator degrees of freedom.
    pub ddf: f64,
    /// Probability of a statistic as large, if rows and columns are independent.
    pub p: f64,
}

/// Estimated shares of an `r × c` table with their covariance matrix, cells in column order (`row + r column`).
#[derive(Debug, Clone, PartialEq)]
pub struct Shares {
    /// Rows of the table.
    pub n_rows: usize,
    /// Share of every cell; they add up to 1.
    pub shares: Vec<f64>,
    /// Their covariance matrix.
    pub covariance: Vec<Vec<f64>>,
    /// Rows of the sample: scales Pearson's statistic, not its probability.
    pub n: f64,
    /// Degrees of freedom of the design.
    pub df: f64,
}

/// Generalised design effects of a table, and Pearson's statistic.
#[derive(Debug, Clone, PartialEq)]
struct RaoScott {
    pearson: f64,
    effects: Vec<f64>,
}

impl Shares {
    /// Rao–Scott with Satterthwaite's degrees of freedom (R's `F`): `X2 / tr D` on `tr^2 / tr D^2` and that times `df`.
    #[must_use]
    pub fn rao_scott_f(&self) -> TestResult {
        let RaoScott { pearson, effects } = self.rao_scott();
        let trace: f64 = effects.iter().sum();
        let ndf = trace * trace / effects.iter().map(|effect| effect * effect).sum::<f64>();
        let (statistic, ddf) = (pearson / trace, ndf * self.df);
        TestResult { statistic, ndf, ddf, p: if statistic.is_nan() { f64::NAN } else { f_upper(statistic, ndf, ddf) } }
    }

    /// First-order Rao–Scott (R's `Chisq`): the statistic is Pearson's, the probability that of it over the mean effect.
    #[must_use]
    pub fn rao_scott_chi_square(&self) -> TestResult {
        let RaoScott { pearson, effects } = self.rao_scott();
        let k = effects.len() as f64;
        let p = chi_square_upper(pearson / (effects.iter().sum::<f64>() / k), k);
        TestResult { statistic: pearson, ndf: k, ddf: f64::NAN, p: if pearson.is_nan() { f64::NAN } else { p } }
    }

    /// The limit distribution itself: a sum of squares weighted by the effects over an independent chi-square, with the
    /// denominator degrees of freedom of [`Shares::rao_scott_f`]; its tail by Imhof's integral.
    #[must_use]
    pub fn linear_combination(&self) -> TestResult {
        self.limit(quadratic::upper)
    }

    /// The same by the saddlepoint: what R answers to `saddlepoint`, and to `lincom` where it lacks an exact method.
    #[must_use]
    pub fn saddlepoint(&self) -> TestResult {
        self.limit(quadratic::saddlepoint)
    }

    /// Pearson's statistic with its tail by either method.
    fn limit(&self, tail: fn(&[f64], f64, f64) -> f64) -> TestResult {
        let RaoScott { pearson, effects } = self.rao_scott();
        let trace: f64 = effects.iter().sum();
        let ndf = trace * trace / effects.iter().map(|effect| effect * effect).sum::<f64>();
        let p = tail(&effects, pearson, ndf * self.df);
        TestResult { statistic: pearson, ndf: f64::NAN, ddf: f64::NAN, p }
    }

    /// Pearson's statistic and the eigenvalues of `D = (C'P^-1 C / n)^-1 (C'P^-1 V P^-1 C)`, `C` the interaction contrasts,
    /// `P` the diagonal of shares.
    fn rao_scott(&self) -> RaoScott {
        let (r, c) = (self.n_rows, self.shares.len() / self.n_rows);
        let inverse = |share: &f64| if *share == 0.0 { 0.0 } else { 1.0 / share };
        let scaled: Vec<Vec<f64>> = contrasts(r, c)
            .iter()
            .map(|contrast| contrast.iter().zip(&self.shares).map(|(x, share)| x * inverse(share)).collect())
            .collect();
        let plain = contrasts(r, c);
        let simple: Vec<Vec<f64>> = scaled.iter().map(|a| plain.iter().map(|b| dot(a, b) / self.n).collect()).collect();
        let design = product(&product(&scaled, &self.covariance), &transpose(&scaled));
        RaoScott { pearson: self.pearson(r, c), effects: eigen::relative(&design, &simple) }
    }

    /// `n sum (p_ij - p_i. p_.j)^2 / (p_i. p_.j)`; `NaN` with an empty row or column, as in R.
    fn pearson(&self, r: usize, c: usize) -> f64 {
        let row = |i: usize| (0..c).map(|j| self.shares[i + r * j]).sum::<f64>();
        let column = |j: usize| (0..r).map(|i| self.shares[i + r * j]).sum::<f64>();
        let cell = |i: usize, j: usize| (self.shares[i + r * j] - row(i) * column(j)).powi(2) / (row(i) * column(j));
        self.n * (0..r).flat_map(|i| (0..c).map(move |j| (i, j))).map(|(i, j)| cell(i, j)).sum::<f64>()
    }
}

/// Interaction contrasts of an `r × c` table, orthogonal to both margins: `(1[i = a] - 1/r)(1[j = b] - 1/c)`.
fn contrasts(r: usize, c: usize) -> Vec<Vec<f64>> {
    let centred = |hit: bool, n: usize| f64::from(u8::from(hit)) - 1.0 / n as f64;
    let one = |a: usize, b: usize| (0..c).flat_map(|j| (0..r).map(move |i| centred(i == a, r) * centred(j == b, c))).collect();
    (1..c).flat_map(|b| (1..r).map(move |a| (a, b))).map(|(a, b)| one(a, b)).collect()
}

/// Wald's test that the gaps `y` (observed less expected counts, all but the last row and column) are 0: `W = y'V^-1 y`,
/// `W / k` on `k` and `df`; `adjusted` as R's `adjWald`: `W (df - k + 1) / (k df)` on `k` and `df - k + 1`.
#[must_use]
pub fn wald(y: &[f64], covariance: &[Vec<f64>], df: f64, adjusted: bool) -> TestResult {
    let k = y.len() as f64;
    let w = dot(y, &times(&symmetric_inverse(covariance), y));
    let ddf = if adjusted { df - k + 1.0 } else { df };
    let statistic = if adjusted { w * ddf / (k * df) } else { w / k };
    TestResult { statistic, ndf: k, ddf, p: f_upper(statistic, k, ddf) }
}
