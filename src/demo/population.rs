//! A made-up country: everyone in it and what happened to each, so that every true prevalence is known.

use std::ops::Range;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const SEED: u64 = 0x6b69_7368;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sex {
    Female = 1,
    Male = 2,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AgeGroup {
    From18 = 1,
    From25,
    From35,
    From50,
    From65,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    Last12Months,
    Since15,
}

/// A set of acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acts(u32);

/// T01 to T19.
pub const ACTS: usize = 19;

#[derive(Debug, Clone, Copy)]
pub struct Person {
    /// The place of the stratum in [`STRATA`].
    pub stratum: usize,
    pub sex: Sex,
    pub age_years: u8,
    /// As in the form's list `partnerships`.
    pub partnership: u8,
    /// Seeing, hearing, walking, remembering, self-care, communicating, as in the form's list `difficulty`.
    pub difficulty: [u8; 6],
    pub recent: Acts,
    pub ever: Acts,
}

#[derive(Debug)]
pub struct Stratum {
    pub code: &'static str,
    pub region: &'static str,
    pub is_urban: bool,
    n_psus: usize,
    /// On the logit of having experienced an act in the last 12 months.
    effect: f32,
}

#[derive(Debug)]
pub struct Psu {
    pub stratum: usize,
    /// Counted from 1 within the stratum.
    pub number: usize,
    /// Its dwellings at the last census, by which it is drawn; how many it has by now is another number.
    pub census_size: usize,
    pub dwellings: Range<usize>,
}

/// A dwelling in which nobody lives has no one of either sex.
#[derive(Debug, Clone, Copy)]
struct Dwelling {
    first: usize,
    women: u8,
    men: u8,
}

#[derive(Debug)]
pub struct Population {
    pub psus: Vec<Psu>,
    dwellings: Vec<Dwelling>,
    /// Dwelling by dwelling, women before men, the oldest first.
    people: Vec<Person>,
}

const fn stratum(code: &'static str, region: &'static str, is_urban: bool, n_psus: usize, effect: f32) -> Stratum {
    Stratum { code, region, is_urban, n_psus, effect }
}

pub const STRATA: [Stratum; 8] = [
    stratum("NU", "north", true, 150, 0.30),
    stratum("NR", "north", false, 240, -0.10),
    stratum("EU", "east", true, 120, 0.20),
    stratum("ER", "east", false, 220, -0.30),
    stratum("SU", "south", true, 230, 0.40),
    stratum("SR", "south", false, 260, -0.05),
    stratum("WU", "west", true, 90, 0.10),
    stratum("WR", "west", false, 190, -0.35),
];

/// By age group: first years, the share of household heads, and what age does to each trait.
const FIRST_AGE: [u8; 5] = [18, 25, 35, 50, 65];
const OLDEST: u8 = 98;
const HEADS: [f32; 5] = [0.07, 0.20, 0.33, 0.25, 0.15];
const ACT_LOGIT: [f32; 5] = [-0.68, -1.36, -1.91, -2.56, -3.16];
const DISABLED: [f32; 5] = [0.045, 0.055, 0.080, 0.115, 0.210];
const SOME_DIFFICULTY: [f32; 5] = [0.03, 0.05, 0.09, 0.16, 0.26];
const PARTNERSHIP: [[f32; 5]; 5] = [
    [0.18, 0.34, 0.02, 0.16, 0.30],
    [0.58, 0.14, 0.07, 0.08, 0.13],
    [0.74, 0.05, 0.12, 0.03, 0.06],
    [0.70, 0.03, 0.20, 0.02, 0.05],
    [0.50, 0.01, 0.43, 0.01, 0.05],
];

const HOUSEHOLD_WOMEN: [f32; 5] = [0.06, 0.46, 0.28, 0.13, 0.07];
const HOUSEHOLD_MEN: [f32; 5] = [0.09, 0.44, 0.28, 0.13, 0.06];
const VACANT: f32 = 0.04;

const PSU_SD: f32 = 0.56;
const DISABILITY_LOGIT: f32 = 0.95;
/// For each adult of the household beyond the first of her sex: those seldom selected differ from those always selected.
const HOUSEHOLD_LOGIT: f32 = 0.13;
const MALE_LOGIT: f32 = -0.40;
const MAIN_DOMAIN: [f32; 6] = [0.27, 0.14, 0.31, 0.15, 0.07, 0.06];
/// How common each act, T01 to T19, is beside the others among those who experienced any of the core acts.
const WOMEN_ACTS: [f32; ACTS] =
    [0.42, 0.18, 0.14, 0.30, 0.24, 0.07, 0.02, 0.05, 0.06, 0.14, 0.08, 0.16, 0.15, 0.10, 0.24, 0.06, 0.12, 0.02, 0.03];
const MEN_ACTS: [f32; ACTS] =
    [0.52, 0.20, 0.20, 0.08, 0.12, 0.03, 0.01, 0.06, 0.05, 0.16, 0.10, 0.20, 0.20, 0.05, 0.14, 0.08, 0.05, 0.01, 0.03];

impl AgeGroup {
    pub const ALL: [AgeGroup; 5] = [AgeGroup::From18, AgeGroup::From25, AgeGroup::From35, AgeGroup::From50, AgeGroup::From65];

    pub fn of(age_years: u8) -> AgeGroup {
        Self::ALL.into_iter().rfind(|g| FIRST_AGE[g.index()] <= age_years).unwrap_or(AgeGroup::From18)
    }

    pub fn index(self) -> usize {
        self as usize - 1
    }
}

impl Acts {
    pub const NONE: Acts = Acts(0);
    /// The fourteen core acts: all but T02, T12, T16, T18 and T19.
    pub const CORE: Acts = Acts(0b001_0111_0111_1111_1101);

    /// The act `T{number}`.
    pub const fn one(number: usize) -> Acts {
        Acts(1 << (number - 1))
    }

    pub fn each() -> impl Iterator<Item = Acts> {
        (1..=ACTS).map(Acts::one)
    }

    pub fn has_any_of(self, other: Acts) -> bool {
        self.0 & other.0 != 0
    }

    pub fn and(self, other: Acts) -> Acts {
        Acts(self.0 | other.0)
    }
}

impl Person {
    pub fn age_group(&self) -> AgeGroup {
        AgeGroup::of(self.age_years)
    }

    pub fn is_disabled(&self) -> bool {
        self.difficulty.iter().any(|d| *d >= 3)
    }

    /// Whether at least one of the acts happened.
    pub fn experienced(&self, acts: Acts, period: Period) -> bool {
        let happened = if period == Period::Last12Months { self.recent } else { self.ever };
        happened.has_any_of(acts)
    }
}

impl Population {
    /// The same on every call.
    pub fn build() -> Population {
        let mut rng = ChaCha8Rng::seed_from_u64(SEED);
        let mut population = Population { psus: Vec::new(), dwellings: Vec::new(), people: Vec::with_capacity(450_000) };
        for (stratum, row) in STRATA.iter().enumerate() {
            for number in 1..=row.n_psus {
                population.settle(&mut rng, stratum, number);
            }
        }
        population
    }

    pub fn people(&self) -> impl Iterator<Item = &Person> {
        self.people.iter()
    }

    pub fn is_vacant(&self, dwelling: usize) -> bool {
        let Dwelling { women, men, .. } = self.dwellings[dwelling];
        women + men == 0
    }

    /// Those of one sex who live in a dwelling, the oldest first.
    pub fn eligible(&self, dwelling: usize, sex: Sex) -> &[Person] {
        let Dwelling { first, women, men } = self.dwellings[dwelling];
        let (women, men) = (usize::from(women), usize::from(men));
        match sex {
            Sex::Female => &self.people[first..first + women],
            Sex::Male => &self.people[first + women..first + women + men],
        }
    }

    /// The share who experienced at least one of the acts, among those for whom `is_in` holds; NaN where there is no one.
    pub fn truth(&self, acts: Acts, period: Period, is_in: impl Fn(&Person) -> bool) -> f64 {
        let (mut hit, mut all) = (0_u32, 0_u32);
        for person in self.people.iter().filter(|p| is_in(p)) {
            all += 1;
            hit += u32::from(person.experienced(acts, period));
        }
        f64::from(hit) / f64::from(all)
    }

    fn settle(&mut self, rng: &mut ChaCha8Rng, stratum: usize, number: usize) {
        let census = 50.0 + 30.0 * (rng.random::<f32>() + rng.random::<f32>());
        let now = census * (0.20 * normal(rng)).exp();
        let first = self.dwellings.len();
        let logit = STRATA[stratum].effect + PSU_SD * normal(rng);
        for _ in 0..now.clamp(40.0, 240.0) as usize {
            self.build_dwelling(rng, stratum, logit);
        }
        self.psus.push(Psu { stratum, number, census_size: census as usize, dwellings: first..self.dwellings.len() });
    }

    fn build_dwelling(&mut self, rng: &mut ChaCha8Rng, stratum: usize, logit: f32) {
        let first = self.people.len();
        if chance(rng, VACANT) {
            return self.dwellings.push(Dwelling { first, women: 0, men: 0 });
        }
        let women = pick(rng, &HOUSEHOLD_WOMEN);
        let men = pick(rng, &HOUSEHOLD_MEN).max(usize::from(women == 0));
        let head = age_of_head(rng);
        for (sex, count) in [(Sex::Female, women), (Sex::Male, men)] {
            let mut ages = [0; 4];
            for (place, age) in ages[..count].iter_mut().enumerate() {
                *age = if place == 0 { near(rng, head) } else { age_of_relative(rng, head) };
            }
            ages[..count].sort_unstable_by(|a, b| b.cmp(a));
            let crowd = logit + HOUSEHOLD_LOGIT * (count as f32 - 1.0);
            self.people.extend(ages[..count].iter().map(|age| person(rng, stratum, sex, *age, crowd)));
        }
        self.dwellings.push(Dwelling { first, women: women as u8, men: men as u8 });
    }
}

fn person(rng: &mut ChaCha8Rng, stratum: usize, sex: Sex, age_years: u8, psu_logit: f32) -> Person {
    let age = AgeGroup::of(age_years).index();
    let difficulty = difficulties(rng, age);
    let mut person = Person { stratum, sex, age_years, partnership: 0, difficulty, recent: Acts::NONE, ever: Acts::NONE };
    person.partnership = pick(rng, &PARTNERSHIP[age]) as u8 + 1;
    let by_sex = if sex == Sex::Male { MALE_LOGIT } else { 0.0 };
    let by_disability = if person.is_disabled() { DISABILITY_LOGIT } else { 0.0 };
    let logit = psu_logit + ACT_LOGIT[age] + by_sex + by_disability;
    person.recent = acts(rng, sex, expit(logit));
    person.ever = person.recent.and(acts(rng, sex, expit(0.5 * logit - 0.75)));
    person
}

/// With the chance `any`, acts of which at least one is a core act; else none. They are drawn apart, so that
/// the country stays the one it is however many acts are told apart.
fn acts(rng: &mut ChaCha8Rng, sex: Sex, any: f32) -> Acts {
    if !chance(rng, any) {
        return Acts::NONE;
    }
    let mut rng = ChaCha8Rng::seed_from_u64(u64::from(rng.random::<u32>()));
    let each = if sex == Sex::Female { &WOMEN_ACTS } else { &MEN_ACTS };
    loop {
        let drawn = Acts::each().zip(each).filter(|(_, share)| chance(&mut rng, **share));
        let set = drawn.fold(Acts::NONE, |set, (act, _)| set.and(act));
        if set.has_any_of(Acts::CORE) {
            return set;
        }
    }
}

fn difficulties(rng: &mut ChaCha8Rng, age: usize) -> [u8; 6] {
    let is_disabled = chance(rng, DISABLED[age]);
    let some = if is_disabled { 0.35 } else { SOME_DIFFICULTY[age] };
    let mut domains = [0; 6].map(|_: u8| 1 + u8::from(chance(rng, some)));
    if is_disabled {
        domains[pick(rng, &MAIN_DOMAIN)] = 3 + u8::from(chance(rng, 0.15));
        if chance(rng, 0.25) {
            domains[pick(rng, &MAIN_DOMAIN)] = 3;
        }
    }
    domains
}

fn age_of_head(rng: &mut ChaCha8Rng) -> u8 {
    let group = pick(rng, &HEADS);
    let first = FIRST_AGE[group];
    match FIRST_AGE.get(group + 1) {
        Some(next) => rng.random_range(first..*next),
        None => rng.random_range(first..=OLDEST).min(rng.random_range(first..=OLDEST)),
    }
}

fn near(rng: &mut ChaCha8Rng, head: u8) -> u8 {
    (head + rng.random_range(0..=6)).saturating_sub(3).clamp(FIRST_AGE[0], OLDEST)
}

/// A grown child where the head is old enough, now and then a parent, else someone of about the same age.
fn age_of_relative(rng: &mut ChaCha8Rng, head: u8) -> u8 {
    if head >= 40 && chance(rng, 0.8) {
        let eldest = (head - 20).min(45);
        return rng.random_range(18..=eldest).min(rng.random_range(18..=eldest));
    }
    if head < 65 && chance(rng, 0.4) { (head + rng.random_range(22..=32)).max(45) } else { near(rng, head) }
}

pub(super) fn chance(rng: &mut ChaCha8Rng, p: f32) -> bool {
    rng.random::<f32>() < p
}

/// The place of one of the shares, which add up to one.
pub(super) fn pick<const N: usize>(rng: &mut ChaCha8Rng, shares: &[f32; N]) -> usize {
    let mut left = rng.random::<f32>();
    for (place, share) in shares.iter().enumerate() {
        left -= share;
        if left < 0.0 {
            return place;
        }
    }
    N - 1
}

/// Box and Muller's transform.
fn normal(rng: &mut ChaCha8Rng) -> f32 {
    let (radius, turn) = (1.0 - rng.random::<f32>(), rng.random::<f32>());
    (-2.0 * radius.ln()).sqrt() * (std::f32::consts::TAU * turn).cos()
}

fn expit(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(population: &Population, holds: impl Fn(&Person) -> bool) -> f64 {
        let n = population.people().count() as f64;
        population.people().filter(|p| holds(p)).count() as f64 / n
    }

    #[test]
    fn the_country_is_the_same_every_time_and_of_the_right_size() {
        let (a, b) = (Population::build(), Population::build());
        assert_eq!(format!("{:?}", &a.people[..500]), format!("{:?}", &b.people[..500]));
        assert_eq!(a.people.len(), b.people.len());
        assert_eq!(a.psus.len(), 1500);
        let dwellings = a.dwellings.len() as f64 / 1500.0;
        assert!((75.0..90.0).contains(&dwellings), "{dwellings}");
        let lived_in: Vec<_> = (0..a.dwellings.len()).filter(|d| !a.is_vacant(*d)).collect();
        let women = lived_in.iter().map(|d| a.eligible(*d, Sex::Female).len()).sum::<usize>() as f64 / lived_in.len() as f64;
        assert!((1.6..1.8).contains(&women), "{women}");
        assert!(lived_in.iter().all(|d| a.eligible(*d, Sex::Male).is_sorted_by(|x, y| x.age_years >= y.age_years)));
    }

    #[test]
    fn prevalence_falls_with_age_and_rises_with_disability() {
        let population = Population::build();
        let recent = |is_in: &dyn Fn(&Person) -> bool| population.truth(Acts::CORE, Period::Last12Months, is_in);
        let women = |p: &Person| p.sex == Sex::Female;
        let all_women = recent(&women);
        assert!((0.18..0.22).contains(&all_women), "{all_women}");
        let young = recent(&|p| women(p) && p.age_group() == AgeGroup::From18);
        assert!((0.36..0.44).contains(&young), "{young}");
        let ever = population.truth(Acts::CORE, Period::Since15, women);
        assert!((0.32..0.38).contains(&ever), "{ever}");
        assert!(recent(&|p| p.sex == Sex::Male) < all_women - 0.03);
        for group in AgeGroup::ALL {
            assert!(recent(&|p| p.age_group() == group && p.is_disabled()) > recent(&|p| p.age_group() == group && !p.is_disabled()));
        }
        let disabled = share(&population, Person::is_disabled);
        assert!((0.08..0.10).contains(&disabled), "{disabled}");
        assert!(population.people().all(|p| p.ever.and(p.recent) == p.ever));
    }
}
