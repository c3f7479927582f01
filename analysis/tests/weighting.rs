//! Calibrated and trimmed weights against R's, for a cluster sample of schools.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use kish_analysis::cells::Sums;
use kish_analysis::columns::Columns;
use kish_analysis::design::{Design, Fpc, OneStage};
use kish_analysis::estimate::{Domain, Measure};
use kish_analysis::weighting::{
    Calibration, Classes, Distance, Known, Limits, Margin, Response, calibrate, nonresponse, poststratify, rake, standardize, trim,
};

fn rows(file: &str) -> Vec<BTreeMap<String, String>> {
    let path = format!("{}/tests/golden/{file}", env!("CARGO_MANIFEST_DIR"));
    csv::Reader::from_path(path).unwrap().deserialize().map(|row| row.unwrap()).collect()
}

fn number(row: &BTreeMap<String, String>, column: &str) -> f64 {
    row[column].parse().unwrap()
}

fn margin(column: &str, groups: [(&str, f64); 3]) -> Margin {
    let group = |row: &BTreeMap<String, String>| groups.iter().position(|(name, _)| *name == row[column]).unwrap() as u32;
    let totals = groups.iter().filter(|(name, _)| !name.is_empty()).map(|(_, total)| *total).collect();
    Margin { group_of_row: rows("data/apiclus1.csv").iter().map(group).collect(), totals }
}

fn stype() -> Margin {
    margin("stype", [("E", 4421.0), ("H", 755.0), ("M", 1018.0)])
}

fn base() -> Vec<f64> {
    rows("data/apiclus1.csv").iter().map(|row| number(row, "pw")).collect()
}

fn model(distance: Distance, bounds: Option<(f64, f64)>) -> Vec<f64> {
    let is = |row: &BTreeMap<String, String>, level: &str| f64::from(u8::from(row["stype"] == level));
    let x = |row: &BTreeMap<String, String>| vec![1.0, is(row, "H"), is(row, "M"), number(row, "api99")];
    let to = Calibration {
        x: rows("data/apiclus1.csv").iter().map(x).collect(),
        totals: vec![6194.0, 755.0, 1018.0, 3_914_069.0],
        distance,
        bounds,
        epsilon: 1e-11,
    };
    calibrate(&base(), &to).unwrap()
}

fn check(design: &str, found: &[f64], rtol: f64) {
    let wanted: Vec<f64> = rows("weights.csv").iter().filter(|row| row["design"] == design).map(|row| number(row, "weight")).collect();
    assert_eq!(wanted.len(), found.len(), "{design}");
    for (row, (found, wanted)) in found.iter().zip(wanted).enumerate() {
        assert!((found - wanted).abs() <= rtol * wanted.abs(), "{design}, row {row}: {found} is not {wanted}");
    }
}

#[test]
fn poststratified() {
    check("clus1_poststrat", &poststratify(&base(), &stype()).unwrap(), 1e-12);
}

#[test]
fn raked() {
    let wide = margin("sch.wide", [("No", 1072.0), ("Yes", 5122.0), ("", 0.0)]);
    check("clus1_rake", &rake(&base(), &[stype(), wide], 1e-10).unwrap(), 1e-8);
}

#[test]
fn calibrated() {
    check("clus1_linear", &model(Distance::Linear, None), 1e-10);
    check("clus1_linear_b", &model(Distance::Linear, Some((0.6, 1.6))), 1e-7);
    check("clus1_raking", &model(Distance::Raking, None), 1e-7);
    check("clus1_logit", &model(Distance::Logit, Some((0.5, 1.8))), 1e-7);
}

#[test]
fn trimmed() {
    let linear = model(Distance::Linear, None);
    check("clus1_trim", &trim(&linear, 20.0, 40.0, false), 1e-10);
    check("clus1_trim_strict", &trim(&linear, 20.0, 40.0, true), 1e-10);
}

/// The schools as R's `clus1_fpc`: 15 districts out of 757.
fn design() -> Design {
    let rows = rows("data/apiclus1.csv");
    let mut names: Vec<&str> = rows.iter().map(|row| row["dnum"].as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let psu_of_row: Vec<u32> = rows.iter().map(|row| names.iter().position(|name| *name == row["dnum"]).unwrap() as u32).collect();
    let population = vec![757.0; names.len()];
    Design::one_stage(&OneStage {
        stratum_of_psu: &vec![0; names.len()],
        fpc: Fpc::PopulationSize(&population),
        psu_of_row: &psu_of_row,
        weight: &base(),
        ..OneStage::default()
    })
    .unwrap()
}

/// Mean of `api00` and its standard error against a golden row.
fn check_mean(golden: &str, design: &Design) {
    let wanted = rows("golden.csv").into_iter().find(|row| row["id"] == golden).unwrap();
    let api00: Vec<f64> = rows("data/apiclus1.csv").iter().map(|row| number(row, "api00")).collect();
    let mut columns = Columns::new(api00.len());
    let y = columns.real(&api00).unwrap();
    let cells = vec![0; api00.len()];
    let sums = Sums::reduce(design, &columns, &cells, 1).unwrap();
    let found = sums.estimate(&Domain::cell(0), &[Measure::Mean(y)]).unwrap()[0];
    for (found, wanted) in [(found.estimate, number(&wanted, "estimate")), (found.se, number(&wanted, "se"))] {
        assert!((found - wanted).abs() <= 1e-8 * wanted.abs(), "{golden}: {found} is not {wanted}");
    }
}

fn linear() -> Calibration {
    let is = |row: &BTreeMap<String, String>, level: &str| f64::from(u8::from(row["stype"] == level));
    let x = |row: &BTreeMap<String, String>| vec![1.0, is(row, "H"), is(row, "M"), number(row, "api99")];
    Calibration {
        x: rows("data/apiclus1.csv").iter().map(x).collect(),
        totals: vec![6194.0, 755.0, 1018.0, 3_914_069.0],
        distance: Distance::Linear,
        bounds: None,
        epsilon: 1e-11,
    }
}

#[test]
fn clusters_share_a_factor() {
    let psu_of_row: Vec<u32> = rows("data/apiclus1.csv").iter().map(|row| number(row, "dnum") as u32).collect();
    let known = Known::CalibrateClusters { calibration: linear(), cluster_of_row: psu_of_row };
    let (design, adjusted) = known.apply(design(), None, 0).unwrap();
    assert!(adjusted.diagnostics.converged);
    check_mean("O01674", &design);
}

#[test]
fn trimmed_after_calibration() {
    for (golden, strict) in [("O01686", false), ("O01687", true)] {
        let weights = trim(&model(Distance::Linear, None), 20.0, 40.0, strict);
        let calibrated = design().calibrated(model(Distance::Linear, None), &linear().x).unwrap();
        check_mean(golden, &calibrated.trimmed(weights).unwrap());
    }
}

#[test]
fn a_recipe_meets_totals_and_limits() {
    let known = Known::Rake { margins: vec![stype()], epsilon: 1e-10 };
    let (design, adjusted) = known.apply(design(), Some(Limits { lower: 20.0, upper: 60.0 }), 20).unwrap();
    assert!(adjusted.diagnostics.converged, "{:?}", adjusted.diagnostics);
    assert!(adjusted.weights.iter().all(|w| (20.0..=60.0).contains(w)));
    assert!((design.weights().iter().sum::<f64>() - 6194.0).abs() < 1e-6);
    // Middle schools would need a weight of 40.72: with an upper limit of 40 one of the two gives.
    let (_, adjusted) = known.apply(self::design(), Some(Limits { lower: 20.0, upper: 40.0 }), 20).unwrap();
    assert!(!adjusted.diagnostics.converged);
}

#[test]
fn what_cannot_be_met_is_named() {
    let empty = Margin { group_of_row: vec![0, 0, 2], totals: vec![5.0, 7.0, 1.0] };
    let found = Known::Poststratify(empty).adjust(&[1.0; 3]).unwrap().diagnostics;
    assert_eq!((found.converged, found.unmet[0].group, found.unmet[0].wanted), (false, 1, 7.0));
    let bounded = Calibration { bounds: Some((0.99, 1.01)), ..linear() };
    let found = Known::Calibrate(bounded).adjust(&base()).unwrap().diagnostics;
    assert!(!found.converged && !found.unmet.is_empty());
    let contradiction = |total| Margin { group_of_row: vec![0, 1], totals: vec![total, 10.0 - total] };
    let found = Known::Rake { margins: vec![contradiction(3.0), contradiction(4.0)], epsilon: 1e-9 }.adjust(&[1.0; 2]).unwrap();
    assert!(!found.diagnostics.converged && found.diagnostics.iterations == 1000);
}

#[test]
fn those_who_answered_stand_for_the_others() {
    use Response::{Answered, Missing, OutOfScope};
    let response = [Answered, Answered, Missing, Answered, Missing, OutOfScope, Answered, Answered];
    let classes = Classes { class_of_case: &[0, 0, 0, 1, 1, 1, 2, 2], block_of_class: &[0, 0, 1], fewest: 1, largest: 3.0 };
    let (adjusted, class_of) = nonresponse(&[2.0; 8], &response, &classes).unwrap();
    assert_eq!(class_of, [0, 1, 2]);
    assert_eq!(adjusted.weights, [3.0, 3.0, 0.0, 4.0, 0.0, 2.0, 2.0, 2.0]);
    assert_eq!((adjusted.diagnostics.factor_min, adjusted.diagnostics.factor_max), (1.0, 2.0));
    // Class 1 has one answer: it joins class 0 of its own block although class 2 is no thicker.
    let (adjusted, class_of) = nonresponse(&[2.0; 8], &response, &Classes { fewest: 2, ..classes }).unwrap();
    assert_eq!(class_of, [0, 0, 2]);
    assert_eq!(adjusted.diagnostics.iterations, 1);
    assert!((adjusted.weights[3] - 2.0 * 5.0 / 3.0).abs() < 1e-12);
    let nobody = nonresponse(&[2.0; 8], &[Missing; 8], &classes);
    assert!(nobody.unwrap_err().to_string().contains("nobody answered"));
}

#[test]
fn what_does_not_fit_is_an_error_and_no_panic() {
    let standard = Margin { group_of_row: vec![2, 0, 1, 0, 1], totals: vec![1.0, 1.0] };
    let found = standardize(&[1.0; 5], &[0, 0, 0, 1, 1], &standard, &[true; 5]);
    assert!(found.unwrap_err().to_string().contains("population group 2 does not exist"));
    assert_eq!(Limits::around_median(&[1.0, 2.0, 3.0], 0.5), Limits { lower: 1.0, upper: 4.0 });
    assert_eq!(trim(&[1.0, 9.0], 5.0, 2.0, false), [2.0, 2.0]);
}
