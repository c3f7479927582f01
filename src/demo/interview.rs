//! One visit to a sampled dwelling: what was found, and the instance that ODK Collect would send of it.

use std::ops::Range;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

pub use super::acts::{ActAnswer, ActAnswers};
pub use super::answers::Interview;
use super::answers::{NO, YES};
use super::population::{Acts, AgeGroup, Period, Sex};
use super::xml::Xml;

/// How a visit went, in the order of the form: each route reaches at least the questions that the one before it reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Route {
    NobodyHome,
    HouseholdPostponed,
    Vacant,
    Destroyed,
    NotFound,
    LongAbsent,
    NoContact,
    HouseholdRefused,
    NobodyEligible,
    Away,
    Postponed,
    Unable,
    Refused,
    Removed,
    Distress,
    NoPrivacy,
    Interrupted,
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

/// When a visit began and how long it took, in milliseconds of its day.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    start: u32,
    length: u32,
}

const FORM_ID: &str = "tfvaw";
const CONSENT_NOTES: [&str; 5] = ["consent_purpose", "consent_topics", "consent_choice", "consent_confidentiality", "consent_contact"];
const CONSENT_ELEMENTS: &str = "1 2 3 4 5 6 7 8 9 10";
const MIN_AGE: u8 = 18;

impl Route {
    /// The form's `result`, where the interview was not ended early with enough of it done.
    fn result(self) -> u8 {
        match self {
            Route::NobodyHome | Route::Away => 8,
            Route::HouseholdPostponed | Route::Postponed => 9,
            Route::Vacant => 12,
            Route::Destroyed => 13,
            Route::NotFound => 14,
            Route::LongAbsent => 15,
            Route::NoContact => 16,
            Route::HouseholdRefused => 5,
            Route::NobodyEligible => 10,
            Route::Unable => 11,
            Route::Refused => 4,
            Route::Removed => 20,
            Route::Distress => 21,
            Route::NoPrivacy => 7,
            Route::Interrupted => 22,
            Route::Stopped => 3,
            Route::Completed => 1,
        }
    }

    /// Whether somebody was selected who did not agree to an interview.
    pub fn is_without_agreement(self) -> bool {
        matches!(self, Route::Away | Route::Postponed | Route::Unable | Route::Refused)
    }

    fn ending(self) -> u8 {
        match self {
            Route::Removed => 4,
            Route::Distress => 3,
            Route::Stopped => 2,
            Route::Interrupted => 5,
            _ => 1,
        }
    }

    fn minutes(self) -> Range<u32> {
        match self {
            Route::Completed => 18..50,
            _ if self >= Route::Removed => 9..25,
            _ => 4..9,
        }
    }
}

impl Visit {
    pub fn result(&self) -> u8 {
        let is_enough = || self.interview.as_ref().is_some_and(Interview::is_enough);
        match self.route {
            Route::Interrupted | Route::Stopped if is_enough() => 2,
            route => route.result(),
        }
    }

    /// Whether the answers are counted.
    pub fn is_usable(&self) -> bool {
        matches!(self.result(), 1 | 2)
    }

    /// The age group of the selected person, where it is known.
    pub fn age_group(&self) -> Option<AgeGroup> {
        let noted = || AgeGroup::ALL.into_iter().find(|g| Some(*g as u8) == self.contact_age_group);
        self.interview.as_ref().map(|i| AgeGroup::of(i.age_years)).or_else(noted)
    }

    /// Whether a counted interview says that any of the acts happened; no value where none says "yes" and over a fifth is missing.
    pub fn says(&self, acts: Acts, period: Period) -> Option<bool> {
        let answers = self.interview.as_ref().filter(|_| self.is_usable())?.acts.as_ref()?;
        let asked = answers.iter().zip(Acts::each()).filter(|(_, act)| act.has_any_of(acts)).map(|(a, _)| a.within(period));
        let (n, missing, is_yes) = asked.fold((0, 0, false), |sum, one| (sum.0 + one.0, sum.1 + one.1, sum.2 || one.2));
        (is_yes || 5 * missing <= n).then_some(is_yes)
    }

    /// The instance's XML, without the elements that are not relevant, as Collect leaves them out. `day` is `2026-11-16`.
    pub fn instance(&self, version: &str, instance_id: &str, day: &str) -> String {
        let mut xml = Xml(String::with_capacity(5000));
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
        xml.leaf("min_age", MIN_AGE);
        xml.leaf("distress_protocol", 0);
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
        if self.route > Route::Removed {
            self.write_observed(xml);
        }
    }

    fn write_observed(&self, xml: &mut Xml) {
        let distress = if self.route == Route::Distress { 3 } else { u8::from(self.draw.is_multiple_of(9)) };
        xml.group("observed", |xml| {
            xml.leaf("z04", if self.route == Route::Interrupted { 1 } else { 0 });
            xml.leaf("z05", if self.route == Route::NoPrivacy { 3 } else { 1 });
            xml.leaf("z06", distress);
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
                xml.leaf("consent_elements", CONSENT_ELEMENTS);
                xml.leaf("consent", if self.route == Route::Refused { NO } else { YES });
            });
        }
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

#[cfg(test)]
mod tests {
    use super::super::population::ACTS;
    use super::super::xml::Codes;
    use super::*;

    fn visit(route: Route) -> Visit {
        let mut acts = [ActAnswer::told(2, None); ACTS];
        for (number, since_15, last_12_months) in [(1, 1, Some(1)), (6, 97, None), (13, 1, Some(2))] {
            acts[number - 1] = ActAnswer::told(since_15, last_12_months);
        }
        let interview = Interview {
            age_years: 40,
            partnership: 1,
            difficulty: [1; 6],
            privacy: 1,
            privacy_again: None,
            background: Vec::new(),
            technology: Vec::new(),
            others_use_device: Codes::one(3),
            acts: Some(acts),
            aftermath: None,
            closing: [Codes::one(1); 2],
        };
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
        let xml = visit(Route::Refused).instance("2026112201", "uuid:1", "2026-11-16");
        for part in [
            " id=\"tfvaw\" version=\"2026112201\"><start>2026-11-16T10:00:00.000+01:00</start><end>2026-11-16T10:04:00.007+01:00</end>",
            "<n_eligible>3</n_eligible></household><selected_person>2</selected_person><selection>",
            "<consent>2</consent></agreement><contact_age_group>3</contact_age_group><closing><help_list></help_list></closing>",
            "<result>4</result><meta><instanceID>uuid:1</instanceID></meta></data>",
        ] {
            assert!(xml.contains(part), "{part} in {xml}");
        }
        assert!(!xml.contains("<interview>") && !xml.contains("<ending>"));
        assert!(!visit(Route::Removed).instance("1", "uuid:1", "2026-11-16").contains("<t01_a>"));
    }

    #[test]
    fn some_missing_acts_of_fourteen_leave_a_value_and_one_of_one_does_not() {
        let done = visit(Route::Completed);
        assert_eq!(done.says(Acts::CORE, Period::Last12Months), Some(true));
        assert_eq!(done.says(Acts::one(6), Period::Since15), None);
        assert_eq!((done.says(Acts::one(13), Period::Since15), done.says(Acts::one(13), Period::Last12Months)), (Some(true), Some(false)));
    }

    #[test]
    fn who_stops_late_is_kept_and_who_stops_early_is_not() {
        let mut stopped = visit(Route::Stopped);
        assert_eq!((stopped.result(), stopped.is_usable()), (2, true));
        let acts = stopped.interview.as_mut().and_then(|i| i.acts.as_mut()).expect("there was privacy");
        acts[3..].fill(ActAnswer::told(97, None));
        assert_eq!((stopped.result(), stopped.says(Acts::CORE, Period::Since15)), (3, None));
        stopped.route = Route::Interrupted;
        assert_eq!(stopped.result(), 22);
    }
}
