//! Words in the columns of their languages.

use super::parts::{Shown, Word, Words, looked_up};
use super::paths::last;
use super::sheet::Cells;
use super::xml::Tag;
use super::{Reading, wrong};
use crate::instrument::error::Kind;

/// What a translation shows where its language has no words.
const NO_WORDS: &str = "-";

/// The language of texts whose column names none.
const NO_LANGUAGE: &str = "default";

impl Reading<'_> {
    pub(super) fn put_shown(&mut self, cells: &mut Cells, column: &str, shown: &Shown, tag: &Tag) {
        match shown {
            Shown::Nothing => {}
            Shown::Here(words) => cells.put(column, self.written(words, tag)),
            Shown::LookedUp(id) => self.put_looked_up(cells, column, id, tag),
        }
    }

    /// The message of a bind, which is an attribute.
    pub(super) fn put_message(&mut self, cells: &mut Cells, column: &str, text: &str, tag: &Tag) {
        match looked_up(text) {
            Some(id) => self.put_looked_up(cells, column, &id, tag),
            None => cells.put(column, text),
        }
    }

    pub(super) fn put_looked_up(&mut self, cells: &mut Cells, column: &str, id: &str, tag: &Tag) {
        let translations = &self.parts.translations;
        let in_languages = translations.iter().filter_map(|t| Some((t.language.as_str(), t.texts.get(id)?)));
        let found: Vec<_> = in_languages.flat_map(|(language, forms)| forms.iter().map(move |form| (language, form))).collect();
        // A choice may be without words, as in a workbook.
        if found.is_empty() && tag.name != "item" {
            let message = format!("no translation has the text '{id}'");
            self.errors.push(wrong(tag.line, &tag.name, Kind::Missing, &message, "add it to each <translation>"));
        }
        let is_silent = |words: &Words| matches!(words.as_slice(), [Word::Text(text)] if text.trim() == NO_WORDS);
        for (language, (form, words)) in &found {
            let is_said_elsewhere = found.iter().any(|(_, (f, w))| f == form && !is_silent(w));
            let Some(column) = self.column_of(column, form, tag) else { continue };
            let header = if *language == NO_LANGUAGE { column } else { format!("{column}::{language}") };
            if !(is_silent(words) && is_said_elsewhere) {
                let text = self.written(words, tag);
                cells.put(&header, without_folder(&text, form));
            }
        }
    }

    fn column_of(&mut self, column: &str, form: &str, tag: &Tag) -> Option<String> {
        match form {
            "" | "long" => Some(column.to_owned()),
            "guidance" if column == "hint" => Some("guidance_hint".to_owned()),
            "image" | "big-image" | "audio" | "video" if column == "label" => Some(format!("media::{form}")),
            other => {
                self.fails(tag, Kind::Unknown, &format!("a text in the form '{other}' is not supported here"));
                None
            }
        }
    }

    fn written(&mut self, words: &Words, tag: &Tag) -> String {
        let mut text = String::new();
        for word in words {
            match word {
                Word::Text(word) => text.push_str(word),
                Word::Output(path) if self.leads_to_question(path) => {
                    text.push_str("${");
                    text.push_str(last(path));
                    text.push('}');
                }
                Word::Output(path) => {
                    let message = format!("a text shows '{path}', which is no question's answer");
                    let hint = "compute it in a question of its own, and show that";
                    self.errors.push(wrong(tag.line, &tag.name, Kind::Expression, &message, hint));
                }
            }
        }
        text.trim().to_owned()
    }

    /// A path from the root, or from where the text stands.
    fn leads_to_question(&self, path: &str) -> bool {
        let is_plain = path.chars().all(|c| c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | ' '));
        match self.below(path) {
            Some(below) => self.fields.contains_key(below.trim()),
            None => is_plain && self.fields.keys().any(|known| last(known) == last(path)),
        }
    }
}

fn without_folder<'t>(text: &'t str, form: &str) -> &'t str {
    let folder = match form {
        "image" | "big-image" => "jr://images/",
        "audio" => "jr://audio/",
        "video" => "jr://video/",
        _ => "",
    };
    text.strip_prefix(folder).unwrap_or(text)
}
