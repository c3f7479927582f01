//! One sampling unit under way: running sums by place and variable, dense, forgotten when the unit ends.
//!
//! A place is a cell, a domain, or a class of cells with one linearised variable. Rows are added where they belong without a
//! search; 0/1 variables are walked by their set bits, so that a row costs as much as it has answers that are yes. Missing
//! values are few: what is kept is the weight that lacks a value, not the weight that has one.

use super::for_bits;
use crate::columns::{Columns, Variable};

/// What a unit holds in one place, whatever the variable.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Head {
    /// `sum of w`.
    pub(crate) weight: f64,
    /// Variables with an `A` that may differ from 0.
    pub(crate) touched: u64,
    /// Variables missing in some row.
    pub(crate) partial: u64,
    /// Rows, and of these those with `w != 0`.
    pub(crate) rows: u32,
    pub(crate) alive: u32,
}

/// Running sums of one unit.
pub(crate) struct Unit<'c> {
    width: usize,
    /// Variables asked for, a bit each.
    asked: u64,
    reals: Vec<(Variable, &'c [f64])>,
    heads: Vec<Head>,
    /// `A = sum of w y`.
    a: Vec<f64>,
    /// `sum of w` over rows without a value; empty while nothing is missing.
    gap: Vec<f64>,
    /// Rows of non-zero weight without a value.
    lost: Vec<u32>,
    /// Places with rows, in order of appearance.
    pub(crate) seen: Vec<u32>,
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
        let missing = if columns.missing.is_empty() { 0 } else { n_places * width };
        let wanted = |(variable, _): &&(Variable, Vec<f64>)| asked >> variable.0 & 1 == 1;
        Self {
            width,
            asked,
            reals: columns.reals.iter().filter(wanted).map(|(variable, y)| (*variable, y.as_slice())).collect(),
            heads: vec![Head::default(); n_places],
            a: vec![0.0; n_places * width],
            gap: vec![0.0; missing],
            lost: vec![0; missing],
            seen: Vec::with_capacity(n_places.min(256)),
        }
    }

    /// Add one row; `ones` and `missing` are its bits. Returns the variables with `y != 0`, for which `A` changed.
    #[inline]
    pub(crate) fn add(&mut self, place: usize, row: usize, w: f64, ones: u64, missing: u64) {
        let head = &mut self.heads[place];
        if head.rows == 0 {
            self.seen.push(place as u32);
        }
        let alive = u32::from(w != 0.0);
        let ones = ones & self.asked;
        head.rows += 1;
        head.alive += alive;
        head.weight += w;
        head.touched |= ones;
        let a = &mut self.a[place * self.width..(place + 1) * self.width];
        for_bits(ones, |k| a[k] += w);
        for (variable, y) in &self.reals {
            head.touched |= 1 << variable.0;
            a[variable.index()] += w * y[row];
        }
        let missing = missing & self.asked;
        if missing != 0 {
            head.partial |= missing;
            let range = place * self.width..(place + 1) * self.width;
            let (gap, lost) = (&mut self.gap[range.clone()], &mut self.lost[range]);
            for_bits(missing, |k| {
                gap[k] += w;
                lost[k] += alive;
            });
        }
    }

    /// Add what another unit holds in one of its places.
    pub(crate) fn add_place(&mut self, place: usize, other: &Self, from: usize) {
        let (head, more) = (&mut self.heads[place], &other.heads[from]);
        if head.rows == 0 {
            self.seen.push(place as u32);
        }
        head.rows += more.rows;
        head.alive += more.alive;
        head.weight += more.weight;
        head.touched |= more.touched;
        head.partial |= more.partial;
        let (to, from) = (place * self.width, from * self.width);
        for_bits(more.touched, |k| self.a[to + k] += other.a[from + k]);
        for_bits(more.partial, |k| {
            self.gap[to + k] += other.gap[from + k];
            self.lost[to + k] += other.lost[from + k];
        });
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

    /// Forget one place.
    #[inline]
    pub(crate) fn forget(&mut self, place: usize) {
        let head = std::mem::take(&mut self.heads[place]);
        let a = &mut self.a[place * self.width..(place + 1) * self.width];
        for_bits(head.touched, |k| a[k] = 0.0);
        if head.partial != 0 {
            for_bits(head.partial, |k| {
                self.gap[place * self.width + k] = 0.0;
                self.lost[place * self.width + k] = 0;
            });
        }
    }
}
