//! What is measured: a number, a yes or no, or one yes or no for every level of a factor.

use super::read::{Column, Data};
use super::{Error, condition};

pub(super) struct Variable {
    pub(super) term: String,
    /// By row; `NaN` is missing.
    pub(super) values: Vec<f64>,
    /// Only 0 and 1 occur.
    pub(super) is_indicator: bool,
}

/// The variables a name stands for.
pub(super) fn expand(data: &Data, field: &str, name: &str) -> Result<Vec<Variable>, Error> {
    if data.column(name).is_none() && condition::is_comparison(name) {
        let answers = condition::evaluate(data, field, name)?;
        return Ok(vec![Variable { term: name.to_owned(), values: answers.into_iter().map(truth).collect(), is_indicator: true }]);
    }
    match data.named(field, name)? {
        Column::Numbers(numbers) => {
            let is_indicator = numbers.iter().all(|y| y.is_nan() || *y == 0.0 || *y == 1.0);
            Ok(vec![Variable { term: name.to_owned(), values: numbers.clone(), is_indicator }])
        }
        Column::Levels { levels, codes } => {
            let value = |code: &Option<u32>, level: usize| truth(code.map(|code| code as usize == level));
            let one = |(level, label): (usize, &String)| Variable {
                term: format!("{name}{label}"),
                values: codes.iter().map(|code| value(code, level)).collect(),
                is_indicator: true,
            };
            Ok(levels.iter().enumerate().map(one).collect())
        }
    }
}

/// A single yes or no.
pub(super) fn yes_no(data: &Data, field: &str, name: &str) -> Result<Variable, Error> {
    let mut found = expand(data, field, name)?;
    match found.pop() {
        Some(variable) if found.is_empty() && variable.is_indicator => Ok(variable),
        _ => Err(Error::field(field, format!("`{name}` is not 0/1: compare it, as in `{name}=='…'`"))),
    }
}

/// A single number.
pub(super) fn number(data: &Data, field: &str, name: Option<&String>) -> Result<Variable, Error> {
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
