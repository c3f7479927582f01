//! Five recipes, each a test: a household sample as DHS reports it, a table as NHANES publishes it, raking to a census, two groups
//! compared, two rounds compared.
//!
//! The data are files of this crate's tests: NHANES 2009–2010 (public), and a survey of violence that is simulated.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use kish_analysis::cells::Sums;
use kish_analysis::columns::Columns;
use kish_analysis::design::{Design, Lonely, OneStage};
use kish_analysis::disclosure::{Candidate, Kind, Relation, Rule, protect};
use kish_analysis::estimate::{DfRule, Domain, Estimate, Measure};
use kish_analysis::interval;
use kish_analysis::reliability::{DHS, Outcome};
use kish_analysis::table::Cell;
use kish_analysis::variance::Functional;
use kish_analysis::weighting::{Known, Limits, Margin, dummies, standardize};

type Row = BTreeMap<String, String>;

fn data(file: &str) -> Vec<Row> {
    let path = format!("{}/tests/golden/data/{file}.csv", env!("CARGO_MANIFEST_DIR"));
    csv::Reader::from_path(path).unwrap().deserialize().map(|row| row.unwrap()).collect()
}

fn number(row: &Row, column: &str) -> f64 {
    row[column].parse().unwrap_or(f64::NAN)
}

/// Every row's code, in the order of the sorted values.
fn codes<'a>(rows: &'a [Row], key: impl Fn(&'a Row) -> String) -> (Vec<String>, Vec<u32>) {
    let mut levels: Vec<String> = rows.iter().map(&key).collect();
    levels.sort();
    levels.dedup();
    let codes = rows.iter().map(|row| levels.binary_search(&key(row)).unwrap() as u32).collect();
    (levels, codes)
}

/// A design as most surveys publish it: a stratum, a PSU (numbered inside its stratum) and a weight in every row.
fn published(rows: &[Row], stratum: &str, psu: &str, weight: &[f64]) -> Design {
    let (names, psu_of_row) = codes(rows, |row| format!("{}/{}", row[stratum], row[psu]));
    let mut stratum_of_psu = vec![0; names.len()];
    let (_, stratum_of_row) = codes(rows, |row| row[stratum].clone());
    psu_of_row.iter().zip(stratum_of_row).for_each(|(psu, stratum)| stratum_of_psu[*psu as usize] = stratum);
    Design::one_stage(&OneStage {
        stratum_of_psu: &stratum_of_psu,
        psu_of_row: &psu_of_row,
        weight,
        lonely: Lonely::Adjust,
        ..OneStage::default()
    })
    .unwrap()
}

fn nhanes() -> (Vec<Row>, Vec<f64>) {
    let rows = data("nhanes");
    let weight = rows.iter().map(|row| number(row, "WTMEC2YR")).collect();
    (rows, weight)
}

/// A yes or no in every row; an empty field is missing.
fn answers(rows: &[Row], column: &str) -> impl Iterator<Item = Option<bool>> {
    rows.iter().map(move |row| (!row[column].is_empty()).then(|| number(row, column) == 1.0))
}

/// Cells of proportions that add up to the last one, through disclosure control.
fn protected(estimates: &[Estimate], rule: &Rule) -> Vec<Cell> {
    let candidates: Vec<Candidate> = estimates.iter().map(|estimate| Candidate { estimate: *estimate, kind: Kind::Proportion }).collect();
    let whole = candidates.len() - 1;
    protect(&candidates, &[Relation { parts: (0..whole).collect(), whole }], rule).cells().to_vec()
}

/// A household sample as DHS reports it: percentages with those of few cases in brackets, and the appendix's line of sampling
/// errors, R, SE, N, WN, DEFT and R ± 2 SE.
#[test]
fn a_dhs_style_sample() {
    let rows = data("vaw_open");
    let weight: Vec<f64> = rows.iter().map(|row| number(row, "w")).collect();
    // One stratum has a single PSU: `published` chose `Lonely::Adjust` for it.
    let design = published(&rows, "stratum", "psu", &weight);
    let mut columns = Columns::new(rows.len());
    let violence = columns.indicator(answers(&rows, "phys")).unwrap();
    let (groups, group) = codes(&rows, |row| format!("sex {} disability {}", row["sex"], row["dis"]));
    let sums = Sums::reduce(&design, &columns, &group, groups.len()).unwrap();
    let domains: Vec<Domain> = (0..4).map(Domain::cell).chain([Domain::all(4)]).collect();
    let found = sums.estimate_all(&domains, &[Measure::Mean(violence)]).unwrap().concat();

    let print = |cell: &Cell| match cell {
        Cell::Shown(shown) if shown.reliability == Outcome::Weak => format!("({:.1})", 100.0 * shown.estimate),
        Cell::Shown(shown) => format!("{:.1}", 100.0 * shown.estimate),
        Cell::Withheld(_) => "*".into(),
    };
    let cells = protected(&found, &Rule { standard: DHS, ..Rule::default() });
    assert_eq!(cells.iter().map(print).collect::<Vec<_>>(), ["31.1", "(50.3)", "35.5", "23.9", "33.6"]);

    let (r, se, deft) = (found[2].estimate, found[2].se, found[2].deff_replace.sqrt());
    let appendix = format!("{r:.3} {se:.3} {} {:.0} {deft:.2} {:.3} {:.3}", found[2].n, found[2].weighted_n, r - 2.0 * se, r + 2.0 * se);
    assert_eq!(appendix, "0.355 0.031 212 48043 0.93 0.294 0.417");
    // R's svyby on the same data.
    assert!((r - 0.355_366_108_024_319).abs() < 1e-12 && (se - 0.030_693_752_728_841_5).abs() < 1e-12);
}

/// A table as NHANES publishes it: crude and age-adjusted percentages, limits by Korn and Graubard, each number judged by the
/// standard of NCHS.
#[test]
fn an_nhanes_style_table() {
    let (rows, weight) = nhanes();
    let design = published(&rows, "SDMVSTRA", "SDMVPSU", &weight).with_threads(2);
    let mut columns = Columns::new(rows.len());
    let high = columns.indicator(answers(&rows, "HI_CHOL")).unwrap();
    let (races, race) = codes(&rows, |row| row["race"].clone());
    let sums = Sums::reduce(&design, &columns, &race, races.len()).unwrap();
    let domains: Vec<Domain> = (0..4).map(Domain::cell).chain([Domain::all(4)]).collect();
    let crude = sums.estimate_all(&domains, &[Measure::Mean(high)]).unwrap().concat();
    let cells = protected(&crude, &Rule::default());
    let Cell::Shown(all) = &cells[4] else { panic!("{cells:?}") };
    // The published figure of the example everybody runs on these data: 11.21 %, standard error 0.54 points.
    assert!((all.estimate - 0.112_143).abs() < 5e-7 && (all.se - 0.005_446).abs() < 5e-7, "{all:?}");
    assert_eq!((all.df, all.reliability), (16.0, Outcome::Show));
    assert!((all.ci_lower - 0.100_825).abs() < 5e-6 && (all.ci_upper - 0.124_257).abs() < 5e-6, "{all:?}");

    // R's svystandardize and svyby on the same data.
    let wanted = [
        (0.114_306_221_986_234, 0.005_414_582_134_582_4),
        (0.107_708_378_880_159, 0.006_237_659_012_033_72),
        (0.081_122_743_213_367_3, 0.010_188_780_290_896_4),
        (0.101_229_471_606_735, 0.026_023_150_043_711_7),
    ];
    for (found, (p, se)) in age_adjusted(&rows, &weight, &race).iter().zip(wanted) {
        assert!((found.estimate - p).abs() < 1e-12 && (found.se - se).abs() < 1e-11, "{found:?} {p} {se}");
        assert!(found.df(DfRule::Observed) >= 8.0);
    }
}

/// Percentages by race as they would be if every race had the ages of the standard population.
fn age_adjusted(rows: &[Row], weight: &[f64], race: &[u32]) -> Vec<Estimate> {
    let answered: Vec<bool> = answers(rows, "HI_CHOL").map(|answer| answer.is_some()).collect();
    let (_, age) = codes(rows, |row| row["agecat"].clone());
    let standard = Margin { group_of_row: age, totals: vec![55_901.0, 77_670.0, 72_816.0, 45_364.0] };
    let (adjusted, margin) = standardize(weight, race, &standard, &answered).unwrap();
    let before: Vec<f64> = weight.iter().zip(&answered).map(|(w, answered)| if *answered { *w } else { 0.0 }).collect();
    let design = published(rows, "SDMVSTRA", "SDMVPSU", &before).calibrated(adjusted, &dummies(&[margin])).unwrap();
    let mut columns = Columns::new(rows.len());
    let high = columns.indicator(answers(rows, "HI_CHOL")).unwrap();
    let sums = Sums::reduce(&design, &columns, race, 4).unwrap();
    sums.estimate_all(&[0, 1, 2, 3].map(Domain::cell), &[Measure::Mean(high)]).unwrap().concat()
}

/// Weights raked to a census by sex and by race, kept within limits; what is known no longer varies.
#[test]
fn raking_to_a_census() {
    let (rows, weight) = nhanes();
    let census = |column: &str| {
        let (levels, group_of_row) = codes(&rows, |row| row[column].clone());
        Margin { totals: vec![240e6 / levels.len() as f64; levels.len()], group_of_row }
    };
    let known = Known::Rake { margins: vec![census("RIAGENDR"), census("race")], epsilon: 1e-9 };
    let design = published(&rows, "SDMVSTRA", "SDMVPSU", &weight);
    let (design, adjusted) = known.apply(design, Some(Limits { lower: 0.0, upper: 250e3 }), 20).unwrap();
    assert!(adjusted.diagnostics.unmet.is_empty(), "{:?}", adjusted.diagnostics);
    let mut columns = Columns::new(rows.len());
    let woman = columns.indicator(rows.iter().map(|row| Some(row["RIAGENDR"] == "2"))).unwrap();
    let cells = vec![0; rows.len()];
    let sums = Sums::reduce(&design, &columns, &cells, 1).unwrap();
    let found = sums.estimate(&Domain::cell(0), &[Measure::Total(woman)]).unwrap()[0];
    assert!((found.estimate / 120e6 - 1.0).abs() < 1e-8 && found.se < 1e-3 * found.estimate, "{found:?}");
}

/// The difference and the ratio of two groups of one sample, whose estimates are not independent.
#[test]
fn two_groups_compared() {
    let (rows, weight) = nhanes();
    let design = published(&rows, "SDMVSTRA", "SDMVPSU", &weight);
    let mut columns = Columns::new(rows.len());
    let high = columns.indicator(answers(&rows, "HI_CHOL")).unwrap();
    let (races, race) = codes(&rows, |row| row["race"].clone());
    let sums = Sums::reduce(&design, &columns, &race, races.len()).unwrap();
    let value = |cell| sums.value(&Domain::cell(cell), Measure::Mean(high)).unwrap();
    let linear = |cell| sums.linearise(&Domain::cell(cell), Measure::Mean(high)).unwrap();
    let (p1, p2) = (value(0), value(1));
    let difference = Functional::combine([(1.0, &linear(1)), (-1.0, &linear(0))]);
    // d(p2 / p1) = dp2 / p1 - p2 / p1^2 dp1
    let ratio = Functional::combine([(1.0 / p1, &linear(1)), (-p2 / (p1 * p1), &linear(0))]);
    let covariance = sums.covariance(&[difference, ratio]);
    // R's svycontrast on the same data.
    assert!((p2 - p1 - 0.020_157_539_901_961_3).abs() < 1e-12);
    assert!((covariance[0][0].sqrt() - 0.008_490_456_871_921_68).abs() < 1e-11);
    assert!((p2 / p1 - 1.198_612_761_075_47).abs() < 1e-11);
    assert!((covariance[1][1].sqrt() - 0.091_918_676_359_736_2).abs() < 1e-10);
}

/// The change between two rounds in the same PSUs: stack the rounds, make the round a cell, and the covariance is there.
#[test]
fn two_rounds_compared() {
    let rows = data("vaw_open_two_waves");
    let weight: Vec<f64> = rows.iter().map(|row| number(row, "w")).collect();
    let design = published(&rows, "stratum", "psu", &weight);
    let mut columns = Columns::new(rows.len());
    let yes = columns.indicator(answers(&rows, "yy")).unwrap();
    let (_, round) = codes(&rows, |row| row["wv"].clone());
    let sums = Sums::reduce(&design, &columns, &round, 2).unwrap();
    let value = |cell| sums.value(&Domain::cell(cell), Measure::Mean(yes)).unwrap();
    let linear = |cell| sums.linearise(&Domain::cell(cell), Measure::Mean(yes)).unwrap();
    let change = value(1) - value(0);
    let se = sums.covariance(&[Functional::combine([(1.0, &linear(1)), (-1.0, &linear(0))])])[0][0].sqrt();
    let alone: f64 = [0, 1].map(|cell| sums.covariance(&[linear(cell)])[0][0]).iter().sum::<f64>().sqrt();
    assert!((change + 0.194_873_269_078_768).abs() < 1e-12, "{change}");
    // R's svyby and svycontrast on the same data. The rounds share their PSUs: taken as independent, the standard error is wrong.
    assert!((se - 0.040_702_552_808_652_2).abs() < 1e-12);
    assert!((se - alone).abs() > 0.004, "{se} {alone}");
    let found = interval::mean(change, se, 35.0, 0.95);
    assert!(found.upper < 0.0, "{found:?}");
}
