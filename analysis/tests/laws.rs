//! What must hold for any sample.

#![allow(clippy::unwrap_used)]

use kish_analysis::cells::{NO_CELL, Sums};
use kish_analysis::columns::{Columns, Variable};
use kish_analysis::design::{Design, Lonely, OneStage};
use kish_analysis::estimate::{DfRule, Domain, Estimate, Measure};
use kish_analysis::interval::{Method, Proportion};
use proptest::prelude::*;

/// One row: PSU, cell (2 = none), weight, answer (2 = missing).
type Row = (u32, u32, f64, u8);

#[derive(Debug, Clone)]
struct Sample {
    stratum_of_psu: Vec<u32>,
    rows: Vec<Row>,
}

fn sample() -> impl Strategy<Value = Sample> {
    (2_u32..5, 2_u32..5).prop_flat_map(|(strata, psus)| {
        let stratum_of_psu: Vec<u32> = (0..strata).flat_map(|stratum| vec![stratum; psus as usize]).collect();
        let n_psus = stratum_of_psu.len() as u32;
        let row = (0..n_psus, 0_u32..3, 0.5_f64..20.0, 0_u8..3);
        prop::collection::vec(row, 1..60).prop_map(move |rows| Sample { stratum_of_psu: stratum_of_psu.clone(), rows })
    })
}

fn design(sample: &Sample) -> Design {
    Design::one_stage(&OneStage {
        stratum_of_psu: &sample.stratum_of_psu,
        psu_of_row: &sample.rows.iter().map(|row| row.0).collect::<Vec<_>>(),
        weight: &sample.rows.iter().map(|row| row.2).collect::<Vec<_>>(),
        lonely: Lonely::Adjust,
        ..OneStage::default()
    })
    .unwrap()
}

/// The share of yes in cells 0, 1 and both; `flip` counts no instead.
fn estimates(sample: &Sample, flip: bool) -> Vec<Estimate> {
    let design = design(sample);
    let mut columns = Columns::new(sample.rows.len());
    let answer = |row: &Row| (row.3 < 2).then_some((row.3 == 1) != flip);
    let yes: Variable = columns.indicator(sample.rows.iter().map(answer)).unwrap();
    let cells: Vec<u32> = sample.rows.iter().map(|row| if row.1 < 2 { row.1 } else { NO_CELL }).collect();
    let sums = Sums::reduce(&design, &columns, &cells, 2).unwrap();
    let domains = [Domain::cell(0), Domain::cell(1), Domain::all(2)];
    domains.map(|domain| sums.estimate(&domain, &[Measure::Mean(yes)]).unwrap()[0]).to_vec()
}

/// The textbook formula, straight from the rows.
fn by_hand(sample: &Sample, cell: u32) -> (f64, f64) {
    let inside = |row: &&Row| row.1 == cell && row.3 < 2;
    let total: f64 = sample.rows.iter().filter(inside).map(|row| row.2).sum();
    let p = sample.rows.iter().filter(inside).map(|row| row.2 * f64::from(row.3)).sum::<f64>() / total;
    let mut z = vec![0.0; sample.stratum_of_psu.len()];
    for row in sample.rows.iter().filter(inside) {
        z[row.0 as usize] += row.2 * (f64::from(row.3) - p) / total;
    }
    let strata = sample.stratum_of_psu.last().unwrap() + 1;
    let n = z.len() / strata as usize;
    let spread = |z: &[f64]| {
        let mean = z.iter().sum::<f64>() / n as f64;
        z.iter().map(|z| (z - mean).powi(2)).sum::<f64>() * n as f64 / (n as f64 - 1.0)
    };
    (p, z.chunks(n).map(spread).sum::<f64>().sqrt())
}

fn same(a: f64, b: f64) -> bool {
    (a.is_nan() && b.is_nan()) || (a - b).abs() <= 1e-12 + 1e-9 * b.abs()
}

proptest! {
    #[test]
    fn agrees_with_the_textbook(sample in sample()) {
        for (cell, found) in estimates(&sample, false).iter().enumerate().take(2) {
            let (p, se) = by_hand(&sample, cell as u32);
            prop_assert!(same(found.estimate, p) && (p.is_nan() || same(found.se, se)), "{found:?} is not {p} {se}");
        }
    }

    #[test]
    fn weights_times_a_constant_change_no_proportion(sample in sample(), c in 0.01_f64..100.0) {
        let mut scaled = sample.clone();
        scaled.rows.iter_mut().for_each(|row| row.2 *= c);
        for (a, b) in estimates(&sample, false).iter().zip(estimates(&scaled, false)) {
            prop_assert!(same(a.estimate, b.estimate) && same(a.se, b.se) && same(a.weighted_n * c, b.weighted_n));
        }
    }

    #[test]
    fn the_order_of_rows_is_irrelevant(sample in sample()) {
        let mut turned = sample.clone();
        turned.rows.reverse();
        for (a, b) in estimates(&sample, false).iter().zip(estimates(&turned, false)) {
            prop_assert!(same(a.estimate, b.estimate) && same(a.se, b.se) && a.n == b.n && a.n_psus == b.n_psus);
        }
    }

    #[test]
    fn names_of_psus_are_irrelevant(sample in sample()) {
        let last = sample.stratum_of_psu.len() as u32 - 1;
        let mut renamed = sample.clone();
        renamed.stratum_of_psu.reverse();
        renamed.rows.iter_mut().for_each(|row| row.0 = last - row.0);
        for (a, b) in estimates(&sample, false).iter().zip(estimates(&renamed, false)) {
            prop_assert!(same(a.estimate, b.estimate) && same(a.se, b.se) && a.df(DfRule::Observed) == b.df(DfRule::Observed));
        }
    }

    #[test]
    fn yes_and_no_share_one_standard_error(sample in sample()) {
        for (yes, no) in estimates(&sample, false).iter().zip(estimates(&sample, true)) {
            prop_assert!(same(yes.estimate, 1.0 - no.estimate) && same(yes.se, no.se) && yes.n_events + no.n_events == yes.n);
        }
    }

    #[test]
    fn two_half_rows_are_one_row(sample in sample()) {
        let mut halved = sample.clone();
        halved.rows.iter_mut().for_each(|row| row.2 /= 2.0);
        halved.rows.extend(halved.rows.clone());
        for (a, b) in estimates(&sample, false).iter().zip(estimates(&halved, false)) {
            prop_assert!(same(a.estimate, b.estimate) && same(a.se, b.se) && same(a.weighted_n, b.weighted_n));
        }
    }

    #[test]
    fn a_margin_is_made_of_its_cells(sample in sample()) {
        let found = estimates(&sample, false);
        prop_assert!(same(found[0].weighted_n + found[1].weighted_n, found[2].weighted_n));
        prop_assert_eq!(found[0].n + found[1].n, found[2].n);
    }

    #[test]
    fn the_total_of_a_margin_is_the_sum_of_its_cells(sample in sample()) {
        let design = design(&sample);
        let mut columns = Columns::new(sample.rows.len());
        let yes = columns.indicator(sample.rows.iter().map(|row| (row.3 < 2).then_some(row.3 == 1))).unwrap();
        let cells: Vec<u32> = sample.rows.iter().map(|row| row.1).collect();
        let sums = Sums::reduce(&design, &columns, &cells, 3).unwrap();
        let parts: Vec<f64> = (0..3).map(|cell| sums.value(&Domain::cell(cell), Measure::Total(yes)).unwrap()).collect();
        let linear: Vec<_> = (0..3).map(|cell| sums.linearise(&Domain::cell(cell), Measure::Total(yes)).unwrap()).collect();
        let whole = sums.linearise(&Domain::all(3), Measure::Total(yes)).unwrap();
        prop_assert!(same(parts.iter().sum(), sums.value(&Domain::all(3), Measure::Total(yes)).unwrap()));
        let covariance = sums.covariance(&linear);
        let variance = sums.covariance(&[whole])[0][0];
        prop_assert!((covariance.iter().flatten().sum::<f64>() - variance).abs() <= 1e-9 * variance + 1e-9);
    }

    #[test]
    fn an_empty_level_changes_nothing(sample in sample()) {
        let design = design(&sample);
        let mut columns = Columns::new(sample.rows.len());
        let yes = columns.indicator(sample.rows.iter().map(|row| (row.3 < 2).then_some(row.3 == 1))).unwrap();
        let (cells, moved): (Vec<u32>, Vec<u32>) = sample.rows.iter().map(|row| (row.1, row.1 * 2 + 1)).unzip();
        let without = Sums::reduce(&design, &columns, &cells, 3).unwrap();
        let with = Sums::reduce(&design, &columns, &moved, 7).unwrap();
        for cell in 0..3 {
            let a = without.estimate(&Domain::cell(cell), &[Measure::Mean(yes)]).unwrap()[0];
            let b = with.estimate(&Domain::cell(cell * 2 + 1), &[Measure::Mean(yes)]).unwrap()[0];
            prop_assert!(same(a.estimate, b.estimate) && same(a.se, b.se) && a.n == b.n, "{a:?} {b:?}");
        }
        prop_assert!(with.estimate(&Domain::cell(0), &[Measure::Mean(yes)]).unwrap()[0].estimate.is_nan());
    }

    #[test]
    fn tables_and_single_estimates_agree(sample in sample()) {
        let design = design(&sample);
        let mut columns = Columns::new(sample.rows.len());
        let yes = columns.indicator(sample.rows.iter().map(|row| (row.3 < 2).then_some(row.3 == 1))).unwrap();
        let real = columns.real(&sample.rows.iter().map(|row| if row.3 == 2 { f64::NAN } else { row.2 }).collect::<Vec<_>>()).unwrap();
        let cells: Vec<u32> = sample.rows.iter().map(|row| row.1).collect();
        let sums = Sums::reduce(&design, &columns, &cells, 3).unwrap();
        let domains = [Domain::cell(0), Domain::cell(1), Domain::cells([0, 2]), Domain::all(3)];
        let measures = [Measure::Mean(yes), Measure::Total(real), Measure::Mean(real)];
        for (domain, table) in domains.iter().zip(sums.estimate_all(&domains, &measures).unwrap()) {
            for (a, b) in table.iter().zip(sums.estimate(domain, &measures).unwrap()) {
                prop_assert!(same(a.estimate, b.estimate) && ((a.se - b.se).abs() < 1e-6 * b.estimate.abs().max(1.0) || same(a.se, b.se)), "{a:?} {b:?}");
                prop_assert_eq!((a.n_psus, a.n_strata, a.n_psus_domain, a.n_strata_domain), (b.n_psus, b.n_strata, b.n_psus_domain, b.n_strata_domain));
            }
        }
    }

    #[test]
    fn threads_change_no_bit(sample in sample()) {
        let mut columns = Columns::new(sample.rows.len());
        let values: Vec<f64> = sample.rows.iter().map(|row| row.2.sqrt()).collect();
        let y = columns.real(&values).unwrap();
        let cells: Vec<u32> = sample.rows.iter().map(|row| row.1).collect();
        let found = [1, 2, 5].map(|threads| {
            let design = design(&sample).with_threads(threads);
            let sums = Sums::reduce(&design, &columns, &cells, 3).unwrap();
            let domains: Vec<Domain> = (0..3).map(Domain::cell).collect();
            let found = sums.estimate_all(&domains, &[Measure::Total(y)]).unwrap();
            found.iter().map(|found| (found[0].estimate.to_bits(), found[0].se.to_bits())).collect::<Vec<_>>()
        });
        prop_assert!(found[0] == found[1] && found[1] == found[2]);
    }

    #[test]
    fn intervals_lie_in_the_unit_interval_and_hold_the_estimate(p in 0.0_f64..=1.0, n in 2_u32..5000, deff in 0.3_f64..8.0, df in 1_u32..200) {
        for p in [p, 0.0, 1.0] {
            let se = (p * (1.0 - p) / f64::from(n) * deff).sqrt();
            let proportion = Proportion { p, se, df: f64::from(df), n: f64::from(n) };
            for method in [Method::KornGraubard, Method::Wilson] {
                let found = proportion.interval(method, 0.95);
                prop_assert!(0.0 <= found.lower && found.lower <= p && p <= found.upper && found.upper <= 1.0, "{method:?} {proportion:?} {found:?}");
            }
            for method in [Method::Xlogit, Method::Likelihood, Method::Beta] {
                let found = proportion.interval(method, 0.95);
                let known = 0.0 <= found.lower && found.lower <= p && p <= found.upper && found.upper <= 1.0;
                prop_assert!(known || found.lower.is_nan() || p == 0.0 || p == 1.0, "{method:?} {proportion:?} {found:?}");
            }
        }
    }
}

#[test]
fn a_psu_without_an_interview_counts() {
    let with = Sample { stratum_of_psu: vec![0, 0, 0], rows: vec![(0, 0, 1.0, 1), (0, 0, 1.0, 0), (1, 0, 2.0, 1)] };
    let without = Sample { stratum_of_psu: vec![0, 0], ..with.clone() };
    let (a, b) = (&estimates(&with, false)[0], &estimates(&without, false)[0]);
    assert_eq!(a.estimate, b.estimate);
    // The third total is 0 and the sum of all is 0, so only n / (n - 1) changes: 3/2 for 2.
    assert!((a.variance() * 2.0 - b.variance() * 1.5).abs() < 1e-15);
    assert_eq!((a.n_psus, b.n_psus), (2, 2));
}

#[test]
fn an_empty_domain_has_no_estimate_and_breaks_nothing() {
    let sample = Sample { stratum_of_psu: vec![0, 0], rows: vec![(0, 0, 1.0, 1), (1, 0, 1.0, 0), (1, 1, 1.0, 2)] };
    let found = estimates(&sample, false);
    assert!(found[1].estimate.is_nan() && found[1].n == 0 && found[1].n_domain == 1);
    assert_eq!((found[0].n, found[2].n), (2, 2));
    assert_eq!(found[0].se, found[2].se);
}
