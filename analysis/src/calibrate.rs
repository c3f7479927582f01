//! What calibration does to the variance: the linearised variable is replaced by its residual on the calibration variables.
//!
//! In words: regress `u = z / w` on the calibration variables `x` with the weights before calibration, take the residual,
//! multiply by the calibrated weight, and go on as for any other linearised variable. Population totals that are known
//! no longer vary, and what they explain is taken out.
//!
//! `B = (sum d x x')^-1 sum d x u`, `z* = w (u - x'B)`. Source: Deville and Särndal, *Calibration estimators in survey
//! sampling* (1992), section 3.

use crate::cells::{Cross, NO_CELL, Sums};
use crate::columns::{Columns, MOST_VARIABLES, Variable};
use crate::design::Design;
use crate::matrix::{gram, symmetric_inverse};
use crate::variance::Functional;

/// The residual projection of a calibrated design, reduced to what the sparse table needs.
#[derive(Debug, Clone)]
pub(crate) struct Projection {
    /// Calibration variables.
    n_x: usize,
    /// `x[row * n_x + j]`, in the caller's row order.
    x: Vec<f64>,
    /// Weights of the regression, by row: those before calibration.
    base_weight: Vec<f64>,
    /// Generalised inverse of `sum d x x'`.
    inverse: Vec<f64>,
    /// `sum of w x` by leaf, `w` calibrated.
    leaf_x: Vec<f64>,
}

impl Projection {
    /// The projection on `x[row][j]` of a design whose weights are still those before calibration; `weight` are the new ones.
    pub(crate) fn new(design: &Design, x: &[Vec<f64>], weight: &[f64]) -> Self {
        let n_x = x.first().map_or(0, Vec::len);
        let n_leaves = design.row_bounds.len() - 1;
        let mut leaf_x = vec![0.0; n_leaves * n_x];
        for leaf in 0..n_leaves {
            let sums = &mut leaf_x[leaf * n_x..(leaf + 1) * n_x];
            for position in design.row_bounds[leaf] as usize..design.row_bounds[leaf + 1] as usize {
                let row = design.row_at(position);
                sums.iter_mut().zip(&x[row]).for_each(|(sum, x)| *sum += weight[row] * x);
            }
        }
        let inverse = symmetric_inverse(&gram(x, &design.weight)).concat();
        Self { n_x, x: x.concat(), base_weight: design.weight.clone(), inverse, leaf_x }
    }

    /// Linearised variables come with weights `after`; the residuals keep the calibrated weights `before`: `u = z / before`.
    pub(crate) fn reweigh(&mut self, before: &[f64], after: &[f64]) {
        for (d, (before, after)) in self.base_weight.iter_mut().zip(before.iter().zip(after)) {
            *d *= if *before == 0.0 { 0.0 } else { after / before };
        }
    }

    /// Slopes of a functional's `u` on the calibration variables.
    pub(crate) fn slopes(&self, sums: &Sums<'_>, functional: &Functional) -> Vec<f64> {
        let mut moment = vec![0.0; self.n_x];
        for term in &functional.terms {
            let start = (term.cell as usize * sums.n_variables + term.variable.index()) * self.n_x;
            for (sum, cross) in moment.iter_mut().zip(&sums.cross[start..start + self.n_x]) {
                *sum += term.on_value * cross.value + term.on_weight * cross.weight;
            }
        }
        self.inverse.chunks(self.n_x).map(|row| row.iter().zip(&moment).map(|(a, b)| a * b).sum()).collect()
    }

    /// Take `x'B` of one leaf out of its lanes.
    pub(crate) fn subtract(&self, leaf: u32, slopes: &[f64], z: &mut [f64]) {
        let x = &self.leaf_x[leaf as usize * self.n_x..(leaf as usize + 1) * self.n_x];
        for (z, slopes) in z.iter_mut().zip(slopes.chunks(self.n_x)) {
            *z -= x.iter().zip(slopes).map(|(x, b)| x * b).sum::<f64>();
        }
    }

    /// Totals of the residuals from those of the linearised variables.
    pub(crate) fn residual_totals(&self, slopes: &[f64], totals: &mut [f64]) {
        for x in self.leaf_x.chunks(self.n_x) {
            for (total, slopes) in totals.iter_mut().zip(slopes.chunks(self.n_x)) {
                *total -= x.iter().zip(slopes).map(|(x, b)| x * b).sum::<f64>();
            }
        }
    }

    /// Cross sums of the calibration variables with every cell and variable.
    pub(crate) fn cross(&self, design: &Design, columns: &Columns, cells: &[u32], n_cells: usize) -> Vec<Cross> {
        let k = columns.n_variables();
        let mut cross = vec![Cross::default(); n_cells * k * self.n_x];
        let mut y = [0.0; MOST_VARIABLES];
        for position in 0..design.n_rows() {
            let row = design.row_at(position);
            if cells[row] == NO_CELL {
                continue;
            }
            columns.read(row, &mut y);
            let (d, x) = (self.base_weight[row], &self.x[row * self.n_x..(row + 1) * self.n_x]);
            for (variable, y) in y[..k].iter().enumerate().filter(|(k, _)| !columns.is_missing(Variable(*k as u8), row)) {
                let start = (cells[row] as usize * k + variable) * self.n_x;
                for (cross, x) in cross[start..start + self.n_x].iter_mut().zip(x) {
                    cross.value += d * x * y;
                    cross.weight += d * x;
                }
            }
        }
        cross
    }
}
