//! May this number be presented? Published presentation standards, as data.
//!
//! A [`Standard`] is an ordered list of [`Rule`]s. The first rule whose [`Test`] holds and whose [`Outcome`] decides
//! ends the reading; footnotes are collected on the way. Disclosure is another question: see [`crate::disclosure`].
//!
//! | the number, the house | standard |
//! |---|---|
//! | a proportion, unless the office has rules of its own | [`NCHS`] |
//! | a count or rate | [`NCHS_COUNTS`] |
//! | a DHS or MICS report | [`DHS`] |
//! | an office's own rules | [`STATCAN`], [`ABS`], [`EUROSTAT`], [`INE_CHILE`], [`ECLAC`] |
//!
//! Proportions in the rules are between 0 and 1, and so are widths and coefficients of variation: 130 % is 1.3.

mod standards;
pub use standards::{ABS, DHS, ECLAC, EUROSTAT, INE_CHILE, NCHS, NCHS_COUNTS, STATCAN};

/// The numbers a standard looks at. One that is not known may be `NaN`: comparisons with it fail.
///
/// ```
/// use kish_analysis::reliability::{Facts, Test};
///
/// let facts = Facts { estimate: 0.3, se: 0.02, lower: 0.26, upper: 0.34, n: 500.0, n_eff: 400.0, events: 150.0, df: 30.0, deff: 1.2 };
/// assert!(Test::NBelow(501.0).holds(&facts) && !Test::NBelow(500.0).holds(&facts));
/// assert!(!Test::DfBelow(8.0).holds(&Facts { df: f64::NAN, ..facts }));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Facts {
    /// The estimate; for a proportion between 0 and 1.
    pub estimate: f64,
    /// Its standard error, in the same units.
    pub se: f64,
    /// Lower limit of the confidence interval (Korn–Graubard for NCHS).
    pub lower: f64,
    /// Upper limit.
    pub upper: f64,
    /// Unweighted rows with a value.
    pub n: f64,
    /// Effective sample size (capped for NCHS: [`Proportion::n_eff_capped`](crate::interval::Proportion::n_eff_capped)).
    pub n_eff: f64,
    /// Unweighted rows with the event.
    pub events: f64,
    /// Degrees of freedom over rows with a value.
    pub df: f64,
    /// Design effect, [`Estimate::deff`](crate::estimate::Estimate::deff).
    pub deff: f64,
}

/// A comparison on the [`Facts`]. A threshold is a number of the fact's own units.
///
/// ```
/// use kish_analysis::reliability::{Facts, Test};
///
/// let facts = Facts { estimate: 0.1, se: 0.02, lower: 0.06, upper: 0.16, n: 200.0, n_eff: 150.0, events: 20.0, df: 12.0, deff: 1.4 };
/// assert!(Test::CvAbove(0.15).holds(&facts));                   // 0.02 / 0.1 = 20 %
/// assert!(!Test::RelativeWidthAbove(1.3).holds(&facts));        // 0.1 / 0.1 = 100 %
/// assert!(!Test::CvAbove(0.15).holds(&Facts { se: f64::NAN, ..facts }));
/// assert!(Test::WidthUnknown.holds(&Facts { lower: f64::NAN, ..facts }) && !Test::WidthUnknown.holds(&facts));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Test {
    /// `n < x`.
    NBelow(f64),
    /// `n_eff < x`.
    NEffBelow(f64),
    /// `events < x`.
    EventsBelow(f64),
    /// `df < x`.
    DfBelow(f64),
    /// `deff < x`.
    DeffBelow(f64),
    /// No row or every row has the event.
    NoneOrAll,
    /// `upper - lower >= x`.
    WidthAtLeast(f64),
    /// `upper - lower <= x`.
    WidthAtMost(f64),
    /// `upper - lower` is `NaN`. Not of an estimate of 0 with degrees of freedom: its logarithm has no limits.
    WidthUnknown,
    /// `(upper - lower) / estimate > x`.
    RelativeWidthAbove(f64),
    /// `(upper - lower) / (1 - estimate) > x`: the same of the proportion that said no.
    ComplementWidthAbove(f64),
    /// `se / estimate > x`: the coefficient of variation, or relative standard error.
    CvAbove(f64),
    /// `CV of ln p > x`: `se / p / -ln p` below one half, `se / p / -ln (1 - p)` above.
    LogCvAbove(f64),
    /// `se > q^(2/3) / 9`, `q` the smaller of the proportion and its complement.
    SeAboveCurve,
    /// Always.
    Always,
}

impl Test {
    /// Whether the facts pass. Comparisons with a `NaN` fail.
    ///
    /// ```
    /// use kish_analysis::reliability::{Facts, Test};
    ///
    /// let facts = Facts { estimate: 0.3, se: 0.02, lower: 0.26, upper: 0.34, n: 500.0, n_eff: 400.0, events: 150.0, df: 30.0, deff: 1.2 };
    /// assert!(Test::WidthAtMost(0.1).holds(&facts));                    // 0.34 - 0.26
    /// assert!(!Test::LogCvAbove(0.1).holds(&facts));                    // 0.02 / 0.3 / -ln 0.3 = 5.5 %
    /// assert!(!Test::SeAboveCurve.holds(&facts));                       // 0.3^(2/3) / 9 = 0.0498
    /// assert!(Test::NoneOrAll.holds(&Facts { estimate: 1.0, ..facts }));
    /// ```
    #[must_use]
    pub fn holds(self, f: &Facts) -> bool {
        let width = f.upper - f.lower;
        match self {
            Self::NBelow(x) => f.n < x,
            Self::NEffBelow(x) => f.n_eff < x,
            Self::EventsBelow(x) => f.events < x,
            Self::DfBelow(x) => f.df < x,
            Self::DeffBelow(x) => f.deff < x,
            Self::NoneOrAll => f.estimate <= 0.0 || f.estimate >= 1.0,
            Self::WidthAtLeast(x) => width >= x,
            Self::WidthAtMost(x) => width <= x,
            Self::WidthUnknown => width.is_nan() && (f.estimate != 0.0 || f.df <= 0.0),
            Self::RelativeWidthAbove(x) => width / f.estimate > x,
            Self::ComplementWidthAbove(x) => width / (1.0 - f.estimate) > x,
            Self::CvAbove(x) => f.se / f.estimate > x,
            Self::LogCvAbove(x) => log_cv(f) > x,
            Self::SeAboveCurve => f.se > f.estimate.min(1.0 - f.estimate).powf(2.0 / 3.0) / 9.0,
            Self::Always => true,
        }
    }
}

/// ECLAC's coefficient of variation on the logarithm of a proportion.
fn log_cv(f: &Facts) -> f64 {
    let side = if f.estimate < 0.5 { f.estimate } else { 1.0 - f.estimate };
    f.se / f.estimate / -side.ln()
}

/// What a standard says about a number, from the mildest to the strongest, which is also their order.
///
/// ```
/// use kish_analysis::reliability::Outcome;
///
/// assert!(Outcome::Show < Outcome::Review && Outcome::Weak < Outcome::Withhold);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Present it.
    Show,
    /// Present it with the footnote of its rule.
    Footnote,
    /// Present it after a statistician has looked.
    Review,
    /// Present it marked as weak: in brackets, with an asterisk or a letter.
    Weak,
    /// Do not present it.
    Withhold,
}

/// One line of a standard.
///
/// ```
/// use kish_analysis::reliability::{DHS, Outcome, Test};
///
/// let first = DHS.rules[0];
/// assert_eq!((first.when, first.then, first.last), (Test::NBelow(25.0), Outcome::Withhold, true));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    /// When it applies.
    pub when: Test,
    /// What follows.
    pub then: Outcome,
    /// Whether reading goes on.
    pub last: bool,
    /// A short code for tables, such as `width>=0.30`; empty where there is nothing to say.
    pub note: &'static str,
}

impl Rule {
    /// A rule that decides.
    pub(crate) const fn ends(when: Test, then: Outcome, note: &'static str) -> Self {
        Self { when, then, last: true, note }
    }

    /// A rule that adds its outcome and lets reading go on.
    pub(crate) const fn notes(when: Test, then: Outcome, note: &'static str) -> Self {
        Self { when, then, last: false, note }
    }
}

/// A published presentation standard, or one of your own.
///
/// ```
/// use kish_analysis::reliability::{Facts, Outcome, Rule, Standard, Test};
///
/// const OURS: Standard = Standard {
///     name: "ours",
///     source: "the office's handbook",
///     rules: &[
///         Rule { when: Test::NBelow(50.0), then: Outcome::Withhold, last: true, note: "n<50" },
///         Rule { when: Test::CvAbove(0.25), then: Outcome::Weak, last: false, note: "cv>25%" },
///     ],
/// };
/// let facts = Facts { estimate: 0.1, se: 0.03, lower: 0.05, upper: 0.18, n: 90.0, n_eff: 80.0, events: 9.0, df: 20.0, deff: 1.1 };
/// assert_eq!(OURS.judge(&facts).notes, ["cv>25%"]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standard {
    /// Its name in requests and settings.
    pub name: &'static str,
    /// Where it is written.
    pub source: &'static str,
    /// Its rules, in order.
    pub rules: &'static [Rule],
}

/// What a standard decided, and the notes of the rules that did.
///
/// ```
/// use kish_analysis::reliability::{Decision, Facts, NCHS, Outcome};
///
/// let facts = Facts { estimate: 0.3, se: 0.02, lower: 0.26, upper: 0.34, n: 500.0, n_eff: 400.0, events: 150.0, df: 30.0, deff: 1.2 };
/// assert_eq!(NCHS.judge(&Facts { df: 7.0, ..facts }), Decision { outcome: Outcome::Review, notes: vec!["df<8"] });
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The strongest outcome of the rules that held; [`Outcome::Show`] when none did.
    pub outcome: Outcome,
    /// Their notes, in the order of the rules; empty ones are left out.
    pub notes: Vec<&'static str>,
}

impl Standard {
    /// Every standard this crate knows.
    pub const ALL: [Self; 8] = [NCHS, NCHS_COUNTS, DHS, STATCAN, ABS, EUROSTAT, INE_CHILE, ECLAC];

    /// The standard of a name such as `nchs`; `None` for a name that is not in [`Standard::ALL`].
    ///
    /// ```
    /// use kish_analysis::reliability::{DHS, Standard};
    ///
    /// assert_eq!(Standard::named("dhs"), Some(DHS));
    /// assert_eq!(Standard::named("DHS"), None);
    /// ```
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|standard| standard.name == name)
    }

    /// Read the rules over the facts, in order, to the first that holds and is the last word.
    ///
    /// ```
    /// use kish_analysis::reliability::{Facts, NCHS, Outcome};
    ///
    /// let facts = Facts { estimate: 0.2, se: 0.03, lower: 0.14, upper: 0.27, n: 400.0, n_eff: 180.0, events: 80.0, df: 20.0, deff: 2.2 };
    /// assert_eq!(NCHS.judge(&facts).outcome, Outcome::Show);                    // width 0.13, 65 % of the estimate
    /// let rare = NCHS.judge(&Facts { estimate: 0.05, lower: 0.02, upper: 0.10, ..facts });
    /// assert_eq!((rare.outcome, &rare.notes[..]), (Outcome::Withhold, &["relwidth>130%"][..]));      // 0.08 / 0.05
    /// ```
    #[must_use]
    pub fn judge(&self, facts: &Facts) -> Decision {
        let mut decision = Decision { outcome: Outcome::Show, notes: Vec::new() };
        for rule in self.rules.iter().filter(|rule| rule.when.holds(facts)) {
            decision.outcome = decision.outcome.max(rule.then);
            if !rule.note.is_empty() {
                decision.notes.push(rule.note);
            }
            if rule.last {
                break;
            }
        }
        decision
    }
}
