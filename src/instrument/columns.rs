//! The columns of a sheet under one spelling each: `relevance` is `relevant`, `Label : English` is `label::English`.

use super::error::{Error, Errors, Kind};
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

/// The columns Kish reads, by which a heading in other letters or with spaces is known.
const KNOWN: [&str; 36] = [
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
    "rows",
    "autoplay",
    "media",
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
    "disabled",
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
    Sheet { header, rows: sheet.rows.clone() }
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
