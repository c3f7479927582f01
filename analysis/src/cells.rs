//! The sparse sampling unit × cell table of sums that every estimate, margin, contrast and replicate is answered from.
//!
//! Rows are read once. For every unit of the last stage, cell and variable with rows there, the table keeps
//! `A = sum of w y` and `B = sum of w`, over rows where the variable has a value. Everything this crate estimates is a
//! function of totals of such sums, and every variance a quadratic form in them, so no estimate reads the rows again.

use std::ops::Range;

use crate::columns::{Columns, MOST_VARIABLES, Variable};
use crate::design::Design;
use crate::error::{Error, same_length};

mod block;
pub(crate) use block::{Block, Entry, in_order};

/// The cell of a row that belongs to none.
pub const NO_CELL: u32 = u32::MAX;

/// Totals over one cell and one variable. Sums are over rows of the cell where the variable has a value.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Total {
    /// `sum of w (y - pilot)`.
    pub(crate) value: f64,
    /// `sum of w`.
    pub(crate) weight: f64,
    /// `sum of w (y - pilot)^2`.
    pub(crate) square: f64,
    /// Rows with `w != 0`.
    pub(crate) n: u64,
    /// Rows with `w != 0` and a 0/1 variable at 1.
    pub(crate) events: u64,
}

/// Totals over one cell, whatever is missing.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct CellTotal {
    /// Rows, whatever their weight.
    pub(crate) rows: u64,
    /// Rows with `w != 0`.
    pub(crate) n: u64,
    /// `sum of w`.
    pub(crate) weight: f64,
    /// `sum of w^2`.
    pub(crate) weight_square: f64,
}

/// The reduced data: a sparse table of sums, with the design it was reduced under.
#[derive(Debug)]
pub struct Sums<'d> {
    pub(crate) design: &'d Design,
    pub(crate) n_cells: usize,
    pub(crate) n_variables: usize,
    pub(crate) pilots: Vec<f64>,
    /// Strata in order, cut into blocks that do not depend on the number of threads.
    pub(crate) blocks: Vec<Block>,
    /// `totals[cell * n_variables + variable]`.
    pub(crate) totals: Vec<Total>,
    pub(crate) cell_totals: Vec<CellTotal>,
    /// `sum of d x y` and `sum of d x` by cell and variable, for a calibrated design: `(cell, variable, x)`.
    pub(crate) cross: Vec<Cross>,
}

/// Cross sums of one calibration variable with one cell and variable; `d` is the weight before calibration.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cross {
    /// `sum of d x (y - pilot)`.
    pub(crate) value: f64,
    /// `sum of d x`.
    pub(crate) weight: f64,
}

impl<'d> Sums<'d> {
    /// Reduce the rows. `cell_of_row` gives each row its cell, `0..n_cells`, or [`NO_CELL`].
    ///
    /// # Errors
    /// Lengths that differ; a cell out of range.
    pub fn reduce(design: &'d Design, columns: &Columns, cell_of_row: &[u32], n_cells: usize) -> Result<Self, Error> {
        same_length("column rows", design.n_rows(), columns.n_rows())?;
        same_length("cells", design.n_rows(), cell_of_row.len())?;
        if let Some(cell) = cell_of_row.iter().find(|cell| **cell != NO_CELL && **cell as usize >= n_cells) {
            return Err(Error::OutOfRange { what: "cell", index: *cell as usize, count: n_cells });
        }
        let n_variables = columns.n_variables();
        let blocks = block::reduce_all(design, columns, cell_of_row, n_cells);
        let mut sums = Self {
            design,
            n_cells,
            n_variables,
            pilots: columns.pilots.clone(),
            blocks,
            totals: vec![Total::default(); n_cells * n_variables],
            cell_totals: vec![CellTotal::default(); n_cells],
            cross: Vec::new(),
        };
        sums.add_up();
        sums.complete(columns);
        if let Some(projection) = &design.projection {
            sums.cross = projection.cross(design, columns, cell_of_row, n_cells);
        }
        Ok(sums)
    }

    /// Only the totals, under other weights (any finite ones): values without variances, for replicates.
    pub(crate) fn totals(
        design: &'d Design,
        columns: &Columns,
        cell_of_row: &[u32],
        n_cells: usize,
        weight: &[f64],
    ) -> Result<Self, Error> {
        same_length("column rows", weight.len(), columns.n_rows())?;
        same_length("cells", weight.len(), cell_of_row.len())?;
        let n_variables = columns.n_variables();
        let mut totals = vec![Total::default(); n_cells * n_variables];
        let mut y = [0.0; MOST_VARIABLES];
        for (row, (cell, w)) in cell_of_row.iter().zip(weight).enumerate() {
            if *cell == NO_CELL {
                continue;
            }
            columns.read(row, &mut y);
            let missing = columns.missing_at(row);
            let start = *cell as usize * n_variables;
            let of_cell = totals[start..start + n_variables].iter_mut().zip(&y);
            for (_, (total, y)) in of_cell.enumerate().filter(|(k, _)| missing >> k & 1 == 0) {
                total.value += w * y;
                total.weight += w;
                total.n += u64::from(*w != 0.0);
            }
        }
        Ok(Self {
            design,
            n_cells,
            n_variables,
            pilots: columns.pilots.clone(),
            blocks: Vec::new(),
            totals,
            cell_totals: vec![CellTotal::default(); n_cells],
            cross: Vec::new(),
        })
    }

    /// Cells.
    #[must_use]
    pub fn n_cells(&self) -> usize {
        self.n_cells
    }

    /// Variables.
    #[must_use]
    pub fn n_variables(&self) -> usize {
        self.n_variables
    }

    /// The design the rows were reduced under.
    #[must_use]
    pub fn design(&self) -> &'d Design {
        self.design
    }

    /// Entries of the sparse table: pairs of a sampling unit and a cell with rows.
    #[must_use]
    pub fn n_entries(&self) -> usize {
        self.blocks.iter().map(|block| block.entries.len()).sum()
    }

    /// Totals of one cell and variable.
    pub(crate) fn total(&self, cell: usize, variable: Variable) -> &Total {
        &self.totals[cell * self.n_variables + variable.index()]
    }

    /// Blocks' totals, in block order.
    fn add_up(&mut self) {
        for block in &mut self.blocks {
            for (sum, part) in self.totals.iter_mut().zip(&block.totals) {
                sum.value += part.value;
                sum.weight += part.weight;
                sum.square += part.square;
                sum.n += part.n;
                sum.events += part.events;
            }
            for (sum, part) in self.cell_totals.iter_mut().zip(&block.cell_totals) {
                sum.rows += part.rows;
                sum.n += part.n;
                sum.weight += part.weight;
                sum.weight_square += part.weight_square;
            }
            block.totals = Vec::new();
            block.cell_totals = Vec::new();
        }
    }

    /// What follows from the rest: without missing values every variable has all of its cell's rows, and a 0/1
    /// variable is its own square.
    fn complete(&mut self, columns: &Columns) {
        let real = columns.reals.iter().fold(0_u64, |mask, (variable, _)| mask | 1 << variable.0);
        let width = self.n_variables.max(1);
        for (totals, cell) in self.totals.chunks_mut(width).zip(&self.cell_totals) {
            for (k, total) in totals.iter_mut().enumerate() {
                if columns.missing.is_empty() {
                    (total.n, total.weight) = (cell.n, cell.weight);
                }
                if real >> k & 1 == 0 {
                    total.square = total.value;
                }
            }
        }
    }
}

/// An entry's sums written out for all variables: `a[k]` and `b[k]`.
#[derive(Debug, Clone)]
pub(crate) struct Expanded {
    pub(crate) a: [f64; MOST_VARIABLES],
    pub(crate) b: [f64; MOST_VARIABLES],
}

impl Expanded {
    /// Nothing yet.
    pub(crate) fn new() -> Self {
        Self { a: [0.0; MOST_VARIABLES], b: [0.0; MOST_VARIABLES] }
    }

    /// Write out one entry of a block.
    pub(crate) fn read(&mut self, block: &Block, entry: &Entry, n_variables: usize) {
        self.a[..n_variables].fill(0.0);
        self.b[..n_variables].fill(entry.weight);
        let mut values = block.values[entry.first as usize..].iter();
        for_bits(entry.touched, |k| {
            self.a[k] = values.next().copied().unwrap_or(0.0);
        });
        for_bits(entry.void, |k| self.b[k] = 0.0);
        for_bits(entry.partial & !entry.void, |k| {
            self.b[k] = values.next().copied().unwrap_or(0.0);
        });
    }
}

/// Call `visit` with the place of every set bit, lowest first.
#[inline]
pub(crate) fn for_bits(mut mask: u64, mut visit: impl FnMut(usize)) {
    while mask != 0 {
        visit(mask.trailing_zeros() as usize);
        mask &= mask - 1;
    }
}

/// Cut `n` strata into ranges of about equal rows; the cuts depend on the data alone.
pub(crate) fn cut(rows: &[usize], most: usize) -> Vec<Range<usize>> {
    let total: usize = rows.iter().sum();
    let target = (total / most).max(1);
    let (mut ranges, mut first, mut held) = (Vec::new(), 0, 0);
    for (stratum, rows) in rows.iter().enumerate() {
        held += rows;
        if held >= target {
            ranges.push(first..stratum + 1);
            (first, held) = (stratum + 1, 0);
        }
    }
    if first < rows.len() {
        ranges.push(first..rows.len());
    }
    ranges
}
