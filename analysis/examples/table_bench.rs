//! Best of ten times for tables of a simulated survey: `table_bench [rows] [threads]`.

mod simulated;

use std::time::Instant;

use kish_analysis::Error;
use kish_analysis::cells::Sums;
use kish_analysis::columns::{Columns, Variable};
use kish_analysis::design::{Design, Lonely, OneStage};
use kish_analysis::estimate::{Domain, Measure};
use kish_analysis::replicate::{Bootstrap, Replicates, values};
use kish_analysis::variance::Functional;
use simulated::{CELLS, INDICATORS, Simulated};

fn best(what: &str, mut work: impl FnMut() -> Result<f64, Error>) -> Result<(), Error> {
    let mut shortest = f64::INFINITY;
    let mut found = 0.0;
    for _ in 0..10 {
        let start = Instant::now();
        found = work()?;
        shortest = shortest.min(start.elapsed().as_secs_f64());
    }
    println!("{what}: {:.3} ms (check {found:.12e})", shortest * 1e3);
    Ok(())
}

/// Most memory the process has held, where the system tells: survey, design and columns included.
fn peak(rows: u64) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    if let Some(kib) = line {
        println!("peak so far: {:.1} bytes a row ({} MB in all)", kib as f64 * 1024.0 / rows as f64, kib * 1024 / 1_000_000);
    }
}

fn main() -> Result<(), Error> {
    let mut arguments = std::env::args().skip(1).filter_map(|argument| argument.parse::<u64>().ok());
    let rows = arguments.next().unwrap_or(1_000_000);
    let threads = arguments.next().unwrap_or(2) as usize;
    let survey = Simulated::new(rows);
    let design = Design::one_stage(&OneStage {
        stratum_of_psu: &survey.stratum_of_psu,
        psu_of_row: &survey.psu_of_row,
        weight: &survey.weight,
        lonely: Lonely::Fail,
        ..OneStage::default()
    })?
    .with_threads(threads);
    let columns = |count: u32| -> Result<(Columns, Vec<Variable>), Error> {
        let mut columns = Columns::new(survey.weight.len());
        let one = |k: u32| columns.indicator(survey.answers.iter().map(|answers| Some(answers >> k & 1 == 1)));
        let variables = (0..count).map(one).collect::<Result<_, _>>()?;
        Ok((columns, variables))
    };
    let (one, all) = (columns(1)?, columns(INDICATORS)?);
    let cells: Vec<Domain> = (0..CELLS).map(Domain::cell).collect();
    let whole = vec![0; survey.weight.len()];
    println!("{rows} rows, {threads} threads");
    best("mean of 1 indicator", || {
        let sums = Sums::reduce(&design, &one.0, &whole, 1)?;
        Ok(sums.estimate(&Domain::cell(0), &[Measure::Mean(one.1[0])])?[0].se)
    })?;
    let table = |(columns, variables): &(Columns, Vec<Variable>)| {
        let sums = Sums::reduce(&design, columns, &survey.cell, CELLS as usize)?;
        let measures: Vec<Measure> = variables.iter().map(|variable| Measure::Mean(*variable)).collect();
        Ok(sums.estimate_all(&cells, &measures)?[0][0].se)
    };
    best("reduction alone, 40 indicators x 40 cells", || {
        Ok(Sums::reduce(&design, &all.0, &survey.cell, CELLS as usize)?.n_entries() as f64)
    })?;
    best("1 indicator x 40 cells", || table(&one))?;
    best("40 indicators x 40 cells", || table(&all))?;
    let sums = Sums::reduce(&design, &all.0, &survey.cell, CELLS as usize)?;
    let women = Domain::cells(20..40);
    best("margin from the table, 1 indicator", || Ok(sums.estimate(&women, &[Measure::Mean(all.1[0])])?[0].se))?;
    peak(rows);
    let men = Domain::cells(0..20);
    best("contrast of two margins", || {
        let (a, b) = (sums.linearise(&women, Measure::Mean(all.1[0]))?, sums.linearise(&men, Measure::Mean(all.1[0]))?);
        Ok(sums.covariance(&[Functional::combine([(1.0, &a), (-1.0, &b)])])[0][0].sqrt())
    })?;
    let margins: Vec<Domain> = (0..20).map(|cell| Domain::cells([cell, cell + 20])).collect();
    let measures: Vec<Measure> = all.1.iter().map(|variable| Measure::Mean(*variable)).collect();
    best("20 margins at once, 40 indicators", || Ok(sums.estimate_all(&margins, &measures)?[0][0].se))?;
    let mut state = 1_u64;
    let chance = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) as usize) % below
    };
    let replicates = Replicates::bootstrap(&design, Bootstrap::RaoWu, 500, chance)?;
    best("bootstrap of 500, 1 indicator x 40 cells", || {
        let reduced = replicates.reduce(&design, &one.0, &survey.cell, CELLS as usize)?;
        let asked: Vec<_> = cells.iter().map(|cell| (cell.clone(), Measure::Mean(one.1[0]))).collect();
        let sums = Sums::reduce(&design, &one.0, &survey.cell, CELLS as usize)?;
        let full: Vec<f64> = asked.iter().map(|(domain, measure)| sums.value(domain, *measure)).collect::<Result<_, _>>()?;
        Ok(replicates.covariance(&full, &values(&reduced, &asked)?)[0][0].sqrt())
    })?;
    peak(rows);
    println!("{} entries in the table", sums.n_entries());
    Ok(())
}
