//! What an expression comes to: a number, a text or a truth, and how each is read as another.

use std::borrow::Cow;

#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    Number(f64),
    Text(Cow<'a, str>),
    Boolean(bool),
    /// A date or a moment: its day, counted from 1970-01-01, and how it is written.
    Moment(f64, Cow<'a, str>),
}

impl<'a> Value<'a> {
    pub const EMPTY: Value<'static> = Value::Text(Cow::Borrowed(""));

    pub fn text(text: &'a str) -> Self {
        Value::Text(Cow::Borrowed(text))
    }

    pub fn into_owned(self) -> Value<'static> {
        match self {
            Value::Number(n) => Value::Number(n),
            Value::Boolean(b) => Value::Boolean(b),
            Value::Text(t) => Value::Text(Cow::Owned(t.into_owned())),
            Value::Moment(day, t) => Value::Moment(day, Cow::Owned(t.into_owned())),
        }
    }

    pub fn is_empty(&self) -> bool {
        match self {
            Value::Text(t) => t.is_empty(),
            Value::Number(n) => n.is_nan(),
            Value::Boolean(_) | Value::Moment(..) => false,
        }
    }

    pub fn to_number(&self) -> f64 {
        match self {
            Value::Number(n) | Value::Moment(n, _) => *n,
            Value::Boolean(b) => f64::from(u8::from(*b)),
            Value::Text(t) => read_number(t),
        }
    }

    pub fn to_boolean(&self) -> bool {
        match self {
            Value::Boolean(b) => *b,
            Value::Number(n) => *n != 0.0 && !n.is_nan(),
            Value::Text(t) => !t.is_empty(),
            Value::Moment(..) => true,
        }
    }

    pub fn to_text(&self) -> Cow<'_, str> {
        match self {
            Value::Text(t) | Value::Moment(_, t) => Cow::Borrowed(t),
            Value::Number(n) => Cow::Owned(write_number(*n)),
            Value::Boolean(b) => Cow::Borrowed(if *b { "true" } else { "false" }),
        }
    }

    /// XPath 1.0, 3.4: a truth makes both sides truths, else a number makes both sides numbers, else texts are compared.
    pub fn equals(&self, other: &Value<'_>) -> bool {
        match (self, other) {
            (Value::Boolean(_), _) | (_, Value::Boolean(_)) => self.to_boolean() == other.to_boolean(),
            (Value::Number(_), _) | (_, Value::Number(_)) => self.to_number() == other.to_number(),
            (Value::Text(a) | Value::Moment(_, a), Value::Text(b) | Value::Moment(_, b)) => a == b,
        }
    }
}

/// A number as XPath reads it: digits with at most one point and a sign; no exponent, no `inf`.
fn read_number(text: &str) -> f64 {
    // Most answers are one digit.
    if let [digit @ b'0'..=b'9'] = text.as_bytes() {
        return f64::from(digit - b'0');
    }
    let text = text.trim();
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return f64::NAN;
    }
    text.parse().unwrap_or(f64::NAN)
}

/// A number as XPath writes it: whole numbers without a point, nothing with an exponent.
fn write_number(n: f64) -> String {
    if n.is_nan() {
        "NaN".to_owned()
    } else if n.is_infinite() {
        if n > 0.0 { "Infinity" } else { "-Infinity" }.to_owned()
    } else if n == 0.0 {
        "0".to_owned()
    } else {
        format!("{n}")
    }
}
