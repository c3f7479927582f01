//! The one pass over the rows: totals and moments by place and variable.
//!
//! Rows come unit by unit. When a unit ends, its sums `A` and `B` go into the stratum's `S_A, S_B, S_AA, S_AB, S_BB`; when a
//! stratum ends, these go into `M_XY = sum_h (1 - f_h) n_h / (n_h - 1) (S_XY - S_X S_Y / n_h)`, from which follows the
//! variance of every linear function of `A` and `B`. Nothing is kept by unit, so the pass needs no more memory than the table
//! has cells. Strata are cut into blocks that depend on the data alone; a block is added up by one thread and blocks in their
//! order, which makes results equal to the bit for any number of threads.

use std::ops::Range;

use super::unit::Unit;
use super::{NO_CELL, cut, for_bits, in_order};
use crate::columns::{Columns, all_bits};
use crate::design::Design;

/// Blocks a pass is cut into; more than threads on any machine it runs on, so that they share the work well.
const MOST_BLOCKS: usize = 32;

/// Moments of one place and variable.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Moment {
    /// `sum of w y`.
    pub(crate) a: f64,
    /// `M_AA`, `M_AB`.
    pub(crate) aa: f64,
    pub(crate) ab: f64,
    /// `sum of w` and `M_BB` of the variable less those of the whole place: 0 without missing values.
    pub(crate) b: f64,
    pub(crate) bb: f64,
    /// PSUs, strata and rows of non-zero weight less those with a value.
    pub(crate) psus_lost: u32,
    pub(crate) strata_lost: u32,
    pub(crate) lost: u64,
}

/// Moments of one place, whatever is missing.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Whole {
    /// `sum of w`, `M_BB`.
    pub(crate) b: f64,
    pub(crate) bb: f64,
    pub(crate) psus: u64,
    pub(crate) strata: u64,
    /// Rows, those with `w != 0`, and `sum of w^2`.
    pub(crate) rows: u64,
    pub(crate) n: u64,
    pub(crate) weight_square: f64,
}

/// What a pass found.
#[derive(Debug, Clone, Default)]
pub(crate) struct Moments {
    pub(crate) width: usize,
    /// By place and variable.
    pub(crate) each: Vec<Moment>,
    pub(crate) whole: Vec<Whole>,
    /// `sum of w y^2` of real variables, by place and variable; empty without any.
    pub(crate) squares: Vec<f64>,
    /// Rows with a 0/1 variable at 1 and `w != 0`, by place and variable.
    pub(crate) events: Vec<u64>,
    /// Pairs of a unit and a place with rows.
    pub(crate) entries: u64,
}

/// Which rows a pass reads, and where they go.
#[derive(Clone, Copy)]
pub(crate) struct Input<'a> {
    pub(crate) design: &'a Design,
    pub(crate) columns: &'a Columns,
    pub(crate) cells: &'a [u32],
    pub(crate) n_cells: usize,
}

/// Moments by cell.
pub(crate) fn by_cell(input: Input<'_>) -> Moments {
    run(input, input.n_cells, |strata| {
        let mut block = Block::new(input, input.n_cells);
        block.read(input, strata, |unit, stratum| stratum.take(unit));
        block.finish()
    })
}

/// Moments by domain; `domains_of_cell` may name several for a cell. Squares and events are not counted again.
pub(crate) fn by_domain(input: Input<'_>, domains_of_cell: &[Vec<u32>], n_domains: usize) -> Moments {
    let every = all_bits(input.columns.n_variables());
    run(input, n_domains, |strata| {
        let mut block = Block::new(input, n_domains);
        let mut together = Unit::new(input.columns, n_domains, every);
        block.read(input, strata, |unit, stratum| {
            for place in 0..unit.n_seen() {
                let cell = unit.seen(place);
                domains_of_cell[cell].iter().for_each(|domain| together.add_place(*domain as usize, unit, cell));
                unit.forget(cell);
            }
            unit.next();
            stratum.take(&mut together);
        });
        block.out
    })
}

/// All blocks, on the design's threads, added in their order.
fn run(input: Input<'_>, n_places: usize, block: impl Fn(Range<usize>) -> Moments + Sync) -> Moments {
    let dense = (n_places * input.columns.n_variables()).max(1);
    let most = (input.columns.n_rows() / dense).clamp(2, MOST_BLOCKS);
    let blocks = cut(&input.design.rows_by_stratum(), most);
    let mut all = Moments::new(input, n_places);
    for part in in_order(input.design.threads, blocks.len(), |place| block(blocks[place].clone())) {
        all.add(&part);
    }
    all
}

impl Moments {
    fn new(input: Input<'_>, n_places: usize) -> Self {
        let width = input.columns.n_variables();
        let dense = n_places * width;
        Self {
            width,
            each: vec![Moment::default(); dense],
            whole: vec![Whole::default(); n_places],
            squares: vec![0.0; if input.columns.reals.is_empty() { 0 } else { dense }],
            events: vec![0; dense],
            entries: 0,
        }
    }

    fn add(&mut self, part: &Self) {
        for (sum, part) in self.each.iter_mut().zip(&part.each) {
            sum.a += part.a;
            sum.aa += part.aa;
            sum.ab += part.ab;
            sum.b += part.b;
            sum.bb += part.bb;
            sum.psus_lost += part.psus_lost;
            sum.strata_lost += part.strata_lost;
            sum.lost += part.lost;
        }
        for (sum, part) in self.whole.iter_mut().zip(&part.whole) {
            sum.b += part.b;
            sum.bb += part.bb;
            sum.psus += part.psus;
            sum.strata += part.strata;
            sum.rows += part.rows;
            sum.n += part.n;
            sum.weight_square += part.weight_square;
        }
        self.squares.iter_mut().zip(&part.squares).for_each(|(sum, part)| *sum += part);
        self.events.iter_mut().zip(&part.events).for_each(|(sum, part)| *sum += part);
        self.entries += part.entries;
    }
}

/// Sums over the units of the stratum under way; small, because there is one for every place and variable.
#[derive(Debug, Clone, Copy, Default)]
struct Running {
    a: f64,
    aa: f64,
    ab: f64,
}

/// What missing values take away.
#[derive(Debug, Clone, Copy, Default)]
struct Gap {
    b: f64,
    bb: f64,
    lost: u64,
    psus_lost: u32,
}

/// The same for a place, whatever is missing.
#[derive(Debug, Clone, Copy, Default)]
struct RunningWhole {
    b: f64,
    bb: f64,
    weight_square: f64,
    touched: u64,
    partial: u64,
    rows: u64,
    alive: u64,
    entries: u32,
    psus: u32,
}

/// One stratum under way.
struct Stratum {
    width: usize,
    each: Vec<Running>,
    /// Empty while nothing is missing.
    gaps: Vec<Gap>,
    whole: Vec<RunningWhole>,
    seen: Vec<u32>,
}

impl Stratum {
    /// Take over a unit's sums, which are forgotten.
    fn take(&mut self, unit: &mut Unit<'_>) {
        for at in 0..unit.n_seen() {
            let place = unit.seen(at);
            let head = unit.head(place);
            let whole = &mut self.whole[place];
            if whole.entries == 0 {
                self.seen.push(place as u32);
            }
            let b = head.weight;
            whole.entries += 1;
            whole.psus += u32::from(head.alive > 0);
            whole.b += b;
            whole.bb += b * b;
            whole.weight_square += head.weight_square;
            whole.touched |= head.touched;
            whole.partial |= head.partial;
            whole.rows += u64::from(head.rows);
            whole.alive += u64::from(head.alive);
            let each = &mut self.each[place * self.width..(place + 1) * self.width];
            if head.partial != 0 {
                let gaps = &mut self.gaps[place * self.width..(place + 1) * self.width];
                for_bits(head.partial, |k| {
                    let (slot, gap) = (unit.slot(place, &head, k), &mut gaps[k]);
                    // What is added below with the whole unit's B, less what it should have been.
                    each[k].ab += slot.a * (slot.b - b);
                    gap.b += slot.b - b;
                    gap.bb += slot.b * slot.b - b * b;
                    gap.lost += u64::from(head.alive - slot.n);
                    gap.psus_lost += u32::from(slot.n == 0 && head.alive > 0);
                });
            }
            unit.take(place, |k, a| {
                let sum = &mut each[k];
                sum.a += a;
                sum.aa += a * a;
                sum.ab += a * b;
            });
        }
        unit.next();
    }

    /// Turn sums into moments, with `n` units and the factor `(1 - f) n / (n - 1)`; then nothing.
    fn close(&mut self, n: f64, factor: f64, out: &mut Moments) {
        for place in self.seen.drain(..) {
            let place = place as usize;
            let whole = std::mem::take(&mut self.whole[place]);
            let sum = &mut out.whole[place];
            sum.b += whole.b;
            sum.bb += factor * (whole.bb - whole.b * whole.b / n);
            sum.psus += u64::from(whole.psus);
            sum.strata += u64::from(whole.psus > 0);
            out.entries += u64::from(whole.entries);
            sum.rows += whole.rows;
            sum.n += whole.alive;
            sum.weight_square += whole.weight_square;
            let range = place * self.width..(place + 1) * self.width;
            let (each, moments) = (&mut self.each[range.clone()], &mut out.each[range.clone()]);
            let gaps = self.gaps.get_mut(range).unwrap_or_default();
            for_bits(whole.touched | whole.partial, |k| {
                let (own, sum) = (std::mem::take(&mut each[k]), &mut moments[k]);
                let b = whole.b + gaps.get(k).map_or(0.0, |gap| gap.b);
                sum.a += own.a;
                sum.aa += factor * (own.aa - own.a * own.a / n);
                sum.ab += factor * (own.ab - own.a * b / n);
            });
            for_bits(whole.partial, |k| {
                let (gap, sum) = (std::mem::take(&mut gaps[k]), &mut moments[k]);
                let b = whole.b + gap.b;
                sum.b += gap.b;
                sum.bb += factor * (gap.bb - (b * b - whole.b * whole.b) / n);
                sum.lost += gap.lost;
                sum.psus_lost += gap.psus_lost;
                sum.strata_lost += u32::from(whole.psus > 0 && gap.psus_lost == whole.psus);
            });
        }
    }
}

/// One block of strata under way.
struct Block<'c> {
    unit: Unit<'c>,
    stratum: Stratum,
    out: Moments,
}

impl<'c> Block<'c> {
    fn new(input: Input<'c>, n_places: usize) -> Self {
        let out = Moments::new(input, n_places);
        let width = out.width;
        let stratum = Stratum {
            width,
            each: vec![Running::default(); n_places * width],
            gaps: vec![Gap::default(); if input.columns.missing.is_empty() { 0 } else { n_places * width }],
            whole: vec![RunningWhole::default(); n_places],
            seen: Vec::new(),
        };
        Self { unit: Unit::new(input.columns, input.n_cells, all_bits(width)), stratum, out }
    }

    /// All strata of the block; `flush` takes over each unit.
    fn read(&mut self, input: Input<'_>, strata: Range<usize>, mut flush: impl FnMut(&mut Unit<'c>, &mut Stratum)) {
        let design = input.design;
        let level = &design.levels[0];
        for stratum in strata {
            let group = &level.groups[stratum];
            let leaves = level.leaf_bounds[group.units().start] as usize..level.leaf_bounds[group.units().end] as usize;
            for leaf in leaves {
                self.rows(input, design.row_bounds[leaf] as usize..design.row_bounds[leaf + 1] as usize);
                flush(&mut self.unit, &mut self.stratum);
            }
            let n = f64::from(group.n);
            let factor = if group.is_certain() || group.n < 2 { 0.0 } else { (1.0 - group.fraction()) * n / (n - 1.0) };
            self.stratum.close(n, factor, &mut self.out);
        }
    }

    /// The rows of one unit.
    fn rows(&mut self, input: Input<'_>, positions: Range<usize>) {
        let Input { design, columns, cells, .. } = input;
        if design.order.is_none() && columns.missing.is_empty() {
            let rows = cells[positions.clone()].iter().zip(&columns.ones[positions.clone()]).zip(&design.weight[positions.clone()]);
            for (((cell, ones), w), row) in rows.zip(positions) {
                if *cell != NO_CELL {
                    self.unit.add(*cell as usize, row, *w, *ones, 0);
                }
            }
            return;
        }
        for row in positions.map(|position| design.row_at(position)) {
            if cells[row] != NO_CELL {
                let missing = columns.missing_at(row);
                self.unit.add(cells[row] as usize, row, design.weight[row], columns.ones[row] & !missing, missing);
            }
        }
    }

    /// What was counted over all units.
    fn finish(mut self) -> Moments {
        self.out.events = self.unit.events.iter().map(|events| u64::from(*events)).collect();
        self.out.squares = self.unit.squares;
        self.out
    }
}
