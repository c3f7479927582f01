//! The numbers of a shown cell as a view may see them.

use kish_analysis::table::{Reason, Shown};
use serde::Serialize;

use crate::instrument::IndicatorKind;
use crate::prevalence::ItemNonresponse;
use crate::prevalence::rounding::{of_total, p_of_rounded, thousandths, two_digits};

/// Who is looking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum View {
    /// The statistician's: full precision, refreshed with each weight set, not for publication.
    Draft,
    /// Everyone else's, of a release: proportions to 0.1 point, standard errors to two digits, n to tens, totals no finer than
    /// proportions, no weighted n.
    Release,
}

/// A shown cell's numbers, or nothing where the view may not see one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Numbers {
    pub estimate: f64,
    pub se: f64,
    pub ci_lower: f64,
    pub ci_upper: f64,
    pub deff: f64,
    pub df: f64,
    pub p: f64,
    pub n: u64,
    pub weighted_n: Option<f64>,
}

impl View {
    pub(super) fn numbers(self, shown: &Shown, kind: IndicatorKind) -> Numbers {
        let coarse = |x: f64| if kind == IndicatorKind::Total { of_total(x, shown.weighted_n) } else { thousandths(x) };
        let full = Numbers {
            estimate: shown.estimate,
            se: shown.se,
            ci_lower: shown.ci_lower,
            ci_upper: shown.ci_upper,
            deff: shown.deff,
            df: shown.df,
            p: shown.p,
            n: shown.n,
            weighted_n: Some(shown.weighted_n),
        };
        match self {
            View::Draft => full,
            View::Release => Numbers {
                estimate: coarse(full.estimate),
                se: two_digits(full.se),
                ci_lower: coarse(full.ci_lower),
                ci_upper: coarse(full.ci_upper),
                deff: (full.deff * 10.0).round() / 10.0,
                df: full.df,
                p: if full.p.is_nan() { f64::NAN } else { p_of_rounded(full.estimate, full.se, full.df) },
                n: (full.n + 5) / 10 * 10,
                weighted_n: None,
            },
        }
    }
}

impl View {
    /// The full reason says which count is under which threshold, so it bounds the count: for the statistician's eyes.
    pub(super) fn reason(self, reason: Reason) -> &'static str {
        match self {
            View::Draft => reason.code(),
            View::Release => reason.published(),
        }
    }

    pub(super) fn item_nonresponse(self, full: ItemNonresponse) -> ItemNonresponse {
        match self {
            View::Draft => full,
            View::Release => {
                ItemNonresponse { share: thousandths(full.share), lower: thousandths(full.lower), upper: thousandths(full.upper) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use kish_analysis::reliability::Outcome;

    use super::*;

    #[test]
    fn a_total_is_as_coarse_as_a_proportion() {
        let shown = Shown {
            estimate: 640_123.457,
            se: 15_012.3,
            ci_lower: 610_049.3,
            ci_upper: 669_951.2,
            deff: 1.0,
            df: 25.0,
            p: f64::NAN,
            n: 403,
            weighted_n: 999_999.0,
            reliability: Outcome::Show,
            notes: Vec::new(),
        };
        let numbers = View::Release.numbers(&shown, IndicatorKind::Total);
        assert_eq!([numbers.estimate, numbers.ci_lower, numbers.ci_upper], [640_000.0, 610_000.0, 670_000.0]);
        assert_eq!(View::Release.numbers(&Shown { estimate: 0.640_4, ..shown }, IndicatorKind::Mean).estimate, 0.64);
    }

    #[test]
    fn outsiders_are_not_told_which_count_is_small() {
        assert_eq!(View::Draft.reason(Reason::TooFewEvents), "too_few_events");
        let told = [Reason::TooFewEvents, Reason::TooFewCases, Reason::Unreliable, Reason::Complementary].map(|r| View::Release.reason(r));
        assert_eq!(told, ["withheld"; 4]);
    }
}
