//! May this number be presented? Published presentation standards, as data.
//!
//! A [`Standard`] is an ordered list of [`Rule`]s. The first rule whose [`Test`] holds and whose [`Outcome`] decides
//! ends the reading; footnotes are collected on the way. Disclosure is another question: see [`crate::disclosure`].

mod standards;
pub use standards::{ABS, DHS, ECLAC, EUROSTAT, INE_CHILE, NCHS, NCHS_COUNTS, STATCAN};

/// The numbers a standard looks at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Facts {
    /// The estimate; for a proportion between 0 and 1.
    pub estimate: f64,
    /// Its standard error.
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
    /// Design effect.
    pub deff: f64,
}

/// A comparison on the [`Facts`].
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
    /// `(upper - lower) / estimate > x`.
    RelativeWidthAbove(f64),
    /// `(upper - lower) / (1 - estimate) > x`.
    ComplementWidthAbove(f64),
    /// `se / estimate > x`.
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

/// What a standard says about a number.
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
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    /// When it applies.
    pub when: Test,
    /// What follows.
    pub then: Outcome,
    /// Whether reading goes on.
    pub last: bool,
    /// A short code for tables, such as `width>=0.30`.
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

/// A published presentation standard.
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The strongest outcome of the rules that held.
    pub outcome: Outcome,
    /// Their notes, in the order of the rules.
    pub notes: Vec<&'static str>,
}

impl Standard {
    /// Every standard this crate knows.
    pub const ALL: [Self; 8] = [NCHS, NCHS_COUNTS, DHS, STATCAN, ABS, EUROSTAT, INE_CHILE, ECLAC];

    /// The standard of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|standard| standard.name == name)
    }

    /// Read the rules over the facts.
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
