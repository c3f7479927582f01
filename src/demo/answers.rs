//! What a person answers from consent to the last question, in the form's codes.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::acts::{self, ActAnswers};
use super::aftermath::Aftermath;
use super::interview::Route;
use super::population::{Person, Sex, chance, pick};
use super::xml::{Codes, Shares, Xml};

#[derive(Debug, Clone)]
pub struct Interview {
    pub age_years: u8,
    pub partnership: u8,
    /// Seeing, hearing, walking, remembering, self-care, communicating.
    pub difficulty: [u8; 6],
    pub privacy: u8,
    pub privacy_again: Option<u8>,
    /// School, work and home; then the use of technology.
    pub(super) background: Vec<(&'static str, Codes)>,
    pub(super) technology: Vec<(&'static str, Codes)>,
    pub(super) others_use_device: Codes,
    /// Nothing where there was no privacy.
    pub acts: Option<ActAnswers>,
    pub(super) aftermath: Option<Aftermath>,
    /// How safe the person feels online, and how at the end.
    pub(super) closing: [Codes; 2],
}

pub(super) const YES: u8 = 1;
pub(super) const NO: u8 = 2;
pub(super) const PREFERS_NOT: u8 = 97;
pub(super) const DOES_NOT_KNOW: u8 = 98;
pub(super) const NEVER_PARTNERED: u8 = 5;
const DIFFICULTY_PREFERS_NOT: u8 = 7;
const DIFFICULTY_UNKNOWN: u8 = 9;
const SOMEBODY_ELSE: u8 = 3;

/// Item nonresponse of a question asked before the acts.
const REFUSES_TRAIT: f32 = 0.004;

const DOMAINS: [&str; 6] = ["wg_seeing", "wg_hearing", "wg_walking", "wg_remembering", "wg_selfcare", "wg_communicating"];
/// By age group: the levels of education, the states of work, and when the internet was last used.
const EDUCATION: [&Shares; 5] = [
    &[(1, 0.05), (2, 0.15), (3, 0.55), (4, 0.25)],
    &[(1, 0.08), (2, 0.15), (3, 0.37), (4, 0.4)],
    &[(1, 0.14), (2, 0.18), (3, 0.36), (4, 0.32)],
    &[(1, 0.28), (2, 0.22), (3, 0.3), (4, 0.2)],
    &[(1, 0.5), (2, 0.2), (3, 0.2), (4, 0.1)],
];
const WORK: [&Shares; 5] = [
    &[(1, 0.3), (2, 0.12), (3, 0.5), (4, 0.06), (6, 0.01), (7, 0.01)],
    &[(1, 0.62), (2, 0.12), (3, 0.06), (4, 0.18), (6, 0.01), (7, 0.01)],
    &[(1, 0.68), (2, 0.08), (4, 0.2), (6, 0.03), (7, 0.01)],
    &[(1, 0.5), (2, 0.05), (4, 0.2), (5, 0.17), (6, 0.07), (7, 0.01)],
    &[(1, 0.08), (4, 0.15), (5, 0.7), (6, 0.06), (7, 0.01)],
];
const INTERNET: [&Shares; 5] = [
    &[(1, 0.97), (2, 0.01), (4, 0.02)],
    &[(1, 0.95), (2, 0.02), (4, 0.03)],
    &[(1, 0.89), (2, 0.03), (3, 0.02), (4, 0.06)],
    &[(1, 0.7), (2, 0.04), (3, 0.04), (4, 0.22)],
    &[(1, 0.42), (2, 0.04), (3, 0.05), (4, 0.49)],
];
const ENDS_MEET: &Shares = &[(1, 0.2), (2, 0.35), (3, 0.3), (4, 0.14), (97, 0.01)];
const PUBLIC_ROLE: &Shares = &[(0, 0.88), (1, 0.005), (2, 0.005), (3, 0.02), (4, 0.03), (5, 0.05), (6, 0.01)];
const DEVICE: &Shares = &[(1, 0.8), (2, 0.1), (3, 0.05), (4, 0.05)];
const FREQUENCY: &Shares = &[(1, 0.7), (2, 0.2), (3, 0.07), (4, 0.03)];
const SERVICES: &Shares =
    &[(1, 0.2), (2, 0.2), (3, 0.3), (4, 0.1), (5, 0.3), (7, 0.2), (8, 0.03), (10, 0.08), (11, 0.1), (16, 0.1), (17, 0.1)];
const OTHERS_USE: &Shares = &[(1, 0.03), (2, 0.08), (3, 0.88), (98, 0.01)];
const SAFE_ONLINE: &Shares = &[(1, 0.2), (2, 0.35), (3, 0.2), (4, 0.15), (5, 0.08), (98, 0.02)];
const FEELING: &Shares = &[(1, 0.25), (2, 0.4), (3, 0.25), (4, 0.08), (5, 0.01), (97, 0.01)];

impl Interview {
    /// Drawn apart, so that what a person says changes nothing of who is visited next.
    pub(super) fn with(rng: &mut ChaCha8Rng, person: &Person, route: Route) -> Interview {
        let rng = &mut ChaCha8Rng::seed_from_u64(rng.random());
        let is_private = route != Route::NoPrivacy;
        let privacy = if is_private { [1, 2, SOMEBODY_ELSE][pick(rng, &[0.76, 0.10, 0.14])] } else { SOMEBODY_ELSE };
        let again = if is_private { [1, 2][pick(rng, &[0.9, 0.1])] } else { SOMEBODY_ELSE };
        let partnership = if chance(rng, REFUSES_TRAIT) { PREFERS_NOT } else { person.partnership };
        let acts = is_private.then(|| acts::draw(rng, person, partnership, route));
        Interview {
            age_years: person.age_years,
            partnership,
            difficulty: person.difficulty.map(|d| said_of_difficulty(rng, d)),
            privacy,
            privacy_again: (privacy == SOMEBODY_ELSE).then_some(again),
            background: background(rng, person),
            technology: technology(rng, person),
            others_use_device: Codes::of(rng, OTHERS_USE),
            aftermath: acts.as_ref().map(|acts| Aftermath::after(rng, acts, route != Route::Completed)),
            acts,
            closing: [SAFE_ONLINE, FEELING].map(|shares| Codes::of(rng, shares)),
        }
    }

    /// Whether an interview that ended early is kept all the same.
    pub(super) fn is_enough(&self) -> bool {
        self.acts.as_ref().is_some_and(|acts| acts::is_enough(acts, self.partnership))
    }

    pub(super) fn write(&self, xml: &mut Xml, sex: Sex) {
        xml.group("about_you", |xml| {
            xml.leaf("sex", sex as u8);
            xml.leaf("age_years", self.age_years);
            xml.leaf("partnership", self.partnership);
        });
        xml.group("your_life", |xml| self.background.iter().for_each(|(name, codes)| xml.leaf(name, codes)));
        xml.group("activities", |xml| {
            xml.leaf("wg_intro", "");
            DOMAINS.iter().zip(self.difficulty).for_each(|(domain, answer)| xml.leaf(domain, answer));
        });
        xml.group("technology", |xml| self.technology.iter().for_each(|(name, codes)| xml.leaf(name, codes)));
        xml.group("quiet_place", |xml| {
            xml.leaf("privacy", self.privacy);
            xml.optional("privacy_again", self.privacy_again);
            xml.leaf("is_private", u8::from(self.acts.is_some()));
        });
        if let (Some(acts), Some(aftermath)) = (&self.acts, &self.aftermath) {
            xml.group("digital_life", |xml| {
                xml.leaf("digital_intro", "");
                xml.leaf("others_use_device", self.others_use_device);
                acts::write(acts, self.partnership, xml);
            });
            aftermath.write(xml);
        }
        xml.leaf("is_private_3", u8::from(self.aftermath.as_ref().is_some_and(Aftermath::is_quiet)));
        xml.group("views", |xml| {
            self.aftermath.iter().for_each(|a| a.write_views(xml));
            xml.leaf("l06", self.closing[0]);
            xml.leaf("z01", self.closing[1]);
        });
    }
}

fn said_of_difficulty(rng: &mut ChaCha8Rng, difficulty: u8) -> u8 {
    [difficulty, DIFFICULTY_PREFERS_NOT, DIFFICULTY_UNKNOWN][pick(rng, &[1.0 - 2.0 * REFUSES_TRAIT, REFUSES_TRAIT, REFUSES_TRAIT])]
}

fn background(rng: &mut ChaCha8Rng, person: &Person) -> Vec<(&'static str, Codes)> {
    let age = person.age_group().index();
    vec![
        ("education", Codes::of(rng, EDUCATION[age])),
        ("work", Codes::of(rng, WORK[age])),
        ("living_cost", Codes::of(rng, ENDS_MEET)),
        ("public_role", Codes::some(rng, PUBLIC_ROLE, &[0])),
    ]
}

fn technology(rng: &mut ChaCha8Rng, person: &Person) -> Vec<(&'static str, Codes)> {
    let internet = Codes::of(rng, INTERNET[person.age_group().index()]);
    let mut said = vec![("internet_use", internet), ("own_device", Codes::of(rng, DEVICE))];
    if internet.has(1) || internet.has(2) {
        said.push(("use_frequency", Codes::of(rng, FREQUENCY)));
        said.push(("services", Codes::some(rng, SERVICES, &[])));
    }
    said
}
