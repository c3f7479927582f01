//! The one evaluator: a tree and the answers it reads, into a value.

use std::borrow::Cow;

use super::{Expr, Function, Operator, Value, dates, nodes};
use crate::instrument::{Choice, ListId, NodeId};

/// Where an expression's answers come from: a submission being checked, or a stored response being counted.
pub trait Answers {
    /// The answer as its question's type has it; [`Value::EMPTY`] where there is none.
    fn value(&self, node: NodeId) -> Value<'_>;

    /// Every answer of a question: one, but one for each instance of a repeat that is seen from outside it.
    fn each(&self, node: NodeId, visit: &mut dyn FnMut(Value<'_>)) {
        visit(self.value(node));
    }
    /// The answers as each instance of a repeat sees them.
    fn instances(&self, _repeat: NodeId, _visit: &mut dyn FnMut(&dyn Answers)) {}
    /// Which instance of a repeat these answers lie in, counted from 1.
    fn position(&self, _repeat: NodeId) -> usize {
        1
    }
    /// The place of what is under test between brackets.
    fn place(&self) -> usize {
        1
    }
    /// A column of the choice under test.
    fn column(&self, _name: &str) -> Value<'_> {
        Value::EMPTY
    }
    fn choices(&self, _list: ListId) -> &[Choice] {
        &[]
    }
    fn choices_of(&self, _node: NodeId) -> &[Choice] {
        &[]
    }
    /// The language, by its place in the form, in which a choice's words are given.
    fn language(&self) -> usize {
        0
    }
    /// The device's own time of the interview; empty where it was not sent.
    fn clock(&self) -> Value<'_> {
        Value::EMPTY
    }
}

/// Whether a choice is offered under a filter.
pub fn offers(filter: &super::Expression, answers: &dyn Answers, choice: &Choice, place: usize) -> bool {
    nodes::offers(&filter.tree, answers, choice, place)
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
        Expr::Call(Function::Randomize, _) => nodes::first(tree, answers, this),
        Expr::Call(function, arguments) => call(*function, arguments, answers, this),
        Expr::Nodes(_) | Expr::Items(_) => nodes::first(tree, answers, this),
        Expr::Nth(target, places) => nodes::nth(*target, places, answers, answers),
        Expr::Column(name) => answers.column(name),
        Expr::Position(repeat) => whole(answers.position(*repeat)),
        Expr::ChoiceName(value, question) => choice_name(answers, *question, &evaluate(value, answers, this)),
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

#[expect(clippy::cast_precision_loss, reason = "a list is far shorter than 2^52")]
fn whole(n: usize) -> Value<'static> {
    Value::Number(n as f64)
}

fn choice_name<'a>(answers: &'a dyn Answers, question: NodeId, value: &Value<'_>) -> Value<'a> {
    let code = value.to_text();
    let choice = answers.choices_of(question).iter().find(|c| c.name == code);
    choice.and_then(|c| c.label.get(answers.language())).map_or(Value::EMPTY, |words| Value::text(words))
}

fn call<'a>(function: Function, arguments: &'a [Expr], answers: &'a dyn Answers, this: &'a Value<'_>) -> Value<'a> {
    let value = |i: usize| arguments.get(i).map_or_else(|| this.clone(), |a| evaluate(a, answers, this));
    match function {
        Function::Not => Value::Boolean(!value(0).to_boolean()),
        Function::True => Value::Boolean(true),
        Function::False => Value::Boolean(false),
        Function::If => value(if value(0).to_boolean() { 1 } else { 2 }),
        Function::Coalesce => arguments.iter().map(|a| evaluate(a, answers, this)).find(|v| !v.is_empty()).unwrap_or(Value::EMPTY),
        Function::Boolean => Value::Boolean(value(0).to_boolean()),
        Function::BooleanFromString => Value::Boolean(matches!(value(0).to_text().as_ref(), "1" | "true")),
        Function::Once => value(0),
        Function::Today => dates::date(&answers.clock()),
        Function::Now => answers.clock(),
        Function::Date => dates::date(&value(0)),
        Function::DateTime => dates::date_time(&value(0)),
        Function::Min | Function::Max | Function::Sum | Function::Count | Function::CountNonEmpty | Function::Position => {
            over(function, arguments, answers, this)
        }
        Function::Concat | Function::Join => Value::Text(Cow::Owned(together(function, arguments, answers, this))),
        // What only the device can know is taken as sent and never asked of the server (`Expression::is_as_sent`); paths have their own trees.
        Function::Random | Function::Randomize | Function::Uuid | Function::PullData | Function::Regex => Value::EMPTY,
        Function::Current | Function::Instance | Function::IndexedRepeat | Function::ChoiceName => Value::EMPTY,
        _ if function.is_of_numbers() => Value::Number(of_numbers(function, &value, arguments.len())),
        _ => of_texts(function, &value, arguments.len()),
    }
}

/// Functions over all values their arguments come to.
fn over<'a>(function: Function, arguments: &'a [Expr], answers: &'a dyn Answers, this: &'a Value<'_>) -> Value<'a> {
    let (mut count, mut filled, mut sum) = (0, 0, 0.0);
    let (mut least, mut most) = (f64::NAN, f64::NAN);
    for argument in arguments {
        nodes::each(argument, answers, this, &mut |value| {
            count += 1;
            if !value.is_empty() {
                let n = value.to_number();
                filled += 1;
                sum += n;
                (least, most) = (least.min(n), most.max(n));
            }
        });
    }
    match function {
        Function::Count => whole(count),
        Function::CountNonEmpty => whole(filled),
        Function::Position => whole(answers.place()),
        Function::Min => Value::Number(least),
        Function::Max => Value::Number(most),
        _ => Value::Number(sum),
    }
}

fn together(function: Function, arguments: &[Expr], answers: &dyn Answers, this: &Value<'_>) -> String {
    let (separator, arguments) = match (function, arguments.split_first()) {
        (Function::Join, Some((first, rest))) => (evaluate(first, answers, this).to_text().into_owned(), rest),
        _ => (String::new(), arguments),
    };
    let (mut out, mut is_first) = (String::new(), true);
    for argument in arguments {
        nodes::each(argument, answers, this, &mut |value| {
            if !std::mem::replace(&mut is_first, false) {
                out.push_str(&separator);
            }
            out.push_str(&value.to_text());
        });
    }
    out
}

fn of_numbers<'a>(function: Function, value: &dyn Fn(usize) -> Value<'a>, n_arguments: usize) -> f64 {
    let number = |i: usize| value(i).to_number();
    match function {
        Function::Int => number(0).trunc(),
        Function::Round => round(number(0), if n_arguments > 1 { number(1) } else { 0.0 }),
        Function::Abs => number(0).abs(),
        Function::Pow => number(0).powf(number(1)),
        Function::Log => number(0).ln(),
        Function::Log10 => number(0).log10(),
        Function::Exp => number(0).exp(),
        Function::Sqrt => number(0).sqrt(),
        Function::Pi => std::f64::consts::PI,
        Function::DecimalDateTime => dates::decimal_date_time(&value(0)),
        Function::DecimalTime => dates::decimal_time(&value(0)),
        #[expect(clippy::cast_precision_loss, reason = "a text's length is far below 2^52")]
        Function::StringLength => value(0).to_text().chars().count() as f64,
        #[expect(clippy::cast_precision_loss, reason = "a choice list is far shorter than 2^52")]
        Function::CountSelected => value(0).to_text().split_whitespace().count() as f64,
        _ => number(0),
    }
}

fn of_texts<'a>(function: Function, value: &dyn Fn(usize) -> Value<'a>, n_arguments: usize) -> Value<'a> {
    let text = |i: usize| value(i).to_text().into_owned();
    let number = |i: usize| value(i).to_number();
    let owned = |t: String| Value::Text(Cow::Owned(t));
    match function {
        Function::Substr => owned(substring(&text(0), number(1), (n_arguments > 2).then(|| number(2)))),
        Function::SubstringBefore => owned(text(0).split_once(&text(1)).map_or_else(String::new, |(before, _)| before.to_owned())),
        Function::SubstringAfter => owned(text(0).split_once(&text(1)).map_or_else(String::new, |(_, after)| after.to_owned())),
        Function::Translate => owned(translate(&text(0), &text(1), &text(2))),
        Function::Contains => Value::Boolean(text(0).contains(&text(1))),
        Function::StartsWith => Value::Boolean(text(0).starts_with(&text(1))),
        Function::EndsWith => Value::Boolean(text(0).ends_with(&text(1))),
        Function::NormalizeSpace => owned(text(0).split_whitespace().collect::<Vec<_>>().join(" ")),
        Function::Selected => Value::Boolean(text(0).split_whitespace().any(|c| c == text(1).trim())),
        Function::SelectedAt => owned(chosen(&text(0), number(1))),
        Function::FormatDate | Function::FormatDateTime => owned(dates::format(&value(0), &text(1))),
        Function::Checklist => {
            let n_true = (2..n_arguments).filter(|i| value(*i).to_boolean()).count();
            let (least, most) = (number(0), number(1));
            let n = whole(n_true).to_number();
            Value::Boolean((least < 0.0 || n >= least) && (most < 0.0 || n <= most))
        }
        _ => owned(text(0)),
    }
}

fn translate(text: &str, from: &str, to: &str) -> String {
    let to: Vec<char> = to.chars().collect();
    let swap = |c: char| from.chars().position(|f| f == c).map_or(Some(c), |place| to.get(place).copied());
    text.chars().filter_map(swap).collect()
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
