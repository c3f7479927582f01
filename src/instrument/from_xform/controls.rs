//! The type of a question, from its control, the type of its bind, and what the device takes by itself.

use super::Reading;
use super::parts::{Control, outside};
use super::sheet::Cells;
use super::xml::Tag;
use crate::instrument::error::Kind;
use crate::instrument::form::Metadata;

/// The parameters of a type that stand in its bind.
pub(super) const BOUND: [(&str, &str); 3] =
    [("max-pixels", "max-pixels"), ("quality", "quality"), ("allow-mock-accuracy", "allow-mock-accuracy")];

pub(super) const AUDIT: [(&str, &str); 6] = [
    ("track-changes", "track-changes"),
    ("track-changes-reasons", "track-changes-reasons"),
    ("identify-user", "identify-user"),
    ("location-max-age", "location-max-age"),
    ("location-min-interval", "location-min-interval"),
    ("location-priority", "location-priority"),
];

/// The parameters of a type that stand in its control.
const SHOWN: [(&str, &str); 8] = [
    ("start", "start"),
    ("end", "end"),
    ("step", "step"),
    ("rows", "rows"),
    ("intent", "app"),
    ("incremental", "incremental"),
    ("accuracyThreshold", "capture-accuracy"),
    ("unacceptableAccuracyThreshold", "warning-accuracy"),
];

const METADATA: [(Metadata, &str); 9] = [
    (Metadata::Start, "start"),
    (Metadata::End, "end"),
    (Metadata::Today, "today"),
    (Metadata::DeviceId, "deviceid"),
    (Metadata::Username, "username"),
    (Metadata::PhoneNumber, "phonenumber"),
    (Metadata::Email, "email"),
    (Metadata::SimSerial, "simserial"),
    (Metadata::SubscriberId, "subscriberid"),
];

impl<'a> Reading<'a> {
    pub(super) fn put_control(&mut self, cells: &mut Cells, control: &'a Control, path: &str) {
        let tag = &control.tag;
        match tag.name.as_str() {
            "select1" => self.put_selection(cells, control, path, "select_one"),
            "select" => self.put_selection(cells, control, path, "select_multiple"),
            "rank" => self.put_selection(cells, control, path, "rank"),
            "trigger" => cells.put("type", "acknowledge"),
            "range" => cells.put("type", "range"),
            "upload" => self.put_upload(cells, tag),
            _ => self.put_input(cells, tag, path),
        }
        for (attribute, parameter) in SHOWN {
            if !tag.get(attribute).is_empty() {
                self.put_parameter(cells, parameter, tag.get(attribute));
            }
        }
        let known: Vec<&str> = ["ref", "appearance", "mediatype"].into_iter().chain(SHOWN.map(|(attribute, _)| attribute)).collect();
        self.knows(tag, &known);
    }

    fn put_upload(&mut self, cells: &mut Cells, tag: &Tag) {
        let word = match tag.get("mediatype") {
            "image/*" => "image",
            "audio/*" => "audio",
            "video/*" => "video",
            "application/*" | "*/*" | "" => "file",
            other => return self.errors.push(outside(tag, &format!("the media type '{other}'"))),
        };
        cells.put("type", word);
    }

    fn put_input(&mut self, cells: &mut Cells, tag: &Tag, path: &str) {
        let bind = self.binds.get(path).copied();
        if bind.is_some_and(|bind| self.is_note(bind, path)) {
            cells.put("type", "note");
            return;
        }
        let kind = bind.map_or("", |bind| bind.get("type"));
        match typed(kind) {
            Some(word) => cells.put("type", word),
            None => self.fails(tag, Kind::Unknown, &format!("'{kind}' is not a type that can be written into")),
        }
    }

    /// What is asked of nobody: taken by the device, computed, or there from the beginning.
    pub(super) fn put_silent(&mut self, cells: &mut Cells, path: &str) {
        let bind = self.binds.get(path).copied();
        let get = |name: &str| bind.map_or("", |bind| bind.get(name));
        let action = |name: &str| self.parts.actions.iter().map(|(tag, _)| tag).find(|tag| tag.name == name && self.is_of(tag, path));
        let taken = (get("preload"), get("preloadParams"));
        let metadata = METADATA.iter().find(|(metadata, _)| metadata.preload() == taken);
        let is_computed = !get("calculate").is_empty() || cells.has("trigger") || cells.has("default");
        if let Some((_, word)) = metadata {
            cells.put("type", *word);
        } else if let (false, Some(bind)) = (taken.0.is_empty(), bind) {
            self.errors.push(outside(bind, &format!("what the device fills in by preload='{}' {}", taken.0, taken.1)));
        } else if action("setgeopoint").is_some() {
            cells.put("type", "start-geopoint");
        } else if let Some(recording) = action("recordaudio") {
            cells.put("type", "background-audio");
            if !recording.get("quality").is_empty() {
                self.put_parameter(cells, "quality", recording.get("quality"));
            }
        } else {
            let word = match typed(get("type")) {
                Some("text") | None if !get("calculate").is_empty() || cells.has("trigger") => "calculate",
                Some(word) if word != "text" && is_computed => word,
                _ => "hidden",
            };
            cells.put("type", word);
        }
    }

    fn is_of(&self, tag: &Tag, path: &str) -> bool {
        self.below(tag.get("ref")) == Some(path)
    }
}

/// The word of a workbook for a bind's type.
fn typed(kind: &str) -> Option<&'static str> {
    Some(match kind.strip_prefix("xsd:").unwrap_or(kind) {
        "" | "string" => "text",
        "int" | "integer" => "integer",
        "decimal" => "decimal",
        "date" => "date",
        "time" => "time",
        "dateTime" => "dateTime",
        "geopoint" => "geopoint",
        "geotrace" => "geotrace",
        "geoshape" => "geoshape",
        "barcode" => "barcode",
        _ => return None,
    })
}
