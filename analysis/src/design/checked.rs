//! From the caller's slices to the sampling tree: what must hold is checked here, once.

use super::{Fpc, Stage};
use crate::error::{Error, same_length};
use crate::tree::{Described, Level};

/// Weights are finite and not negative.
pub(super) fn check_weights(weight: &[f64]) -> Result<(), Error> {
    match weight.iter().position(|w| !w.is_finite() || *w < 0.0) {
        Some(row) => Err(Error::Weight { row, weight: weight[row] }),
        None => Ok(()),
    }
}

/// Own one stage's description, with every finite population as a size (`N = n / f` for fractions).
pub(super) fn describe(stage_idx: usize, stage: &Stage<'_>) -> Result<Described, Error> {
    let n = stage.stratum.len();
    let parent = if stage_idx == 0 { vec![0; n] } else { stage.parent.to_vec() };
    same_length("parent units", n, parent.len())?;
    let fault = |reason: String| Error::Fpc { stage: stage_idx + 1, reason };
    let population = match stage.fpc {
        Fpc::None => vec![f64::INFINITY; n],
        Fpc::PopulationSize(size) => match size.iter().find(|size| **size < 1.0 || size.is_nan()) {
            Some(bad) => return Err(fault(format!("population size {bad}"))),
            None => size.to_vec(),
        },
        Fpc::Fraction(fraction) => match fraction.iter().find(|f| !(**f > 0.0 && **f <= 1.0)) {
            Some(bad) => return Err(fault(format!("sampling fraction {bad}"))),
            None => sizes(fraction, &parent, stage.stratum),
        },
    };
    same_length("finite population corrections", n, population.len())?;
    Ok(Described { parent, stratum: stage.stratum.to_vec(), population })
}

/// Population sizes from sampling fractions.
fn sizes(fraction: &[f64], parent: &[u32], stratum: &[u32]) -> Vec<f64> {
    let mut n = std::collections::HashMap::new();
    for key in parent.iter().zip(stratum) {
        *n.entry(key).or_insert(0_u32) += 1;
    }
    let size = |(f, key): (&f64, (&u32, &u32))| f64::from(n.get(&key).copied().unwrap_or(0)) / f;
    fraction.iter().zip(parent.iter().zip(stratum)).map(size).collect()
}

/// Every parent and every row points at a unit that exists.
pub(super) fn check_links(stages: &[Described], unit_of_row: &[u32]) -> Result<(), Error> {
    let within = |what, links: &[u32], count: usize| match links.iter().find(|link| **link as usize >= count) {
        Some(link) => Err(Error::OutOfRange { what, index: *link as usize, count }),
        None => Ok(()),
    };
    let Some(last) = stages.last() else {
        return Err(Error::Length { what: "stages", expected: 1, found: 0 });
    };
    for pair in stages.windows(2) {
        within("parent unit", &pair[1].parent, pair[0].parent.len())?;
    }
    within("sampling unit", unit_of_row, last.parent.len())
}

/// Drop stages below the first one without a finite population, lifting the rows to it.
pub(super) fn fold(stages: &mut Vec<Described>, unit_of_row: &[u32]) -> Vec<u32> {
    let infinite = |stage: &Described| stage.population.iter().all(|size| size.is_infinite());
    let keep = stages.iter().position(infinite).map_or(stages.len(), |first| first + 1);
    let mut leaf = unit_of_row.to_vec();
    for stage in stages.drain(keep..).rev() {
        for unit in &mut leaf {
            *unit = stage.parent[*unit as usize];
        }
    }
    leaf
}

/// Strata of one level with a single unit that was not certain.
pub(super) fn lonely_labels(level: &Level) -> Vec<usize> {
    level.groups.iter().filter(|group| group.n == 1 && !group.is_certain()).map(|group| group.label as usize).collect()
}

/// [`Lonely::Fail`]: name the lonely strata of the first stage that has some.
pub(super) fn refuse_lonely(levels: &[Level]) -> Result<(), Error> {
    for (stage, level) in levels.iter().enumerate() {
        let strata = lonely_labels(level);
        if !strata.is_empty() {
            return Err(Error::LonelyPsu { stage: stage + 1, strata });
        }
    }
    Ok(())
}

/// Counting sort of rows by leaf: the order (if it is not the given one) and each leaf's bounds in it.
pub(super) fn sort_rows(leaf_of_row: &[u32], place: &[u32], n_leaves: usize) -> (Option<Vec<u32>>, Vec<u32>) {
    let leaf = |row: usize| place[leaf_of_row[row] as usize] as usize;
    let mut bounds = vec![0_u32; n_leaves + 1];
    for row in 0..leaf_of_row.len() {
        bounds[leaf(row) + 1] += 1;
    }
    for u in 0..n_leaves {
        bounds[u + 1] += bounds[u];
    }
    if (1..leaf_of_row.len()).all(|row| leaf(row - 1) <= leaf(row)) {
        return (None, bounds);
    }
    let mut next = bounds.clone();
    let mut order = vec![0_u32; leaf_of_row.len()];
    for row in 0..leaf_of_row.len() {
        let slot = &mut next[leaf(row)];
        order[*slot as usize] = row as u32;
        *slot += 1;
    }
    (Some(order), bounds)
}
