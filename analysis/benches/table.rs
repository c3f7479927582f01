//! The table the project is measured by: 40 indicators by 40 cells over a million rows.

#[path = "../examples/simulated/mod.rs"]
mod simulated;

use criterion::{Criterion, criterion_group, criterion_main};
use kish_analysis::cells::Sums;
use kish_analysis::columns::Columns;
use kish_analysis::design::{Design, OneStage};
use kish_analysis::estimate::{Domain, Measure};
use simulated::{CELLS, INDICATORS, Simulated};

fn table(criterion: &mut Criterion) {
    let survey = Simulated::new(1_000_000);
    let design = Design::one_stage(&OneStage {
        stratum_of_psu: &survey.stratum_of_psu,
        psu_of_row: &survey.psu_of_row,
        weight: &survey.weight,
        ..OneStage::default()
    })
    .expect("a sound design")
    .with_threads(2);
    let mut columns = Columns::new(survey.weight.len());
    let one = |k: u32| columns.indicator(survey.answers.iter().map(|answers| Some(answers >> k & 1 == 1)));
    let variables: Vec<_> = (0..INDICATORS).map(one).collect::<Result<_, _>>().expect("room for 40");
    let measures: Vec<Measure> = variables.iter().map(|variable| Measure::Mean(*variable)).collect();
    let domains: Vec<Domain> = (0..CELLS).map(Domain::cell).collect();
    let mut group = criterion.benchmark_group("1 M rows");
    group.sample_size(10);
    group.bench_function("40 indicators x 40 cells", |bencher| {
        bencher.iter(|| {
            let sums = Sums::reduce(&design, &columns, &survey.cell, CELLS as usize).expect("sound columns");
            sums.estimate_all(&domains, &measures).expect("known cells")
        });
    });
    group.finish();
}

criterion_group!(benches, table);
criterion_main!(benches);
