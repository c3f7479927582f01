//! How long it takes to protect and audit a table of 507 cells: sex by age by region, each with its tree.

#[path = "../tests/crossing/mod.rs"]
mod crossing;

use criterion::{Criterion, criterion_group, criterion_main};
use crossing::{cross, judged, small, tree};
use kish_analysis::disclosure::{Release, Standing};

fn mask(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("507 cells");
    group.sample_size(10);
    for (name, most) in [("few people", 20), ("more", 60), ("many", 300)] {
        let (counts, relations) = cross(&[tree(&[2]), tree(&[3, 3]), tree(&[3, 3])], small(1, most));
        let counts = judged(&counts);
        let release = Release { counts: &counts, relations: &relations, same_cases: &[], held: &[], protection: 5 };
        let count = |standings: &[Standing]| standings.iter().filter(|standing| **standing == Standing::Shown).count();
        let open = counts.iter().filter(|cell| cell.standing == Standing::Open).count();
        let (mut work, mut times) = (0, 0);
        let mask = release.mask(&mut |more| {
            (work, times) = (work + more, times + 1);
            true
        });
        let shown = mask.map(|mask| count(mask.standings())).expect("a sound release");
        println!("{name}: {} cells, {open} pass alone, {shown} shown; {times} asks, {work} steps times columns", counts.len());
        group.bench_function(name, |bencher| bencher.iter(|| release.mask(&mut |_| true).expect("a sound release")));
        let mask = release.mask(&mut |_| true).expect("a sound release");
        let withheld: Vec<usize> = (0..counts.len()).filter(|cell| matches!(mask.standings()[*cell], Standing::Withheld(_))).collect();
        group.bench_function(format!("{name}, limits of {} withheld", withheld.len()), |bencher| {
            bencher.iter(|| withheld.iter().map(|cell| release.bounds(&mask, *cell)).collect::<Vec<_>>());
        });
    }
    group.finish();
}

criterion_group!(benches, mask);
criterion_main!(benches);
