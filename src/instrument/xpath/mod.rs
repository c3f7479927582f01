//! The expressions of a form (`relevant`, `constraint`, `calculation`, `required`, indicator numerators): parsed once into a tree, evaluated by one evaluator.
//!
//! The language is the subset of XPath 1.0 that ODK forms use, with JavaRosa's reading of it, since that is the engine in
//! the enumerator's hand: an empty answer is the empty string, an answer to a number question is a number, anything else is
//! text, and `regex()` must match the whole text.

mod dates;
mod evaluate;
mod function;
mod lexer;
mod nodes;
mod parse;
mod path;
mod value;

use serde::Serialize;

pub use dates::moment;
pub use evaluate::{Answers, evaluate, offers};
pub use function::Function;
pub use parse::{Found, Scope, parse};
pub use value::Value;

use super::{ListId, NodeId};

/// An expression as its author wrote it, with the tree it was parsed into.
#[derive(Debug, Clone)]
pub struct Expression {
    pub source: String,
    pub tree: Expr,
    is_as_sent: bool,
    is_in_words: bool,
}

impl Expression {
    fn new(source: &str, tree: Expr) -> Expression {
        Expression {
            source: source.to_owned(),
            is_as_sent: tree.any(&mut |e| matches!(e, Expr::Call(f, _) if f.is_as_sent())),
            is_in_words: tree.any(&mut |e| matches!(e, Expr::ChoiceName(..))),
            tree,
        }
    }

    /// The truth of the expression where `this` is the answer that `.` stands for.
    pub fn holds(&self, answers: &dyn Answers, this: &Value<'_>) -> bool {
        evaluate(&self.tree, answers, this).to_boolean()
    }

    /// What the expression comes to, apart from the answers it read.
    pub fn value(&self, answers: &dyn Answers) -> Value<'static> {
        evaluate(&self.tree, answers, &Value::EMPTY).into_owned()
    }

    /// Whether the device alone can know the value: chance, the clock, or "keep what was there first".
    pub fn is_as_sent(&self) -> bool {
        self.is_as_sent
    }

    /// The truth of those parts, joined by `and`, that ask nothing only the device knows.
    pub fn holds_without_clock(&self, answers: &dyn Answers, this: &Value<'_>) -> bool {
        self.tree.conjuncts().iter().all(|part| {
            let is_as_sent = part.any(&mut |e| matches!(e, Expr::Call(f, _) if f.is_as_sent()));
            is_as_sent || evaluate(part, answers, this).to_boolean()
        })
    }

    /// Whether the value comes from a file beside the form.
    pub fn reads_file(&self) -> bool {
        self.tree.any(&mut |e| matches!(e, Expr::Call(f, _) if f.reads_file()))
    }

    /// Whether it puts answers in an order that the device draws.
    pub fn draws_order(&self) -> bool {
        self.tree.any(&mut |e| matches!(e, Expr::Call(Function::Randomize, _)))
    }

    /// Whether the value is words, and so another in each language.
    pub fn is_in_words(&self) -> bool {
        self.is_in_words
    }

    /// The questions the expression reads, each once, in the order of the form.
    pub fn reads(&self) -> Vec<NodeId> {
        let mut nodes = Vec::new();
        self.tree.any(&mut |e| {
            match e {
                Expr::Node(n) | Expr::Nth(n, _) => nodes.push(*n),
                Expr::Nodes(found) => nodes.extend([found.repeat, found.target]),
                _ => {}
            }
            false
        });
        nodes.sort_unstable();
        nodes.dedup();
        nodes
    }
}

#[derive(Debug, Clone)]
pub enum Expr {
    Number(f64),
    Text(Box<str>),
    /// The answer of a question, or empty for a group.
    Node(NodeId),
    /// `.`: the answer the expression is about.
    This,
    Negate(Box<Expr>),
    Binary(Operator, Box<Expr>, Box<Expr>),
    Call(Function, Vec<Expr>),
    /// `${person}[age > 17]/name`: a question in those instances of a repeat of which the test is true.
    Nodes(Box<Nodes>),
    /// `indexed-repeat(question, repeat, place, …)`
    Nth(NodeId, Vec<(NodeId, Expr)>),
    /// `instance('list')/root/item[test]/column`
    Items(Box<Items>),
    /// A column of the choice a test is about.
    Column(Box<str>),
    /// `position(..)`: which instance of a repeat this is, counted from 1.
    Position(NodeId),
    /// `jr:choice-name(value, 'question')`
    ChoiceName(Box<Expr>, NodeId),
    /// `regex(text, 'pattern')`, its pattern compiled when the form was read.
    Matches(Box<Expr>, regex::Regex),
}

#[derive(Debug, Clone)]
pub struct Nodes {
    pub repeat: NodeId,
    pub test: Expr,
    pub target: NodeId,
}

#[derive(Debug, Clone)]
pub struct Items {
    pub list: ListId,
    pub tests: Vec<Expr>,
    /// Empty where the items themselves are meant, to be counted.
    pub column: Box<str>,
}

impl Expr {
    fn conjuncts(&self) -> Vec<&Expr> {
        match self {
            Expr::Binary(Operator::And, a, b) => [a.conjuncts(), b.conjuncts()].concat(),
            other => vec![other],
        }
    }

    /// Whether `test` is true of the expression or of a part of it.
    fn any(&self, test: &mut dyn FnMut(&Expr) -> bool) -> bool {
        if test(self) {
            return true;
        }
        match self {
            Expr::Negate(a) | Expr::Matches(a, _) | Expr::ChoiceName(a, _) => a.any(test),
            Expr::Nodes(nodes) => nodes.test.any(test),
            Expr::Items(items) => items.tests.iter().any(|t| t.any(test)),
            Expr::Nth(_, places) => places.iter().any(|(_, place)| place.any(test)),
            Expr::Binary(_, a, b) => a.any(test) || b.any(test),
            Expr::Call(_, arguments) => arguments.iter().any(|a| a.any(test)),
            _ => false,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

/// What is wrong with an expression, and at which character (counted from 1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{message} (at character {at})")]
pub struct ParseError {
    pub at: usize,
    pub message: String,
    pub hint: String,
}

impl ParseError {
    fn new(at: usize, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { at: at + 1, message: message.into(), hint: hint.into() }
    }
}

#[cfg(test)]
mod tests;
