//! Bootstrap replicates: PSUs drawn again inside their strata, by a generator the caller brings.

use std::collections::HashMap;

use super::make::room;
use super::{Replicates, Sets};
use crate::design::Design;
use crate::error::Error;
use crate::tree::Group;

/// How PSUs are drawn again. Below `h` is a stratum, `n_h` its PSUs, `f` the share of them sampled and `R` the number of replicates.
///
/// [`Bootstrap::RaoWu`] serves most surveys; the others where sampling fractions are large.
///
/// ```
/// use kish_analysis::{design::{Design, OneStage}, replicate::{Bootstrap, Replicates}};
///
/// let given = OneStage { stratum_of_psu: &[0; 4], psu_of_row: &[0, 1, 2, 3], weight: &[1.0; 4], ..OneStage::default() };
/// let design = Design::one_stage(&given)?;
/// let first = |method| Ok::<_, kish_analysis::Error>(Replicates::bootstrap(&design, method, 2, |_| 0)?.set(0).into_owned());
/// // A generator that always draws the first: 3 draws at 4/3, 4 draws at 1, and half of the PSUs drawn once at 1 + 1.
/// assert_eq!(first(Bootstrap::RaoWu)?, [4.0, 0.0, 0.0, 0.0]);
/// assert_eq!(first(Bootstrap::CantyDavison)?, [4.0, 0.0, 0.0, 0.0]);
/// assert_eq!(first(Bootstrap::Preston)?, [2.0, 2.0, 0.0, 0.0]);
/// # Ok::<(), kish_analysis::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Bootstrap {
    /// `n_h - 1` draws with replacement, factor `n_h / (n_h - 1)` times the number of draws; scale `1 / (R - 1)`. Finite
    /// populations are left aside. Source: J. Rao and C. Wu, *Resampling inference with complex survey data* (1988).
    #[default]
    RaoWu,
    /// `n_h` draws, from a population of copies where there is a finite one; factor the number of draws; scale
    /// `H / ((H - 1) (R - 1))` with `H` the harmonic mean of the `n_h`. Source: A. Canty and A. Davison, *Resampling-based
    /// variance estimation for labour force surveys* (1999).
    CantyDavison,
    /// `m_h = n_h / 2` draws without replacement, factor `1 - l + l n_h / m_h` if drawn and `1 - l` if not, with
    /// `l = sqrt(m (1 - f) / (n - m))`; scale `1 / (R - 1)`. One stage. Source: J. Preston, *Rescaled bootstrap for stratified
    /// multistage sampling* (2009).
    Preston,
}

impl Replicates {
    /// `count` bootstrap replicates. `draw(k)` gives a number below `k`, all equally likely: the caller's generator, so that
    /// the same seed gives the same replicates. Strata with one PSU keep their weights and add nothing to the variance.
    ///
    /// # Errors
    /// [`Error::Unsolvable`] for fewer than 2 replicates, for several stages under [`Bootstrap::Preston`], and for more than about
    /// two thousand million factors (PSUs times replicates).
    ///
    /// # Panics
    /// When `draw(k)` gives a number that is not below `k`.
    ///
    /// ```
    /// use kish_analysis::{design::{Design, OneStage}, replicate::{Bootstrap, Replicates}};
    ///
    /// let given = OneStage { stratum_of_psu: &[0; 3], psu_of_row: &[0, 1, 2], weight: &[10.0; 3], ..OneStage::default() };
    /// let mut next = [0, 2, 1, 1].into_iter().cycle();      // stands for a generator
    /// let draw = |_: usize| next.next().unwrap_or(0);
    /// let replicates = Replicates::bootstrap(&Design::one_stage(&given)?, Bootstrap::RaoWu, 2, draw)?;
    /// // Two draws a replicate, factor 3/2 for each.
    /// assert_eq!(replicates.set(0)[..], [15.0, 0.0, 15.0]);
    /// assert_eq!(replicates.set(1)[..], [0.0, 30.0, 0.0]);
    /// # Ok::<(), kish_analysis::Error>(())
    /// ```
    pub fn bootstrap(design: &Design, method: Bootstrap, count: usize, mut draw: impl FnMut(usize) -> usize) -> Result<Self, Error> {
        if count < 2 {
            return Err(Error::Unsolvable(format!("{count} replicates: a bootstrap needs 2 at least")));
        }
        if method == Bootstrap::Preston && design.levels.len() > 1 {
            return Err(Error::Unsolvable("Preston's bootstrap is made for one stage here".into()));
        }
        let mut factors = room(design, count)?;
        let groups: Vec<&Group> = design.levels[0].groups.iter().filter(|group| group.n > 1).collect();
        for group in &groups {
            let (offset, slope) = line(method, group);
            factors.offset[group.units()].fill(offset);
            factors.slope[group.units()].fill(slope);
            for replicate in 0..count {
                resample(method, group, &mut draw, |place| factors.codes[(group.first as usize + place) * count + replicate] += 1);
            }
        }
        let harmonic = groups.len() as f64 / groups.iter().map(|group| 1.0 / f64::from(group.n)).sum::<f64>();
        let spread = if method == Bootstrap::CantyDavison { harmonic / (harmonic - 1.0) } else { 1.0 };
        let scale = spread / (count as f64 - 1.0);
        Ok(Self { sets: Sets::Units(factors), scale, rscales: vec![1.0; count], mse: false })
    }
}

/// Offset and slope of the factor in the number of draws.
fn line(method: Bootstrap, group: &Group) -> (f64, f64) {
    let n = f64::from(group.n);
    match method {
        Bootstrap::RaoWu => (0.0, n / (n - 1.0)),
        Bootstrap::CantyDavison => (0.0, 1.0),
        Bootstrap::Preston => {
            let m = (n / 2.0).floor();
            let l = (m * (1.0 - group.fraction()) / (n - m)).sqrt();
            (1.0 - l, l * n / m)
        }
    }
}

/// One replicate's draws in one stratum; `visit` is called with the place of every PSU drawn.
fn resample(method: Bootstrap, group: &Group, draw: &mut impl FnMut(usize) -> usize, mut visit: impl FnMut(usize)) {
    let n = group.n as usize;
    match method {
        Bootstrap::RaoWu => (1..n).for_each(|_| visit(draw(n))),
        Bootstrap::CantyDavison if group.population.is_infinite() => (0..n).for_each(|_| visit(draw(n))),
        Bootstrap::CantyDavison => {
            // A population of copies in random order, so that whoever has a copy more is chance.
            let order = without_replacement(n, n, draw);
            let copies = without_replacement(group.population.round() as usize, n, draw);
            copies.into_iter().for_each(|copy| visit(order[copy % n]));
        }
        Bootstrap::Preston => without_replacement(n, n / 2, draw).into_iter().for_each(visit),
    }
}

/// `m` different numbers below `n`, in random order: the shuffle of Fisher and Yates, of which only what was moved is kept.
fn without_replacement(n: usize, m: usize, draw: &mut impl FnMut(usize) -> usize) -> Vec<usize> {
    let mut moved = HashMap::new();
    let one = |place: usize| {
        let other = place + draw(n - place);
        let here = moved.get(&place).copied().unwrap_or(place);
        moved.insert(other, here).unwrap_or(other)
    };
    (0..m.min(n)).map(one).collect()
}
