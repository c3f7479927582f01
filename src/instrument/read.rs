//! A workbook into a form: the settings, the languages, and the order in which its sheets are read.

use std::collections::HashMap;

use super::canonical::Hash;
use super::error::{Error, Errors, Kind};
use super::form::{Delivery, Form};
use super::nearest::nearest;
use super::workbook::{Row, Sheet, Workbook};
use super::xml_name::is_xml_name;
use super::{choices, columns, logic, survey, texts, translations};

const SHEETS: [&str; 8] = ["survey", "choices", "settings", "indicators", "concepts", "languages", "external_choices", "entities"];

/// The language of a text whose column names none, where the settings name none either.
const NO_LANGUAGE: &str = "default";

pub(super) fn read(workbook: &Workbook) -> Result<Form, Errors> {
    let Some(survey) = workbook.sheet("survey") else { return Err(vec![no_survey(workbook)]) };
    let mut errors = misnamed_sheets(workbook);
    let survey = columns::normal("survey", survey, &mut errors);
    let choices = columns::normal("choices", workbook.sheet("choices").unwrap_or(&Sheet::default()), &mut errors);
    let settings = columns::normal("settings", workbook.sheet("settings").unwrap_or(&Sheet::default()), &mut errors);
    if survey.rows.is_empty() {
        errors.push(Error::in_sheet("survey", Kind::Missing, "the form asks nothing", "add a row for each question"));
        return Err(errors);
    }
    if !survey.has("type") {
        errors.push(Error::in_sheet("survey", Kind::Missing, "there is no column 'type'", "add it: it says what each row is"));
        return Err(errors);
    }
    let settings = Settings { row: settings.rows.first(), sheet: &settings };
    let mut form = settings.form(&mut errors);
    let default = match settings.cell("default_language") {
        "" => NO_LANGUAGE,
        name => name,
    };
    (form.languages, form.default_language) = texts::languages(&survey, &choices, default);
    form.names_default = form.languages.get(form.default_language).is_some_and(|l| l.name == default);
    settings.knows_language(&form, default, &mut errors);
    form.translations = translations::read(workbook, &form, &mut errors);
    choices::read(&choices, &mut form, is_yes(settings.cell("allow_choice_duplicates")), &mut errors);
    survey::read(&survey, &mut form, &mut errors);
    form.instance_name =
        logic::expression("settings", settings.number(), "instance_name", settings.cell("instance_name"), &form, &mut errors);
    if errors.is_empty() {
        form.paths = form.ids().map(|id| (form.path(id)["/data/".len()..].to_owned(), id)).collect();
        form.hash = Hash::of(&form);
        Ok(form)
    } else {
        Err(errors)
    }
}

/// Sheets that are nearly one Kish reads, where that one is missing; `_` before its name keeps a sheet out.
fn misnamed_sheets(workbook: &Workbook) -> Errors {
    let named = workbook.sheets.keys().filter(|name| !name.starts_with('_') && !SHEETS.contains(&name.as_str()));
    let near = named.filter_map(|name| Some((name, nearest(name, SHEETS.into_iter()).filter(|near| workbook.sheet(near).is_none())?)));
    near.map(|(name, near)| {
        let message = format!("the sheet '{name}' is none that is read, so nothing in it counts");
        Error::in_sheet(name, Kind::Unknown, message, format!("rename it to {near}; to keep it as it is, begin its name with _"))
    })
    .collect()
}

fn no_survey(workbook: &Workbook) -> Error {
    let hint = match workbook.sheets.keys().find(|k| nearest(k, SHEETS.into_iter()) == Some("survey")) {
        Some(near) => format!("rename the sheet '{near}' to survey"),
        None => "add a sheet named survey with the columns type, name and label".to_owned(),
    };
    Error::in_file(Kind::Missing, "there is no sheet 'survey'", hint)
}

struct Settings<'a> {
    sheet: &'a Sheet,
    row: Option<&'a Row>,
}

/// Settings of XLSForm that change what is sent, and that Kish does not know.
const OUTSIDE: [&str; 6] = ["omit_instanceid", "flat", "prefix", "delimiter", "instance_xmlns", "sms_keyword"];

/// The prefixes that every XForm declares.
const OWN_PREFIXES: [&str; 8] = ["h", "ev", "xsd", "jr", "orx", "odk", "xml", "xmlns"];

impl<'a> Settings<'a> {
    fn cell(&self, column: &str) -> &'a str {
        self.row.map_or("", |row| self.sheet.cell(row, column))
    }

    fn number(&self) -> usize {
        self.row.map_or(2, |r| r.number)
    }

    fn fails(&self, errors: &mut Errors, column: &str, kind: Kind, message: String, hint: &str) {
        errors.push(Error::at("settings", self.number(), column, kind, message, hint));
    }

    fn form(&self, errors: &mut Errors) -> Form {
        let id = self.cell("form_id").to_owned();
        self.check(&id, errors);
        let title = if self.cell("form_title").is_empty() { id.clone() } else { self.cell("form_title").to_owned() };
        Form {
            id,
            version: self.cell("version").to_owned(),
            title,
            style: self.cell("style").to_owned(),
            delivery: self.delivery(),
            instance_name: None,
            languages: Vec::new(),
            default_language: 0,
            translations: Vec::new(),
            names_default: false,
            nodes: Vec::new(),
            order: Vec::new(),
            choice_lists: Vec::new(),
            files: Vec::new(),
            hash: Hash::NONE,
            names: HashMap::new(),
            paths: HashMap::new(),
            repeats: Vec::new(),
        }
    }

    fn check(&self, id: &str, errors: &mut Errors) {
        if id.is_empty() {
            let hint = "give it a short name such as household_safety";
            self.fails(errors, "form_id", Kind::Missing, "the form has no form_id".to_owned(), hint);
        }
        let namespaces = self.namespaces();
        let prefixes: Vec<&str> = namespaces.iter().map(|(prefix, _)| prefix.as_str()).collect();
        let twice = prefixes.iter().enumerate().find(|(place, p)| OWN_PREFIXES.contains(p) || prefixes[..*place].contains(p));
        if let Some((_, prefix)) = twice {
            let message = format!("the prefix '{prefix}' is given twice, or is the form's own");
            self.fails(errors, "namespaces", Kind::Duplicate, message, "give each namespace a prefix of its own");
        }
        for header in &self.sheet.header {
            let is_outside = OUTSIDE.contains(&header.to_lowercase().as_str()) || header.starts_with("attribute");
            if is_outside && !self.cell(header).is_empty() {
                self.fails(errors, header, Kind::Unknown, format!("the setting {header} is not supported"), "empty it");
            }
        }
    }

    fn namespaces(&self) -> Vec<(String, String)> {
        let namespace = |pair: &str| {
            let (prefix, name) = pair.split_once('=')?;
            let name: String = name.chars().filter(|c| !matches!(c, '"' | '\'')).collect();
            (is_xml_name(prefix) && !name.contains('=')).then(|| (prefix.to_owned(), name))
        };
        self.cell("namespaces").split_whitespace().filter_map(namespace).collect()
    }

    fn delivery(&self) -> Delivery {
        Delivery {
            public_key: self.cell("public_key").to_owned(),
            submission_url: self.cell("submission_url").to_owned(),
            auto_send: self.cell("auto_send").to_owned(),
            auto_delete: self.cell("auto_delete").to_owned(),
            client_editable: is_yes(self.cell("client_editable")),
            namespaces: self.namespaces(),
        }
    }

    /// A form whose texts are all in other languages than its default would begin in none.
    fn knows_language(&self, form: &Form, wanted: &str, errors: &mut Errors) {
        if wanted != NO_LANGUAGE && !form.languages.iter().any(|l| l.name == wanted) {
            let known: Vec<&str> = form.languages.iter().map(|l| l.name.as_str()).collect();
            let hint = format!("write one of these exactly: {}", known.join(", "));
            self.fails(errors, "default_language", Kind::Unknown, format!("no column is in the language '{wanted}'"), &hint);
        }
    }
}

fn is_yes(text: &str) -> bool {
    matches!(text.to_lowercase().as_str(), "yes" | "true" | "true()")
}
