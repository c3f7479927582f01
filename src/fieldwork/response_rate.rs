//! Response rates by the AAPOR Standard Definitions, from how every sampled case ended.

use serde::Serialize;

use super::{Class, ResultCode};

/// How many cases ended in each result, and how many have none yet.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcomes {
    pub by_result: Vec<(ResultCode, u64)>,
    pub open: u64,
}

/// AAPOR RR1, RR3, COOP1 and REF1; empty where nothing is there to divide by.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResponseRates {
    /// Interviews over all cases not known to be ineligible.
    pub rr1: Option<f64>,
    /// As RR1, with cases of unknown eligibility counted by the share found eligible among the known.
    pub rr3: Option<f64>,
    /// Interviews over those who could be asked.
    pub cooperation: Option<f64>,
    pub refusal: Option<f64>,
    /// The share found eligible among cases of known eligibility.
    pub eligible: Option<f64>,
}

impl Outcomes {
    pub fn count(&self, class: Class) -> u64 {
        self.by_result.iter().filter(|(r, _)| r.class() == class).map(|(_, n)| n).sum()
    }

    /// Of the people who could have been asked, the share with whom privacy was not possible.
    #[expect(clippy::cast_precision_loss, reason = "a sample is far smaller than 2^52")]
    pub fn without_privacy(&self) -> Option<f64> {
        let found = self.by_result.iter().filter(|(r, _)| *r == ResultCode::PRIVACY_NOT_POSSIBLE).map(|(_, n)| n).sum::<u64>();
        let classes = [Class::Interview, Class::PartialInterview, Class::Refusal, Class::Other];
        let asked: u64 = classes.into_iter().map(|class| self.count(class)).sum();
        (asked > 0).then(|| found as f64 / asked as f64)
    }

    /// Cases still open count as of unknown eligibility.
    #[expect(clippy::cast_precision_loss, reason = "a sample is far smaller than 2^52")]
    pub fn rates(&self) -> ResponseRates {
        let n = |class| self.count(class) as f64;
        let (interviews, partial, refused) = (n(Class::Interview), n(Class::PartialInterview), n(Class::Refusal));
        let (absent, other) = (n(Class::NonContact), n(Class::Other));
        let unknown = n(Class::UnknownEligibility) + self.open as f64;
        let known_eligible = interviews + partial + refused + absent + other;
        let share = |a: f64, b: f64| (b > 0.0).then(|| a / b);
        let eligible = share(known_eligible, known_eligible + n(Class::NotEligible));
        ResponseRates {
            rr1: share(interviews, known_eligible + unknown),
            rr3: share(interviews, known_eligible + eligible.unwrap_or(1.0) * unknown),
            cooperation: share(interviews, interviews + partial + refused + other),
            refusal: share(refused, known_eligible + unknown),
            eligible,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_follow_the_standard_definitions() {
        let code = |c| ResultCode::new(c).unwrap();
        let outcomes =
            Outcomes { by_result: vec![(code(1), 60), (code(4), 10), (code(8), 10), (code(7), 5), (code(12), 10), (code(14), 3)], open: 2 };
        let rates = outcomes.rates();
        assert_eq!(rates.rr1, Some(60.0 / 90.0));
        assert_eq!(rates.eligible, Some(85.0 / 95.0));
        assert_eq!(rates.rr3, Some(60.0 / (85.0 + 85.0 / 95.0 * 5.0)));
        assert_eq!(rates.cooperation, Some(60.0 / 75.0));
        assert_eq!(rates.refusal, Some(10.0 / 90.0));
        assert_eq!(outcomes.without_privacy(), Some(5.0 / 75.0));
        assert_eq!((Outcomes::default().rates().rr1, Outcomes::default().without_privacy()), (None, None));
    }
}
