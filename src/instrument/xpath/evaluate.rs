//! The one evaluator: a tree and the answers it reads, into a value.

use std::borrow::Cow;

use super::{Expr, Function, Operator, Value};
use crate::instrument::NodeId;

/// Where an expression's answers come from: a submission being checked, or a stored response being counted.
pub trait Answers {
    /// The answer as its question's type has it; [`Value::EMPTY`] where there is none.
    fn value(&self, node: NodeId) -> Value<'_>;
}

pub fn evaluate<'a>(tree: &'a Expr, answers: &'a dyn Answers, this: &'a Value<'_>) -> Value<'a> {
    match tree {
        Expr::Number(n) => Value::Number(*n),
        Expr::Text(t) => Value::text(t),
        Expr::Node(node) => answers.value(*node),
        Expr::This => this.clone(),
        Expr::Negate(a) => Value::Number(-evaluate(a, answers, this).to_number()),
        Expr::Binary(operator, a, b) => binary(*operator, a, b, answers, this),
        Expr::Matches(text, regex) => Value::Boolean(regex.is_match(&evaluate(text, answers, this).to_text())),
        Expr::Call(function, arguments) => call(*function, arguments, answers, this),
    }
}

fn binary<'a>(operator: Operator, a: &'a Expr, b: &'a Expr, answers: &'a dyn Answers, this: &'a Value<'_>) -> Value<'a> {
    let left = evaluate(a, answers, this);
    match operator {
        Operator::Or => return Value::Boolean(left.to_boolean() || evaluate(b, answers, this).to_boolean()),
        Operator::And => return Value::Boolean(left.to_boolean() && evaluate(b, answers, this).to_boolean()),
        _ => {}
    }
    let right = evaluate(b, answers, this);
    let (x, y) = (|| left.to_number(), || right.to_number());
    match operator {
        Operator::Equal => Value::Boolean(left.equals(&right)),
        Operator::NotEqual => Value::Boolean(!left.equals(&right)),
        Operator::Less => Value::Boolean(x() < y()),
        Operator::LessOrEqual => Value::Boolean(x() <= y()),
        Operator::Greater => Value::Boolean(x() > y()),
        Operator::GreaterOrEqual => Value::Boolean(x() >= y()),
        Operator::Add => Value::Number(x() + y()),
        Operator::Subtract => Value::Number(x() - y()),
        Operator::Multiply => Value::Number(x() * y()),
        Operator::Divide => Value::Number(x() / y()),
        Operator::Remainder | Operator::Or | Operator::And => Value::Number(x() % y()),
    }
}

fn call<'a>(function: Function, arguments: &'a [Expr], answers: &'a dyn Answers, this: &'a Value<'_>) -> Value<'a> {
    let value = |i: usize| arguments.get(i).map_or_else(|| this.clone(), |a| evaluate(a, answers, this));
    let number = |i: usize| value(i).to_number();
    let text = |i: usize| value(i).to_text().into_owned();
    let numbers = || arguments.iter().map(|a| evaluate(a, answers, this)).filter(|v| !v.is_empty()).map(|v| v.to_number());
    let owned = |t: String| Value::Text(Cow::Owned(t));
    match function {
        Function::Not => Value::Boolean(!value(0).to_boolean()),
        Function::True => Value::Boolean(true),
        Function::False => Value::Boolean(false),
        Function::If => value(if value(0).to_boolean() { 1 } else { 2 }),
        Function::Coalesce => arguments.iter().map(|a| evaluate(a, answers, this)).find(|v| !v.is_empty()).unwrap_or(Value::EMPTY),
        Function::Boolean => Value::Boolean(value(0).to_boolean()),
        Function::BooleanFromString => Value::Boolean(matches!(text(0).as_str(), "1" | "true")),
        Function::Number => Value::Number(number(0)),
        Function::Int => Value::Number(number(0).trunc()),
        Function::Round => Value::Number(round(number(0), arguments.get(1).map_or(0.0, |_| number(1)))),
        Function::Abs => Value::Number(number(0).abs()),
        Function::Pow => Value::Number(number(0).powf(number(1))),
        Function::Min => Value::Number(numbers().reduce(f64::min).unwrap_or(f64::NAN)),
        Function::Max => Value::Number(numbers().reduce(f64::max).unwrap_or(f64::NAN)),
        Function::Sum => Value::Number(numbers().sum()),
        Function::String => owned(text(0)),
        Function::Concat => owned(arguments.iter().map(|a| evaluate(a, answers, this).to_text().into_owned()).collect()),
        Function::Substr => owned(substring(&text(0), number(1), arguments.get(2).map(|_| number(2)))),
        #[expect(clippy::cast_precision_loss, reason = "a text's length is far below 2^52")]
        Function::StringLength => Value::Number(value(0).to_text().chars().count() as f64),
        Function::Contains => Value::Boolean(text(0).contains(&text(1))),
        Function::StartsWith => Value::Boolean(text(0).starts_with(&text(1))),
        Function::EndsWith => Value::Boolean(text(0).ends_with(&text(1))),
        Function::NormalizeSpace => owned(text(0).split_whitespace().collect::<Vec<_>>().join(" ")),
        Function::Selected => Value::Boolean(text(0).split_whitespace().any(|c| c == text(1).trim())),
        Function::SelectedAt => owned(chosen(&text(0), number(1))),
        #[expect(clippy::cast_precision_loss, reason = "a choice list is far shorter than 2^52")]
        Function::CountSelected => Value::Number(text(0).split_whitespace().count() as f64),
        Function::Once => value(0),
        // Never asked of the server: what only the device knows is taken as sent (`Expression::is_as_sent`).
        Function::Random | Function::Now | Function::Today | Function::Uuid | Function::Regex => Value::EMPTY,
    }
}

/// Half away from zero upward, as XPath rounds (`round(-2.5)` is -2), to a number of decimals.
fn round(x: f64, decimals: f64) -> f64 {
    let scale = 10f64.powf(decimals.trunc());
    (x * scale + 0.5).floor() / scale
}

/// From `start` (counted from 0) up to but without `end`.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped at 0 and by the text's length")]
fn substring(text: &str, start: f64, end: Option<f64>) -> String {
    let start = start.max(0.0) as usize;
    let end = end.map_or(usize::MAX, |e| e.max(0.0) as usize);
    text.chars().take(end).skip(start).collect()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be a place in the list")]
fn chosen(choices: &str, at: f64) -> String {
    if at < 0.0 { String::new() } else { choices.split_whitespace().nth(at as usize).unwrap_or("").to_owned() }
}
