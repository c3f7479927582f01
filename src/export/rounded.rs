//! The numbers of a shown cell as a view may see them.

use kish_analysis::table::{Reason, Shown};
use serde::Serialize;

use crate::prevalence::ItemNonresponse;
use crate::prevalence::rounding::{p_of_rounded, thousandths, two_digits};

/// Who is looking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum View {
    /// The statistician's: full precision, refreshed with each weight set, not for publication.
    Draft,
    /// Everyone else's, of a release: proportions to 0.1 point, standard errors to two digits, n to tens, no weighted totals.
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
    pub(super) fn numbers(self, shown: &Shown) -> Numbers {
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
                estimate: thousandths(full.estimate),
                se: two_digits(full.se),
                ci_lower: thousandths(full.ci_lower),
                ci_upper: thousandths(full.ci_upper),
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
    use super::*;

    #[test]
    fn outsiders_are_not_told_which_count_is_small() {
        assert_eq!(View::Draft.reason(Reason::TooFewEvents), "too_few_events");
        let told = [Reason::TooFewEvents, Reason::TooFewCases, Reason::Unreliable, Reason::Complementary].map(|r| View::Release.reason(r));
        assert_eq!(told, ["withheld"; 4]);
    }
}
