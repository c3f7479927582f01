//! A file of rows after its control: every class large enough, nothing of the main columns touched, every count as reported.

#![allow(clippy::unwrap_used)]

use kish_analysis::anonymity::{
    Classes, Coarse, Column, Given, HIDDEN, Rule, Unreachable, coarsen, conceal, diversity, holders, individual_risk, protect, risk,
    suppress, tells,
};
use proptest::prelude::*;

/// Rows with one main column, two or three others and one answer.
fn file() -> impl Strategy<Value = (Vec<u32>, Vec<Vec<u32>>, Vec<Option<bool>>)> {
    let row = (0..3_u32, prop::collection::vec(0..4_u32, 3), prop::option::weighted(0.9, prop::bool::weighted(0.3)));
    prop::collection::vec(row, 1..160).prop_map(|rows| {
        let main = rows.iter().map(|(main, ..)| *main).collect();
        let others = (0..3).map(|column| rows.iter().map(|(_, codes, _)| codes[column]).collect()).collect();
        (main, others, rows.iter().map(|(.., answer)| *answer).collect())
    })
}

fn is_safe(rows: &[usize], answers: &[Option<bool>], k: usize) -> bool {
    rows.len() >= k && !tells(rows, answers)
}

proptest! {
    #[test]
    fn every_class_is_safe_or_the_main_column_is_named((main, others, answers) in file(), k in 2..7_usize) {
        let fixed = [main.clone()];
        let sensitive = [answers.clone()];
        let given = Given { fixed: &fixed, free: &others, sensitive: &sensitive, k };
        let blocks = Classes::of(&fixed, main.len());
        match suppress(&given) {
            Ok(free) => {
                let released: Vec<Vec<u32>> = std::iter::once(main.clone()).chain(free.iter().cloned()).collect();
                for rows in Classes::of(&released, main.len()).rows() {
                    prop_assert!(is_safe(rows, &answers, k));
                }
                for (before, after) in others.iter().zip(&free) {
                    prop_assert!(before.iter().zip(after).all(|(b, a)| a == b || *a == HIDDEN));
                }
            }
            Err(Unreachable(rows)) => {
                prop_assert!(!rows.is_empty());
                for row in rows {
                    prop_assert!(!is_safe(&blocks.rows()[blocks.of_row()[row]], &answers, k));
                }
            }
        }
    }

    #[test]
    fn a_safe_file_is_left_as_it_is((main, others, answers) in file()) {
        let fixed = [main];
        let sensitive = [answers.iter().map(|a| a.map(|_| false)).collect::<Vec<_>>()];
        let given = Given { fixed: &fixed, free: &others, sensitive: &sensitive, k: 1 };
        prop_assert_eq!(suppress(&given).unwrap(), others);
    }

    #[test]
    fn recoding_ends_with_few_values_left_out((main, others, answers) in file(), k in 2..7_usize) {
        let columns: Vec<Column> =
            others.iter().map(|codes| Column { codes: codes.clone(), steps: vec![vec![0, 0, 1, 1], vec![0; 4]] }).collect();
        let n = main.len();
        if let Ok(released) = protect(std::slice::from_ref(&main), &columns, std::slice::from_ref(&answers), Rule { k, most_hidden: 0.1 }) {
            let all: Vec<Vec<u32>> = std::iter::once(main).chain(released.columns.iter().cloned()).collect();
            let classes = Classes::of(&all, n);
            prop_assert!(classes.rows().iter().all(|rows| is_safe(rows, &answers, k)));
            for (column, (codes, n_hidden)) in columns.iter().zip(released.columns.iter().zip(&released.hidden)) {
                prop_assert_eq!(codes.iter().filter(|code| **code == HIDDEN).count(), *n_hidden);
                prop_assert!(*n_hidden as f64 <= 0.1 * n as f64);
                prop_assert_eq!(codes.len(), column.codes.len());
            }
            for (place, step) in released.steps.iter().enumerate() {
                let expected = |code: u32| step.checked_sub(1).map_or(code, |last| columns[place].steps[last][code as usize]);
                let rows = columns[place].codes.iter().zip(&released.columns[place]);
                prop_assert!(rows.clone().all(|(before, after)| *after == HIDDEN || *after == expected(*before)));
            }
        }
    }

    #[test]
    fn risk_is_a_chance_and_falls_as_more_are_alike(f in 1..40_usize, weight in 1.0..500.0_f64) {
        let people = f as f64 * weight;
        let here = individual_risk(f, people);
        prop_assert!((0.0..=1.0).contains(&here), "{here}");
        prop_assert!(individual_risk(f + 1, people + weight) <= here + 1e-12);
        prop_assert!(individual_risk(f, people * 1.1) <= here + 1e-12);
        prop_assert!(here <= 1.0 / f as f64 + 1e-12, "nobody is likelier found than where everybody is in the file");
    }

    #[test]
    fn the_risk_of_a_file_is_that_of_its_rows((main, others, _) in file(), weight in 1.0..50.0_f64) {
        let classes = Classes::of(&[&main, &others[0]], main.len());
        let found = risk(&classes, &vec![weight; main.len()]);
        let of_rows: Vec<f64> =
            classes.of_row().iter().map(|class| classes.counts()[*class]).map(|f| individual_risk(f, f as f64 * weight)).collect();
        prop_assert!((found.expected - of_rows.iter().sum::<f64>()).abs() < 1e-9);
        prop_assert!((found.mean * main.len() as f64 - found.expected).abs() < 1e-9);
        prop_assert!((found.greatest - of_rows.iter().copied().fold(0.0, f64::max)).abs() < 1e-9);
    }

    #[test]
    fn diversity_lies_between_one_and_the_answers_there_are((main, _, answers) in file()) {
        let found = diversity(&Classes::of(&[&main], main.len()), &answers);
        prop_assert!((1..=3).contains(&found.distinct));
        prop_assert!(found.entropy >= 1.0 - 1e-12 && found.entropy <= 3.0 + 1e-12);
    }

    #[test]
    fn coarse_weights_are_shared_and_meet_what_they_must(
        weights in prop::collection::vec(1.0..100.0_f64, 60..200), ratio in 1.1..2.0_f64, seed in 1..1_000_000_usize
    ) {
        let units: Vec<u32> = (0..weights.len()).map(|row| (row / 10) as u32).collect();
        let mut state = seed;
        let draw = |k: usize| { state = (state * 48_271) % 2_147_483_647; state % k };
        // The weighted share of every third row, to three digits.
        let share = |w: &[f64]| w.iter().step_by(3).sum::<f64>() / w.iter().sum::<f64>();
        let wanted = share(&weights);
        let distance = |w: &[f64]| Ok(((share(w) - wanted).abs() - 0.0005).max(0.0));
        let asked = Coarse { ratio, least_rows: 5, least_units: 2, tries: 2000 };
        if let Some(coarse) = coarsen(&weights, &units, asked, distance, draw).unwrap() {
            let found = holders(&coarse, &units);
            prop_assert!(found.values == 1 || found.rows >= 5 && found.units >= 2, "{found:?}");
            prop_assert!((share(&coarse) - wanted).abs() <= 0.0005);
        }
    }
}

#[test]
fn risk_by_hand() {
    // p = 1/50: p / (1 - p) = 1/49, ln 50 = 3.912023.
    assert!((individual_risk(1, 50.0) - 3.912_023_005_428_146 / 49.0).abs() < 1e-12);
    // p = 2/100: 1/49 - ln 50 / 49^2.
    assert!((individual_risk(2, 100.0) - (1.0 / 49.0 - 3.912_023_005_428_146 / 2401.0)).abs() < 1e-12);
    // p = 3/150: 0.02 / (3 - 0.98).
    assert!((individual_risk(3, 150.0) - 0.02 / 2.02).abs() < 1e-15);
    assert_eq!([1, 2, 3].map(|f| individual_risk(f, f as f64)), [1.0, 0.5, 1.0 / 3.0]);
}

#[test]
fn most_files_of_a_usual_size_get_their_weights() {
    // 120 units of 17 rows, each unit with a weight of its own and households of one to five.
    let weights: Vec<f64> = (0..2040).map(|row| (30.0 + (row / 17 % 40) as f64) * (1 + row * 7 % 5) as f64 * 1.013).collect();
    let units: Vec<u32> = (0..2040).map(|row| row / 17).collect();
    let share = |w: &[f64]| w.iter().step_by(4).sum::<f64>() / w.iter().sum::<f64>();
    let wanted = share(&weights);
    let mut state = 12_345_usize;
    let draw = |k: usize| {
        state = (state * 48_271) % 2_147_483_647;
        state % k
    };
    let asked = Coarse { ratio: 1.25, least_rows: 5, least_units: 2, tries: 4000 };
    let coarse = coarsen(&weights, &units, asked, |w| Ok(((share(w) - wanted).abs() - 1e-5).max(0.0)), draw).unwrap().unwrap();
    assert!(holders(&coarse, &units).values < 20 && holders(&weights, &units).values > 150);
    for unit in 0..120 {
        let of = |w: &[f64]| w[unit * 17..(unit + 1) * 17].iter().sum::<f64>();
        assert!((of(&coarse) / of(&weights) - 1.0).abs() < 0.2, "a unit's sum stays about as it was");
    }
}

/// Standard normal numbers, as the sum of twelve even ones.
fn normal(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed;
    let mut even = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    move || (0..12).map(|_| even()).sum::<f64>() - 6.0
}

fn variance(strata: &[u32], z: &[f64]) -> f64 {
    let of = |stratum: u32| strata.iter().zip(z).filter(move |(s, _)| **s == stratum).map(|(_, z)| *z).collect::<Vec<f64>>();
    let in_stratum = |z: Vec<f64>| {
        let (n, mean) = (z.len() as f64, z.iter().sum::<f64>() / z.len() as f64);
        if z.is_empty() { 0.0 } else { n / (n - 1.0) * z.iter().map(|z| (z - mean).powi(2)).sum::<f64>() }
    };
    (0..=*strata.iter().max().unwrap()).map(|stratum| in_stratum(of(stratum))).sum()
}

fn of_replicates(b: &[Vec<f64>], z: &[f64]) -> f64 {
    b.iter().map(|row| row.iter().zip(z).map(|(b, z)| b * z).sum::<f64>().powi(2)).sum()
}

proptest! {
    #[test]
    fn published_variances_come_out_exactly(
        z in prop::collection::vec(prop::collection::vec(-5.0..5.0_f64, 30), 1..8), sizes in 2..6_u32, seed in any::<u64>()
    ) {
        let strata: Vec<u32> = (0..30).map(|unit| (unit % (30 / sizes)).min(5)).collect();
        let b = conceal(&strata, &z, 20, normal(seed)).unwrap();
        prop_assert_eq!(b.len(), 20);
        for z in &z {
            let wanted = variance(&strata, z);
            prop_assert!((of_replicates(&b, z) - wanted).abs() < 1e-9 * (1.0 + wanted));
        }
    }
}

#[test]
fn other_variances_are_right_on_average_and_the_strata_are_not_seen() {
    let strata: Vec<u32> = (0..100).map(|unit| unit / 10).collect();
    let mut draw = normal(7);
    let published: Vec<Vec<f64>> = (0..5).map(|_| (0..100).map(|_| draw()).collect()).collect();
    let other: Vec<f64> = (0..100).map(|_| draw()).collect();
    let found: Vec<f64> = (0..200).map(|seed| of_replicates(&conceal(&strata, &published, 40, normal(seed)).unwrap(), &other)).collect();
    let (mean, wanted) = (found.iter().sum::<f64>() / 200.0, variance(&strata, &other));
    assert!((mean / wanted - 1.0).abs() < 0.05, "{mean} for {wanted}");
    // Units of one stratum are at -1/9 with each other in the whole of Q, others at 0: in forty random replicates chance is greater.
    let b = conceal(&strata, &published, 40, normal(1)).unwrap();
    let product = |i: usize, j: usize| b.iter().map(|row| row[i] * row[j]).sum::<f64>();
    let others: Vec<f64> = (10..100).map(|j| product(0, j)).collect();
    let spread = (others.iter().map(|x| x * x).sum::<f64>() / 90.0).sqrt();
    assert!(spread > 1.0 / 9.0, "{spread}");
}

#[test]
fn a_stratum_of_one_unit_has_no_replicates() {
    let error = conceal(&[0, 0, 1], &[], 4, normal(1)).unwrap_err();
    assert_eq!(error, kish_analysis::Error::LonelyPsu { stage: 1, strata: vec![1] });
    assert!(conceal(&[0, 0], &[vec![1.0, 2.0]], 1, normal(1)).is_err());
}
