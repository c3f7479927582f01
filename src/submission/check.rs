//! A submission: answers that fit their form, because the form's own relevance, types, calculations, requirements and constraints were run on them again.

use std::borrow::Cow;
use std::fmt;

use serde::Serialize;

use super::instance::Instance;
use crate::instrument::xpath::{Answers, Value};
use crate::instrument::{Form, Node, NodeId, QuestionType};

/// Answers that fit their form. There is no other way to make one than [`Submission::check`].
#[derive(Debug)]
pub struct Submission<'a> {
    form: &'a Form,
    answers: Vec<Value<'a>>,
}

/// Why an instance does not fit: the question and the rule, never the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rejection {
    pub question: String,
    pub reason: Reason,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    UnknownElement,
    AnsweredTwice,
    WrongType,
    UnknownChoice,
    NotRelevant,
    Required,
    Constraint,
    Calculation,
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rule = match self.reason {
            Reason::UnknownElement => "is not in the form",
            Reason::AnsweredTwice => "is answered twice",
            Reason::WrongType => "is not of the question's type",
            Reason::UnknownChoice => "is not one of the choices",
            Reason::NotRelevant => "is answered though it is not to be asked",
            Reason::Required => "is required and empty",
            Reason::Constraint => "does not hold the question's constraint",
            Reason::Calculation => "does not agree with the calculation",
        };
        write!(f, "{} {rule}", self.question)
    }
}

impl<'a> Submission<'a> {
    /// Every reason is given, not the first alone.
    pub fn check(form: &'a Form, instance: &'a Instance) -> Result<Submission<'a>, Vec<Rejection>> {
        let mut check =
            Check { form, answers: vec![Value::EMPTY; form.nodes.len()], relevant: vec![true; form.nodes.len()], rejections: Vec::new() };
        let sent = check.place(instance);
        for id in &form.order {
            check.answer(*id, sent[id.index()]);
        }
        if check.rejections.is_empty() { Ok(Submission { form, answers: check.answers }) } else { Err(check.rejections) }
    }

    pub fn form(&self) -> &'a Form {
        self.form
    }

    /// An answer as text; empty where there is none.
    pub fn text(&self, id: NodeId) -> Cow<'_, str> {
        self.answers[id.index()].to_text()
    }
}

impl Answers for Submission<'_> {
    fn value(&self, node: NodeId) -> Value<'_> {
        self.answers[node.index()].clone()
    }
}

struct Check<'a> {
    form: &'a Form,
    answers: Vec<Value<'a>>,
    relevant: Vec<bool>,
    rejections: Vec<Rejection>,
}

impl Answers for Check<'_> {
    fn value(&self, node: NodeId) -> Value<'_> {
        self.answers[node.index()].clone()
    }
}

impl<'a> Check<'a> {
    /// Each leaf at its question; what has no question is rejected.
    fn place(&mut self, instance: &'a Instance) -> Vec<&'a str> {
        let mut sent: Vec<Option<&str>> = vec![None; self.form.nodes.len()];
        for leaf in &instance.leaves {
            match self.form.at_path(&leaf.path) {
                Some(id) if sent[id.index()].replace(&leaf.text).is_some() => self.reject(&self.form.node(id).name, Reason::AnsweredTwice),
                Some(_) => {}
                // Written by clients of themselves; holds nothing when the form's instance_name is empty.
                None if leaf.path == "meta/instanceName" || (leaf.path == "meta" && leaf.text.is_empty()) => {}
                None => self.reject("an element", Reason::UnknownElement),
            }
        }
        sent.into_iter().map(Option::unwrap_or_default).collect()
    }

    fn answer(&mut self, id: NodeId, sent: &'a str) {
        let node = &self.form.nodes[id.index()];
        let relevant = self.is_relevant(node);
        self.relevant[id.index()] = relevant;
        if !relevant {
            if !sent.is_empty() {
                self.reject(&node.name, Reason::NotRelevant);
            }
            return;
        }
        match self.read(node, sent) {
            Ok(value) => self.answers[id.index()] = value,
            Err(reason) => return self.reject(&node.name, reason),
        }
        self.hold_to_rules(id, node);
    }

    fn is_relevant(&self, node: &Node) -> bool {
        node.parent.is_none_or(|p| self.relevant[p.index()]) && node.relevant.as_ref().is_none_or(|e| e.holds(self, &Value::EMPTY))
    }

    fn read(&self, node: &'a Node, sent: &'a str) -> Result<Value<'a>, Reason> {
        if let Some(calculation) = node.calculation.as_ref().filter(|c| !c.is_as_sent()) {
            let expected = calculation.value(self);
            return if agree(&expected, sent) { Ok(Value::text(sent)) } else { Err(Reason::Calculation) };
        }
        if sent.is_empty() {
            return Ok(Value::EMPTY);
        }
        let is_choice = |code: &str| self.form.choices(node.kind).is_some_and(|list| list.iter().any(|c| c.name == code));
        match node.kind {
            QuestionType::Group | QuestionType::Note => Err(Reason::WrongType),
            QuestionType::Integer => sent.parse::<i32>().map(|n| Value::Number(f64::from(n))).map_err(|_| Reason::WrongType),
            QuestionType::Decimal => {
                Some(Value::text(sent).to_number()).filter(|n| n.is_finite()).map(Value::Number).ok_or(Reason::WrongType)
            }
            QuestionType::Date => sent.parse::<jiff::civil::Date>().map(|_| Value::text(sent)).map_err(|_| Reason::WrongType),
            QuestionType::SelectOne(_) if !is_choice(sent) => Err(Reason::UnknownChoice),
            QuestionType::SelectMultiple(_) if !sent.split_whitespace().all(is_choice) => Err(Reason::UnknownChoice),
            QuestionType::Acknowledge if sent != "OK" => Err(Reason::UnknownChoice),
            _ => Ok(Value::text(sent)),
        }
    }

    fn hold_to_rules(&mut self, id: NodeId, node: &Node) {
        let this = self.answers[id.index()].clone();
        if this.is_empty() {
            let is_asked =
                !matches!(node.kind, QuestionType::Group | QuestionType::Note | QuestionType::Calculate | QuestionType::Metadata(_));
            if is_asked && node.required.as_ref().is_some_and(|e| e.holds(self, &this)) {
                self.reject(&node.name, Reason::Required);
            }
        } else if node.constraint.as_ref().is_some_and(|e| !e.holds(self, &this)) {
            self.reject(&node.name, Reason::Constraint);
        }
    }

    fn reject(&mut self, question: &str, reason: Reason) {
        self.rejections.push(Rejection { question: question.to_owned(), reason });
    }
}

/// Whether a calculation made here agrees with the device's: as numbers to 12 digits, else as text.
fn agree(expected: &Value<'_>, sent: &str) -> bool {
    if expected.is_empty() {
        return sent.is_empty() || sent == "NaN";
    }
    let (a, b) = (expected.to_number(), Value::text(sent).to_number());
    expected.to_text() == sent || (a - b).abs() <= 1e-12 * a.abs().max(1.0)
}
