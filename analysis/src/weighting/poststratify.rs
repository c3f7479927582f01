//! Post-stratification and raking: known sizes of groups of people.

use crate::error::{Error, same_length};

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
    let sums = sums(weight, margin)?;
    if let Some(empty) = (0..sums.len()).find(|group| sums[*group] <= 0.0 && margin.totals[*group] > 0.0) {
        return Err(Error::Unsolvable(format!("nobody in the sample stands for population group {empty}")));
    }
    let scaled = |(w, group): (&f64, &u32)| {
        let (sum, total) = (sums[*group as usize], margin.totals[*group as usize]);
        if sum > 0.0 { w * total / sum } else { 0.0 }
    };
    Ok(weight.iter().zip(&margin.group_of_row).map(scaled).collect())
}

/// Post-stratify on each margin in turn until none changes a group by more than `epsilon` of the population.
///
/// Deming and Stephan (1940).
///
/// # Errors
/// As [`poststratify`]; no convergence in 1000 rounds.
pub fn rake(weight: &[f64], margins: &[Margin], epsilon: f64) -> Result<Vec<f64>, Error> {
    let mut raked = weight.to_vec();
    for _ in 0..1000 {
        let mut misfit: f64 = 0.0;
        for margin in margins {
            let population: f64 = margin.totals.iter().sum();
            let gaps = sums(&raked, margin)?.into_iter().zip(&margin.totals).map(|(sum, total)| (sum - total).abs() / population);
            misfit = gaps.fold(misfit, f64::max);
            raked = poststratify(&raked, margin)?;
        }
        if misfit <= epsilon {
            return Ok(raked);
        }
    }
    Err(Error::Unsolvable("raking does not converge: the margins contradict each other or the sample".into()))
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
