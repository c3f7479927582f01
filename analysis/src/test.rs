//! Tests of independence of two classifications of people.
//!
//! | test | R's name | choose it |
//! |---|---|---|
//! | [`Shares::rao_scott_f`] | `F` | unless something speaks for another |
//! | [`Shares::rao_scott_chi_square`] | `Chisq` | to agree with older tables |
//! | [`Shares::linear_combination`] | `lincom` | for the limit distribution itself, where effects differ much |
//! | [`Shares::saddlepoint`] | `saddlepoint` | to agree with R's number only |
//! | [`wald`] | `Wald`, `adjWald` | with many degrees of freedom for few cells |
//!
//! Pearson's statistic of the estimated table, `X2 = n sum (p_ij - p_i. p_.j)^2 / (p_i. p_.j)`, referred to what the design makes of
//! its distribution. With `V` the covariance of the shares, `P` the diagonal matrix of shares and `C` the interaction contrasts,
//! that is the distribution of `sum of d_k Z_k^2`, the `Z_k` independent standard normal and the `d_k` the eigenvalues of
//! `D = (C'P^-1 C / n)^-1 (C'P^-1 V P^-1 C)`, generalised design effects: all 1 in a simple random sample. Source: J. Rao and
//! A. Scott, *On chi-squared tests for multiway contingency tables with cell proportions estimated from survey data*, Annals of
//! Statistics 12 (1984).
//!
//! A difference of two groups needs no test of its own: its interval is [`crate::interval::mean`], its probability
//! [`crate::special::t_two_sided`].

use crate::matrix::{dot, product, symmetric_inverse, times, transpose};
use crate::special::{chi_square_upper, f_upper};

mod eigen;
mod quadratic;

/// A test's statistic, degrees of freedom (numerator, denominator; `NaN` where there are none) and probability.
///
/// ```
/// let found = kish_analysis::test::wald(&[0.0], &[vec![4.0]], 10.0, false);      // no gap at all
/// assert_eq!((found.statistic, found.ndf, found.ddf, found.p), (0.0, 1.0, 10.0, 1.0));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TestResult {
    /// The statistic, 0 or more.
    pub statistic: f64,
    /// Numerator degrees of freedom.
    pub ndf: f64,
    /// Denominator degrees of freedom.
    pub ddf: f64,
    /// Probability of a statistic as large, if rows and columns are independent; `NaN` where the statistic is.
    pub p: f64,
}

/// Estimated shares of an `r × c` table with their covariance matrix, cells in column order (`row + r column`).
///
/// The shares are means of one indicator a cell of the table, in the domain tested;
/// [`Sums::covariance`](crate::cells::Sums::covariance) gives their matrix. With an empty row or column every result is `NaN`.
///
/// ```
/// use kish_analysis::test::Shares;
///
/// // 100 people asked at random: V = (P - p p') / n, so every effect is 1 and all tests are Pearson's.
/// let shares = vec![0.4, 0.1, 0.1, 0.4];
/// let covariance = (0..4).map(|i| {
///     let own = |j: usize| if i == j { shares[i] } else { 0.0 };
///     (0..4).map(|j| (own(j) - shares[i] * shares[j]) / 100.0).collect()
/// });
/// let table = Shares { n_rows: 2, covariance: covariance.collect(), shares: shares.clone(), n: 100.0, df: 50.0 };
/// let first = table.rao_scott_chi_square();
/// // Margins are one half: 100 (4 0.15^2 / 0.25) = 36 on 1.
/// assert!((first.statistic - 36.0).abs() < 1e-9 && first.ndf == 1.0);
/// let second = table.rao_scott_f();
/// assert!((second.statistic - 36.0).abs() < 1e-9 && (second.ddf - 50.0).abs() < 1e-9);
/// assert!((table.linear_combination().p / second.p - 1.0).abs() < 1e-3);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Shares {
    /// Rows of the table, `r`, 2 or more; `c` follows from the number of shares.
    pub n_rows: usize,
    /// Share of every cell, `r c` of them; they add up to 1.
    pub shares: Vec<f64>,
    /// Their covariance matrix, `r c × r c`.
    pub covariance: Vec<Vec<f64>>,
    /// Rows of the sample: scales Pearson's statistic, not its probability.
    pub n: f64,
    /// Degrees of freedom of the design: PSUs less strata.
    pub df: f64,
}

/// Generalised design effects of a table, and Pearson's statistic.
#[derive(Debug, Clone, PartialEq)]
struct RaoScott {
    pearson: f64,
    effects: Vec<f64>,
}

impl Shares {
    /// Rao–Scott with Satterthwaite's degrees of freedom (R's `F`): `X2 / tr D` on `(tr D)^2 / tr D^2` and that times `df`.
    ///
    /// ```
    /// # use kish_analysis::test::Shares;
    /// # let shares = vec![0.4, 0.1, 0.1, 0.4];
    /// # let own = |i: usize, j: usize| if i == j { shares[i] } else { 0.0 };
    /// # let covariance = (0..4).map(|i| (0..4).map(|j| 2.0 * (own(i, j) - shares[i] * shares[j]) / 100.0).collect()).collect();
    /// # let table = Shares { n_rows: 2, covariance, shares: shares.clone(), n: 100.0, df: 50.0 };
    /// // X2 = 36 as in the example of `Shares`, but every variance is twice as large.
    /// let found = table.rao_scott_f();
    /// assert!((found.statistic - 36.0 / 2.0).abs() < 1e-9);
    /// assert!((found.ndf - 1.0).abs() < 1e-9 && (found.ddf - 50.0).abs() < 1e-7);
    /// ```
    #[must_use]
    pub fn rao_scott_f(&self) -> TestResult {
        let RaoScott { pearson, effects } = self.rao_scott();
        let trace: f64 = effects.iter().sum();
        let ndf = trace * trace / effects.iter().map(|effect| effect * effect).sum::<f64>();
        let (statistic, ddf) = (pearson / trace, ndf * self.df);
        TestResult { statistic, ndf, ddf, p: if statistic.is_nan() { f64::NAN } else { f_upper(statistic, ndf, ddf) } }
    }

    /// First-order Rao–Scott (R's `Chisq`): the statistic is Pearson's, the probability that of it over the mean effect,
    /// on `k = (r - 1) (c - 1)`. `ddf` is `NaN`.
    ///
    /// ```
    /// # use kish_analysis::test::Shares;
    /// # let shares = vec![0.4, 0.1, 0.1, 0.4];
    /// # let own = |i: usize, j: usize| if i == j { shares[i] } else { 0.0 };
    /// # let covariance = (0..4).map(|i| (0..4).map(|j| 2.0 * (own(i, j) - shares[i] * shares[j]) / 100.0).collect()).collect();
    /// # let table = Shares { n_rows: 2, covariance, shares: shares.clone(), n: 100.0, df: 50.0 };
    /// // X2 = 36 as in the example of `Shares`, but every variance is twice as large.
    /// let found = table.rao_scott_chi_square();
    /// assert!((found.statistic - 36.0).abs() < 1e-9);
    /// assert!((found.p / kish_analysis::special::chi_square_upper(36.0 / 2.0, 1.0) - 1.0).abs() < 1e-7);
    /// ```
    #[must_use]
    pub fn rao_scott_chi_square(&self) -> TestResult {
        let RaoScott { pearson, effects } = self.rao_scott();
        let k = effects.len() as f64;
        let p = chi_square_upper(pearson / (effects.iter().sum::<f64>() / k), k);
        TestResult { statistic: pearson, ndf: k, ddf: f64::NAN, p: if pearson.is_nan() { f64::NAN } else { p } }
    }

    /// The limit distribution itself: a sum of squares weighted by the effects over an independent chi-square, with the
    /// denominator degrees of freedom of [`Shares::rao_scott_f`]; its tail by Imhof's integral. `ndf` and `ddf` are `NaN`.
    /// To about 1e-13 for `df` up to 100 000; from a million on it is off, and `NaN` for infinite `df`.
    /// Source: J. Imhof, *Biometrika* 48 (1961).
    ///
    /// ```
    /// # use kish_analysis::test::Shares;
    /// # let shares = vec![0.4, 0.1, 0.1, 0.4];
    /// # let own = |i: usize, j: usize| if i == j { shares[i] } else { 0.0 };
    /// # let covariance = (0..4).map(|i| (0..4).map(|j| 2.0 * (own(i, j) - shares[i] * shares[j]) / 100.0).collect()).collect();
    /// # let table = Shares { n_rows: 2, covariance, shares: shares.clone(), n: 100.0, df: 50.0 };
    /// // X2 = 36 as in the example of `Shares`, but every variance is twice as large.
    /// // One effect of 2: 2 Z^2 over a chi-square of 50 over 50, at 36, is F on 1 and 50 at 36 / 2.
    /// let exact = kish_analysis::special::f_upper(18.0, 1.0, 50.0);
    /// assert!((table.linear_combination().p / exact - 1.0).abs() < 1e-6);
    /// ```
    #[must_use]
    pub fn linear_combination(&self) -> TestResult {
        self.limit(quadratic::upper)
    }

    /// The same by the saddlepoint: what R answers to `saddlepoint`, and to `lincom` where it lacks an exact method. An approximation:
    /// with a single effect (a 2 × 2 table) it is 3 % too large at a probability of 0.06 and 10 % at 3e-6 when there are 1000 degrees of
    /// freedom or more, and beyond use with a handful. Source: D. Kuonen, *Biometrika* 86 (1999).
    ///
    /// ```
    /// # use kish_analysis::test::Shares;
    /// # let shares = vec![0.4, 0.1, 0.1, 0.4];
    /// # let own = |i: usize, j: usize| if i == j { shares[i] } else { 0.0 };
    /// # let covariance = (0..4).map(|i| (0..4).map(|j| 2.0 * (own(i, j) - shares[i] * shares[j]) / 100.0).collect()).collect();
    /// # let table = Shares { n_rows: 2, covariance, shares: shares.clone(), n: 100.0, df: 50.0 };
    /// // X2 = 36 as in the example of `Shares`, but every variance is twice as large.
    /// let exact = kish_analysis::special::f_upper(18.0, 1.0, 50.0);
    /// let ratio = table.saddlepoint().p / exact;
    /// assert!(ratio > 1.2 && ratio < 1.3);      // a quarter too large
    /// ```
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
///
/// `y` has `k` entries, `covariance` is their `k × k` matrix `V`. Serves any hypothesis that linear functions of estimates are 0.
///
/// ```
/// use kish_analysis::test::wald;
///
/// // One gap of 3 with variance 4: t = 1.5 squared.
/// let found = wald(&[3.0], &[vec![4.0]], 10.0, false);
/// assert_eq!((found.statistic, found.ndf, found.ddf), (2.25, 1.0, 10.0));
/// assert!((found.p - kish_analysis::special::t_two_sided(1.5, 10.0)).abs() < 1e-12);
/// // Two of them: W = 4.5; adjusted 4.5 9 / (2 10) on 2 and 9.
/// let two = wald(&[3.0, 3.0], &[vec![4.0, 0.0], vec![0.0, 4.0]], 10.0, true);
/// assert!((two.statistic - 4.5 * 9.0 / 20.0).abs() < 1e-12 && two.ddf == 9.0);
/// ```
#[must_use]
pub fn wald(y: &[f64], covariance: &[Vec<f64>], df: f64, adjusted: bool) -> TestResult {
    let k = y.len() as f64;
    let w = dot(y, &times(&symmetric_inverse(covariance), y));
    let ddf = if adjusted { df - k + 1.0 } else { df };
    let statistic = if adjusted { w * ddf / (k * df) } else { w / k };
    TestResult { statistic, ndf: k, ddf, p: f_upper(statistic, k, ddf) }
}
