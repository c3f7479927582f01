//! The same variance from running moments, for tables: a stream over the entries instead of a matrix of totals.
//!
//! With `A` and `B` the sums of a unit and `z = a A + b B` its linearised total, a stratum's sum of squared distances is
//! `a^2 M_AA + 2ab M_AB + b^2 M_BB`, `M_XY = S_XY - S_X S_Y / n`. Most units have `A = 0` for most variables, so only what
//! is there is added. Relative error about `1e-16` times the sum of squares over the variance, which is harmless for 0/1
//! variables and for real ones kept around a pilot mean.
//!
//! Only for one stage without lonely strata or calibration and with one variable a lane; the rest is for [`super::walk`].

use super::{Found, Lanes, Term};
use crate::cells::{Block, Entry, Sums, for_bits, in_order};
use crate::columns::{MOST_VARIABLES, all_bits};

/// Sums over the units of one stratum: for one variable, beyond what all variables share.
#[derive(Debug, Clone, Copy, Default)]
struct Moments {
    a: f64,
    aa: f64,
    ab: f64,
    /// `B` and `B^2` of the variable less those of the whole unit: 0 without missing values.
    b: f64,
    bb: f64,
}

/// One unit under way.
struct Unit {
    leaf: u32,
    weight: f64,
    touched: u64,
    partial: u64,
    /// Variables with a value in some row of some weight.
    alive: u64,
    a: [f64; MOST_VARIABLES],
    /// `B` of the whole entry less that of the variable, for partial ones.
    gap: [f64; MOST_VARIABLES],
}

/// One stratum under way.
struct Stratum {
    by_variable: Vec<Moments>,
    b: f64,
    bb: f64,
    psus: u64,
    without: Vec<u64>,
    alive: u64,
}

/// The variance of every lane of every domain, where moments will do for all of them.
///
/// Strata go outermost, so that a stratum's entries stay in the cache while all domains read them; blocks are shared by
/// the design's threads and added in their order.
pub(super) fn variances(sums: &Sums<'_>, domains: &[Lanes]) -> Option<Vec<Found>> {
    let design = sums.design;
    let simple = design.levels.len() == 1 && design.projection.is_none() && !design.lonely_domain;
    if !simple || design.levels[0].groups.iter().any(|group| group.n == 1) {
        return None;
    }
    let terms: Vec<Vec<Term>> = domains.iter().map(uniform).collect::<Option<_>>()?;
    let blocks = in_order(design.threads, sums.blocks.len(), |place| of_block(sums, &sums.blocks[place], domains, &terms));
    let mut all: Vec<Found> = domains.iter().map(|lanes| nothing(sums, lanes)).collect();
    for block in &blocks {
        all.iter_mut().zip(block).for_each(|(all, part)| add(all, part));
    }
    Some(all)
}

/// One block's share of everything.
fn of_block(sums: &Sums<'_>, block: &Block, domains: &[Lanes], terms: &[Vec<Term>]) -> Vec<Found> {
    let mut found: Vec<Found> = domains.iter().map(|lanes| nothing(sums, lanes)).collect();
    let mut stratum = Stratum::new(sums.n_variables);
    for place in 0..block.strata.len() {
        for ((lanes, terms), found) in domains.iter().zip(terms).zip(&mut found) {
            stratum.read(sums, lanes, block, place);
            stratum.close(sums, block.strata.start + place, terms, found);
        }
    }
    found
}

/// Room for one domain's answers.
fn nothing(sums: &Sums<'_>, lanes: &Lanes) -> Found {
    let counts = vec![0; sums.n_variables];
    Found { variance: vec![0.0; lanes.count], psus_by_variable: counts.clone(), strata_by_variable: counts, ..Found::default() }
}

/// Add a block's share.
fn add(all: &mut Found, part: &Found) {
    all.variance.iter_mut().zip(&part.variance).for_each(|(all, part)| *all += part);
    all.psus += part.psus;
    all.strata += part.strata;
    all.psus_by_variable.iter_mut().zip(&part.psus_by_variable).for_each(|(all, part)| *all += part);
    all.strata_by_variable.iter_mut().zip(&part.strata_by_variable).for_each(|(all, part)| *all += part);
}

/// Each lane's one term, when it is the same in all cells.
fn uniform(lanes: &Lanes) -> Option<Vec<Term>> {
    let first: Vec<Term> = lanes.terms.first()?.iter().map(|(_, term)| *term).collect();
    let alike = |terms: &Vec<(u32, Term)>| {
        terms.len() == lanes.count
            && terms
                .iter()
                .zip(&first)
                .enumerate()
                .all(|(lane, ((at, term), first))| *at as usize == lane && Term { cell: first.cell, ..*term } == *first)
    };
    lanes.terms.iter().all(alike).then_some(first)
}

impl Stratum {
    fn new(k: usize) -> Self {
        Self { by_variable: vec![Moments::default(); k], b: 0.0, bb: 0.0, psus: 0, without: vec![0; k], alive: 0 }
    }

    /// Ready for the next stratum.
    fn forget(&mut self) {
        self.by_variable.fill(Moments::default());
        self.without.fill(0);
        (self.b, self.bb, self.psus, self.alive) = (0.0, 0.0, 0, 0);
    }

    /// All units of one stratum.
    fn read(&mut self, sums: &Sums<'_>, lanes: &Lanes, block: &Block, place: usize) {
        let every = all_bits(sums.n_variables);
        let mut unit =
            Unit { leaf: u32::MAX, weight: 0.0, touched: 0, partial: 0, alive: 0, a: [0.0; MOST_VARIABLES], gap: [0.0; MOST_VARIABLES] };
        // Of one cell every entry is a unit of its own.
        let single = lanes.cells.len() == 1;
        block.each(place, &lanes.cells, &lanes.place_of_cell, |entry, _| {
            if single && entry.partial == 0 {
                self.add_whole(block, entry, every);
                return;
            }
            if unit.leaf != entry.leaf {
                self.add(&mut unit, every);
                unit.leaf = entry.leaf;
            }
            unit.add(block, entry, every);
        });
        self.add(&mut unit, every);
    }

    /// A unit that is one entry without missing values.
    #[inline]
    fn add_whole(&mut self, block: &Block, entry: &Entry, every: u64) {
        let b = entry.weight;
        self.b += b;
        self.bb += b * b;
        let mut mask = entry.touched;
        for a in &block.values[entry.first as usize..] {
            if mask == 0 {
                break;
            }
            let moments = &mut self.by_variable[mask.trailing_zeros() as usize];
            moments.a += a;
            moments.aa += a * a;
            moments.ab += a * b;
            mask &= mask - 1;
        }
        if b != 0.0 {
            self.psus += 1;
            self.alive |= every;
        }
    }

    /// One unit's sums, which are forgotten.
    fn add(&mut self, unit: &mut Unit, every: u64) {
        let b = std::mem::take(&mut unit.weight);
        self.b += b;
        self.bb += b * b;
        for_bits(unit.touched | unit.partial, |k| {
            let (a, gap) = (std::mem::take(&mut unit.a[k]), std::mem::take(&mut unit.gap[k]));
            let (own, moments) = (b - gap, &mut self.by_variable[k]);
            moments.a += a;
            moments.aa += a * a;
            moments.ab += a * own;
            moments.b -= gap;
            moments.bb += own * own - b * b;
        });
        if b != 0.0 {
            self.psus += 1;
            self.alive |= unit.alive;
            for_bits(every & !unit.alive, |k| self.without[k] += 1);
        }
        (unit.touched, unit.partial, unit.alive) = (0, 0, 0);
    }

    /// The stratum's share of every lane, and its PSUs; then nothing.
    fn close(&mut self, sums: &Sums<'_>, stratum: usize, terms: &[Term], found: &mut Found) {
        let group = &sums.design.levels[0].groups[stratum];
        let n = f64::from(group.n);
        let factor = if group.is_certain() { 0.0 } else { (1.0 - group.fraction()) * n / (n - 1.0) };
        for (variance, term) in found.variance.iter_mut().zip(terms) {
            let m = &self.by_variable[term.variable.index()];
            let (b, bb) = (self.b + m.b, self.bb + m.bb);
            let (on_a, on_b) = (term.on_value, term.on_weight);
            let square = on_a * on_a * m.aa + 2.0 * on_a * on_b * m.ab + on_b * on_b * bb;
            let mean = on_a * m.a + on_b * b;
            *variance += factor * (square - mean * mean / n).max(0.0);
        }
        found.psus += self.psus;
        found.strata += u64::from(self.psus > 0);
        for (k, without) in self.without.iter().enumerate() {
            found.psus_by_variable[k] += self.psus - without;
            found.strata_by_variable[k] += self.alive >> k & 1;
        }
        self.forget();
    }
}

impl Unit {
    /// One more cell of the same unit.
    fn add(&mut self, block: &Block, entry: &Entry, every: u64) {
        self.weight += entry.weight;
        self.touched |= entry.touched;
        self.partial |= entry.partial;
        let mut values = block.values[entry.first as usize..].iter();
        for_bits(entry.touched, |k| {
            self.a[k] += values.next().copied().unwrap_or(0.0);
        });
        let mut alive = if entry.weight == 0.0 { 0 } else { every & !entry.partial };
        for_bits(entry.void, |k| self.gap[k] += entry.weight);
        for_bits(entry.partial & !entry.void, |k| {
            let own = values.next().copied().unwrap_or(0.0);
            self.gap[k] += entry.weight - own;
            alive |= u64::from(own != 0.0) << k;
        });
        self.alive |= alive;
    }
}
