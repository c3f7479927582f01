//! The `choices` sheet: the answer lists, with the columns that choice filters read.

use std::collections::HashSet;

use super::error::{Error, Errors, Kind};
use super::form::{Choice, ChoiceList, Form};
use super::texts::{MEDIA, Texts, texts};
use super::workbook::{Row, Sheet};
use super::xml_name::is_xml_name;

pub(super) fn read(sheet: &Sheet, form: &mut Form, may_repeat: bool, errors: &mut Errors) {
    let own = own_columns(sheet);
    for column in own.iter().filter(|c| !is_xml_name(c)) {
        let message = format!("the column '{column}' cannot be read by a filter");
        errors.push(at_header(column, message, "begin its name with a letter; use letters, digits, _ and - only"));
    }
    let mut seen = HashSet::new();
    for row in &sheet.rows {
        let (list, name) = (sheet.cell(row, "list_name"), sheet.cell(row, "name"));
        if list.is_empty() {
            errors.push(at(row, "list_name", Kind::Missing, "the choice belongs to no list".to_owned(), "write the list's name"));
            continue;
        }
        if name.is_empty() || name.contains(char::is_whitespace) {
            let message = format!("the choice's name '{name}' is empty or holds a space");
            errors.push(at(row, "name", Kind::Missing, message, "write a code such as 1 or yes"));
            continue;
        }
        if !seen.insert((list, name)) && !may_repeat {
            let message = format!("the list '{list}' has the choice '{name}' already");
            errors.push(at(row, "name", Kind::Duplicate, message, "give each choice of a list its own name"));
        }
        let choice = choice(sheet, row, name, &own, form);
        match form.choice_lists.iter_mut().find(|l| l.name == list) {
            Some(found) => found.choices.push(choice),
            None => form.choice_lists.push(ChoiceList { name: list.to_owned(), file: None, choices: vec![choice] }),
        }
    }
}

fn choice(sheet: &Sheet, row: &Row, name: &str, own: &[&str], form: &Form) -> Choice {
    let texts = |column: &str| texts(sheet, row, column, &form.languages, form.default_language);
    Choice {
        name: name.to_owned(),
        label: texts("label"),
        media: MEDIA.iter().map(|(kind, _)| (*kind, texts(&format!("media::{kind}")))).filter(|(_, t)| t.has_words()).collect(),
        columns: own.iter().map(|c| ((*c).to_owned(), sheet.cell(row, c).to_owned())).filter(|(_, v)| !v.is_empty()).collect(),
    }
}

/// The columns that are the author's own; one with a space cannot be named in a filter and is a note to oneself.
fn own_columns(sheet: &Sheet) -> Vec<&str> {
    let is_own = |h: &&String| {
        let front = h.split("::").next().unwrap_or(h);
        !matches!(front, "" | "list_name" | "name" | "label" | "media" | "sms_option") && !h.contains(char::is_whitespace)
    };
    let is_filled = |h: &&String| sheet.rows.iter().any(|row| !sheet.cell(row, h).is_empty());
    sheet.header.iter().filter(is_own).filter(is_filled).map(String::as_str).collect()
}

/// `select_one yn or_other`: the choice `other`, at the list's end, where it has none.
pub(super) fn add_other(list: &mut ChoiceList, n_languages: usize) {
    if list.choices.iter().any(|c| c.name == "other") {
        return;
    }
    let is_plain = list.choices.iter().all(|c| c.label.is_plain());
    let label = if is_plain { Texts::plain("Other", n_languages) } else { Texts::in_each(&list.choices, "Other", n_languages) };
    list.choices.push(Choice { name: "other".to_owned(), label, media: Vec::new(), columns: Vec::new() });
}

impl Texts {
    /// The same words in each language that a choice of the list has.
    fn in_each(choices: &[Choice], word: &str, n_languages: usize) -> Texts {
        let mut texts = Texts::default();
        for language in 0..n_languages {
            let is_spoken = choices.iter().any(|c| c.label.get(language).is_some_and(|t| !t.is_empty()));
            texts.push(if is_spoken { word } else { "" });
        }
        texts
    }
}

fn at_header(column: &str, message: String, hint: &str) -> Error {
    Error::at("choices", 1, column, Kind::Unknown, message, hint)
}

fn at(row: &Row, column: &str, kind: Kind, message: String, hint: &str) -> Error {
    Error::at("choices", row.number, column, kind, message, hint)
}
