//! What of a field can only move as one: a programme over these is smaller, and says the same.
//!
//! A sum in which one part and the whole can move makes them one mover; a sum in which a single one can holds it still. Sums that say the
//! same of the movers are one row.

use std::collections::{BTreeMap, HashSet};

use super::Relation;
use super::moves::{find, join, members};

pub(super) struct Ties {
    /// Of each number the mover it goes with; `None` if it cannot move.
    pub(super) mover: Vec<Option<usize>>,
    /// The numbers of each mover.
    pub(super) numbers: Vec<Vec<usize>>,
    /// Movers whose moves, times the factors, add up to nothing.
    pub(super) rows: Vec<Row>,
}

type Row = Vec<(usize, i64)>;

/// Numbers joined so far, and which of them stand still.
struct Joined {
    label: Vec<usize>,
    is_still: Vec<bool>,
}

impl Ties {
    pub(super) fn new(count: usize, numbers: &[usize], sums: &[&Relation]) -> Self {
        let mut joined = Joined { label: (0..count).collect(), is_still: vec![true; count] };
        numbers.iter().for_each(|number| joined.is_still[*number] = false);
        while sums.iter().filter(|sum| joined.tighten(sum)).count() > 0 {}
        joined.movers(numbers, sums)
    }
}

impl Joined {
    /// What a sum says of the numbers that can move.
    fn row(&mut self, sum: &Relation) -> Row {
        let mut factors = BTreeMap::new();
        for (place, number) in members(sum).enumerate() {
            let root = find(&mut self.label, number);
            if !self.is_still[root] {
                *factors.entry(root).or_insert(0) += if place < sum.parts.len() { 1 } else { -1 };
            }
        }
        factors.into_iter().filter(|(_, factor)| *factor != 0).collect()
    }

    /// Whether the sum joined or stopped anything.
    fn tighten(&mut self, sum: &Relation) -> bool {
        match self.row(sum)[..] {
            [(only, _)] => self.is_still[only] = true,
            [(a, x), (b, y)] if x + y == 0 => {
                join(&mut self.label, a, b);
            }
            _ => return false,
        }
        true
    }

    fn movers(mut self, numbers: &[usize], sums: &[&Relation]) -> Ties {
        let mut ties = Ties { mover: vec![None; self.label.len()], numbers: Vec::new(), rows: Vec::new() };
        let mut of_root: Vec<Option<usize>> = vec![None; self.label.len()];
        for number in numbers {
            let root = find(&mut self.label, *number);
            if self.is_still[root] {
                continue;
            }
            let mover = *of_root[root].get_or_insert_with(|| {
                ties.numbers.push(Vec::new());
                ties.numbers.len() - 1
            });
            ties.numbers[mover].push(*number);
            ties.mover[*number] = Some(mover);
        }
        let mut seen = HashSet::new();
        for sum in sums {
            let row: Row = self.row(sum).into_iter().filter_map(|(root, factor)| Some((of_root[root]?, factor))).collect();
            if !row.is_empty() && seen.insert(turned(&row)) {
                ties.rows.push(row);
            }
        }
        ties
    }
}

/// The same row with its first factor positive.
fn turned(row: &Row) -> Row {
    let sign = row.first().map_or(1, |(_, factor)| factor.signum());
    row.iter().map(|(mover, factor)| (*mover, factor * sign)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two old counts and their total, what came in since, and the new ones.
    #[test]
    fn held_increments_make_old_and_new_one() {
        let sum = |parts: &[usize], whole| Relation { parts: parts.to_vec(), whole };
        let sums = [sum(&[0, 1], 2), sum(&[6, 7], 8), sum(&[0, 3], 6), sum(&[1, 4], 7), sum(&[2, 5], 8)];
        let all: Vec<&Relation> = sums.iter().collect();
        let held = Ties::new(9, &[0, 1, 2, 6, 7, 8], &all);
        assert_eq!(held.numbers, [vec![0, 6], vec![1, 7], vec![2, 8]]);
        assert_eq!(held.rows.len(), 1);
        // With the total known as well, only one can go up where the other goes down; and with one of them known, nothing moves.
        assert_eq!(Ties::new(9, &[0, 1, 6, 7], &all).rows, [vec![(0, 1), (1, 1)]]);
        assert_eq!(Ties::new(9, &[0, 6], &all).mover, [None; 9]);
    }
}
