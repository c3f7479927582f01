//! A stratified two-stage sample of the made-up country, drawn and fielded: who was visited, and who answered.

use std::fmt::Write;

use rand::seq::{SliceRandom, index};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::interview::{Clock, Interview, Route, Visit};
use super::population::{AgeGroup, Person, Population, STRATA, Sex, chance};

pub const DEFAULT_INTERVIEWS: usize = 2_000;

#[derive(Debug)]
pub struct Sample {
    pub psus: Vec<SampledPsu>,
    pub cases: Vec<Case>,
    /// One for each case but the few that nobody went to.
    pub visits: Vec<Visit>,
}

#[derive(Debug)]
pub struct SampledPsu {
    /// The place of the stratum in [`STRATA`].
    pub stratum: usize,
    /// Unique within the stratum.
    pub code: String,
    /// Who is interviewed here.
    pub sex: Sex,
    pub p_psu: f64,
    pub p_household: f64,
}

#[derive(Debug)]
pub struct Case {
    pub code: String,
    /// The place of the PSU in [`Sample::psus`].
    pub psu: usize,
}

/// PSUs of 120 by stratum: 96 for women, 24 for men; the urban strata have more than their share.
const WOMEN_PSUS: [usize; 8] = [14, 11, 13, 10, 15, 12, 12, 9];
const MEN_PSUS: [usize; 8] = [3, 3, 3, 3, 4, 3, 3, 2];
const ALL_PSUS: usize = 120;
const INTERVIEWS_PER_PSU: usize = 17;
/// At most this share of a stratum's PSUs, so that none is certain to be drawn.
const MOST_PSUS: f64 = 0.55;
/// One PSU in this many was in the round before, from which the office knows how many visits end in an interview.
const EARLIER_ROUND: usize = 7;
const NEVER_VISITED: f32 = 0.01;
/// Chances of a household everywhere: away for long, or asked for another day that did not come.
const LONG_ABSENT: f32 = 0.006;
const HOUSEHOLD_POSTPONED: f32 = 0.004;

/// Chances by stratum: nobody at home, not found, no contact, refused by the household.
const HOUSEHOLD: [[f32; 4]; 8] = [
    [0.060, 0.008, 0.012, 0.060],
    [0.030, 0.015, 0.008, 0.030],
    [0.050, 0.008, 0.010, 0.050],
    [0.025, 0.020, 0.006, 0.020],
    [0.075, 0.010, 0.015, 0.070],
    [0.035, 0.012, 0.008, 0.030],
    [0.055, 0.010, 0.010, 0.045],
    [0.025, 0.020, 0.006, 0.025],
];
/// By stratum, how much more or less often than elsewhere a selected person is away or declines.
const RELUCTANCE: [f32; 8] = [1.25, 0.80, 1.15, 0.75, 1.45, 0.85, 1.10, 0.70];
/// Chances by age group.
const AWAY: [f32; 5] = [0.075, 0.065, 0.045, 0.030, 0.015];
const REFUSED: [f32; 5] = [0.170, 0.120, 0.080, 0.065, 0.060];
const UNABLE: [f32; 5] = [0.003, 0.003, 0.004, 0.010, 0.030];
const NO_PRIVACY: [f32; 5] = [0.065, 0.045, 0.040, 0.030, 0.025];
const POSTPONED: f32 = 0.006;
const REMOVED: f32 = 0.004;
const DISTRESS: f32 = 0.004;
const STOPPED: f32 = 0.006;
const INTERRUPTED: f32 = 0.002;
const DESTROYED_IF_VACANT: f32 = 0.08;
const AGE_GROUP_KNOWN: f32 = 0.85;
const AGE_GROUP_NOT_KNOWN: u8 = 9;

impl Sample {
    /// About `interviews` will be completed, as far as the country has the dwellings. The same seed gives the same sample.
    pub fn draw(population: &Population, seed: u64, interviews: usize) -> Sample {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut sample = Sample { psus: Vec::new(), cases: Vec::new(), visits: Vec::new() };
        let completion = Completion::of(population);
        let growth = (interviews as f64 / (ALL_PSUS * INTERVIEWS_PER_PSU) as f64).max(1.0);
        let drawn: Vec<_> = (0..STRATA.len()).flat_map(|s| draw_psus(&mut rng, population, s, growth)).collect();
        let per_psu = interviews as f64 / drawn.len() as f64;
        for psu in drawn {
            sample.field(&mut rng, population, &psu, per_psu / completion.rate(psu.stratum, psu.sex));
        }
        sample
    }

    /// The frame as an office sends it: codes and chances.
    pub fn frame_csv(&self) -> String {
        let mut csv = String::from("case,stratum,psu,p_psu,p_household,region,urban,sex\n");
        for case in &self.cases {
            let psu = &self.psus[case.psu];
            let stratum = &STRATA[psu.stratum];
            let urban = if stratum.is_urban { 'U' } else { 'R' };
            let (code, chances) = (stratum.code, (psu.p_psu, psu.p_household));
            let _ =
                writeln!(csv, "{},{code},{},{},{},{},{urban},{}", case.code, psu.code, chances.0, chances.1, stratum.region, psu.sex as u8);
        }
        csv
    }

    fn field(&mut self, rng: &mut ChaCha8Rng, population: &Population, drawn: &DrawnPsu, dwellings_wanted: f64) {
        let psu = &population.psus[drawn.place];
        let take = ((dwellings_wanted + rng.random::<f64>()) as usize).clamp(1, psu.dwellings.len());
        let p_household = take as f64 / psu.dwellings.len() as f64;
        let place = self.psus.len();
        for offset in index::sample(rng, psu.dwellings.len(), take) {
            let code = case_code(self.cases.len());
            if !chance(rng, NEVER_VISITED) {
                let arrival = Arrival { case: &code, psu: place, base_weight: 1.0 / (drawn.chance * p_household), drawn };
                self.visits.push(arrival.visit(rng, population, psu.dwellings.start + offset));
            }
            self.cases.push(Case { code, psu: place });
        }
        let code = format!("{:03}", psu.number);
        self.psus.push(SampledPsu { stratum: drawn.stratum, code, sex: drawn.sex, p_psu: drawn.chance, p_household });
    }
}

/// Codes that say nothing of the place in the sample: a walk around a prime number of codes meets each once.
fn case_code(place: usize) -> String {
    const PRIME: usize = 999_983;
    const STEP: usize = 618_034;
    format!("K-{:06}", (place + 1) * STEP % PRIME)
}

struct DrawnPsu {
    place: usize,
    stratum: usize,
    sex: Sex,
    chance: f64,
}

/// Systematic, with chance proportional to size, in random order; which of those drawn are for men is drawn after that,
/// so that no area is fielded for both sexes.
fn draw_psus(rng: &mut ChaCha8Rng, population: &Population, stratum: usize, growth: f64) -> Vec<DrawnPsu> {
    let mut places: Vec<_> = (0..population.psus.len()).filter(|p| population.psus[*p].stratum == stratum).collect();
    places.shuffle(rng);
    let growth = growth.min(MOST_PSUS * places.len() as f64 / (WOMEN_PSUS[stratum] + MEN_PSUS[stratum]) as f64).max(1.0);
    let [women, men] = [WOMEN_PSUS[stratum], MEN_PSUS[stratum]].map(|n| (n as f64 * growth).round() as usize);
    let size = |place: usize| population.psus[place].census_size as f64;
    let total: f64 = places.iter().map(|p| size(*p)).sum();
    let step = total / (women + men) as f64;
    let mut next = step * rng.random::<f64>();
    let mut passed = 0.0;
    places.retain(|place| {
        passed += size(*place);
        let is_drawn = passed > next;
        next += if is_drawn { step } else { 0.0 };
        is_drawn
    });
    places.shuffle(rng);
    let sexes = std::iter::repeat_n((Sex::Female, women), women).chain(std::iter::repeat((Sex::Male, men)));
    let drawn = places.iter().zip(sexes);
    drawn.map(|(place, (sex, n))| DrawnPsu { place: *place, stratum, sex, chance: n as f64 * size(*place) / total }).collect()
}

/// By stratum and sex, the share of dwellings visited that end in an interview.
struct Completion([[f64; 2]; 8]);

impl Completion {
    fn of(population: &Population) -> Completion {
        let mut expected = [[0.0; 2]; 8];
        let mut dwellings = [0.0; 8];
        for psu in population.psus.iter().step_by(EARLIER_ROUND) {
            dwellings[psu.stratum] += psu.dwellings.len() as f64;
            for dwelling in psu.dwellings.clone() {
                for sex in [Sex::Female, Sex::Male] {
                    let eligible = population.eligible(dwelling, sex);
                    let chances: f64 = eligible.iter().map(chance_of_interview).sum();
                    expected[psu.stratum][sex as usize - 1] += chances / eligible.len().max(1) as f64;
                }
            }
        }
        Completion(std::array::from_fn(|s| expected[s].map(|e| e / dwellings[s])))
    }

    fn rate(&self, stratum: usize, sex: Sex) -> f64 {
        self.0[stratum][sex as usize - 1]
    }
}

fn chance_of_interview(person: &Person) -> f64 {
    let household = HOUSEHOLD[person.stratum].iter().sum::<f32>() + LONG_ABSENT + HOUSEHOLD_POSTPONED;
    let lost: f32 = person_routes(person.stratum, person.age_group()).iter().map(|(_, chance)| chance).sum();
    f64::from((1.0 - NEVER_VISITED) * (1.0 - household) * (1.0 - lost))
}

struct Arrival<'a> {
    case: &'a str,
    psu: usize,
    base_weight: f64,
    drawn: &'a DrawnPsu,
}

impl Arrival<'_> {
    fn visit(&self, rng: &mut ChaCha8Rng, population: &Population, dwelling: usize) -> Visit {
        let DrawnPsu { stratum, sex, .. } = *self.drawn;
        let eligible = population.eligible(dwelling, sex);
        let draw = rng.random_range(0..1_000_000);
        let person = eligible.get(draw as usize * eligible.len() / 1_000_000);
        let route = if population.is_vacant(dwelling) { vacant_route(rng, stratum) } else { lived_in_route(rng, stratum, person) };
        let age_group = person.filter(|_| chance(rng, AGE_GROUP_KNOWN)).map_or(AGE_GROUP_NOT_KNOWN, |p| p.age_group() as u8);
        Visit {
            case: self.case.to_owned(),
            psu: self.psu,
            stratum,
            base_weight: self.base_weight,
            sex,
            language: if chance(rng, if stratum < STRATA.len() / 2 { 0.9 } else { 0.3 }) { "en" } else { "fr" },
            draw,
            route,
            n_eligible: (route >= Route::NobodyEligible).then_some(eligible.len() as u8),
            contact_age_group: route.is_without_agreement().then_some(age_group),
            interview: person.filter(|_| route >= Route::Distress).map(|p| Interview::with(rng, p, route)),
            clock: Clock::of(rng, route),
        }
    }
}

fn vacant_route(rng: &mut ChaCha8Rng, stratum: usize) -> Route {
    let [_, not_found, ..] = HOUSEHOLD[stratum];
    first_met(rng, &[(Route::NotFound, not_found), (Route::Destroyed, DESTROYED_IF_VACANT)]).unwrap_or(Route::Vacant)
}

/// It knows the stratum and the age group of the selected person, never what happened to them.
fn lived_in_route(rng: &mut ChaCha8Rng, stratum: usize, person: Option<&Person>) -> Route {
    let [home, found, contact, refused] = HOUSEHOLD[stratum];
    let household = [
        (Route::NobodyHome, home),
        (Route::HouseholdPostponed, HOUSEHOLD_POSTPONED),
        (Route::NotFound, found),
        (Route::LongAbsent, LONG_ABSENT),
        (Route::NoContact, contact),
        (Route::HouseholdRefused, refused),
    ];
    if let Some(route) = first_met(rng, &household) {
        return route;
    }
    let Some(person) = person else { return Route::NobodyEligible };
    first_met(rng, &person_routes(stratum, person.age_group())).unwrap_or(Route::Completed)
}

fn person_routes(stratum: usize, group: AgeGroup) -> [(Route, f32); 9] {
    let (reluctance, age) = (RELUCTANCE[stratum], group.index());
    [
        (Route::Away, reluctance * AWAY[age]),
        (Route::Postponed, POSTPONED),
        (Route::Unable, UNABLE[age]),
        (Route::Refused, reluctance * REFUSED[age]),
        (Route::Removed, REMOVED),
        (Route::Distress, DISTRESS),
        (Route::NoPrivacy, NO_PRIVACY[age]),
        (Route::Interrupted, INTERRUPTED),
        (Route::Stopped, STOPPED),
    ]
}

fn first_met(rng: &mut ChaCha8Rng, routes: &[(Route, f32)]) -> Option<Route> {
    let mut left = rng.random::<f32>();
    routes.iter().find_map(|(route, chance)| {
        left -= chance;
        (left < 0.0).then_some(*route)
    })
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::sync::LazyLock;

    use super::super::population::{Acts, Period};
    use super::*;

    const SEEDS: u64 = 50;
    static COUNTRY: LazyLock<Population> = LazyLock::new(Population::build);

    #[test]
    fn a_seed_gives_the_same_sample_and_another_seed_another() {
        let bytes = |seed| {
            let sample = Sample::draw(&COUNTRY, seed, 300);
            let instances: String = sample.visits.iter().map(|v| v.instance("1", "uuid:1", "2026-11-16")).collect();
            sample.frame_csv() + &instances
        };
        assert!(bytes(7) == bytes(7));
        assert!(bytes(7) != bytes(8));
    }

    #[test]
    fn every_stratum_has_areas_for_women_and_others_for_men() {
        for (seed, interviews) in [(1, DEFAULT_INTERVIEWS), (2, DEFAULT_INTERVIEWS), (3, 5_000)] {
            let sample = Sample::draw(&COUNTRY, seed, interviews);
            let of = |sex, stratum| sample.psus.iter().filter(|p| p.sex == sex && p.stratum == stratum).count();
            assert!((0..8).all(|s| of(Sex::Male, s) >= 2 && of(Sex::Female, s) >= 9));
            assert!(sample.psus.iter().filter(|p| p.sex == Sex::Female).count() >= 96 && sample.psus.len() >= 120);
            assert_eq!(sample.psus.iter().map(|p| (p.stratum, &p.code)).collect::<BTreeSet<_>>().len(), sample.psus.len());
            assert_eq!(sample.cases.iter().map(|c| &c.code).collect::<BTreeSet<_>>().len(), sample.cases.len());
            assert_eq!(sample.frame_csv().lines().count(), sample.cases.len() + 1);
            let completed = sample.visits.iter().filter(|v| v.is_usable()).count() as f64 / interviews as f64;
            assert!((0.94..1.06).contains(&completed), "{completed}");
        }
    }

    /// Base weight × persons to choose from, adjusted for households by stratum and for people by stratum and age group.
    fn weighted(sample: &Sample) -> Vec<(f64, &Visit)> {
        let mut households: BTreeMap<usize, [f64; 2]> = BTreeMap::new();
        let mut noted: BTreeMap<usize, [f64; 2]> = BTreeMap::new();
        for v in sample.visits.iter().filter(|v| !matches!(v.route, Route::Vacant | Route::Destroyed)) {
            let sums = households.entry(v.stratum).or_default();
            sums[0] += v.base_weight;
            sums[1] += if v.n_eligible.is_some() { v.base_weight } else { 0.0 };
        }
        let selected = || sample.visits.iter().filter(|v| v.n_eligible > Some(0));
        let weight =
            |v: &Visit| v.base_weight * f64::from(v.n_eligible.unwrap_or(0)) * households[&v.stratum][0] / households[&v.stratum][1];
        for v in selected().filter(|v| v.interview.is_none()) {
            let sums = noted.entry(v.stratum).or_default();
            sums[0] += weight(v);
            sums[1] += if v.age_group().is_some() { weight(v) } else { 0.0 };
        }
        let mut classes: BTreeMap<_, [f64; 2]> = BTreeMap::new();
        for v in selected().filter(|v| v.age_group().is_some()) {
            let sums = classes.entry((v.stratum, v.age_group())).or_default();
            let spread = if v.interview.is_none() { noted[&v.stratum][0] / noted[&v.stratum][1] } else { 1.0 };
            sums[0] += weight(v) * spread;
            sums[1] += if v.is_usable() { weight(v) } else { 0.0 };
        }
        let completed = selected().filter(|v| v.is_usable());
        completed.map(|v| (weight(v) * classes[&(v.stratum, v.age_group())][0] / classes[&(v.stratum, v.age_group())][1], v)).collect()
    }

    /// The weighted share and its design effect by Taylor's linearisation.
    fn share_and_deff(sample: &Sample, rows: &[(f64, &Visit)]) -> (f64, f64) {
        let rows: Vec<_> =
            rows.iter().filter_map(|(w, v)| Some((*w, v.psu, f64::from(v.says(Acts::CORE, Period::Last12Months)?)))).collect();
        let total: f64 = rows.iter().map(|(w, ..)| w).sum();
        let share = rows.iter().map(|(w, _, y)| w * y).sum::<f64>() / total;
        let mut psus: BTreeMap<usize, f64> = BTreeMap::new();
        rows.iter().for_each(|(w, psu, y)| *psus.entry(*psu).or_default() += w * (y - share) / total);
        let stratum_variance = |stratum| {
            let z: Vec<_> = psus.iter().filter(|(p, _)| sample.psus[**p].stratum == stratum).map(|(_, z)| *z).collect();
            let (n, mean) = (z.len() as f64, z.iter().sum::<f64>() / z.len() as f64);
            n / (n - 1.0) * z.iter().map(|z| (z - mean).powi(2)).sum::<f64>()
        };
        let variance: f64 = (0..STRATA.len()).map(stratum_variance).sum();
        (share, variance / (share * (1.0 - share) / rows.len() as f64))
    }

    fn mean(values: &[f64]) -> f64 {
        values.iter().sum::<f64>() / values.len() as f64
    }

    #[test]
    fn the_weighted_share_of_women_finds_the_truth_and_the_unweighted_one_does_not() {
        let truth = COUNTRY.truth(Acts::CORE, Period::Last12Months, |p| p.sex == Sex::Female);
        let people = COUNTRY.people().count() as f64;
        let (mut shares, mut deffs, mut plain, mut totals) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for seed in 0..SEEDS {
            let sample = Sample::draw(&COUNTRY, seed, DEFAULT_INTERVIEWS);
            let rows = weighted(&sample);
            totals.push(rows.iter().map(|(w, _)| w).sum::<f64>() / people);
            let women: Vec<_> = rows.into_iter().filter(|(_, v)| v.sex == Sex::Female).collect();
            let (share, deff) = share_and_deff(&sample, &women);
            shares.push(share);
            deffs.push(deff);
            plain.push(share_and_deff(&sample, &women.iter().map(|(_, v)| (1.0, *v)).collect::<Vec<_>>()).0);
        }
        let spread = mean(&shares.iter().map(|s| (s - mean(&shares)).powi(2)).collect::<Vec<_>>()).sqrt();
        let monte_carlo_error = spread / (SEEDS as f64).sqrt();
        assert!((mean(&shares) - truth).abs() < 3.0 * monte_carlo_error, "{} {truth} {monte_carlo_error}", mean(&shares));
        assert!((mean(&plain) - truth).abs() > 5.0 * monte_carlo_error, "{} {truth}", mean(&plain));
        assert!((1.6..2.5).contains(&mean(&deffs)), "{}", mean(&deffs));
        assert!((mean(&totals) - 1.0).abs() < 0.02, "{}", mean(&totals));
    }
}
