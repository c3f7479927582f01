//! The body of an XForm: what is shown, asked and chosen from.

use std::fmt::Write;

use quick_xml::escape::escape;

use super::form::{Metadata, Node, NodeId, QuestionType};
use super::itext::is_looked_up;
use super::texts::Texts;
use super::xform::{Writer, Written};

impl Writer<'_> {
    pub(super) fn controls(&self, out: &mut String, parent: Option<NodeId>) -> Written {
        for id in self.form.children(parent) {
            match self.form.node(id).kind {
                QuestionType::Repeat => self.repeat(out, id)?,
                QuestionType::Group => self.group(out, id)?,
                _ if self.form.node(id).is_shown() => self.control(out, id)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn group(&self, out: &mut String, id: NodeId) -> Written {
        let node = self.form.node(id);
        writeln!(out, "<group ref=\"{}\"{}>", self.form.path(id), appearance(node))?;
        if node.label.has_words() {
            self.label(out, id)?;
        }
        self.controls(out, Some(id))?;
        writeln!(out, "</group>")
    }

    fn repeat(&self, out: &mut String, id: NodeId) -> Written {
        let (node, path) = (self.form.node(id), self.form.path(id));
        writeln!(out, "<group ref=\"{path}\">")?;
        self.label(out, id)?;
        write!(out, "<repeat nodeset=\"{path}\"{}", appearance(node))?;
        if let Some(count) = &node.repeat_count {
            write!(out, " jr:count=\"{}\"", self.xpath(count, Some(id)))?;
        }
        writeln!(out, ">")?;
        self.controls(out, Some(id))?;
        for child in self.form.ids().filter(|c| self.form.repeat_of(*c) == Some(id)) {
            if let Some(value) = &self.form.node(child).first_value {
                self.set_value(out, child, "odk-new-repeat", &self.xpath(value, Some(child)))?;
            }
        }
        writeln!(out, "</repeat>\n</group>")
    }

    fn control(&self, out: &mut String, id: NodeId) -> Written {
        let node = self.form.node(id);
        let (tag, attributes) = element(node);
        writeln!(out, "<{tag} ref=\"{}\"{attributes}{}>", self.form.path(id), appearance(node))?;
        let has_hint = node.hint.has_words() || node.guidance.has_words();
        self.label(out, id)?;
        if has_hint {
            self.hint(out, id)?;
        }
        if node.kind.list().is_some() {
            self.itemset(out, id)?;
        }
        for other in self.form.ids().filter(|o| self.form.node(*o).triggers.contains(&id)) {
            let value = self.form.node(other).calculation.as_ref().map(|c| self.xpath(c, Some(id)));
            self.set_value(out, other, "xforms-value-changed", &value.unwrap_or_default())?;
        }
        writeln!(out, "</{tag}>")
    }

    pub(super) fn set_value(&self, out: &mut String, id: NodeId, event: &str, value: &str) -> Written {
        write!(out, "<setvalue ref=\"{}\" event=\"{event}\"", self.form.path(id))?;
        if !value.is_empty() {
            write!(out, " value=\"{value}\"")?;
        }
        writeln!(out, "/>")
    }

    fn label(&self, out: &mut String, id: NodeId) -> Written {
        let node = self.form.node(id);
        let is_looked_up = !node.label.is_plain() || !node.media.is_empty();
        self.shown(out, id, "label", &node.label, is_looked_up)
    }

    fn hint(&self, out: &mut String, id: NodeId) -> Written {
        let node = self.form.node(id);
        let is_looked_up = !node.hint.is_plain() || node.guidance.has_words();
        self.shown(out, id, "hint", &node.hint, is_looked_up)
    }

    fn shown(&self, out: &mut String, id: NodeId, word: &str, texts: &Texts, is_looked_up: bool) -> Written {
        if is_looked_up {
            return writeln!(out, "<{word} ref=\"jr:itext('{}:{word}')\"/>", self.form.path(id));
        }
        let text = texts.first().map_or("", String::as_str);
        writeln!(out, "<{word}>{}</{word}>", self.marked_up(text, Some(id)))
    }

    fn itemset(&self, out: &mut String, id: NodeId) -> Written {
        let node = self.form.node(id);
        let Some(list) = node.kind.list().map(|l| self.form.list(l)) else { return Ok(()) };
        let mut nodeset = format!("instance('{}')/root/item", escape(&list.name));
        if let Some(filter) = &node.choice_filter {
            let _ = write!(nodeset, "[{}]", escape(self.filter(filter, id)));
        }
        if node.parameter("randomize") == Some("true") {
            let seed = node.parameter("seed").map(|s| self.reference(s, id).trim().to_owned());
            nodeset = seed.map_or_else(|| format!("randomize({nodeset})"), |s| format!("randomize({nodeset}, {s})"));
        }
        let (mut value, mut label) = ("name", if is_looked_up(list) { "jr:itext(itextId)" } else { "label" });
        if let Some(file) = &list.file {
            if file.ends_with(".geojson") {
                (value, label) = ("id", "title");
            }
            value = node.parameter("value").unwrap_or(value);
            label = node.parameter("label").unwrap_or(label);
        }
        writeln!(out, "<itemset nodeset=\"{nodeset}\"><value ref=\"{value}\"/><label ref=\"{label}\"/></itemset>")
    }
}

fn appearance(node: &Node) -> String {
    if node.appearance.is_empty() { String::new() } else { format!(" appearance=\"{}\"", escape(&node.appearance)) }
}

/// The element that asks a question, with its own attributes.
fn element(node: &Node) -> (&'static str, String) {
    let with = |pairs: &[(&str, &str)]| -> String {
        let given = pairs.iter().filter_map(|(parameter, attribute)| Some((attribute, node.parameter(parameter)?)));
        given.map(|(attribute, value)| format!(" {attribute}=\"{}\"", escape(value))).collect()
    };
    match node.kind {
        QuestionType::SelectOne(_) => ("select1", String::new()),
        QuestionType::SelectMultiple(_) => ("select", String::new()),
        QuestionType::Rank(_) => ("odk:rank", String::new()),
        QuestionType::Acknowledge => ("trigger", String::new()),
        QuestionType::Range { .. } => ("range", with(&[("start", "start"), ("end", "end"), ("step", "step")])),
        QuestionType::Upload(media) => {
            let is_free = node.appearance.is_empty() || node.appearance == "annotate";
            let intent = if is_free { with(&[("app", "intent")]) } else { String::new() };
            ("upload", format!(" mediatype=\"{media}\"{intent}"))
        }
        QuestionType::Location("geopoint") => {
            ("input", with(&[("capture-accuracy", "accuracyThreshold"), ("warning-accuracy", "unacceptableAccuracyThreshold")]))
        }
        QuestionType::Location(_) => ("input", with(&[("incremental", "incremental")])),
        QuestionType::Text => ("input", with(&[("rows", "rows")])),
        _ => ("input", String::new()),
    }
}

/// What a `<bind>` says besides its logic: the parameters that are no part of the control.
pub(super) fn bound_parameters(node: &Node) -> String {
    let pairs: &[(&str, &str)] = match node.kind {
        QuestionType::Upload("image/*") => &[("max-pixels", "orx:max-pixels")],
        QuestionType::Upload("audio/*") => &[("quality", "odk:quality")],
        QuestionType::Location(_) => &[("allow-mock-accuracy", "odk:allow-mock-accuracy")],
        QuestionType::Metadata(Metadata::Audit) => &[
            ("track-changes", "odk:track-changes"),
            ("track-changes-reasons", "odk:track-changes-reasons"),
            ("identify-user", "odk:identify-user"),
            ("location-max-age", "odk:location-max-age"),
            ("location-min-interval", "odk:location-min-interval"),
            ("location-priority", "odk:location-priority"),
        ],
        _ => &[],
    };
    let given = pairs.iter().filter_map(|(parameter, attribute)| Some((attribute, node.parameter(parameter)?)));
    given.map(|(attribute, value)| format!(" {attribute}=\"{}\"", escape(value))).collect()
}
