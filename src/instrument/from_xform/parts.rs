//! An XForm taken apart: what its head says of the questions, and what its body asks, before they are put together.

use std::collections::HashMap;

use super::wrong;
use super::xml::{Inner, Read, Tag, Xml};
use crate::instrument::error::Kind;

#[derive(Debug, Default)]
pub(super) struct Parts {
    pub(super) title: String,
    pub(super) style: String,
    pub(super) namespaces: Vec<(String, String)>,
    pub(super) submission: Tag,
    pub(super) translations: Vec<Translation>,
    pub(super) root: Option<Field>,
    pub(super) instances: Vec<Instance>,
    pub(super) binds: Vec<Tag>,
    /// Actions, each with the question or repeat in whose control it stands.
    pub(super) actions: Vec<(Tag, Option<String>)>,
    pub(super) body: Vec<Control>,
}

#[derive(Debug, Default)]
pub(super) struct Translation {
    pub(super) language: String,
    pub(super) is_default: bool,
    /// The forms of each text, the plain one under an empty name.
    pub(super) texts: HashMap<String, Vec<(String, Words)>>,
}

pub(super) type Words = Vec<Word>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Word {
    Text(String),
    /// An answer shown in the text: its path.
    Output(String),
}

/// Words where they are shown, or the name under which each language has them.
#[derive(Debug, Default)]
pub(super) enum Shown {
    #[default]
    Nothing,
    Here(Words),
    LookedUp(String),
}

/// An element of the primary instance.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) tag: Tag,
    pub(super) text: String,
    pub(super) fields: Vec<Field>,
}

/// A secondary instance: a list of choices, or where one is to be had.
#[derive(Debug)]
pub(super) struct Instance {
    pub(super) tag: Tag,
    pub(super) items: Vec<Item>,
}

#[derive(Debug)]
pub(super) struct Item {
    pub(super) line: usize,
    pub(super) columns: Vec<(String, String)>,
}

#[derive(Debug, Default)]
pub(super) struct Control {
    pub(super) tag: Tag,
    pub(super) label: Shown,
    pub(super) hint: Shown,
    /// Choices that stand in the control itself: the line, the code, the label.
    pub(super) choices: Vec<(usize, String, Shown)>,
    /// Where the choices are: `nodeset`, the code's column, the label's.
    pub(super) itemset: Option<(Tag, String, String)>,
    pub(super) controls: Vec<Control>,
}

impl Parts {
    pub(super) fn read(text: &str) -> Read<Parts> {
        let mut parts = Parts::default();
        let mut xml = Xml::new(text)?;
        let mut is_form = false;
        xml.inside(&mut |xml, inner| {
            let Inner::Element(tag) = inner else { return Ok(()) };
            if tag.name != "html" || std::mem::replace(&mut is_form, true) {
                let message = format!("<{}> is not the beginning of an XForm", tag.name);
                return Err(wrong(tag.line, &tag.name, Kind::Unreadable, &message, "send the XForm's file, which begins with <h:html>"));
            }
            let prefix = |(name, value): &(String, String)| Some((name.strip_prefix("xmlns:")?.to_owned(), value.clone()));
            parts.namespaces = tag.attributes.iter().filter_map(prefix).collect();
            xml.inside(&mut |xml, inner| parts.half(xml, inner))
        })?;
        Ok(parts)
    }

    fn half(&mut self, xml: &mut Xml<'_>, inner: Inner) -> Read<()> {
        match inner {
            Inner::Element(tag) if tag.name == "head" => xml.inside(&mut |xml, inner| match inner {
                Inner::Element(tag) if tag.name == "title" => {
                    xml.text()?.trim().clone_into(&mut self.title);
                    Ok(())
                }
                Inner::Element(tag) if tag.name == "model" => xml.inside(&mut |xml, inner| self.model(xml, inner)),
                _ => Ok(()),
            }),
            Inner::Element(tag) if tag.name == "body" => {
                tag.get("class").clone_into(&mut self.style);
                self.body = controls(xml, &mut self.actions)?;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn model(&mut self, xml: &mut Xml<'_>, inner: Inner) -> Read<()> {
        let Inner::Element(tag) = inner else { return Ok(()) };
        match tag.name.as_str() {
            "submission" => self.submission = tag,
            "bind" => self.binds.push(tag),
            "setvalue" | "setgeopoint" | "recordaudio" => self.actions.push((tag, None)),
            "itext" => xml.inside(&mut |xml, inner| match inner {
                Inner::Element(tag) if tag.name == "translation" => {
                    self.translations.push(translation(xml, &tag)?);
                    Ok(())
                }
                _ => Ok(()),
            })?,
            "instance" if self.root.is_none() => self.root = field_inside(xml)?,
            "instance" => self.instances.push(Instance { items: items(xml)?, tag }),
            other => return Err(outside(&tag, &format!("<{other}>"))),
        }
        Ok(())
    }
}

/// What Kish does not read is said, rather than lost.
pub(super) fn outside(tag: &Tag, what: &str) -> crate::instrument::error::Error {
    wrong(tag.line, &tag.name, Kind::Unknown, &format!("{what} is not supported"), "make the form without it")
}

fn translation(xml: &mut Xml<'_>, tag: &Tag) -> Read<Translation> {
    let is_default = tag.attributes.iter().any(|(name, value)| name == "default" && !value.starts_with("false"));
    let mut read = Translation { language: tag.get("lang").to_owned(), is_default, texts: HashMap::new() };
    xml.inside(&mut |xml, inner| {
        let Inner::Element(text) = inner else { return Ok(()) };
        let mut forms = Vec::new();
        xml.inside(&mut |xml, inner| {
            if let Inner::Element(value) = inner {
                forms.push((value.get("form").to_owned(), words(xml)?));
            }
            Ok(())
        })?;
        read.texts.insert(text.get("id").to_owned(), forms);
        Ok(())
    })?;
    Ok(read)
}

/// The only element inside: the root of the answers.
fn field_inside(xml: &mut Xml<'_>) -> Read<Option<Field>> {
    let mut found = None;
    xml.inside(&mut |xml, inner| {
        if let Inner::Element(tag) = inner {
            found = Some(field(xml, tag)?);
        }
        Ok(())
    })?;
    Ok(found)
}

fn field(xml: &mut Xml<'_>, tag: Tag) -> Read<Field> {
    let mut read = Field { tag, text: String::new(), fields: Vec::new() };
    xml.inside(&mut |xml, inner| {
        match inner {
            Inner::Element(tag) => read.fields.push(field(xml, tag)?),
            Inner::Text(text) => read.text.push_str(&text),
        }
        Ok(())
    })?;
    Ok(read)
}

fn items(xml: &mut Xml<'_>) -> Read<Vec<Item>> {
    let mut read = Vec::new();
    xml.inside(&mut |xml, inner| {
        let Inner::Element(_) = inner else { return Ok(()) };
        xml.inside(&mut |xml, inner| {
            let Inner::Element(item) = inner else { return Ok(()) };
            let mut columns = Vec::new();
            xml.inside(&mut |xml, inner| {
                if let Inner::Element(column) = inner {
                    columns.push((column.name, xml.text()?.trim().to_owned()));
                }
                Ok(())
            })?;
            read.push(Item { line: item.line, columns });
            Ok(())
        })
    })?;
    Ok(read)
}

fn words(xml: &mut Xml<'_>) -> Read<Words> {
    let mut read = Words::new();
    xml.inside(&mut |_, inner| {
        match inner {
            Inner::Text(text) => read.push(Word::Text(text)),
            Inner::Element(tag) if tag.name == "output" => {
                let path = if tag.get("value").is_empty() { tag.get("ref") } else { tag.get("value") };
                read.push(Word::Output(path.to_owned()));
            }
            Inner::Element(tag) => return Err(outside(&tag, &format!("<{}> inside a text", tag.name))),
        }
        Ok(())
    })?;
    Ok(read)
}

fn shown(xml: &mut Xml<'_>, tag: &Tag) -> Read<Shown> {
    let reference = tag.get("ref");
    if reference.is_empty() {
        return words(xml).map(Shown::Here);
    }
    match looked_up(reference) {
        Some(id) => Ok(Shown::LookedUp(id)),
        None => Err(outside(tag, &format!("a text from '{reference}'"))),
    }
}

/// `x` of `jr:itext('x')`
pub(super) fn looked_up(reference: &str) -> Option<String> {
    let id = reference.strip_prefix("jr:itext(")?.strip_suffix(')')?.trim();
    let inner = id.strip_prefix(['\'', '"'])?.strip_suffix(['\'', '"'])?;
    Some(inner.to_owned())
}

fn controls(xml: &mut Xml<'_>, actions: &mut Vec<(Tag, Option<String>)>) -> Read<Vec<Control>> {
    let mut read = Vec::new();
    xml.inside(&mut |xml, inner| {
        if let Inner::Element(tag) = inner {
            read.push(control(xml, tag, actions)?);
        }
        Ok(())
    })?;
    Ok(read)
}

const CONTROLS: [&str; 9] = ["group", "repeat", "input", "select", "select1", "rank", "range", "upload", "trigger"];

fn control(xml: &mut Xml<'_>, tag: Tag, actions: &mut Vec<(Tag, Option<String>)>) -> Read<Control> {
    if !CONTROLS.contains(&tag.name.as_str()) {
        return Err(outside(&tag, &format!("<{}>", tag.name)));
    }
    let path = [tag.get("ref"), tag.get("nodeset")].concat();
    let mut read = Control { tag, ..Control::default() };
    xml.inside(&mut |xml, inner| {
        let Inner::Element(tag) = inner else { return Ok(()) };
        match tag.name.as_str() {
            "label" => read.label = shown(xml, &tag)?,
            "hint" => read.hint = shown(xml, &tag)?,
            "item" => read.choices.push(choice(xml, &tag)?),
            "itemset" => read.itemset = Some(itemset(xml, tag)?),
            "setvalue" | "setgeopoint" | "recordaudio" => actions.push((tag, Some(path.clone()))),
            _ => read.controls.push(control(xml, tag, actions)?),
        }
        Ok(())
    })?;
    Ok(read)
}

fn choice(xml: &mut Xml<'_>, item: &Tag) -> Read<(usize, String, Shown)> {
    let mut read = (item.line, String::new(), Shown::Nothing);
    xml.inside(&mut |xml, inner| {
        match inner {
            Inner::Element(tag) if tag.name == "value" => read.1 = xml.text()?.trim().to_owned(),
            Inner::Element(tag) if tag.name == "label" => read.2 = shown(xml, &tag)?,
            _ => {}
        }
        Ok(())
    })?;
    Ok(read)
}

fn itemset(xml: &mut Xml<'_>, tag: Tag) -> Read<(Tag, String, String)> {
    let mut read = (tag, String::new(), String::new());
    xml.inside(&mut |_, inner| {
        match inner {
            Inner::Element(tag) if tag.name == "value" => tag.get("ref").clone_into(&mut read.1),
            Inner::Element(tag) if tag.name == "label" => tag.get("ref").clone_into(&mut read.2),
            _ => {}
        }
        Ok(())
    })?;
    Ok(read)
}
