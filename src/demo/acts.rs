//! What a person says of the nineteen acts, and what the form computes of it.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::answers::{DOES_NOT_KNOW, NEVER_PARTNERED, NO, PREFERS_NOT, YES};
use super::interview::Route;
use super::population::{ACTS, Acts, Period, Person, chance, pick};
use super::xml::{Codes, Shares, Xml};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActAnswer {
    pub since_15: u8,
    /// Asked after a "yes" alone.
    pub last_12_months: Option<u8>,
    /// What some acts ask besides: `tNN_f` and `tNN_g`.
    details: [Option<Codes>; 2],
    /// Asked of the last 12 months: how often, by whom, through what.
    times: Option<Codes>,
    people: Option<Codes>,
    channels: Option<Codes>,
}

pub type ActAnswers = [ActAnswer; ACTS];

/// Item nonresponse: of all acts together, of one act.
const REFUSES_ACTS: f32 = 0.006;
const REFUSES_ACT: f32 = 0.002;
const UNSURE_OF_ACT: f32 = 0.002;

const TIMES: &Shares = &[(1, 0.45), (2, 0.35), (3, 0.19), (98, 0.01)];
const OTHER_PEOPLE: &Shares = &[
    (52, 0.36),
    (51, 0.10),
    (41, 0.10),
    (42, 0.05),
    (31, 0.07),
    (32, 0.07),
    (33, 0.05),
    (34, 0.02),
    (35, 0.05),
    (25, 0.03),
    (64, 0.02),
    (96, 0.03),
    (97, 0.01),
    (98, 0.02),
];
const FAMILY: &Shares = &[(21, 0.25), (22, 0.15), (23, 0.25), (25, 0.15), (26, 0.19), (97, 0.01)];
const PARTNERS_NOW: [&Shares; 2] = [&[(11, 0.8), (12, 0.2)], &[(13, 0.6), (14, 0.4)]];
const PARTNERS_BEFORE: &Shares = &[(12, 0.5), (14, 0.5)];
const CHANNELS: &Shares = &[
    (1, 0.08),
    (2, 0.12),
    (3, 0.26),
    (4, 0.04),
    (5, 0.16),
    (6, 0.18),
    (7, 0.05),
    (8, 0.04),
    (10, 0.03),
    (14, 0.02),
    (96, 0.01),
    (98, 0.01),
];
const YES_OR_NO: &Shares = &[(1, 0.3), (2, 0.6), (98, 0.1)];
const ONE_OF_THREE: &Shares = &[(1, 0.6), (2, 0.25), (3, 0.15)];

/// What an act asks besides, by its number: the questions' last letters are `f` and `g`.
const DETAILS: [(usize, &[&Shares]); 9] = [
    (3, &[ONE_OF_THREE]),
    (6, &[ONE_OF_THREE]),
    (7, &[YES_OR_NO]),
    (8, &[&[(0, 0.3), (1, 0.3), (2, 0.2), (3, 0.15), (4, 0.05)]]),
    (10, &[YES_OR_NO]),
    (14, &[&[(1, 0.6), (2, 0.1), (4, 0.1), (5, 0.2)]]),
    (15, &[&[(1, 0.7), (2, 0.3)], &[(1, 0.6), (2, 0.4)]]),
    (16, &[YES_OR_NO]),
    (19, &[&[(1, 0.5), (9, 0.2), (96, 0.3)]]),
];

const CONTROL: usize = 17;
const STALKING: usize = 15;
const SEVERE: [usize; 7] = [3, 6, 7, 8, 9, 14, 18];
/// The acts of each form but stalking, which asks for repetition and fear.
const FORMS: [&[usize]; 11] = [&[1, 2, 16], &[3], &[4, 5], &[6, 7, 8], &[9], &[10], &[11, 12], &[13, 14], &[17], &[18], &[19]];

/// Who stops prefers not to answer what remains.
pub(super) fn draw(rng: &mut ChaCha8Rng, person: &Person, partnership: u8, route: Route) -> ActAnswers {
    let answered = match route {
        Route::Completed if chance(rng, REFUSES_ACTS) => 0,
        Route::Completed => ACTS,
        _ => rng.random_range(0..ACTS),
    };
    let mut acts = [ActAnswer::told(PREFERS_NOT, None); ACTS];
    for (place, answer) in acts.iter_mut().enumerate().take(answered) {
        *answer = ActAnswer::about(rng, person, partnership, place + 1);
    }
    acts
}

impl ActAnswer {
    pub(super) fn told(since_15: u8, last_12_months: Option<u8>) -> ActAnswer {
        ActAnswer { since_15, last_12_months, details: [None; 2], times: None, people: None, channels: None }
    }

    fn about(rng: &mut ChaCha8Rng, person: &Person, partnership: u8, number: usize) -> ActAnswer {
        let act = Acts::one(number);
        let mut say = |period| match pick(rng, &[1.0 - REFUSES_ACT - UNSURE_OF_ACT, REFUSES_ACT, UNSURE_OF_ACT]) {
            0 if person.experienced(act, period) => YES,
            0 => NO,
            1 => PREFERS_NOT,
            _ => DOES_NOT_KNOW,
        };
        let since_15 = say(Period::Since15);
        let mut answer = ActAnswer::told(since_15, (since_15 == YES).then(|| say(Period::Last12Months)));
        if since_15 == YES {
            let asked = DETAILS.iter().find(|(n, _)| *n == number).map_or(&[] as &[&Shares], |(_, asked)| asked);
            asked.iter().zip(&mut answer.details).for_each(|(shares, detail)| *detail = Some(Codes::of(rng, shares)));
        }
        if answer.last_12_months == Some(YES) {
            answer.times = Some(Codes::of(rng, TIMES));
            answer.people = Some(people(rng, partnership, number == CONTROL));
            answer.channels = Some(Codes::some(rng, CHANNELS, &[98]));
        }
        answer
    }

    /// What indicators ask of the act: its questions that were asked, each with whether it was answered, and whether it happened.
    pub(super) fn within(self, period: Period) -> (usize, usize, bool) {
        let asked = [Some(self.since_15), self.last_12_months.filter(|_| period == Period::Last12Months)];
        let is_missing = |code: &u8| *code == PREFERS_NOT || *code == DOES_NOT_KNOW;
        let missing = asked.iter().flatten().filter(|code| is_missing(code)).count();
        let decides = if period == Period::Last12Months { self.last_12_months } else { Some(self.since_15) };
        (asked.iter().flatten().count(), missing, decides == Some(YES))
    }

    fn is_answered(self) -> bool {
        matches!(self.since_15, YES | NO)
    }

    fn happened(self) -> bool {
        self.last_12_months == Some(YES)
    }

    fn write(self, xml: &mut Xml, act: &str) {
        xml.leaf(&format!("{act}_a"), self.since_15);
        xml.optional(&format!("{act}_f"), self.details[0]);
        xml.optional(&format!("{act}_g"), self.details[1]);
        xml.optional(&format!("{act}_b"), self.last_12_months);
        xml.optional(&format!("{act}_c"), self.times);
        xml.optional(&format!("{act}_d"), self.people);
        xml.optional(&format!("{act}_e"), self.channels);
    }
}

/// A partner is named only by who said to have or have had one; control only of partner or family.
fn people(rng: &mut ChaCha8Rng, partnership: u8, is_control: bool) -> Codes {
    let partners = match partnership {
        1 => Some(PARTNERS_NOW[0]),
        2 => Some(PARTNERS_NOW[1]),
        3 | 4 => Some(PARTNERS_BEFORE),
        _ => None,
    };
    match partners {
        Some(partners) if chance(rng, if is_control { 0.75 } else { 0.2 }) => Codes::of(rng, partners),
        _ if is_control => Codes::of(rng, FAMILY),
        _ => Codes::some(rng, OTHER_PEOPLE, &[97, 98]),
    }
}

pub(super) fn is_stalking(acts: &ActAnswers) -> bool {
    let act = &acts[STALKING - 1];
    act.happened() && act.details.iter().all(|d| *d == Some(Codes::one(1)))
}

/// The numbers of the acts of the last 12 months.
pub(super) fn of_last_year(acts: &ActAnswers) -> Vec<u16> {
    acts.iter().zip(1..).filter(|(a, _)| a.happened()).map(|(_, number)| number).collect()
}

/// Whoever did an act of the last 12 months, where anyone was named.
pub(super) fn who(acts: &ActAnswers) -> impl Iterator<Item = u16> {
    acts.iter().filter_map(|a| a.people).flat_map(Codes::iter)
}

/// How many core acts are asked and how many of them were answered.
fn core(acts: &ActAnswers, partnership: u8) -> (usize, usize) {
    let is_core = |number: usize| Acts::one(number).has_any_of(Acts::CORE) && (number != CONTROL || partnership < NEVER_PARTNERED);
    let asked = || acts.iter().zip(1..).filter(|(_, number)| is_core(*number));
    (asked().count(), asked().filter(|(a, _)| a.is_answered()).count())
}

/// Whether an interview that ended early is kept: four fifths of the core acts answered.
pub(super) fn is_enough(acts: &ActAnswers, partnership: u8) -> bool {
    let (asked, answered) = core(acts, partnership);
    5 * answered >= 4 * asked
}

pub(super) fn write(acts: &ActAnswers, partnership: u8, xml: &mut Xml) {
    for (number, answer) in acts.iter().enumerate() {
        let act = format!("t{:02}", number + 1);
        xml.group(&act, |xml| answer.write(xml, &act));
    }
    let happened = |numbers: &[usize]| numbers.iter().any(|n| acts[n - 1].happened());
    let stalking = is_stalking(acts);
    let (asked, answered) = core(acts, partnership);
    let times: Vec<u16> = acts.iter().filter_map(|a| a.times).flat_map(Codes::iter).collect();
    xml.leaf("any_act", u8::from(acts.iter().any(|a| a.happened())));
    xml.leaf("severe_act", u8::from(happened(&SEVERE) || stalking));
    xml.leaf("stalking", u8::from(stalking));
    xml.leaf("n_forms", FORMS.iter().filter(|f| happened(f)).count() + usize::from(stalking));
    xml.leaf("who_12m", together(who(acts)));
    xml.leaf("how_often_12m", together(times.iter().copied()));
    xml.optional("most_often", times.iter().filter(|t| **t <= 3).max());
    xml.leaf("core_asked", asked);
    xml.leaf("core_answered", answered);
    xml.leaf("is_enough", u8::from(is_enough(acts, partnership)));
}

fn together(codes: impl Iterator<Item = u16>) -> String {
    codes.map(|c| c.to_string()).collect::<Vec<_>>().join(" ")
}
