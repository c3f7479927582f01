//! What the writers count of themselves: how much waits, how much a commit takes in, and how long it takes. Nothing of what is written.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// In microseconds.
const LATENCIES: [u64; 12] = [500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 5_000_000];
/// In writes.
const BATCHES: [u64; 8] = [1, 2, 4, 8, 16, 32, 64, 128];

/// How many values were at most as large as each bound, and their sum.
#[derive(Debug)]
pub struct Histogram {
    bounds: &'static [u64],
    /// One more than bounds, for what is larger than all.
    counts: Vec<AtomicU64>,
    sum: AtomicU64,
}

/// A histogram as it was at one moment.
#[derive(Debug, PartialEq, Eq)]
pub struct Reading {
    /// Each bound, and how many were no larger.
    pub up_to: Vec<(u64, u64)>,
    pub count: u64,
    pub sum: u64,
}

impl Histogram {
    fn new(bounds: &'static [u64]) -> Histogram {
        Histogram { bounds, counts: (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect(), sum: AtomicU64::new(0) }
    }

    fn add(&self, value: u64) {
        let place = self.bounds.iter().position(|bound| value <= *bound).unwrap_or(self.bounds.len());
        self.counts[place].fetch_add(1, Ordering::Relaxed);
        self.sum.fetch_add(value, Ordering::Relaxed);
    }

    pub fn read(&self) -> Reading {
        let counts: Vec<u64> = self.counts.iter().map(|count| count.load(Ordering::Relaxed)).collect();
        let mut sum = 0;
        let mut cumulated = counts.iter().map(|count| {
            sum += count;
            sum
        });
        let up_to = self.bounds.iter().copied().zip(cumulated.by_ref()).collect();
        Reading { up_to, count: counts.iter().sum(), sum: self.sum.load(Ordering::Relaxed) }
    }
}

#[derive(Debug)]
pub struct Meter {
    waiting: AtomicU64,
    /// How long commits took that succeeded, in microseconds.
    pub commits: Histogram,
    /// How many writes each of them held.
    pub batches: Histogram,
}

impl Default for Meter {
    fn default() -> Self {
        Meter { waiting: AtomicU64::new(0), commits: Histogram::new(&LATENCIES), batches: Histogram::new(&BATCHES) }
    }
}

impl Meter {
    /// How many writes wait for a writer.
    pub fn waiting(&self) -> u64 {
        self.waiting.load(Ordering::Relaxed)
    }

    pub(super) fn queued(&self) {
        self.waiting.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn taken(&self, writes: usize) {
        self.waiting.fetch_sub(writes as u64, Ordering::Relaxed);
    }

    pub(super) fn committed(&self, writes: usize, took: Duration) {
        self.commits.add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
        self.batches.add(writes as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_counts_up_to_every_bound_it_does_not_pass() {
        let histogram = Histogram::new(&[1, 10]);
        [1, 2, 10, 11].into_iter().for_each(|value| histogram.add(value));
        assert_eq!(histogram.read(), Reading { up_to: vec![(1, 1), (10, 3)], count: 4, sum: 24 });
    }
}
