//! A small violence survey (two strata, three PSUs each, forty women) against figures from R `survey`.
#![allow(clippy::unwrap_used)]

use kish_analysis::cells::Sums;
use kish_analysis::columns::{Columns, Variable};
use kish_analysis::design::{Design, Lonely, OneStage};
use kish_analysis::disclosure::{Candidate, Kind, Relation, Rule, protect};
use kish_analysis::estimate::{DfRule, Domain, Estimate, Measure};
use kish_analysis::interval::{Interval, Method, Proportion};
use kish_analysis::table::{Cell, Reason};

/// Cells: bit 0 = age under 25, bit 1 = disability.
struct Survey {
    design: Design,
    columns: Columns,
    cells: Vec<u32>,
    yes: Variable,
}

fn survey() -> Survey {
    let mut reader = csv::Reader::from_path(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/domain-testvec.csv")).unwrap();
    let rows: Vec<Vec<f64>> = reader.records().map(|row| row.unwrap().iter().map(|field| field.parse().unwrap()).collect()).collect();
    let mut psus: Vec<(u32, u32)> = rows.iter().map(|row| (row[1] as u32, row[2] as u32)).collect();
    psus.dedup();
    let psu = |row: &Vec<f64>| psus.iter().position(|psu| *psu == (row[1] as u32, row[2] as u32)).unwrap() as u32;
    let design = Design::one_stage(&OneStage {
        stratum_of_psu: &psus.iter().map(|(stratum, _)| stratum - 1).collect::<Vec<_>>(),
        psu_of_row: &rows.iter().map(psu).collect::<Vec<_>>(),
        weight: &rows.iter().map(|row| row[8]).collect::<Vec<_>>(),
        lonely: Lonely::Fail,
        ..OneStage::default()
    })
    .unwrap();
    let mut columns = Columns::new(rows.len());
    let yes = columns.indicator(rows.iter().map(|row| Some(row[7] == 1.0))).unwrap();
    let cells = rows.iter().map(|row| u32::from(row[5] < 25.0) + 2 * u32::from(row[6] == 1.0)).collect();
    Survey { design, columns, cells, yes }
}

fn close(found: f64, wanted: f64) {
    assert!((found - wanted).abs() < 1e-9, "{found} is not {wanted}");
}

fn limits(e: &Estimate, method: Method) -> Interval {
    Proportion { p: e.estimate, se: e.se, df: e.df(DfRule::Observed), n: e.n as f64 }.interval(method, 0.95)
}

/// Cells, n, events, sum of weights, p, se, logit interval, uncapped and capped Korn–Graubard interval.
type Expected = (&'static [u32], u64, u64, [f64; 3], [f64; 2], [f64; 2], Option<[f64; 2]>);

const EXPECTED: [Expected; 5] = [
    (
        &[0, 1, 2, 3],
        40,
        13,
        [8700.0, 0.3344827586, 0.0339715345],
        [0.2475556485, 0.4343151306],
        [0.2442711966, 0.4345522866],
        Some([0.1934734384, 0.5010353925]),
    ),
    (&[1, 3], 11, 8, [2490.0, 0.7269076305, 0.1097344193], [0.3645244010, 0.9251007555], [0.3834361312, 0.9419635078], None),
    (
        &[0, 2],
        29,
        5,
        [6210.0, 0.1771336554, 0.0453905812],
        [0.0831339993, 0.3382123301],
        [0.0732536400, 0.3338196541],
        Some([0.0612933349, 0.3632420117]),
    ),
    (
        &[2, 3],
        9,
        5,
        [1430.0, 0.5804195804, 0.1316551876],
        [0.2356881581, 0.8612198032],
        [0.2420471795, 0.8698726369],
        Some([0.2304655527, 0.8780815790]),
    ),
    (&[0, 1], 31, 8, [7270.0, 0.2861072902, 0.0620702751], [0.1470271847, 0.4823519770], [0.1340946358, 0.4843793418], None),
];

#[test]
fn domains_agree_with_r() {
    let survey = survey();
    let sums = Sums::reduce(&survey.design, &survey.columns, &survey.cells, 4).unwrap();
    for (cells, n, events, [weight, p, se], logit, beta, capped) in EXPECTED {
        let e = sums.estimate(&Domain::cells(cells.iter().copied()), &[Measure::Mean(survey.yes)]).unwrap()[0];
        assert_eq!((e.n, e.n_events, e.df(DfRule::Observed)), (n, events, 4.0));
        close(e.weighted_n, weight);
        close(e.estimate, p);
        close(e.se, se);
        for (method, wanted) in [(Method::Xlogit, logit), (Method::Beta, beta), (Method::KornGraubard, capped.unwrap_or(beta))] {
            let found = limits(&e, method);
            close(found.lower, wanted[0]);
            close(found.upper, wanted[1]);
        }
    }
}

#[test]
fn design_effects_agree_with_r() {
    let survey = survey();
    let sums = Sums::reduce(&survey.design, &survey.columns, &survey.cells, 4).unwrap();
    let e = sums.estimate(&Domain::all(4), &[Measure::Mean(survey.yes)]).unwrap()[0];
    assert!((e.deff - 0.203_124_94).abs() < 1e-8);
    assert!((e.deff_weights - 1.355_000_660_59).abs() < 1e-10);
    assert!((e.n_eff() - 192.886_894).abs() < 1e-6);
}

#[test]
fn difference_of_domains_takes_their_covariance() {
    let survey = survey();
    let sums = Sums::reduce(&survey.design, &survey.columns, &survey.cells, 4).unwrap();
    let (young, old) = (Domain::cells([1, 3]), Domain::cells([0, 2]));
    let parts = [young, old].map(|domain| sums.linearise(&domain, Measure::Mean(survey.yes)).unwrap());
    let difference = kish_analysis::variance::Functional::combine([(1.0, &parts[0]), (-1.0, &parts[1])]);
    assert!((sums.covariance(&[difference])[0][0].sqrt() - 0.13815).abs() < 5e-6);
}

#[test]
fn nchs_withholds_all_of_it() {
    let survey = survey();
    let sums = Sums::reduce(&survey.design, &survey.columns, &survey.cells, 4).unwrap();
    let domains: Vec<Domain> = EXPECTED.iter().map(|row| Domain::cells(row.0.iter().copied())).collect();
    let estimates = sums.estimate_all(&domains, &[Measure::Mean(survey.yes)]).unwrap();
    let candidates: Vec<Candidate> = estimates.iter().map(|e| Candidate { estimate: e[0], kind: Kind::Proportion }).collect();
    let relations = [Relation { parts: vec![1, 2], whole: 0 }, Relation { parts: vec![3, 4], whole: 0 }];
    let table = protect(&candidates, &relations, &Rule::default());
    assert_eq!(table.cells()[0], Cell::Withheld(Reason::Unreliable));
    assert_eq!(table.cells()[1], Cell::Withheld(Reason::TooFewWithout));
    assert_eq!(table.cells()[3], Cell::Withheld(Reason::TooFewCases));
    assert_eq!(table.n_withheld(), 5);
}
