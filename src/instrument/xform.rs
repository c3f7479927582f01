//! A form as an ODK XForm, laid out as pyxform lays it out: the shape every ODK client has been tested with.

use std::collections::HashSet;
use std::fmt::Write;

use quick_xml::escape::escape;

use super::controls::bound_parameters;
use super::form::{ChoiceList, Form, Metadata, Node, NodeId, QuestionType};
use super::itext::{is_looked_up, pulled_files};
use super::refer;
use super::types::is_dynamic;
use super::xpath::Expression;

const NAMESPACES: &str = "xmlns=\"http://www.w3.org/2002/xforms\" xmlns:h=\"http://www.w3.org/1999/xhtml\" \
    xmlns:ev=\"http://www.w3.org/2001/xml-events\" xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" \
    xmlns:jr=\"http://openrosa.org/javarosa\" xmlns:orx=\"http://openrosa.org/xforms\" \
    xmlns:odk=\"http://www.opendatakit.org/xforms\"";

/// The XForm in those of the form's languages that `spoken` accepts; the default language first where it is among them.
pub fn write(form: &Form, spoken: &dyn Fn(&str) -> bool) -> String {
    let mut languages: Vec<usize> = (0..form.languages.len()).filter(|i| spoken(form.languages[*i].code())).collect();
    if languages.is_empty() {
        languages = vec![form.default_language];
    }
    let writer = Writer { form, languages };
    let mut out = String::with_capacity(64 * 1024);
    // Writing into a String cannot fail.
    let _ = writer.document(&mut out);
    out
}

pub(super) struct Writer<'a> {
    pub(super) form: &'a Form,
    pub(super) languages: Vec<usize>,
}

pub(super) type Written = std::fmt::Result;

impl Writer<'_> {
    fn document(&self, out: &mut String) -> Written {
        let own: String = self.form.delivery.namespaces.iter().map(|(p, n)| format!(" xmlns:{}=\"{}\"", escape(p), escape(n))).collect();
        writeln!(out, "<?xml version=\"1.0\"?>\n<h:html {NAMESPACES}{own}>\n<h:head>\n<h:title>{}</h:title>", escape(&self.form.title))?;
        writeln!(out, "<model odk:xforms-version=\"1.0.0\">")?;
        self.submission(out)?;
        self.itext(out)?;
        self.primary_instance(out)?;
        self.file_instances(out)?;
        for list in self.form.choice_lists.iter().filter(|l| l.file.is_none()) {
            self.choice_instance(out, list)?;
        }
        for id in self.form.ids() {
            self.bind(out, id)?;
            self.actions(out, id)?;
        }
        if let Some(name) = &self.form.instance_name {
            writeln!(out, "<bind nodeset=\"/data/meta/instanceName\" type=\"string\" calculate=\"{}\"/>", self.xpath(name, None))?;
        }
        writeln!(
            out,
            "<bind nodeset=\"/data/meta/instanceID\" type=\"string\" readonly=\"true()\" jr:preload=\"uid\"/>\n</model>\n</h:head>"
        )?;
        match self.form.style.as_str() {
            "" => writeln!(out, "<h:body>")?,
            style => writeln!(out, "<h:body class=\"{}\">", escape(style))?,
        }
        self.controls(out, None)?;
        writeln!(out, "</h:body>\n</h:html>")
    }

    fn submission(&self, out: &mut String) -> Written {
        let delivery = &self.form.delivery;
        let mut attributes = String::new();
        let method = if delivery.submission_url.is_empty() { "" } else { "post" };
        let editable = if delivery.client_editable { "true" } else { "" };
        for (name, value) in [
            ("action", delivery.submission_url.as_str()),
            ("method", method),
            ("base64RsaPublicKey", &delivery.public_key),
            ("orx:auto-send", &delivery.auto_send),
            ("orx:auto-delete", &delivery.auto_delete),
            ("odk:client-editable", editable),
        ] {
            if !value.is_empty() {
                write!(attributes, " {name}=\"{}\"", escape(value))?;
            }
        }
        if attributes.is_empty() { Ok(()) } else { writeln!(out, "<submission{attributes}/>") }
    }

    fn primary_instance(&self, out: &mut String) -> Written {
        write!(out, "<instance>\n<data id=\"{}\"", escape(&self.form.id))?;
        if !self.form.version.is_empty() {
            write!(out, " version=\"{}\"", escape(&self.form.version))?;
        }
        writeln!(out, ">")?;
        self.elements(out, None, false)?;
        let is_audited = self.form.nodes.iter().any(is_audit);
        let audit = if is_audited { "<audit/>" } else { "" };
        let name = if self.form.instance_name.is_some() { "<instanceName/>" } else { "" };
        writeln!(out, "<meta>{audit}<instanceID/>{name}</meta>\n</data>\n</instance>")
    }

    /// A repeat stands here twice: as the template of each new one, and as the first. Inside the first there are no more templates.
    fn elements(&self, out: &mut String, parent: Option<NodeId>, has_template: bool) -> Written {
        for id in self.form.children(parent).filter(|id| !is_audit(self.form.node(*id))) {
            let node = self.form.node(id);
            match node.kind {
                QuestionType::Repeat if !has_template => {
                    self.template(out, id)?;
                    self.section(out, id, true)?;
                }
                QuestionType::Repeat | QuestionType::Group => self.section(out, id, has_template)?,
                _ => self.leaf(out, node)?,
            }
        }
        Ok(())
    }

    fn section(&self, out: &mut String, id: NodeId, has_template: bool) -> Written {
        let name = &self.form.node(id).name;
        writeln!(out, "<{name}>")?;
        self.elements(out, Some(id), has_template)?;
        writeln!(out, "</{name}>")
    }

    fn template(&self, out: &mut String, id: NodeId) -> Written {
        let name = &self.form.node(id).name;
        writeln!(out, "<{name} jr:template=\"\">")?;
        for child in self.form.children(Some(id)) {
            match self.form.node(child).kind {
                QuestionType::Repeat => self.template(out, child)?,
                QuestionType::Group => self.section(out, child, false)?,
                _ => self.leaf(out, self.form.node(child))?,
            }
        }
        writeln!(out, "</{name}>")
    }

    fn leaf(&self, out: &mut String, node: &Node) -> Written {
        if node.default.is_empty() || is_dynamic(&node.default, node.kind) {
            return writeln!(out, "<{}/>", node.name);
        }
        let is_image = node.kind == QuestionType::Upload("image/*") && !node.default.contains("jr://images/");
        let folder = if is_image { "jr://images/" } else { "" };
        writeln!(out, "<{0}>{folder}{1}</{0}>", node.name, escape(&node.default))
    }

    fn file_instances(&self, out: &mut String) -> Written {
        let mut known = HashSet::new();
        let mut put = |out: &mut String, id: &str, address: &str| {
            if known.insert(id.to_owned()) {
                writeln!(out, "<instance id=\"{}\" src=\"{}\"/>", escape(id), escape(address))?;
            }
            Ok(())
        };
        for id in self.form.ids() {
            for file in pulled_files(self.form, id) {
                put(out, &file, &format!("jr://file-csv/{file}.csv"))?;
            }
        }
        for list in &self.form.choice_lists {
            if let Some(address) = &list.file {
                put(out, &list.name, address)?;
            }
        }
        self.form.files.iter().try_for_each(|file| put(out, &file.id, &file.address))
    }

    fn choice_instance(&self, out: &mut String, list: &ChoiceList) -> Written {
        writeln!(out, "<instance id=\"{}\"><root>", escape(&list.name))?;
        for (place, choice) in list.choices.iter().enumerate() {
            write!(out, "<item>")?;
            if is_looked_up(list) {
                write!(out, "<itextId>{}-{place}</itextId>", escape(&list.name))?;
            }
            write!(out, "<name>{}</name>", escape(&choice.name))?;
            if !is_looked_up(list) && choice.label.has_words() {
                write!(out, "<label>{}</label>", escape(&choice.label[0]))?;
            }
            for (column, value) in &choice.columns {
                write!(out, "<{column}>{}</{column}>", escape(value))?;
            }
            writeln!(out, "</item>")?;
        }
        writeln!(out, "</root></instance>")
    }

    fn bind(&self, out: &mut String, id: NodeId) -> Written {
        let node = self.form.node(id);
        let mut attributes = taken_and_typed(node);
        attributes.push_str(&bound_parameters(node));
        if node.kind == QuestionType::Note && node.read_only.is_none() {
            attributes.push_str(" readonly=\"true()\"");
        }
        let calculation = node.calculation.as_ref().filter(|_| node.triggers.is_empty());
        for (name, expression) in [
            ("readonly", node.read_only.as_ref()),
            ("relevant", node.relevant.as_ref()),
            ("required", node.required.as_ref()),
            ("constraint", node.constraint.as_ref()),
            ("calculate", calculation),
        ] {
            if let Some(expression) = expression {
                write!(attributes, " {name}=\"{}\"", self.xpath(expression, Some(id)))?;
            }
        }
        for (name, texts) in [("jr:constraintMsg", &node.constraint_message), ("jr:requiredMsg", &node.required_message)] {
            if texts.has_words() {
                write!(attributes, " {name}=\"{}\"", self.message(id, name, texts))?;
            }
        }
        if attributes.is_empty() { Ok(()) } else { writeln!(out, "<bind nodeset=\"{}\"{attributes}/>", self.form.path(id)) }
    }

    fn actions(&self, out: &mut String, id: NodeId) -> Written {
        let (node, path) = (self.form.node(id), self.form.path(id));
        if let Some(value) = &node.first_value {
            self.set_value(out, id, "odk-instance-first-load", &self.xpath(value, Some(id)))?;
        }
        match node.kind {
            QuestionType::Unasked("geopoint") => writeln!(out, "<odk:setgeopoint ref=\"{path}\" event=\"odk-instance-first-load\"/>"),
            QuestionType::Unasked(_) => {
                let quality = node.parameter("quality").map_or_else(String::new, |q| format!(" odk:quality=\"{}\"", escape(q)));
                writeln!(out, "<odk:recordaudio ref=\"{path}\" event=\"odk-instance-load\"{quality}/>")
            }
            _ => Ok(()),
        }
    }

    /// The author's expression with its references as paths.
    pub(super) fn xpath(&self, expression: &Expression, context: Option<NodeId>) -> String {
        escape(refer::paths(self.form, &expression.source, context, false)).into_owned()
    }

    pub(super) fn filter(&self, expression: &Expression, context: NodeId) -> String {
        refer::paths(self.form, &expression.source, Some(context), true)
    }

    pub(super) fn reference(&self, text: &str, context: NodeId) -> String {
        escape(refer::paths(self.form, text, Some(context), false)).into_owned()
    }
}

fn is_audit(node: &Node) -> bool {
    node.kind == QuestionType::Metadata(Metadata::Audit)
}

/// What the device takes by itself, and of which type the value is.
fn taken_and_typed(node: &Node) -> String {
    let mut attributes = match node.kind {
        QuestionType::Metadata(metadata) if metadata != Metadata::Audit => {
            let (preload, parameters) = metadata.preload();
            format!(" jr:preload=\"{preload}\" jr:preloadParams=\"{parameters}\"")
        }
        _ => String::new(),
    };
    attributes.extend(data_type(node.kind).map(|kind| format!(" type=\"{kind}\"")));
    attributes
}

fn data_type(kind: QuestionType) -> Option<&'static str> {
    Some(match kind {
        QuestionType::Group | QuestionType::Repeat => return None,
        QuestionType::Integer | QuestionType::Range { is_decimal: false } => "int",
        QuestionType::Decimal | QuestionType::Range { is_decimal: true } => "decimal",
        QuestionType::Date => "date",
        QuestionType::Time => "time",
        QuestionType::DateTime => "dateTime",
        QuestionType::Upload(_) => "binary",
        QuestionType::Location(kind) | QuestionType::Unasked(kind) => kind,
        QuestionType::Barcode => "barcode",
        QuestionType::Rank(_) => "odk:rank",
        QuestionType::Metadata(metadata) => match metadata.preload() {
            ("timestamp", _) => "dateTime",
            ("date", _) => "date",
            ("", _) => "binary",
            _ => "string",
        },
        _ => "string",
    })
}
