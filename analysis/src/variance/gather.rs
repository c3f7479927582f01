//! The units of one stratum with rows in the domain, with their linearised totals in every lane.
//!
//! Only units that hold something are listed; how many hold nothing follows from the stratum's size, and their total is 0.
//! A calibrated design is the exception: there every unit has a total, because the calibration's slopes are taken out of
//! all of them, so all are listed. Beside its totals a unit carries which variables it has a value for, which the rules for
//! lonely strata and the degrees of freedom ask.

use super::{Found, Lanes, few};
use crate::cells::{Sums, Unit, for_bits};
use crate::columns::all_bits;

/// Units of one stratum, ascending; `z[unit * lanes + lane]`.
pub(super) struct Rows<'c> {
    lanes: usize,
    /// All variables.
    pub(super) every: u64,
    /// The variables asked for, if few.
    few: Option<Vec<usize>>,
    pub(super) leaf: Vec<u32>,
    pub(super) z: Vec<f64>,
    /// Variables with a value in some row of the unit, whatever its weight.
    pub(super) present: Vec<u64>,
    /// Variables with a value in some row of non-zero weight.
    alive: Vec<u64>,
    /// Whether the unit has any row of non-zero weight.
    any: Vec<bool>,
    /// The unit under way, by class of cells.
    unit: Unit<'c>,
    /// PSUs of a stratum without a value, by variable.
    without: Vec<u64>,
}

/// The unit under way: which variables have a value so far.
#[derive(Clone, Copy, Default)]
pub(super) struct Bits {
    pub(super) present: u64,
    pub(super) alive: u64,
    pub(super) any: bool,
}

impl<'c> Rows<'c> {
    pub(super) fn new(sums: &Sums<'c>, lanes: &Lanes) -> Self {
        let asked = lanes.terms.iter().flatten().fold(0_u64, |mask, (_, term)| mask | 1 << term.variable.0);
        Self {
            lanes: lanes.count,
            few: few::variables(sums, lanes, asked),
            every: all_bits(sums.n_variables),
            leaf: Vec::new(),
            z: Vec::new(),
            present: Vec::new(),
            alive: Vec::new(),
            any: Vec::new(),
            unit: Unit::new(sums.columns, lanes.terms.len(), asked),
            without: vec![0; sums.n_variables],
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.leaf.is_empty()
    }

    /// Read one stratum.
    pub(super) fn read(&mut self, sums: &Sums<'_>, lanes: &Lanes, stratum: usize) {
        self.clear();
        if let Some(few) = self.few.take() {
            self.read_few(sums, lanes, stratum, &few);
            self.few = Some(few);
            return;
        }
        let dense = sums.design.projection.is_some();
        if let Some(projection) = &sums.design.projection {
            let level = &sums.design.levels[0];
            let units = level.groups[stratum].units();
            for leaf in level.leaf_bounds[units.start]..level.leaf_bounds[units.end] {
                self.push(leaf);
                projection.subtract(leaf, &lanes.slopes, self.z_last());
            }
        }
        let (mut now, mut bits) = (u32::MAX, Bits::default());
        let (columns, weight, every) = (sums.columns, &sums.design.weight, self.every);
        sums.each_row(stratum, lanes.only_cell(), &lanes.class_of_cell, |leaf, row, class| {
            if leaf != now {
                self.close(now, lanes, dense, std::mem::take(&mut bits));
                now = leaf;
            }
            let (w, missing) = (weight[row], columns.missing_at(row));
            self.unit.add(class, row, w, columns.ones[row] & !missing, missing);
            bits.present |= every & !missing;
            if w != 0.0 {
                bits.any = true;
                bits.alive |= every & !missing;
            }
        });
        self.close(now, lanes, dense, bits);
    }

    /// Forget the last stratum.
    fn clear(&mut self) {
        self.leaf.clear();
        self.z.clear();
        self.present.clear();
        self.alive.clear();
        self.any.clear();
    }

    /// A unit without anything yet.
    fn push(&mut self, leaf: u32) {
        self.push_with(leaf, Bits::default());
    }

    /// A whole unit; its lanes are for the caller to fill.
    pub(super) fn push_with(&mut self, leaf: u32, bits: Bits) -> &mut [f64] {
        self.leaf.push(leaf);
        self.z.resize(self.z.len() + self.lanes, 0.0);
        self.present.push(bits.present);
        self.alive.push(bits.alive);
        self.any.push(bits.any);
        self.z_last()
    }

    /// The last unit's lanes.
    fn z_last(&mut self) -> &mut [f64] {
        let start = self.z.len() - self.lanes;
        &mut self.z[start..]
    }

    /// End the unit under way: `z += on_value A + on_weight B` in every lane with a term in one of its classes.
    #[inline]
    fn close(&mut self, leaf: u32, lanes: &Lanes, dense: bool, bits: Bits) {
        if leaf == u32::MAX {
            return;
        }
        if !dense {
            self.push(leaf);
        }
        let at = if dense { (leaf - self.leaf[0]) as usize } else { self.leaf.len() - 1 };
        let z = &mut self.z[at * self.lanes..(at + 1) * self.lanes];
        for place in 0..self.unit.n_seen() {
            let class = self.unit.seen(place);
            let head = self.unit.head(class);
            for (lane, term) in &lanes.terms[class] {
                let slot = self.unit.slot(class, &head, term.variable.index());
                z[*lane as usize] += term.on_value * slot.a + term.on_weight * slot.b;
            }
            self.unit.forget(class);
        }
        self.unit.next();
        self.present[at] |= bits.present;
        self.alive[at] |= bits.alive;
        self.any[at] |= bits.any;
    }

    /// Count PSUs and strata with rows of non-zero weight, over all rows and by variable.
    pub(super) fn count(&mut self, sums: &Sums<'_>, stratum: usize, found: &mut Found) {
        let level = &sums.design.levels[0];
        self.without.fill(0);
        let (mut psus, mut row, mut in_stratum) = (0, 0, 0);
        let (without, every) = (&mut self.without, self.every);
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
        for (k, without) in self.without.iter().enumerate() {
            found.psus_by_variable[k] += psus - without;
            found.strata_by_variable[k] += in_stratum >> k & 1;
        }
    }
}
