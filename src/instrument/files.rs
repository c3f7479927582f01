//! The files a form names: pictures, sound, tables of choices. Without them it cannot be asked as it was approved.

use std::collections::BTreeMap;

use super::form::{Form, Node, QuestionType};
use super::itext::pulled_files;
use super::texts::Texts;

/// What a file is to the clients of ODK.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    Image,
    Audio,
    Video,
    /// A table of choices or of anything else.
    Table,
}

impl FileKind {
    /// The word that Central's clients know.
    pub fn name(self) -> &'static str {
        match self {
            FileKind::Image => "image",
            FileKind::Audio => "audio",
            FileKind::Video => "video",
            FileKind::Table => "file",
        }
    }

    fn of_media(kind: &str) -> FileKind {
        match kind {
            "audio" => FileKind::Audio,
            "video" => FileKind::Video,
            _ => FileKind::Image,
        }
    }
}

/// Every file by its name, in the order of the alphabet.
pub fn named_files(form: &Form) -> BTreeMap<String, FileKind> {
    let mut found = BTreeMap::new();
    let choices = form.choice_lists.iter().flat_map(|l| &l.choices);
    let media = form.nodes.iter().flat_map(|n| &n.media).chain(choices.flat_map(|c| &c.media));
    for (kind, texts) in media {
        found.extend(words(texts).map(|name| (last(name), FileKind::of_media(kind))));
    }
    let tables = form.choice_lists.iter().filter_map(|l| l.file.as_ref()).chain(form.files.iter().map(|f| &f.address));
    found.extend(tables.map(|address| (last(address), FileKind::Table)));
    for id in form.ids() {
        found.extend(pulled_files(form, id).into_iter().map(|name| (format!("{name}.csv"), FileKind::Table)));
    }
    found.extend(form.nodes.iter().filter_map(drawn_on).map(|name| (last(name), FileKind::Image)));
    found
}

fn words(texts: &Texts) -> impl Iterator<Item = &str> {
    texts.iter().map(String::as_str).filter(|t| !t.is_empty())
}

/// The picture that a question of a picture begins with.
fn drawn_on(node: &Node) -> Option<&str> {
    Some(node.default.as_str()).filter(|d| node.kind == QuestionType::Upload("image/*") && !d.is_empty())
}

/// `jr://images/a.png` is a file named `a.png` on the device, and so it is here.
fn last(address: &str) -> String {
    address.rsplit('/').next().unwrap_or(address).to_owned()
}
