//! The clock: the one place where the server asks what time it is.

use jiff::Timestamp;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;

/// What time it is, from the machine or as a test says.
#[derive(Debug, Clone, Copy)]
pub enum Clock {
    Machine,
    Fixed(Timestamp),
}

/// No server of this version ran before it: a machine that says so has lost its clock, as some do that were long without power.
const FIRST_DAY: Date = date(2026, 11, 21);

#[derive(Debug, thiserror::Error)]
#[error(
    "the machine's clock says {0}, before this version of Kish was made ({FIRST_DAY}): approvals and devices go by it, so set it first"
)]
pub struct WrongClock(Date);

impl Clock {
    /// Refuses a clock that cannot be right.
    pub fn check(self) -> Result<(), WrongClock> {
        if self.today() < FIRST_DAY { Err(WrongClock(self.today())) } else { Ok(()) }
    }

    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub fn now(self) -> Timestamp {
        match self {
            Clock::Machine => Timestamp::now(),
            Clock::Fixed(time) => time,
        }
    }

    /// The day, in UTC.
    pub fn today(self) -> Date {
        self.now().to_zoned(TimeZone::UTC).date()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_lost_its_time_is_seen() {
        let at = |time: &str| Clock::Fixed(time.parse().unwrap());
        assert!(at("2026-11-21T00:00:00Z").check().is_ok() && at("2031-01-01T00:00:00Z").check().is_ok());
        let words = at("1970-01-01T00:00:10Z").check().unwrap_err().to_string();
        assert!(words.contains("says 1970-01-01") && words.contains("(2026-11-21)"), "{words}");
    }
}
