//! What changed between two versions of a form, question by question: what a committee reads before it decides again.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::form::{Form, Language, Node, NodeId};
use super::texts::Texts;
use super::xpath::Expression;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    pub question: String,
    pub change: Kind,
    /// Each thing that is another, as it was and as it is.
    pub details: Vec<Detail>,
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

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Detail {
    /// The column, and of a choice its code, such as `label, choice 2, French (fr)`.
    pub of: String,
    pub before: String,
    pub after: String,
}

impl Kind {
    pub fn in_words(self) -> &'static str {
        match self {
            Kind::Added => "added",
            Kind::Removed => "removed",
            Kind::Moved => "moved",
            Kind::Reworded => "reworded",
            Kind::Recoded => "recoded",
            Kind::SkipChanged => "asked of others",
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.question, self.change.in_words())?;
        self.details.iter().try_for_each(|d| write!(f, "\n  {}: '{}' → '{}'", d.of, d.before, d.after))
    }
}

/// The changes in the order of the new form; what was removed comes last.
pub fn changes(before: &Form, after: &Form) -> Vec<Change> {
    let mut found = Vec::new();
    for id in after.ids() {
        match before.named(&after.node(id).name) {
            Some(old) => found.extend(differences(before, old, after, id)),
            None => found.push(whole(after, id, Kind::Added)),
        }
    }
    let removed = before.ids().filter(|id| after.named(&before.node(*id).name).is_none());
    found.extend(removed.map(|id| whole(before, id, Kind::Removed)));
    found
}

/// A question that is there in one version alone, with its words.
fn whole(form: &Form, id: NodeId, change: Kind) -> Change {
    let labels = form.languages.iter().zip(form.node(id).label.iter()).filter(|(_, text)| !text.is_empty());
    let detail = |(language, text): (&Language, &String)| match change {
        Kind::Removed => Detail { of: label(language), before: text.clone(), after: String::new() },
        _ => Detail { of: label(language), before: String::new(), after: text.clone() },
    };
    Change { question: form.node(id).name.clone(), change, details: labels.map(detail).collect() }
}

fn label(language: &Language) -> String {
    format!("label, {}", language.name)
}

fn differences(before: &Form, old: NodeId, after: &Form, new: NodeId) -> Vec<Change> {
    let (a, b) = (before.node(old), after.node(new));
    let place = |form: &Form, id| BTreeMap::from([("place".to_owned(), form.path(id))]);
    [
        (Kind::Moved, place(before, old), place(after, new)),
        (Kind::Reworded, words(before, a), words(after, b)),
        (Kind::Recoded, codes(before, a), codes(after, b)),
        (Kind::SkipChanged, skips(a), skips(b)),
    ]
    .into_iter()
    .map(|(change, was, is)| Change { question: b.name.clone(), change, details: details(&was, &is) })
    .filter(|change| !change.details.is_empty())
    .collect()
}

/// What is another in two sets of named texts; what is in one alone was, or is, empty in the other.
fn details(was: &BTreeMap<String, String>, is: &BTreeMap<String, String>) -> Vec<Detail> {
    let mut names: Vec<&String> = was.keys().chain(is.keys()).collect();
    names.sort();
    names.dedup();
    let text = |of: &BTreeMap<String, String>, name: &String| of.get(name).cloned().unwrap_or_default();
    names
        .into_iter()
        .map(|name| Detail { of: name.clone(), before: text(was, name), after: text(is, name) })
        .filter(|d| d.before != d.after)
        .collect()
}

/// Every text of a question, in every language, each choice's under its code.
fn words(form: &Form, node: &Node) -> BTreeMap<String, String> {
    let own = [
        ("label", &node.label),
        ("hint", &node.hint),
        ("guidance", &node.guidance),
        ("constraint_message", &node.constraint_message),
        ("required_message", &node.required_message),
    ];
    let own = own.into_iter().chain(node.media.iter().map(|(kind, texts)| (*kind, texts)));
    let mut found = BTreeMap::new();
    for (of, texts) in own {
        in_each_language(form, of, texts, &mut found);
    }
    for choice in form.choices(node.kind).unwrap_or_default() {
        in_each_language(form, &format!("choice {}", choice.name), &choice.label, &mut found);
        for (kind, texts) in &choice.media {
            in_each_language(form, &format!("choice {}, {kind}", choice.name), texts, &mut found);
        }
    }
    found
}

fn in_each_language(form: &Form, of: &str, texts: &Texts, found: &mut BTreeMap<String, String>) {
    let spoken = form.languages.iter().zip(texts.iter()).filter(|(_, text)| !text.is_empty());
    found.extend(spoken.map(|(language, text)| (format!("{of}, {}", language.name), text.clone())));
}

fn codes(form: &Form, node: &Node) -> BTreeMap<String, String> {
    let choices = form.choices(node.kind).unwrap_or_default();
    let columns = choices.iter().flat_map(|c| c.columns.iter().map(move |(column, value)| (format!("choice {}, {column}", c.name), value)));
    let mut found: BTreeMap<String, String> = columns.map(|(name, value)| (name, value.clone())).collect();
    let list = node.kind.list().map(|l| form.list(l));
    let kind = list.map_or_else(|| format!("{:?}", node.kind), |_| list_kind(node));
    let file = list.and_then(|l| l.file.clone()).unwrap_or_default();
    let names: Vec<&str> = choices.iter().map(|c| c.name.as_str()).collect();
    let parameters: Vec<String> = node.parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let triggers: Vec<&str> = node.triggers.iter().map(|t| form.node(*t).name.as_str()).collect();
    for (of, text) in [
        ("type", kind),
        ("choices", names.join(" ")),
        ("file of choices", file),
        ("constraint", source(node.constraint.as_ref())),
        ("calculation", source(node.calculation.as_ref())),
        ("required", source(node.required.as_ref())),
        ("choice_filter", source(node.choice_filter.as_ref())),
        ("read_only", source(node.read_only.as_ref())),
        ("parameters", parameters.join(" ")),
        ("default", node.default.clone()),
        ("trigger", triggers.join(" ")),
        ("appearance", node.appearance.clone()),
        ("free_text_reason", node.free_text_reason.clone()),
    ] {
        found.insert(of.to_owned(), text);
    }
    found
}

/// Without the list's place in the form, which may move while the list stays.
fn list_kind(node: &Node) -> String {
    format!("{:?}", node.kind).split('(').next().unwrap_or_default().to_owned()
}

fn skips(node: &Node) -> BTreeMap<String, String> {
    BTreeMap::from([
        ("relevant".to_owned(), source(node.relevant.as_ref())),
        ("repeat_count".to_owned(), source(node.repeat_count.as_ref())),
    ])
}

fn source(expression: Option<&Expression>) -> String {
    expression.map(|e| e.source.clone()).unwrap_or_default()
}
