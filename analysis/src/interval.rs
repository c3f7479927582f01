//! Confidence intervals: of proportions by eight methods, of means and of totals.
//!
//! | interval of | function |
//! |---|---|
//! | a proportion or prevalence | [`Proportion::interval`] with [`Method::KornGraubard`] |
//! | the same, to agree with R's `svyciprop` | the [`Method`] of the same name; `KornGraubard` is R's `beta` with NCHS's caps |
//! | a mean, ratio, difference or other contrast | [`mean`] |
//! | a total or count | [`log_t`] |
//! | a quantile | [`crate::quantile`] |
//!
//! All take numbers, not data: the estimate, its standard error, degrees of freedom and counts. `level` lies between 0 and 1, as
//! 0.95. Below, `p` is the proportion, `V = se^2`, `a = 1 - level`, `t(d)` the quantile of Student's t with `d` degrees of
//! freedom at `1 - a/2`, and `q = t(df)`. With `df <= 0` an interval is `NaN` unless its method says otherwise.

use crate::special::{beta_quantile, normal_quantile, t_quantile};

mod likelihood;

/// How the interval of a proportion is made.
///
/// ```
/// use kish_analysis::interval::{Method, Proportion};
///
/// // As precise as 100 people asked at random: p (1 - p) / V = 0.25 / 0.0025.
/// let half = Proportion { p: 0.5, se: 0.05, df: f64::INFINITY, n: 100.0 };
/// let lower = |method| half.interval(method, 0.95).lower;
/// assert!((lower(Method::Mean) - (0.5 - 1.959_964 * 0.05)).abs() < 1e-7);
/// // Wilson: half-width 1.96/200 sqrt(100 + 1.96^2) / (1 + 1.96^2 / 100).
/// assert!((lower(Method::Wilson) - (0.5 - 0.096_17)).abs() < 1e-5);
/// assert!(lower(Method::KornGraubard) < lower(Method::Wilson));      // wider than Wilson's here
///
/// // Nobody of 30 said yes: only some methods have an answer.
/// let nobody = Proportion { p: 0.0, se: 0.0, df: 10.0, n: 30.0 };
/// assert!(nobody.interval(Method::Xlogit, 0.95).upper.is_nan());
/// let found = nobody.interval(Method::KornGraubard, 0.95);
/// assert_eq!(found.lower, 0.0);
/// assert!((found.upper - (1.0 - 0.025_f64.powf(1.0 / 30.0))).abs() < 1e-12);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Method {
    /// Korn–Graubard as NCHS publishes it. With `n* = p (1 - p) / V (t(n - 1) / t(df))^2`, at most `n`, the limits are the beta
    /// quantiles of Clopper and Pearson at a sample of `n*`: `Beta^-1(a/2; n* p, n* (1 - p) + 1)` and
    /// `Beta^-1(1 - a/2; n* p + 1, n* (1 - p))`. At 0 or 100 % `n* = n` and one end is 0 or 1. With `df <= 0` in between it is all of
    /// [0, 1]. Never `NaN` where there is a row.
    ///
    /// Source: E. Korn and B. Graubard, *Survey Methodology* 24 (1998); NCHS, *Data Presentation Standards for Proportions*,
    /// Series 2 No. 175 (2017).
    #[default]
    KornGraubard,
    /// R's `beta`: Korn–Graubard with the effective size not capped and counted from all rows of the domain. `NaN` at 0
    /// and 100 % (and with a standard error of 0), as in R.
    Beta,
    /// Wilson's score interval with the effective size `n = p (1 - p) / V`: centre `(p + q^2/2n) / (1 + q^2/n)`, half-width
    /// `q/2n sqrt(4 n p (1 - p) + q^2) / (1 + q^2/n)`. At 0 or 100 % `n` is the unweighted count. With `df <= 0` it is [0, 1].
    Wilson,
    /// On the log-odds: `ln(p / (1 - p)) ± q se / (p (1 - p))`, back-transformed. `NaN` at 0 and 100 %.
    Xlogit,
    /// The same interval from the intercept of a logistic model (R's `logit`), equal to [`Method::Xlogit`] to 1e-8.
    Logit,
    /// On the angle: `asin sqrt p ± q se / (2 sqrt(p (1 - p)))`, back by `sin^2`. `NaN` at 0 and 100 %.
    Asin,
    /// Where the likelihood-ratio statistic, scaled by the design effect and R's dispersion `n / (n - 1)`, stays below `q^2`.
    /// `NaN` at 0 and 100 %. Source: J. Rao and A. Scott, Annals of Statistics 12 (1984).
    Likelihood,
    /// `p ± q se`: symmetric, may leave [0, 1]. For comparison only.
    Mean,
}

/// A confidence interval, in units of the estimate. `NaN` at both ends where a method has no answer.
///
/// ```
/// use kish_analysis::interval::Interval;
///
/// assert_eq!(Interval { lower: 0.25, upper: 0.75 }.width(), 0.5);
/// assert!(Interval::UNKNOWN.width().is_nan());
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Lower limit.
    pub lower: f64,
    /// Upper limit.
    pub upper: f64,
}

impl Interval {
    /// Neither end known: `NaN` twice.
    pub const UNKNOWN: Self = Self { lower: f64::NAN, upper: f64::NAN };

    /// `centre ± half`.
    fn around(centre: f64, half: f64) -> Self {
        Self { lower: centre - half, upper: centre + half }
    }

    /// Both ends through a rising function.
    fn map(self, back: impl Fn(f64) -> f64) -> Self {
        Self { lower: back(self.lower), upper: back(self.upper) }
    }

    /// Upper less lower limit.
    #[must_use]
    pub fn width(self) -> f64 {
        self.upper - self.lower
    }
}

/// A proportion as an interval needs it.
///
/// ```
/// use kish_analysis::interval::Proportion;
///
/// let p = Proportion { p: 0.2, se: 0.04, df: f64::INFINITY, n: 60.0 };
/// assert!((p.n_eff() - 0.16 / 0.0016).abs() < 1e-9);      // as precise as 100 asked at random,
/// assert_eq!(p.n_eff_capped(0.95), 60.0);                 // of whom NCHS counts the 60 there are
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Proportion {
    /// The estimate, 0 to 1.
    pub p: f64,
    /// Its standard error.
    pub se: f64,
    /// Degrees of freedom; infinite = normal quantiles. [`Estimate::df`](crate::estimate::Estimate::df) has them.
    pub df: f64,
    /// Unweighted rows, a whole number: with a value for NCHS, all of the domain for R's `beta`.
    pub n: f64,
}

impl Proportion {
    /// The interval at a level such as 0.95, by a [`Method`].
    ///
    /// ```
    /// use kish_analysis::interval::{Method, Proportion};
    ///
    /// // Everybody of two: the lower limit solves p^2 = 0.025.
    /// let all = Proportion { p: 1.0, se: 0.0, df: 1.0, n: 2.0 };
    /// let found = all.interval(Method::KornGraubard, 0.95);
    /// assert!((found.lower - 0.025_f64.sqrt()).abs() < 1e-12 && found.upper == 1.0);
    /// ```
    #[must_use]
    pub fn interval(&self, method: Method, level: f64) -> Interval {
        match method {
            Method::KornGraubard => self.korn_graubard(level),
            Method::Beta => self.clopper_pearson(self.n_eff_adjusted(level), level),
            Method::Wilson => self.wilson(level),
            Method::Xlogit | Method::Logit => self.log_odds(level),
            Method::Asin => self.angle(level),
            Method::Likelihood => self.likelihood(1.0, level),
            Method::Mean => mean(self.p, self.se, self.df, level),
        }
    }

    /// [`Method::Likelihood`] of weights whose rows with a value weigh `dispersion` times as much as rows do on average. R
    /// scales weights before it drops missing values, and this is the trace that leaves; 1 where nothing is missing.
    ///
    /// ```
    /// use kish_analysis::interval::{Method, Proportion};
    ///
    /// let p = Proportion { p: 0.3, se: 0.05, df: 20.0, n: 90.0 };
    /// assert_eq!(p.likelihood(1.0, 0.95), p.interval(Method::Likelihood, 0.95));
    /// ```
    #[must_use]
    pub fn likelihood(&self, dispersion: f64, level: f64) -> Interval {
        likelihood::interval(self.p, self.n_eff(), self.q(level), self.n, dispersion)
    }

    /// Effective sample size `p (1 - p) / V`; `NaN` at 0 and 100 % (where `V` is 0), infinite where `V` alone is 0.
    ///
    /// ```
    /// let half = kish_analysis::interval::Proportion { p: 0.5, se: 0.1, df: 8.0, n: 60.0 };
    /// assert!((half.n_eff() - 25.0).abs() < 1e-9);      // 0.25 / 0.01
    /// ```
    #[must_use]
    pub fn n_eff(&self) -> f64 {
        self.p * (1.0 - self.p) / (self.se * self.se)
    }

    /// NCHS effective size: adjusted for degrees of freedom, at most `n`; `n` at 0 or 100 %; 0 when there are no degrees of freedom,
    /// of which a standard error of 0 says nothing; `n` with some and a standard error of 0.
    ///
    /// ```
    /// use kish_analysis::interval::Proportion;
    /// use kish_analysis::special::t_quantile;
    ///
    /// let half = Proportion { p: 0.5, se: 0.1, df: 8.0, n: 60.0 };
    /// let ratio = t_quantile(0.975, 59.0) / t_quantile(0.975, 8.0);      // 2.001 / 2.306
    /// assert!((half.n_eff_capped(0.95) - 25.0 * ratio * ratio).abs() < 1e-9);
    /// assert_eq!(Proportion { se: 0.01, ..half }.n_eff_capped(0.95), 60.0);
    /// assert_eq!(Proportion { df: 0.0, ..half }.n_eff_capped(0.95), 0.0);
    /// assert_eq!(Proportion { df: 0.0, se: 0.0, ..half }.n_eff_capped(0.95), 0.0);
    /// assert_eq!(Proportion { df: 0.0, p: 0.0, ..half }.n_eff_capped(0.95), 60.0);
    /// ```
    #[must_use]
    pub fn n_eff_capped(&self, level: f64) -> f64 {
        if self.is_all_or_none() {
            return self.n;
        }
        if self.df <= 0.0 {
            return 0.0;
        }
        if self.se == 0.0 { self.n } else { self.n_eff_adjusted(level).min(self.n) }
    }

    fn is_all_or_none(&self) -> bool {
        self.p <= 0.0 || self.p >= 1.0
    }

    /// 0 or 100 %, or no spread at all.
    fn is_degenerate(&self) -> bool {
        self.is_all_or_none() || self.se == 0.0
    }

    /// `n* = p (1 - p) / V (t(n - 1) / t(df))^2`.
    fn n_eff_adjusted(&self, level: f64) -> f64 {
        let ratio = t_quantile(upper(level), self.n - 1.0) / self.q(level);
        self.n_eff() * ratio * ratio
    }

    /// Quantile of Student's t.
    fn q(&self, level: f64) -> f64 {
        t_quantile(upper(level), self.df)
    }

    fn korn_graubard(&self, level: f64) -> Interval {
        self.clopper_pearson(self.n_eff_capped(level), level)
    }

    /// Clopper–Pearson limits at a real sample size `n`: `Beta^-1(a/2; n p, n (1 - p) + 1)` and
    /// `Beta^-1(1 - a/2; n p + 1, n (1 - p))`.
    fn clopper_pearson(&self, n: f64, level: f64) -> Interval {
        let (yes, no) = (n * self.p, n * (1.0 - self.p));
        Interval { lower: beta_quantile(1.0 - upper(level), yes, no + 1.0), upper: beta_quantile(upper(level), yes + 1.0, no) }
    }

    /// Centre `(p + q^2/2n) / (1 + q^2/n)`, half-width `q/2n sqrt(4 n p (1 - p) + q^2) / (1 + q^2/n)`, `n = n_eff`.
    fn wilson(&self, level: f64) -> Interval {
        let n = if self.is_degenerate() { self.n } else { self.n_eff() };
        let q = if self.df > 0.0 {
            self.q(level)
        } else {
            return Interval { lower: 0.0, upper: 1.0 };
        };
        let scale = 1.0 + q * q / n;
        let half = q / (2.0 * n) * (4.0 * n * self.p * (1.0 - self.p) + q * q).sqrt() / scale;
        let centre = (self.p + q * q / (2.0 * n)) / scale;
        let Interval { lower, upper } = Interval::around(centre, half);
        // Rounding may carry a limit past the estimate at 0 and 100 %.
        Interval { lower: lower.clamp(0.0, self.p.max(0.0)), upper: upper.clamp(self.p.min(1.0), 1.0) }
    }

    /// `logit p ± q se / (p (1 - p))`, back.
    fn log_odds(&self, level: f64) -> Interval {
        let spread = self.p * (1.0 - self.p);
        Interval::around((self.p / (1.0 - self.p)).ln(), self.q(level) * self.se / spread).map(|x| 1.0 / (1.0 + (-x).exp()))
    }

    /// `sin^2(asin sqrt p ± q se / (2 sqrt(p (1 - p))))`.
    fn angle(&self, level: f64) -> Interval {
        let spread = 2.0 * (self.p * (1.0 - self.p)).sqrt();
        Interval::around(self.p.sqrt().asin(), self.q(level) * self.se / spread).map(|x| x.sin() * x.sin())
    }
}

/// The probability below the upper limit of a two-sided interval.
fn upper(level: f64) -> f64 {
    1.0 - (1.0 - level) / 2.0
}

/// `estimate ± q se`, for means, ratios, contrasts. With infinite `df` the normal quantile; `NaN` with `df <= 0`.
///
/// ```
/// use kish_analysis::interval::mean;
///
/// // With one degree of freedom t is Cauchy's: the quantile of a 50 % interval is tan(pi / 4) = 1.
/// let found = mean(10.0, 2.0, 1.0, 0.5);
/// assert!((found.lower - 8.0).abs() < 1e-12 && (found.upper - 12.0).abs() < 1e-12);
/// ```
#[must_use]
pub fn mean(estimate: f64, se: f64, df: f64, level: f64) -> Interval {
    let q = if df.is_infinite() { normal_quantile(upper(level)) } else { t_quantile(upper(level), df) };
    Interval::around(estimate, q * se)
}

/// `exp(ln total ± q se / total)`, for totals and counts, which cannot be negative. `NaN` for a total of 0 or less.
///
/// ```
/// let found = kish_analysis::interval::log_t(1000.0, 200.0, f64::INFINITY, 0.95);
/// assert!((found.upper - 1000.0 * (1.959_964 * 0.2_f64).exp()).abs() < 1e-3);
/// assert!((found.lower * found.upper - 1e6).abs() < 1e-6);      // as many times below as above
/// ```
///
/// Source: NCHS, *Data Presentation Standards for Rates and Counts*, Series 2 No. 200 (2023).
#[must_use]
pub fn log_t(total: f64, se: f64, df: f64, level: f64) -> Interval {
    Interval::around(total.ln(), t_quantile(upper(level), df) * se / total).map(f64::exp)
}
