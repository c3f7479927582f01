//! The units of one stratum with rows in the domain, with their linearised totals in every lane.
//!
//! Only units that hold something are listed; how many hold nothing follows from the stratum's size, and their total is 0.
//! A calibrated design is the exception: there every unit has a total, because the calibration's slopes are taken out of
//! all of them, so all are listed. Beside its totals a unit carries which variables it has a value for, which the rules for
//! lonely strata and the degrees of freedom ask.

use super::{Found, Lanes};
use crate::cells::{Block, Entry, Expanded, Sums, for_bits};
use crate::columns::all_bits;

/// Units of one stratum, ascending; `z[unit * lanes + lane]`.
pub(super) struct Rows {
    lanes: usize,
    pub(super) leaf: Vec<u32>,
    pub(super) z: Vec<f64>,
    /// Variables with a value in some row of the unit, whatever its weight.
    pub(super) present: Vec<u64>,
    /// Variables with a value in some row of non-zero weight.
    alive: Vec<u64>,
    /// Whether the unit has any row of non-zero weight.
    any: Vec<bool>,
}

impl Rows {
    pub(super) fn new(lanes: usize) -> Self {
        let (leaf, z, present, alive, any) = (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { lanes, leaf, z, present, alive, any }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.leaf.is_empty()
    }

    /// Read one stratum (counted inside the block).
    pub(super) fn read(&mut self, sums: &Sums<'_>, lanes: &Lanes, block: &Block, stratum: usize, expanded: &mut Expanded) {
        self.clear();
        if let Some(projection) = &sums.design.projection {
            let group = &sums.design.levels[0].groups[block.strata.start + stratum];
            let bounds = &sums.design.levels[0].leaf_bounds;
            for leaf in bounds[group.units().start]..bounds[group.units().end] {
                self.push(leaf);
                projection.subtract(leaf, &lanes.slopes, self.z_last());
            }
        }
        let dense = sums.design.projection.is_some();
        block.each(stratum, &lanes.cells, &lanes.place_of_cell, |entry, cell| {
            expanded.read(block, entry, sums.n_variables);
            let at = self.find(entry.leaf, dense);
            self.add(at, entry, expanded, &lanes.terms[cell], sums.n_variables);
        });
    }

    /// Forget the last stratum.
    fn clear(&mut self) {
        self.leaf.clear();
        self.z.clear();
        self.present.clear();
        self.alive.clear();
        self.any.clear();
    }

    /// The row of a unit: the last one or a new one, or (when all units are there already) its own.
    fn find(&mut self, leaf: u32, dense: bool) -> usize {
        if dense {
            return (leaf - self.leaf[0]) as usize;
        }
        if self.leaf.last() != Some(&leaf) {
            self.push(leaf);
        }
        self.leaf.len() - 1
    }

    /// A unit without anything yet.
    fn push(&mut self, leaf: u32) {
        self.leaf.push(leaf);
        self.z.resize(self.z.len() + self.lanes, 0.0);
        self.present.push(0);
        self.alive.push(0);
        self.any.push(false);
    }

    /// The last unit's lanes.
    fn z_last(&mut self) -> &mut [f64] {
        let start = self.z.len() - self.lanes;
        &mut self.z[start..]
    }

    /// Add one entry to a unit: `z += on_value A + on_weight B` in every lane with a term there.
    fn add(&mut self, at: usize, entry: &Entry, expanded: &Expanded, terms: &[(u32, super::Term)], n_variables: usize) {
        let z = &mut self.z[at * self.lanes..(at + 1) * self.lanes];
        for (lane, term) in terms {
            let k = term.variable.index();
            z[*lane as usize] += term.on_value * expanded.a[k] + term.on_weight * expanded.b[k];
        }
        self.present[at] |= all_bits(n_variables) & !entry.void;
        if entry.weight != 0.0 {
            self.any[at] = true;
            let mut alive = all_bits(n_variables) & !entry.partial;
            for_bits(entry.partial & !entry.void, |k| {
                alive |= u64::from(expanded.b[k] != 0.0) << k;
            });
            self.alive[at] |= alive;
        }
    }

    /// Count PSUs and strata with rows of non-zero weight, over all rows and by variable.
    pub(super) fn count(&self, sums: &Sums<'_>, stratum: usize, found: &mut Found) {
        let level = &sums.design.levels[0];
        let every = all_bits(sums.n_variables);
        let (mut psus, mut without, mut row) = (0, vec![0_u64; sums.n_variables], 0);
        let mut in_stratum = 0;
        for psu in level.groups[stratum].units() {
            let (mut any, mut alive) = (false, 0);
            while row < self.leaf.len() && self.leaf[row] < level.leaf_bounds[psu + 1] {
                any |= self.any[row];
                alive |= self.alive[row];
                row += 1;
            }
            if any {
                psus += 1;
                in_stratum |= alive;
                for_bits(every & !alive, |k| without[k] += 1);
            }
        }
        found.psus += psus;
        found.strata += u64::from(psus > 0);
        for (k, without) in without.iter().enumerate() {
            found.psus_by_variable[k] += psus - without;
            found.strata_by_variable[k] += in_stratum >> k & 1;
        }
    }
}
