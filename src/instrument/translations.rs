//! The `languages` sheet: which language a questionnaire was written in, and which translations somebody has signed off.

use serde::Serialize;

use super::error::{Error, Errors, Kind};
use super::form::Form;
use super::nearest::nearest;
use super::workbook::{Row, Sheet, Workbook};

/// How far the words of a language have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Translation {
    Original,
    Unreviewed,
    SignedOff,
}

const STATES: [(&str, Translation); 3] =
    [("original", Translation::Original), ("unreviewed", Translation::Unreviewed), ("signed-off", Translation::SignedOff)];
/// What a sign-off refers to; each cell names a document of the office.
const REFERENCES: [&str; 3] = ["forward_translation", "back_translation", "cognitive_test"];

/// One state a language of the form, in their order; none where the workbook has no such sheet.
pub(super) fn read(workbook: &Workbook, form: &Form, errors: &mut Errors) -> Vec<Translation> {
    let Some(sheet) = workbook.sheet("languages") else { return Vec::new() };
    let mut found = vec![None; form.languages.len()];
    for row in &sheet.rows {
        let state = state(sheet, row, errors);
        let name = sheet.cell(row, "language");
        match form.languages.iter().position(|l| l.name == name) {
            Some(place) => found[place] = Some(state),
            None => {
                let known = form.languages.iter().map(|l| l.name.as_str());
                let hint = nearest(name, known).map_or_else(|| "name it as its columns do".to_owned(), |n| format!("did you mean {n}?"));
                errors.push(at(row, "language", Kind::Unknown, format!("no column is in the language '{name}'"), hint));
            }
        }
    }
    for (language, _) in form.languages.iter().zip(&found).filter(|(_, state)| state.is_none()) {
        let message = format!("the language '{}' has no row", language.name);
        errors.push(Error::in_sheet("languages", Kind::Missing, message, "add it, with the status original, unreviewed or signed-off"));
    }
    found.into_iter().map(|state| state.unwrap_or(Translation::Unreviewed)).collect()
}

fn state(sheet: &Sheet, row: &Row, errors: &mut Errors) -> Translation {
    let text = sheet.cell(row, "status");
    let known = STATES.iter().find(|(name, _)| *name == text).map(|(_, state)| *state);
    match known {
        None => {
            let message = format!("'{text}' is not a status of a language");
            errors.push(at(row, "status", Kind::Unknown, message, "write original, unreviewed or signed-off"));
        }
        Some(Translation::SignedOff) => {
            for column in REFERENCES.iter().filter(|c| sheet.cell(row, c).is_empty()) {
                let message = format!("a language is signed off and its {column} is not named");
                errors.push(at(row, column, Kind::Missing, message, "write the reference of its record, or the status unreviewed"));
            }
        }
        Some(_) => {}
    }
    known.unwrap_or(Translation::Unreviewed)
}

fn at(row: &Row, column: &str, kind: Kind, message: impl Into<String>, hint: impl Into<String>) -> Error {
    Error::at("languages", row.number, column, kind, message, hint)
}

impl Form {
    /// The codes of the languages whose translation nobody has signed off.
    pub fn unreviewed_languages(&self) -> impl Iterator<Item = &str> {
        let states = self.languages.iter().zip(&self.translations);
        states.filter(|(_, state)| **state == Translation::Unreviewed).map(|(language, _)| language.code())
    }
}
