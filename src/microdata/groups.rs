//! Domains of one estimate: rows that meet the condition, by the levels of some columns.

use kish_analysis::cells::NO_CELL;

use super::read::Data;
use super::request::Estimate;
use super::{Error, condition};

pub(super) struct Groups {
    /// Group of every row, or [`NO_CELL`].
    pub(super) of_row: Vec<u32>,
    /// `stype=E;sch.wide=Yes`, in the order of the levels; one empty name without `by`.
    pub(super) names: Vec<String>,
}

impl Groups {
    pub(super) fn new(data: &Data, weight: &[f64], estimate: &Estimate) -> Result<Self, Error> {
        let mut of_row = vec![0_u32; data.n_rows];
        if let Some(text) = &estimate.condition {
            for (group, inside) in of_row.iter_mut().zip(condition::evaluate(data, "where", text)?) {
                *group = if inside == Some(true) { 0 } else { NO_CELL };
            }
        }
        let asked = of_row.iter().zip(weight).any(|(group, w)| *group != NO_CELL && *w != 0.0);
        if !asked {
            return Err(Error::field("where", "no row with a weight is in the domain"));
        }
        let mut names = vec![String::new()];
        for by in &estimate.by.0 {
            names = cross(data, by, &names, &mut of_row)?;
        }
        let mut groups = Self { of_row, names };
        if !estimate.by.0.is_empty() {
            groups.drop_empty(weight);
        }
        Ok(groups)
    }

    /// Groups without a row of non-zero weight are not domains.
    fn drop_empty(&mut self, weight: &[f64]) {
        let mut alive = vec![false; self.names.len()];
        for (group, _) in self.of_row.iter().zip(weight).filter(|(group, w)| **group != NO_CELL && **w != 0.0) {
            alive[*group as usize] = true;
        }
        let mut next = 0;
        let place: Vec<u32> = alive
            .iter()
            .map(|alive| {
                if *alive {
                    next += 1;
                    next - 1
                } else {
                    NO_CELL
                }
            })
            .collect();
        for group in self.of_row.iter_mut().filter(|group| **group != NO_CELL) {
            *group = place[*group as usize];
        }
        let mut keep = alive.into_iter();
        self.names.retain(|_| keep.next().unwrap_or(false));
    }
}

/// Split every group by the levels of one more column.
fn cross(data: &Data, by: &str, names: &[String], of_row: &mut [u32]) -> Result<Vec<String>, Error> {
    let (levels, codes) = data.named("by", by)?.levels();
    for (group, code) in of_row.iter_mut().zip(codes) {
        *group = match (*group, code) {
            (NO_CELL, _) | (_, None) => NO_CELL,
            (group, Some(code)) => group * levels.len() as u32 + code,
        };
    }
    let join = |name: &str, level: &str| {
        if name.is_empty() { format!("{by}={level}") } else { format!("{name};{by}={level}") }
    };
    Ok(names.iter().flat_map(|name| levels.iter().map(move |level| join(name, level))).collect())
}
