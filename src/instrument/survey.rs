//! The `survey` sheet: first every question with its texts, then, when all names are known, its logic.

use super::error::{Error, Errors, Kind};
use super::form::{Form, ListId, Metadata, Node, NodeId, QuestionType};
use super::nearest::nearest;
use super::read::{list_named, texts};
use super::workbook::{Row, Sheet};
use super::xpath::{Expression, parse};

const TYPES: [&str; 33] = [
    "begin_group",
    "end_group",
    "note",
    "calculate",
    "text",
    "integer",
    "decimal",
    "date",
    "time",
    "dateTime",
    "acknowledge",
    "select_one",
    "select_multiple",
    "start",
    "end",
    "today",
    "deviceid",
    "username",
    "phonenumber",
    "email",
    "audit",
    "image",
    "audio",
    "video",
    "file",
    "geopoint",
    "geotrace",
    "geoshape",
    "barcode",
    "begin_repeat",
    "end_repeat",
    "range",
    "rank",
];

/// Known to XLSForm and not to this version: said so, rather than left out in silence.
const LATER_TYPES: [&str; 4] = ["begin_repeat", "end_repeat", "range", "rank"];
const LATER_COLUMNS: [&str; 6] = ["choice_filter", "repeat_count", "trigger", "save_to", "media", "rows"];

/// Groups inside groups; an instance may nest no deeper.
const MAX_DEPTH: usize = 16;

pub(super) fn read(sheet: &Sheet, form: &mut Form, errors: &mut Errors) {
    let mut open: Vec<(NodeId, usize)> = Vec::new();
    let mut rows = Vec::new();
    for row in &sheet.rows {
        match normal_type(sheet.cell(row, "type")).as_str() {
            "" => {}
            "end_group" => {
                if open.pop().is_none() {
                    errors.push(at(
                        row,
                        "type",
                        Kind::Structure,
                        "a group ends here that was never begun",
                        "remove this row, or add begin_group above",
                    ));
                }
            }
            kind => {
                let parent = open.last().map(|(id, _)| *id);
                if let Some(id) = question(sheet, row, kind, parent, form, errors) {
                    rows.push((id, row));
                    if form.node(id).is_group() {
                        open.push((id, row.number));
                    }
                    if open.len() > MAX_DEPTH {
                        errors.push(at(
                            row,
                            "type",
                            Kind::Limit,
                            format!("groups nest deeper than {MAX_DEPTH}"),
                            "end groups before beginning more",
                        ));
                        return;
                    }
                }
            }
        }
        later_columns(sheet, row, errors);
    }
    for (id, row) in open {
        let name = form.node(id).name.clone();
        errors.push(Error::at(
            "survey",
            row,
            "type",
            Kind::Structure,
            format!("the group '{name}' is begun and never ended"),
            "add a row end_group",
        ));
    }
    for (id, row) in rows {
        logic(sheet, row, id, form, errors);
    }
    put_in_order(form, errors);
}

/// One spelling for each type: `begin group` and `begin_group`, `select_one x` and `select one x`.
fn normal_type(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    match words.as_slice() {
        ["begin", "group"] => "begin_group".to_owned(),
        ["end", "group"] => "end_group".to_owned(),
        ["begin", "repeat"] => "begin_repeat".to_owned(),
        ["end", "repeat"] => "end_repeat".to_owned(),
        ["select", "one", rest @ ..] => ["select_one"].iter().chain(rest).copied().collect::<Vec<_>>().join(" "),
        ["select", "multiple", rest @ ..] => ["select_multiple"].iter().chain(rest).copied().collect::<Vec<_>>().join(" "),
        ["int"] => "integer".to_owned(),
        ["string"] => "text".to_owned(),
        ["trigger"] => "acknowledge".to_owned(),
        ["datetime"] => "dateTime".to_owned(),
        other => other.join(" "),
    }
}

fn question(sheet: &Sheet, row: &Row, kind: &str, parent: Option<NodeId>, form: &mut Form, errors: &mut Errors) -> Option<NodeId> {
    let kind = question_type(row, kind, form, errors);
    let name = name(sheet, row, kind, form, errors)?;
    let node = Node {
        name: name.clone(),
        parent,
        kind: kind?,
        label: texts(sheet, row, "label", &form.languages),
        hint: texts(sheet, row, "hint", &form.languages),
        guidance: texts(sheet, row, "guidance_hint", &form.languages),
        relevant: None,
        constraint: None,
        constraint_message: texts(sheet, row, "constraint_message", &form.languages),
        required: None,
        required_message: texts(sheet, row, "required_message", &form.languages),
        calculation: None,
        default: sheet.cell(row, "default").to_owned(),
        appearance: sheet.cell(row, "appearance").to_owned(),
        parameters: sheet.cell(row, "parameters").to_owned(),
        read_only: is_yes(sheet.cell(row, if sheet.has("read_only") { "read_only" } else { "readonly" })),
        row: row.number,
    };
    if asks(node.kind) && node.label.iter().all(String::is_empty) && node.hint.iter().all(String::is_empty) {
        errors.push(at(row, "label", Kind::Missing, format!("the question '{name}' has no words"), "write its label, in each language"));
    }
    let id = NodeId::from_index(form.nodes.len());
    form.nodes.push(node);
    form.names.insert(name, id);
    Some(id)
}

fn asks(kind: QuestionType) -> bool {
    !matches!(kind, QuestionType::Group | QuestionType::Calculate | QuestionType::Metadata(_))
}

fn name(sheet: &Sheet, row: &Row, kind: Option<QuestionType>, form: &Form, errors: &mut Errors) -> Option<String> {
    let mut name = sheet.cell(row, "name").to_owned();
    if let (true, Some(QuestionType::Metadata(_))) = (name.is_empty(), kind) {
        name = sheet.cell(row, "type").to_owned();
    }
    let mut letters = name.chars();
    let is_xml_name = letters.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && letters.all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
    if name.is_empty() {
        errors.push(at(row, "name", Kind::Missing, "the question has no name", "give it a short name such as age_years"));
        return None;
    }
    if !is_xml_name {
        errors.push(at(
            row,
            "name",
            Kind::Unknown,
            format!("'{name}' cannot be a question's name"),
            "begin with a letter; use letters, digits, _ and - only",
        ));
        return None;
    }
    if let Some(first) = form.named(&name) {
        let message = format!("the name '{name}' is taken by row {}", form.node(first).row);
        errors.push(at(row, "name", Kind::Duplicate, message, "give each question its own name"));
        return None;
    }
    Some(name)
}

fn question_type(row: &Row, text: &str, form: &Form, errors: &mut Errors) -> Option<QuestionType> {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    let kind = match word {
        "begin_group" => QuestionType::Group,
        "note" => QuestionType::Note,
        "calculate" | "hidden" => QuestionType::Calculate,
        "text" => QuestionType::Text,
        "integer" => QuestionType::Integer,
        "decimal" => QuestionType::Decimal,
        "date" => QuestionType::Date,
        "time" => QuestionType::Time,
        "dateTime" => QuestionType::DateTime,
        "acknowledge" => QuestionType::Acknowledge,
        "select_one" => QuestionType::SelectOne(list(row, rest, form, errors)?),
        "select_multiple" => QuestionType::SelectMultiple(list(row, rest, form, errors)?),
        "start" => QuestionType::Metadata(Metadata::Start),
        "end" => QuestionType::Metadata(Metadata::End),
        "today" => QuestionType::Metadata(Metadata::Today),
        "deviceid" | "imei" => QuestionType::Metadata(Metadata::DeviceId),
        "username" => QuestionType::Metadata(Metadata::Username),
        "phonenumber" => QuestionType::Metadata(Metadata::PhoneNumber),
        "email" => QuestionType::Metadata(Metadata::Email),
        "audit" => QuestionType::Metadata(Metadata::Audit),
        "image" | "photo" => QuestionType::Upload("image/*"),
        "audio" => QuestionType::Upload("audio/*"),
        "video" => QuestionType::Upload("video/*"),
        "file" => QuestionType::Upload("application/*"),
        "geopoint" => QuestionType::Location("geopoint"),
        "geotrace" => QuestionType::Location("geotrace"),
        "geoshape" => QuestionType::Location("geoshape"),
        "barcode" => QuestionType::Barcode,
        _ => {
            errors.push(unknown_type(row, word));
            return None;
        }
    };
    Some(kind)
}

fn unknown_type(row: &Row, word: &str) -> Error {
    if LATER_TYPES.contains(&word) {
        return at(row, "type", Kind::Unknown, format!("the type '{word}' is not supported yet"), "ask without it");
    }
    let hint = nearest(word, TYPES.into_iter())
        .map_or_else(|| format!("these are known: {}", TYPES.join(", ")), |near| format!("did you mean {near}?"));
    at(row, "type", Kind::Unknown, format!("'{word}' is not a type of question"), hint)
}

fn list(row: &Row, rest: &str, form: &Form, errors: &mut Errors) -> Option<ListId> {
    let mut words = rest.split_whitespace();
    let name = words.next().unwrap_or("");
    if let Some(extra) = words.next() {
        errors.push(at(
            row,
            "type",
            Kind::Unknown,
            format!("'{extra}' after the list's name is not supported yet"),
            "add the choice 'other' to the list itself",
        ));
    }
    let found = list_named(&form.choice_lists, name).map(ListId);
    if found.is_none() {
        let known = form.choice_lists.iter().map(|l| l.name.as_str());
        let hint =
            nearest(name, known).map_or_else(|| "add the list to the choices sheet".to_owned(), |near| format!("did you mean {near}?"));
        errors.push(at(row, "type", Kind::Unknown, format!("there is no choice list '{name}'"), hint));
    }
    found
}

fn logic(sheet: &Sheet, row: &Row, id: NodeId, form: &mut Form, errors: &mut Errors) {
    let mut read = |column: &str| expression("survey", row.number, column, sheet.cell(row, column), form, errors);
    let (relevant, constraint, calculation) = (read("relevant"), read("constraint"), read("calculation"));
    let required = match sheet.cell(row, "required") {
        text if is_yes(text) => expression("survey", row.number, "required", "true()", form, errors),
        "" => None,
        text if is_no(text) => expression("survey", row.number, "required", "false()", form, errors),
        text => expression("survey", row.number, "required", text, form, errors),
    };
    if form.node(id).kind == QuestionType::Calculate
        && calculation.is_none()
        && sheet.cell(row, "calculation").is_empty()
        && form.node(id).default.is_empty()
    {
        errors.push(at(row, "calculation", Kind::Missing, "the calculation is empty", "write what it comes to"));
    }
    let node = &mut form.nodes[id.index()];
    (node.relevant, node.constraint, node.calculation, node.required) = (relevant, constraint, calculation, required);
}

/// Parses a cell that holds an expression; an empty cell is none.
pub(super) fn expression(sheet: &str, row: usize, column: &str, text: &str, form: &Form, errors: &mut Errors) -> Option<Expression> {
    if text.is_empty() {
        return None;
    }
    parse(text, form).map_err(|e| errors.push(Error::at(sheet, row, column, Kind::Expression, format!("'{text}': {e}"), e.hint))).ok()
}

/// Each question after those it waits for. A calculation that waits for itself, through relevance or other calculations, never ends.
fn put_in_order(form: &mut Form, errors: &mut Errors) {
    let waits: Vec<Vec<NodeId>> = form.ids().map(|id| waits_for(form, id)).collect();
    let mut waited_by = vec![Vec::new(); waits.len()];
    for (id, before) in form.ids().zip(&waits) {
        before.iter().for_each(|b| waited_by[b.index()].push(id));
    }
    form.order = freed(&waits, &waited_by);
    if form.order.len() == waits.len() {
        return;
    }
    let (first, last) = (&form.order, freed(&waited_by, &waits));
    for id in form.ids().filter(|id| !first.contains(id) && !last.contains(id)) {
        let node = form.node(id);
        let message = format!("'{}' waits for itself", node.name);
        errors.push(Error::at(
            "survey",
            node.row,
            "calculation",
            Kind::Structure,
            message,
            "break the circle of calculations and relevances",
        ));
    }
}

/// The questions that are freed when those that wait for none go first, those that waited for them next, and so on.
fn freed(waits: &[Vec<NodeId>], waited_by: &[Vec<NodeId>]) -> Vec<NodeId> {
    let mut left: Vec<usize> = waits.iter().map(Vec::len).collect();
    let mut order: Vec<NodeId> = (0..waits.len()).filter(|i| left[*i] == 0).map(NodeId::from_index).collect();
    let mut next = 0;
    while let Some(id) = order.get(next).copied() {
        next += 1;
        for after in &waited_by[id.index()] {
            left[after.index()] -= 1;
            if left[after.index()] == 0 {
                order.push(*after);
            }
        }
    }
    order
}

/// What must be known before a question's value and relevance are.
fn waits_for(form: &Form, id: NodeId) -> Vec<NodeId> {
    let node = form.node(id);
    let mut nodes: Vec<NodeId> = [&node.relevant, &node.calculation].into_iter().flatten().flat_map(Expression::reads).collect();
    nodes.extend(node.parent);
    nodes
}

fn later_columns(sheet: &Sheet, row: &Row, errors: &mut Errors) {
    for column in LATER_COLUMNS.iter().filter(|c| !sheet.cell(row, c).is_empty()) {
        errors.push(at(row, column, Kind::Unknown, format!("the column {column} is not supported yet"), "empty it"));
    }
}

fn is_yes(text: &str) -> bool {
    matches!(text.to_lowercase().as_str(), "yes" | "true" | "true()")
}

fn is_no(text: &str) -> bool {
    matches!(text.to_lowercase().as_str(), "no" | "false" | "false()")
}

fn at(row: &Row, column: &str, kind: Kind, message: impl Into<String>, hint: impl Into<String>) -> Error {
    Error::at("survey", row.number, column, kind, message, hint)
}
