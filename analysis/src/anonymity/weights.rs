//! Weights in a few values, each shared by many, that still give the numbers that were published.
//!
//! A weight says how a place was sampled and how many live in a household. Where hardly two rows have the same, it is a name for the
//! sampling unit, and with the sampling frame in hand for the place. So weights are drawn to a ladder of values and each row gets the
//! rung below or the one above, the difference carried on to the next row of its unit, so that a unit's sum stays. Estimates then
//! move a little. Rows are moved to their other rung as long as that brings the published numbers nearer, until all are met.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Error, same_length};

/// How coarse weights become.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coarse {
    /// How many times the next rung is as high as the one below; above 1.
    pub ratio: f64,
    /// The least number of rows that share a value.
    pub least_rows: usize,
    /// The least number of sampling units that share it.
    pub least_units: usize,
    /// After so many moves in vain it is given up.
    pub tries: usize,
}

/// A rung is made for so many times as many rows as must share it, for some of them will stand on the next.
const ROOM: usize = 3;
/// Digits of a value.
const DIGITS: i32 = 4;

/// The coarse weights, or nothing where no move brings them nearer, or a value ends up with too few.
///
/// `distance` says how far the numbers that weights give are from those they must give: 0 where all are met. `draw(k)` gives a
/// number below `k`, all equally likely: the caller's generator. Where too few share a value of the ladder it is given up and its
/// rows go to the next; where all weights become one, nobody is told by it.
///
/// # Errors
/// [`Error::Length`] where there are not as many units as weights, and what `distance` says.
///
/// ```
/// use kish_analysis::anonymity::{Coarse, coarsen};
///
/// // Eight weights that differ, of four units; their sum is to stay as it is to two parts in a hundred.
/// let weights = [10.1, 10.4, 9.7, 10.9, 9.9, 20.3, 19.8, 21.0];
/// let sum: f64 = weights.iter().sum();
/// let distance = |w: &[f64]| Ok(((w.iter().sum::<f64>() / sum - 1.0).abs() - 0.02).max(0.0));
/// let asked = Coarse { ratio: 1.5, least_rows: 2, least_units: 2, tries: 100 };
/// let coarse = coarsen(&weights, &[0, 0, 1, 1, 2, 2, 3, 3], asked, distance, |_| 0)?.unwrap();
/// assert!(coarse.iter().all(|w| coarse.iter().filter(|other| *other == w).count() >= 2));
/// # Ok::<(), kish_analysis::Error>(())
/// ```
pub fn coarsen(
    weights: &[f64],
    unit_of_row: &[u32],
    asked: Coarse,
    mut distance: impl FnMut(&[f64]) -> Result<f64, Error>,
    mut draw: impl FnMut(usize) -> usize,
) -> Result<Option<Vec<f64>>, Error> {
    same_length("units of rows", weights.len(), unit_of_row.len())?;
    let rungs = rungs(weights, unit_of_row, asked);
    let between: Vec<(f64, f64)> = weights.iter().map(|w| between(&rungs, *w)).collect();
    let mut coarse = carried(weights, unit_of_row, &between, &mut draw);
    let mut left = distance(&coarse)?;
    let movable: Vec<usize> = (0..between.len()).filter(|row| between[*row].0 < between[*row].1).collect();
    let mut in_vain = 0;
    while left > 0.0 && !movable.is_empty() && in_vain < asked.tries {
        // Two at once now and then: where no single move helps, a pair may.
        let rows: Vec<usize> = (0..1 + draw(2)).map(|_| movable[draw(movable.len())]).collect();
        let before: Vec<f64> = rows.iter().map(|row| coarse[*row]).collect();
        rows.iter().for_each(|row| coarse[*row] = if coarse[*row] == between[*row].0 { between[*row].1 } else { between[*row].0 });
        let then = distance(&coarse)?;
        if then < left {
            (left, in_vain) = (then, 0);
        } else {
            rows.iter().zip(before).rev().for_each(|(row, weight)| coarse[*row] = weight);
            in_vain += 1;
        }
    }
    let found = holders(&coarse, unit_of_row);
    let is_shared = found.values == 1 || found.rows >= asked.least_rows && found.units >= asked.least_units;
    Ok((left <= 0.0 && is_shared).then_some(coarse))
}

/// The values there are: the mean of the weights nearest to each rung, to four digits. Rungs with few rows are given up.
fn rungs(weights: &[f64], unit_of_row: &[u32], asked: Coarse) -> Vec<f64> {
    let mut groups: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
    for (row, weight) in weights.iter().enumerate() {
        groups.entry((weight.ln() / asked.ratio.ln()).round() as i64).or_default().push(row);
    }
    let mut groups: Vec<Vec<usize>> = groups.into_values().collect();
    let is_few = |rows: &Vec<usize>| {
        let units: BTreeSet<u32> = rows.iter().map(|row| unit_of_row[*row]).collect();
        rows.len() < ROOM * asked.least_rows || units.len() < asked.least_units
    };
    while groups.len() > 1 {
        let Some(few) = groups.iter().position(is_few) else { break };
        let rows = groups.remove(few);
        let neighbours = [few.checked_sub(1), Some(few).filter(|next| *next < groups.len())];
        if let Some(to) = neighbours.into_iter().flatten().min_by_key(|to| groups[*to].len()) {
            groups[to].extend(rows);
        }
    }
    groups.iter().map(|rows| rounded(rows.iter().map(|row| weights[*row]).sum::<f64>() / rows.len() as f64)).collect()
}

fn rounded(x: f64) -> f64 {
    let scale = 10f64.powi(DIGITS - 1 - x.log10().floor() as i32);
    (x * scale).round() / scale
}

/// The rungs below and above; twice the outermost where there is none beyond.
fn between(rungs: &[f64], weight: f64) -> (f64, f64) {
    let above = rungs.partition_point(|rung| *rung <= weight);
    let last = rungs.len().saturating_sub(1);
    (rungs[above.saturating_sub(1)], rungs[above.min(last)])
}

/// Each row on the rung that leaves the least of its unit's sum over; the rows of a unit in random order.
fn carried(weights: &[f64], unit_of_row: &[u32], between: &[(f64, f64)], draw: &mut impl FnMut(usize) -> usize) -> Vec<f64> {
    let mut coarse = weights.to_vec();
    let mut units: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    unit_of_row.iter().enumerate().for_each(|(row, unit)| units.entry(*unit).or_default().push(row));
    for mut rows in units.into_values() {
        let mut over = 0.0;
        while !rows.is_empty() {
            let row = rows.swap_remove(draw(rows.len()));
            let (below, above) = between[row];
            let wanted = weights[row] + over;
            coarse[row] = if wanted - below < above - wanted { below } else { above };
            over = wanted - coarse[row];
        }
    }
    coarse
}

/// Who shares a value with whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holders {
    /// How many values there are.
    pub values: usize,
    /// Rows that share the rarest.
    pub rows: usize,
    /// Sampling units that share the one with the fewest.
    pub units: usize,
}

/// How many rows and sampling units share a value, at the least.
///
/// ```
/// use kish_analysis::anonymity::{Holders, holders};
///
/// assert_eq!(holders(&[2.0, 2.0, 3.0, 3.0], &[0, 1, 1, 1]), Holders { values: 2, rows: 2, units: 1 });
/// ```
#[must_use]
pub fn holders(weights: &[f64], unit_of_row: &[u32]) -> Holders {
    let mut found: BTreeMap<u64, (usize, BTreeSet<u32>)> = BTreeMap::new();
    for (weight, unit) in weights.iter().zip(unit_of_row) {
        let (rows, units) = found.entry(weight.to_bits()).or_default();
        *rows += 1;
        units.insert(*unit);
    }
    Holders {
        values: found.len(),
        rows: found.values().map(|(rows, _)| *rows).min().unwrap_or(0),
        units: found.values().map(|(_, units)| units.len()).min().unwrap_or(0),
    }
}
