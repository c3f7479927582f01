//! Skips and limits as one says them, for the questionnaire on paper.

use super::form::{Form, NodeId};
use super::printed::is_right_to_left;
use super::xpath::{Expr, Expression, Function, Operator};

/// Whose expression is said, and in which of the form's languages choices are named.
#[derive(Clone, Copy)]
pub(super) struct Speaker<'a> {
    pub(super) form: &'a Form,
    pub(super) about: NodeId,
    pub(super) language: usize,
}

impl Speaker<'_> {
    /// What has no words of its own stands as the author wrote it, with the questions by their names.
    pub(super) fn in_words(self, expression: &Expression) -> String {
        self.said(&expression.tree).unwrap_or_else(|| named(&expression.source))
    }

    fn said(self, tree: &Expr) -> Option<String> {
        match tree {
            Expr::Binary(Operator::And, a, b) => Some(format!("{} and {}", self.said(a)?, self.said(b)?)),
            Expr::Binary(Operator::Or, a, b) => {
                let (left, right) = (self.said(a)?, self.said(b)?);
                // One pair of brackets around all that are joined by "or".
                let is_or = matches!(**a, Expr::Binary(Operator::Or, ..));
                let left = if is_or { left.strip_prefix('(').and_then(|l| l.strip_suffix(')')).unwrap_or(&left) } else { &left };
                Some(format!("({left} or {right})"))
            }
            Expr::Binary(operator, a, b) => self.compared(*operator, a, b),
            Expr::Call(Function::Not, a) => {
                let inner = self.said(a.first()?)?;
                Some(if inner.starts_with('(') { format!("not {inner}") } else { format!("not ({inner})") })
            }
            Expr::Call(Function::Selected, a) => {
                let [of, Expr::Text(code)] = a.as_slice() else { return None };
                Some(format!("{} has {}", self.subject(of)?, self.coded(of, code)))
            }
            _ => None,
        }
    }

    fn compared(self, operator: Operator, a: &Expr, b: &Expr) -> Option<String> {
        let verb = match operator {
            Operator::Equal => "is",
            Operator::NotEqual => "is not",
            Operator::Less => "is under",
            Operator::LessOrEqual => "is at most",
            Operator::Greater => "is over",
            Operator::GreaterOrEqual => "is at least",
            _ => return None,
        };
        let is_code = matches!(operator, Operator::Equal | Operator::NotEqual);
        let right = match b {
            Expr::Number(n) if is_code => self.coded(a, &n.to_string()),
            Expr::Number(n) => n.to_string(),
            Expr::Text(text) if text.is_empty() => "empty".to_owned(),
            Expr::Text(text) => self.coded(a, text),
            other => self.subject(other)?,
        };
        Some(format!("{} {verb} {right}", self.subject(a)?))
    }

    fn subject(self, tree: &Expr) -> Option<String> {
        match tree {
            Expr::Node(id) => Some(self.form.node(*id).name.clone()),
            Expr::This => Some("the answer".to_owned()),
            Expr::Call(Function::CountSelected, a) => Some(format!("the number of codes in {}", self.subject(a.first()?)?)),
            _ => None,
        }
    }

    /// A code with what it means in the list of the question it is compared with.
    fn coded(self, subject: &Expr, code: &str) -> String {
        let question = match subject {
            Expr::Node(id) => *id,
            Expr::This => self.about,
            _ => return code.to_owned(),
        };
        let choices = self.form.choices(self.form.node(question).kind).unwrap_or_default();
        let words = choices.iter().find(|c| c.name == code).and_then(|c| c.label.get(self.language));
        // Isolated, words that run from right to left turn nothing around them.
        let (open, close) = if is_right_to_left(&self.form.languages[self.language]) { ("\u{2068}", "\u{2069}") } else { ("", "") };
        words.map_or_else(|| code.to_owned(), |words| format!("{code} ({open}{words}{close})"))
    }
}

/// An expression with the questions by their bare names.
fn named(source: &str) -> String {
    let mut words = String::new();
    let mut rest = source;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, after)) = after.split_once('}') else { break };
        words.push_str(before);
        words.push_str(name.trim());
        rest = after;
    }
    words + rest
}
