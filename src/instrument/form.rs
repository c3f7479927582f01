//! A questionnaire: its questions in order, its choice lists, its logic and its texts in every language.

use std::collections::HashMap;

use serde::Serialize;

use super::canonical::Hash;
use super::texts::Texts;
use super::translations::Translation;
use super::xpath::Expression;

#[derive(Debug, Clone)]
pub struct Form {
    pub id: String,
    pub version: String,
    pub title: String,
    pub style: String,
    pub delivery: Delivery,
    pub instance_name: Option<Expression>,
    pub languages: Vec<Language>,
    /// The place of the default language in `languages`.
    pub default_language: usize,
    /// How far each language has come; empty where the workbook does not say.
    pub translations: Vec<Translation>,
    /// Whether that language is marked as the default one.
    pub(super) names_default: bool,
    pub nodes: Vec<Node>,
    /// The questions in an order in which each comes after those its relevance and calculation read.
    pub order: Vec<NodeId>,
    pub choice_lists: Vec<ChoiceList>,
    /// The files a `csv-external` or `xml-external` row brings in.
    pub files: Vec<DataFile>,
    pub hash: Hash,
    pub(super) names: HashMap<String, NodeId>,
    /// Each question by its path below the root: `group/question`.
    pub(super) paths: HashMap<String, NodeId>,
    /// For each question, the innermost repeat it lies in.
    pub(super) repeats: Vec<Option<NodeId>>,
}

/// What the settings sheet says of how a filled-in form travels.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Delivery {
    pub public_key: String,
    pub submission_url: String,
    pub auto_send: String,
    pub auto_delete: String,
    pub client_editable: bool,
    pub namespaces: Vec<(String, String)>,
}

/// A table that travels beside the form, such as the sample of a region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFile {
    pub id: String,
    pub address: String,
    pub row: usize,
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
    /// What is shown or played with the label, by kind: `image`, `audio`, …
    pub media: Vec<(&'static str, Texts)>,
    pub relevant: Option<Expression>,
    pub constraint: Option<Expression>,
    pub constraint_message: Texts,
    pub required: Option<Expression>,
    pub required_message: Texts,
    pub calculation: Option<Expression>,
    pub default: String,
    /// A default that is an expression, set when the interview or the repeat begins.
    pub first_value: Option<Expression>,
    /// The questions whose change sets this one anew.
    pub triggers: Vec<NodeId>,
    pub choice_filter: Option<Expression>,
    /// How many times a repeat is asked.
    pub repeat_count: Option<Expression>,
    pub appearance: String,
    pub parameters: Vec<(String, String)>,
    pub read_only: Option<Expression>,
    /// Why an answer in the respondent's own words is needed, and no list of codes will do; empty where it is not.
    pub free_text_reason: String,
    /// The row of the survey sheet.
    pub row: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuestionType {
    Group,
    Repeat,
    Note,
    Calculate,
    /// A value that is neither asked nor computed: its default.
    Hidden,
    /// A number on a scale; whether it may have a fraction.
    Range {
        is_decimal: bool,
    },
    /// The choices of a list, put in order.
    Rank(ListId),
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
    /// A place or a recording the device takes without asking: the name of its XForm type.
    Unasked(&'static str),
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
    SimSerial,
    SubscriberId,
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
            Metadata::SimSerial => ("property", "simserial"),
            Metadata::SubscriberId => ("property", "subscriberid"),
            Metadata::Audit => ("", ""),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListId(pub(super) usize);

#[derive(Debug, Clone)]
pub struct ChoiceList {
    pub name: String,
    /// Where the choices come from a file beside the form: its address. Then the form itself knows none.
    pub file: Option<String>,
    pub choices: Vec<Choice>,
}

#[derive(Debug, Clone)]
pub struct Choice {
    pub name: String,
    pub label: Texts,
    pub media: Vec<(&'static str, Texts)>,
    /// The author's own columns, which choice filters read.
    pub columns: Vec<(String, String)>,
}

impl Choice {
    /// What an expression finds under a column of the choice.
    pub fn column(&self, name: &str) -> &str {
        match name {
            "name" => &self.name,
            "label" if self.label.is_plain() => self.label.first().map_or("", String::as_str),
            name => self.columns.iter().find(|(column, _)| column == name).map_or("", |(_, value)| value),
        }
    }
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
        if node.kind == QuestionType::Metadata(Metadata::Audit) {
            return "/data/meta/audit".to_owned();
        }
        let above = node.parent.map_or_else(|| "/data".to_owned(), |p| self.path(p));
        format!("{above}/{}", node.name)
    }

    /// The choices the form itself knows; none where they come from a file.
    pub fn choices(&self, kind: QuestionType) -> Option<&[Choice]> {
        kind.list().map(|list| self.list(list)).filter(|list| list.file.is_none()).map(|list| list.choices.as_slice())
    }

    pub fn language_codes(&self) -> impl Iterator<Item = &str> {
        self.languages.iter().map(Language::code)
    }

    /// The innermost repeat a question lies in; a repeat lies in the one around it.
    pub fn repeat_of(&self, id: NodeId) -> Option<NodeId> {
        self.repeats[id.index()]
    }

    pub fn has_repeats(&self) -> bool {
        self.nodes.iter().any(|n| n.kind == QuestionType::Repeat)
    }

    /// The groups and repeats around a question, the nearest first.
    pub fn ancestors(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        std::iter::successors(self.node(id).parent, |p| self.node(*p).parent)
    }

    /// One past the last question below a group or repeat: those below it stand right behind it.
    pub(crate) fn end_of(&self, id: NodeId) -> usize {
        (id.index() + 1..self.nodes.len()).find(|i| !self.ancestors(NodeId::from_index(*i)).any(|a| a == id)).unwrap_or(self.nodes.len())
    }
}

impl QuestionType {
    pub fn list(self) -> Option<ListId> {
        match self {
            QuestionType::SelectOne(list) | QuestionType::SelectMultiple(list) | QuestionType::Rank(list) => Some(list),
            _ => None,
        }
    }

    /// Whether somebody is asked: not a group, not what is computed or taken.
    pub fn is_asked(self) -> bool {
        !matches!(
            self,
            QuestionType::Group
                | QuestionType::Repeat
                | QuestionType::Calculate
                | QuestionType::Hidden
                | QuestionType::Metadata(_)
                | QuestionType::Unasked(_)
        )
    }
}

impl Node {
    /// Whether questions stand below it.
    pub fn is_group(&self) -> bool {
        matches!(self.kind, QuestionType::Group | QuestionType::Repeat)
    }

    /// Whether it takes an answer in the respondent's own words, and says why.
    pub fn is_free_text(&self) -> bool {
        self.kind == QuestionType::Text && !self.free_text_reason.is_empty()
    }

    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// Whether it has a control on the screen: what is computed and has no words has none.
    pub fn is_shown(&self) -> bool {
        let is_silent = self.calculation.is_some() || !self.triggers.is_empty();
        self.kind.is_asked() && !(is_silent && !self.label.has_words() && !self.hint.has_words())
    }
}
