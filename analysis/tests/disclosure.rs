//! What may be shown, and that nothing withheld follows from it.

#![allow(clippy::unwrap_used)]

use kish_analysis::disclosure::{Candidate, Kind, Relation, Rule, protect};
use kish_analysis::estimate::Estimate;
use kish_analysis::reliability::{Facts, NCHS, Outcome, Standard, Test};
use kish_analysis::table::{Cell, Reason};
use proptest::prelude::*;

fn candidate(n: u64, n_events: u64) -> Candidate {
    let p = n_events as f64 / n as f64;
    let estimate = Estimate {
        estimate: p,
        se: (p * (1.0 - p) / n as f64).sqrt(),
        n_domain: n,
        n_rows: n,
        n,
        n_events,
        weighted_n: n as f64 * 10.0,
        weighted_domain: n as f64 * 10.0,
        n_psus: 30,
        n_strata: 5,
        n_psus_domain: 30,
        n_strata_domain: 5,
        deff: 1.0,
        deff_replace: 1.0,
        deff_weights: 1.0,
    };
    Candidate { estimate, kind: Kind::Proportion }
}

fn reason(cell: &Cell) -> Option<Reason> {
    match cell {
        Cell::Withheld(reason) => Some(*reason),
        Cell::Shown(_) => None,
    }
}

#[test]
fn thresholds_withhold_with_their_reason() {
    let mut few_psus = candidate(400, 200);
    few_psus.estimate.n_psus = 1;
    let asked = [candidate(400, 200), candidate(9, 5), candidate(400, 4), candidate(400, 396), few_psus, candidate(40, 20)];
    let table = protect(&asked, &[], &Rule::default());
    let found: Vec<Option<Reason>> = table.cells().iter().map(reason).collect();
    let wanted = [
        None,
        Some(Reason::TooFewCases),
        Some(Reason::TooFewEvents),
        Some(Reason::TooFewWithout),
        Some(Reason::TooFewPsus),
        Some(Reason::Unreliable),
    ];
    assert_eq!(found, wanted);
}

#[test]
fn nobody_at_all_is_shown_for_review() {
    let table = protect(&[candidate(400, 0)], &[], &Rule::default());
    let Cell::Shown(shown) = &table.cells()[0] else { panic!("{table:?}") };
    assert_eq!((shown.reliability, shown.ci_lower), (Outcome::Review, 0.0));
    assert!(shown.ci_upper > 0.0 && shown.ci_upper < 0.02);
}

#[test]
fn without_degrees_of_freedom_nothing_is_shown_but_nobody_at_all() {
    // 80 people in two strata of one PSU each, whose variance the rule for such strata takes to be 0.
    let alone = |n_events: u64, kind: Kind| {
        let mut found = candidate(80, n_events);
        (found.kind, found.estimate.se) = (kind, 0.0);
        (found.estimate.n_psus, found.estimate.n_strata, found.estimate.n_psus_domain, found.estimate.n_strata_domain) = (2, 2, 2, 2);
        found
    };
    let asked =
        [alone(24, Kind::Proportion), alone(24, Kind::Mean), alone(24, Kind::Count), alone(0, Kind::Mean), alone(0, Kind::Proportion)];
    let table = protect(&asked, &[], &Rule::default());
    let unreliable = Some(Reason::Unreliable);
    assert_eq!(table.cells().iter().map(reason).collect::<Vec<_>>(), [unreliable, unreliable, unreliable, unreliable, None]);
}

#[test]
fn another_standard_marks_instead() {
    let rule = Rule { standard: Standard::named("dhs").unwrap(), ..Rule::default() };
    let table = protect(&[candidate(40, 20), candidate(20, 10), candidate(80, 40)], &[], &rule);
    let Cell::Shown(weak) = &table.cells()[0] else { panic!("{table:?}") };
    assert_eq!(weak.reliability, Outcome::Weak);
    assert_eq!(reason(&table.cells()[1]), Some(Reason::Unreliable));
    assert_eq!(reason(&table.cells()[2]), None);
}

#[test]
fn standards_are_read_in_order() {
    let facts = Facts { estimate: 0.02, se: 0.01, lower: 0.001, upper: 0.04, n: 200.0, n_eff: 200.0, events: 4.0, df: 30.0, deff: 1.0 };
    assert_eq!(NCHS.judge(&facts).outcome, Outcome::Show);
    let wide = Facts { upper: 0.08, ..facts };
    assert_eq!(NCHS.judge(&wide).notes, ["relwidth>130%"]);
    assert!(!Test::CvAbove(0.1).holds(&Facts { se: f64::NAN, ..facts }));
}

proptest! {
    /// Parts and whole: never exactly one of them is withheld.
    #[test]
    fn no_withheld_cell_is_a_difference(sizes in prop::collection::vec((1_u64..300, 0.0_f64..=1.0), 2..8)) {
        let mut asked: Vec<Candidate> = sizes.iter().map(|(n, p)| candidate(*n, (*n as f64 * p) as u64)).collect();
        let (n, events) = asked.iter().fold((0, 0), |(n, events), part| (n + part.estimate.n, events + part.estimate.n_events));
        asked.push(candidate(n, events));
        let whole = asked.len() - 1;
        let table = protect(&asked, &[Relation { parts: (0..whole).collect(), whole }], &Rule::default());
        let withheld = table.cells().iter().filter(|cell| reason(cell).is_some()).count();
        prop_assert!(withheld != 1, "{table:?}");
    }
}
