//! Replicate weights as factors of whole sampling units, never written out by row.
//!
//! Every method that resamples PSUs multiplies all rows of a PSU by one factor, `offset + slope * code` with a small whole
//! code: how often the PSU was drawn, or a sign. A million rows in 40 000 PSUs with 500 replicates are then 40 megabytes
//! instead of four gigabytes, and a replicate's total over a cell is the sum over PSUs of factor times the PSU's own sum.

use crate::cells::{NO_CELL, Unit};
use crate::columns::{Columns, all_bits};
use crate::design::Design;

/// Factors by PSU (in tree order) and replicate.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Factors {
    pub(super) count: usize,
    pub(super) offset: Vec<f64>,
    pub(super) slope: Vec<f64>,
    /// `codes[psu * count + replicate]`.
    pub(super) codes: Vec<i16>,
    /// Full-sample weights and PSUs by row.
    weight: Vec<f64>,
    psu_of_row: Vec<u32>,
}

/// Totals of every replicate: `[place * count + replicate]`.
pub(crate) struct Totals {
    /// `sum of w y` by cell and variable.
    pub(crate) value: Vec<f64>,
    /// `sum of w` by cell, and by cell and variable what missing values take from it (empty without any).
    pub(crate) weight: Vec<f64>,
    pub(crate) gap: Vec<f64>,
}

impl Factors {
    /// Factors all 1, to be changed stratum by stratum.
    pub(super) fn ones(design: &Design, count: usize) -> Self {
        let n_psus = design.n_psus();
        let mut psu_of_row = vec![0; design.n_rows()];
        for psu in 0..n_psus {
            design.rows_of(0, psu).for_each(|row| psu_of_row[row] = psu as u32);
        }
        let (offset, slope) = (vec![1.0; n_psus], vec![0.0; n_psus]);
        Self { count, offset, slope, codes: vec![0; n_psus * count], weight: design.weight.clone(), psu_of_row }
    }

    /// One PSU's factor in one replicate.
    pub(super) fn factor(&self, psu: usize, replicate: usize) -> f64 {
        self.offset[psu] + self.slope[psu] * f64::from(self.codes[psu * self.count + replicate])
    }

    /// One replicate's weights by row.
    pub(super) fn set(&self, replicate: usize) -> Vec<f64> {
        self.weight.iter().zip(&self.psu_of_row).map(|(w, psu)| w * self.factor(*psu as usize, replicate)).collect()
    }

    /// A column a replicate: what [`super::rank`] asks, by PSU with a row inside.
    pub(super) fn columns(&self, inside: impl Fn(usize) -> bool) -> Vec<Vec<f64>> {
        let mut alive = vec![false; self.offset.len()];
        let rows = self.psu_of_row.iter().enumerate().filter(|(row, _)| inside(*row) && self.weight[*row] != 0.0);
        rows.for_each(|(_, psu)| alive[*psu as usize] = true);
        let psus: Vec<usize> = (0..alive.len()).filter(|psu| alive[*psu]).collect();
        (0..self.count).map(|replicate| psus.iter().map(|psu| self.factor(*psu, replicate)).collect()).collect()
    }

    /// Totals of the replicates of a range, PSU by PSU.
    pub(super) fn totals(
        &self,
        design: &Design,
        columns: &Columns,
        cells: &[u32],
        n_cells: usize,
        replicates: std::ops::Range<usize>,
    ) -> Totals {
        let (count, width) = (replicates.len(), columns.n_variables());
        let mut unit = Unit::new(columns, n_cells, all_bits(width));
        let gaps = if columns.missing.is_empty() { 0 } else { n_cells * width * count };
        let mut totals = Totals { value: vec![0.0; n_cells * width * count], weight: vec![0.0; n_cells * count], gap: vec![0.0; gaps] };
        let mut factors = vec![0.0; count];
        for psu in 0..self.offset.len() {
            for row in design.rows_of(0, psu).filter(|row| cells[*row] != NO_CELL) {
                let missing = columns.missing_at(row);
                unit.add(cells[row] as usize, row, self.weight[row], columns.ones[row] & !missing, missing);
            }
            let codes = &self.codes[psu * self.count + replicates.start..psu * self.count + replicates.end];
            for (factor, code) in factors.iter_mut().zip(codes) {
                *factor = self.offset[psu] + self.slope[psu] * f64::from(*code);
            }
            for at in 0..unit.n_seen() {
                let cell = unit.seen(at);
                totals.take(&mut unit, cell, width, &factors);
            }
            unit.next();
        }
        totals
    }
}

impl Totals {
    /// Add one PSU's sums in one cell, times every replicate's factor.
    fn take(&mut self, unit: &mut Unit<'_>, cell: usize, width: usize, factors: &[f64]) {
        let count = factors.len();
        let add = |sums: &mut [f64], x: f64| sums.iter_mut().zip(factors).for_each(|(sum, factor)| *sum += factor * x);
        let head = unit.head(cell);
        add(&mut self.weight[cell * count..(cell + 1) * count], head.weight);
        for k in (0..width).filter(|k| head.partial >> k & 1 == 1) {
            let at = (cell * width + k) * count;
            add(&mut self.gap[at..at + count], head.weight - unit.slot(cell, &head, k).b);
        }
        let values = &mut self.value;
        unit.take(cell, |k, a| {
            let at = (cell * width + k) * count;
            add(&mut values[at..at + count], a);
        });
    }
}
