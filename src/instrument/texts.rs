//! The texts of a row in the form's languages, and which languages a workbook speaks.

use std::ops::Deref;

use serde::Serialize;

use super::form::Language;
use super::workbook::{Row, Sheet};

/// One text in the form's languages, in their order; an empty string where a language has none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Texts {
    words: Vec<String>,
    /// Written once, in a column that names no language.
    #[serde(skip)]
    is_plain: bool,
}

impl Texts {
    pub(super) fn plain(text: &str, n_languages: usize) -> Texts {
        Texts { words: vec![text.to_owned(); n_languages], is_plain: true }
    }

    pub(super) fn is_plain(&self) -> bool {
        self.is_plain
    }

    pub fn has_words(&self) -> bool {
        self.words.iter().any(|t| !t.is_empty())
    }

    pub(super) fn push(&mut self, text: &str) {
        self.words.push(text.to_owned());
    }
}

impl Deref for Texts {
    type Target = Vec<String>;

    fn deref(&self) -> &Vec<String> {
        &self.words
    }
}

/// The columns whose texts are in languages.
const TRANSLATED: [&str; 9] = [
    "label",
    "hint",
    "guidance_hint",
    "constraint_message",
    "required_message",
    "media::image",
    "media::big-image",
    "media::audio",
    "media::video",
];

/// The kinds of media a label may have, each with the folder its files lie in.
pub(super) const MEDIA: [(&str, &str); 4] = [("image", "images"), ("big-image", "images"), ("audio", "audio"), ("video", "video")];

/// A row's text under `column` or `column::language`; a text without a language is the default language's.
pub(super) fn texts(sheet: &Sheet, row: &Row, column: &str, languages: &[Language], default: usize) -> Texts {
    let plain = sheet.cell(row, column);
    let mut words: Vec<String> = vec![String::new(); languages.len()];
    let mut is_plain = true;
    for (header, language) in in_languages(sheet, column) {
        let text = sheet.cell(row, header);
        if let (false, Some(place)) = (text.is_empty(), languages.iter().position(|l| l.name == language)) {
            words[place] = text.to_owned();
            is_plain = false;
        }
    }
    if is_plain {
        return Texts::plain(plain, languages.len());
    }
    if words[default].is_empty() {
        words[default] = plain.to_owned();
    }
    Texts { words, is_plain }
}

fn in_languages<'a>(sheet: &'a Sheet, column: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
    sheet.header.iter().filter_map(move |h| h.strip_prefix(column)?.strip_prefix("::").map(|language| (h.as_str(), language.trim())))
}

/// Every language with a text, in the order of first use, and the place of the default one.
pub(super) fn languages(survey: &Sheet, choices: &Sheet, default: &str) -> (Vec<Language>, usize) {
    let mut found: Vec<Language> = Vec::new();
    for sheet in [choices, survey] {
        let in_use = |header: &str| sheet.rows.iter().any(|row| !sheet.cell(row, header).is_empty());
        let spoken = sheet.header.iter().filter_map(|h| {
            let column = TRANSLATED.iter().find(|c| h.strip_prefix(**c).is_some_and(|rest| rest.starts_with("::")))?;
            Some((h, h[column.len() + 2..].trim()))
        });
        for (_, name) in spoken.filter(|(h, _)| in_use(h)) {
            let language = Language { name: name.to_owned() };
            if !found.contains(&language) {
                found.push(language);
            }
        }
    }
    let place = found.iter().position(|l| l.name == default).or_else(|| {
        (found.is_empty() || needs_default(survey, choices)).then(|| {
            found.push(Language { name: default.to_owned() });
            found.len() - 1
        })
    });
    (found, place.unwrap_or(0))
}

/// Whether a text without a language must be looked up like those that have one, and so needs a language to stand under.
fn needs_default(survey: &Sheet, choices: &Sheet) -> bool {
    let mixed = |sheet: &Sheet, row: &Row, column: &str| {
        !sheet.cell(row, column).is_empty() && in_languages(sheet, column).any(|(h, _)| !sheet.cell(row, h).is_empty())
    };
    let looked_up = |sheet: &Sheet, row: &Row| {
        TRANSLATED.iter().any(|c| mixed(sheet, row, c))
            || !sheet.cell(row, "guidance_hint").is_empty()
            || MEDIA.iter().any(|(kind, _)| !sheet.cell(row, &format!("media::{kind}")).is_empty())
            || (!sheet.cell(row, "label").is_empty()
                && MEDIA
                    .iter()
                    .any(|(kind, _)| in_languages(sheet, &format!("media::{kind}")).any(|(h, _)| !sheet.cell(row, h).is_empty())))
            || ["constraint_message", "required_message"].iter().any(|c| sheet.cell(row, c).contains("${"))
            || (!sheet.cell(row, "hint").is_empty() && in_languages(sheet, "guidance_hint").any(|(h, _)| !sheet.cell(row, h).is_empty()))
    };
    let is_translated = |row: &Row| in_languages(choices, "label").any(|(h, _)| !choices.cell(row, h).is_empty());
    let choice = |row: &Row| {
        let label = choices.cell(row, "label");
        let list = choices.cell(row, "list_name");
        !label.is_empty()
            && (label.contains("${")
                || choices.rows.iter().any(|r| choices.cell(r, "list_name") == list && is_translated(r)) && !is_translated(row))
    };
    survey.rows.iter().any(|r| looked_up(survey, r)) || choices.rows.iter().any(|r| looked_up(choices, r) || choice(r))
}
