//! An indicator in one group less the same in another: both from one table, with the covariance between them.

use kish_analysis::cells::Sums;
use kish_analysis::disclosure::{Gap, Rule};
use kish_analysis::estimate::{Domain, Measure};

use super::dimension::TOTAL;
use super::table::{CellKey, Compared, members};
use super::{Dimension, Error};
use crate::instrument::{Contrast, Indicator};

/// A place that no cell has: nobody is in the group.
const NOWHERE: usize = usize::MAX;

/// The dimensions of the table from which a question is answered: a difference also needs that of its groups.
pub(super) fn dimensions(indicator: &Indicator, asked: &[Dimension]) -> Result<Vec<Dimension>, Error> {
    let Some(contrast) = &indicator.contrast else { return Ok(asked.to_vec()) };
    let dimension = Dimension::named(&contrast.dimension).ok_or_else(|| Error::invalid("indicator", "it compares unknown groups"))?;
    if asked.contains(&dimension) {
        let message = format!("{} is a difference by {}; leave that out", indicator.id, contrast.dimension);
        return Err(Error::invalid("by", message));
    }
    Ok(asked.iter().copied().chain([dimension]).collect())
}

/// For each combination of the other dimensions, the cells of both groups. The dimension of the groups is the last.
pub(super) fn pairs(
    sums: &Sums<'_>,
    measure: Measure,
    inner: &[CellKey],
    keys: &[CellKey],
    contrast: &Contrast,
) -> Result<Vec<(CellKey, Gap)>, Error> {
    let place = |rest: &[String], level: &str| {
        let is_there = |key: &CellKey| key.split_last().is_some_and(|(last, others)| last == level && others == rest);
        keys.iter().position(is_there).unwrap_or(NOWHERE)
    };
    let rests = keys.iter().filter_map(|key| key.split_last()).filter(|(last, _)| *last == TOTAL).map(|(_, rest)| rest);
    rests
        .map(|rest| {
            let (of, against) = (place(rest, &contrast.of), place(rest, &contrast.against));
            let gap = match (keys.get(of), keys.get(against)) {
                (Some(a), Some(b)) => gap(sums, measure, (of, members(inner, a)), (against, members(inner, b)))?,
                _ => Gap { of, against, covariance: 0.0, df: 0.0 },
            };
            Ok((rest.to_vec(), gap))
        })
        .collect()
}

/// The difference of two cells that are asked for by their keys.
pub(super) fn pair(
    sums: &Sums<'_>,
    measure: Measure,
    inner: &[CellKey],
    keys: &[CellKey],
    compared: &Compared,
) -> Result<(CellKey, Gap), Error> {
    let place = |name: &str, key: &CellKey| {
        let found = keys.iter().position(|there| there == key);
        found.ok_or_else(|| Error::invalid(name, "no such cell: write a level for each dimension of by, _T for all, parted by commas"))
    };
    let (of, against) = (place("of", &compared.of)?, place("against", &compared.against)?);
    if of == against {
        return Err(Error::invalid("against", "the same cell as of; name another"));
    }
    let gap = gap(sums, measure, (of, members(inner, &compared.of)), (against, members(inner, &compared.against)))?;
    Ok((Vec::new(), gap))
}

fn gap(sums: &Sums<'_>, measure: Measure, of: (usize, Vec<u32>), against: (usize, Vec<u32>)) -> Result<Gap, Error> {
    let both = Domain::cells(of.1.iter().chain(&against.1).copied());
    let functionals = [sums.linearise(&Domain::cells(of.1), measure)?, sums.linearise(&Domain::cells(against.1), measure)?];
    let covariance = sums.covariance(&functionals)[0][1];
    let df = sums.estimate(&both, &[measure])?[0].df(Rule::default().df);
    Ok(Gap { of: of.0, against: against.0, covariance, df })
}
