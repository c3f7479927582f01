//! An indicator asked of each row: counted, not counted, or not answered.

use sha2::{Digest, Sha256};

use super::CodedAnswers;
use crate::instrument::xpath::{Answers, Value};
use crate::instrument::{Indicator, IndicatorKind};

/// Refused, does not know, not stated.
const MISSING: [f64; 3] = [97.0, 98.0, 99.0];
/// No "yes", and more than this share of the items asked unanswered, is no answer to the indicator; of a level, whatever was said.
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
    let is_found = || indicator.numerator.holds(answers, &Value::EMPTY);
    match indicator.kind {
        IndicatorKind::Proportion | IndicatorKind::Difference if is_found() => 1.0,
        _ if is_unanswered(indicator, answers) => f64::NAN,
        IndicatorKind::Level => f64::from(u8::from(is_found())),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deidentify::KeptAnswers;
    use crate::instrument::{Instrument, Workbook};

    fn questionnaire() -> Instrument {
        Instrument::read(&Workbook::open(concat!(env!("CARGO_MANIFEST_DIR"), "/instruments/tfvaw").as_ref()).unwrap()).unwrap()
    }

    /// Interviews of which only these questions were answered, and `others` to all that are not named.
    fn answers(instrument: &Instrument, interviews: &[&[(&str, &str)]], others: &str) -> CodedAnswers {
        let layout = KeptAnswers::of(instrument);
        let stored = interviews.iter().map(|said| {
            let mut kept = vec![others; layout.kept()];
            for &(name, answer) in *said {
                kept[layout.place(instrument.form.named(name).unwrap()).unwrap()] = answer;
            }
            kept.join("\t")
        });
        let mut coded = CodedAnswers::new(KeptAnswers::of(instrument));
        stored.for_each(|answers| coded.push(&answers));
        coded
    }

    fn of(instrument: &Instrument, id: &str, answers: &CodedAnswers) -> Vec<f64> {
        measure(instrument.indicators.iter().find(|i| i.id == id).unwrap(), answers).values
    }

    #[test]
    fn who_refused_everything_is_counted_in_no_indicator() {
        let instrument = questionnaire();
        // What the form computes of refusals alone; one act is known, so that what was asked about it counts too.
        let said = [("result", "1"), ("any_act", "1"), ("n_forms", "0"), ("most_often", ""), ("help_sought", ""), ("who_12m", "97 97")];
        let refused = answers(&instrument, &[&said], "97");
        for indicator in instrument.indicators.iter().filter(|i| i.kind.counts_people()) {
            let value = measure(indicator, &refused).values[0];
            assert!(value.is_nan(), "{}: {value}", indicator.id);
        }
    }

    #[test]
    fn the_levels_of_a_distribution_are_of_the_same_people_and_add_up_to_all_of_them() {
        let instrument = questionnaire();
        let acts: Vec<String> = (1..=19).map(|k| format!("t{k:02}_a")).collect();
        let person = |said: &dyn Fn(usize) -> &'static str, n_forms: &'static str| {
            let of_acts = acts.iter().enumerate().map(|(k, name)| (name.as_str(), said(k)));
            of_acts.chain([("t01_b", "1"), ("result", "1"), ("any_act", "1"), ("n_forms", n_forms)]).collect::<Vec<_>>()
        };
        let people = [
            person(&|_| "2", "0"),
            person(&|k| if k == 0 { "1" } else { "2" }, "1"),
            person(&|k| if k == 18 { "98" } else { "1" }, "3"),
            person(&|_| "1", "9"),
            // One act, and not a word about the others: as many forms as nobody knows.
            person(&|k| if k == 0 { "1" } else { "97" }, "1"),
            person(&|_| "97", "0"),
        ];
        let people: Vec<&[_]> = people.iter().map(Vec::as_slice).collect();
        let answers = answers(&instrument, &people, "");
        let levels = ["TFV_POLY_0", "TFV_POLY_1", "TFV_POLY_2_3", "TFV_POLY_4P"].map(|id| of(&instrument, id, &answers));
        for (person, level) in [Some(0), Some(1), Some(2), Some(3), None, None].into_iter().enumerate() {
            for (place, values) in levels.iter().enumerate() {
                let expected = level.map_or(f64::NAN, |level| f64::from(u8::from(place == level)));
                assert_eq!(values[person].to_bits(), expected.to_bits(), "person {person}, level {place}");
            }
        }
        // She told somebody and refuses to say whether she reported it: whether she sought help is not known.
        let told: &[(&str, &str)] = &[("result", "1"), ("any_act", "1"), ("r01", "1"), ("r02", "1"), ("r03", "97"), ("help_sought", "2")];
        let told = self::answers(&instrument, &[told], "");
        assert!(["HELP3_1", "HELP3_2", "HELP3_3"].iter().all(|id| of(&instrument, id, &told)[0].is_nan()));
    }
}
