//! The `settings` sheet of an XForm.

use super::Reading;
use super::parts::outside;
use super::sheet::{Cells, Lines};

/// The prefixes that every XForm declares, or that ODK's tools do.
const OWN_PREFIXES: [&str; 8] = ["h", "ev", "xsd", "jr", "orx", "odk", "entities", "xforms"];

/// What a submission element says, each with the setting it comes from; `method` and `mediatype` are always the same.
const DELIVERY: [(&str, &str); 7] = [
    ("action", "submission_url"),
    ("base64RsaPublicKey", "public_key"),
    ("auto-send", "auto_send"),
    ("auto-delete", "auto_delete"),
    ("client-editable", "client_editable"),
    ("method", ""),
    ("mediatype", ""),
];

impl Reading<'_> {
    pub(super) fn settings(&mut self) -> Lines {
        let (parts, root) = (self.parts, &self.root.tag);
        let mut cells = Cells::default();
        cells.put("form_title", &parts.title);
        cells.put("form_id", root.get("id"));
        cells.put("version", root.get("version"));
        cells.put("style", &parts.style);
        for (name, value) in &root.attributes {
            if !matches!(name.as_str(), "id" | "version" | "uiVersion") && !name.starts_with("xmlns") {
                self.errors.push(outside(root, &format!("the attribute {name}='{value}'")));
            }
        }
        for (name, value) in &parts.submission.attributes {
            match DELIVERY.iter().find(|(attribute, _)| attribute == name) {
                Some((_, "")) => {}
                Some((_, setting)) => cells.put(setting, value.trim()),
                None => self.errors.push(outside(&parts.submission, &format!("the attribute {name}"))),
            }
        }
        self.put_languages(&mut cells);
        let own = parts.namespaces.iter().filter(|(prefix, _)| !OWN_PREFIXES.contains(&prefix.as_str()));
        cells.put("namespaces", own.map(|(prefix, name)| format!("{prefix}=\"{name}\"")).collect::<Vec<_>>().join(" "));
        if let Some(name) = self.binds.get("meta/instanceName") {
            cells.put("instance_name", self.expression(name.get("calculate"), ""));
        }
        if self.has_choices_twice() {
            cells.put("allow_choice_duplicates", "yes");
        }
        let mut lines = Lines::default();
        lines.add(&cells);
        lines
    }

    fn put_languages(&mut self, cells: &mut Cells) {
        if let Some(default) = self.parts.translations.iter().find(|t| t.is_default && t.language != "default") {
            cells.put("default_language", default.language.as_str());
        }
    }
}
