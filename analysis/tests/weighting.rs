//! Calibrated and trimmed weights against R's, for a cluster sample of schools.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use kish_analysis::weighting::{Calibration, Distance, Margin, calibrate, poststratify, rake, trim};

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
