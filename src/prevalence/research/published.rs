//! The published numbers of a file's table, and how far weights are from giving them.

use kish_analysis::cells::Sums;
use kish_analysis::columns::{Columns, Variable};
use kish_analysis::design::Design;
use kish_analysis::estimate::{Domain, Estimate, Measure};
use kish_analysis::replicate::{Replicates, values};
use kish_analysis::table::Reason;
use serde_json::Value;

use super::Request;
use crate::prevalence::rounding::{thousandths, two_digits};
use crate::prevalence::table::{cell_of_rows, crossing, members};
use crate::prevalence::{CellKey, Dimension, Error, Sample};

/// How near a rounding's middle a number must come, in its steps: at half a step it would round to the neighbour.
const MARGIN: f64 = 0.48;
/// Standard errors below it are taken for none.
const NO_ERROR: f64 = 1e-9;

/// A cell as everybody may see it.
#[derive(Debug, Clone)]
pub struct PublishedCell {
    pub indicator: String,
    /// The levels, in the order of the file's table.
    pub key: CellKey,
    pub numbers: Result<Numbers, Reason>,
}

#[derive(Debug, Clone, Copy)]
pub struct Numbers {
    pub estimate: f64,
    pub se: f64,
}

/// The numbers of a released cell, or why it has none, in the one word that everybody reads.
fn numbers(cell: &Value) -> Result<Numbers, Reason> {
    match (cell["estimate"].as_f64(), cell["se"].as_f64()) {
        (Some(estimate), Some(se)) => Ok(Numbers { estimate, se }),
        _ if cell["reason"] == Reason::Empty.published() => Err(Reason::Empty),
        _ => Err(Reason::Complementary),
    }
}

/// What weights are measured against: the answers in columns, and the cells that are shown.
#[derive(Debug)]
pub(super) struct Published {
    columns: Columns,
    variables: Vec<Variable>,
    cell_of_row: Vec<u32>,
    inner: Vec<CellKey>,
    targets: Vec<Target>,
    pub cells: Vec<PublishedCell>,
}

/// A number that has to come out again.
#[derive(Debug)]
struct Target {
    variable: Variable,
    /// The place of its indicator among those asked for.
    indicator: usize,
    /// The inner cells it is made of.
    cells: Vec<u32>,
    numbers: Numbers,
}

impl Target {
    fn domain(&self) -> Domain {
        Domain::cells(self.cells.iter().copied())
    }
}

impl Published {
    /// `released` are the tables as they left, and `answers` the rows', each by indicator.
    pub fn of(sample: &Sample, request: &Request, released: &[Value], answers: &[Vec<Option<bool>>]) -> Result<Published, Error> {
        let mut columns = Columns::new(sample.rows.len());
        let variables = answers.iter().map(|a| columns.indicator(a.iter().copied())).collect::<Result<Vec<_>, _>>()?;
        let (levels, cell_of_row) = cell_of_rows(sample, &request.by);
        let inner = crossing(&levels);
        let mut found = Published { columns, variables, cell_of_row, inner, targets: Vec::new(), cells: Vec::new() };
        for (place, (table, id)) in released.iter().zip(&request.indicators).enumerate() {
            for cell in table["cells"].as_array().into_iter().flatten() {
                let level = |d: &Dimension| cell["by"][d.name()].as_str().unwrap_or_default().to_owned();
                found.add(place, id, request.by.iter().map(level).collect(), numbers(cell));
            }
        }
        Ok(found)
    }

    fn add(&mut self, indicator: usize, id: &str, key: CellKey, numbers: Result<Numbers, Reason>) {
        if let Ok(numbers) = numbers {
            let cells = members(&self.inner, &key);
            self.targets.push(Target { variable: self.variables[indicator], indicator, cells, numbers });
        }
        self.cells.push(PublishedCell { indicator: id.to_owned(), key, numbers });
    }

    /// How many numbers have to come out again.
    pub fn n_shown(&self) -> usize {
        self.targets.len()
    }

    /// 0 where every shown number, rounded, is the published one.
    pub fn distance(&self, design: &Design) -> Result<f64, kish_analysis::Error> {
        let found = self.estimates(design)?;
        Ok(self.targets.iter().zip(&found).map(|(target, e)| target.numbers.distance(e.estimate, e.se)).sum())
    }

    /// The same by replicate weights, `sets[replicate][row]`.
    pub fn distance_of_replicates(&self, design: &Design, sets: Vec<Vec<f64>>, scale: f64) -> Result<f64, kish_analysis::Error> {
        let replicates = Replicates::given(sets, scale, &[1.0], true)?;
        let sums = replicates.reduce(design, &self.columns, &self.cell_of_row, self.inner.len())?;
        let asked: Vec<(Domain, Measure)> = self.targets.iter().map(|target| (target.domain(), Measure::Mean(target.variable))).collect();
        let full: Vec<f64> = self.estimates(design)?.iter().map(|e| e.estimate).collect();
        let covariance = replicates.covariance(&full, &values(&sums, &asked)?);
        let each = self.targets.iter().enumerate();
        Ok(each.map(|(place, target)| target.numbers.distance(full[place], covariance[place][place].sqrt())).sum())
    }

    fn estimates(&self, design: &Design) -> Result<Vec<Estimate>, kish_analysis::Error> {
        let sums = Sums::reduce(design, &self.columns, &self.cell_of_row, self.inner.len())?;
        self.targets.iter().map(|target| Ok(sums.estimate(&target.domain(), &[Measure::Mean(target.variable)])?[0])).collect()
    }

    /// For each shown number the total of its linearised values in each PSU: `sum of w (y - p) / W` over the cell's rows with a value.
    pub fn linearised(&self, sample: &Sample, weights: &[f64], answers: &[Vec<Option<bool>>]) -> Vec<Vec<f64>> {
        let of = |target: &Target| {
            let rows = || {
                let inside = |row: &usize| target.cells.contains(&self.cell_of_row[*row]);
                (0..weights.len()).filter(inside).filter_map(|row| Some((row, f64::from(u8::from(answers[target.indicator][row]?)))))
            };
            let total: f64 = rows().map(|(row, _)| weights[row]).sum();
            let p = rows().map(|(row, y)| weights[row] * y).sum::<f64>() / total;
            let mut z = vec![0.0; sample.stratum_of_psu.len()];
            rows().for_each(|(row, y)| z[sample.rows[row].psu as usize] += weights[row] * (y - p) / total);
            z
        };
        self.targets.iter().map(of).collect()
    }
}

impl Numbers {
    /// 0 where both round to these, and not at the edge; else how many steps of the rounding they are away.
    fn distance(&self, estimate: f64, se: f64) -> f64 {
        let off = |x: f64, wanted: f64, step: f64, rounded: f64| {
            let steps = (x - wanted).abs() / step;
            if steps <= MARGIN && rounded == wanted { 0.0 } else { steps }
        };
        let of_estimate = off(estimate, self.estimate, 0.001, thousandths(estimate));
        if self.se < NO_ERROR {
            return of_estimate + if se < NO_ERROR { 0.0 } else { 1.0 + se };
        }
        let step = 10f64.powf(self.se.log10().floor() - 1.0);
        of_estimate + off(se, self.se, step, two_digits(se))
    }
}
