//! What changed between two versions of a form, question by question: what a committee reads before it decides again.

use serde::Serialize;

use super::form::{Form, Node, NodeId};
use super::xpath::Expression;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    pub question: String,
    pub change: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    Added,
    Removed,
    Moved,
    Reworded,
    /// Another type, other choices, other codes, another limit or calculation.
    Recoded,
    SkipChanged,
}

/// The changes in the order of the new form; what was removed comes last.
pub fn changes(before: &Form, after: &Form) -> Vec<Change> {
    let mut found = Vec::new();
    for id in after.ids() {
        let name = &after.node(id).name;
        let kinds = before.named(name).map_or_else(|| vec![Kind::Added], |old| differences(before, old, after, id));
        found.extend(kinds.into_iter().map(|change| Change { question: name.clone(), change }));
    }
    let removed = before.nodes.iter().filter(|n| after.named(&n.name).is_none());
    found.extend(removed.map(|n| Change { question: n.name.clone(), change: Kind::Removed }));
    found
}

fn differences(before: &Form, old: NodeId, after: &Form, new: NodeId) -> Vec<Kind> {
    let (a, b) = (before.node(old), after.node(new));
    let mut found = Vec::new();
    if before.path(old) != after.path(new) {
        found.push(Kind::Moved);
    }
    if words(before, a) != words(after, b) {
        found.push(Kind::Reworded);
    }
    if codes(before, a) != codes(after, b) {
        found.push(Kind::Recoded);
    }
    if source(&a.relevant) != source(&b.relevant) || source(&a.repeat_count) != source(&b.repeat_count) {
        found.push(Kind::SkipChanged);
    }
    found
}

/// Every text of a question, in every language, each choice's under its code.
fn words<'a>(form: &'a Form, node: &'a Node) -> Vec<(&'a str, &'a str, &'a str)> {
    let own = [&node.label, &node.hint, &node.guidance, &node.constraint_message, &node.required_message];
    let own = own.into_iter().map(|texts| ("", texts));
    let media = node.media.iter().map(|(kind, texts)| (*kind, texts));
    let choices = form.choices(node.kind).unwrap_or_default().iter().map(|c| (c.name.as_str(), &c.label));
    let in_language = |(code, texts): (&'a str, &'a super::Texts)| {
        form.languages.iter().zip(texts.iter()).map(move |(language, text)| (code, language.name.as_str(), text.as_str()))
    };
    let mut found: Vec<_> = own.chain(media).flat_map(in_language).collect();
    // A choice that is new or gone is another code, not another wording.
    found.extend(choices.flat_map(in_language).map(|(_, language, text)| ("choice", language, text)));
    found
}

fn codes<'a>(form: &'a Form, node: &'a Node) -> (String, Vec<&'a str>, [Option<&'a str>; 5], String) {
    let kind = if node.kind.list().is_some() { "list".to_owned() } else { format!("{:?}", node.kind) };
    let choices = form.choices(node.kind).unwrap_or_default().iter().map(|c| c.name.as_str()).collect();
    let logic = [&node.constraint, &node.calculation, &node.required, &node.choice_filter, &node.read_only].map(source);
    (kind, choices, logic, format!("{:?}{}", node.parameters, node.default))
}

fn source(expression: &Option<Expression>) -> Option<&str> {
    expression.as_ref().map(|e| e.source.as_str())
}
