//! The variance of anything that is a sum over sampling units: Taylor linearisation under the design.
//!
//! In words: give every unit its total of the linearised variable, 0 where the unit has nothing of the domain. Inside a
//! stratum take the units' squared distances from their mean, times `n / (n - 1)`, times the share not sampled
//! `1 - f`. Add the strata. Inside every PSU do the same with its own units, times the PSU stratum's `f`; and so on down.
//!
//! With `T_hi` the total of PSU `i` in stratum `h` and `c_h` the mean of the `n_h` totals, zeros included:
//! `V = sum_h (1 - f_h) n_h / (n_h - 1) sum_i (T_hi - c_h)^2 + sum_h f_h sum_i V2(inside PSU i)`.
//!
//! Nothing is asked of this module directly: [`Sums::estimate`] and its kin give variances of single estimates. What it offers is
//! the [`Functional`], the linearised variable itself, for differences, ratios and other contrasts of estimates.
//!
//! Sources: K. Wolter, *Introduction to Variance Estimation* (2007), chapters 1 and 6; D. Bellhouse, *Computing methods
//! for variance estimation in complex surveys* (1985); the rules for lonely units are those of R `survey` 4.5.

use std::collections::HashMap;

use crate::cells::{Sums, in_order};
use crate::columns::Variable;

mod few;
mod gather;
mod moments;
mod stage;

use gather::Rows;
use stage::{Centre, Sink, Walk};

/// One summand of a linearised variable: `on_value A + on_weight B` of one cell and variable.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Term {
    pub(crate) cell: u32,
    pub(crate) variable: Variable,
    pub(crate) on_value: f64,
    pub(crate) on_weight: f64,
}

/// A linearised variable: a linear function of the sums by unit and cell. Sums of functionals are functionals, which is all a
/// contrast needs.
///
/// Made by [`Sums::linearise`], combined by [`Functional::combine`], asked for its variance by [`Sums::covariance`]. The default is
/// the functional that is 0.
///
/// ```
/// # use kish_analysis::{cells::Sums, columns::Columns, design::{Design, OneStage}};
/// # use kish_analysis::estimate::{Domain, Measure};
/// # use kish_analysis::variance::Functional;
/// # let given = OneStage { stratum_of_psu: &[0, 0], psu_of_row: &[0, 1], weight: &[1.0; 2], ..OneStage::default() };
/// # let design = Design::one_stage(&given)?;
/// # let mut columns = Columns::new(2);
/// // Two PSUs of one row, weights 1: the total of y has variance 2/1 (1 + 1) = 4.
/// let y = columns.real(&[1.0, 3.0])?;
/// # let sums = Sums::reduce(&design, &columns, &[0; 2], 1)?;
/// let total = sums.linearise(&Domain::all(1), Measure::Total(y))?;
/// let half = Functional::combine([(0.5, &total)]);
/// let matrix = sums.covariance(&[total, half, Functional::default()]);
/// assert!((matrix[0][0] - 4.0).abs() < 1e-12 && (matrix[0][1] - 2.0).abs() < 1e-12 && (matrix[1][1] - 1.0).abs() < 1e-12);
/// assert_eq!(matrix[2], [0.0; 3]);
/// # Ok::<(), kish_analysis::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Functional {
    pub(crate) terms: Vec<Term>,
}

impl Functional {
    /// `sum of c_j` times functional `j`: the linearised variable of a contrast. `parts` are `(c_j, functional j)`.
    ///
    /// For a function `g` of estimates, `c_j` is the slope of `g` in estimate `j` at the values found (delta method): 1 and -1 for a
    /// difference `p2 - p1`; `1 / p1` and `-p2 / p1^2` for a ratio `p2 / p1`; `1 / p2` and `-1 / p1` for its logarithm. Source:
    /// K. Wolter, *Introduction to Variance Estimation* (2007), chapter 6.
    ///
    /// ```
    /// # use kish_analysis::{cells::Sums, columns::Columns, design::{Design, OneStage}};
    /// # use kish_analysis::estimate::{Domain, Measure};
    /// # use kish_analysis::variance::Functional;
    /// # let given = OneStage { stratum_of_psu: &[0, 0, 1, 1], psu_of_row: &[0, 1, 2, 3], weight: &[1.0; 4], ..OneStage::default() };
    /// # let design = Design::one_stage(&given)?;
    /// # let mut columns = Columns::new(4);
    /// // Rounds 0 and 1 in strata of their own, two PSUs of one row each: means 2 and 5.
    /// let y = columns.real(&[1.0, 3.0, 5.0, 5.0])?;
    /// # let sums = Sums::reduce(&design, &columns, &[0, 0, 1, 1], 2)?;
    /// let first = sums.linearise(&Domain::cell(0), Measure::Mean(y))?;
    /// let second = sums.linearise(&Domain::cell(1), Measure::Mean(y))?;
    /// let relative = Functional::combine([(1.0 / 2.0, &second), (-5.0 / 4.0, &first)]);
    /// // The first mean has variance 1, the second 0: (5/4)^2 is left.
    /// assert!((sums.covariance(&[relative])[0][0] - 25.0 / 16.0).abs() < 1e-12);
    /// # Ok::<(), kish_analysis::Error>(())
    /// ```
    #[must_use]
    pub fn combine<'a>(parts: impl IntoIterator<Item = (f64, &'a Self)>) -> Self {
        let scale = |c: f64, term: &Term| Term { on_value: c * term.on_value, on_weight: c * term.on_weight, ..*term };
        let terms = parts.into_iter().flat_map(|(c, part)| part.terms.iter().map(move |term| scale(c, term)));
        Self { terms: terms.collect() }
    }

    /// The functional's total over all units.
    pub(crate) fn total(&self, sums: &Sums<'_>) -> f64 {
        let one = |term: &Term| {
            let total = sums.total(term.cell as usize, term.variable);
            term.on_value * total.value + term.on_weight * total.weight
        };
        self.terms.iter().map(one).sum()
    }
}

/// Several functionals over one domain, compiled for the walk over the table.
pub(crate) struct Lanes {
    /// Cells of the domain, ascending.
    pub(crate) cells: Vec<u32>,
    /// Class of every cell of the table, or `u32::MAX` outside the domain. Cells of a class have the same terms.
    pub(crate) class_of_cell: Vec<u32>,
    pub(crate) count: usize,
    /// `(lane, term)` by class.
    pub(crate) terms: Vec<Vec<(u32, Term)>>,
    /// Whose missing rows decide whether a unit is in the lane's domain; `None` = any row of the domain.
    pub(crate) presence: Vec<Option<Variable>>,
    /// Sum of the linearised variable over all units.
    pub(crate) totals: Vec<f64>,
    /// Calibration slopes by lane, `lane * n_x + x`.
    pub(crate) slopes: Vec<f64>,
}

impl Lanes {
    /// Lanes over a domain's cells (ascending).
    pub(crate) fn new(sums: &Sums<'_>, cells: Vec<u32>, functionals: &[Functional], presence: Vec<Option<Variable>>) -> Self {
        let mut terms = vec![Vec::new(); cells.len()];
        for (lane, functional) in functionals.iter().enumerate() {
            for term in &functional.terms {
                if let Ok(place) = cells.binary_search(&term.cell) {
                    terms[place].push((lane as u32, *term));
                }
            }
        }
        let (class_of_cell, terms) = classes(sums.n_cells, &cells, terms);
        let mut totals: Vec<f64> = functionals.iter().map(|functional| functional.total(sums)).collect();
        let mut slopes = Vec::new();
        if let Some(projection) = &sums.design.projection {
            slopes = functionals.iter().flat_map(|functional| projection.slopes(sums, functional)).collect();
            projection.residual_totals(&slopes, &mut totals);
        }
        Self { cells, class_of_cell, count: functionals.len(), terms, presence, totals, slopes }
    }

    /// The domain's cell, if it is one.
    pub(crate) fn only_cell(&self) -> Option<u32> {
        if let [cell] = self.cells[..] { Some(cell) } else { None }
    }
}

/// Cells with the same terms in one class, so that a unit's sums are kept by class: `(class of every cell, terms of every class)`.
fn classes(n_cells: usize, cells: &[u32], terms: Vec<Vec<(u32, Term)>>) -> (Vec<u32>, Vec<Vec<(u32, Term)>>) {
    let mut class_of_cell = vec![u32::MAX; n_cells];
    let (mut known, mut kept) = (HashMap::new(), Vec::new());
    for (cell, terms) in cells.iter().zip(terms) {
        let key = |(lane, term): &(u32, Term)| (*lane, term.variable, term.on_value.to_bits(), term.on_weight.to_bits());
        let class = *known.entry(terms.iter().map(key).collect::<Vec<_>>()).or_insert(kept.len() as u32);
        if class as usize == kept.len() {
            kept.push(terms);
        }
        class_of_cell[*cell as usize] = class;
    }
    (class_of_cell, kept)
}

/// What a walk over the table found.
#[derive(Debug, Clone, Default)]
pub(crate) struct Found {
    /// Variance by lane, or the covariance matrix by row.
    pub(crate) variance: Vec<f64>,
    /// PSUs and strata with a row of non-zero weight in the domain.
    pub(crate) psus: u64,
    pub(crate) strata: u64,
    /// The same, by variable, over rows with a value.
    pub(crate) psus_by_variable: Vec<u64>,
    pub(crate) strata_by_variable: Vec<u64>,
}

/// The variance of every lane of many domains, from moments where they will do.
pub(crate) fn table_variances(sums: &Sums<'_>, domains: &[Lanes]) -> Vec<Found> {
    moments::variances(sums, domains).unwrap_or_else(|| each_variances(sums, domains))
}

/// The variance of every lane of many domains, each by its own walk.
fn each_variances(sums: &Sums<'_>, domains: &[Lanes]) -> Vec<Found> {
    if domains.iter().filter(|lanes| lanes.only_cell().is_some()).count() > 3 {
        sums.sort_by_cell();
    }
    domains.iter().map(|lanes| variances(sums, lanes)).collect()
}

/// The variance of every lane.
pub(crate) fn variances(sums: &Sums<'_>, lanes: &Lanes) -> Found {
    walk(sums, lanes, &Sink::diagonal(lanes.count))
}

/// The covariance matrix of the lanes, row by row.
pub(crate) fn covariances(sums: &Sums<'_>, lanes: &Lanes) -> Found {
    walk(sums, lanes, &Sink::matrix(lanes.count))
}

/// Every stratum of every block: gather its units, add its share. Blocks are shared by the design's threads and added in
/// their order.
fn walk(sums: &Sums<'_>, lanes: &Lanes, sink: &Sink) -> Found {
    let nothing =
        || Found { psus_by_variable: vec![0; sums.n_variables], strata_by_variable: vec![0; sums.n_variables], ..Found::default() };
    let centre = Centre::new(sums, lanes);
    let start = || Walk::new(sums.design, lanes, centre.clone(), sink.clone());
    let parts = in_order(sums.design.threads, sums.blocks.len(), |place| {
        let (mut found, mut walk, mut rows) = (nothing(), start(), Rows::new(sums, lanes));
        for stratum in sums.blocks[place].clone() {
            rows.read(sums, lanes, stratum);
            if !rows.is_empty() {
                rows.count(sums, stratum, &mut found);
                walk.stratum(stratum, &rows);
            }
        }
        (found, walk)
    });
    let (mut found, mut all) = (nothing(), start());
    for (part, walk) in parts {
        found.count(&part);
        all.join(&walk);
    }
    found.variance = all.finish();
    found
}

impl Found {
    /// Add another block's counts.
    fn count(&mut self, part: &Self) {
        self.psus += part.psus;
        self.strata += part.strata;
        self.psus_by_variable.iter_mut().zip(&part.psus_by_variable).for_each(|(all, part)| *all += part);
        self.strata_by_variable.iter_mut().zip(&part.strata_by_variable).for_each(|(all, part)| *all += part);
    }
}
