//! Post-stratification and raking: known sizes of groups of people.

use super::{Adjusted, Unmet};
use crate::error::{Error, same_length};

/// Rounds of raking before it is given up.
const MOST_ROUNDS: usize = 1000;

/// Groups that share out all rows, with the number of people in each.
#[derive(Debug, Clone, PartialEq)]
pub struct Margin {
    /// Group of every row.
    pub group_of_row: Vec<u32>,
    /// People in each group.
    pub totals: Vec<f64>,
}

/// Scale the weights so that every group has its total: `w_k N_g / sum of w in g`.
///
/// # Errors
/// A group out of range, or one with people but without weight.
pub fn poststratify(weight: &[f64], margin: &Margin) -> Result<Vec<f64>, Error> {
    let found = adjust(weight, margin)?;
    match found.diagnostics.unmet.first() {
        Some(empty) => Err(Error::Unsolvable(format!("nobody in the sample stands for population group {}", empty.group))),
        None => Ok(found.weights),
    }
}

/// Post-stratify; groups with people but without weight are unmet.
pub(super) fn adjust(weight: &[f64], margin: &Margin) -> Result<Adjusted, Error> {
    let sums = sums(weight, margin)?;
    let empty = (0..sums.len()).filter(|group| sums[*group] <= 0.0 && margin.totals[*group] > 0.0);
    let unmet = empty.map(|group| Unmet { margin: 0, group, wanted: margin.totals[group], found: sums[group] }).collect();
    Ok(Adjusted::new(weight, scaled(weight, margin, &sums), 1, unmet))
}

/// Weights times total over sum, by group.
fn scaled(weight: &[f64], margin: &Margin, sums: &[f64]) -> Vec<f64> {
    let one = |(w, group): (&f64, &u32)| {
        let (sum, total) = (sums[*group as usize], margin.totals[*group as usize]);
        if sum > 0.0 { w * total / sum } else { 0.0 }
    };
    weight.iter().zip(&margin.group_of_row).map(one).collect()
}

/// Post-stratify on each margin in turn until none changes a group by more than `epsilon` of the population.
///
/// Deming and Stephan (1940).
///
/// # Errors
/// As [`poststratify`]; no convergence in 1000 rounds.
pub fn rake(weight: &[f64], margins: &[Margin], epsilon: f64) -> Result<Vec<f64>, Error> {
    let found = rake_rounds(weight, margins, epsilon)?;
    match found.diagnostics.unmet.first() {
        Some(worst) => Err(Error::Unsolvable(format!(
            "raking does not converge: margin {}, group {} has {} people and weights for {}",
            worst.margin, worst.group, worst.wanted, worst.found
        ))),
        None => Ok(found.weights),
    }
}

/// Rake; groups off by more than `epsilon` of the population after the last round are unmet.
pub(super) fn rake_rounds(weight: &[f64], margins: &[Margin], epsilon: f64) -> Result<Adjusted, Error> {
    let mut raked = weight.to_vec();
    for round in 1..=MOST_ROUNDS {
        let mut unmet = Vec::new();
        for (place, margin) in margins.iter().enumerate() {
            let slack = epsilon * margin.totals.iter().sum::<f64>();
            let sums = sums(&raked, margin)?;
            let off = sums.iter().zip(&margin.totals).enumerate().filter(|(_, (sum, total))| (*sum - *total).abs() > slack);
            unmet.extend(off.map(|(group, (sum, total))| Unmet { margin: place, group, wanted: *total, found: *sum }));
            raked = scaled(&raked, margin, &sums);
        }
        if unmet.is_empty() || round == MOST_ROUNDS {
            return Ok(Adjusted::new(weight, raked, round, unmet));
        }
    }
    Ok(Adjusted::new(weight, raked, 0, Vec::new()))
}

/// Scale the weights inside every domain so that its groups have the standard's shares; each domain keeps its sum of
/// weights. Rows that are not `inside` get weight 0. Returns the weights and each row's domain × group, for
/// [`dummies`].
///
/// # Errors
/// Lengths that differ; a group out of range.
pub fn standardize(weight: &[f64], domain_of_row: &[u32], standard: &Margin, inside: &[bool]) -> Result<(Vec<f64>, Margin), Error> {
    same_length("domains", weight.len(), domain_of_row.len())?;
    same_length("rows to standardise", weight.len(), inside.len())?;
    let n_groups = standard.totals.len() as u32;
    let kept: Vec<f64> = weight.iter().zip(inside).map(|(w, inside)| if *inside { *w } else { 0.0 }).collect();
    let group_of_row: Vec<u32> =
        domain_of_row.iter().zip(&standard.group_of_row).map(|(domain, group)| domain * n_groups + group).collect();
    let n_domains = domain_of_row.iter().max().map_or(0, |last| last + 1);
    let mut sizes = vec![0.0; n_domains as usize];
    kept.iter().zip(domain_of_row).for_each(|(w, domain)| sizes[*domain as usize] += w);
    let all: f64 = standard.totals.iter().sum();
    let totals = sizes.iter().flat_map(|size| standard.totals.iter().map(move |total| size * total / all)).collect();
    let margin = Margin { group_of_row, totals };
    Ok((poststratify(&kept, &margin)?, margin))
}

/// One 0/1 calibration variable a group, for [`Design::calibrated`](crate::design::Design::calibrated): `x[row][group]`,
/// the margins side by side.
#[must_use]
pub fn dummies(margins: &[Margin]) -> Vec<Vec<f64>> {
    let rows = margins.first().map_or(0, |margin| margin.group_of_row.len());
    let row = |row: usize| {
        let one = |margin: &Margin| {
            let mut x = vec![0.0; margin.totals.len()];
            x[margin.group_of_row[row] as usize] = 1.0;
            x
        };
        margins.iter().flat_map(one).collect()
    };
    (0..rows).map(row).collect()
}

/// Sum of weights by group.
fn sums(weight: &[f64], margin: &Margin) -> Result<Vec<f64>, Error> {
    same_length("population groups", weight.len(), margin.group_of_row.len())?;
    let mut sums = vec![0.0; margin.totals.len()];
    for (w, group) in weight.iter().zip(&margin.group_of_row) {
        let sum = sums.get_mut(*group as usize);
        *sum.ok_or(Error::OutOfRange { what: "population group", index: *group as usize, count: margin.totals.len() })? += w;
    }
    Ok(sums)
}
