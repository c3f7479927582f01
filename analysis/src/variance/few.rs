//! The gathering of few variables in few classes of cells, as a margin or a contrast of one indicator asks: without a branch.
//!
//! The general way keeps a dense unit and asks of every row whether it is inside; half of the answers surprise the processor.
//! Here every row is added somewhere, those outside where nobody looks. Sums are the same, in the same order.

use super::Lanes;
use super::gather::{Bits, Rows};
use crate::cells::Sums;

/// Classes and variables that are few.
const CLASSES: usize = 4;
const VARIABLES: usize = 3;

/// Sums of one unit in one class.
#[derive(Clone, Copy, Default)]
struct Slot {
    a: [f64; VARIABLES],
    b: f64,
    rows: u32,
    alive: u32,
}

/// Which variables, where a sample and a question are simple enough.
pub(super) fn variables(sums: &Sums<'_>, lanes: &Lanes, asked: u64) -> Option<Vec<usize>> {
    let simple = sums.columns.missing.is_empty() && sums.design.order.is_none() && sums.design.projection.is_none();
    let real = sums.columns.reals.iter().any(|(variable, _)| asked >> variable.0 & 1 == 1);
    let few =
        lanes.terms.len() <= CLASSES && asked.count_ones() as usize <= VARIABLES && !(lanes.only_cell().is_some() && sums.is_sorted());
    (simple && few && !real).then(|| (0..64).filter(|k| asked >> k & 1 == 1).collect())
}

impl Rows<'_> {
    /// Read one stratum.
    pub(super) fn read_few(&mut self, sums: &Sums<'_>, lanes: &Lanes, stratum: usize, variables: &[usize]) {
        let design = sums.design;
        let level = &design.levels[0];
        let units = level.groups[stratum].units();
        let n_classes = lanes.terms.len();
        let mut shift = [0_u32; VARIABLES];
        shift.iter_mut().zip(variables).for_each(|(shift, k)| *shift = *k as u32);
        for leaf in level.leaf_bounds[units.start]..level.leaf_bounds[units.end] {
            let rows = design.row_bounds[leaf as usize] as usize..design.row_bounds[leaf as usize + 1] as usize;
            let mut slots = [Slot::default(); CLASSES + 1];
            for ((cell, ones), w) in sums.cells[rows.clone()].iter().zip(&sums.columns.ones[rows.clone()]).zip(&design.weight[rows]) {
                let class = lanes.class_of_cell.get(*cell as usize).map_or(CLASSES, |class| (*class as usize).min(CLASSES));
                let slot = &mut slots[class];
                slot.b += w;
                slot.rows += 1;
                slot.alive += u32::from(*w != 0.0);
                for (a, shift) in slot.a.iter_mut().zip(shift) {
                    *a += (ones >> shift & 1) as f64 * w;
                }
            }
            self.close_few(leaf, lanes, &slots[..n_classes], variables);
        }
    }

    /// End a unit, if anything of it is inside.
    fn close_few(&mut self, leaf: u32, lanes: &Lanes, slots: &[Slot], variables: &[usize]) {
        if slots.iter().all(|slot| slot.rows == 0) {
            return;
        }
        let any = slots.iter().any(|slot| slot.alive > 0);
        let every = self.every;
        let z = self.push_with(leaf, Bits { present: every, alive: if any { every } else { 0 }, any });
        for (slot, terms) in slots.iter().zip(&lanes.terms) {
            for (lane, term) in terms {
                let place = variables.iter().position(|k| *k == term.variable.index()).unwrap_or(0);
                z[*lane as usize] += term.on_value * slot.a[place] + term.on_weight * slot.b;
            }
        }
    }
}
