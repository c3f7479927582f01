//! An XForm read back: the workbook from which it would be made. So everything else a form goes through, it goes through as any other.

mod choices;
mod controls;
mod parts;
mod paths;
mod questions;
mod settings;
mod sheet;
mod texts;
mod xml;

use std::collections::HashMap;

use super::error::{Error, Errors, Kind, XFORM};
use super::workbook::Workbook;
use parts::{Control, Field, Parts};
use paths::Paths;
use xml::Tag;

/// Whether the bytes are those of an XML file.
pub(super) fn is_xml(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    bytes.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'<')
}

/// The sheets `survey`, `choices` and `settings`. Mistakes of the file itself are named by its lines.
pub(super) fn read(bytes: &[u8]) -> Result<Workbook, Errors> {
    let text = std::str::from_utf8(bytes)
        .map_err(|_| vec![Error::in_file(Kind::Unreadable, "the XForm is not text in UTF-8", "save it in UTF-8 and send that file")])?;
    let parts = Parts::read(text.strip_prefix('\u{feff}').unwrap_or(text)).map_err(|e| vec![e])?;
    let Some(root) = &parts.root else {
        return Err(vec![wrong(1, "instance", Kind::Missing, "there is no primary instance", "add <instance> to the model")]);
    };
    let mut reading = Reading::of(&parts, root);
    let settings = reading.settings();
    reading.lists();
    reading.survey();
    reading.files();
    if !reading.errors.is_empty() {
        return Err(reading.errors);
    }
    let sheets = [("survey", reading.survey), ("choices", reading.choices), ("settings", settings)];
    Ok(Workbook { sheets: sheets.map(|(name, lines)| (name.to_owned(), lines.finish())).into(), is_xform: true })
}

/// Mistakes in rows that nobody has seen, by the names of their questions and choices.
pub(super) fn named(workbook: &Workbook, errors: Errors) -> Errors {
    if !workbook.is_xform {
        return errors;
    }
    let name = |error: &Error, column: &str| {
        let (sheet, number) = (workbook.sheet(&error.sheet)?, error.row?);
        let row = sheet.rows.iter().find(|row| row.number == number)?;
        Some(sheet.cell(row, column).to_owned())
    };
    let named = |error: Error| {
        let place = match error.sheet.as_str() {
            "survey" => name(&error, "name").map(|question| format!("the question '{question}'")),
            "choices" => {
                let choice = name(&error, "list_name").zip(name(&error, "name"));
                choice.map(|(list, choice)| format!("the choice '{choice}' of the list '{list}'"))
            }
            "settings" => Some(String::new()),
            _ => None,
        };
        match place {
            Some(place) => Error { sheet: XFORM.to_owned(), row: None, message: begun(&place, &error.message), ..error },
            None => error,
        }
    };
    errors.into_iter().map(named).collect()
}

/// The message with the place before it, where it does not begin with the question's name.
fn begun(place: &str, message: &str) -> String {
    let is_named = place.strip_prefix("the question ").is_some_and(|name| message.starts_with(name));
    if place.is_empty() || is_named { message.to_owned() } else { format!("{place}: {message}") }
}

/// A mistake in a line of the file.
fn wrong(line: usize, element: &str, kind: Kind, message: &str, hint: &str) -> Error {
    Error::at(XFORM, line, element, kind, message, hint)
}

/// What is known while the parts are put together, by path below the root.
struct Reading<'a> {
    parts: &'a Parts,
    root: &'a Field,
    binds: HashMap<&'a str, &'a Tag>,
    controls: HashMap<&'a str, &'a Control>,
    /// The controls of repeats; their groups are among the others.
    repeats: HashMap<&'a str, &'a Control>,
    /// Each with its place in the order of the file.
    fields: HashMap<String, (&'a Field, usize)>,
    /// What a list's items have their codes and labels under, by the list's id.
    columns: HashMap<String, (String, String)>,
    survey: sheet::Lines,
    choices: sheet::Lines,
    errors: Errors,
}

impl<'a> Reading<'a> {
    fn of(parts: &'a Parts, root: &'a Field) -> Self {
        let mut reading = Self {
            parts,
            root,
            binds: HashMap::new(),
            controls: HashMap::new(),
            repeats: HashMap::new(),
            fields: HashMap::new(),
            columns: HashMap::new(),
            survey: sheet::Lines::default(),
            choices: sheet::Lines::default(),
            errors: Errors::new(),
        };
        reading.know_fields(root, "");
        reading.know_binds();
        let mut last = 0;
        reading.know_controls(&parts.body, &mut last);
        reading
    }

    fn know_fields(&mut self, around: &'a Field, above: &str) {
        for field in &around.fields {
            let path = join(above, &field.tag.name);
            let place = self.fields.len();
            self.fields.entry(path.clone()).or_insert((field, place));
            self.know_fields(field, &path);
        }
    }

    fn know_binds(&mut self) {
        for bind in &self.parts.binds {
            let nodeset = bind.get("nodeset");
            let Some(path) = self.below(nodeset) else {
                self.fails(bind, Kind::Unknown, &format!("the bind's nodeset '{nodeset}' is no path below the primary instance"));
                continue;
            };
            if self.binds.insert(path, bind).is_some() {
                self.errors.push(wrong(bind.line, "bind", Kind::Duplicate, &format!("'{nodeset}' has two binds"), "make one of them"));
            }
        }
    }

    /// Each question once in the body, and in the order of the instance, which is the order of a workbook's rows.
    fn know_controls(&mut self, controls: &'a [Control], last: &mut usize) {
        for control in controls {
            let reference = [control.tag.get("ref"), control.tag.get("nodeset")].concat();
            let is_repeat = control.tag.name == "repeat";
            let inner = control.controls.iter().find(|c| c.tag.name == "repeat");
            // A group around a repeat may name nothing of its own.
            let place = match (reference.is_empty(), inner) {
                (true, Some(repeat)) => self.below(repeat.tag.get("nodeset")),
                _ => self.parts_path(control),
            };
            match place.filter(|p| self.fields.contains_key(*p)) {
                Some(path) => self.know_control(path, control, is_repeat, last),
                None if control.tag.name == "group" && reference.is_empty() => {
                    self.fails(&control.tag, Kind::Structure, "the group has no ref, so nothing of the instance is its own");
                }
                None => self.fails(&control.tag, Kind::Unknown, &format!("'{reference}' is not in the primary instance")),
            }
            self.know_controls(&control.controls, last);
        }
    }

    fn know_control(&mut self, path: &'a str, control: &'a Control, is_repeat: bool, last: &mut usize) {
        let (line, order) = self.fields.get(path).map_or((0, 0), |(field, order)| (field.tag.line, *order));
        if order < *last {
            let message = format!("'{path}' is asked after what stands behind it in the primary instance (line {line})");
            self.errors.push(wrong(control.tag.line, &control.tag.name, Kind::Structure, &message, "bring both into one order"));
        }
        *last = order.max(*last);
        let known = if is_repeat { &mut self.repeats } else { &mut self.controls };
        if known.insert(path, control).is_some() {
            let message = format!("'{path}' is asked twice");
            self.errors.push(wrong(control.tag.line, &control.tag.name, Kind::Duplicate, &message, "keep one of the controls"));
        }
    }

    fn parts_path(&self, control: &'a Control) -> Option<&'a str> {
        let tag = &control.tag;
        self.below(if tag.get("ref").is_empty() { tag.get("nodeset") } else { tag.get("ref") })
    }

    /// The path below the root, of a path from it.
    fn below<'t>(&self, path: &'t str) -> Option<&'t str> {
        path.trim().strip_prefix('/')?.strip_prefix(self.root.tag.name.as_str())?.strip_prefix('/')
    }

    /// An expression as a cell has it, of the question at a path.
    fn expression(&self, text: &str, context: &str) -> String {
        let known = |path: &str| self.fields.contains_key(path);
        Paths { root: &self.root.tag.name, known: &known, context, is_filter: false }.referred(text)
    }

    fn filter(&self, text: &str, context: &str) -> String {
        let known = |path: &str| self.fields.contains_key(path);
        Paths { root: &self.root.tag.name, known: &known, context, is_filter: true }.referred(text)
    }

    fn fails(&mut self, tag: &Tag, kind: Kind, message: &str) {
        self.errors.push(wrong(tag.line, &tag.name, kind, message, "mend it, or export the form again from the tool that made it"));
    }
}

fn join(above: &str, name: &str) -> String {
    if above.is_empty() { name.to_owned() } else { format!("{above}/{name}") }
}

#[cfg(test)]
mod tests;
