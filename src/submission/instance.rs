//! An instance's XML as its form, its ids and its leaves; anything an honest client never sends is refused while reading.

use quick_xml::XmlVersion;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::reader::Reader;

/// The limits of one instance: far above any questionnaire, and each costs next to nothing to check.
mod limit {
    pub(super) const BYTES: usize = 1 << 20;
    pub(super) const DEPTH: usize = 32;
    pub(super) const ELEMENTS: usize = 20_000;
    pub(super) const ATTRIBUTES: usize = 16;
    pub(super) const TEXT_BYTES: usize = 64 << 10;
}

/// What is no submission at all. The words are fixed: nothing that was sent is said back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    #[error("the interview is larger than 1 MiB")]
    TooLarge,
    #[error("the interview is not text in UTF-8")]
    NotUtf8,
    #[error("the interview holds a character that XML does not allow")]
    IllegalCharacter,
    #[error("the interview is not well-formed XML")]
    NotXml,
    #[error("the interview holds a document type, a processing instruction or an entity of its own")]
    Active,
    #[error("the interview is nested deeper, or has more elements, attributes or text, than any form")]
    OverLimit,
    #[error("the interview does not say which form it answers")]
    NoForm,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Instance {
    pub form_id: String,
    pub version: String,
    pub instance_id: Option<String>,
    pub deprecated_id: Option<String>,
    /// Encrypted by the device: the answers are in another part.
    pub is_encrypted: bool,
    leaves: Vec<Span>,
    /// The leaves' paths and texts, one after the other.
    text: String,
    /// For each element, numbered as they open, the one around it: which leaves lie in one instance of a repeat.
    pub(super) parents: Vec<u32>,
}

/// An element without elements inside: its path below the root (`group/question`) and its text, trimmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leaf<'a> {
    pub path: &'a str,
    pub text: &'a str,
    /// The element's number.
    pub(super) element: u32,
}

/// Where a leaf stands in the instance's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    start: usize,
    path_length: usize,
    text_length: usize,
    element: u32,
}

impl Instance {
    /// In the order of the interview; ids are not among them.
    pub fn leaves(&self) -> impl Iterator<Item = Leaf<'_>> {
        self.leaves.iter().map(|leaf| {
            let (path, text) = self.text[leaf.start..][..leaf.path_length + leaf.text_length].split_at(leaf.path_length);
            Leaf { path, text, element: leaf.element }
        })
    }

    fn add(&mut self, path: &str, text: &str, element: u32) {
        self.leaves.push(Span { start: self.text.len(), path_length: path.len(), text_length: text.len(), element });
        self.text.push_str(path);
        self.text.push_str(text);
    }

    pub fn read(bytes: &[u8]) -> Result<Instance, Malformed> {
        if bytes.len() > limit::BYTES {
            return Err(Malformed::TooLarge);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| Malformed::NotUtf8)?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if !is_plain(text) && !text.chars().all(is_xml_char) {
            return Err(Malformed::IllegalCharacter);
        }
        let mut reader = Reader::from_str(text);
        let mut reading = Reading::default();
        loop {
            match reader.read_event().map_err(|_| Malformed::NotXml)? {
                Event::Start(start) => reading.open(&start)?,
                Event::Empty(start) => {
                    reading.open(&start)?;
                    reading.close();
                }
                Event::End(_) => reading.close(),
                Event::Text(text) => reading.text(&text.xml10_content())?,
                Event::CData(text) => reading.text(&text.xml10_content())?,
                Event::GeneralRef(reference) => reading.reference(&reference)?,
                Event::Comment(_) | Event::Decl(_) => {}
                Event::PI(_) | Event::DocType(_) => return Err(Malformed::Active),
                Event::Eof => return reading.finish(),
            }
        }
    }
}

/// How many elements an ordinary interview has; room for them is made at once.
const USUAL_ELEMENTS: usize = 128;
/// And how many bytes the paths and texts of its leaves.
const USUAL_TEXT: usize = 8 << 10;

/// The `Char` production of XML 1.0: `quick-xml` lets NUL through, which PostgreSQL's text does not hold.
fn is_xml_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}')
}

/// Whether all of it is ASCII that XML allows; many bytes at once are looked at, none by itself.
fn is_plain(text: &str) -> bool {
    let is_other = |b: &u8| !matches!(b, b'\t' | b'\n' | b'\r' | b' '..=b'\x7F');
    text.as_bytes().chunks(256).all(|bytes| !bytes.iter().fold(false, |found, b| found | is_other(b)))
}

/// An element that is not closed yet.
struct Open {
    /// How long the path was before it.
    length: usize,
    has_elements: bool,
    number: u32,
}

#[derive(Default)]
struct Reading {
    instance: Instance,
    /// The path below the root of the element being read.
    path: String,
    open: Vec<Open>,
    text: String,
    has_root: bool,
}

impl Reading {
    fn open(&mut self, start: &BytesStart<'_>) -> Result<(), Malformed> {
        let number = self.instance.parents.len();
        if self.open.len() >= limit::DEPTH || number >= limit::ELEMENTS {
            return Err(Malformed::OverLimit);
        }
        self.attributes(start)?;
        if number == 0 {
            self.instance.parents.reserve(USUAL_ELEMENTS);
            self.instance.leaves.reserve(USUAL_ELEMENTS);
            self.instance.text.reserve(USUAL_TEXT);
        }
        let number = u32::try_from(number).map_err(|_| Malformed::OverLimit)?;
        self.instance.parents.push(self.open.last().map_or(0, |around| around.number));
        if let Some(around) = self.open.last_mut() {
            around.has_elements = true;
        }
        let length = self.path.len();
        self.step(start)?;
        self.open.push(Open { length, has_elements: false, number });
        self.text.clear();
        Ok(())
    }

    /// Those of the root are read; of the others it is only seen that they are few.
    fn attributes(&mut self, start: &BytesStart<'_>) -> Result<(), Malformed> {
        if self.open.is_empty() {
            return if std::mem::replace(&mut self.has_root, true) { Err(Malformed::NotXml) } else { self.root(start) };
        }
        if start.attributes_raw().is_empty() {
            return Ok(());
        }
        let are_many = start.attributes().with_checks(false).nth(limit::ATTRIBUTES).is_some();
        if start.attributes_raw().len() > limit::TEXT_BYTES || are_many { Err(Malformed::OverLimit) } else { Ok(()) }
    }

    /// Leads the path one element down; the root is no part of it.
    fn step(&mut self, start: &BytesStart<'_>) -> Result<(), Malformed> {
        if self.open.is_empty() {
            return Ok(());
        }
        if !self.path.is_empty() {
            self.path.push('/');
        }
        self.path.push_str(start.local_name().as_ref());
        if self.path.len() > limit::TEXT_BYTES { Err(Malformed::OverLimit) } else { Ok(()) }
    }

    fn root(&mut self, start: &BytesStart<'_>) -> Result<(), Malformed> {
        for (count, attribute) in start.attributes().with_checks(false).enumerate() {
            if count >= limit::ATTRIBUTES {
                return Err(Malformed::OverLimit);
            }
            let attribute = attribute.map_err(|_| Malformed::NotXml)?;
            let value = || attribute.normalized_value(XmlVersion::Implicit1_0).map(|v| v.trim().to_owned()).map_err(|_| Malformed::Active);
            match attribute.key.local_name().as_ref() {
                "id" => self.instance.form_id = value()?,
                "version" => self.instance.version = value()?,
                "encrypted" => self.instance.is_encrypted = value()? == "yes",
                _ => {}
            }
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), Malformed> {
        if self.open.is_empty() {
            return if text.trim().is_empty() { Ok(()) } else { Err(Malformed::NotXml) };
        }
        self.text.push_str(text);
        if self.text.len() > limit::TEXT_BYTES { Err(Malformed::OverLimit) } else { Ok(()) }
    }

    fn reference(&mut self, reference: &BytesRef<'_>) -> Result<(), Malformed> {
        if let Some(c) = reference.resolve_char_ref().map_err(|_| Malformed::NotXml)? {
            return if is_xml_char(c) { self.text(c.encode_utf8(&mut [0; 4])) } else { Err(Malformed::IllegalCharacter) };
        }
        let text = quick_xml::escape::resolve_predefined_entity(&reference.xml10_content()).ok_or(Malformed::Active)?;
        self.text(text)
    }

    fn close(&mut self) {
        let Some(Open { length, has_elements, number }) = self.open.pop() else { return };
        if !has_elements {
            let text = self.text.trim();
            let id = || Some(text.to_owned()).filter(|t| !t.is_empty());
            match self.path.as_str() {
                "meta/instanceID" => self.instance.instance_id = id(),
                "meta/deprecatedID" => self.instance.deprecated_id = id(),
                path => self.instance.add(path, text, number),
            }
        }
        self.path.truncate(length);
        self.text.clear();
    }

    fn finish(self) -> Result<Instance, Malformed> {
        if !self.open.is_empty() || !self.has_root {
            return Err(Malformed::NotXml);
        }
        if self.instance.form_id.is_empty() {
            return Err(Malformed::NoForm);
        }
        Ok(self.instance)
    }
}
