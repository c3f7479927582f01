//! Who stands for whom: strata, sampling units of every stage, finite populations and weights.

use crate::calibrate::Projection;
use crate::error::{Error, same_length};
use crate::tree::{Described, Level, build};

/// What a stratum with a single sampling unit adds to the variance.
///
/// Names and effects follow the option `survey.lonely.psu` of R `survey` 4.5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lonely {
    /// Refuse: [`Error::LonelyPsu`] names the strata.
    #[default]
    Fail,
    /// Add nothing.
    Remove,
    /// Add nothing: the unit is taken to have been certain.
    Certainty,
    /// Add the squared distance of the unit's total from the mean over all units of the domain's strata. Errs to caution.
    Adjust,
    /// Leave the stratum out, then scale the rest up to the number of strata.
    Average,
}

/// Finite population correction of one stage, by unit of that stage (constant inside a stratum).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Fpc<'a> {
    /// None: the population is taken to be infinite (or the sample drawn with replacement).
    #[default]
    None,
    /// Units in the population of the unit's stratum, `N >= n`.
    PopulationSize(&'a [f64]),
    /// Sampling fraction of the unit's stratum, `0 < f <= 1`.
    Fraction(&'a [f64]),
}

/// A stratified one-stage cluster design, as most surveys publish it. Slices are borrowed; indices count from 0.
///
/// PSUs are listed apart from rows because a sampled PSU without a single interview still counts in the variance.
#[derive(Debug, Clone, Copy, Default)]
pub struct OneStage<'a> {
    /// Stratum of every sampled PSU.
    pub stratum_of_psu: &'a [u32],
    /// Finite population correction, by PSU.
    pub fpc: Fpc<'a>,
    /// PSU of every row.
    pub psu_of_row: &'a [u32],
    /// Weight of every row: how many people it stands for. Finite, not negative; 0 is allowed.
    pub weight: &'a [f64],
    /// What to do about strata with one PSU.
    pub lonely: Lonely,
    /// Apply the rule also to strata that are lonely only inside a domain.
    pub lonely_domain: bool,
}

/// One stage of a multi-stage design, by unit of that stage.
#[derive(Debug, Clone, Copy, Default)]
pub struct Stage<'a> {
    /// Unit of the stage above; empty at stage 1.
    pub parent: &'a [u32],
    /// Stratum (inside the parent) of every unit.
    pub stratum: &'a [u32],
    /// Finite population correction.
    pub fpc: Fpc<'a>,
}

/// A complete sampling design over a fixed set of rows. Cannot be wrong once built.
#[derive(Debug, Clone)]
pub struct Design {
    pub(crate) levels: Vec<Level>,
    /// Rows in the order of their leaf; `None` when they came so.
    pub(crate) order: Option<Vec<u32>>,
    /// Rows of leaf `u` are `row_bounds[u]..row_bounds[u + 1]` in that order.
    pub(crate) row_bounds: Vec<u32>,
    /// Weights in the caller's row order.
    pub(crate) weight: Vec<f64>,
    pub(crate) lonely: Lonely,
    pub(crate) lonely_domain: bool,
    pub(crate) threads: usize,
    /// Residual projection of a calibrated design.
    pub(crate) projection: Option<Projection>,
}

impl Design {
    /// A one-stage design.
    ///
    /// # Errors
    /// Lengths that differ, indices out of range, bad weights, bad finite populations, lonely PSUs under [`Lonely::Fail`].
    pub fn one_stage(given: &OneStage<'_>) -> Result<Self, Error> {
        let stage = Stage { parent: &[], stratum: given.stratum_of_psu, fpc: given.fpc };
        let mut design = Self::multi_stage(&[stage], given.psu_of_row, given.weight, given.lonely)?;
        design.lonely_domain = given.lonely_domain;
        Ok(design)
    }

    /// A multi-stage design, outermost stage first; `unit_of_row` points into the last stage.
    ///
    /// Stages below the first one without a finite population correction add nothing to the variance
    /// (their share is its sampling fraction, 0) and are folded into it.
    ///
    /// # Errors
    /// As [`Design::one_stage`].
    pub fn multi_stage(stages: &[Stage<'_>], unit_of_row: &[u32], weight: &[f64], lonely: Lonely) -> Result<Self, Error> {
        same_length("weights", unit_of_row.len(), weight.len())?;
        check_weights(weight)?;
        let mut described = stages.iter().enumerate().map(|(s, stage)| describe(s, stage)).collect::<Result<Vec<_>, _>>()?;
        check_links(&described, unit_of_row)?;
        let leaf_of_row = fold(&mut described, unit_of_row);
        let (levels, place) = build(&described)?;
        if lonely == Lonely::Fail {
            refuse_lonely(&levels)?;
        }
        let n_leaves = levels[levels.len() - 1].n_units();
        let (order, row_bounds) = sort_rows(&leaf_of_row, &place, n_leaves);
        let weight = weight.to_vec();
        Ok(Self { levels, order, row_bounds, weight, lonely, lonely_domain: false, threads: 1, projection: None })
    }

    /// Let up to `threads` threads work on a reduction. Results do not depend on it, to the bit.
    #[must_use]
    pub fn with_threads(mut self, threads: usize) -> Self {
        self.threads = threads.max(1);
        self
    }

    /// Apply the lonely rule also to strata that are lonely only inside a domain.
    #[must_use]
    pub fn with_lonely_domain(mut self, lonely_domain: bool) -> Self {
        self.lonely_domain = lonely_domain;
        self
    }

    /// The same design with calibrated weights, `x[row][j]` being the variables whose totals are now known: variances are
    /// those of the residuals on them. Weights may be negative (linear calibration without bounds).
    ///
    /// # Errors
    /// Lengths that differ; a weight that is not finite; a design that was calibrated before.
    pub fn calibrated(mut self, weight: Vec<f64>, x: &[Vec<f64>]) -> Result<Self, Error> {
        same_length("calibrated weights", self.n_rows(), weight.len())?;
        same_length("calibration rows", self.n_rows(), x.len())?;
        if let Some(row) = weight.iter().position(|w| !w.is_finite()) {
            return Err(Error::Weight { row, weight: weight[row] });
        }
        if self.projection.is_some() {
            return Err(Error::Unsolvable("the design is calibrated already: calibrate once, on all variables".into()));
        }
        self.projection = Some(Projection::new(&self, x, &weight));
        self.weight = weight;
        Ok(self)
    }

    /// The same design with weights that were changed once more (trimmed, say) after calibration: totals are no longer met, but
    /// what the calibration explained is still taken out of variances, as R's `trimWeights` does. Without calibration the
    /// weights are simply replaced.
    ///
    /// # Errors
    /// Lengths that differ; a weight that is not finite.
    pub fn trimmed(mut self, weight: Vec<f64>) -> Result<Self, Error> {
        same_length("trimmed weights", self.n_rows(), weight.len())?;
        if let Some(row) = weight.iter().position(|w| !w.is_finite()) {
            return Err(Error::Weight { row, weight: weight[row] });
        }
        if let Some(projection) = &mut self.projection {
            projection.reweigh(&self.weight, &weight);
        }
        self.weight = weight;
        Ok(self)
    }

    /// Rows.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.weight.len()
    }

    /// Sampled PSUs, those without rows included.
    #[must_use]
    pub fn n_psus(&self) -> usize {
        self.levels[0].n_units()
    }

    /// Strata of the first stage.
    #[must_use]
    pub fn n_strata(&self) -> usize {
        self.levels[0].groups.len()
    }

    /// Weights by row, in the caller's order; after calibration the calibrated ones.
    #[must_use]
    pub fn weights(&self) -> &[f64] {
        &self.weight
    }

    /// First-stage strata with a single PSU that was not certain, by the caller's index.
    #[must_use]
    pub fn lonely_strata(&self) -> Vec<usize> {
        lonely_labels(&self.levels[0])
    }

    /// PSUs minus strata, over rows with a weight that is not 0 (R's `degf` of the whole design).
    #[must_use]
    pub fn degrees_of_freedom(&self) -> i64 {
        let alive = |unit: usize| self.rows_of(0, unit).any(|row| self.weight[row] != 0.0);
        let group = |group: &crate::tree::Group| {
            let psus = group.units().filter(|unit| alive(*unit)).count() as i64;
            if psus == 0 { 0 } else { psus - 1 }
        };
        self.levels[0].groups.iter().map(group).sum()
    }

    /// Rows of every first-stage stratum, in tree order.
    pub(crate) fn rows_by_stratum(&self) -> Vec<usize> {
        let bounds = &self.levels[0].leaf_bounds;
        let row = |unit: usize| self.row_bounds[bounds[unit] as usize] as usize;
        self.levels[0].groups.iter().map(|group| row(group.units().end) - row(group.units().start)).collect()
    }

    /// Rows inside one unit of a stage.
    pub(crate) fn rows_of(&self, stage: usize, unit: usize) -> impl Iterator<Item = usize> + '_ {
        let leaves = &self.levels[stage].leaf_bounds;
        let bounds = self.row_bounds[leaves[unit] as usize] as usize..self.row_bounds[leaves[unit + 1] as usize] as usize;
        bounds.map(|position| self.row_at(position))
    }

    /// The caller's row at a position of the leaf order.
    pub(crate) fn row_at(&self, position: usize) -> usize {
        self.order.as_ref().map_or(position, |order| order[position] as usize)
    }
}

/// Weights are finite and not negative.
fn check_weights(weight: &[f64]) -> Result<(), Error> {
    match weight.iter().position(|w| !w.is_finite() || *w < 0.0) {
        Some(row) => Err(Error::Weight { row, weight: weight[row] }),
        None => Ok(()),
    }
}

/// Own one stage's description, with every finite population as a size (`N = n / f` for fractions).
fn describe(stage_idx: usize, stage: &Stage<'_>) -> Result<Described, Error> {
    let n = stage.stratum.len();
    let parent = if stage_idx == 0 { vec![0; n] } else { stage.parent.to_vec() };
    same_length("parent units", n, parent.len())?;
    let fault = |reason: String| Error::Fpc { stage: stage_idx + 1, reason };
    let population = match stage.fpc {
        Fpc::None => vec![f64::INFINITY; n],
        Fpc::PopulationSize(size) => match size.iter().find(|size| **size < 1.0 || size.is_nan()) {
            Some(bad) => return Err(fault(format!("population size {bad}"))),
            None => size.to_vec(),
        },
        Fpc::Fraction(fraction) => match fraction.iter().find(|f| !(**f > 0.0 && **f <= 1.0)) {
            Some(bad) => return Err(fault(format!("sampling fraction {bad}"))),
            None => sizes(fraction, &parent, stage.stratum),
        },
    };
    same_length("finite population corrections", n, population.len())?;
    Ok(Described { parent, stratum: stage.stratum.to_vec(), population })
}

/// Population sizes from sampling fractions.
fn sizes(fraction: &[f64], parent: &[u32], stratum: &[u32]) -> Vec<f64> {
    let mut n = std::collections::HashMap::new();
    for key in parent.iter().zip(stratum) {
        *n.entry(key).or_insert(0_u32) += 1;
    }
    let size = |(f, key): (&f64, (&u32, &u32))| f64::from(n.get(&key).copied().unwrap_or(0)) / f;
    fraction.iter().zip(parent.iter().zip(stratum)).map(size).collect()
}

/// Every parent and every row points at a unit that exists.
fn check_links(stages: &[Described], unit_of_row: &[u32]) -> Result<(), Error> {
    let within = |what, links: &[u32], count: usize| match links.iter().find(|link| **link as usize >= count) {
        Some(link) => Err(Error::OutOfRange { what, index: *link as usize, count }),
        None => Ok(()),
    };
    let Some(last) = stages.last() else {
        return Err(Error::Length { what: "stages", expected: 1, found: 0 });
    };
    for pair in stages.windows(2) {
        within("parent unit", &pair[1].parent, pair[0].parent.len())?;
    }
    within("sampling unit", unit_of_row, last.parent.len())
}

/// Drop stages below the first one without a finite population, lifting the rows to it.
fn fold(stages: &mut Vec<Described>, unit_of_row: &[u32]) -> Vec<u32> {
    let infinite = |stage: &Described| stage.population.iter().all(|size| size.is_infinite());
    let keep = stages.iter().position(infinite).map_or(stages.len(), |first| first + 1);
    let mut leaf = unit_of_row.to_vec();
    for stage in stages.drain(keep..).rev() {
        for unit in &mut leaf {
            *unit = stage.parent[*unit as usize];
        }
    }
    leaf
}

/// Strata of one level with a single unit that was not certain.
fn lonely_labels(level: &Level) -> Vec<usize> {
    level.groups.iter().filter(|group| group.n == 1 && !group.is_certain()).map(|group| group.label as usize).collect()
}

/// [`Lonely::Fail`]: name the lonely strata of the first stage that has some.
fn refuse_lonely(levels: &[Level]) -> Result<(), Error> {
    for (stage, level) in levels.iter().enumerate() {
        let strata = lonely_labels(level);
        if !strata.is_empty() {
            return Err(Error::LonelyPsu { stage: stage + 1, strata });
        }
    }
    Ok(())
}

/// Counting sort of rows by leaf: the order (if it is not the given one) and each leaf's bounds in it.
fn sort_rows(leaf_of_row: &[u32], place: &[u32], n_leaves: usize) -> (Option<Vec<u32>>, Vec<u32>) {
    let leaf = |row: usize| place[leaf_of_row[row] as usize] as usize;
    let mut bounds = vec![0_u32; n_leaves + 1];
    for row in 0..leaf_of_row.len() {
        bounds[leaf(row) + 1] += 1;
    }
    for u in 0..n_leaves {
        bounds[u + 1] += bounds[u];
    }
    if (1..leaf_of_row.len()).all(|row| leaf(row - 1) <= leaf(row)) {
        return (None, bounds);
    }
    let mut next = bounds.clone();
    let mut order = vec![0_u32; leaf_of_row.len()];
    for row in 0..leaf_of_row.len() {
        let slot = &mut next[leaf(row)];
        order[*slot as usize] = row as u32;
        *slot += 1;
    }
    (Some(order), bounds)
}
