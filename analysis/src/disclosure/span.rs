//! What follows from what is known, by sums alone: Gaussian elimination over the numbers of all tables.
//!
//! Every number is a sum of numbers that are no sums themselves, so a vector over those. It follows from others if its vector is a
//! combination of theirs; weighted totals follow with the counts, since they add up alike. What is published spans a space, and a number
//! is safe from elimination while its vector lies outside.
//!
//! The order is Langsrud's (GAUSS, Statistics Norway, 2024): the cells worth most are let in first, and one that would let a withheld
//! cell follow is withheld itself.

use std::collections::HashMap;

use super::Relation;
use super::field::{add, inverse, negative, times};
use super::numbers::Numbers;
use crate::Error;

/// Coordinates other than zero, in order.
pub(super) type Vector = Vec<(usize, u64)>;

/// The vector of each number, and combinations that are known to be zero because a number is two different sums.
pub(super) struct Space {
    pub(super) vectors: Vec<Vector>,
    pub(super) ties: Vec<Vector>,
}

/// A number that must not follow.
pub(super) struct Guard {
    pub(super) number: usize,
    /// It can tell on somebody, so it must not follow for one who is alone in another cell.
    pub(super) tells: bool,
    /// One person is alone in its cell, and knows it.
    pub(super) alone: bool,
    /// What of its vector is outside the span.
    pub(super) left: Vector,
}

/// Everything that follows from what is known.
pub(super) struct Span {
    /// By their first coordinate, in which they are 1.
    basis: HashMap<usize, Vector>,
    guards: Vec<Guard>,
}

impl Space {
    pub(super) fn new(numbers: &Numbers) -> Result<Self, Error> {
        let count = numbers.values.len();
        let mut space = Self { vectors: vec![Vector::new(); count], ties: Vec::new() };
        let mut of_whole: Vec<Vec<&Relation>> = vec![Vec::new(); count];
        for relation in &numbers.relations {
            of_whole[relation.whole].push(relation);
        }
        for number in parts_first(numbers)? {
            let mut sums = of_whole[number].iter().map(|relation| space.sum(&relation.parts));
            let first = sums.next().unwrap_or_else(|| vec![(number, 1)]);
            let ties: Vec<Vector> = sums.map(|sum| plus(&sum, negative(1), &first)).filter(|tie| !tie.is_empty()).collect();
            space.vectors[number] = first;
            space.ties.extend(ties);
        }
        Ok(space)
    }

    fn sum(&self, parts: &[usize]) -> Vector {
        let mut all: Vector = parts.iter().flat_map(|part| self.vectors[*part].iter().copied()).collect();
        all.sort_unstable();
        let mut sum = Vector::with_capacity(all.len());
        for (place, value) in all {
            match sum.last_mut() {
                Some((last, sum)) if *last == place => *sum = add(*sum, value),
                _ => sum.push((place, value)),
            }
        }
        sum
    }
}

/// The numbers in an order in which every part stands before its whole.
fn parts_first(numbers: &Numbers) -> Result<Vec<usize>, Error> {
    let count = numbers.values.len();
    let mut missing = vec![0_usize; count];
    let mut wholes: Vec<Vec<usize>> = vec![Vec::new(); count];
    for relation in &numbers.relations {
        missing[relation.whole] += relation.parts.len();
        relation.parts.iter().for_each(|part| wholes[*part].push(relation.whole));
    }
    let mut order: Vec<usize> = (0..count).filter(|number| missing[*number] == 0).collect();
    let mut at = 0;
    while let Some(part) = order.get(at).copied() {
        for whole in &wholes[part] {
            missing[*whole] -= 1;
            if missing[*whole] == 0 {
                order.push(*whole);
            }
        }
        at += 1;
    }
    match missing.iter().position(|missing| *missing > 0) {
        Some(number) => Err(Error::PartOfItself { cell: numbers.cell(number) }),
        None => Ok(order),
    }
}

impl Span {
    pub(super) fn new(guards: Vec<Guard>) -> Self {
        Self { basis: HashMap::new(), guards }
    }

    /// Take a vector in, unless a guarded number would follow then: that number is the error, and nothing changes.
    pub(super) fn know(&mut self, vector: &[(usize, u64)]) -> Result<(), usize> {
        let mut new = self.reduce(vector);
        let Some((pivot, first)) = new.first().copied() else { return Ok(()) };
        let scale = inverse(first);
        new.iter_mut().for_each(|(_, value)| *value = times(*value, scale));
        let changed = |(place, guard): (usize, &Guard)| {
            let at = guard.left.binary_search_by_key(&pivot, |(place, _)| *place).ok()?;
            Some((place, plus(&guard.left, negative(guard.left[at].1), &new)))
        };
        let changes: HashMap<usize, Vector> = self.guards.iter().enumerate().filter_map(changed).collect();
        if let Some(place) = self.exposed(&changes) {
            return Err(self.guards[place].number);
        }
        for (place, left) in changes {
            self.guards[place].left = left;
        }
        self.basis.insert(pivot, new);
        Ok(())
    }

    fn reduce(&self, vector: &[(usize, u64)]) -> Vector {
        let mut left = vector.to_vec();
        let mut at = 0;
        while let Some((place, value)) = left.get(at).copied() {
            match self.basis.get(&place) {
                Some(known) => left = plus(&left, negative(value), known),
                None => at += 1,
            }
        }
        left
    }

    /// The guard that would follow after the changes: for everybody, or for who is alone in another cell.
    fn exposed(&self, changes: &HashMap<usize, Vector>) -> Option<usize> {
        let left = |place: usize| changes.get(&place).unwrap_or(&self.guards[place].left);
        let mut places: Vec<usize> = changes.keys().copied().collect();
        places.sort_unstable();
        let alone: Vec<usize> = (0..self.guards.len()).filter(|place| self.guards[*place].alone).collect();
        let told_by = |place: usize, other: usize| self.guards[place].tells && tells(left(place), left(other));
        places.into_iter().find_map(|place| {
            let follows = left(place).is_empty() || alone.iter().any(|one| told_by(place, *one));
            let told = || (0..self.guards.len()).find(|other| self.guards[place].alone && told_by(*other, place));
            if follows { Some(place) } else { told() }
        })
    }
}

/// Whether who knows `b` knows `a`, and more than that `a` is `b` and what everybody knows.
fn tells(a: &[(usize, u64)], b: &[(usize, u64)]) -> bool {
    let same_places = || a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.0 == b.0);
    let Some(((_, a1), (_, b1))) = a.first().zip(b.first()).filter(|_| same_places()) else { return false };
    a1 != b1 && a.iter().zip(b).all(|(a, b)| times(a.1, *b1) == times(b.1, *a1))
}

/// `a + factor · b`.
fn plus(a: &[(usize, u64)], factor: u64, b: &[(usize, u64)]) -> Vector {
    let (mut a, mut b) = (a.iter().copied().peekable(), b.iter().copied().peekable());
    let mut sum = Vector::new();
    loop {
        let (place, value) = match (a.peek(), b.peek()) {
            (None, None) => return sum,
            (Some(left), right) if right.is_none_or(|right| left.0 < right.0) => *left,
            (left, Some(right)) if left.is_none_or(|left| right.0 < left.0) => (right.0, times(factor, right.1)),
            (Some(left), Some(right)) => (left.0, add(left.1, times(factor, right.1))),
            _ => return sum,
        };
        a.next_if(|next| next.0 == place);
        b.next_if(|next| next.0 == place);
        if value != 0 {
            sum.push((place, value));
        }
    }
}
