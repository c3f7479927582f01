//! Whether the intervals hold what they promise: many simulated samples, and how often the population's true value lies inside.
//!
//! Each sample goes the way a real one goes, short of the network and the disk: instance, form logic, de-identification,
//! weights, linearised variance. `KISH_COVERAGE_SEEDS` sets how many samples are drawn; more make the shares more exact.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use kish::deidentify::{KeptAnswers, KeptQuestions, Response, case_code, deidentify};
use kish::demo::population::{Acts, AgeGroup as SimulatedAge, Period, Person, Population, STRATA, Sex};
use kish::demo::sample::Sample as Fielded;
use kish::fieldwork::ResultCode;
use kish::instrument::{Indicator, Instrument, Workbook};
use kish::prevalence::{AgeGroup, CaseOutcome, CodedAnswers, Derived, Dimension, Level, Measured, Row, Sample, cross, weigh};
use kish::store::{FormVersion, Study, WeightSet};
use kish::submission::{Instance, Submission};
use kish_analysis::disclosure::Candidate;
use kish_analysis::estimate::DfRule;
use kish_analysis::interval::{Method, Proportion};

/// The cells of the tables that `kish demo` prints: every level of each, and the crossing of sex and age, shown or withheld.
const TABLES: [&[Dimension]; 6] = [
    &[Dimension::Sex],
    &[Dimension::AgeGroup],
    &[Dimension::Disability],
    &[Dimension::Urban],
    &[Dimension::Region],
    &[Dimension::Sex, Dimension::AgeGroup],
];
/// Fewer cases, and no interval is promised anything.
const LEAST_CASES: u64 = 30;
const SEEDS: u64 = 40;

fn seeds() -> u64 {
    std::env::var("KISH_COVERAGE_SEEDS").ok().and_then(|s| s.parse().ok()).unwrap_or(SEEDS)
}

/// How a sample is analysed: as it should be, or wrongly on purpose.
#[derive(Clone, Copy, PartialEq)]
enum Analysis {
    Right,
    WeightsIgnored,
    ClustersIgnored,
}

#[derive(Default, Debug)]
struct Covered {
    intervals: u32,
    logit: u32,
    wilson: u32,
    korn_graubard: u32,
}

impl Covered {
    fn shares(&self) -> [f64; 3] {
        [self.logit, self.wilson, self.korn_graubard].map(|n| f64::from(n) / f64::from(self.intervals))
    }

    fn keeps_its_promise(&self) -> bool {
        let [logit, wilson, korn_graubard] = self.shares();
        (0.92..=0.97).contains(&logit) && (0.92..=0.97).contains(&wilson) && korn_graubard >= 0.94
    }
}

/// A fielded sample as responses: what the server would hold of it.
struct Taken {
    sample: Sample,
    /// One outcome a case, with the place of its response.
    outcomes: Vec<CaseOutcome>,
    responses: Vec<Option<(u32, Response)>>,
    /// The place of each PSU's stratum in the country.
    strata: Vec<usize>,
}

fn instrument() -> Instrument {
    let folder = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/instruments/tfvaw"));
    Instrument::read(&Workbook::open(folder).unwrap()).unwrap()
}

fn take_in(fielded: &Fielded, instrument: &std::sync::Arc<Instrument>) -> Taken {
    let stratum = |psu: usize| fielded.psus[psu].stratum * 2 + usize::from(fielded.psus[psu].sex == Sex::Male);
    let today = jiff::civil::date(2026, 11, 21);
    let kept = KeptQuestions::of(instrument);
    let mut outcomes = Vec::new();
    let mut responses = Vec::new();
    for case in &fielded.cases {
        let psu = &fielded.psus[case.psu];
        let response = fielded.visits.iter().find(|v| v.case == case.code).map(|visit| {
            let instance = Instance::read(visit.instance("2026112201", "uuid:1", "2026-11-20").as_bytes()).unwrap();
            let submission = Submission::check(&instrument.form, &instance).unwrap();
            assert_eq!(case_code(&submission, &instrument.concepts), case.code);
            deidentify(&submission, &instrument.concepts, &kept, today)
        });
        let told = |r: &Response| r.contact_age_group().and_then(AgeGroup::of_contact_code);
        outcomes.push(CaseOutcome {
            stratum: stratum(case.psu),
            base_weight: 1.0 / (psu.p_psu * psu.p_household),
            result: response.as_ref().and_then(|r| ResultCode::new(r.result())),
            n_eligible: response.as_ref().map_or(0, Response::n_eligible),
            age_group: response.as_ref().and_then(|r| r.age_years().and_then(AgeGroup::of).or_else(|| told(r))),
        });
        responses.push(response.map(|r| (u32::try_from(case.psu).unwrap(), r)));
    }
    let text = String::new;
    let sample = Sample {
        study: Study {
            id: 1,
            name: text(),
            synthetic: true,
            lonely_psu: "adjust".to_owned(),
            phase: kish::ethics::Phase::Main,
            weekly_interviews: 20,
            referral_days: 90,
            keep_until: String::new(),
        },
        form: FormVersion {
            id: 1,
            study_id: 1,
            form_id: text(),
            version: text(),
            hash: Vec::new(),
            title: text(),
            state: text(),
            created_at: text(),
            published_at: text(),
        },
        instrument: std::sync::Arc::clone(instrument),
        weight_set: WeightSet { id: 1, study_id: 1, name: text(), form_version_id: 1, recipe: text(), diagnostics: text() },
        weeks: None,
        rows: Vec::new(),
        answers: CodedAnswers::new(KeptAnswers::of(instrument)),
        stratum_of_psu: (0..fielded.psus.len()).map(|p| u32::try_from(stratum(p)).unwrap()).collect(),
        stratum_names: (0..16).map(|s| format!("stratum {s}")).collect(),
        calibration: None,
        is_calibrated: false,
        derived: Derived::default(),
    };
    Taken { sample, outcomes, responses, strata: fielded.psus.iter().map(|p| p.stratum).collect() }
}

fn weigh_rows(taken: &mut Taken, analysis: Analysis) {
    let (weights, _) = weigh(&taken.outcomes, &taken.sample.stratum_names, 20).unwrap();
    let strata = taken.sample.stratum_of_psu.clone();
    taken.sample.rows.clear();
    (taken.sample.answers, taken.sample.derived) = (CodedAnswers::new(KeptAnswers::of(&taken.sample.instrument)), Derived::default());
    if analysis == Analysis::ClustersIgnored {
        taken.sample.stratum_of_psu.clear();
    }
    for (case, weight) in weights {
        let (psu, response) = taken.responses[case].as_ref().unwrap();
        let mut row = Row {
            psu: *psu,
            weight,
            before_calibration: weight,
            sex: response.sex(),
            age_group: response.age_years().and_then(AgeGroup::of),
            disability: response.disability(),
            region: STRATA[taken.strata[*psu as usize]].region.into(),
            urban: place_code(taken.strata[*psu as usize]).into(),
        };
        match analysis {
            Analysis::Right => {}
            Analysis::WeightsIgnored => (row.weight, row.before_calibration) = (1.0, 1.0),
            Analysis::ClustersIgnored => {
                row.psu = u32::try_from(taken.sample.stratum_of_psu.len()).unwrap();
                taken.sample.stratum_of_psu.push(strata[*psu as usize]);
            }
        }
        taken.sample.answers.push(response.answers());
        taken.sample.rows.push(row);
    }
}

fn place_code(stratum: usize) -> &'static str {
    if STRATA[stratum].is_urban { "U" } else { "R" }
}

fn is_in(person: &Person, key: &[(Dimension, Level)]) -> bool {
    let sex = if person.sex == Sex::Female { "F" } else { "M" };
    let age = match person.age_group() {
        SimulatedAge::From18 => "Y18T24",
        SimulatedAge::From25 => "Y25T34",
        SimulatedAge::From35 => "Y35T49",
        SimulatedAge::From50 => "Y50T64",
        SimulatedAge::From65 => "Y_GE65",
    };
    let disability = if person.is_disabled() { "DIS1" } else { "DIS0" };
    key.iter().all(|(dimension, level)| {
        let own = match dimension {
            Dimension::Sex => sex,
            Dimension::AgeGroup => age,
            Dimension::AgeBand => AgeGroup::ALL.into_iter().find(|group| group.code() == age).map_or("_U", AgeGroup::band),
            Dimension::Disability => disability,
            Dimension::Urban => place_code(person.stratum),
            Dimension::Region => STRATA[person.stratum].region,
        };
        level == own
    })
}

/// Each cell of each table once, by the levels it is cut to; a total that stands in several tables counts in the first.
fn table_cells(sample: &Sample, indicator: &Indicator, measured: &Measured) -> Vec<(Vec<(Dimension, Level)>, Candidate)> {
    let mut found: Vec<(Vec<(Dimension, Level)>, Candidate)> = Vec::new();
    for by in TABLES {
        let crossing = cross(sample, indicator, measured, by).unwrap();
        for (key, candidate) in crossing.keys.into_iter().zip(crossing.candidates) {
            let mut key: Vec<(Dimension, Level)> = by.iter().copied().zip(key).collect();
            key.retain(|(_, level)| level != "_T");
            if candidate.estimate.n >= LEAST_CASES && found.iter().all(|(k, _)| *k != key) {
                found.push((key, candidate));
            }
        }
    }
    found
}

/// The indicators of the headline: any of the core acts, in the last year and ever.
const INDICATORS: [(&str, Period); 2] = [("TFV_ANY_12M", Period::Last12Months), ("TFV_ANY_EVER", Period::Since15)];

fn coverage(analysis: Analysis) -> Covered {
    let (population, instrument) = (Population::build(), std::sync::Arc::new(instrument()));
    let mut covered = Covered::default();
    let mut truths = std::collections::HashMap::new();
    for seed in 1..=seeds() {
        let mut taken = take_in(&Fielded::draw(&population, 1000 + seed, 2000), &instrument);
        weigh_rows(&mut taken, analysis);
        for (id, period) in INDICATORS {
            let indicator = instrument.indicators.iter().find(|i| i.id == id).unwrap();
            let measured = taken.sample.measure(indicator);
            for (key, candidate) in table_cells(&taken.sample, indicator, &measured) {
                let truth =
                    *truths.entry((id, key.clone())).or_insert_with(|| population.truth(Acts::CORE, period, |person| is_in(person, &key)));
                count(&mut covered, &candidate, truth);
            }
        }
    }
    covered
}

fn count(covered: &mut Covered, candidate: &Candidate, truth: f64) {
    let e = &candidate.estimate;
    let proportion = Proportion { p: e.estimate, se: e.se, df: e.df(DfRule::Observed), n: e.n as f64 };
    let holds = |method| {
        let interval = proportion.interval(method, 0.95);
        u32::from(interval.lower <= truth && truth <= interval.upper)
    };
    covered.intervals += 1;
    covered.logit += holds(Method::Logit);
    covered.wilson += holds(Method::Wilson);
    covered.korn_graubard += holds(Method::KornGraubard);
}

#[test]
fn the_intervals_hold_the_truth_as_often_as_they_say() {
    let covered = coverage(Analysis::Right);
    eprintln!("right: {covered:?} {:?}", covered.shares());
    assert!(covered.keeps_its_promise(), "{covered:?} {:?}", covered.shares());
}

#[test]
fn with_weights_ignored_they_do_not() {
    let covered = coverage(Analysis::WeightsIgnored);
    eprintln!("weights ignored: {covered:?} {:?}", covered.shares());
    assert!(!covered.keeps_its_promise(), "{covered:?} {:?}", covered.shares());
}

#[test]
fn with_clusters_ignored_they_do_not() {
    let covered = coverage(Analysis::ClustersIgnored);
    eprintln!("clusters ignored: {covered:?} {:?}", covered.shares());
    assert!(!covered.keeps_its_promise(), "{covered:?} {:?}", covered.shares());
}
