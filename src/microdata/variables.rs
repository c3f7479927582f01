//! What is measured: a number, a yes or no, or one yes or no for every level of a factor.

use std::borrow::Cow;

use super::read::{Column, Data, Numbers};
use super::{Error, condition};

pub(super) struct Variable<'d> {
    pub(super) term: String,
    /// By row.
    pub(super) values: Cow<'d, Numbers>,
    /// Only 0 and 1 occur.
    pub(super) is_indicator: bool,
}

impl Variable<'_> {
    /// A yes or no by row; `None` is missing.
    pub(super) fn yes_no(term: String, answers: impl Iterator<Item = Option<bool>>) -> Self {
        Self { term, values: Cow::Owned(answers.map(truth).collect()), is_indicator: true }
    }

    /// A number by row; `NaN` is missing.
    pub(super) fn number(term: String, values: impl Iterator<Item = f64>) -> Self {
        Self { term, values: Cow::Owned(values.collect()), is_indicator: false }
    }
}

/// The variables a name stands for: a column, the difference of two (`a - b`), or a comparison.
pub(super) fn expand<'d>(data: &'d Data, field: &str, name: &str) -> Result<Vec<Variable<'d>>, Error> {
    if data.column(name).is_none() && condition::is_comparison(name) {
        let answers = condition::evaluate(data, field, name)?;
        return Ok(vec![Variable::yes_no(name.to_owned(), answers.into_iter())]);
    }
    if let (None, Some((left, right))) = (data.column(name), name.split_once(" - ")) {
        let (left, right) = (data.numbers(field, left.trim())?, data.numbers(field, right.trim())?);
        return Ok(vec![Variable::number(name.to_owned(), left.iter().zip(right).map(|(left, right)| left - right))]);
    }
    match data.named(field, name)? {
        Column::Numbers(numbers) => {
            Ok(vec![Variable { term: name.to_owned(), values: Cow::Borrowed(numbers), is_indicator: numbers.is_yes_no() }])
        }
        Column::Levels { levels, codes } => {
            let one = |(level, label)| {
                Variable::yes_no(format!("{name}{label}"), codes.iter().map(move |code| code.map(|code| code as usize == level)))
            };
            Ok(levels.iter().enumerate().map(one).collect())
        }
    }
}

/// A single yes or no.
pub(super) fn yes_no<'d>(data: &'d Data, field: &str, name: &str) -> Result<Variable<'d>, Error> {
    let mut found = expand(data, field, name)?;
    match found.pop() {
        Some(variable) if found.is_empty() && variable.is_indicator => Ok(variable),
        _ => Err(Error::field(field, format!("`{name}` is not 0/1: compare it, as in `{name}=='…'`"))),
    }
}

/// A single number.
pub(super) fn number<'d>(data: &'d Data, field: &str, name: Option<&String>) -> Result<Variable<'d>, Error> {
    let name = name.ok_or_else(|| Error::field(field, "missing"))?;
    let mut found = expand(data, field, name)?;
    match found.pop() {
        Some(variable) if found.is_empty() => Ok(variable),
        _ => Err(Error::field(field, format!("column `{name}` is not numeric"))),
    }
}

fn truth(answer: Option<bool>) -> f64 {
    match answer {
        Some(true) => 1.0,
        Some(false) => 0.0,
        None => f64::NAN,
    }
}
