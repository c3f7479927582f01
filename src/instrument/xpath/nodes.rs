//! Expressions that come to several answers: over the instances of a repeat, over the choices of a list.

use super::{Answers, Expr, Function, Items, Nodes, Value, evaluate};
use crate::instrument::{Choice, ListId, NodeId};

/// Each value an expression comes to, in the order of the interview; most come to one.
pub(super) fn each(tree: &Expr, answers: &dyn Answers, this: &Value<'_>, visit: &mut dyn FnMut(Value<'_>)) {
    match tree {
        Expr::Node(node) => answers.each(*node, visit),
        Expr::Nodes(nodes) => each_instance(nodes, answers, visit),
        Expr::Items(items) => each_item(items, answers, visit),
        // The order is the device's to draw; how many there are and what they come to is not.
        Expr::Call(Function::Randomize, arguments) => arguments.iter().take(1).for_each(|set| each(set, answers, this, visit)),
        other => visit(evaluate(other, answers, this)),
    }
}

/// The first of the values, which is what a path stands for where one value is wanted.
pub(super) fn first(tree: &Expr, answers: &dyn Answers, this: &Value<'_>) -> Value<'static> {
    let mut found = None;
    each(tree, answers, this, &mut |value| {
        if found.is_none() {
            found = Some(value.into_owned());
        }
    });
    found.unwrap_or(Value::EMPTY)
}

fn each_instance(nodes: &Nodes, answers: &dyn Answers, visit: &mut dyn FnMut(Value<'_>)) {
    answers.instances(nodes.repeat, &mut |inner| {
        if passes(&nodes.test, inner) {
            if nodes.target == nodes.repeat { visit(Value::EMPTY) } else { inner.each(nodes.target, visit) }
        }
    });
}

fn each_item(items: &Items, answers: &dyn Answers, visit: &mut dyn FnMut(Value<'_>)) {
    for (place, choice) in answers.choices(items.list).iter().enumerate() {
        let item = Item { outer: answers, choice, place: place + 1 };
        if items.tests.iter().all(|test| passes(test, &item)) {
            visit(Value::text(choice.column(&items.column)));
        }
    }
}

/// Whether a choice is offered under a choice filter.
pub(super) fn offers(filter: &Expr, answers: &dyn Answers, choice: &Choice, place: usize) -> bool {
    passes(filter, &Item { outer: answers, choice, place })
}

/// A number between brackets is a place, anything else a truth.
#[expect(clippy::cast_precision_loss, reason = "places are far below 2^52")]
fn passes(test: &Expr, answers: &dyn Answers) -> bool {
    match evaluate(test, answers, &Value::EMPTY) {
        Value::Number(n) => n == answers.place() as f64,
        truth => truth.to_boolean(),
    }
}

/// `indexed-repeat()`: the answer in the instance that each place names, from the outermost repeat inward.
/// A place before the first is the first, as JavaRosa has it.
pub(super) fn nth(target: NodeId, places: &[(NodeId, Expr)], answers: &dyn Answers, outer: &dyn Answers) -> Value<'static> {
    let Some(((repeat, place), rest)) = places.split_first() else { return answers.value(target).into_owned() };
    let wanted = evaluate(place, outer, &Value::EMPTY).to_number().max(1.0);
    let (mut found, mut count) = (Value::EMPTY, 0.0);
    answers.instances(*repeat, &mut |inner| {
        count += 1.0;
        if count == wanted {
            found = nth(target, rest, inner, outer);
        }
    });
    found
}

/// A choice under test, with the answers around it.
struct Item<'a> {
    outer: &'a dyn Answers,
    choice: &'a Choice,
    place: usize,
}

impl Answers for Item<'_> {
    fn value(&self, node: NodeId) -> Value<'_> {
        self.outer.value(node)
    }
    fn each(&self, node: NodeId, visit: &mut dyn FnMut(Value<'_>)) {
        self.outer.each(node, visit);
    }
    fn instances(&self, repeat: NodeId, visit: &mut dyn FnMut(&dyn Answers)) {
        self.outer.instances(repeat, visit);
    }
    fn position(&self, repeat: NodeId) -> usize {
        self.outer.position(repeat)
    }
    fn choices(&self, list: ListId) -> &[Choice] {
        self.outer.choices(list)
    }
    fn choices_of(&self, node: NodeId) -> &[Choice] {
        self.outer.choices_of(node)
    }
    fn clock(&self) -> Value<'_> {
        self.outer.clock()
    }
    fn place(&self) -> usize {
        self.place
    }
    fn column(&self, name: &str) -> Value<'_> {
        Value::text(self.choice.column(name))
    }
}
