//! One sampling unit under way: running sums by place and variable, dense, forgotten when the unit ends.
//!
//! A place is a cell, a domain, or a class of cells with one linearised variable. Rows are added where they belong without a
//! search; 0/1 variables are walked by their set bits, so that a row costs as much as it has answers that are yes. Missing
//! values are few: what is kept is the weight that lacks a value, not the weight that has one.

use super::for_bits;
use crate::columns::{Columns, Variable};

/// Variables that are few.
const FEW: u32 = 3;

/// What a unit holds in one place, whatever the variable.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Head {
    /// `sum of w`.
    pub(crate) weight: f64,
    /// Variables with an `A` that may differ from 0.
    pub(crate) touched: u64,
    /// Variables missing in some row.
    pub(crate) partial: u64,
    /// `sum of w^2`.
    pub(crate) weight_square: f64,
    /// Rows, and of these those with `w != 0`.
    pub(crate) rows: u32,
    pub(crate) alive: u32,
}

/// Running sums of one unit.
pub(crate) struct Unit<'c> {
    width: usize,
    /// Variables asked for, a bit each; by name if they are few, because then a test costs more than an addition of 0.
    asked: u64,
    few: Vec<usize>,
    /// The few, a bit each.
    always: u64,
    reals: Vec<(Variable, &'c [f64])>,
    heads: Vec<Head>,
    /// `A = sum of w y`.
    a: Vec<f64>,
    /// `sum of w` over rows without a value; empty while nothing is missing.
    gap: Vec<f64>,
    /// Rows of non-zero weight without a value.
    lost: Vec<u32>,
    /// Rows with a 0/1 variable at 1 and `w != 0`, over all units so far.
    pub(crate) events: Vec<u32>,
    /// `sum of w y^2` of real variables, over all units so far; empty without any.
    pub(crate) squares: Vec<f64>,
    /// Places with rows, in order of appearance: the first `n_seen`. One longer than there are places, so that every row can
    /// write its place and only a new one be counted, which costs no branch.
    seen: Vec<u32>,
    n_seen: usize,
}

/// Sums of one place and variable.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slot {
    /// `A = sum of w y`.
    pub(crate) a: f64,
    /// `B = sum of w` over rows with a value.
    pub(crate) b: f64,
    /// Rows of non-zero weight with a value.
    pub(crate) n: u32,
}

impl<'c> Unit<'c> {
    /// Nothing yet, for `n_places` places and the variables `asked` for.
    pub(crate) fn new(columns: &'c Columns, n_places: usize, asked: u64) -> Self {
        let width = columns.n_variables();
        let few: Vec<usize> = (0..64).filter(|k| asked.count_ones() <= FEW && asked >> k & 1 == 1).collect();
        let missing = if columns.missing.is_empty() { 0 } else { n_places * width };
        let wanted = |(variable, _): &&(Variable, Vec<f64>)| asked >> variable.0 & 1 == 1;
        Self {
            width,
            asked,
            always: if few.is_empty() { 0 } else { asked },
            few,
            reals: columns.reals.iter().filter(wanted).map(|(variable, y)| (*variable, y.as_slice())).collect(),
            heads: vec![Head::default(); n_places],
            a: vec![0.0; n_places * width],
            gap: vec![0.0; missing],
            lost: vec![0; missing],
            events: vec![0; n_places * width],
            squares: vec![0.0; if columns.reals.is_empty() { 0 } else { n_places * width }],
            seen: vec![0; n_places + 1],
            n_seen: 0,
        }
    }

    /// Add one row; `ones` and `missing` are its bits.
    #[inline]
    pub(crate) fn add(&mut self, place: usize, row: usize, w: f64, ones: u64, missing: u64) {
        let head = &mut self.heads[place];
        self.seen[self.n_seen] = place as u32;
        self.n_seen += usize::from(head.rows == 0);
        let alive = u32::from(w != 0.0);
        head.rows += 1;
        head.alive += alive;
        head.weight += w;
        head.weight_square += w * w;
        let ones = ones & self.asked;
        head.touched |= ones | self.always;
        let range = place * self.width..(place + 1) * self.width;
        let (a, events) = (&mut self.a[range.clone()], &mut self.events[range]);
        if self.few.is_empty() {
            for_bits(ones, |k| {
                a[k] += w;
                events[k] += alive;
            });
        } else {
            for k in &self.few {
                let one = ones >> k & 1;
                a[*k] += one as f64 * w;
                events[*k] += one as u32 * alive;
            }
        }
        if !self.reals.is_empty() {
            self.add_reals(place, row, w);
        }
        let missing = missing & self.asked;
        if missing != 0 {
            self.add_missing(place, w, alive, missing);
        }
    }

    /// The real variables of a row.
    fn add_reals(&mut self, place: usize, row: usize, w: f64) {
        for (variable, y) in &self.reals {
            self.heads[place].touched |= 1 << variable.0;
            self.a[place * self.width + variable.index()] += w * y[row];
            self.squares[place * self.width + variable.index()] += w * y[row] * y[row];
        }
    }

    /// The variables a row has no value of.
    fn add_missing(&mut self, place: usize, w: f64, alive: u32, missing: u64) {
        self.heads[place].partial |= missing;
        for_bits(missing, |k| {
            self.gap[place * self.width + k] += w;
            self.lost[place * self.width + k] += alive;
        });
    }

    /// Add what another unit holds in one of its places.
    pub(crate) fn add_place(&mut self, place: usize, other: &Self, from: usize) {
        let (head, more) = (&mut self.heads[place], &other.heads[from]);
        self.seen[self.n_seen] = place as u32;
        self.n_seen += usize::from(head.rows == 0);
        head.rows += more.rows;
        head.alive += more.alive;
        head.weight += more.weight;
        head.weight_square += more.weight_square;
        head.touched |= more.touched;
        head.partial |= more.partial;
        let (to, from) = (place * self.width, from * self.width);
        for_bits(more.touched, |k| self.a[to + k] += other.a[from + k]);
        for_bits(more.partial, |k| {
            self.gap[to + k] += other.gap[from + k];
            self.lost[to + k] += other.lost[from + k];
        });
    }

    /// Places with rows, in order of appearance.
    #[inline]
    pub(crate) fn n_seen(&self) -> usize {
        self.n_seen
    }

    /// One of the places with rows.
    #[inline]
    pub(crate) fn seen(&self, at: usize) -> usize {
        self.seen[at] as usize
    }

    /// The next unit.
    #[inline]
    pub(crate) fn next(&mut self) {
        self.n_seen = 0;
    }

    /// What a place holds, whatever the variable.
    #[inline]
    pub(crate) fn head(&self, place: usize) -> Head {
        self.heads[place]
    }

    /// What a place holds of one variable.
    #[inline]
    pub(crate) fn slot(&self, place: usize, head: &Head, k: usize) -> Slot {
        let at = place * self.width + k;
        if head.partial >> k & 1 == 0 {
            return Slot { a: self.a[at], b: head.weight, n: head.alive };
        }
        let n = head.alive - self.lost[at];
        Slot { a: self.a[at], b: if n == 0 { 0.0 } else { head.weight - self.gap[at] }, n }
    }

    /// Take every `A` of one place, which is forgotten; what is missing is forgotten too.
    #[inline]
    pub(crate) fn take(&mut self, place: usize, mut visit: impl FnMut(usize, f64)) {
        let head = std::mem::take(&mut self.heads[place]);
        let a = &mut self.a[place * self.width..(place + 1) * self.width];
        for_bits(head.touched, |k| visit(k, std::mem::take(&mut a[k])));
        if head.partial != 0 {
            for_bits(head.partial, |k| {
                self.gap[place * self.width + k] = 0.0;
                self.lost[place * self.width + k] = 0;
            });
        }
    }

    /// Forget one place.
    pub(crate) fn forget(&mut self, place: usize) {
        self.take(place, |_, _| {});
    }
}
