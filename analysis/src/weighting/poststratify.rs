//! Post-stratification and raking: known sizes of groups of people.

use super::{Adjusted, Unmet};
use crate::error::{Error, same_length};

/// Rounds of raking before it is given up.
const MOST_ROUNDS: usize = 1000;

/// Groups that share out all rows, with the number of people in each.
///
/// ```
/// use kish_analysis::weighting::Margin;
///
/// // 4421 elementary, 755 high and 1018 middle schools; a sample of four.
/// let level = Margin { group_of_row: vec![0, 2, 0, 1], totals: vec![4421.0, 755.0, 1018.0] };
/// assert_eq!(level.totals.iter().sum::<f64>(), 6194.0);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Margin {
    /// Group of every row, by row: a place in `totals`.
    pub group_of_row: Vec<u32>,
    /// People in each group, by group; not negative.
    pub totals: Vec<f64>,
}

/// Scale the weights so that every group has its total: `w_k N_g / sum of w in g`, by row. A group whose total is 0 loses its weight.
/// Source: C.-E. Särndal, B. Swensson and J. Wretman, *Model Assisted Survey Sampling* (1992), chapter 7.
///
/// # Errors
/// [`Error::Length`] for lengths that differ; [`Error::OutOfRange`] for a group past the totals; [`Error::Unsolvable`] for a group
/// with people but without weight.
///
/// ```
/// use kish_analysis::weighting::{Margin, poststratify};
///
/// let sex = Margin { group_of_row: vec![0, 0, 1], totals: vec![10.0, 6.0] };
/// assert_eq!(poststratify(&[1.0, 3.0, 2.0], &sex)?, [10.0 / 4.0, 30.0 / 4.0, 6.0]);
/// # Ok::<(), kish_analysis::Error>(())
/// ```
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

/// Post-stratify on each margin in turn until none changes a group by more than `epsilon` of the population: weights by row.
///
/// The margins must agree on the number of people. Source: W. Deming and F. Stephan, *On a least squares adjustment of a sampled
/// frequency table when the expected marginal totals are known* (1940).
///
/// # Errors
/// [`Error::Length`] and [`Error::OutOfRange`] as [`poststratify`]; [`Error::Unsolvable`] without convergence in 1000 rounds, which
/// names the group that is furthest off.
///
/// ```
/// use kish_analysis::weighting::{Margin, rake};
///
/// let sex = Margin { group_of_row: vec![0, 0, 1, 1], totals: vec![30.0, 10.0] };
/// let age = Margin { group_of_row: vec![0, 1, 0, 1], totals: vec![16.0, 24.0] };
/// let weight = rake(&[1.0; 4], &[sex, age], 1e-12)?;
/// // From equal weights raking gives row total times column total over the whole.
/// assert!(weight.iter().zip([12.0, 18.0, 4.0, 6.0]).all(|(found, wanted)| (found - wanted).abs() < 1e-9));
/// # Ok::<(), kish_analysis::Error>(())
/// ```
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
/// weights. Rows that are not `inside` get weight 0: those out of the population, and those whose answer is missing.
///
/// Returns the weights and each row's domain × group, as a margin for [`dummies`]. The domain's mean is then
/// `sum over groups a of share_a p_a` (direct standardisation), and the variance that of a post-stratified one. `standard.totals` are
/// people or shares of any sum.
///
/// # Errors
/// [`Error::Length`] for lengths that differ; [`Error::OutOfRange`] for a group past the standard's; [`Error::Unsolvable`] for a domain without anybody in a group the standard has people in.
///
/// ```
/// use kish_analysis::weighting::{Margin, standardize};
///
/// // Domain 0 has two young and one old, domain 1 one of each; the standard has as many young as old.
/// let domain = [0, 0, 0, 1, 1];
/// let standard = Margin { group_of_row: vec![0, 0, 1, 0, 1], totals: vec![1.0, 1.0] };
/// let (weight, margin) = standardize(&[1.0; 5], &domain, &standard, &[true; 5])?;
/// assert_eq!(weight, [0.75, 0.75, 1.5, 1.0, 1.0]);
/// assert_eq!(margin.group_of_row, [0, 0, 1, 2, 3]);
/// # Ok::<(), kish_analysis::Error>(())
/// ```
pub fn standardize(weight: &[f64], domain_of_row: &[u32], standard: &Margin, inside: &[bool]) -> Result<(Vec<f64>, Margin), Error> {
    same_length("domains", weight.len(), domain_of_row.len())?;
    same_length("rows to standardise", weight.len(), inside.len())?;
    if let Some(group) = standard.group_of_row.iter().find(|group| **group as usize >= standard.totals.len()) {
        return Err(Error::OutOfRange { what: "population group", index: *group as usize, count: standard.totals.len() });
    }
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
/// the margins side by side. No margin gives no rows.
///
/// # Panics
/// When a group is out of range, or a margin has fewer rows than the first.
///
/// ```
/// use kish_analysis::weighting::{Margin, dummies};
///
/// let sex = Margin { group_of_row: vec![0, 1], totals: vec![30.0, 10.0] };
/// let age = Margin { group_of_row: vec![2, 0], totals: vec![20.0, 10.0, 10.0] };
/// assert_eq!(dummies(&[sex, age]), [[1.0, 0.0, 0.0, 0.0, 1.0], [0.0, 1.0, 1.0, 0.0, 0.0]]);
/// ```
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
