//! The columns of a sheet under one spelling each: `relevance` is `relevant`, `Label : English` is `label::English`.

use super::error::{Error, Errors, Kind};
use super::nearest::nearest;
use super::workbook::Sheet;

/// Other spellings of the survey sheet's columns.
const SURVEY: [(&str, &str); 24] = [
    ("caption", "label"),
    ("command", "type"),
    ("tag", "name"),
    ("value", "name"),
    ("relevance", "relevant"),
    ("bind::relevant", "relevant"),
    ("bind::required", "required"),
    ("bind::constraint", "constraint"),
    ("bind::calculate", "calculation"),
    ("bind::readonly", "read_only"),
    ("bind::jr:constraintmsg", "constraint_message"),
    ("bind::jr:requiredmsg", "required_message"),
    ("calculate", "calculation"),
    ("constraining_message", "constraint_message"),
    ("requiredmsg", "required_message"),
    ("readonly", "read_only"),
    ("count", "repeat_count"),
    ("jr:count", "repeat_count"),
    ("body::appearance", "appearance"),
    ("body::jr:count", "repeat_count"),
    ("image", "media::image"),
    ("big-image", "media::big-image"),
    ("audio", "media::audio"),
    ("video", "media::video"),
];
const CHOICES: [(&str, &str); 7] = [
    ("list name", "list_name"),
    ("caption", "label"),
    ("value", "name"),
    ("image", "media::image"),
    ("big-image", "media::big-image"),
    ("audio", "media::audio"),
    ("video", "media::video"),
];
const SETTINGS: [(&str, &str); 3] = [("set_form_title", "form_title"), ("set_form_id", "form_id"), ("id_string", "form_id")];

/// How many of the columns below are the survey sheet's; the rest are the settings'.
const N_SURVEY: usize = 21;

/// The columns Kish reads, by which a heading in other letters or with spaces is known.
const KNOWN: [&str; 35] = [
    "type",
    "name",
    "label",
    "hint",
    "guidance_hint",
    "required",
    "required_message",
    "relevant",
    "constraint",
    "constraint_message",
    "calculation",
    "default",
    "trigger",
    "read_only",
    "appearance",
    "parameters",
    "choice_filter",
    "repeat_count",
    "media",
    "disabled",
    "free_text_reason",
    "list_name",
    "form_title",
    "form_id",
    "version",
    "default_language",
    "instance_name",
    "public_key",
    "submission_url",
    "auto_send",
    "auto_delete",
    "allow_choice_duplicates",
    "client_editable",
    "style",
    "namespaces",
];

pub(super) fn normal(name: &str, sheet: &Sheet, errors: &mut Errors) -> Sheet {
    let aliases: &[(&str, &str)] = match name {
        "survey" => &SURVEY,
        "choices" => &CHOICES,
        _ => &SETTINGS,
    };
    let has_double_colon = sheet.header.iter().any(|h| h.contains("::"));
    let mut header: Vec<String> = Vec::new();
    for (place, written) in sheet.header.iter().enumerate() {
        let column = spelling(written, aliases, has_double_colon);
        if let Some(first) = header.iter().position(|h| *h == column && !column.is_empty()) {
            let message = format!("the columns '{}' and '{written}' mean the same", sheet.header[first]);
            errors.push(Error {
                row: Some(1),
                column: Some(written.clone()),
                ..Error::in_sheet(name, Kind::Duplicate, message, "keep one")
            });
        }
        debug_assert_eq!(place, header.len());
        header.push(column);
    }
    misspelt(name, sheet, &header, errors);
    Sheet { header, rows: sheet.rows.clone() }
}

/// A column that is nearly one Kish reads, where that one is missing: passed over in silence, a skip or a limit would be lost.
fn misspelt(name: &str, sheet: &Sheet, header: &[String], errors: &mut Errors) {
    let known = known_in(name);
    let front = |column: &str| column.split("::").next().unwrap_or(column).to_owned();
    for (place, column) in header.iter().enumerate().filter(|(_, c)| !c.is_empty() && !c.starts_with('_')) {
        let is_filled = sheet.rows.iter().any(|row| row.cells.get(place).is_some_and(|cell| !cell.trim().is_empty()));
        let near = nearest(&front(column), known.iter().copied()).filter(|_| !known.contains(&front(column).as_str()));
        if let Some(near) = near.filter(|near| is_filled && !header.iter().any(|h| front(h) == **near)) {
            let written = &sheet.header[place];
            let message = format!("the column '{written}' is none that is read, so nothing below it counts");
            let hint = format!("did you mean {near}? To keep it as a note to yourself, begin it with _");
            errors.push(Error { row: Some(1), column: Some(written.clone()), ..Error::in_sheet(name, Kind::Unknown, message, hint) });
        }
    }
}

fn known_in(name: &str) -> &'static [&'static str] {
    match name {
        "survey" => &KNOWN[..N_SURVEY],
        "choices" => &["list_name", "name", "label", "media"],
        _ => &KNOWN[N_SURVEY..],
    }
}

fn spelling(written: &str, aliases: &[(&str, &str)], has_double_colon: bool) -> String {
    let parts: Vec<&str> = if has_double_colon {
        written.split("::").map(str::trim).collect()
    } else if written.trim().starts_with("jr:") {
        vec![written.trim()]
    } else {
        written.split(':').map(str::trim).collect()
    };
    for length in [2, 1] {
        if parts.len() < length {
            continue;
        }
        let front = snake(&parts[..length].join("::"));
        let known = aliases.iter().find(|(alias, _)| snake(alias) == front).map(|(_, column)| *column);
        if let Some(column) = known.or_else(|| KNOWN.iter().find(|k| **k == front).copied()) {
            return std::iter::once(column).chain(parts[length..].iter().copied()).collect::<Vec<_>>().join("::");
        }
    }
    // A column of the author's own is left as it is: a choice filter names it so.
    written.trim().to_owned()
}

fn snake(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join("_").to_lowercase()
}
