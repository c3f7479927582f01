//! The sampling tree: units of every stage in one order, so that a stratum, a PSU or a household is a range.

use crate::error::Error;

/// Units of one stage that were drawn together: a stratum at stage 1, a stratum inside a PSU further down.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    /// First unit of the group, in tree order.
    pub(crate) first: u32,
    /// Units sampled, `n`.
    pub(crate) n: u32,
    /// Units in the population, `N`; infinite without a finite population correction.
    pub(crate) population: f64,
    /// The stratum's index as the caller gave it.
    pub(crate) label: u32,
}

impl Group {
    /// Sampling fraction `f = n / N`.
    pub(crate) fn fraction(&self) -> f64 {
        f64::from(self.n) / self.population
    }

    /// Every unit was taken: nothing varies at this stage. Same tolerance as R `survey`.
    pub(crate) fn is_certain(&self) -> bool {
        1.0 - self.fraction() < 1e-7
    }

    /// Units, as a range in tree order.
    pub(crate) fn units(&self) -> std::ops::Range<usize> {
        self.first as usize..(self.first + self.n) as usize
    }
}

/// One stage of sampling, its units in tree order.
#[derive(Debug, Clone)]
pub(crate) struct Level {
    /// Groups, in tree order.
    pub(crate) groups: Vec<Group>,
    /// `group_bounds[p]..group_bounds[p + 1]` are the groups inside unit `p` of the stage above (one entry pair at stage 1).
    pub(crate) group_bounds: Vec<u32>,
    /// `leaf_bounds[u]..leaf_bounds[u + 1]` are the units of the last stage inside unit `u`.
    pub(crate) leaf_bounds: Vec<u32>,
}

impl Level {
    /// Units of this stage.
    pub(crate) fn n_units(&self) -> usize {
        self.leaf_bounds.len() - 1
    }
}

/// One stage as the caller describes it, by unit in the caller's order.
#[derive(Debug, Clone)]
pub(crate) struct Described {
    /// Unit of the stage above; all 0 at stage 1.
    pub(crate) parent: Vec<u32>,
    /// Stratum inside the parent.
    pub(crate) stratum: Vec<u32>,
    /// Population size of the unit's stratum, as resolved by [`crate::design`]; infinite without correction.
    pub(crate) population: Vec<f64>,
}

/// The tree, and where the caller's units of the last stage went: `(levels, place)`.
pub(crate) fn build(stages: &[Described]) -> Result<(Vec<Level>, Vec<u32>), Error> {
    let mut levels = Vec::with_capacity(stages.len());
    let mut place_above = vec![0_u32];
    for (index, stage) in stages.iter().enumerate() {
        let (level, place) = level(index, stage, &place_above)?;
        levels.push(level);
        place_above = place;
    }
    fill_leaf_bounds(&mut levels);
    Ok((levels, place_above))
}

/// Sort one stage's units by (place of parent, stratum) and cut them into groups.
fn level(index: usize, stage: &Described, place_above: &[u32]) -> Result<(Level, Vec<u32>), Error> {
    let key = |unit: &u32| (place_above[stage.parent[*unit as usize] as usize], stage.stratum[*unit as usize]);
    let mut order: Vec<u32> = (0..stage.parent.len() as u32).collect();
    order.sort_by_key(key);
    let mut place = vec![0; order.len()];
    let mut groups: Vec<Group> = Vec::new();
    let mut group_bounds = vec![0_u32; place_above.len() + 1];
    let mut last = None;
    for (position, unit) in order.iter().enumerate() {
        place[*unit as usize] = position as u32;
        let population = stage.population[*unit as usize];
        if last == Some(key(unit)) {
            extend(index, groups.last_mut(), population)?;
        } else {
            last = Some(key(unit));
            group_bounds[key(unit).0 as usize + 1] += 1;
            groups.push(Group { first: position as u32, n: 1, population, label: key(unit).1 });
        }
    }
    for p in 1..group_bounds.len() {
        group_bounds[p] += group_bounds[p - 1];
    }
    enough(index, &groups)?;
    Ok((Level { groups, group_bounds, leaf_bounds: vec![0; order.len() + 1] }, place))
}

/// One more unit in the running group; its population size must be the group's.
fn extend(stage: usize, group: Option<&mut Group>, population: f64) -> Result<(), Error> {
    let Some(group) = group else { return Ok(()) };
    let same = group.population == population || (group.population - population).abs() < 1e-9 * population.abs();
    if !same {
        let reason = format!("{} and {population} inside one stratum", group.population);
        return Err(Error::Fpc { stage: stage + 1, reason });
    }
    group.n += 1;
    Ok(())
}

/// A population is at least as large as its sample.
fn enough(stage: usize, groups: &[Group]) -> Result<(), Error> {
    match groups.iter().find(|group| group.fraction() > 1.0 + 1e-9) {
        Some(group) => {
            let reason = format!("{} units sampled out of {} in stratum {}", group.n, group.population, group.label);
            Err(Error::Fpc { stage: stage + 1, reason })
        }
        None => Ok(()),
    }
}

/// Bottom up: a unit's leaves are its children's leaves; at the last stage it is its own leaf.
fn fill_leaf_bounds(levels: &mut [Level]) {
    let Some(last) = levels.len().checked_sub(1) else {
        return;
    };
    for (leaf, bound) in levels[last].leaf_bounds.iter_mut().enumerate() {
        *bound = leaf as u32;
    }
    for stage in (0..last).rev() {
        let (above, below) = levels.split_at_mut(stage + 1);
        let (level, child) = (&mut above[stage], &below[0]);
        for unit in 0..level.n_units() {
            let end = child.group_bounds[unit + 1] as usize;
            let units = end.checked_sub(1).map_or(0, |group| child.groups[group].units().end);
            level.leaf_bounds[unit + 1] = child.leaf_bounds[units];
        }
    }
}
