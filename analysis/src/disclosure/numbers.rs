//! The numbers a release speaks of, and the sums between them: of every cell the cases with the event and the cases without.
//!
//! Shown, a cell gives both away. Two cells about the same people have one `n` between them, a number of its own, which both add up to.

use super::moves::Freedom;
use super::{Relation, Release, Standing};
use crate::table::Reason;

pub(super) struct Numbers {
    pub(super) values: Vec<f64>,
    pub(super) relations: Vec<Relation>,
    /// Of each `n`, the first of its cells, and of these numbers that come after the cells' own.
    first_cells: Vec<usize>,
    n_cells: usize,
}

impl Numbers {
    pub(super) fn new(release: &Release<'_>) -> Self {
        let n_cells = release.counts.len();
        let mut numbers = Self { values: Vec::new(), relations: Vec::new(), first_cells: Vec::new(), n_cells };
        for counted in release.counts {
            numbers.values.extend([counted.events as f64, counted.n.saturating_sub(counted.events) as f64]);
        }
        for relation in release.relations {
            let number = |cell: usize, side: usize| Self::of_cell(cell)[side];
            let one = |side| Relation {
                parts: relation.parts.iter().map(|part| number(*part, side)).collect(),
                whole: number(relation.whole, side),
            };
            numbers.relations.extend([one(0), one(1)]);
        }
        for cells in release.same_cases.iter().filter(|cells| cells.len() > 1) {
            let whole = numbers.values.len();
            numbers.values.push(release.counts[cells[0]].n as f64);
            numbers.first_cells.push(cells[0]);
            numbers.relations.extend(cells.iter().map(|cell| Relation { parts: Self::of_cell(*cell).to_vec(), whole }));
        }
        numbers
    }

    /// The cases with the event, and those without.
    pub(super) fn of_cell(cell: usize) -> [usize; 2] {
        [2 * cell, 2 * cell + 1]
    }

    /// For each number, whether it is of one of the cells.
    pub(super) fn of_cells(&self, cells: &[usize]) -> Vec<bool> {
        let mut are = vec![false; self.values.len()];
        cells.iter().flat_map(|cell| Self::of_cell(*cell)).for_each(|number| are[number] = true);
        are
    }

    /// The cell that a number belongs to.
    pub(super) fn cell(&self, number: usize) -> usize {
        if self.is_cases(number) { self.first_cells[number - 2 * self.n_cells] } else { number / 2 }
    }

    /// Whether a number is the `n` of several cells.
    pub(super) fn is_cases(&self, number: usize) -> bool {
        number >= 2 * self.n_cells
    }

    /// Whether each number can move in the attacker's eyes, and what it would cost to let it.
    pub(super) fn freedom(&self, release: &Release<'_>, standings: &[Standing]) -> Vec<Freedom> {
        let freedom = |number: usize| {
            let counted = &release.counts[self.cell(number)];
            match (standings[self.cell(number)], counted.standing) {
                _ if self.is_cases(number) => Freedom::Withheld,
                (Standing::Withheld(Reason::Empty), _) | (Standing::Shown, Standing::Shown) => Freedom::Known,
                (Standing::Shown, _) => Freedom::At(counted.cost.max(f64::MIN_POSITIVE)),
                (Standing::Open | Standing::Withheld(_) | Standing::Unpublished, _) => Freedom::Withheld,
            }
        };
        (0..self.values.len()).map(freedom).collect()
    }

    /// How wide the interval of each number must be.
    pub(super) fn needed(&self, release: &Release<'_>, standings: &[Standing]) -> Vec<f64> {
        let protection = release.protection.max(1) as f64;
        let needed = |number: usize| match standings[self.cell(number)] {
            Standing::Withheld(Reason::TooFewCases) if self.is_cases(number) => protection,
            _ if self.is_cases(number) || self.is_no_event(number) => 0.0,
            Standing::Withheld(Reason::Empty) | Standing::Shown | Standing::Open | Standing::Unpublished => 0.0,
            Standing::Withheld(reason) => {
                if reason.tells() {
                    protection
                } else {
                    1.0
                }
            }
        };
        (0..self.values.len()).map(needed).collect()
    }

    /// That nobody said yes tells on nobody.
    fn is_no_event(&self, number: usize) -> bool {
        number.is_multiple_of(2) && self.values[number] == 0.0
    }
}
