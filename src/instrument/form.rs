//! A questionnaire: its questions in order, its choice lists, its logic and its texts in every language.

use std::collections::HashMap;

use super::canonical::Hash;
use super::xpath::{Expression, Scope};

#[derive(Debug, Clone)]
pub struct Form {
    pub id: String,
    pub version: String,
    pub title: String,
    pub style: String,
    pub instance_name: Option<Expression>,
    pub languages: Vec<Language>,
    /// The place of the default language in `languages`.
    pub default_language: usize,
    pub nodes: Vec<Node>,
    /// The questions in an order in which each comes after those its relevance and calculation read.
    pub order: Vec<NodeId>,
    pub choice_lists: Vec<ChoiceList>,
    pub hash: Hash,
    pub(super) names: HashMap<String, NodeId>,
    /// Each question by its path below the root: `group/question`.
    pub(super) paths: HashMap<String, NodeId>,
}

/// A language as its column names it: `English (en)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Language {
    pub name: String,
}

impl Language {
    /// `en` of `English (en)`; the whole name where it has no code.
    pub fn code(&self) -> &str {
        self.name.rsplit_once('(').and_then(|(_, rest)| rest.strip_suffix(')')).map_or(self.name.as_str(), str::trim)
    }
}

/// A question's place in its form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(u32);

impl NodeId {
    pub fn from_index(index: usize) -> Self {
        Self(u32::try_from(index).unwrap_or(u32::MAX))
    }

    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A question, a group or a calculation.
#[derive(Debug, Clone)]
pub struct Node {
    pub name: String,
    pub parent: Option<NodeId>,
    pub kind: QuestionType,
    pub label: Texts,
    pub hint: Texts,
    pub guidance: Texts,
    pub relevant: Option<Expression>,
    pub constraint: Option<Expression>,
    pub constraint_message: Texts,
    pub required: Option<Expression>,
    pub required_message: Texts,
    pub calculation: Option<Expression>,
    pub default: String,
    pub appearance: String,
    pub parameters: String,
    pub read_only: bool,
    /// The row of the survey sheet.
    pub row: usize,
}

/// One text in the form's languages, in their order; an empty string where a language has none.
pub type Texts = Vec<String>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuestionType {
    Group,
    Note,
    Calculate,
    Text,
    Integer,
    Decimal,
    Date,
    Time,
    DateTime,
    Acknowledge,
    SelectOne(ListId),
    SelectMultiple(ListId),
    Metadata(Metadata),
    /// A photograph, a recording, a drawing, a file: the media type it takes.
    Upload(&'static str),
    /// A place: the name of its XForm type.
    Location(&'static str),
    Barcode,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metadata {
    Start,
    End,
    Today,
    DeviceId,
    Username,
    PhoneNumber,
    Email,
    Audit,
}

impl Metadata {
    /// The `jr:preload` and `jr:preloadParams` that ask the device for it.
    pub fn preload(self) -> (&'static str, &'static str) {
        match self {
            Metadata::Start => ("timestamp", "start"),
            Metadata::End => ("timestamp", "end"),
            Metadata::Today => ("date", "today"),
            Metadata::DeviceId => ("property", "deviceid"),
            Metadata::Username => ("property", "username"),
            Metadata::PhoneNumber => ("property", "phonenumber"),
            Metadata::Email => ("property", "email"),
            Metadata::Audit => ("", ""),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListId(pub(super) usize);

#[derive(Debug, Clone)]
pub struct ChoiceList {
    pub name: String,
    pub choices: Vec<Choice>,
}

#[derive(Debug, Clone)]
pub struct Choice {
    pub name: String,
    pub label: Texts,
}

impl Form {
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.index()]
    }

    pub fn ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.nodes.len()).map(NodeId::from_index)
    }

    pub fn named(&self, name: &str) -> Option<NodeId> {
        self.names.get(name).copied()
    }

    /// The question at a path below the root.
    pub fn at_path(&self, path: &str) -> Option<NodeId> {
        self.paths.get(path).copied()
    }

    pub fn list(&self, id: ListId) -> &ChoiceList {
        &self.choice_lists[id.0]
    }

    pub fn children(&self, parent: Option<NodeId>) -> impl Iterator<Item = NodeId> + '_ {
        self.ids().filter(move |id| self.node(*id).parent == parent)
    }

    /// `/data/group/question`
    pub fn path(&self, id: NodeId) -> String {
        let node = self.node(id);
        let above = node.parent.map_or_else(|| "/data".to_owned(), |p| self.path(p));
        format!("{above}/{}", node.name)
    }

    pub fn choices(&self, kind: QuestionType) -> Option<&[Choice]> {
        match kind {
            QuestionType::SelectOne(list) | QuestionType::SelectMultiple(list) => Some(&self.list(list).choices),
            _ => None,
        }
    }

    pub fn language_codes(&self) -> impl Iterator<Item = &str> {
        self.languages.iter().map(Language::code)
    }
}

impl Scope for Form {
    fn question(&self, name: &str) -> Option<NodeId> {
        self.named(name)
    }

    fn path(&self, path: &str) -> Option<NodeId> {
        let id = self.named(path.rsplit('/').next()?)?;
        (Form::path(self, id) == path).then_some(id)
    }

    fn question_names(&self) -> Vec<&str> {
        self.nodes.iter().map(|n| n.name.as_str()).collect()
    }
}

impl Node {
    pub fn is_group(&self) -> bool {
        self.kind == QuestionType::Group
    }
}
