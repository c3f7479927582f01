//! The `survey` sheet of an XForm: the fields of its primary instance in order, each with its bind, its control and its actions.

use std::collections::HashSet;

use super::parts::{Control, Field, outside};
use super::sheet::Cells;
use super::xml::Tag;
use super::{Reading, join};
use crate::instrument::error::Kind;

/// What a bind says of a question's logic, and the columns it stands in.
const LOGIC: [(&str, &str); 4] =
    [("relevant", "relevant"), ("required", "required"), ("constraint", "constraint"), ("calculate", "calculation")];

/// What else a bind may say. Whether an answer is kept once it is no longer asked is not left to a form.
const BIND: [&str; 8] = ["nodeset", "id", "type", "readonly", "preload", "preloadParams", "constraintMsg", "requiredMsg"];

impl<'a> Reading<'a> {
    pub(super) fn survey(&mut self) {
        self.fields_of(self.root, "");
        self.meta();
        self.check_actions();
    }

    fn fields_of(&mut self, around: &'a Field, above: &str) {
        let mut seen = HashSet::new();
        for field in around.fields.iter().filter(|f| !(above.is_empty() && f.tag.name == "meta")) {
            let path = join(above, &field.tag.name);
            let is_repeat = self.repeats.contains_key(path.as_str());
            // A repeat stands here as its template and as its first instance.
            if seen.insert(field.tag.name.as_str()) || !is_repeat {
                self.field(field, &path, is_repeat);
            }
        }
    }

    fn field(&mut self, field: &'a Field, path: &str, is_repeat: bool) {
        let control = self.controls.get(path).copied();
        let is_group = !field.fields.is_empty() || control.is_some_and(|c| c.tag.name == "group");
        if is_repeat || is_group { self.section(field, path, control) } else { self.question(field, path, control) }
    }

    fn section(&mut self, field: &'a Field, path: &str, control: Option<&'a Control>) {
        let repeat = self.repeats.get(path).copied();
        let word = if repeat.is_some() { "repeat" } else { "group" };
        let mut cells = Cells::default();
        cells.put("type", format!("begin_{word}"));
        cells.put("name", field.tag.name.as_str());
        if let Some(control) = control {
            self.put_words(&mut cells, control);
        }
        if let Some(shown) = repeat.or(control) {
            cells.put("appearance", shown.tag.get("appearance"));
            cells.put("repeat_count", self.expression(shown.tag.get("count"), path));
            self.knows(&shown.tag, &["ref", "nodeset", "appearance", "count"]);
        }
        self.put_bind(&mut cells, path, &[]);
        self.survey.add(&cells);
        self.fields_of(field, path);
        let mut end = Cells::default();
        end.put("type", format!("end_{word}"));
        self.survey.add(&end);
    }

    fn question(&mut self, field: &'a Field, path: &str, control: Option<&'a Control>) {
        let mut cells = Cells::default();
        cells.put("name", field.tag.name.as_str());
        cells.put("default", default(&field.text));
        self.put_actions(&mut cells, path);
        if let Some(control) = control {
            self.put_words(&mut cells, control);
            cells.put("appearance", control.tag.get("appearance"));
            self.put_control(&mut cells, control, path);
        } else {
            self.put_silent(&mut cells, path);
            self.put_unsaid(&mut cells, path);
        }
        self.put_bind(&mut cells, path, &super::controls::BOUND);
        self.survey.add(&cells);
    }

    /// Words of what is not shown stand among the translations by their path, and nowhere else.
    fn put_unsaid(&mut self, cells: &mut Cells, path: &str) {
        for column in ["label", "hint"] {
            let id = format!("/{}/{path}:{column}", self.root.tag.name);
            if self.parts.translations.iter().any(|t| t.texts.contains_key(&id)) {
                self.put_looked_up(cells, column, &id, &self.root.tag);
            }
        }
    }

    fn put_words(&mut self, cells: &mut Cells, control: &'a Control) {
        self.put_shown(cells, "label", &control.label, &control.tag);
        self.put_shown(cells, "hint", &control.hint, &control.tag);
    }

    /// The logic of a bind, and of its `parameters` those it has.
    fn put_bind(&mut self, cells: &mut Cells, path: &str, parameters: &[(&str, &str)]) {
        let Some(bind) = self.binds.get(path).copied() else { return };
        for (attribute, column) in LOGIC {
            cells.put(column, self.expression(bind.get(attribute), path));
        }
        if !self.is_note(bind, path) {
            cells.put("read_only", self.expression(bind.get("readonly"), path));
        }
        for (attribute, column) in [("constraintMsg", "constraint_message"), ("requiredMsg", "required_message")] {
            self.put_message(cells, column, bind.get(attribute), bind);
        }
        for (name, value) in &bind.attributes {
            let is_known = BIND.contains(&name.as_str()) || LOGIC.iter().any(|(attribute, _)| attribute == name);
            match parameters.iter().find(|(attribute, _)| attribute == name) {
                Some((_, parameter)) => self.put_parameter(cells, parameter, value),
                None if is_known || name.starts_with("save") => {}
                None => self.errors.push(outside(bind, &format!("the attribute {name} of a bind"))),
            }
        }
    }

    /// A text nobody can write into and that is not computed is a note.
    pub(super) fn is_note(&self, bind: &Tag, path: &str) -> bool {
        let is_shown = self.controls.get(path).is_some_and(|c| c.tag.name == "input");
        let is_text = matches!(bind.get("type"), "" | "string" | "xsd:string");
        let is_empty = self.fields.get(path).is_some_and(|(field, _)| field.text.trim().is_empty());
        is_shown && is_text && is_empty && bind.get("readonly") == "true()" && bind.get("calculate").is_empty()
    }

    /// First values, and the questions whose change sets this one.
    fn put_actions(&mut self, cells: &mut Cells, path: &str) {
        let mut triggers = Vec::new();
        for (tag, within) in &self.parts.actions {
            if tag.name != "setvalue" || self.below(tag.get("ref")) != Some(path) {
                continue;
            }
            let value = self.expression(tag.get("value"), within.as_deref().and_then(|w| self.below(w)).unwrap_or(path));
            match (tag.get("event"), within) {
                ("xforms-value-changed", Some(question)) => {
                    triggers.push(self.expression(question, ""));
                    cells.put("calculation", value);
                }
                (events, _) if events.split_whitespace().all(|e| matches!(e, "odk-instance-first-load" | "odk-new-repeat")) => {
                    cells.put("default", literal(&value));
                }
                (other, _) => self.errors.push(outside(tag, &format!("an action at '{other}'"))),
            }
        }
        cells.put("trigger", triggers.join(", "));
    }

    /// The log of an interview is a part of what a form says of itself, and a row of a workbook.
    fn meta(&mut self) {
        let Some(meta) = self.root.fields.iter().find(|f| f.tag.name == "meta") else { return };
        for field in &meta.fields {
            match field.tag.name.as_str() {
                "instanceID" | "instanceName" | "deprecatedID" => {}
                "audit" => {
                    let mut cells = Cells::default();
                    cells.put("type", "audit");
                    cells.put("name", "audit");
                    self.put_bind(&mut cells, "meta/audit", &super::controls::AUDIT);
                    self.survey.add(&cells);
                }
                other => self.errors.push(outside(&field.tag, &format!("<{other}> in <meta>"))),
            }
        }
    }

    /// An action on what is no question would be lost.
    fn check_actions(&mut self) {
        for (tag, within) in &self.parts.actions {
            let reference = tag.get("ref");
            if !self.below(reference).is_some_and(|path| self.fields.contains_key(path)) {
                self.fails(tag, Kind::Unknown, &format!("'{reference}' is not in the primary instance"));
            } else if tag.name != "setvalue" && within.is_some() {
                self.errors.push(outside(tag, "taking a place or a recording at an answer"));
            }
        }
    }

    /// Attributes that nothing here reads.
    pub(super) fn knows(&mut self, tag: &Tag, known: &[&str]) {
        for (name, _) in tag.attributes.iter().filter(|(name, _)| !known.contains(&name.as_str())) {
            self.errors.push(outside(tag, &format!("the attribute {name} of <{}>", tag.name)));
        }
    }

    pub(super) fn put_parameter(&mut self, cells: &mut Cells, name: &str, value: &str) {
        let before = cells.get("parameters").to_owned();
        let pair = format!("{name}={}", value.trim());
        cells.put("parameters", if before.is_empty() { pair } else { format!("{before} {pair}") });
    }
}

fn default(text: &str) -> &str {
    let text = text.trim();
    text.strip_prefix("jr://images/").unwrap_or(text)
}

/// A first value that is a text itself is written as in a cell, without quotation marks.
fn literal(value: &str) -> String {
    let inner = value.strip_prefix('\'').and_then(|v| v.strip_suffix('\'')).filter(|v| !v.contains('\''));
    inner.unwrap_or(value).to_owned()
}
