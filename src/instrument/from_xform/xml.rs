//! An XForm's elements one after the other, under limits, each with the line it stands in.

use quick_xml::XmlVersion;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::reader::Reader;

use super::wrong;
use crate::instrument::error::{Error, Kind};
use crate::instrument::xml_name::is_xml_char;

/// Far above any form. The bytes of the file are limited before.
mod limit {
    pub(super) const DEPTH: usize = 64;
    pub(super) const ELEMENTS: usize = 500_000;
    pub(super) const ATTRIBUTES: usize = 64;
}

pub(super) type Read<T> = Result<T, Error>;

/// An element's beginning. Prefixes are left out: what is told apart by them alone is not read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tag {
    pub(super) name: String,
    /// Under their names without prefix; a namespace under all of its name, such as `xmlns:jr`.
    pub(super) attributes: Vec<(String, String)>,
    pub(super) line: usize,
}

impl Tag {
    /// An attribute's value, trimmed; empty where there is none.
    pub(super) fn get(&self, name: &str) -> &str {
        self.attributes.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value.trim())
    }
}

pub(super) enum Inner {
    Element(Tag),
    Text(String),
}

pub(super) struct Xml<'a> {
    reader: Reader<&'a [u8]>,
    text: &'a str,
    depth: usize,
    n_elements: usize,
    /// The line at a place of the text, so that lines are counted once.
    counted: (usize, usize),
}

impl<'a> Xml<'a> {
    pub(super) fn new(text: &'a str) -> Read<Self> {
        let mut xml = Self { reader: Reader::from_str(text), text, depth: 0, n_elements: 0, counted: (0, 1) };
        xml.reader.config_mut().expand_empty_elements = true;
        if let Some(at) = text.find(|c| !is_xml_char(c)) {
            let line = text[..at].lines().count().max(1);
            return Err(wrong(line, "", Kind::Unreadable, "the file holds a character that XML does not allow", "save it again as text"));
        }
        Ok(xml)
    }

    /// Everything inside the element just begun, up to its end. What `each` does not read of an element is passed over.
    pub(super) fn inside(&mut self, each: &mut dyn FnMut(&mut Self, Inner) -> Read<()>) -> Read<()> {
        let depth = self.depth;
        while let Some(inner) = self.next()? {
            let is_element = matches!(inner, Inner::Element(_));
            each(self, inner)?;
            if is_element && self.depth > depth {
                self.inside(&mut |_, _| Ok(()))?;
            }
        }
        Ok(())
    }

    /// The words inside the element just begun, with elements left out.
    pub(super) fn text(&mut self) -> Read<String> {
        let mut words = String::new();
        self.inside(&mut |_, inner| {
            if let Inner::Text(text) = inner {
                words.push_str(&text);
            }
            Ok(())
        })?;
        Ok(words)
    }

    /// `None` at the end of the element around, or of the file.
    fn next(&mut self) -> Read<Option<Inner>> {
        loop {
            let event = self.reader.read_event().map_err(|_| self.not_xml())?;
            match event {
                Event::Start(start) | Event::Empty(start) => return self.begin(&start).map(|tag| Some(Inner::Element(tag))),
                Event::End(_) => {
                    self.depth -= 1;
                    return Ok(None);
                }
                Event::Text(text) => return Ok(Some(Inner::Text(text.xml10_content().into_owned()))),
                Event::CData(text) => return Ok(Some(Inner::Text(text.xml10_content().into_owned()))),
                Event::GeneralRef(reference) => return self.reference(&reference).map(|text| Some(Inner::Text(text))),
                Event::Comment(_) | Event::Decl(_) => {}
                Event::PI(_) | Event::DocType(_) => {
                    let hint = "remove it: a form needs none";
                    return Err(wrong(self.line(), "", Kind::Unreadable, "there is a document type or a processing instruction", hint));
                }
                Event::Eof if self.depth == 0 => return Ok(None),
                Event::Eof => return Err(self.not_xml()),
            }
        }
    }

    fn begin(&mut self, start: &BytesStart<'_>) -> Read<Tag> {
        self.depth += 1;
        self.n_elements += 1;
        let line = self.line();
        let name = start.local_name().as_ref().to_owned();
        let mut tag = Tag { name, attributes: Vec::new(), line };
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|_| self.not_xml())?;
            let full: &str = attribute.key.as_ref();
            let key = if full.starts_with("xmlns") { full } else { attribute.key.local_name().into_inner() };
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|_| self.not_xml())?;
            tag.attributes.push((key.to_owned(), value.into_owned()));
        }
        if self.depth > limit::DEPTH || self.n_elements > limit::ELEMENTS || tag.attributes.len() > limit::ATTRIBUTES {
            let message = "the form nests deeper, or has more elements or attributes, than any form";
            return Err(wrong(line, &tag.name, Kind::Limit, message, "remove what the questionnaire does not need"));
        }
        Ok(tag)
    }

    fn reference(&mut self, reference: &BytesRef<'_>) -> Read<String> {
        if let Some(c) = reference.resolve_char_ref().map_err(|_| self.not_xml())? {
            return if is_xml_char(c) { Ok(c.to_string()) } else { Err(self.not_xml()) };
        }
        let text = quick_xml::escape::resolve_predefined_entity(&reference.xml10_content());
        text.map(str::to_owned).ok_or_else(|| self.not_xml())
    }

    fn not_xml(&mut self) -> Error {
        wrong(
            self.line(),
            "",
            Kind::Unreadable,
            "the file is not well-formed XML from here on",
            "export the form again from the tool that made it",
        )
    }

    fn line(&mut self) -> usize {
        let place = usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX).min(self.text.len());
        let (before, line) = self.counted;
        let passed = self.text.as_bytes().get(before..place).unwrap_or_default();
        self.counted = (place.max(before), line + passed.iter().filter(|b| **b == b'\n').count());
        self.counted.1
    }
}
