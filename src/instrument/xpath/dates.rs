//! Dates as JavaRosa computes with them: a date is the number of its day, counted from 1970-01-01.

use std::borrow::Cow;

use jiff::Span;
use jiff::civil::{Date, DateTime, Time};

use super::Value;

const EPOCH: Date = jiff::civil::date(1970, 1, 1);
const SECONDS_A_DAY: f64 = 86_400.0;

/// A date, or a moment with its offset, as the value it is in an expression; none where the text is neither.
pub fn moment(text: &str) -> Option<Value<'_>> {
    local(text).map(|at| Value::Moment(days(at.date()), Cow::Borrowed(text)))
}

/// The wall clock's reading: an interview is timed where it is held.
fn local(text: &str) -> Option<DateTime> {
    let Some((date, time)) = text.split_once('T') else { return text.parse::<Date>().ok().map(|d| d.at(0, 0, 0, 0)) };
    let end = time.find(['Z', '+', '-']).unwrap_or(time.len());
    Some(date.parse::<Date>().ok()?.to_datetime(time[..end].parse::<Time>().ok()?))
}

#[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are far below 2^52")]
fn days(date: Date) -> f64 {
    date.duration_since(EPOCH).as_secs() as f64 / SECONDS_A_DAY
}

/// `date()`: of a text, of a day's number, of a date itself.
#[expect(clippy::cast_possible_truncation, reason = "held to what a calendar has")]
pub(super) fn date(value: &Value<'_>) -> Value<'static> {
    let date = match value {
        Value::Number(n) if n.abs() < 1e6 => EPOCH.checked_add(Span::new().days(n.floor() as i64)).ok(),
        other => local(&other.to_text()).map(DateTime::date),
    };
    date.map_or(Value::EMPTY, |d| Value::Moment(days(d), Cow::Owned(d.to_string())))
}

pub(super) fn date_time(value: &Value<'_>) -> Value<'static> {
    let text = value.to_text();
    moment(&text).map_or(Value::EMPTY, Value::into_owned)
}

/// Days since 1970 with the time of day as their fraction.
pub(super) fn decimal_date_time(value: &Value<'_>) -> f64 {
    match value {
        Value::Number(n) => *n,
        other => local(&other.to_text()).map_or(f64::NAN, |at| days(at.date()) + day_fraction(at.time())),
    }
}

pub(super) fn decimal_time(value: &Value<'_>) -> f64 {
    let text = value.to_text();
    let end = text.find(['Z', '+', '-']).unwrap_or(text.len());
    text[..end].parse::<Time>().map_or(f64::NAN, day_fraction)
}

fn day_fraction(time: Time) -> f64 {
    let seconds = f64::from(time.hour()) * 3600.0 + f64::from(time.minute()) * 60.0 + f64::from(time.second());
    (seconds + f64::from(time.subsec_nanosecond()) / 1e9) / SECONDS_A_DAY
}

/// `format-date()`: the letters after `%` are those of the ODK XForms specification.
pub(super) fn format(value: &Value<'_>, pattern: &str) -> String {
    let at = match value {
        Value::Number(_) => local(&date(value).to_text()),
        other => local(&other.to_text()),
    };
    let Some(at) = at else { return String::new() };
    let mut out = String::new();
    let mut letters = pattern.chars();
    while let Some(c) = letters.next() {
        match (c, letters.as_str().chars().next()) {
            ('%', Some(letter)) => {
                letters.next();
                out.push_str(&part(at, letter));
            }
            _ => out.push(c),
        }
    }
    out
}

fn part(at: DateTime, letter: char) -> String {
    match letter {
        'Y' => format!("{:04}", at.year()),
        'y' => format!("{:02}", at.year() % 100),
        'm' => format!("{:02}", at.month()),
        'n' => at.month().to_string(),
        'B' => at.strftime("%B").to_string(),
        'b' => at.strftime("%b").to_string(),
        'd' => format!("{:02}", at.day()),
        'e' => at.day().to_string(),
        'H' => format!("{:02}", at.hour()),
        'h' => at.hour().to_string(),
        'M' => format!("{:02}", at.minute()),
        'S' => format!("{:02}", at.second()),
        '3' => format!("{:03}", at.millisecond()),
        'a' => at.strftime("%a").to_string(),
        other => other.to_string(),
    }
}
