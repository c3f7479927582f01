//! The `indicators` sheet: what is counted, in whom, out of which answers.

use serde::Serialize;

use super::error::{Error, Errors, Kind};
use super::form::{Form, NodeId};
use super::logic::expression;
use super::nearest::nearest;
use super::texts::{Texts, texts};
use super::workbook::{Row, Sheet, Workbook};
use super::xpath::Expression;

#[derive(Debug, Clone)]
pub struct Indicator {
    pub id: String,
    pub kind: IndicatorKind,
    pub base: Base,
    pub label: Texts,
    /// For a proportion: whether she is counted. For a mean or a total: what is added up.
    pub numerator: Expression,
    /// Who is asked at all.
    pub universe: Expression,
    /// The answers whose absence makes the indicator's absence.
    pub items: Vec<NodeId>,
    /// Of a difference: between whom.
    pub contrast: Option<Contrast>,
}

/// Two levels of a dimension, of which the second is taken from the first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Contrast {
    pub dimension: String,
    pub of: String,
    pub against: String,
}

/// The dimensions of every table.
pub const DIMENSIONS: [&str; 6] = ["sex", "age_group", "age_band", "disability", "urban", "region"];

/// Levels that are the same in every study; those of `urban` and `region` are the frame's.
pub const LEVELS: [(&str, &[&str]); 4] = [
    ("sex", &["F", "M"]),
    ("age_group", &["Y15T17", "Y18T24", "Y25T34", "Y35T49", "Y50T64", "Y_GE65"]),
    ("age_band", &["Y15T34", "Y35T64", "Y_GE65"]),
    ("disability", &["DIS1", "DIS0"]),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum IndicatorKind {
    Proportion,
    /// A proportion at one level of a distribution: whoever did not answer enough is at none, whatever the numerator finds.
    #[serde(rename = "proportion")]
    Level,
    Mean,
    Total,
    /// A proportion in one group less that in another.
    Difference,
}

impl IndicatorKind {
    /// Whether people are counted who have done or met with something.
    pub fn counts_people(self) -> bool {
        matches!(self, IndicatorKind::Proportion | IndicatorKind::Level | IndicatorKind::Difference)
    }

    /// Whether it is a share of people in one group.
    pub fn is_proportion(self) -> bool {
        matches!(self, IndicatorKind::Proportion | IndicatorKind::Level)
    }
}

/// The population an indicator is about; named on every table, for a figure without its base misleads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Base {
    #[serde(rename = "ALL")]
    All,
    #[serde(rename = "NET")]
    InternetUsers,
    #[serde(rename = "EP")]
    EverPartnered,
    #[serde(rename = "V12")]
    VictimsIn12Months,
}

const KINDS: [(&str, IndicatorKind); 5] = [
    ("proportion", IndicatorKind::Proportion),
    ("level", IndicatorKind::Level),
    ("mean", IndicatorKind::Mean),
    ("total", IndicatorKind::Total),
    ("difference", IndicatorKind::Difference),
];
const BASES: [(&str, Base); 4] =
    [("ALL", Base::All), ("NET", Base::InternetUsers), ("EP", Base::EverPartnered), ("V12", Base::VictimsIn12Months)];

/// A workbook without the sheet has no indicators: it collects and publishes nothing.
pub(super) fn read(workbook: &Workbook, form: &Form, errors: &mut Errors) -> Vec<Indicator> {
    let Some(sheet) = workbook.sheet("indicators") else { return Vec::new() };
    let mut found: Vec<Indicator> = Vec::new();
    for row in &sheet.rows {
        if let Some(indicator) = indicator(sheet, row, form, errors) {
            if found.iter().any(|i| i.id == indicator.id) {
                errors.push(at(
                    row,
                    "id",
                    Kind::Duplicate,
                    format!("the indicator '{}' stands above already", indicator.id),
                    "give each its own id",
                ));
            }
            found.push(indicator);
        }
    }
    found
}

fn indicator(sheet: &Sheet, row: &Row, form: &Form, errors: &mut Errors) -> Option<Indicator> {
    let id = sheet.cell(row, "id");
    if id.is_empty() {
        errors.push(at(row, "id", Kind::Missing, "the indicator has no id", "give it a name such as TFV_T01_12M"));
    }
    let kind = one_of(sheet, row, "kind", &KINDS, errors);
    let base = one_of(sheet, row, "base", &BASES, errors);
    let mut parse = |column: &str| {
        let text = sheet.cell(row, column);
        if text.is_empty() {
            errors.push(at(row, column, Kind::Missing, format!("the {column} is empty"), "write an expression over the answers"));
        }
        let read = expression("indicators", row.number, column, text, form, errors)?;
        let inside = read.reads().into_iter().find(|id| form.repeat_of(*id).is_some());
        errors.extend(inside.map(|id| in_repeat(row, column, &form.node(id).name)));
        Some(read)
    };
    let (numerator, universe) = (parse("numerator"), parse("universe"));
    let items = items(sheet, row, form, errors);
    let contrast = contrast(sheet, row, kind, errors);
    Some(Indicator {
        id: id.to_owned(),
        kind: kind?,
        base: base?,
        label: texts(sheet, row, "label", &form.languages, form.default_language),
        numerator: numerator?,
        universe: universe?,
        items,
        contrast,
    })
}

/// `disability: DIS1 - DIS0`, of a difference and of nothing else.
fn contrast(sheet: &Sheet, row: &Row, kind: Option<IndicatorKind>, errors: &mut Errors) -> Option<Contrast> {
    let text = sheet.cell(row, "contrast");
    let mut wrong = |message: String, hint: &str| {
        errors.push(at(row, "contrast", Kind::Structure, message, hint));
        None
    };
    if kind != Some(IndicatorKind::Difference) {
        return if text.is_empty() {
            None
        } else {
            wrong("only a difference is between two groups".to_owned(), "write the kind difference")
        };
    }
    let parts = text.split_once(':').and_then(|(dimension, levels)| Some((dimension.trim(), levels.split_once(" - ")?)));
    let Some((dimension, (of, against))) = parts else {
        return wrong(format!("'{text}' does not say between whom the difference is"), "write, for example, disability: DIS1 - DIS0");
    };
    if !DIMENSIONS.contains(&dimension) {
        return wrong(format!("'{dimension}' is no dimension"), &format!("write one of {}", DIMENSIONS.join(", ")));
    }
    let (of, against) = (of.trim(), against.trim());
    let levels = LEVELS.iter().find(|(name, _)| *name == dimension).map(|(_, levels)| *levels);
    if let Some((levels, unknown)) = levels.and_then(|l| Some((l, [of, against].into_iter().find(|level| !l.contains(level))?))) {
        return wrong(format!("'{unknown}' is no level of {dimension}"), &format!("write two of {}", levels.join(", ")));
    }
    Some(Contrast { dimension: dimension.to_owned(), of: of.to_owned(), against: against.to_owned() })
}

fn one_of<T: Copy>(sheet: &Sheet, row: &Row, column: &str, known: &[(&str, T)], errors: &mut Errors) -> Option<T> {
    let text = sheet.cell(row, column);
    let found = known.iter().find(|(name, _)| *name == text).map(|(_, value)| *value);
    if found.is_none() {
        let names: Vec<&str> = known.iter().map(|(n, _)| *n).collect();
        errors.push(at(
            row,
            column,
            Kind::Unknown,
            format!("'{text}' is not a {column} of indicators"),
            format!("write one of {}", names.join(", ")),
        ));
    }
    found
}

fn items(sheet: &Sheet, row: &Row, form: &Form, errors: &mut Errors) -> Vec<NodeId> {
    let mut found = Vec::new();
    for name in sheet.cell(row, "items").split_whitespace() {
        match form.named(name) {
            Some(id) if form.repeat_of(id).is_some() => errors.push(in_repeat(row, "items", name)),
            Some(id) => found.push(id),
            None => {
                let hint = nearest(name, form.nodes.iter().map(|n| n.name.as_str()))
                    .map_or_else(|| "name a question of the survey sheet".to_owned(), |n| format!("did you mean {n}?"));
                errors.push(at(row, "items", Kind::Unknown, format!("there is no question '{name}'"), hint));
            }
        }
    }
    found
}

/// An indicator is of the interview: what its repeats come to is computed on the device, where it is seen and kept.
fn in_repeat(row: &Row, column: &str, name: &str) -> Error {
    let message = format!("'{name}' is asked in a repeat, and an indicator counts interviews");
    at(row, column, Kind::Structure, message, format!("add a calculate outside the repeat, such as sum(${{{name}}}), and name that"))
}

fn at(row: &Row, column: &str, kind: Kind, message: impl Into<String>, hint: impl Into<String>) -> Error {
    Error::at("indicators", row.number, column, kind, message, hint)
}
