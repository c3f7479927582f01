//! Sums by sampling unit and cell, from which every estimate, margin, contrast and replicate is answered.
//!
//! For every unit of the last stage, cell and variable there is `A = sum of w y` and `B = sum of w`, over rows where the
//! variable has a value. Everything this crate estimates is a function of totals of such sums, and every variance a quadratic
//! form in them.
//!
//! A *cell* is the finest group a table is made of, given as one number a row: `sex + 2 * age_group`, say. Coarser groups (margins)
//! are several cells together and need no other pass: choose the cells once, fine enough for every table, then ask with
//! [`Domain`](crate::estimate::Domain).
//!
//! One pass over the rows keeps the totals and, for every cell and variable, the moments of `A` and `B` over
//! units: a table of any size is answered from these alone. What the moments of single cells do not hold (a margin, a
//! covariance between cells, a second stage) is answered by one more pass that adds up only what is asked. A stored table of
//! units by cells would hold about as many entries as there are rows, and reading it would take longer than the rows do.

use std::ops::Range;
use std::sync::OnceLock;

use crate::columns::{Columns, MOST_VARIABLES, Variable};
use crate::design::Design;
use crate::error::{Error, same_length};
use crate::replicate::ReplicateTotals;

mod index;
mod moments;
mod threads;
mod unit;

use index::Index;
use moments::Input;
pub(crate) use moments::{Moment, Moments, Whole, by_domain};
pub(crate) use threads::in_order;
pub(crate) use unit::Unit;

/// Blocks a walk is cut into.
const MOST_BLOCKS: usize = 32;

/// The cell of a row that belongs to none (out of the table's population, or its group is missing). The row still counts in the
/// design.
pub const NO_CELL: u32 = u32::MAX;

/// Totals over one cell and one variable. Sums are over rows of the cell where the variable has a value.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Total {
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
pub(crate) struct CellTotal {
    /// Rows, whatever their weight.
    pub(crate) rows: u64,
    /// Rows with `w != 0`.
    pub(crate) n: u64,
    /// `sum of w`.
    pub(crate) weight: f64,
    /// `sum of w^2`.
    pub(crate) weight_square: f64,
}

/// The reduced data, with the rows and the design it was reduced from.
///
/// What is asked of it: [`Sums::estimate`] for one domain, [`Sums::estimate_all`] for a table, [`Sums::linearise`] with
/// [`Sums::covariance`] for contrasts, [`Sums::value`] for a value alone.
///
/// ```
/// use kish_analysis::cells::{NO_CELL, Sums};
/// use kish_analysis::columns::Columns;
/// use kish_analysis::design::{Design, OneStage};
/// use kish_analysis::estimate::{Domain, Measure};
///
/// let design = Design::one_stage(&OneStage {
///     stratum_of_psu: &[0, 0], psu_of_row: &[0, 0, 1, 1], weight: &[1.0, 3.0, 2.0, 2.0], ..OneStage::default()
/// })?;
/// let mut columns = Columns::new(4);
/// let yes = columns.indicator([Some(true), Some(false), Some(true), Some(true)])?;
/// let sums = Sums::reduce(&design, &columns, &[0, 0, 1, NO_CELL], 2)?;
/// assert_eq!(sums.value(&Domain::cell(0), Measure::Mean(yes))?, 1.0 / (1.0 + 3.0));
/// assert_eq!(sums.value(&Domain::all(2), Measure::Mean(yes))?, (1.0 + 2.0) / (1.0 + 3.0 + 2.0));
/// # Ok::<(), kish_analysis::Error>(())
/// ```
#[derive(Debug)]
pub struct Sums<'d> {
    pub(crate) design: &'d Design,
    pub(crate) columns: &'d Columns,
    pub(crate) cells: &'d [u32],
    pub(crate) n_cells: usize,
    pub(crate) n_variables: usize,
    pub(crate) pilots: Vec<f64>,
    /// `totals[cell * n_variables + variable]`.
    pub(crate) totals: Vec<Total>,
    pub(crate) cell_totals: Vec<CellTotal>,
    pub(crate) moments: Moments,
    /// `sum of d x y` and `sum of d x` by cell and variable, for a calibrated design: `(cell, variable, x)`.
    pub(crate) cross: Vec<Cross>,
    /// Strata in order, cut into blocks that do not depend on the number of threads.
    pub(crate) blocks: Vec<Range<usize>>,
    /// Rows by stratum and cell, once someone asks many cells of it.
    index: OnceLock<Index>,
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
    /// Reduce the rows. `cell_of_row` gives each row its cell, `0..n_cells`, or [`NO_CELL`]; a cell without rows is allowed.
    ///
    /// # Errors
    /// [`Error::Length`] unless `columns` and `cell_of_row` have the design's rows; [`Error::OutOfRange`] for a cell past the last.
    ///
    /// ```
    /// # use kish_analysis::{cells::Sums, columns::Columns, design::{Design, OneStage}};
    /// # let given = OneStage { stratum_of_psu: &[0, 0], psu_of_row: &[0, 1], weight: &[1.0; 2], ..OneStage::default() };
    /// # let design = Design::one_stage(&given)?;
    /// # let columns = Columns::new(2);
    /// let error = Sums::reduce(&design, &columns, &[0, 2], 2).unwrap_err();
    /// assert_eq!(error.to_string(), "cell 2 does not exist: there are 2");
    /// # Ok::<(), kish_analysis::Error>(())
    /// ```
    pub fn reduce(design: &'d Design, columns: &'d Columns, cell_of_row: &'d [u32], n_cells: usize) -> Result<Self, Error> {
        let mut sums = Self::empty(design, columns, cell_of_row, n_cells)?;
        sums.moments = moments::by_cell(sums.input());
        sums.add_up();
        sums.blocks = cut(&design.rows_by_stratum(), MOST_BLOCKS);
        if let Some(projection) = &design.projection {
            sums.cross = projection.cross(design, columns, cell_of_row, n_cells);
        }
        Ok(sums)
    }

    /// No sums yet, but rows that fit together.
    pub(crate) fn empty(design: &'d Design, columns: &'d Columns, cell_of_row: &'d [u32], n_cells: usize) -> Result<Self, Error> {
        same_length("column rows", design.n_rows(), columns.n_rows())?;
        same_length("cells", design.n_rows(), cell_of_row.len())?;
        if let Some(cell) = cell_of_row.iter().find(|cell| **cell != NO_CELL && **cell as usize >= n_cells) {
            return Err(Error::OutOfRange { what: "cell", index: *cell as usize, count: n_cells });
        }
        Ok(Self::nothing(design, columns, cell_of_row, n_cells))
    }

    /// One replicate's totals, number `at` of `count` that were reduced together.
    pub(crate) fn replicate(&self, totals: &ReplicateTotals, at: usize, count: usize) -> Self {
        let mut sums = Self::nothing(self.design, self.columns, self.cells, self.n_cells);
        let width = self.n_variables.max(1);
        for (place, total) in sums.totals.iter_mut().enumerate() {
            let gap = totals.gap.get(place * count + at).copied().unwrap_or(0.0);
            total.value = totals.value[place * count + at];
            total.weight = totals.weight[place / width * count + at] - gap;
        }
        sums
    }

    /// No sums yet.
    fn nothing(design: &'d Design, columns: &'d Columns, cells: &'d [u32], n_cells: usize) -> Self {
        Self {
            design,
            columns,
            cells,
            n_cells,
            n_variables: columns.n_variables(),
            pilots: columns.pilots.clone(),
            totals: vec![Total::default(); n_cells * columns.n_variables()],
            cell_totals: vec![CellTotal::default(); n_cells],
            moments: Moments::default(),
            cross: Vec::new(),
            blocks: Vec::new(),
            index: OnceLock::new(),
        }
    }

    /// The rows, for one more pass.
    pub(crate) fn input(&self) -> Input<'d> {
        Input { design: self.design, columns: self.columns, cells: self.cells, n_cells: self.n_cells }
    }

    /// Only the totals, under other weights (any finite ones): values without variances, for replicates.
    pub(crate) fn totals(
        design: &'d Design,
        columns: &'d Columns,
        cell_of_row: &'d [u32],
        n_cells: usize,
        weight: &[f64],
    ) -> Result<Self, Error> {
        same_length("column rows", weight.len(), columns.n_rows())?;
        same_length("cells", weight.len(), cell_of_row.len())?;
        let mut sums = Self::nothing(design, columns, cell_of_row, n_cells);
        let width = sums.n_variables;
        let mut y = [0.0; MOST_VARIABLES];
        for (row, (cell, w)) in cell_of_row.iter().zip(weight).enumerate() {
            if *cell == NO_CELL {
                continue;
            }
            columns.read(row, &mut y);
            let missing = columns.missing_at(row);
            let start = *cell as usize * width;
            let of_cell = sums.totals[start..start + width].iter_mut().zip(&y);
            for (_, (total, y)) in of_cell.enumerate().filter(|(k, _)| missing >> k & 1 == 0) {
                total.value += w * y;
                total.weight += w;
                total.n += u64::from(*w != 0.0);
            }
        }
        Ok(sums)
    }

    /// Cells, those without rows included.
    #[must_use]
    pub fn n_cells(&self) -> usize {
        self.n_cells
    }

    /// Variables that were reduced.
    #[must_use]
    pub fn n_variables(&self) -> usize {
        self.n_variables
    }

    /// The design the rows were reduced under.
    #[must_use]
    pub fn design(&self) -> &'d Design {
        self.design
    }

    /// Pairs of a sampling unit (of the last stage kept) and a cell with rows: how fine the table cuts the units.
    #[must_use]
    pub fn n_entries(&self) -> usize {
        self.moments.entries as usize
    }

    /// Totals of one cell and variable.
    pub(crate) fn total(&self, cell: usize, variable: Variable) -> &Total {
        &self.totals[cell * self.n_variables + variable.index()]
    }

    /// Totals from the moments' sums. A 0/1 variable is its own square.
    fn add_up(&mut self) {
        let real = self.columns.reals.iter().fold(0_u64, |mask, (variable, _)| mask | 1 << variable.0);
        let width = self.n_variables.max(1);
        let moments = &self.moments;
        for (cell, whole) in moments.whole.iter().enumerate() {
            let Whole { b, rows, n, weight_square, .. } = *whole;
            self.cell_totals[cell] = CellTotal { rows, n, weight: b, weight_square };
        }
        for (at, (total, moment)) in self.totals.iter_mut().zip(&moments.each).enumerate() {
            let whole = &moments.whole[at / width];
            let n = whole.n - moment.lost;
            *total = Total {
                value: moment.a,
                weight: if n == 0 { 0.0 } else { whole.b + moment.b },
                square: if real >> (at % width) & 1 == 1 { moments.squares[at] } else { moment.a },
                n,
                events: moments.events[at],
            };
        }
    }

    /// Rows by stratum and cell, sorted the first time they are asked for.
    pub(crate) fn sort_by_cell(&self) {
        self.index.get_or_init(|| Index::new(self.input()));
    }

    /// Whether rows are sorted by cell already.
    pub(crate) fn is_sorted(&self) -> bool {
        self.index.get().is_some()
    }

    /// Rows of one first-stage stratum in a domain, unit by unit: `visit(unit, row, class)`.
    ///
    /// `class_of_cell` is `u32::MAX` outside the domain; `only` names the domain's one cell, if it has one.
    #[inline]
    pub(crate) fn each_row(&self, stratum: usize, only: Option<u32>, class_of_cell: &[u32], mut visit: impl FnMut(u32, usize, usize)) {
        let design = self.design;
        let level = &design.levels[0];
        let units = level.groups[stratum].units();
        let leaves = level.leaf_bounds[units.start]..level.leaf_bounds[units.end];
        if let (Some(cell), Some(index)) = (only, self.index.get()) {
            let mut leaf = leaves.start;
            for position in index.positions(stratum, cell) {
                while design.row_bounds[leaf as usize + 1] <= *position {
                    leaf += 1;
                }
                visit(leaf, design.row_at(*position as usize), class_of_cell[cell as usize] as usize);
            }
            return;
        }
        for leaf in leaves {
            for position in design.row_bounds[leaf as usize] as usize..design.row_bounds[leaf as usize + 1] as usize {
                let row = design.row_at(position);
                let class = class_of_cell.get(self.cells[row] as usize).copied().unwrap_or(u32::MAX);
                if class != u32::MAX {
                    visit(leaf, row, class as usize);
                }
            }
        }
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
