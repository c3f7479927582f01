//! The texts of an XForm that are looked up by language, and those that stand where they are shown.

use std::fmt::Write;

use quick_xml::escape::escape;

use super::form::{ChoiceList, Form, NodeId};
use super::refer;
use super::texts::{MEDIA, Texts};
use super::xform::{Writer, Written};

/// What a translation shows where its language has no words.
const NO_WORDS: &str = "-";

/// One entry of every translation: its name, and its parts, each with the form it is shown in.
struct Entry<'a> {
    id: String,
    parts: Vec<(&'static str, &'a Texts)>,
    context: Option<NodeId>,
}

impl Writer<'_> {
    pub(super) fn itext(&self, out: &mut String) -> Written {
        let entries = self.entries();
        if entries.is_empty() {
            return Ok(());
        }
        writeln!(out, "<itext>")?;
        let form = self.form;
        let default = if self.languages.contains(&form.default_language) { form.default_language } else { self.languages[0] };
        let is_marked = form.names_default || default != form.default_language;
        for language in &self.languages {
            let mark = if *language == default && is_marked { " default=\"true()\"" } else { "" };
            writeln!(out, "<translation lang=\"{}\"{mark}>", escape(&form.languages[*language].name))?;
            for entry in &entries {
                self.entry(out, entry, *language)?;
            }
            writeln!(out, "</translation>")?;
        }
        writeln!(out, "</itext>")
    }

    fn entries(&self) -> Vec<Entry<'_>> {
        let mut entries = Vec::new();
        for list in self.form.choice_lists.iter().filter(|l| is_looked_up(l)) {
            for (place, choice) in list.choices.iter().enumerate() {
                let parts = parts(&choice.label, &choice.media);
                entries.push(Entry { id: format!("{}-{place}", list.name), parts, context: None });
            }
        }
        for id in self.form.ids() {
            let (node, path) = (self.form.node(id), self.form.path(id));
            let mut add = |name: &str, parts| entries.push(Entry { id: format!("{path}:{name}"), parts, context: Some(id) });
            for (name, message) in [("jr:constraintMsg", &node.constraint_message), ("jr:requiredMsg", &node.required_message)] {
                if message_is_looked_up(message) {
                    add(name, vec![("", message)]);
                }
            }
            if !node.label.is_plain() || !node.media.is_empty() {
                add("label", parts(&node.label, &node.media));
            }
            if !node.hint.is_plain() || node.guidance.has_words() {
                let hint = Some(("", &node.hint)).filter(|(_, t)| t.has_words());
                add("hint", hint.into_iter().chain(Some(("guidance", &node.guidance)).filter(|(_, t)| t.has_words())).collect());
            }
        }
        entries.retain(|e| !e.parts.is_empty());
        entries
    }

    fn entry(&self, out: &mut String, entry: &Entry<'_>, language: usize) -> Written {
        write!(out, "<text id=\"{}\">", escape(&entry.id))?;
        for (kind, texts) in &entry.parts {
            let words = self.words_in(texts, language);
            match MEDIA.iter().find(|(name, _)| name == kind) {
                Some(_) if words == NO_WORDS => {}
                Some((name, folder)) => write!(out, "<value form=\"{name}\">jr://{folder}/{}</value>", escape(words))?,
                None if *kind == "guidance" => write!(out, "<value form=\"guidance\">{}</value>", self.marked_up(words, entry.context))?,
                None => write!(out, "<value>{}</value>", self.marked_up(words, entry.context))?,
            }
        }
        writeln!(out, "</text>")
    }

    /// The words in one language; a text without a language speaks the default one.
    fn words_in<'t>(&self, texts: &'t Texts, language: usize) -> &'t str {
        let is_silent = texts.is_plain() && language != self.form.default_language;
        texts.get(language).map(String::as_str).filter(|t| !t.is_empty() && !is_silent).unwrap_or(NO_WORDS)
    }

    /// A text with its references as `<output>`, and then a space at each end, as pyxform has it.
    pub(super) fn marked_up(&self, text: &str, context: Option<NodeId>) -> String {
        let mut words = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, after)) = after.split_once('}') else { break };
            let Some(id) = self.form.named(name.trim()) else { break };
            let _ = write!(words, "{}<output value=\"{}\"/>", escape(before), refer::path(self.form, id, context, ""));
            rest = after;
        }
        words.push_str(&escape(rest));
        if words.contains("<output ") { format!(" {words} ") } else { words }
    }

    /// The message of a constraint or a requirement, as an attribute.
    pub(super) fn message(&self, id: NodeId, name: &str, message: &Texts) -> String {
        if message_is_looked_up(message) {
            return format!("jr:itext('{}:{name}')", self.form.path(id));
        }
        escape(&message[0]).into_owned()
    }
}

fn parts<'a>(label: &'a Texts, media: &'a [(&'static str, Texts)]) -> Vec<(&'static str, &'a Texts)> {
    let label = Some(("", label)).filter(|(_, t)| t.has_words());
    label.into_iter().chain(media.iter().map(|(kind, texts)| (*kind, texts))).collect()
}

fn message_is_looked_up(message: &Texts) -> bool {
    !message.is_plain() || message.iter().any(|m| m.contains("${"))
}

/// Whether a list's words go through the translations: they have languages, media or references.
pub(super) fn is_looked_up(list: &ChoiceList) -> bool {
    list.choices.iter().any(|c| !c.label.is_plain() || !c.media.is_empty() || c.label.iter().any(|l| l.contains("${")))
}

/// The file ids that `pulldata()` names in an expression.
pub(super) fn pulled_files(form: &Form, id: NodeId) -> Vec<String> {
    let node = form.node(id);
    let expressions =
        [&node.calculation, &node.constraint, &node.read_only, &node.required, &node.relevant, &node.choice_filter, &node.first_value];
    let calls = expressions.into_iter().flatten().flat_map(|e| e.source.split("pulldata(").skip(1));
    calls.filter_map(|c| c.split([',', ')']).next()).map(|file| file.trim().trim_matches(['\'', '"']).to_owned()).collect()
}
