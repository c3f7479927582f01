//! The `settings` and `choices` sheets, and the order in which a form is read.

use std::collections::{HashMap, HashSet};

use super::canonical::Hash;
use super::error::{Error, Errors, Kind};
use super::form::{Choice, ChoiceList, Form, Language, Texts};
use super::nearest::nearest;
use super::survey;
use super::workbook::{Row, Sheet, Workbook};

const SHEETS: [&str; 7] = ["survey", "choices", "settings", "indicators", "concepts", "external_choices", "entities"];

/// The columns whose texts are in languages; the one spelling each is stored under.
const TRANSLATED: [&str; 5] = ["label", "hint", "guidance_hint", "constraint_message", "required_message"];

pub(super) fn read(workbook: &Workbook) -> Result<Form, Errors> {
    let Some(survey) = workbook.sheet("survey") else { return Err(vec![no_survey(workbook)]) };
    let empty = Sheet::default();
    let choices = workbook.sheet("choices").unwrap_or(&empty);
    let mut errors = Errors::new();
    let mut form = settings(workbook.sheet("settings"), &mut errors);
    form.languages = languages([survey, choices]);
    form.default_language = default_language(workbook.sheet("settings"), &form.languages, &mut errors);
    form.choice_lists = choice_lists(choices, &form.languages, &mut errors);
    survey::read(survey, &mut form, &mut errors);
    instance_name(workbook.sheet("settings"), &mut form, &mut errors);
    if errors.is_empty() {
        form.paths = form.ids().map(|id| (form.path(id)["/data/".len()..].to_owned(), id)).collect();
        form.hash = Hash::of(&form);
        Ok(form)
    } else {
        Err(errors)
    }
}

fn no_survey(workbook: &Workbook) -> Error {
    let hint = match workbook.sheets.keys().find(|k| nearest(k, SHEETS.into_iter()) == Some("survey")) {
        Some(near) => format!("rename the sheet '{near}' to survey"),
        None => "add a sheet named survey with the columns type, name and label".to_owned(),
    };
    Error::in_file(Kind::Missing, "there is no sheet 'survey'", hint)
}

fn settings(sheet: Option<&Sheet>, errors: &mut Errors) -> Form {
    let row = sheet.and_then(|s| s.rows.first());
    let get = |column: &str| match (sheet, row) {
        (Some(s), Some(r)) => s.cell(r, column).to_owned(),
        _ => String::new(),
    };
    let number = row.map_or(2, |r| r.number);
    let id = get("form_id");
    if id.is_empty() {
        errors.push(Error::at(
            "settings",
            number,
            "form_id",
            Kind::Missing,
            "the form has no form_id",
            "give it a short name such as household_safety",
        ));
    }
    let title = if get("form_title").is_empty() { id.clone() } else { get("form_title") };
    Form {
        id,
        version: get("version"),
        title,
        style: get("style"),
        instance_name: None,
        languages: Vec::new(),
        default_language: 0,
        nodes: Vec::new(),
        order: Vec::new(),
        choice_lists: Vec::new(),
        hash: Hash::NONE,
        names: HashMap::new(),
        paths: HashMap::new(),
    }
}

fn instance_name(sheet: Option<&Sheet>, form: &mut Form, errors: &mut Errors) {
    let Some((sheet, row)) = sheet.and_then(|s| s.rows.first().map(|r| (s, r))) else { return };
    form.instance_name = survey::expression("settings", row.number, "instance_name", sheet.cell(row, "instance_name"), form, errors);
}

/// Every language a column names, in the order of first use; one unnamed language where none does.
fn languages(sheets: [&Sheet; 2]) -> Vec<Language> {
    let mut found: Vec<Language> = Vec::new();
    for header in sheets.iter().flat_map(|s| &s.header) {
        if let Some((column, name)) = header.split_once("::") {
            let language = Language { name: name.trim().to_owned() };
            if TRANSLATED.contains(&column.trim()) && !found.contains(&language) {
                found.push(language);
            }
        }
    }
    if found.is_empty() {
        found.push(Language { name: "default".to_owned() });
    }
    found
}

fn default_language(sheet: Option<&Sheet>, languages: &[Language], errors: &mut Errors) -> usize {
    let Some((sheet, row)) = sheet.and_then(|s| s.rows.first().map(|r| (s, r))) else { return 0 };
    let wanted = sheet.cell(row, "default_language");
    if wanted.is_empty() {
        return 0;
    }
    languages.iter().position(|l| l.name == wanted).unwrap_or_else(|| {
        let known: Vec<&str> = languages.iter().map(|l| l.name.as_str()).collect();
        errors.push(Error::at(
            "settings",
            row.number,
            "default_language",
            Kind::Unknown,
            format!("no column is in the language '{wanted}'"),
            format!("write one of these exactly: {}", known.join(", ")),
        ));
        0
    })
}

/// A row's text under `column` or `column::language`, for each language.
pub(super) fn texts(sheet: &Sheet, row: &Row, column: &str, languages: &[Language]) -> Texts {
    let plain = sheet.cell(row, column);
    let of = |language: &Language| {
        let wanted = |h: &&String| h.split_once("::").is_some_and(|(c, l)| c.trim() == column && l.trim() == language.name);
        sheet.header.iter().find(wanted).map_or("", |h| sheet.cell(row, h))
    };
    languages.iter().map(|l| if of(l).is_empty() { plain } else { of(l) }.to_owned()).collect()
}

fn choice_lists(sheet: &Sheet, languages: &[Language], errors: &mut Errors) -> Vec<ChoiceList> {
    let list_column = if sheet.has("list_name") { "list_name" } else { "list name" };
    let mut lists: Vec<ChoiceList> = Vec::new();
    let mut seen = HashSet::new();
    for row in &sheet.rows {
        let (list, name) = (sheet.cell(row, list_column), sheet.cell(row, "name"));
        if list.is_empty() {
            errors.push(Error::at(
                "choices",
                row.number,
                list_column,
                Kind::Missing,
                "the choice belongs to no list",
                "write the list's name",
            ));
            continue;
        }
        if name.is_empty() || name.contains(char::is_whitespace) {
            errors.push(Error::at(
                "choices",
                row.number,
                "name",
                Kind::Missing,
                format!("the choice's name '{name}' is empty or holds a space"),
                "write a code such as 1 or yes",
            ));
            continue;
        }
        if !seen.insert((list, name)) {
            errors.push(Error::at(
                "choices",
                row.number,
                "name",
                Kind::Duplicate,
                format!("the list '{list}' has the choice '{name}' already"),
                "give each choice of a list its own name",
            ));
        }
        let choice = Choice { name: name.to_owned(), label: texts(sheet, row, "label", languages) };
        match lists.iter_mut().find(|l| l.name == list) {
            Some(found) => found.choices.push(choice),
            None => lists.push(ChoiceList { name: list.to_owned(), choices: vec![choice] }),
        }
    }
    lists
}

/// The place of a list by its name.
pub(super) fn list_named(lists: &[ChoiceList], name: &str) -> Option<usize> {
    lists.iter().position(|l| l.name == name)
}
