//! How long each of many things took, and how many were done in a second.

use std::time::Duration;

#[derive(Debug)]
pub struct Times {
    /// In microseconds, the shortest first.
    sorted: Vec<u32>,
    elapsed: Duration,
}

impl Times {
    pub fn new(mut micros: Vec<u32>, elapsed: Duration) -> Times {
        micros.sort_unstable();
        Times { sorted: micros, elapsed }
    }

    pub fn count(&self) -> usize {
        self.sorted.len()
    }

    pub fn per_second(&self) -> f64 {
        self.sorted.len() as f64 / self.elapsed.as_secs_f64()
    }

    /// The milliseconds within which a share of them was done, by the nearest rank: 0.5 the median, 1.0 the slowest.
    pub fn ms(&self, share: f64) -> f64 {
        let rank = (share * self.sorted.len() as f64).ceil() as usize;
        self.sorted.get(rank.saturating_sub(1)).map_or(0.0, |micros| f64::from(*micros) / 1000.0)
    }
}

pub fn micros(time: Duration) -> u32 {
    u32::try_from(time.as_micros()).unwrap_or(u32::MAX)
}
