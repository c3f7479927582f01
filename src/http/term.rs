//! For how long what two people let somebody have may be had.

use jiff::ToSpan;
use jiff::civil::Date;

use super::problem::Problem;

/// Days a question waits for its answer, and what was granted may then be had at most.
const MOST_DAYS: i64 = 30;

pub fn last_day(today: Date) -> Date {
    today.saturating_add(MOST_DAYS.days())
}

/// Whether something may be granted until that day.
pub fn may_end(expires_on: Date, today: Date) -> Result<(), Problem> {
    let last = last_day(today);
    if (today..=last).contains(&expires_on) { Ok(()) } else { Err(Problem::invalid("expiresOn", format!("from today until {last}"))) }
}
