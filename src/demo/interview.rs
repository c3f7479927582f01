//! One visit to a sampled dwelling: what was found and answered, and the instance that ODK Collect would send of it.

use std::fmt::{Display, Write};
use std::ops::Range;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::population::{Acts, AgeGroup, Period, Person, Sex, chance, pick};

/// How a visit went, in the order of the form: each route reaches at least the questions that the one before it reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Route {
    NobodyHome,
    Vacant,
    Destroyed,
    NotFound,
    NoContact,
    HouseholdRefused,
    NobodyEligible,
    Away,
    Unable,
    Refused,
    Removed,
    Distress,
    NoPrivacy,
    Stopped,
    Completed,
}

#[derive(Debug, Clone)]
pub struct Visit {
    pub case: String,
    /// The place of the PSU in the sample.
    pub psu: usize,
    /// The place of the stratum in the population's list.
    pub stratum: usize,
    pub base_weight: f64,
    pub sex: Sex,
    pub language: &'static str,
    pub draw: u32,
    pub route: Route,
    /// Known where the household was counted.
    pub n_eligible: Option<u8>,
    /// As in the form's list `age_groups`, of a selected person who was not interviewed.
    pub contact_age_group: Option<u8>,
    pub interview: Option<Interview>,
    pub(super) clock: Clock,
}

/// What a person answered, in the form's codes.
#[derive(Debug, Clone)]
pub struct Interview {
    pub age_years: u8,
    pub partnership: u8,
    /// Seeing, hearing, walking, remembering, self-care, communicating.
    pub difficulty: [u8; 6],
    pub privacy: u8,
    pub privacy_again: Option<u8>,
    /// T01, T03, T06, T13, T15; nothing where there was no privacy.
    pub acts: Option<[ActAnswer; 5]>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActAnswer {
    pub since_15: u8,
    /// Asked after a "yes" alone.
    pub last_12_months: Option<u8>,
}

/// When a visit began and how long it took, in milliseconds of its day.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    start: u32,
    length: u32,
}

const FORM_ID: &str = "tfvaw";
const DOMAINS: [&str; 6] = ["wg_seeing", "wg_hearing", "wg_walking", "wg_remembering", "wg_selfcare", "wg_communicating"];
const ACTS: [&str; 5] = ["t01", "t03", "t06", "t13", "t15"];
const CONSENT_NOTES: [&str; 5] = ["consent_purpose", "consent_topics", "consent_choice", "consent_confidentiality", "consent_contact"];

const YES: u8 = 1;
const NO: u8 = 2;
const PREFERS_NOT: u8 = 97;
const DOES_NOT_KNOW: u8 = 98;
const DIFFICULTY_PREFERS_NOT: u8 = 7;
const DIFFICULTY_UNKNOWN: u8 = 9;
const SOMEBODY_ELSE: u8 = 3;

/// Item nonresponse: of all acts together, of one act, of a question asked before them.
const REFUSES_ACTS: f32 = 0.006;
const REFUSES_ACT: f32 = 0.002;
const UNSURE_OF_ACT: f32 = 0.002;
const REFUSES_TRAIT: f32 = 0.004;

impl Route {
    /// The form's `result`.
    pub fn result(self) -> u8 {
        match self {
            Route::NobodyHome | Route::Away => 8,
            Route::Vacant => 12,
            Route::Destroyed => 13,
            Route::NotFound => 14,
            Route::NoContact => 16,
            Route::HouseholdRefused => 5,
            Route::NobodyEligible => 10,
            Route::Unable => 11,
            Route::Refused => 4,
            Route::Removed => 20,
            Route::Distress => 21,
            Route::NoPrivacy => 7,
            Route::Stopped => 3,
            Route::Completed => 1,
        }
    }

    /// Whether somebody was selected who did not agree to an interview.
    pub fn is_without_agreement(self) -> bool {
        matches!(self, Route::Away | Route::Unable | Route::Refused)
    }

    fn ending(self) -> u8 {
        match self {
            Route::Removed => 4,
            Route::Distress => 3,
            Route::Stopped => 2,
            _ => 1,
        }
    }

    fn minutes(self) -> Range<u32> {
        match self {
            Route::Completed => 13..40,
            _ if self >= Route::Removed => 9..25,
            _ => 4..9,
        }
    }
}

impl Visit {
    pub fn result(&self) -> u8 {
        self.route.result()
    }

    /// The age group of the selected person, where it is known.
    pub fn age_group(&self) -> Option<AgeGroup> {
        let noted = || AgeGroup::ALL.into_iter().find(|g| Some(*g as u8) == self.contact_age_group);
        self.interview.as_ref().map(|i| AgeGroup::of(i.age_years)).or_else(noted)
    }

    /// Whether a completed interview says that any of the acts happened; no value where none says "yes" and over a fifth is missing.
    pub fn says(&self, acts: Acts, period: Period) -> Option<bool> {
        let answers = self.interview.as_ref().filter(|_| self.route == Route::Completed)?.acts?;
        let asked = || answers.iter().zip(Acts::EACH).filter(|(_, act)| act.has_any_of(acts)).map(|(a, _)| a.within(period));
        let missing = asked().filter(Option::is_none).count();
        let is_yes = asked().any(|a| a == Some(true));
        (is_yes || 5 * missing <= asked().count()).then_some(is_yes)
    }

    /// The instance's XML, without the elements that are not relevant, as Collect leaves them out. `day` is `2026-11-16`.
    pub fn instance(&self, version: &str, instance_id: &str, day: &str) -> String {
        let mut xml = Xml(String::with_capacity(3000));
        xml.0.push_str("<?xml version='1.0' ?>");
        xml.0.push_str("<data xmlns:jr=\"http://openrosa.org/javarosa\" xmlns:orx=\"http://openrosa.org/xforms\"");
        xml.0.push_str(&format!(" id=\"{FORM_ID}\" version=\"{version}\">"));
        self.write_arrival(&mut xml, day);
        if self.route >= Route::HouseholdRefused {
            self.write_household(&mut xml);
        }
        xml.leaf("result", self.result());
        xml.group("meta", |xml| xml.leaf("instanceID", instance_id));
        xml.0.push_str("</data>");
        xml.0
    }

    fn write_arrival(&self, xml: &mut Xml, day: &str) {
        xml.leaf("start", at(day, self.clock.start));
        xml.leaf("end", at(day, self.clock.start + self.clock.length));
        xml.leaf("today", day);
        xml.leaf("mode", 1);
        xml.leaf("draw", self.draw);
        xml.group("arrival", |xml| {
            xml.leaf("case_code", &self.case);
            xml.leaf("interview_language", self.language);
            xml.leaf("fielded_sex", self.sex as u8);
            xml.leaf("visit", if self.route >= Route::HouseholdRefused { 1 } else { self.result() });
        });
    }

    fn write_household(&self, xml: &mut Xml) {
        xml.group("household", |xml| {
            xml.leaf("household_intro", "");
            xml.leaf("household_agrees", if self.n_eligible.is_some() { YES } else { NO });
            xml.optional("n_eligible", self.n_eligible);
        });
        if let Some(n) = self.n_eligible.filter(|n| *n > 0) {
            self.write_selection(xml, n);
        }
        xml.optional("contact_age_group", self.contact_age_group);
        if let Some(interview) = &self.interview {
            xml.group("interview", |xml| interview.write(xml, self.sex));
        }
        xml.group("closing", |xml| {
            if self.route >= Route::Removed {
                xml.leaf("thanks", "");
                xml.leaf("ending", self.route.ending());
            }
            xml.leaf("help_list", "");
        });
    }

    fn write_selection(&self, xml: &mut Xml, n: u8) {
        xml.leaf("selected_person", self.draw * u32::from(n) / 1_000_000 + 1);
        xml.group("selection", |xml| {
            xml.leaf("selected_note", "");
            xml.leaf("person_contact", if self.route >= Route::Refused { 1 } else { self.result() });
        });
        if self.route >= Route::Refused {
            xml.group("agreement", |xml| {
                CONSENT_NOTES.iter().for_each(|note| xml.leaf(note, ""));
                xml.leaf("consent", if self.route == Route::Refused { NO } else { YES });
            });
        }
    }
}

impl Interview {
    pub(super) fn with(rng: &mut ChaCha8Rng, person: &Person, route: Route) -> Interview {
        let is_private = route != Route::NoPrivacy;
        let privacy = if is_private { [1, 2, SOMEBODY_ELSE][pick(rng, &[0.76, 0.10, 0.14])] } else { SOMEBODY_ELSE };
        let again = if is_private { [1, 2][pick(rng, &[0.9, 0.1])] } else { SOMEBODY_ELSE };
        Interview {
            age_years: person.age_years,
            partnership: if chance(rng, REFUSES_TRAIT) { PREFERS_NOT } else { person.partnership },
            difficulty: person.difficulty.map(|d| said_of_difficulty(rng, d)),
            privacy,
            privacy_again: (privacy == SOMEBODY_ELSE).then_some(again),
            acts: is_private.then(|| act_answers(rng, person, route)),
        }
    }

    fn write(&self, xml: &mut Xml, sex: Sex) {
        xml.group("about_you", |xml| {
            xml.leaf("sex", sex as u8);
            xml.leaf("age_years", self.age_years);
            xml.leaf("partnership", self.partnership);
        });
        xml.group("activities", |xml| {
            xml.leaf("wg_intro", "");
            DOMAINS.iter().zip(self.difficulty).for_each(|(domain, answer)| xml.leaf(domain, answer));
        });
        xml.group("quiet_place", |xml| {
            xml.leaf("privacy", self.privacy);
            xml.optional("privacy_again", self.privacy_again);
            xml.leaf("is_private", u8::from(self.acts.is_some()));
        });
        let Some(acts) = self.acts else { return };
        xml.group("digital_life", |xml| {
            xml.leaf("digital_intro", "");
            ACTS.iter().zip(acts).for_each(|(act, answer)| xml.group(act, |xml| answer.write(xml, act)));
        });
    }
}

fn said_of_difficulty(rng: &mut ChaCha8Rng, difficulty: u8) -> u8 {
    [difficulty, DIFFICULTY_PREFERS_NOT, DIFFICULTY_UNKNOWN][pick(rng, &[1.0 - 2.0 * REFUSES_TRAIT, REFUSES_TRAIT, REFUSES_TRAIT])]
}

/// Who stops prefers not to answer what remains.
fn act_answers(rng: &mut ChaCha8Rng, person: &Person, route: Route) -> [ActAnswer; 5] {
    let answered = match route {
        Route::Completed if chance(rng, REFUSES_ACTS) => 0,
        Route::Completed => Acts::EACH.len(),
        _ => rng.random_range(0..Acts::EACH.len()),
    };
    let mut acts = [ActAnswer { since_15: PREFERS_NOT, last_12_months: None }; 5];
    for (answer, act) in acts.iter_mut().zip(Acts::EACH).take(answered) {
        *answer = ActAnswer::about(rng, person, act);
    }
    acts
}

impl ActAnswer {
    fn about(rng: &mut ChaCha8Rng, person: &Person, act: Acts) -> ActAnswer {
        let mut say = |period| match pick(rng, &[1.0 - REFUSES_ACT - UNSURE_OF_ACT, REFUSES_ACT, UNSURE_OF_ACT]) {
            0 if person.experienced(act, period) => YES,
            0 => NO,
            1 => PREFERS_NOT,
            _ => DOES_NOT_KNOW,
        };
        let since_15 = say(Period::Since15);
        ActAnswer { since_15, last_12_months: (since_15 == YES).then(|| say(Period::Last12Months)) }
    }

    fn within(self, period: Period) -> Option<bool> {
        let said = match period {
            Period::Last12Months => self.last_12_months.unwrap_or(self.since_15),
            Period::Since15 => self.since_15,
        };
        [(YES, true), (NO, false)].into_iter().find_map(|(code, is_yes)| (said == code).then_some(is_yes))
    }

    fn write(self, xml: &mut Xml, act: &str) {
        xml.leaf(&format!("{act}_a"), self.since_15);
        xml.optional(&format!("{act}_b"), self.last_12_months);
    }
}

impl Clock {
    pub(super) fn of(rng: &mut ChaCha8Rng, route: Route) -> Clock {
        let start = rng.random_range(8 * 3_600_000..19 * 3_600_000);
        Clock { start, length: rng.random_range(route.minutes()) * 60_000 + rng.random_range(0..60_000) }
    }
}

fn at(day: &str, ms: u32) -> String {
    let seconds = ms / 1000;
    format!("{day}T{:02}:{:02}:{:02}.{:03}+01:00", seconds / 3600, seconds / 60 % 60, seconds % 60, ms % 1000)
}

struct Xml(String);

impl Xml {
    fn leaf(&mut self, name: &str, value: impl Display) {
        let _ = write!(self.0, "<{name}>{value}</{name}>");
    }

    fn optional(&mut self, name: &str, value: Option<u8>) {
        if let Some(value) = value {
            self.leaf(name, value);
        }
    }

    fn group(&mut self, name: &str, inside: impl FnOnce(&mut Xml)) {
        let _ = write!(self.0, "<{name}>");
        inside(self);
        let _ = write!(self.0, "</{name}>");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visit(route: Route) -> Visit {
        let act = |since_15, last_12_months| ActAnswer { since_15, last_12_months };
        let acts = [act(1, Some(1)), act(2, None), act(97, None), act(1, Some(2)), act(2, None)];
        let interview = Interview { age_years: 40, partnership: 1, difficulty: [1; 6], privacy: 1, privacy_again: None, acts: Some(acts) };
        Visit {
            case: "K-100001".into(),
            psu: 0,
            stratum: 0,
            base_weight: 1.0,
            sex: Sex::Female,
            language: "fr",
            draw: 410_000,
            route,
            n_eligible: Some(3),
            contact_age_group: route.is_without_agreement().then_some(3),
            interview: (route >= Route::Distress).then_some(interview),
            clock: Clock { start: 36_000_000, length: 240_007 },
        }
    }

    #[test]
    fn a_refusal_is_written_as_collect_writes_it() {
        let xml = visit(Route::Refused).instance("2026112101", "uuid:1", "2026-11-16");
        for part in [
            " id=\"tfvaw\" version=\"2026112101\"><start>2026-11-16T10:00:00.000+01:00</start><end>2026-11-16T10:04:00.007+01:00</end>",
            "<n_eligible>3</n_eligible></household><selected_person>2</selected_person><selection>",
            "<consent>2</consent></agreement><contact_age_group>3</contact_age_group><closing><help_list></help_list></closing>",
            "<result>4</result><meta><instanceID>uuid:1</instanceID></meta></data>",
        ] {
            assert!(xml.contains(part), "{part} in {xml}");
        }
        assert!(!xml.contains("<interview>") && !xml.contains("<ending>"));
        assert!(visit(Route::Stopped).instance("1", "uuid:1", "2026-11-16").contains("<t01_a>1</t01_a><t01_b>1</t01_b>"));
        assert!(!visit(Route::Removed).instance("1", "uuid:1", "2026-11-16").contains("<t01_a>"));
    }

    #[test]
    fn one_missing_act_of_five_leaves_a_value_and_of_one_does_not() {
        let done = visit(Route::Completed);
        assert_eq!(done.says(Acts::ANY5, Period::Last12Months), Some(true));
        assert_eq!(done.says(Acts::EACH[2], Period::Since15), None);
        assert_eq!((done.says(Acts::EACH[3], Period::Since15), done.says(Acts::EACH[3], Period::Last12Months)), (Some(true), Some(false)));
        assert_eq!(visit(Route::Stopped).says(Acts::ANY5, Period::Last12Months), None);
    }
}
