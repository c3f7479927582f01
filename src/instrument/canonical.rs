//! The fingerprint an ethics approval names: of what is asked, of whom, in which words, and of nothing else.
//!
//! It is taken over a canonical JSON of the form's content and not over XForm bytes, so a new version of Kish that
//! writes XForms differently voids no approval, while a changed word, code, skip or language does.

use std::fmt;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::form::{Choice, ChoiceList, Delivery, Form, Node, QuestionType};
use super::xpath::Expression;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hash([u8; 32]);

impl Hash {
    pub(super) const NONE: Hash = Hash([0; 32]);

    pub(super) fn of(form: &Form) -> Hash {
        Hash(Sha256::digest(content(form).to_string()).into())
    }

    /// The fingerprint of a form together with the files it names, each by its name and SHA-256: other pictures or other tables
    /// of choices are another questionnaire. Without files it is the form's own.
    #[must_use]
    pub fn with_files<'a>(self, files: impl Iterator<Item = (&'a str, &'a [u8])>) -> Hash {
        let mut digest = Sha256::new_with_prefix(self.0);
        let mut n_files = 0;
        for (name, content) in files {
            n_files += 1;
            digest.update((name.len() as u64).to_be_bytes());
            digest.update(name);
            digest.update(content);
        }
        if n_files == 0 { self } else { Hash(digest.finalize().into()) }
    }

    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub fn from_bytes(bytes: &[u8]) -> Option<Hash> {
        bytes.try_into().ok().map(Hash)
    }

    /// From 64 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Hash> {
        let mut bytes = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return None;
        }
        for (i, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * i..2 * i + 2], 16).ok()?;
        }
        Some(Hash(bytes))
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

/// The order of keys is that of `serde_json`'s map (sorted), so the text is one for one content.
/// What few forms have stands in it only where a form has it: a Kish that learns more changes no hash.
fn content(form: &Form) -> Value {
    let mut content = json!({
        "canonical": "kish-form/1",
        "form_id": form.id,
        "version": form.version,
        "title": form.title,
        "style": form.style,
        "instance_name": source(form.instance_name.as_ref()),
        "languages": form.languages.iter().map(|l| &l.name).collect::<Vec<_>>(),
        "default_language": form.default_language,
        "questions": form.ids().map(|id| question(form, form.node(id))).collect::<Vec<_>>(),
        "choices": form.choice_lists.iter().map(list).collect::<Vec<_>>(),
    });
    add(&mut content, "delivery", form.delivery != Delivery::default(), || json!(form.delivery));
    add(&mut content, "files", !form.files.is_empty(), || json!(form.files.iter().map(|f| json!([f.id, f.address])).collect::<Vec<_>>()));
    content
}

fn list(list: &ChoiceList) -> Value {
    let choice = |c: &Choice| match (c.media.as_slice(), c.columns.as_slice()) {
        ([], []) => json!([c.name, c.label]),
        (media, columns) => json!([c.name, c.label, media, columns]),
    };
    let mut content = json!({ "list": list.name, "choices": list.choices.iter().map(choice).collect::<Vec<_>>() });
    add(&mut content, "file", list.file.is_some(), || json!(list.file));
    content
}

fn question(form: &Form, node: &Node) -> Value {
    let parameters: Vec<String> = node.parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mut content = json!({
        "name": node.name,
        "in": node.parent.map(|p| form.path(p)),
        "type": kind(form, node.kind),
        "label": node.label,
        "hint": node.hint,
        "guidance": node.guidance,
        "relevant": source(node.relevant.as_ref()),
        "constraint": source(node.constraint.as_ref()),
        "constraint_message": node.constraint_message,
        "required": source(node.required.as_ref()),
        "required_message": node.required_message,
        "calculation": source(node.calculation.as_ref()),
        "default": node.default,
        "appearance": node.appearance,
        "parameters": parameters.join(" "),
        "read_only": node.read_only.as_ref().is_some_and(|e| e.source == "true()"),
    });
    let read_only = node.read_only.as_ref().filter(|e| e.source != "true()");
    add(&mut content, "read_only_if", read_only.is_some(), || json!(source(read_only)));
    add(&mut content, "media", !node.media.is_empty(), || json!(node.media));
    add(&mut content, "triggers", !node.triggers.is_empty(), || json!(node.triggers.iter().map(|t| form.path(*t)).collect::<Vec<_>>()));
    add(&mut content, "choice_filter", node.choice_filter.is_some(), || json!(source(node.choice_filter.as_ref())));
    add(&mut content, "free_text_reason", !node.free_text_reason.is_empty(), || json!(node.free_text_reason));
    add(&mut content, "repeat_count", node.repeat_count.is_some(), || json!(source(node.repeat_count.as_ref())));
    content
}

fn add(content: &mut Value, key: &str, is_there: bool, value: impl FnOnce() -> Value) {
    if is_there {
        content[key] = value();
    }
}

fn kind(form: &Form, kind: QuestionType) -> String {
    match kind {
        QuestionType::SelectOne(list) => format!("select_one {}", form.list(list).name),
        QuestionType::SelectMultiple(list) => format!("select_multiple {}", form.list(list).name),
        QuestionType::Rank(list) => format!("rank {}", form.list(list).name),
        other => format!("{other:?}"),
    }
}

fn source(expression: Option<&Expression>) -> Option<&str> {
    expression.map(|e| e.source.as_str())
}
