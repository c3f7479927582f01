//! Answers with the person taken out: a `Response` can be made here alone, and nothing in it leads back to anyone.

mod coded;
mod own_words;

use std::borrow::Cow;
use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::ethics::Asked;
use crate::instrument::xpath::{Answers, Value};
use crate::instrument::{Concept, Concepts, Form, Instrument, NodeId, QuestionType};
use crate::submission::{Repeated, Submission};
use coded::coded;

pub use own_words::OwnWords;

/// What is kept of an interview or of a visit. No device, no address, no name, no time finer than the week; no text but what a form
/// asks for with a reason, until it has a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    result: u8,
    sex: u8,
    age_years: Option<u8>,
    contact_age_group: Option<u8>,
    disability: Disability,
    n_eligible: u8,
    iso_week: String,
    duration: DurationBand,
    answers: String,
    own_words: Vec<OwnWords>,
    instances: Vec<KeptInstance>,
}

/// What is kept of one instance of a repeat: codes and numbers, as of the interview around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptInstance {
    repeat: String,
    number: u32,
    around: u32,
    answers: String,
}

impl KeptInstance {
    /// The repeat's name.
    pub fn repeat(&self) -> &str {
        &self.repeat
    }
    /// Which instance of the repeat it is in the interview, counted from 1.
    pub fn number(&self) -> u32 {
        self.number
    }
    /// The number of the instance around it; 0 where the repeat lies in no other.
    pub fn around(&self) -> u32 {
        self.around
    }
    /// The kept answers of [`kept_questions`] of the repeat, in order, parted by tabs.
    pub fn answers(&self) -> &str {
        &self.answers
    }
}

/// By the Washington Group's cut-off: "a lot of difficulty" or "cannot do at all" in at least one of the six domains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disability {
    With,
    Without,
    /// None at the cut-off, but not all six answered.
    WithoutPartial,
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DurationBand {
    Under5,
    From5To15,
    From15To30,
    From30To60,
    Over60,
    Unknown,
}

impl Disability {
    pub const ALL: [Disability; 4] = [Disability::With, Disability::Without, Disability::WithoutPartial, Disability::Unknown];

    /// The local code list: `DIS1` with, `DIS0` without, `DIS0P` without as far as answered, `DISU` unknown.
    pub fn code(self) -> &'static str {
        match self {
            Disability::With => "DIS1",
            Disability::Without => "DIS0",
            Disability::WithoutPartial => "DIS0P",
            Disability::Unknown => "DISU",
        }
    }

    pub fn from_code(code: &str) -> Option<Disability> {
        Self::ALL.into_iter().find(|d| d.code() == code)
    }

    fn of(answers: &[f64]) -> Disability {
        let answered = answers.iter().filter(|a| (1.0..=4.0).contains(*a)).count();
        match answered {
            _ if answers.iter().any(|a| (3.0..=4.0).contains(a)) => Disability::With,
            0 => Disability::Unknown,
            n if n == answers.len() => Disability::Without,
            _ => Disability::WithoutPartial,
        }
    }
}

impl DurationBand {
    pub fn code(self) -> &'static str {
        match self {
            DurationBand::Under5 => "<5",
            DurationBand::From5To15 => "5-15",
            DurationBand::From15To30 => "15-30",
            DurationBand::From30To60 => "30-60",
            DurationBand::Over60 => ">60",
            DurationBand::Unknown => "unknown",
        }
    }

    fn of(start: &str, end: &str) -> DurationBand {
        let (Ok(start), Ok(end)) = (start.parse::<Timestamp>(), end.parse::<Timestamp>()) else { return DurationBand::Unknown };
        match (end.as_second() - start.as_second()).div_euclid(60) {
            i64::MIN..0 => DurationBand::Unknown,
            0..5 => DurationBand::Under5,
            5..15 => DurationBand::From5To15,
            15..30 => DurationBand::From15To30,
            30..60 => DurationBand::From30To60,
            _ => DurationBand::Over60,
        }
    }
}

impl Response {
    pub fn result(&self) -> u8 {
        self.result
    }
    /// 1 female, 2 male, 9 not stated.
    pub fn sex(&self) -> u8 {
        self.sex
    }
    pub fn age_years(&self) -> Option<u8> {
        self.age_years
    }
    /// For someone who was not interviewed: the age group the household told.
    pub fn contact_age_group(&self) -> Option<u8> {
        self.contact_age_group
    }
    pub fn disability(&self) -> Disability {
        self.disability
    }
    pub fn n_eligible(&self) -> u8 {
        self.n_eligible
    }
    pub fn iso_week(&self) -> &str {
        &self.iso_week
    }
    pub fn duration(&self) -> DurationBand {
        self.duration
    }
    /// The kept answers of [`kept_questions`] outside repeats, in order, parted by tabs.
    pub fn answers(&self) -> &str {
        &self.answers
    }
    pub fn own_words(&self) -> &[OwnWords] {
        &self.own_words
    }
    pub fn instances(&self) -> &[KeptInstance] {
        &self.instances
    }
}

/// Takes the person out. `kept` is the form's; `received` stands in for the day of the interview where the form does not send it.
pub fn deidentify(submission: &Submission<'_>, concepts: &Concepts, kept: &KeptQuestions, received: Date) -> Response {
    let form = submission.form();
    let number = |concept: Concept| whole(submission, concepts, concept);
    let domains: Vec<f64> =
        Concept::WASHINGTON_GROUP.iter().filter_map(|c| concepts.question(*c)).map(|q| submission.value(q).to_number()).collect();
    let text = |concept: Concept| concepts.question(concept).map(|q| submission.text(q)).unwrap_or_default();
    let answer = |id: &NodeId| coded(form.node(*id), submission.text(*id));
    Response {
        result: number(Concept::Result).unwrap_or(96),
        sex: number(Concept::Sex).or_else(|| number(Concept::FieldedSex)).unwrap_or(9),
        age_years: number(Concept::Age),
        contact_age_group: number(Concept::ContactAgeGroup),
        disability: Disability::of(&domains),
        n_eligible: number(Concept::NEligible).unwrap_or(0),
        iso_week: iso_week(day(submission, concepts, received)),
        duration: DurationBand::of(&text(Concept::Start), &text(Concept::End)),
        answers: parted_by_tabs(kept.outside.iter().map(answer)),
        own_words: own_words::own_words(submission, form, &kept.outside),
        instances: submission.repeated().iter().map(|place| instance(submission, kept, place)).collect(),
    }
}

fn instance(submission: &Submission<'_>, kept: &KeptQuestions, place: &Repeated) -> KeptInstance {
    let questions = kept.of_repeats.get(&place.repeat).map(Vec::as_slice).unwrap_or_default();
    let form = submission.form();
    let answers = parted_by_tabs(questions.iter().map(|id| coded(form.node(*id), submission.text_in(*id, place))));
    let repeat = form.node(place.repeat).name.clone();
    KeptInstance { repeat, number: place.number, around: place.around, answers }
}

fn parted_by_tabs<'a>(answers: impl Iterator<Item = Cow<'a, str>>) -> String {
    let mut joined = String::with_capacity(USUAL_ANSWERS);
    for (place, answer) in answers.enumerate() {
        if place > 0 {
            joined.push('\t');
        }
        joined.push_str(&answer);
    }
    joined
}

/// How many bytes the answers of an ordinary interview take; room for them is made at once.
const USUAL_ANSWERS: usize = 512;

/// The [`kept_questions`] of a form, found once: looking for them takes longer than an interview's answers.
#[derive(Debug)]
pub struct KeptQuestions {
    outside: Vec<NodeId>,
    of_repeats: HashMap<NodeId, Vec<NodeId>>,
}

impl KeptQuestions {
    pub fn of(instrument: &Instrument) -> KeptQuestions {
        let Instrument { form, concepts, .. } = instrument;
        let repeats = form.ids().filter(|id| form.node(*id).kind == QuestionType::Repeat);
        KeptQuestions {
            outside: kept_questions(form, concepts, None),
            of_repeats: repeats.map(|repeat| (repeat, kept_questions(form, concepts, Some(repeat)))).collect(),
        }
    }
}

/// The case's code, which leaves this room only as a key to look up.
pub fn case_code(submission: &Submission<'_>, concepts: &Concepts) -> String {
    concepts.question(Concept::Case).map(|q| submission.text(q).into_owned()).unwrap_or_default()
}

/// What the person was given to have the answers removed later, which leaves this room only to be recognised again.
pub fn withdrawal_code(submission: &Submission<'_>, concepts: &Concepts) -> Option<String> {
    let code = concepts.question(Concept::WithdrawalCode).map(|q| submission.text(q).into_owned())?;
    withdrawal_digits(&code)
}

/// A withdrawal code as it is recognised, however it was written down or read out; `None` where it is too short to be one.
pub fn withdrawal_digits(code: &str) -> Option<String> {
    const LEAST: usize = 10;
    let digits: String = code.chars().filter(char::is_ascii_digit).collect();
    (digits.len() >= LEAST).then_some(digits)
}

/// What an approval must cover of the interview.
pub fn asked(submission: &Submission<'_>, concepts: &Concepts, received: Date) -> Asked {
    let text = |concept: Concept| concepts.question(concept).map(|q| submission.text(q).into_owned()).filter(|t| !t.is_empty());
    Asked {
        day: day(submission, concepts, received),
        language: text(Concept::Language),
        mode: text(Concept::Mode),
        sex: whole(submission, concepts, Concept::Sex),
        age: whole(submission, concepts, Concept::Age),
        area: None,
    }
}

/// The questions whose answers are kept, of one repeat or of those outside all repeats: codes and numbers of the form, without
/// what was taken out and without chance. Own words have a place for their code.
pub fn kept_questions(form: &Form, concepts: &Concepts, repeat: Option<NodeId>) -> Vec<NodeId> {
    let keeps = |id: &NodeId| {
        let node = form.node(*id);
        let is_coded = matches!(
            node.kind,
            QuestionType::SelectOne(_)
                | QuestionType::SelectMultiple(_)
                | QuestionType::Rank(_)
                | QuestionType::Range { .. }
                | QuestionType::Integer
                | QuestionType::Decimal
                | QuestionType::Acknowledge
        ) || (node.is_free_text() && repeat.is_none())
            || (node.kind == QuestionType::Calculate && node.calculation.as_ref().is_some_and(|c| !c.is_as_sent()));
        is_coded && form.repeat_of(*id) == repeat && !concepts.is_taken_out(*id)
    };
    form.ids().filter(keeps).collect()
}

/// `2026-W47`
pub fn iso_week(day: Date) -> String {
    let week = day.iso_week_date();
    format!("{}-W{:02}", week.year(), week.week())
}

/// The day the device gave, but never one after the server's own: a clock that runs ahead moves no interview into the future.
fn day(submission: &Submission<'_>, concepts: &Concepts, received: Date) -> Date {
    let sent = concepts.question(Concept::Day).and_then(|q| submission.text(q).parse::<Date>().ok());
    sent.map_or(received, |day| day.min(received))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be a whole number that fits")]
fn whole(submission: &Submission<'_>, concepts: &Concepts, concept: Concept) -> Option<u8> {
    let n = submission.value(concepts.question(concept)?).to_number();
    ((0.0..=255.0).contains(&n) && n.fract() == 0.0).then_some(n as u8)
}

/// A response's kept answers, read again where an indicator asks for them.
#[derive(Debug)]
pub struct KeptAnswers {
    /// For each question of the form, its place among the kept answers.
    places: Vec<Option<usize>>,
    numeric: Vec<bool>,
}

/// One response's answers under [`KeptAnswers`].
#[derive(Debug)]
pub struct Kept<'a> {
    layout: &'a KeptAnswers,
    answers: Vec<&'a str>,
}

impl KeptAnswers {
    pub fn of(instrument: &Instrument) -> KeptAnswers {
        let form = &instrument.form;
        let mut places = vec![None; form.nodes.len()];
        for (place, id) in kept_questions(form, &instrument.concepts, None).into_iter().enumerate() {
            places[id.index()] = Some(place);
        }
        let numeric = form
            .nodes
            .iter()
            .map(|n| matches!(n.kind, QuestionType::Integer | QuestionType::Decimal | QuestionType::Range { .. }))
            .collect();
        KeptAnswers { places, numeric }
    }

    /// How many answers a response has at most.
    pub fn kept(&self) -> usize {
        self.places.iter().flatten().count()
    }

    /// Where a question's answer stands among those kept.
    pub fn place(&self, node: NodeId) -> Option<usize> {
        self.places.get(node.index()).copied().flatten()
    }

    /// Whether its answers are numbers and no codes.
    pub fn is_numeric(&self, node: NodeId) -> bool {
        self.numeric.get(node.index()).copied().unwrap_or(false)
    }

    pub fn read<'a>(&'a self, answers: &'a str) -> Kept<'a> {
        Kept { layout: self, answers: answers.split('\t').collect() }
    }
}

impl Answers for Kept<'_> {
    fn value(&self, node: NodeId) -> Value<'_> {
        let text = self.layout.place(node).and_then(|p| self.answers.get(p)).copied().unwrap_or("");
        let value = Value::text(text);
        if self.layout.is_numeric(node) && !text.is_empty() { Value::Number(value.to_number()) } else { value }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn disability_follows_the_washington_group_cut_off_and_keeps_the_unknown_apart() {
        assert_eq!(Disability::of(&[1.0, 2.0, 1.0, 1.0, 1.0, 1.0]), Disability::Without);
        assert_eq!(Disability::of(&[1.0, 3.0, 1.0, 1.0, 1.0, 1.0]), Disability::With);
        assert_eq!(Disability::of(&[9.0, 4.0, 7.0, 9.0, 9.0, 9.0]), Disability::With);
        assert_eq!(Disability::of(&[1.0, 2.0, 7.0, 1.0, 9.0, 1.0]), Disability::WithoutPartial);
        assert_eq!(Disability::of(&[9.0, 7.0, f64::NAN, 9.0, 9.0, 9.0]), Disability::Unknown);
    }

    #[test]
    fn durations_are_kept_as_bands_and_days_as_weeks() {
        let band = |end: &str| DurationBand::of("2026-11-16T10:00:00.000+01:00", end).code();
        assert_eq!(band("2026-11-16T10:04:59.000+01:00"), "<5");
        assert_eq!(band("2026-11-16T10:05:00.000+01:00"), "5-15");
        assert_eq!(band("2026-11-16T11:00:01.000+01:00"), ">60");
        assert_eq!(band("2026-11-16T09:00:00.000+01:00"), "unknown");
        assert_eq!(band("yesterday"), "unknown");
        assert_eq!(iso_week(jiff::civil::date(2027, 1, 1)), "2026-W53");
    }
}
