//! Replicates against what they must equal.

#![allow(clippy::unwrap_used)]

use kish_analysis::cells::Sums;
use kish_analysis::columns::{Columns, Variable};
use kish_analysis::design::{Design, Fpc, OneStage};
use kish_analysis::estimate::{Domain, Measure};
use kish_analysis::replicate::{Bootstrap, Replicates, values};
use proptest::prelude::*;

/// A generator of numbers below `k`, by a seed.
fn chance(seed: u64) -> impl FnMut(usize) -> usize {
    let mut state = seed;
    move |below| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) as usize) % below
    }
}

/// `strata` strata of `psus` PSUs of three rows, in two cells, an answer missing here and there.
struct Survey {
    design: Design,
    columns: Columns,
    yes: Variable,
    cells: Vec<u32>,
}

fn survey(strata: u32, psus: u32, seed: u64, fpc: Option<f64>) -> Survey {
    let n_psus = strata * psus;
    let mut draw = chance(seed);
    let rows = (n_psus * 3) as usize;
    let population = vec![fpc.unwrap_or(f64::INFINITY); n_psus as usize];
    let design = Design::one_stage(&OneStage {
        stratum_of_psu: &(0..n_psus).map(|psu| psu / psus).collect::<Vec<_>>(),
        fpc: if fpc.is_some() { Fpc::PopulationSize(&population) } else { Fpc::None },
        psu_of_row: &(0..rows as u32).map(|row| row / 3).collect::<Vec<_>>(),
        weight: &(0..rows).map(|_| 1.0 + draw(9) as f64).collect::<Vec<_>>(),
        ..OneStage::default()
    })
    .unwrap();
    let mut columns = Columns::new(rows);
    let yes = columns.indicator((0..rows).map(|_| [Some(true), Some(false), Some(false), None][draw(4)])).unwrap();
    let cells = (0..rows).map(|_| draw(2) as u32).collect();
    Survey { design, columns, yes, cells }
}

impl Survey {
    /// Value, and variance from the replicates, of one measure in one cell.
    fn replicated(&self, replicates: &Replicates, measure: Measure) -> (f64, f64) {
        let sums = Sums::reduce(&self.design, &self.columns, &self.cells, 2).unwrap();
        let value = sums.value(&Domain::cell(0), measure).unwrap();
        let reduced = replicates.reduce(&self.design, &self.columns, &self.cells, 2).unwrap();
        let thetas = values(&reduced, &[(Domain::cell(0), measure)]).unwrap();
        (value, replicates.covariance(&[value], &thetas)[0][0])
    }

    fn taylor(&self, measure: Measure) -> f64 {
        let sums = Sums::reduce(&self.design, &self.columns, &self.cells, 2).unwrap();
        sums.estimate(&Domain::cell(0), &[measure]).unwrap()[0].variance()
    }
}

proptest! {
    #[test]
    fn the_jackknife_of_a_total_is_its_linearisation(strata in 1_u32..5, psus in 2_u32..6, seed: u64, size in prop::option::of(10.0_f64..40.0)) {
        let survey = survey(strata, psus, seed, size);
        let total = Measure::Total(survey.yes);
        // Around the estimate: around the mean of all replicates the strata would lend each other their distance.
        let (_, jackknife) = survey.replicated(&Replicates::jkn(&survey.design).unwrap().around_estimate(), total);
        let taylor = survey.taylor(total);
        // Where nobody answered there is no total, and nothing to compare.
        prop_assume!(!taylor.is_nan());
        prop_assert!((jackknife - taylor).abs() <= 1e-9 * taylor + 1e-9, "{jackknife} {taylor}");
    }

    #[test]
    fn factors_and_written_out_weights_agree(seed: u64) {
        let survey = survey(3, 4, seed, None);
        let factors = Replicates::bootstrap(&survey.design, Bootstrap::RaoWu, 20, chance(seed)).unwrap();
        let rows = factors.try_map(|set| Ok::<_, ()>(set.to_vec())).unwrap();
        for measure in [Measure::Mean(survey.yes), Measure::Total(survey.yes)] {
            let (a, b) = (survey.replicated(&factors, measure), survey.replicated(&rows, measure));
            prop_assert!(a.1.is_nan() && b.1.is_nan() || (a.1 - b.1).abs() <= 1e-9 * b.1 + 1e-12, "{a:?} {b:?}");
        }
        prop_assert_eq!(factors.degrees_of_freedom(|_| true), rows.degrees_of_freedom(|_| true));
    }
}

#[test]
fn the_mean_of_many_bootstraps_is_the_linearisation() {
    let survey = survey(4, 6, 7, None);
    let total = Measure::Total(survey.yes);
    let taylor = survey.taylor(total);
    for method in [Bootstrap::RaoWu, Bootstrap::CantyDavison, Bootstrap::Preston] {
        let replicates = Replicates::bootstrap(&survey.design, method, 6000, chance(1)).unwrap();
        let (_, variance) = survey.replicated(&replicates, total);
        assert!((variance / taylor - 1.0).abs() < 0.08, "{method:?}: {variance} {taylor}");
    }
}

#[test]
fn a_finite_population_shrinks_the_bootstrap() {
    let survey = survey(2, 10, 3, Some(20.0));
    let total = Measure::Total(survey.yes);
    let taylor = survey.taylor(total);
    for method in [Bootstrap::CantyDavison, Bootstrap::Preston] {
        let replicates = Replicates::bootstrap(&survey.design, method, 6000, chance(5)).unwrap();
        let (_, variance) = survey.replicated(&replicates, total);
        // Drawing from 20 copies leaves (N - n) / (N - 1) for (N - n) / N.
        assert!((variance / taylor - 1.0).abs() < 0.12, "{method:?}: {variance} {taylor}");
    }
}

#[test]
fn scales_are_those_of_r() {
    let design = survey(1, 15, 1, Some(757.0)).design;
    let scale = |method| Replicates::bootstrap(&design, method, 60, chance(1)).unwrap().scale();
    assert!((scale(Bootstrap::CantyDavison) - 0.018_159_806_295_399_5).abs() < 1e-15);
    assert!((scale(Bootstrap::RaoWu) - 0.016_949_152_542_372_9).abs() < 1e-15);
    assert!((scale(Bootstrap::Preston) - 0.016_949_152_542_372_9).abs() < 1e-15);
}

#[test]
fn the_same_seed_gives_the_same_replicates() {
    let design = survey(3, 5, 1, None).design;
    let make = |seed| Replicates::bootstrap(&design, Bootstrap::RaoWu, 30, chance(seed)).unwrap();
    assert_eq!(make(1), make(1));
    assert_ne!(make(1), make(2));
}

#[test]
fn threads_change_no_bit_of_a_replicate() {
    let found = [1, 2, 5].map(|threads| {
        let survey = survey(4, 5, 11, None);
        let survey = Survey { design: survey.design.with_threads(threads), ..survey };
        let replicates = Replicates::bootstrap(&survey.design, Bootstrap::RaoWu, 300, chance(2)).unwrap();
        survey.replicated(&replicates, Measure::Mean(survey.yes)).1.to_bits()
    });
    assert!(found[0] == found[1] && found[1] == found[2]);
}

#[test]
fn successive_differences_go_around_the_circle() {
    let survey = survey(1, 7, 5, None);
    let replicates = Replicates::successive_difference(&survey.design, 8).unwrap();
    let (_, variance) = survey.replicated(&replicates, Measure::Total(survey.yes));
    let psu = |psu: usize| {
        let inside = |row: &usize| survey.cells[*row] == 0 && !survey.columns.is_missing(survey.yes, *row);
        let ones: Vec<f64> = survey.ones();
        (psu * 3..psu * 3 + 3).filter(inside).map(|row| survey.design.weights()[row] * ones[row]).sum::<f64>()
    };
    let by_hand: f64 = (0..7).map(|at| (psu(at) - psu((at + 1) % 7)).powi(2)).sum::<f64>() / 2.0;
    assert!((variance - by_hand).abs() < 1e-9 * by_hand, "{variance} {by_hand}");
    assert!(Replicates::successive_difference(&survey.design, 6).is_err());
}

impl Survey {
    /// The answers again, one cell a row.
    fn ones(&self) -> Vec<f64> {
        let n = self.columns.n_rows();
        let cells: Vec<u32> = (0..n as u32).collect();
        let sums = Sums::reduce(&self.design, &self.columns, &cells, n).unwrap();
        let one = |row: u32| sums.value(&Domain::cell(row), Measure::Mean(self.yes)).unwrap();
        (0..n as u32).map(one).map(|y| if y.is_nan() { 0.0 } else { y }).collect()
    }
}
