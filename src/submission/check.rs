//! A submission: answers that fit their form, because the form's own relevance, types, calculations, requirements and constraints were run on them again.

use std::borrow::Cow;
use std::fmt;

use serde::Serialize;

use super::answers::{Arena, Misplaced, Repeated};
use super::instance::Instance;
use crate::instrument::xpath::{Answers, Expression, Value, moment, offers};
use crate::instrument::{Form, Metadata, Node, NodeId, QuestionType};

/// Answers that fit their form. There is no other way to make one than [`Submission::check`].
#[derive(Debug)]
pub struct Submission<'a> {
    answers: Arena<'a>,
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
    TooManyInstances,
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
            Reason::TooManyInstances => "is in a repeat with more instances than any household has",
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
        let mut rejections = Vec::new();
        let mut reject = |question: &str, reason| rejections.push(Rejection { question: question.to_owned(), reason });
        let arena = Arena::new(form, instance, &mut |misplaced| match misplaced {
            Misplaced::Unknown => reject("an element", Reason::UnknownElement),
            Misplaced::Twice(id) => reject(&form.node(id).name, Reason::AnsweredTwice),
            Misplaced::TooMany(id) => reject(&form.node(id).name, Reason::TooManyInstances),
        });
        let mut check = Check { form, answers: arena, rejections };
        for id in &form.order {
            for frame in check.answers.frames_with(*id) {
                check.answer(*id, frame);
            }
        }
        if check.rejections.is_empty() { Ok(Submission { answers: check.answers }) } else { Err(check.rejections) }
    }

    pub fn form(&self) -> &'a Form {
        self.answers.form
    }

    /// An answer as text; empty where there is none. Inside a repeat it is the first instance's.
    pub fn text(&self, id: NodeId) -> Cow<'_, str> {
        match self.answers.frames_with(id).next() {
            Some(frame) => self.answers.answer(id, frame).to_text(),
            None => Cow::Borrowed(""),
        }
    }
}

impl Submission<'_> {
    /// Every instance of a repeat that was asked, in the order of the interview.
    pub fn repeated(&self) -> Vec<Repeated> {
        self.answers.repeated()
    }

    /// An answer in one instance of the repeat its question lies in.
    pub fn text_in(&self, id: NodeId, place: &Repeated) -> Cow<'_, str> {
        self.answers.answer_in(id, place).to_text()
    }
}

impl Answers for Submission<'_> {
    fn value(&self, node: NodeId) -> Value<'_> {
        self.answers.frames_with(node).next().map_or(Value::EMPTY, |frame| self.answers.answer(node, frame).clone())
    }
}

struct Check<'a> {
    form: &'a Form,
    answers: Arena<'a>,
    rejections: Vec<Rejection>,
}

impl<'a> Check<'a> {
    fn answer(&mut self, id: NodeId, frame: usize) {
        let node = &self.form.nodes[id.index()];
        let sent = self.answers.sent(id, frame);
        let relevant = self.is_relevant(node, frame);
        self.answers.set_relevant(id, frame, relevant);
        if !relevant {
            if !sent.is_empty() {
                self.reject(&node.name, Reason::NotRelevant);
            }
            return;
        }
        match self.read(node, sent, frame) {
            Ok(value) => self.answers.set(id, frame, value),
            Err(reason) => return self.reject(&node.name, reason),
        }
        self.hold_to_rules(id, node, frame);
    }

    fn is_relevant(&self, node: &Node, frame: usize) -> bool {
        node.parent.is_none_or(|p| self.answers.is_relevant(p, frame))
            && node.relevant.as_ref().is_none_or(|e| e.holds(&self.answers.at(frame), &Value::EMPTY))
    }

    fn read(&mut self, node: &'a Node, sent: &'a str, frame: usize) -> Result<Value<'a>, Reason> {
        if is_computed(node) {
            return if self.calculates(node, sent, frame) { Ok(typed(node.kind, sent)) } else { Err(Reason::Calculation) };
        }
        if sent.is_empty() {
            return Ok(Value::EMPTY);
        }
        let is_choice = |code: &str| self.offers(node, code, frame);
        match node.kind {
            QuestionType::Group | QuestionType::Repeat => Err(Reason::WrongType),
            QuestionType::Note if node.read_only.is_none() => Err(Reason::WrongType),
            QuestionType::Integer => sent.parse::<i32>().map(|n| Value::Number(f64::from(n))).map_err(|_| Reason::WrongType),
            QuestionType::Decimal => Some(number(sent)).filter(|n| n.is_finite()).map(Value::Number).ok_or(Reason::WrongType),
            QuestionType::Range { .. } if is_on_scale(node, number(sent)) => Ok(Value::Number(number(sent))),
            QuestionType::Range { .. } => Err(Reason::WrongType),
            QuestionType::Date => moment(sent).filter(|_| !sent.contains('T')).ok_or(Reason::WrongType),
            QuestionType::SelectOne(_) if !is_choice(sent) => Err(Reason::UnknownChoice),
            QuestionType::SelectMultiple(_) | QuestionType::Rank(_) if !sent.split_whitespace().all(is_choice) => {
                Err(Reason::UnknownChoice)
            }
            QuestionType::Acknowledge if sent != "OK" => Err(Reason::UnknownChoice),
            kind => Ok(typed(kind, sent)),
        }
    }

    /// Whether the form's own calculation comes to what was sent; words may be in any of its languages.
    fn calculates(&mut self, node: &Node, sent: &str, frame: usize) -> bool {
        let Some(calculation) = &node.calculation else { return true };
        let n_languages = if calculation.is_in_words() { self.form.languages.len() } else { 1 };
        (0..n_languages).any(|language| {
            self.answers.language = language;
            agree(&calculation.value(&self.answers.at(frame)), sent)
        })
    }

    /// Whether the question offers a code, given the answers its choice filter reads; a file's choices are the device's to know.
    fn offers(&self, node: &Node, code: &str, frame: usize) -> bool {
        let Some(choices) = self.form.choices(node.kind) else { return !code.contains(char::is_whitespace) };
        let here = self.answers.at(frame);
        let is_offered = |place: usize| node.choice_filter.as_ref().is_none_or(|f| offers(f, &here, &choices[place], place + 1));
        choices.iter().enumerate().any(|(place, choice)| choice.name == code && is_offered(place))
    }

    fn hold_to_rules(&mut self, id: NodeId, node: &Node, frame: usize) {
        let this = self.answers.answer(id, frame).clone();
        let here = self.answers.at(frame);
        if this.is_empty() {
            if node.is_shown() && node.required.as_ref().is_some_and(|e| e.holds(&here, &this)) {
                self.reject(&node.name, Reason::Required);
            }
        } else if node.constraint.as_ref().is_some_and(|e| !self.holds(e, frame, &this)) {
            self.reject(&node.name, Reason::Constraint);
        }
    }

    /// A rule about today, where the device did not say what day it is, was the device's alone to keep.
    fn holds(&self, rule: &Expression, frame: usize, this: &Value<'_>) -> bool {
        let here = self.answers.at(frame);
        rule.holds(&here, this) || (rule.is_as_sent() && here.clock().is_empty() && rule.holds_without_clock(&here, this))
    }

    fn reject(&mut self, question: &str, reason: Reason) {
        self.rejections.push(Rejection { question: question.to_owned(), reason });
    }
}

/// Whether the value follows from other answers alone: not chance, not what a trigger once set, not what may be typed over.
fn is_computed(node: &Node) -> bool {
    let is_locked = node.read_only.as_ref().is_some_and(|e| e.source == "true()");
    let may_be_typed_over = node.is_shown() && !is_locked;
    node.calculation.as_ref().is_some_and(|c| !c.is_as_sent()) && node.triggers.is_empty() && !may_be_typed_over
}

/// An answer as the expressions of the form see it: by its question's type.
fn typed(kind: QuestionType, sent: &str) -> Value<'_> {
    match kind {
        QuestionType::Integer | QuestionType::Decimal | QuestionType::Range { .. } if !sent.is_empty() => Value::Number(number(sent)),
        QuestionType::Date | QuestionType::DateTime | QuestionType::Metadata(Metadata::Start | Metadata::End | Metadata::Today) => {
            moment(sent).unwrap_or(Value::text(sent))
        }
        _ => Value::text(sent),
    }
}

fn number(text: &str) -> f64 {
    Value::text(text).to_number()
}

/// Whether a number is a step of a range, whichever way the range runs.
fn is_on_scale(node: &Node, n: f64) -> bool {
    let parameter = |name: &str| node.parameter(name).map_or(f64::NAN, number);
    let (start, end, step) = (parameter("start"), parameter("end"), parameter("step").abs());
    let steps = (n - start) / step;
    n >= start.min(end) && n <= start.max(end) && (steps - steps.round()).abs() < 1e-6
}

/// Whether a calculation made here agrees with the device's: as numbers to 12 digits, else as text.
fn agree(expected: &Value<'_>, sent: &str) -> bool {
    if expected.is_empty() {
        return sent.is_empty() || sent == "NaN";
    }
    let (a, b) = (expected.to_number(), Value::text(sent).to_number());
    // What is sent arrives without the spaces at its ends.
    (a - b).abs() <= 1e-12 * a.abs().max(1.0) || expected.to_text().trim() == sent
}
