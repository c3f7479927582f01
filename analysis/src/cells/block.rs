//! One block of strata, reduced: the only code that reads rows.
//!
//! Rows come unit by unit. A unit's running sums are dense over cells and variables, so that a row is added where it belongs
//! without a search; when the unit ends, the cells it touched are written out as sparse entries and their running sums
//! cleared, so that the dense part never grows beyond one unit. 0/1 variables are walked by their set bits: a row costs as
//! much as it has answers that are yes.
//!
//! An entry writes `A` only for variables some row has a non-zero value of, and `B` only for variables some row misses; for
//! all others `A` is 0 and `B` the entry's weight. Sums are taken in the order of rows inside a unit, of units inside a
//! stratum, of strata inside a block and of blocks, whoever reduces what: that is what makes results equal to the bit.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{CellTotal, NO_CELL, Total, cut, for_bits};
use crate::columns::{Columns, all_bits};
use crate::design::Design;

/// Blocks a reduction is cut into; more than threads on any machine it runs on, so that they share the work well.
const MOST_BLOCKS: usize = 32;

/// Sums of one sampling unit in one cell.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// Unit of the last stage, in tree order.
    pub(crate) leaf: u32,
    pub(crate) cell: u32,
    /// Place of the first sum in [`Block::values`]: `A` of touched variables, then `B` of partial ones.
    pub(crate) first: u32,
    /// `sum of w` over all rows.
    pub(crate) weight: f64,
    /// Variables with an `A` of their own; for the others it is 0.
    pub(crate) touched: u64,
    /// Variables missing in some row, so that their `B` is not `weight`.
    pub(crate) partial: u64,
    /// Variables missing in every row.
    pub(crate) void: u64,
}

/// Entries of one stratum and cell: `by_cell[range]` are their places.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    pub(crate) cell: u32,
    pub(crate) places: Range<u32>,
}

/// Some strata, reduced.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    /// Strata, in tree order.
    pub(crate) strata: Range<usize>,
    pub(crate) entries: Vec<Entry>,
    pub(crate) values: Vec<f64>,
    /// Places of entries by stratum, cell, leaf.
    pub(crate) by_cell: Vec<u32>,
    pub(crate) runs: Vec<Run>,
    /// Runs of stratum `s` of the block are `run_bounds[s]..run_bounds[s + 1]`, by cell.
    pub(crate) run_bounds: Vec<u32>,
    /// Entries of stratum `s` of the block are `entry_bounds[s]..entry_bounds[s + 1]`, by leaf.
    pub(crate) entry_bounds: Vec<u32>,
    /// Emptied once added up.
    pub(super) totals: Vec<Total>,
    pub(super) cell_totals: Vec<CellTotal>,
}

impl Block {
    /// Entries of one stratum (counted inside the block) in a domain, by leaf, one call each with the cell's place in
    /// the domain. `place_of_cell` is `u32::MAX` outside.
    pub(crate) fn each(&self, stratum: usize, cells: &[u32], place_of_cell: &[u32], mut visit: impl FnMut(&Entry, usize)) {
        if let [cell] = cells {
            self.places(stratum, *cell).iter().for_each(|place| visit(&self.entries[*place as usize], 0));
            return;
        }
        let bounds = self.entry_bounds[stratum] as usize..self.entry_bounds[stratum + 1] as usize;
        for entry in &self.entries[bounds] {
            let place = place_of_cell[entry.cell as usize];
            if place != u32::MAX {
                visit(entry, place as usize);
            }
        }
    }

    /// Places of the entries of one stratum (counted inside the block) and cell.
    pub(crate) fn places(&self, stratum: usize, cell: u32) -> &[u32] {
        let runs = &self.runs[self.run_bounds[stratum] as usize..self.run_bounds[stratum + 1] as usize];
        match runs.binary_search_by_key(&cell, |run| run.cell) {
            Ok(found) => &self.by_cell[runs[found].places.start as usize..runs[found].places.end as usize],
            Err(_) => &[],
        }
    }
}

/// Reduce every block, on the design's threads; the result is in stratum order whoever did what.
pub(super) fn reduce_all(design: &Design, columns: &Columns, cells: &[u32], n_cells: usize) -> Vec<Block> {
    let ranges = cut(&rows_by_stratum(design), MOST_BLOCKS);
    in_order(design.threads, ranges.len(), |place| {
        let mut work = Work::new(columns, n_cells);
        work.reduce(design, columns, cells, ranges[place].clone())
    })
}

/// `make(0), make(1), …` in that order, made by up to `threads` threads.
pub(crate) fn in_order<T: Send>(threads: usize, count: usize, make: impl Fn(usize) -> T + Sync) -> Vec<T> {
    if threads <= 1 || count <= 1 {
        return (0..count).map(make).collect();
    }
    let next = AtomicUsize::new(0);
    let work = || {
        let take = || Some(next.fetch_add(1, Ordering::Relaxed)).filter(|place| *place < count);
        std::iter::from_fn(take).map(|place| (place, make(place))).collect::<Vec<_>>()
    };
    let mut made: Vec<(usize, T)> = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads.min(count)).map(|_| scope.spawn(work)).collect();
        let mut made = work();
        for other in others {
            match other.join() {
                Ok(more) => made.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        made
    });
    made.sort_by_key(|(place, _)| *place);
    made.into_iter().map(|(_, block)| block).collect()
}

/// Rows of every first-stage stratum, in tree order.
fn rows_by_stratum(design: &Design) -> Vec<usize> {
    (0..design.levels[0].groups.len()).map(|stratum| rows_of(design, stratum)).collect()
}

/// Rows of one first-stage stratum.
fn rows_of(design: &Design, stratum: usize) -> usize {
    let units = design.levels[0].groups[stratum].units();
    let bounds = &design.levels[0].leaf_bounds;
    let row = |unit: usize| design.row_bounds[bounds[unit] as usize] as usize;
    row(units.end) - row(units.start)
}

/// Running `A` and events of one cell and variable.
#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    value: f64,
    events: u32,
}

/// Running sums of one cell, whatever is missing.
#[derive(Debug, Clone, Copy, Default)]
struct Running {
    weight: f64,
    weight_square: f64,
    touched: u64,
    partial: u64,
    void: u64,
    rows: u32,
    alive: u32,
}

/// Running sums of one unit, dense over cells.
struct Work {
    n_variables: usize,
    has_missing: bool,
    has_reals: bool,
    slots: Vec<Slot>,
    /// `sum of w` and rows with a value, of variables some row misses.
    present: Vec<(f64, u32)>,
    squares: Vec<f64>,
    running: Vec<Running>,
    /// Cells with rows, in order of appearance.
    seen: Vec<u32>,
    /// Room for sorting; all 0 between strata.
    counts: Vec<u32>,
}

impl Work {
    fn new(columns: &Columns, n_cells: usize) -> Self {
        let n_variables = columns.n_variables();
        let has_missing = !columns.missing.is_empty();
        let dense = n_cells * n_variables;
        Self {
            n_variables,
            has_missing,
            has_reals: !columns.reals.is_empty(),
            slots: vec![Slot::default(); dense],
            present: vec![(0.0, 0); if has_missing { dense } else { 0 }],
            squares: vec![0.0; dense],
            running: vec![Running::default(); n_cells],
            seen: Vec::new(),
            counts: vec![0; n_cells],
        }
    }

    /// All units of the strata, one after the other.
    fn reduce(&mut self, design: &Design, columns: &Columns, cells: &[u32], strata: Range<usize>) -> Block {
        let mut block = Block {
            strata: strata.clone(),
            entries: Vec::new(),
            values: Vec::new(),
            by_cell: Vec::new(),
            runs: Vec::new(),
            run_bounds: vec![0],
            entry_bounds: vec![0],
            totals: vec![Total::default(); self.slots.len()],
            cell_totals: vec![CellTotal::default(); self.running.len()],
        };
        let rows: usize = strata.clone().map(|stratum| rows_of(design, stratum)).sum();
        block.entries.reserve(rows);
        block.values.reserve(rows * self.n_variables.min(4));
        for stratum in strata {
            let units = design.levels[0].groups[stratum].units();
            let bounds = &design.levels[0].leaf_bounds;
            let first = block.entries.len();
            for leaf in bounds[units.start]..bounds[units.end] {
                self.unit(design, columns, cells, leaf, &mut block);
            }
            index(&mut block, first, &mut self.counts);
        }
        block
    }

    /// One unit: read its rows, write its entries.
    fn unit(&mut self, design: &Design, columns: &Columns, cells: &[u32], leaf: u32, block: &mut Block) {
        let positions = design.row_bounds[leaf as usize] as usize..design.row_bounds[leaf as usize + 1] as usize;
        for position in positions {
            let row = design.row_at(position);
            let cell = cells[row];
            if cell != NO_CELL {
                self.row(columns, row, cell as usize, design.weight[row]);
            }
        }
        for place in 0..self.seen.len() {
            self.flush(leaf, self.seen[place], block);
        }
        self.seen.clear();
    }

    /// One row: add `w y` and `w` to its cell.
    #[inline]
    fn row(&mut self, columns: &Columns, row: usize, cell: usize, w: f64) {
        let alive = u32::from(w != 0.0);
        let missing = columns.missing_at(row);
        let ones = columns.ones[row] & !missing;
        let running = &mut self.running[cell];
        if running.rows == 0 {
            self.seen.push(cell as u32);
            running.void = u64::MAX;
        }
        running.rows += 1;
        running.alive += alive;
        running.weight += w;
        running.weight_square += w * w;
        running.touched |= ones;
        running.partial |= missing;
        running.void &= missing;
        let slots = &mut self.slots[cell * self.n_variables..(cell + 1) * self.n_variables];
        for_bits(ones, |k| {
            slots[k].value += w;
            slots[k].events += alive;
        });
        for (variable, distances) in &columns.reals {
            let (k, y) = (variable.index(), distances[row]);
            running.touched |= 1 << variable.0;
            slots[k].value += w * y;
            self.squares[cell * self.n_variables + k] += w * y * y;
        }
        if self.has_missing {
            self.present(cell, missing, w, alive);
        }
    }

    /// Keep `sum of w` by variable, where some variable may be missing.
    fn present(&mut self, cell: usize, missing: u64, w: f64, alive: u32) {
        let present = &mut self.present[cell * self.n_variables..(cell + 1) * self.n_variables];
        for_bits(!missing & all_bits(self.n_variables), |k| {
            present[k].0 += w;
            present[k].1 += alive;
        });
    }

    /// Write the unit's entry for one cell, and forget the cell.
    fn flush(&mut self, leaf: u32, cell: u32, block: &mut Block) {
        let (c, base) = (cell as usize, cell as usize * self.n_variables);
        let running = std::mem::take(&mut self.running[c]);
        let void = running.void & all_bits(self.n_variables);
        let (touched, partial) = (running.touched & !void, running.partial);
        let entry = Entry { leaf, cell, first: block.values.len() as u32, weight: running.weight, touched, partial, void };
        let has_reals = self.has_reals;
        let totals = &mut block.totals[base..base + self.n_variables];
        for_bits(running.touched, |k| {
            let slot = std::mem::take(&mut self.slots[base + k]);
            if void >> k & 1 == 0 {
                block.values.push(slot.value);
            }
            totals[k].value += slot.value;
            totals[k].events += u64::from(slot.events);
            if has_reals {
                totals[k].square += std::mem::take(&mut self.squares[base + k]);
            }
        });
        if self.has_missing {
            for_bits(partial & !void, |k| {
                block.values.push(self.present[base + k].0);
            });
            for (k, total) in totals.iter_mut().enumerate() {
                let present = std::mem::take(&mut self.present[base + k]);
                total.weight += if partial >> k & 1 == 0 { entry.weight } else { present.0 };
                total.n += u64::from(present.1);
            }
        }
        let total = &mut block.cell_totals[c];
        total.rows += u64::from(running.rows);
        total.n += u64::from(running.alive);
        total.weight += running.weight;
        total.weight_square += running.weight_square;
        block.entries.push(entry);
    }
}

/// Sort the entries of the stratum just closed (from `first` on) by cell, keeping the order of leaves: a counting sort.
fn index(block: &mut Block, first: usize, next: &mut [u32]) {
    let mut cells: Vec<u32> = Vec::new();
    for entry in &block.entries[first..] {
        let count = &mut next[entry.cell as usize];
        if *count == 0 {
            cells.push(entry.cell);
        }
        *count += 1;
    }
    cells.sort_unstable();
    let mut at = first as u32;
    for cell in cells {
        let count = std::mem::replace(&mut next[cell as usize], at);
        block.runs.push(Run { cell, places: at..at + count });
        at += count;
    }
    block.by_cell.resize(block.entries.len(), 0);
    for (place, entry) in block.entries.iter().enumerate().skip(first) {
        let slot = &mut next[entry.cell as usize];
        block.by_cell[*slot as usize] = place as u32;
        *slot += 1;
    }
    for entry in &block.entries[first..] {
        next[entry.cell as usize] = 0;
    }
    block.run_bounds.push(block.runs.len() as u32);
    block.entry_bounds.push(block.entries.len() as u32);
}
