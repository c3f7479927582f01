//! A form as an ODK XForm, laid out as pyxform lays it out: the shape every ODK client has been tested with.

use std::fmt::Write;

use quick_xml::escape::escape;

use super::form::{Form, Node, NodeId, QuestionType, Texts};
use super::xpath::Expression;

const NAMESPACES: &str = "xmlns=\"http://www.w3.org/2002/xforms\" xmlns:h=\"http://www.w3.org/1999/xhtml\" \
    xmlns:ev=\"http://www.w3.org/2001/xml-events\" xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" \
    xmlns:jr=\"http://openrosa.org/javarosa\" xmlns:orx=\"http://openrosa.org/xforms\" \
    xmlns:odk=\"http://www.opendatakit.org/xforms\"";

/// What a translation shows where its language has no words.
const NO_WORDS: &str = "-";

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

struct Writer<'a> {
    form: &'a Form,
    languages: Vec<usize>,
}

type Written = std::fmt::Result;

impl Writer<'_> {
    fn document(&self, out: &mut String) -> Written {
        writeln!(out, "<?xml version=\"1.0\"?>\n<h:html {NAMESPACES}>\n<h:head>\n<h:title>{}</h:title>", escape(&self.form.title))?;
        writeln!(out, "<model odk:xforms-version=\"1.0.0\">")?;
        if self.is_translated() {
            self.itext(out)?;
        }
        self.primary_instance(out)?;
        self.choice_instances(out)?;
        for id in self.form.ids() {
            self.bind(out, id)?;
        }
        if let Some(name) = &self.form.instance_name {
            writeln!(out, "<bind nodeset=\"/data/meta/instanceName\" type=\"string\" calculate=\"{}\"/>", self.xpath(name))?;
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

    /// One unnamed language is written in place; any named one goes through itext.
    fn is_translated(&self) -> bool {
        self.form.languages.len() > 1 || self.form.languages[0].name != "default"
    }

    fn itext(&self, out: &mut String) -> Written {
        writeln!(out, "<itext>")?;
        let default = if self.languages.contains(&self.form.default_language) { self.form.default_language } else { self.languages[0] };
        for language in &self.languages {
            let mark = if *language == default { " default=\"true()\"" } else { "" };
            writeln!(out, "<translation lang=\"{}\"{mark}>", escape(&self.form.languages[*language].name))?;
            for list in &self.form.choice_lists {
                for (place, choice) in list.choices.iter().enumerate() {
                    self.text(out, &format!("{}-{place}", list.name), &choice.label, *language)?;
                }
            }
            for id in self.form.ids() {
                self.node_texts(out, id, *language)?;
            }
            writeln!(out, "</translation>")?;
        }
        writeln!(out, "</itext>")
    }

    fn node_texts(&self, out: &mut String, id: NodeId, language: usize) -> Written {
        let (node, path) = (self.form.node(id), self.form.path(id));
        self.text(out, &format!("{path}:jr:constraintMsg"), &node.constraint_message, language)?;
        self.text(out, &format!("{path}:jr:requiredMsg"), &node.required_message, language)?;
        self.text(out, &format!("{path}:label"), &node.label, language)?;
        if has_words(&node.hint) || has_words(&node.guidance) {
            writeln!(out, "<text id=\"{path}:hint\">")?;
            if has_words(&node.hint) {
                writeln!(out, "<value>{}</value>", self.words(&node.hint, language))?;
            }
            if has_words(&node.guidance) {
                writeln!(out, "<value form=\"guidance\">{}</value>", self.words(&node.guidance, language))?;
            }
            writeln!(out, "</text>")?;
        }
        Ok(())
    }

    fn text(&self, out: &mut String, id: &str, texts: &Texts, language: usize) -> Written {
        if !has_words(texts) {
            return Ok(());
        }
        writeln!(out, "<text id=\"{}\"><value>{}</value></text>", escape(id), self.words(texts, language))
    }

    /// A text with its references as `<output>`, and then a space at each end, as pyxform has it.
    fn words(&self, texts: &Texts, language: usize) -> String {
        let text = match texts[language].as_str() {
            "" => NO_WORDS,
            text => text,
        };
        let mut words = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, after)) = after.split_once('}') else { break };
            let Some(id) = self.form.named(name.trim()) else { break };
            let _ = write!(words, "{}<output value=\" {} \"/>", escape(before), self.form.path(id));
            rest = after;
        }
        words.push_str(&escape(rest));
        if words.contains("<output ") { format!(" {words} ") } else { words }
    }

    fn primary_instance(&self, out: &mut String) -> Written {
        write!(out, "<instance>\n<data id=\"{}\"", escape(&self.form.id))?;
        if !self.form.version.is_empty() {
            write!(out, " version=\"{}\"", escape(&self.form.version))?;
        }
        writeln!(out, ">")?;
        self.elements(out, None)?;
        let name = if self.form.instance_name.is_some() { "<instanceName/>" } else { "" };
        writeln!(out, "<meta><instanceID/>{name}</meta>\n</data>\n</instance>")
    }

    fn elements(&self, out: &mut String, parent: Option<NodeId>) -> Written {
        for id in self.form.children(parent) {
            let node = self.form.node(id);
            if node.is_group() {
                writeln!(out, "<{}>", node.name)?;
                self.elements(out, Some(id))?;
                writeln!(out, "</{}>", node.name)?;
            } else if node.default.is_empty() {
                writeln!(out, "<{}/>", node.name)?;
            } else {
                writeln!(out, "<{0}>{1}</{0}>", node.name, escape(&node.default))?;
            }
        }
        Ok(())
    }

    fn choice_instances(&self, out: &mut String) -> Written {
        for list in &self.form.choice_lists {
            writeln!(out, "<instance id=\"{}\"><root>", escape(&list.name))?;
            for (place, choice) in list.choices.iter().enumerate() {
                if self.is_translated() {
                    write!(out, "<item><itextId>{}-{place}</itextId>", escape(&list.name))?;
                    writeln!(out, "<name>{}</name></item>", escape(&choice.name))?;
                } else {
                    write!(out, "<item><name>{}</name>", escape(&choice.name))?;
                    writeln!(out, "<label>{}</label></item>", self.words(&choice.label, 0))?;
                }
            }
            writeln!(out, "</root></instance>")?;
        }
        Ok(())
    }

    fn bind(&self, out: &mut String, id: NodeId) -> Written {
        let (node, path) = (self.form.node(id), self.form.path(id));
        let mut attributes = String::new();
        if let QuestionType::Metadata(metadata) = node.kind {
            let (preload, parameters) = metadata.preload();
            write!(attributes, " jr:preload=\"{preload}\" jr:preloadParams=\"{parameters}\"")?;
        }
        if let Some(kind) = data_type(node.kind) {
            write!(attributes, " type=\"{kind}\"")?;
        }
        if node.read_only || node.kind == QuestionType::Note {
            attributes.push_str(" readonly=\"true()\"");
        }
        for (name, expression) in
            [("relevant", &node.relevant), ("required", &node.required), ("constraint", &node.constraint), ("calculate", &node.calculation)]
        {
            if let Some(expression) = expression {
                write!(attributes, " {name}=\"{}\"", self.xpath(expression))?;
            }
        }
        for (name, texts) in [("jr:constraintMsg", &node.constraint_message), ("jr:requiredMsg", &node.required_message)] {
            if has_words(texts) {
                let text = if self.is_translated() { format!("jr:itext('{path}:{name}')") } else { escape(&texts[0]).into_owned() };
                write!(attributes, " {name}=\"{text}\"")?;
            }
        }
        if attributes.is_empty() { Ok(()) } else { writeln!(out, "<bind nodeset=\"{path}\"{attributes}/>") }
    }

    /// The author's text with each `${name}` as its path; pyxform sets a space on either side.
    fn xpath(&self, expression: &Expression) -> String {
        let mut text = String::new();
        let mut rest = expression.source.as_str();
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, after)) = after.split_once('}') else { break };
            text.push_str(before);
            if let Some(id) = self.form.named(name.trim()) {
                let _ = write!(text, " {} ", self.form.path(id));
            }
            rest = after;
        }
        text.push_str(rest);
        escape(text).into_owned()
    }

    fn controls(&self, out: &mut String, parent: Option<NodeId>) -> Written {
        for id in self.form.children(parent) {
            let node = self.form.node(id);
            let Some((tag, attributes)) = control(node) else { continue };
            write!(out, "<{tag}{attributes}")?;
            if !node.appearance.is_empty() {
                write!(out, " appearance=\"{}\"", escape(&node.appearance))?;
            }
            writeln!(out, " ref=\"{}\">", self.form.path(id))?;
            self.control_words(out, id, "label", &node.label)?;
            if has_words(&node.hint) || has_words(&node.guidance) {
                self.control_words(out, id, "hint", &node.hint)?;
            }
            if let QuestionType::SelectOne(list) | QuestionType::SelectMultiple(list) = node.kind {
                let label = if self.is_translated() { "jr:itext(itextId)" } else { "label" };
                let name = escape(&self.form.list(list).name);
                writeln!(out, "<itemset nodeset=\"instance('{name}')/root/item\"><value ref=\"name\"/><label ref=\"{label}\"/></itemset>")?;
            }
            self.controls(out, Some(id))?;
            writeln!(out, "</{tag}>")?;
        }
        Ok(())
    }

    fn control_words(&self, out: &mut String, id: NodeId, word: &str, texts: &Texts) -> Written {
        let node = self.form.node(id);
        if self.is_translated() && (has_words(texts) || (word == "hint" && has_words(&node.guidance))) {
            writeln!(out, "<{word} ref=\"jr:itext('{}:{word}')\"/>", self.form.path(id))
        } else if has_words(texts) {
            writeln!(out, "<{word}>{}</{word}>", self.words(texts, 0))
        } else {
            Ok(())
        }
    }
}

fn has_words(texts: &Texts) -> bool {
    texts.iter().any(|t| !t.is_empty())
}

fn data_type(kind: QuestionType) -> Option<&'static str> {
    Some(match kind {
        QuestionType::Group => return None,
        QuestionType::Integer => "int",
        QuestionType::Decimal => "decimal",
        QuestionType::Date => "date",
        QuestionType::Time => "time",
        QuestionType::DateTime => "dateTime",
        QuestionType::Upload(_) => "binary",
        QuestionType::Location(kind) => kind,
        QuestionType::Barcode => "barcode",
        QuestionType::Metadata(metadata) => match metadata.preload() {
            ("timestamp", _) => "dateTime",
            ("date", _) => "date",
            ("", _) => "binary",
            _ => "string",
        },
        _ => "string",
    })
}

/// The element that asks a question, with its own attributes; none for what is not asked.
fn control(node: &Node) -> Option<(&'static str, String)> {
    Some(match node.kind {
        QuestionType::Calculate | QuestionType::Metadata(_) => return None,
        QuestionType::Group => ("group", String::new()),
        QuestionType::SelectOne(_) => ("select1", String::new()),
        QuestionType::SelectMultiple(_) => ("select", String::new()),
        QuestionType::Acknowledge => ("trigger", String::new()),
        QuestionType::Upload(media) => ("upload", format!(" mediatype=\"{media}\"")),
        _ => ("input", String::new()),
    })
}
