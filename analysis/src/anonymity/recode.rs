//! Columns made coarser along given steps, where too many single values would have to be left out.

use super::suppress::{Given, HIDDEN, Unreachable, suppress};

/// A quasi-identifier that may be made coarser.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Column {
    /// The code of each row.
    pub codes: Vec<u32>,
    /// Each step from the first codes to coarser ones, `steps[step][code]`; each coarser than the one before.
    pub steps: Vec<Vec<u32>>,
}

/// What a file must hold, and when single values are too many.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    /// The least number of rows in a class.
    pub k: usize,
    /// The greatest share of a column's values that are left out; beyond it a column is made coarser.
    pub most_hidden: f64,
}

/// The free columns as they may be released.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Protected {
    /// The codes of each row, [`HIDDEN`] where a value is left out.
    pub columns: Vec<Vec<u32>>,
    /// How many steps each column was made coarser.
    pub steps: Vec<usize>,
    /// How many values of each column are left out.
    pub hidden: Vec<usize>,
}

/// Makes the free columns coarser, step by step, until at most `most_hidden` of each has to be left out by [`suppress`]; the fixed
/// ones are never changed. Each time, the one step of one column is taken after which the fewest values are left out.
///
/// # Errors
/// [`Unreachable`] where a class of the fixed columns alone is too small, or tells.
///
/// ```
/// use kish_analysis::anonymity::{Column, Rule, protect};
///
/// let age = Column { codes: vec![0, 1, 2, 3, 0, 1, 2, 3], steps: vec![vec![0, 0, 1, 1], vec![0; 4]] };
/// let released = protect(&[vec![7; 8]], &[age], &[], Rule { k: 3, most_hidden: 0.1 }).unwrap();
/// assert_eq!(released.columns, [[0, 0, 1, 1, 0, 0, 1, 1]]);      // two bands of four
/// assert_eq!((released.steps, released.hidden), (vec![1], vec![0]));
/// ```
pub fn protect(fixed: &[Vec<u32>], free: &[Column], sensitive: &[Vec<Option<bool>>], rule: Rule) -> Result<Protected, Unreachable> {
    let n_rows = fixed.first().or(free.first().map(|column| &column.codes)).map_or(0, Vec::len) as f64;
    let attempt = |steps: Vec<usize>| at(fixed, free, sensitive, rule.k, steps);
    let mut best = attempt(vec![0; free.len()])?;
    while best.hidden.iter().any(|n| *n as f64 > rule.most_hidden * n_rows) {
        let next = (0..free.len()).filter(|column| best.steps[*column] < free[*column].steps.len()).map(|column| {
            let mut steps = best.steps.clone();
            steps[column] += 1;
            attempt(steps)
        });
        let next = next.collect::<Result<Vec<_>, _>>()?;
        let Some(fewest) = next.into_iter().min_by_key(|p| p.hidden.iter().sum::<usize>()) else { break };
        best = fewest;
    }
    Ok(best)
}

/// The columns after so many steps each, with values left out. A column of one level tells nothing and takes no part.
fn at(fixed: &[Vec<u32>], free: &[Column], sensitive: &[Vec<Option<bool>>], k: usize, steps: Vec<usize>) -> Result<Protected, Unreachable> {
    let mut columns: Vec<Vec<u32>> = free.iter().zip(&steps).map(|(column, step)| coarser(column, *step)).collect();
    let varies: Vec<usize> = (0..columns.len()).filter(|c| columns[*c].iter().any(|code| *code != columns[*c][0])).collect();
    let varying: Vec<Vec<u32>> = varies.iter().map(|c| columns[*c].clone()).collect();
    for (place, column) in varies.into_iter().zip(suppress(&Given { fixed, free: &varying, sensitive, k })?) {
        columns[place] = column;
    }
    let hidden = columns.iter().map(|column| column.iter().filter(|code| **code == HIDDEN).count()).collect();
    Ok(Protected { columns, steps, hidden })
}

fn coarser(column: &Column, step: usize) -> Vec<u32> {
    match step.checked_sub(1) {
        Some(last) => column.codes.iter().map(|code| column.steps[last][*code as usize]).collect(),
        None => column.codes.clone(),
    }
}
