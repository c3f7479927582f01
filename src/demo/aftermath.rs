//! What is asked after the acts: the most serious of them, what followed, whom it was told, and what a person knows of help.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::acts::{self, ActAnswers};
use super::answers::{PREFERS_NOT, YES};
use super::population::chance;
use super::xml::{Codes, Shares, Xml};

/// Answers by the names of their questions, in the order of the form.
type Answers = Vec<(&'static str, Codes)>;

/// The blocks after the acts.
#[derive(Debug, Clone)]
pub struct Aftermath {
    privacy_2: u8,
    privacy_3: Option<u8>,
    incident: Option<Answers>,
    impact: Option<Answers>,
    help: Option<Answers>,
    views: Option<Answers>,
}

const PRIVACY: &Shares = &[(1, 0.88), (2, 0.09), (3, 0.03)];
const SOMEBODY_ELSE: u8 = 3;
const REFUSES: f32 = 0.01;

const INCIDENT: [(&str, &Shares); 9] = [
    ("m03", &[(1, 0.62), (2, 0.2), (3, 0.04), (98, 0.14)]),
    ("m04", &[(1, 0.6), (2, 0.14), (3, 0.08), (98, 0.18)]),
    ("m05", &[(2, 0.12), (3, 0.3), (5, 0.2), (6, 0.25), (8, 0.05), (14, 0.03), (96, 0.05)]),
    ("m06", &[(1, 0.3), (2, 0.25), (3, 0.22), (4, 0.12), (5, 0.11)]),
    ("m07", &[(1, 0.76), (2, 0.14), (3, 0.05), (4, 0.05)]),
    ("m08", &[(1, 0.7), (2, 0.08), (98, 0.22)]),
    ("m09", &[(1, 0.2), (2, 0.4), (3, 0.28), (98, 0.12)]),
    ("m10", &[(1, 0.3), (2, 0.15), (3, 0.12), (4, 0.06), (5, 0.03), (7, 0.16), (8, 0.06), (9, 0.12)]),
    ("m11", &[(1, 0.04), (2, 0.76), (98, 0.2)]),
];
const STILL_GOING_ON: u16 = 5;
const DANGER: &Shares = &[(1, 0.94), (2, 0.03), (3, 0.03)];

/// Each with how often it follows; thoughts of self-harm are asked only where an office has switched them on.
const IMPACT: [(&str, f32); 13] = [
    ("i01", 0.58),
    ("i02", 0.28),
    ("i03", 0.16),
    ("i04", 0.22),
    ("i06", 0.03),
    ("i07", 0.24),
    ("i08", 0.33),
    ("i09", 0.14),
    ("i10", 0.17),
    ("i11", 0.08),
    ("i12", 0.09),
    ("i13", 0.06),
    ("i14", 0.15),
];
const AMOUNT: &Shares = &[(1, 0.5), (2, 0.3), (3, 0.15), (4, 0.05)];

const NOBODY: u16 = 0;
const PLATFORM: u16 = 23;
const POLICE: u16 = 20;
const HELPERS: &Shares = &[(1, 0.15), (2, 0.25), (4, 0.38), (5, 0.03), (7, 0.05), (9, 0.03), (11, 0.04), (12, 0.03), (20, 0.04)];
const REPORTS: &Shares = &[(NOBODY, 0.76), (PLATFORM, 0.14), (POLICE, 0.06), (11, 0.02), (26, 0.02)];
const FORMAL: [u16; 12] = [9, 10, 11, 12, 13, 20, 21, 22, 23, 24, 25, 26];
const PLATFORM_OUTCOME: &Shares = &[(1, 0.1), (2, 0.15), (3, 0.1), (4, 0.1), (5, 0.15), (6, 0.4)];
const POLICE_OUTCOME: &Shares = &[(1, 0.5), (2, 0.2), (3, 0.15), (6, 0.03), (7, 0.12)];
const REGISTERED: &Shares = &[(1, 0.4), (2, 0.5), (98, 0.1)];
const SCALE_OF_4: &Shares = &[(1, 0.15), (2, 0.3), (3, 0.3), (4, 0.25)];
const REASONS: &Shares = &[(1, 0.28), (2, 0.3), (3, 0.08), (4, 0.05), (5, 0.07), (6, 0.07), (7, 0.15), (8, 0.05), (13, 0.09)];
const OWN_ACTIONS: &Shares = &[(0, 0.1), (1, 0.5), (2, 0.14), (3, 0.15), (4, 0.1), (5, 0.08), (6, 0.2), (7, 0.06)];
const NEEDS: &Shares = &[(0, 0.6), (1, 0.1), (2, 0.1), (3, 0.1), (5, 0.06), (6, 0.04)];

const VIEWS: [(&str, &Shares); 5] = [
    ("l01", &[(1, 0.35), (2, 0.3), (98, 0.35)]),
    ("l02", &[(1, 0.55), (2, 0.35), (98, 0.1)]),
    ("l03", &[(1, 0.22), (2, 0.63), (98, 0.15)]),
    ("l04", SCALE_OF_4),
    ("l05", &[(1, 0.3), (2, 0.65), (98, 0.05)]),
];

impl Aftermath {
    /// `is_refused`: the person has stopped and prefers not to answer what remains.
    pub(super) fn after(rng: &mut ChaCha8Rng, acts: &ActAnswers, is_refused: bool) -> Aftermath {
        let happened = acts::of_last_year(acts);
        let mut look = || Codes::of(rng, PRIVACY).iter().next().map_or(1, |c| c as u8);
        let (privacy_2, again) = (look(), look());
        let goes_on = !happened.is_empty() && privacy_2 != SOMEBODY_ELSE;
        let privacy_3 = goes_on.then_some(again);
        let is_quiet = privacy_2 != SOMEBODY_ELSE && privacy_3 != Some(SOMEBODY_ELSE);
        let mut say = Sayer { rng, is_refused };
        Aftermath {
            privacy_2,
            privacy_3,
            incident: goes_on.then(|| say.incident(&happened, acts)),
            impact: goes_on.then(|| say.impact()),
            help: (goes_on && is_quiet).then(|| say.help()),
            views: is_quiet.then(|| VIEWS.iter().map(|(name, shares)| (*name, say.one(shares))).collect()),
        }
    }

    pub(super) fn write(&self, xml: &mut Xml) {
        xml.group("quiet_place_2", |xml| xml.leaf("privacy_2", self.privacy_2));
        block(xml, "incident", self.incident.as_ref());
        block(xml, "impact", self.impact.as_ref());
        if let Some(privacy) = self.privacy_3 {
            xml.group("quiet_place_3", |xml| xml.leaf("privacy_3", privacy));
        }
        block(xml, "help", self.help.as_ref());
    }

    pub(super) fn write_views(&self, xml: &mut Xml) {
        block(xml, "views_private", self.views.as_ref());
    }

    pub(super) fn is_quiet(&self) -> bool {
        self.views.is_some()
    }
}

fn block(xml: &mut Xml, name: &str, answers: Option<&Answers>) {
    if let Some(answers) = answers {
        xml.group(name, |xml| answers.iter().for_each(|(question, codes)| xml.leaf(question, codes)));
    }
}

struct Sayer<'a> {
    rng: &'a mut ChaCha8Rng,
    is_refused: bool,
}

impl Sayer<'_> {
    fn one(&mut self, shares: &Shares) -> Codes {
        if self.is_refused || chance(self.rng, REFUSES) { Codes::one(u16::from(PREFERS_NOT)) } else { Codes::of(self.rng, shares) }
    }

    fn some(&mut self, shares: &Shares, alone: &[u16]) -> Codes {
        if self.is_refused || chance(self.rng, REFUSES) { Codes::one(u16::from(PREFERS_NOT)) } else { Codes::some(self.rng, shares, alone) }
    }

    fn incident(&mut self, happened: &[u16], acts: &ActAnswers) -> Answers {
        let shares = |codes: &mut dyn Iterator<Item = u16>| codes.map(|c| (c, 1.0)).collect::<Vec<_>>();
        let mut said = vec![("m01", self.one(&shares(&mut happened.iter().copied()))), ("m02", self.one(&shares(&mut acts::who(acts))))];
        for (name, shares) in INCIDENT {
            said.push((name, if name == "m10" { self.some(shares, &[9]) } else { self.one(shares) }));
            if name == "m06" && said.last().is_some_and(|(_, codes)| codes.has(STILL_GOING_ON)) {
                said.push(("m06_action", self.one(DANGER)));
            }
        }
        said
    }

    fn impact(&mut self) -> Answers {
        let mut said = Answers::new();
        for (name, share) in IMPACT {
            let answer = self.one(&[(1, share), (2, 1.0 - share)]);
            said.push((name, answer));
            match name {
                "i11" if answer.has(1) => said.push(("i11_days", Codes::one(self.rng.random_range(1..30)))),
                "i12" if answer.has(1) => said.push(("i12_amount", self.one(AMOUNT))),
                _ => {}
            }
        }
        let is_none = said.iter().all(|(_, answer)| answer.has(2));
        let strength: Vec<_> = (0..=10).map(|n| (n, if (2..=6).contains(&n) { 2.0 } else { 1.0 })).collect();
        let strength = self.one(&strength);
        said.push(("i15", Codes::one(u16::from(is_none))));
        said.push(("i16", strength));
        if let Some(n) = strength.iter().next().filter(|n| *n <= 10) {
            said.push(("i16_level", Codes::one([1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 4][usize::from(n)])));
        }
        said
    }

    fn help(&mut self) -> Answers {
        let told = self.one(&[(1, 0.6), (2, 0.4)]);
        let mut said = vec![("r01", told)];
        let helpers = told.has(u16::from(YES)).then(|| self.some(HELPERS, &[]));
        said.extend(helpers.map(|h| ("r02", h)));
        let reports = self.some(REPORTS, &[NOBODY]);
        said.push(("r03", reports));
        let is_reported = !reports.has(NOBODY) && !reports.has(u16::from(PREFERS_NOT));
        for (name, shares, is_asked) in [
            ("r04", PLATFORM_OUTCOME, reports.has(PLATFORM)),
            ("r05", POLICE_OUTCOME, reports.has(POLICE)),
            ("r06", REGISTERED, is_reported),
            ("r07", SCALE_OF_4, is_reported),
            ("r08", SCALE_OF_4, is_reported),
        ] {
            if is_asked {
                said.push((name, self.one(shares)));
            }
        }
        if reports.has(NOBODY) {
            said.push(("r09", self.some(REASONS, &[])));
        }
        said.push(("r10", self.some(OWN_ACTIONS, &[0])));
        said.push(("r11", self.some(NEEDS, &[0])));
        let is_sought = is_reported || helpers.is_some_and(|h| FORMAL.iter().any(|f| h.has(*f)));
        let typology = match told.iter().next() {
            _ if is_sought => Some(1),
            Some(1) => Some(2),
            Some(2) if reports.has(NOBODY) => Some(3),
            _ => None,
        };
        said.extend(typology.map(|t| ("help_sought", Codes::one(t))));
        said
    }
}
