//! One stage's share of the variance, and the stages below it.
//!
//! In words: take a stratum's units. Find the centre their totals are compared with: their mean over all `n` units sampled,
//! those without anything in the domain included, or the common centre where the rule for lonely strata says so. Square the
//! distances (or multiply them, lane by lane, for a covariance matrix), the absent units' distance once for each of them.
//! Scale by `(1 - f) n / (n - 1)`. If something was left to chance inside the units, and the units were a share `f` of those
//! there are, do the same inside each, times `f`.
//!
//! With `T_i` a unit's total and `c` the centre: `(1 - f) n / (n - 1) sum_i (T_i - c)^2 + f sum_i V(inside i)`.

use std::ops::Range;

use super::Lanes;
use super::gather::Rows;
use crate::cells::Sums;
use crate::columns::Variable;
use crate::design::{Design, Lonely};
use crate::tree::{Group, Level};

/// Where squares and products of distances go: one number a lane, or one for every pair of lanes.
#[derive(Clone)]
pub(super) struct Sink {
    width: usize,
    matrix: bool,
    /// First stage, apart because [`Lonely::Average`] rescales it.
    first: Vec<f64>,
    below: Vec<f64>,
}

impl Sink {
    pub(super) fn diagonal(width: usize) -> Self {
        Self { width, matrix: false, first: vec![0.0; width], below: vec![0.0; width] }
    }

    pub(super) fn matrix(width: usize) -> Self {
        Self { width, matrix: true, first: vec![0.0; width * width], below: vec![0.0; width * width] }
    }

    /// Add `factor` times the squares (or all products) of the distances `d`.
    fn add(&mut self, stage: usize, factor: f64, d: &[f64]) {
        let out = if stage == 0 { &mut self.first } else { &mut self.below };
        if !self.matrix {
            for (v, d) in out.iter_mut().zip(d) {
                *v += factor * d * d;
            }
            return;
        }
        for (row, left) in out.chunks_mut(self.width).zip(d) {
            for (v, right) in row.iter_mut().zip(d) {
                *v += factor * left * right;
            }
        }
    }
}

/// The common centre of [`Lonely::Adjust`] by lane: the sum of all totals over the number of units in the domain's strata.
#[derive(Clone)]
pub(super) struct Centre(Vec<f64>);

impl Centre {
    /// All zeros unless the rule can ask for it.
    pub(super) fn new(sums: &Sums<'_>, lanes: &Lanes) -> Self {
        let design = sums.design;
        let asked = design.lonely == Lonely::Adjust && (design.lonely_domain || !design.lonely_strata().is_empty());
        if !asked {
            return Self(vec![0.0; lanes.count]);
        }
        let mut units = vec![0.0; lanes.count];
        let dense = design.projection.is_some();
        for stratum in 0..design.levels[0].groups.len() {
            let (mut any, mut present) = (false, 0);
            sums.each_row(stratum, lanes.only_cell(), &lanes.class_of_cell, |_, row, _| {
                any = true;
                present |= !sums.columns.missing_at(row);
            });
            let n = f64::from(design.levels[0].groups[stratum].n);
            for (lane, units) in units.iter_mut().enumerate() {
                *units += if (any && has(present, lanes.presence[lane])) || dense { n } else { 0.0 };
            }
        }
        Self(lanes.totals.iter().zip(&units).map(|(z, n)| if *n > 0.0 { z / n } else { 0.0 }).collect())
    }
}

/// Whether a unit with these variables present is in a lane's domain.
fn has(present: u64, variable: Option<Variable>) -> bool {
    variable.is_none_or(|variable| present >> variable.0 & 1 == 1)
}

/// Some units of one stage with their totals, `z[unit * width + lane]`; units ascend, so that a group is a slice.
#[derive(Clone, Copy)]
struct View<'a> {
    unit: &'a [u32],
    z: &'a [f64],
    present: &'a [u64],
    width: usize,
}

impl<'a> View<'a> {
    /// Units of a range.
    fn within(self, units: Range<usize>) -> Self {
        let at = |bound: usize| self.unit.partition_point(|unit| (*unit as usize) < bound);
        let (start, end) = (at(units.start), at(units.end));
        let z = &self.z[start * self.width..end * self.width];
        Self { unit: &self.unit[start..end], z, present: &self.present[start..end], ..self }
    }

    /// Lanes of every unit.
    fn lanes(self) -> impl Iterator<Item = &'a [f64]> {
        self.z.chunks_exact(self.width.max(1))
    }
}

/// Totals of the units of a stage from those of the last stage: the sum over each unit's leaves. A unit has a value of a
/// variable where one of its leaves has.
fn fold(level: &Level, leaves: View<'_>) -> (Vec<u32>, Vec<f64>, Vec<u64>) {
    let (mut unit, mut z, mut present) = (Vec::new(), Vec::new(), Vec::new());
    let mut at = 0_u32;
    for ((leaf, lanes), mask) in leaves.unit.iter().zip(leaves.lanes()).zip(leaves.present) {
        while level.leaf_bounds[at as usize + 1] <= *leaf {
            at += 1;
        }
        if unit.last() != Some(&at) {
            unit.push(at);
            z.resize(z.len() + leaves.width, 0.0);
            present.push(0);
        }
        let start = z.len() - leaves.width;
        z[start..].iter_mut().zip(lanes).for_each(|(sum, z): (&mut f64, &f64)| *sum += z);
        let last = present.len() - 1;
        present[last] |= mask;
    }
    (unit, z, present)
}

/// The walk over strata: what it needs, and where it has come.
pub(super) struct Walk<'a> {
    design: &'a Design,
    presence: &'a [Option<Variable>],
    centre: Centre,
    sink: Sink,
    /// Strata in the lane's domain, and those of them not left out, for [`Lonely::Average`].
    strata: Vec<f64>,
    kept: Vec<f64>,
}

/// One stage inside one unit of the stage above: its number, its share, its centre.
struct Place<'c> {
    stage: usize,
    scale: f64,
    centre: &'c [f64],
}

impl<'a> Walk<'a> {
    pub(super) fn new(design: &'a Design, lanes: &'a Lanes, centre: Centre, sink: Sink) -> Self {
        let (strata, kept) = (vec![0.0; lanes.count], vec![0.0; lanes.count]);
        Self { design, presence: &lanes.presence, centre, sink, strata, kept }
    }

    /// Add one first-stage stratum.
    pub(super) fn stratum(&mut self, stratum: usize, rows: &Rows<'_>) {
        let view = View { unit: &rows.leaf, z: &rows.z, present: &rows.present, width: self.presence.len() };
        let centre = std::mem::take(&mut self.centre.0);
        self.stage(&Place { stage: 0, scale: 1.0, centre: &centre }, stratum..stratum + 1, view);
        self.centre.0 = centre;
    }

    /// Add what another walk found in other strata.
    pub(super) fn join(&mut self, part: &Self) {
        let add = |all: &mut Vec<f64>, part: &Vec<f64>| all.iter_mut().zip(part).for_each(|(all, part)| *all += part);
        add(&mut self.sink.first, &part.sink.first);
        add(&mut self.sink.below, &part.sink.below);
        add(&mut self.strata, &part.strata);
        add(&mut self.kept, &part.kept);
    }

    /// The variances.
    pub(super) fn finish(self) -> Vec<f64> {
        let (width, matrix) = (self.sink.width, self.sink.matrix);
        let scale = |place: usize| {
            let lane = if matrix { place / width } else { place };
            if self.design.lonely == Lonely::Average && self.kept[lane] > 0.0 { self.strata[lane] / self.kept[lane] } else { 1.0 }
        };
        let parts = self.sink.first.iter().zip(&self.sink.below).enumerate();
        parts.map(|(place, (first, below))| first * scale(place) + below).collect()
    }

    /// Groups of one stage (one stratum, or all inside one unit above), then the stages inside their units.
    fn stage(&mut self, place: &Place<'_>, groups: Range<usize>, leaves: View<'_>) {
        let design = self.design;
        let level = &design.levels[place.stage];
        let last = place.stage + 1 == design.levels.len();
        let (unit, z, present) = if last { (vec![], vec![], vec![]) } else { fold(level, leaves) };
        let units = if last { leaves } else { View { unit: &unit, z: &z, present: &present, width: leaves.width } };
        for group in &level.groups[groups] {
            let inside = units.within(group.units());
            if inside.unit.is_empty() {
                continue;
            }
            self.group(place, group, inside);
            if !last && group.fraction() > 0.0 {
                for unit in inside.unit {
                    self.below(place, level, group, *unit as usize, leaves);
                }
            }
        }
    }

    /// The next stage inside one unit, its share times the sampling fraction of the unit's group.
    fn below(&mut self, place: &Place<'_>, level: &Level, group: &Group, unit: usize, leaves: View<'_>) {
        let design = self.design;
        let next = &design.levels[place.stage + 1];
        let groups = next.group_bounds[unit] as usize..next.group_bounds[unit + 1] as usize;
        let inside = leaves.within(level.leaf_bounds[unit] as usize..level.leaf_bounds[unit + 1] as usize);
        let mut scale = place.scale * group.fraction();
        let mut centre = vec![0.0; leaves.width];
        match design.lonely {
            Lonely::Adjust => inner_centre(&next.groups[groups.clone()], inside, next, &mut centre),
            Lonely::Average => scale *= inner_scale(&next.groups[groups.clone()]),
            _ => {}
        }
        self.stage(&Place { stage: place.stage + 1, scale, centre: &centre }, groups, inside);
    }

    /// One group: distances of its units' totals from their centre, squared and added.
    fn group(&mut self, place: &Place<'_>, group: &Group, units: View<'_>) {
        let counts = self.count_present(units);
        let n = f64::from(group.n);
        let (mut centre, mut keep) = (vec![0.0; units.width], vec![1.0; units.width]);
        for lanes in units.lanes() {
            centre.iter_mut().zip(lanes).for_each(|(c, z)| *c += z);
        }
        centre.iter_mut().for_each(|c| *c /= n);
        let certain = group.is_certain();
        for (lane, count) in counts.iter().enumerate() {
            let lonely = *count > 0 && !certain && (group.n == 1 || (self.design.lonely_domain && *count == 1));
            let left_out =
                lonely && self.design.lonely == Lonely::Average || group.n == 1 && !(lonely && self.design.lonely == Lonely::Adjust);
            if lonely && self.design.lonely == Lonely::Adjust {
                centre[lane] = place.centre[lane];
            }
            if left_out {
                keep[lane] = 0.0;
            }
            if place.stage == 0 && *count > 0 {
                self.strata[lane] += 1.0;
                self.kept[lane] += if lonely && left_out { 0.0 } else { 1.0 };
            }
        }
        if certain {
            return;
        }
        let spread = if group.n > 1 { n / (n - 1.0) } else { 1.0 };
        let factor = place.scale * (1.0 - group.fraction()) * spread;
        self.add(place.stage, factor, units, &centre, &keep);
        let absent = n - units.unit.len() as f64;
        if absent > 0.0 {
            let d: Vec<f64> = centre.iter().zip(&keep).map(|(c, keep)| -c * keep).collect();
            self.sink.add(place.stage, factor * absent, &d);
        }
    }

    /// Every unit's distance from the centre.
    fn add(&mut self, stage: usize, factor: f64, units: View<'_>, centre: &[f64], keep: &[f64]) {
        let mut d = vec![0.0; units.width];
        for lanes in units.lanes() {
            for (lane, d) in d.iter_mut().enumerate() {
                *d = (lanes[lane] - centre[lane]) * keep[lane];
            }
            self.sink.add(stage, factor, &d);
        }
    }

    /// Units present in each lane's domain.
    fn count_present(&self, units: View<'_>) -> Vec<u32> {
        let all = units.unit.len() as u32;
        let every = units.present.iter().fold(u64::MAX, |every, mask| every & mask);
        let count = |variable: &Option<Variable>| match variable {
            Some(_) if !has(every, *variable) => units.present.iter().filter(|mask| has(**mask, *variable)).count() as u32,
            _ => all,
        };
        self.presence.iter().map(count).collect()
    }
}

/// Inside one unit: the mean over all sampled units of the groups with rows in the domain.
fn inner_centre(groups: &[Group], inside: View<'_>, level: &Level, centre: &mut [f64]) {
    let mut n = 0.0;
    for group in groups {
        let bounds = level.leaf_bounds[group.units().start] as usize..level.leaf_bounds[group.units().end] as usize;
        let view = inside.within(bounds);
        if !view.unit.is_empty() {
            n += f64::from(group.n);
        }
        for lanes in view.lanes() {
            centre.iter_mut().zip(lanes).for_each(|(c, z)| *c += z);
        }
    }
    if n > 0.0 {
        centre.iter_mut().for_each(|c| *c /= n);
    }
}

/// Inside one unit: groups over groups not lonely; 1 when all are.
fn inner_scale(groups: &[Group]) -> f64 {
    let kept = groups.iter().filter(|group| group.n > 1 || group.is_certain()).count();
    if kept == 0 { 1.0 } else { groups.len() as f64 / kept as f64 }
}
