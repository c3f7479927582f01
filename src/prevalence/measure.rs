//! An indicator asked of each row: counted, not counted, or not answered.

use sha2::{Digest, Sha256};

use super::CodedAnswers;
use crate::instrument::xpath::{Answers, Value};
use crate::instrument::{Indicator, IndicatorKind};

/// Refused, does not know, not stated.
const MISSING: [f64; 3] = [97.0, 98.0, 99.0];
/// No "yes", and more than this share of the items asked unanswered, is no answer to the indicator.
const MOST_MISSING: f64 = 0.2;

/// One indicator over all rows.
#[derive(Debug)]
pub struct Measured {
    /// Whether the row belongs to the indicator's universe.
    pub in_universe: Vec<bool>,
    /// 1 and 0 for a proportion; NaN where it is not answered.
    pub values: Vec<f64>,
    /// How many are counted in and did not answer.
    pub missing: usize,
}

impl Measured {
    /// What is found, of the very rows: two indicators of one kind that come to the same are one, by which the tables of releases know each
    /// other.
    pub(super) fn content(&self) -> String {
        let mut hash = Sha256::new();
        for (counts, value) in self.in_universe.iter().zip(&self.values) {
            hash.update([u8::from(*counts)]);
            hash.update(if value.is_nan() { f64::NAN.to_be_bytes() } else { value.to_be_bytes() });
        }
        hash.finalize().iter().map(|b| format!("{b:02x}")).collect()
    }

    /// Whether what was found of a mean or a total is 1 and 0 alone, and 1 of somebody.
    pub(super) fn is_yes_or_no(&self) -> bool {
        self.values.contains(&1.0) && self.values.iter().all(|value| value.is_nan() || [0.0, 1.0].contains(value))
    }

    /// Who counts in it.
    pub(super) fn answered(&self) -> Vec<u8> {
        let bits = self.in_universe.iter().zip(&self.values).map(|(counts, value)| u8::from(*counts && !value.is_nan()));
        Sha256::digest(bits.collect::<Vec<u8>>()).to_vec()
    }
}

/// Once for all that answered alike.
pub fn measure(indicator: &Indicator, answers: &CodedAnswers) -> Measured {
    let read = [indicator.universe.reads(), indicator.numerator.reads(), indicator.items.clone()].concat();
    let groups = answers.groups(&read);
    let of_group = groups.first.iter().map(|row| {
        let answers = answers.row(*row);
        let in_universe = indicator.universe.holds(&answers, &Value::EMPTY);
        (in_universe, if in_universe { value(indicator, &answers) } else { f64::NAN })
    });
    let of_group: Vec<(bool, f64)> = of_group.collect();
    let of_row = || answers.order().map(|row| of_group[groups.of_row[row] as usize]);
    Measured {
        in_universe: of_row().map(|(counts, _)| counts).collect(),
        values: of_row().map(|(_, value)| value).collect(),
        missing: of_row().filter(|(counts, value)| *counts && value.is_nan()).count(),
    }
}

fn value(indicator: &Indicator, answers: &dyn Answers) -> f64 {
    match indicator.kind {
        kind if kind.counts_people() && indicator.numerator.holds(answers, &Value::EMPTY) => 1.0,
        _ if is_unanswered(indicator, answers) => f64::NAN,
        IndicatorKind::Proportion | IndicatorKind::Difference => 0.0,
        IndicatorKind::Mean | IndicatorKind::Total => indicator.numerator.value(answers).to_number(),
    }
}

/// A question not asked is neither answered nor missing; an indicator none of whose items was asked is not answered.
fn is_unanswered(indicator: &Indicator, answers: &dyn Answers) -> bool {
    let asked: Vec<f64> = indicator.items.iter().map(|i| answers.value(*i)).filter(|v| !v.is_empty()).map(|v| v.to_number()).collect();
    let missing = asked.iter().filter(|code| MISSING.contains(code)).count();
    #[expect(clippy::cast_precision_loss, reason = "a handful of items")]
    let share = missing as f64 / asked.len() as f64;
    !indicator.items.is_empty() && (asked.is_empty() || share > MOST_MISSING)
}
