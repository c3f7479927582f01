//! Are two classifications of people independent?

use kish_analysis::cells::NO_CELL;
use kish_analysis::columns::Columns;
use kish_analysis::estimate::{DfRule, Domain, Measure};
use kish_analysis::test::{Shares, TestResult, wald};

use super::Error;
use super::groups::Groups;
use super::output::Row;
use super::read::Data;
use super::request::{Estimate, Statistic};
use super::sample::Sample;
use super::table::{Table, fault};

/// One side of the table: the levels that occur, and whether R would also see an empty one.
struct Side {
    n: usize,
    codes: Vec<Option<u32>>,
    has_empty: bool,
}

pub(super) fn answer(data: &Data, sample: &Sample, request: &Estimate) -> Result<Vec<Row>, Error> {
    let groups = Groups::new(data, sample.design.weights(), request)?;
    let inside = |row: usize| groups.of_row[row] != NO_CELL;
    let rows = side(data, "rows", request.rows.as_ref(), &inside)?;
    let cols = side(data, "cols", request.cols.as_ref(), &inside)?;
    let complete = |row: usize| Some(rows.codes[row]? + rows.n as u32 * cols.codes[row]?);
    let cell_of_row: Vec<Option<u32>> = (0..data.n_rows).map(complete).collect();
    let missing = (0..data.n_rows).filter(|row| inside(*row) && cell_of_row[*row].is_none()).count();
    let n_cells = rows.n * cols.n;
    if rows.n < 2 || cols.n < 2 {
        return Err(Error::field("rows", "a test needs two levels on both sides"));
    }
    let mut columns = Columns::new(data.n_rows);
    let one = |cell: u32| columns.indicator(cell_of_row.iter().map(|found| found.map(|found| found == cell)));
    let indicators: Vec<_> = (0..n_cells as u32).map(one).collect::<Result<_, _>>().map_err(fault)?;
    let table = Table::new(sample, &columns, &groups.of_row, 1)?;
    let all = table.estimate_one(&Domain::cell(0), &[Measure::Mean(indicators[0])])?[0];
    let df = sample.df(all.df(DfRule::Domain), inside);
    let statistic = request.statistic.unwrap_or(Statistic::F);
    let ask = |measure: fn(_) -> Measure| indicators.iter().map(|place| (Domain::cell(0), measure(*place))).collect::<Vec<_>>();
    let found = if matches!(statistic, Statistic::Wald | Statistic::AdjWald) {
        let (gaps, covariance) = gaps(&table.joint(&ask(Measure::Total))?, rows.n, cols.n);
        wald(&gaps, &covariance, df, statistic == Statistic::AdjWald)
    } else {
        let joint = table.joint(&ask(Measure::Mean))?;
        let n = all.n_rows as f64;
        let shares = Shares { n_rows: rows.n, shares: joint.values.clone(), covariance: joint.covariance(), n, df };
        let found = test(&shares, statistic);
        // R counts every level of a factor, so an empty one leaves Pearson's statistic without a value.
        if rows.has_empty || cols.has_empty { TestResult { statistic: f64::NAN, p: f64::NAN, ..found } } else { found }
    };
    let note = if missing > 0 { format!("{missing} rows with a missing value left out") } else { String::new() };
    Ok(vec![Row {
        id: request.id.clone(),
        df: Some(df),
        df_full: Some(sample.df_full),
        n: Some(all.n_domain as f64),
        test: Some(found.statistic),
        ndf: Some(found.ndf).filter(|ndf| !ndf.is_nan()),
        ddf: Some(found.ddf).filter(|ddf| !ddf.is_nan()),
        p: Some(found.p),
        note,
        ..Row::default()
    }])
}

fn test(shares: &Shares, statistic: Statistic) -> TestResult {
    match statistic {
        Statistic::Chisq => shares.rao_scott_chi_square(),
        Statistic::Lincom | Statistic::Saddlepoint => shares.saddlepoint(),
        _ => shares.rao_scott_f(),
    }
}

/// Levels that occur in the domain, numbered anew.
fn side(data: &Data, field: &str, name: Option<&String>, inside: &impl Fn(usize) -> bool) -> Result<Side, Error> {
    let name = name.ok_or_else(|| Error::field(field, "missing"))?;
    let column = data.named(field, name)?;
    let (levels, mut codes) = column.levels();
    let mut occurs = vec![false; levels.len()];
    codes.iter().enumerate().filter(|(row, _)| inside(*row)).for_each(|(_, code)| {
        if let Some(code) = code {
            occurs[*code as usize] = true;
        }
    });
    let mut n = 0;
    let place: Vec<Option<u32>> = occurs
        .iter()
        .map(|occurs| {
            occurs.then(|| {
                n += 1;
                n - 1
            })
        })
        .collect();
    for code in &mut codes {
        *code = code.and_then(|code| place[code as usize]);
    }
    let has_empty = column.is_text() && occurs.iter().any(|occurs| !occurs);
    Ok(Side { n: n as usize, codes, has_empty })
}

/// Observed less expected counts, `N_ij - N_i. N_.j / N`, all but the last row and column, with their covariance.
fn gaps(joint: &super::table::Joint<'_>, r: usize, c: usize) -> (Vec<f64>, Vec<Vec<f64>>) {
    let cells: Vec<(usize, usize)> = (0..c - 1).flat_map(|j| (0..r - 1).map(move |i| (i, j))).collect();
    let margins = |n: &[f64], i: usize, j: usize| {
        let row: f64 = (0..c).map(|j| n[i + r * j]).sum();
        let column: f64 = (0..r).map(|i| n[i + r * j]).sum();
        (row, column, n.iter().sum::<f64>())
    };
    let gap = |n: &[f64], i: usize, j: usize| {
        let (row, column, all) = margins(n, i, j);
        n[i + r * j] - row * column / all
    };
    let slopes = |i: usize, j: usize| {
        let (row, column, all) = margins(&joint.values, i, j);
        let slope = |cell: usize| {
            let (a, b) = (f64::from(u8::from(cell % r == i)), f64::from(u8::from(cell / r == j)));
            a * b - a * column / all - b * row / all + row * column / (all * all)
        };
        (0..r * c).map(slope).collect::<Vec<f64>>()
    };
    let slopes: Vec<Vec<f64>> = cells.iter().map(|(i, j)| slopes(*i, *j)).collect();
    // R takes the linear form under replicates too.
    let counts = joint.covariance();
    let times = |left: &[f64], right: &[f64]| -> f64 {
        left.iter().zip(&counts).map(|(a, row)| a * row.iter().zip(right).map(|(v, b)| v * b).sum::<f64>()).sum()
    };
    let covariance = slopes.iter().map(|left| slopes.iter().map(|right| times(left, right)).collect()).collect();
    (cells.iter().map(|(i, j)| gap(&joint.values, *i, *j)).collect(), covariance)
}
