//! The standards.

use super::Outcome::{Footnote, Review, Show, Weak, Withhold};
use super::{Rule, Standard, Test};

/// NCHS proportions: Korn–Graubard interval, capped effective size.
///
/// 30 cases and 30 effective cases; an interval narrower than 0.05 is always shown, one of 0.30 never; between them the
/// width may be 130 % of the estimate. Fewer than 8 degrees of freedom and 0 or 100 % call for a statistician; a width above 130 %
/// of the complement calls for a footnote there. The facts' limits, `n_eff` and `df` are those of
/// [`Method::KornGraubard`](crate::interval::Method::KornGraubard),
/// [`Proportion::n_eff_capped`](crate::interval::Proportion::n_eff_capped) and
/// [`DfRule::Observed`](crate::estimate::DfRule::Observed).
///
/// ```
/// # use kish_analysis::reliability::{NCHS, Facts, Outcome};
/// # let plain = Facts { estimate: 0.3, se: 0.02, lower: 0.26, upper: 0.34, n: 500.0, n_eff: 400.0, events: 150.0, df: 30.0, deff: 1.2 };
/// // 30 % with limits 15 and 46 %: too wide, whatever the number of cases.
/// assert_eq!(NCHS.judge(&plain).outcome, Outcome::Show);
/// assert_eq!(NCHS.judge(&Facts { lower: 0.15, upper: 0.46, ..plain }).notes, ["width>=0.30"]);
/// ```
pub const NCHS: Standard = Standard {
    name: "nchs",
    source: "NCHS, Data Presentation Standards for Proportions, Vital and Health Statistics 2(175), 2017",
    rules: &[
        Rule::ends(Test::NBelow(30.0), Withhold, "n<30"),
        Rule::ends(Test::NEffBelow(30.0), Withhold, "n<30"),
        Rule::ends(Test::NoneOrAll, Review, "0or100"),
        Rule::ends(Test::WidthAtLeast(0.30), Withhold, "width>=0.30"),
        Rule::notes(Test::DfBelow(8.0), Review, "df<8"),
        Rule::ends(Test::WidthAtMost(0.05), Show, ""),
        Rule::ends(Test::RelativeWidthAbove(1.3), Withhold, "relwidth>130%"),
        Rule::notes(Test::ComplementWidthAbove(1.3), Footnote, "complement relwidth>130%"),
    ],
};

/// NCHS rates and counts, with the interval of [`log_t`](crate::interval::log_t): 10 cases, a width of 160 % of the estimate; fewer
/// than 8 degrees of freedom call for a statistician. A width that is not known, as without degrees of freedom, is none that may be shown.
///
/// ```
/// # use kish_analysis::reliability::{NCHS_COUNTS, Facts, Outcome};
/// # let plain = Facts { estimate: 0.3, se: 0.02, lower: 0.26, upper: 0.34, n: 500.0, n_eff: 400.0, events: 150.0, df: 30.0, deff: 1.2 };
/// assert_eq!(NCHS_COUNTS.judge(&Facts { n: 9.0, ..plain }).outcome, Outcome::Withhold);
/// // 1000 people, limits 400 to 2100: the width is 170 % of the estimate.
/// let wide = Facts { estimate: 1000.0, lower: 400.0, upper: 2100.0, ..plain };
/// assert_eq!(NCHS_COUNTS.judge(&wide).notes, ["relwidth>160%"]);
/// assert_eq!(NCHS_COUNTS.judge(&Facts { lower: f64::NAN, upper: f64::NAN, df: 0.0, ..wide }).outcome, Outcome::Withhold);
/// ```
pub const NCHS_COUNTS: Standard = Standard {
    name: "nchs-counts",
    source: "NCHS, Data Presentation Standards for Rates and Counts, Vital and Health Statistics 2(200), 2023",
    rules: &[
        Rule::ends(Test::NBelow(10.0), Withhold, "n<10"),
        Rule::ends(Test::WidthUnknown, Withhold, "width unknown"),
        Rule::ends(Test::RelativeWidthAbove(1.6), Withhold, "relwidth>160%"),
        Rule::notes(Test::DfBelow(8.0), Review, "df<8"),
    ],
};

/// DHS and MICS reports: fewer than 25 unweighted cases withheld, 25 to 49 in brackets.
///
/// ```
/// # use kish_analysis::reliability::{DHS, Facts, Outcome};
/// # let plain = Facts { estimate: 0.3, se: 0.02, lower: 0.26, upper: 0.34, n: 500.0, n_eff: 400.0, events: 150.0, df: 30.0, deff: 1.2 };
/// let outcome = |n| DHS.judge(&Facts { n, ..plain }).outcome;
/// assert_eq!([24.0, 25.0, 49.0, 50.0].map(outcome), [Outcome::Withhold, Outcome::Weak, Outcome::Weak, Outcome::Show]);
/// ```
pub const DHS: Standard = Standard {
    name: "dhs",
    source: "DHS Program, Guide to DHS Statistics: tables with small numbers of cases",
    rules: &[Rule::ends(Test::NBelow(25.0), Withhold, "n<25"), Rule::ends(Test::NBelow(50.0), Weak, "25<=n<50")],
};

/// Statistics Canada: 10 cases; a coefficient of variation up to 16.5 % is free, up to 33.3 % marked E, beyond withheld (F).
///
/// ```
/// # use kish_analysis::reliability::{STATCAN, Facts, Outcome};
/// # let plain = Facts { estimate: 0.3, se: 0.02, lower: 0.26, upper: 0.34, n: 500.0, n_eff: 400.0, events: 150.0, df: 30.0, deff: 1.2 };
/// // Standard errors of 4, 6 and 11 points on 30 %.
/// let outcome = |se| STATCAN.judge(&Facts { se, ..plain }).outcome;
/// assert_eq!([0.04, 0.06, 0.11].map(outcome), [Outcome::Show, Outcome::Weak, Outcome::Withhold]);
/// ```
pub const STATCAN: Standard = Standard {
    name: "statcan",
    source: "Statistics Canada, Canadian Community Health Survey user guides: release guidelines",
    rules: &[
        Rule::ends(Test::NBelow(10.0), Withhold, "n<10"),
        Rule::ends(Test::CvAbove(0.333), Withhold, "F"),
        Rule::ends(Test::CvAbove(0.165), Weak, "E"),
    ],
};

/// Australian Bureau of Statistics: a relative standard error above 25 % gets an asterisk; above 50 %, where the bureau prints two and
/// calls the number too unreliable for use, it is withheld.
///
/// ```
/// # use kish_analysis::reliability::{ABS, Facts, Outcome};
/// # let plain = Facts { estimate: 0.3, se: 0.02, lower: 0.26, upper: 0.34, n: 500.0, n_eff: 400.0, events: 150.0, df: 30.0, deff: 1.2 };
/// // Relative standard errors of 20, 30 and 60 %.
/// let outcome = |cv: f64| ABS.judge(&Facts { se: 0.3 * cv, ..plain }).outcome;
/// assert_eq!([0.2, 0.3, 0.6].map(outcome), [Outcome::Show, Outcome::Weak, Outcome::Withhold]);
/// ```
pub const ABS: Standard = Standard {
    name: "abs",
    source: "ABS, Personal Safety Survey (4906.0), technical note: reliability of estimates",
    rules: &[Rule::ends(Test::CvAbove(0.50), Withhold, "**"), Rule::ends(Test::CvAbove(0.25), Weak, "*")],
};

/// Eurostat practice: fewer than 20 cases not published, 20 to 49 marked u.
///
/// ```
/// # use kish_analysis::reliability::{EUROSTAT, Facts, Outcome};
/// # let plain = Facts { estimate: 0.3, se: 0.02, lower: 0.26, upper: 0.34, n: 500.0, n_eff: 400.0, events: 150.0, df: 30.0, deff: 1.2 };
/// let outcome = |n| EUROSTAT.judge(&Facts { n, ..plain }).outcome;
/// assert_eq!([19.0, 20.0, 50.0].map(outcome), [Outcome::Withhold, Outcome::Weak, Outcome::Show]);
/// ```
pub const EUROSTAT: Standard = Standard {
    name: "eurostat",
    source: "Eurostat, EU-SILC and EU-GBV publication practice",
    rules: &[Rule::ends(Test::NBelow(20.0), Withhold, ":u"), Rule::ends(Test::NBelow(50.0), Weak, "u")],
};

/// INE Chile: 60 cases, 9 degrees of freedom, then a curve for the standard error of a proportion, above which it is weak:
/// `q^(2/3) / 9` with `q` the smaller of the proportion and its complement.
///
/// ```
/// # use kish_analysis::reliability::{INE_CHILE, Facts, Outcome};
/// # let plain = Facts { estimate: 0.3, se: 0.02, lower: 0.26, upper: 0.34, n: 500.0, n_eff: 400.0, events: 150.0, df: 30.0, deff: 1.2 };
/// // At 12.5 % the curve is at 0.25 / 9 = 2.8 points.
/// let outcome = |se| INE_CHILE.judge(&Facts { estimate: 0.125, se, ..plain }).outcome;
/// assert_eq!([0.027, 0.029].map(outcome), [Outcome::Show, Outcome::Weak]);
/// ```
pub const INE_CHILE: Standard = Standard {
    name: "ine-chile",
    source: "INE Chile, Estándar para la evaluación de la calidad de las estimaciones en encuestas de hogares, 2020",
    rules: &[
        Rule::ends(Test::NBelow(60.0), Withhold, "n<60"),
        Rule::ends(Test::DfBelow(9.0), Withhold, "df<9"),
        Rule::ends(Test::SeAboveCurve, Weak, "se above curve"),
    ],
};

/// ECLAC: 100 cases, 60 effective cases, 9 degrees of freedom, a logarithmic coefficient of variation of 17.5 %, 30 events; weak
/// under 50 events.
///
/// ```
/// # use kish_analysis::reliability::{ECLAC, Facts, Outcome};
/// # let plain = Facts { estimate: 0.3, se: 0.02, lower: 0.26, upper: 0.34, n: 500.0, n_eff: 400.0, events: 150.0, df: 30.0, deff: 1.2 };
/// assert_eq!(ECLAC.judge(&Facts { events: 40.0, ..plain }).notes, ["30<=events<50"]);
/// // 0.07 / 0.3 / -ln 0.3 = 19.4 %.
/// assert_eq!(ECLAC.judge(&Facts { se: 0.07, ..plain }).outcome, Outcome::Withhold);
/// ```
pub const ECLAC: Standard = Standard {
    name: "eclac",
    source: "ECLAC, Criterios de calidad en la estimación de indicadores a partir de encuestas de hogares, 2023",
    rules: &[
        Rule::ends(Test::NBelow(100.0), Withhold, "n<100"),
        Rule::ends(Test::NEffBelow(60.0), Withhold, "n_eff<60"),
        Rule::ends(Test::DfBelow(9.0), Withhold, "df<9"),
        Rule::ends(Test::LogCvAbove(0.175), Withhold, "log CV>17.5%"),
        Rule::ends(Test::EventsBelow(30.0), Withhold, "events<30"),
        Rule::ends(Test::EventsBelow(50.0), Weak, "30<=events<50"),
    ],
};
