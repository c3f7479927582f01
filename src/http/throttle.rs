//! How often passwords may be tried: slowly by whoever guesses, at once by whoever has signed in from there before.
//!
//! Every address has tries, whether an account has it or not, so that the answer does not tell. A browser that has signed in
//! to an account carries a mark and has tries of its own: whoever guesses from elsewhere uses up none of them. The method is
//! OWASP's "device cookies". Counts are each server's own and are forgotten when it stops.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::keys::Tag;

/// Wrong passwords in a row before one must wait.
const TRIES: i64 = 10;
/// Seconds after which one more may be tried.
const SECONDS_A_TRY: i64 = 60;
/// Counts held before those that have run full again are dropped. Checks take a tenth of a second each, two at once, so that
/// fewer than this can be short of tries at a time.
const MOST: usize = 20_000;

/// When a key's tries are all back, in seconds of the clock.
#[derive(Debug, Default)]
pub struct Throttle(Mutex<HashMap<Tag, i64>>);

impl Throttle {
    /// Uses up one try, or says how many seconds to wait for the next.
    pub fn take(&self, key: Tag, now: i64) -> Result<(), i64> {
        let mut full_at = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if full_at.len() >= MOST {
            full_at.retain(|_, at| *at > now);
        }
        let at = full_at.entry(key).or_insert(now);
        // What was counted under a clock that was ahead would hold until then.
        *at = (*at).min(now + TRIES * SECONDS_A_TRY);
        let next = (*at).max(now) + SECONDS_A_TRY;
        let wait = next - now - TRIES * SECONDS_A_TRY;
        if wait > 0 {
            return Err(wait);
        }
        *at = next;
        Ok(())
    }

    /// The password was right: all tries are back.
    pub fn clear(&self, key: &Tag) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_thousand_guesses_in_a_quarter_of_an_hour_few_are_looked_at() {
        let throttle = Throttle::default();
        let seen = (0..1000).filter(|second| throttle.take([1; 32], *second).is_ok()).count();
        assert_eq!(seen, 10 + 999 / 60);
    }

    #[test]
    fn tries_come_back_one_a_minute_and_all_after_the_right_password() {
        let throttle = Throttle::default();
        (0..10).for_each(|_| assert_eq!(throttle.take([1; 32], 5), Ok(())));
        assert_eq!(throttle.take([1; 32], 5), Err(60));
        assert_eq!(throttle.take([1; 32], 45), Err(20));
        assert_eq!(throttle.take([2; 32], 5), Ok(()));
        assert_eq!(throttle.take([1; 32], 65), Ok(()));
        assert_eq!(throttle.take([1; 32], 66), Err(59));
        throttle.clear(&[1; 32]);
        assert_eq!(throttle.take([1; 32], 66), Ok(()));
    }

    #[test]
    fn tries_used_up_while_the_clock_was_ahead_come_back_as_any() {
        let throttle = Throttle::default();
        (0..10).for_each(|_| assert_eq!(throttle.take([1; 32], 1_000_000), Ok(())));
        assert_eq!(throttle.take([1; 32], 5), Err(60));
        assert_eq!(throttle.take([1; 32], 65), Ok(()));
    }
}
