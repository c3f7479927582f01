//! The same variance from moments, for tables.
//!
//! With `A` and `B` the sums of a unit and `z = a A + b B` its linearised total, the variance is
//! `a^2 M_AA + 2ab M_AB + b^2 M_BB`. Relative error about `1e-16` times the sum of squares over the variance, which is harmless
//! for 0/1 variables and for real ones kept around a pilot mean.
//!
//! Only for one stage without lonely strata or calibration and with one variable a lane; the rest is for [`super::walk`].

use super::{Found, Lanes, Term};
use crate::cells::{Moment, Moments, Sums, by_domain};

/// The variance of every lane of every domain, where moments will do for all of them.
///
/// Domains of one cell have their moments already; the others get theirs from one pass for all of them.
pub(super) fn variances(sums: &Sums<'_>, domains: &[Lanes]) -> Option<Vec<Found>> {
    let design = sums.design;
    let simple = design.levels.len() == 1 && design.projection.is_none() && !design.lonely_domain;
    if !simple || design.levels[0].groups.iter().any(|group| group.n == 1) {
        return None;
    }
    let terms: Vec<Vec<Term>> = domains.iter().map(uniform).collect::<Option<_>>()?;
    let mut domains_of_cell = vec![Vec::new(); sums.n_cells];
    let mut n_joint = 0;
    for lanes in domains.iter().filter(|lanes| lanes.only_cell().is_none()) {
        lanes.cells.iter().for_each(|cell| domains_of_cell[*cell as usize].push(n_joint));
        n_joint += 1;
    }
    let joint = if n_joint == 0 { Moments::default() } else { by_domain(sums.input(), &domains_of_cell, n_joint as usize) };
    let mut next = 0;
    let one = |(lanes, terms): (&Lanes, &Vec<Term>)| {
        let (found, is_lost) = match lanes.only_cell() {
            Some(cell) => of_place(&sums.moments, cell as usize, terms),
            None => {
                next += 1;
                of_place(&joint, next - 1, terms)
            }
        };
        if is_lost { super::variances(sums, lanes) } else { found }
    };
    Some(domains.iter().zip(&terms).map(one).collect())
}

/// Each lane's one term, when it is the same in all cells.
fn uniform(lanes: &Lanes) -> Option<Vec<Term>> {
    let [terms] = &lanes.terms[..] else {
        // Nothing varies in a domain without cells.
        let nothing = |variable: &Option<_>| variable.map(|variable| Term { cell: 0, variable, on_value: 0.0, on_weight: 0.0 });
        return if lanes.cells.is_empty() { lanes.presence.iter().map(nothing).collect() } else { None };
    };
    let in_order = terms.len() == lanes.count && terms.iter().enumerate().all(|(lane, (at, _))| *at as usize == lane);
    in_order.then(|| terms.iter().map(|(_, term)| *term).collect())
}

/// A variance below this share of the moments it is the difference of is mostly rounding: the rows are walked instead.
const LOST: f64 = 1e-8;

/// One place's lanes and counts, and whether a variance was lost in the difference.
fn of_place(moments: &Moments, place: usize, terms: &[Term]) -> (Found, bool) {
    let whole = &moments.whole[place];
    let each = &moments.each[place * moments.width..(place + 1) * moments.width];
    let variance = |term: &Term| {
        let m = &each[term.variable.index()];
        let (on_a, on_b) = (term.on_value, term.on_weight);
        let parts = [on_a * on_a * m.aa, 2.0 * on_a * on_b * m.ab, on_b * on_b * (whole.bb + m.bb)];
        (parts.iter().sum::<f64>().max(0.0), parts.map(f64::abs).iter().sum::<f64>())
    };
    let found: Vec<(f64, f64)> = terms.iter().map(variance).collect();
    let is_lost = found.iter().any(|(variance, parts)| *parts > 0.0 && *variance < LOST * parts);
    let psus = |moment: &Moment| whole.psus - u64::from(moment.psus_lost);
    let strata = |moment: &Moment| whole.strata - u64::from(moment.strata_lost);
    let found = Found {
        variance: found.into_iter().map(|(variance, _)| variance).collect(),
        psus: whole.psus,
        strata: whole.strata,
        psus_by_variable: each.iter().map(psus).collect(),
        strata_by_variable: each.iter().map(strata).collect(),
    };
    (found, is_lost)
}
