//! The `survey` sheet, row by row: every question with its texts; its logic is read when all names are known.

use super::choices::add_other;
use super::error::{Error, Errors, Kind};
use super::form::{ChoiceList, DataFile, Form, ListId, Metadata, Node, NodeId, QuestionType};
use super::logic;
use super::nearest::nearest;
use super::texts::{MEDIA, Texts, texts};
use super::types::{self, RowType, Selection};
use super::workbook::{Row, Sheet};
use super::xml_name::is_xml_name;

/// Columns of XLSForm that Kish does not read: said so, rather than left out in silence.
const OUTSIDE: [&str; 5] = ["save_to", "intent", "query", "autoplay", "rows"];
const OUTSIDE_FRONTS: [&str; 3] = ["bind::", "body::", "instance::"];

/// Groups inside groups; an instance may nest no deeper.
const MAX_DEPTH: usize = 16;

/// The kinds of files a selection may come from, each with what its address begins with.
const FILES: [(&str, &str); 3] = [(".csv", "jr://file-csv/"), (".xml", "jr://file/"), (".geojson", "jr://file/")];

pub(super) fn read(sheet: &Sheet, form: &mut Form, errors: &mut Errors) {
    let mut reading = Reading { sheet, form, errors, open: Vec::new(), rows: Vec::new() };
    for row in &sheet.rows {
        if matches!(sheet.cell(row, "disabled"), "yes" | "true") {
            continue;
        }
        reading.row(row);
        if reading.open.len() > MAX_DEPTH {
            let message = format!("groups nest deeper than {MAX_DEPTH}");
            reading.errors.push(at(row, "type", Kind::Limit, message, "end groups before beginning more"));
            return;
        }
    }
    let (open, rows) = (reading.open, reading.rows);
    for (id, row) in open {
        let (is, end) = named_end(form.node(id).kind);
        let message = format!("the {is} '{}' is begun and never ended", form.node(id).name);
        errors.push(Error::at("survey", row, "type", Kind::Structure, message, format!("add a row {end} after its last question")));
    }
    form.repeats = form.ids().map(|id| form.ancestors(id).find(|a| form.node(*a).kind == QuestionType::Repeat)).collect();
    for (id, row) in rows {
        logic::read(sheet, row, id, form, errors);
    }
    logic::put_in_order(form, errors);
}

struct Reading<'a, 'f> {
    sheet: &'a Sheet,
    form: &'f mut Form,
    errors: &'f mut Errors,
    /// The groups and repeats begun and not yet ended, with their rows.
    open: Vec<(NodeId, usize)>,
    rows: Vec<(NodeId, &'a Row)>,
}

impl<'a> Reading<'a, '_> {
    fn cell(&self, row: &'a Row, column: &str) -> &'a str {
        self.sheet.cell(row, column)
    }

    fn fails(&mut self, row: &Row, column: &str, kind: Kind, message: impl Into<String>, hint: impl Into<String>) {
        self.errors.push(at(row, column, kind, message, hint));
    }

    fn row(&mut self, row: &'a Row) {
        self.outside_columns(row);
        match types::read(row, self.cell(row, "type")) {
            Err(error) => {
                self.errors.push(error);
                self.name(row, None);
            }
            Ok(RowType::Empty) => {
                if !self.cell(row, "name").is_empty()
                    || self.sheet.header.iter().any(|h| h.starts_with("label") && !self.cell(row, h).is_empty())
                {
                    self.fails(row, "type", Kind::Missing, "the question has no type", "write its type, such as integer");
                }
            }
            Ok(RowType::End(kind)) => self.end(row, kind),
            Ok(RowType::File(ending)) => self.file(row, ending),
            Ok(RowType::Question(kind)) => self.question(row, kind, false),
            Ok(RowType::Select(selection, list, has_other)) => {
                if let Some(list) = self.list(row, selection, &list, has_other) {
                    let kind = match selection {
                        Selection::One | Selection::OneFromFile => QuestionType::SelectOne(list),
                        Selection::Multiple | Selection::MultipleFromFile => QuestionType::SelectMultiple(list),
                        Selection::Rank => QuestionType::Rank(list),
                    };
                    self.question(row, kind, has_other);
                } else {
                    self.name(row, None);
                }
            }
        }
    }

    fn end(&mut self, row: &Row, kind: QuestionType) {
        match self.open.last() {
            Some((id, _)) if self.form.node(*id).kind == kind => {
                self.open.pop();
            }
            Some((id, _)) => {
                let (open, begun) = (self.form.node(*id), self.open.last().map_or(0, |(_, row)| *row));
                let (is, wanted) = named_end(open.kind);
                let message =
                    format!("the {is} '{}' of row {begun} is open here, and '{}' does not end it", open.name, self.cell(row, "type"));
                self.fails(row, "type", Kind::Structure, message, format!("write {wanted}; what is begun last is ended first"));
                self.open.pop();
            }
            None => {
                let (is, _) = named_end(kind);
                let message = format!("a {is} ends here that was never begun");
                self.fails(row, "type", Kind::Structure, message, format!("remove this row, or add begin_{is} above"));
            }
        }
    }

    fn file(&mut self, row: &'a Row, ending: &str) {
        let Some(id) = self.name(row, None) else { return };
        let folder = if ending == "csv" { "file-csv" } else { "file" };
        if self.form.files.iter().any(|f| f.id == id) {
            self.fails(row, "name", Kind::Duplicate, format!("the file '{id}' is named already"), "name each file once");
        }
        let address = format!("jr://{folder}/{id}.{ending}");
        self.form.files.push(DataFile { id, address, row: row.number });
    }

    fn question(&mut self, row: &'a Row, kind: QuestionType, has_other: bool) {
        let Some((kind, parameters)) = self.parameters(row, kind) else {
            self.name(row, Some(kind));
            return;
        };
        let Some(name) = self.name(row, Some(kind)) else { return };
        if kind == QuestionType::Repeat && !is_reference(self.cell(row, "repeat_count")) && !self.cell(row, "repeat_count").is_empty() {
            let count = self.node(row, format!("{name}_count"), QuestionType::Calculate, Vec::new());
            let empty = || Texts::plain("", self.form.languages.len());
            let count = Node {
                label: empty(),
                hint: empty(),
                guidance: empty(),
                media: Vec::new(),
                appearance: String::new(),
                default: String::new(),
                free_text_reason: String::new(),
                ..count
            };
            self.add(count, None);
        }
        let node = self.node(row, name, kind, parameters);
        self.needs_words(row, &node);
        if !node.free_text_reason.is_empty() && node.kind != QuestionType::Text {
            let message = format!("'{}' is no text question, so nothing needs this reason", node.name);
            self.fails(row, "free_text_reason", Kind::Structure, message, "empty the cell, or ask with a row of type text");
        }
        let id = self.add(node, Some(row));
        if self.form.node(id).is_group() {
            self.open.push((id, row.number));
        }
        if has_other {
            self.other(row, id);
        }
    }

    fn node(&self, row: &Row, name: String, kind: QuestionType, parameters: Vec<(String, String)>) -> Node {
        let texts = |column: &str| texts(self.sheet, row, column, &self.form.languages, self.form.default_language);
        let is_audit = kind == QuestionType::Metadata(Metadata::Audit);
        Node {
            name,
            parent: self.open.last().map(|(id, _)| *id).filter(|_| !is_audit),
            kind,
            label: texts("label"),
            hint: texts("hint"),
            guidance: texts("guidance_hint"),
            media: MEDIA.iter().map(|(kind, _)| (*kind, texts(&format!("media::{kind}")))).filter(|(_, t)| t.has_words()).collect(),
            relevant: None,
            constraint: None,
            constraint_message: texts("constraint_message"),
            required: None,
            required_message: texts("required_message"),
            calculation: None,
            default: self.sheet.cell(row, "default").to_owned(),
            first_value: None,
            triggers: Vec::new(),
            choice_filter: None,
            repeat_count: None,
            appearance: self.sheet.cell(row, "appearance").to_owned(),
            parameters,
            read_only: None,
            free_text_reason: self.sheet.cell(row, "free_text_reason").to_owned(),
            row: row.number,
        }
    }

    fn add(&mut self, node: Node, row: Option<&'a Row>) -> NodeId {
        let id = NodeId::from_index(self.form.nodes.len());
        if let Some(first) = self.form.named(&node.name).filter(|_| row.is_none()) {
            let (message, number) = (format!("the name '{}' is taken by row {}", node.name, self.form.node(first).row), node.row);
            self.errors.push(Error::at(
                "survey",
                number,
                "name",
                Kind::Duplicate,
                message,
                "rename that question: this row needs the name for itself",
            ));
        }
        self.form.names.insert(node.name.clone(), id);
        self.form.nodes.push(node);
        self.rows.extend(row.map(|row| (id, row)));
        id
    }

    /// The text question that follows a selection with `or_other`.
    fn other(&mut self, row: &'a Row, select: NodeId) {
        let empty = || Texts::plain("", self.form.languages.len());
        let node = self.node(row, format!("{}_other", self.form.node(select).name), QuestionType::Text, Vec::new());
        let node = Node {
            label: Texts::plain("Specify other.", self.form.languages.len()),
            hint: empty(),
            guidance: empty(),
            media: Vec::new(),
            constraint_message: empty(),
            required_message: empty(),
            default: String::new(),
            appearance: String::new(),
            free_text_reason: String::new(),
            ..node
        };
        if !self.cell(row, "choice_filter").is_empty() {
            self.fails(
                row,
                "choice_filter",
                Kind::Structure,
                "a selection with or_other cannot be filtered",
                "add the choice other to the list and remove or_other",
            );
        }
        self.add(node, None);
    }

    fn parameters(&mut self, row: &Row, kind: QuestionType) -> Option<(QuestionType, Vec<(String, String)>)> {
        let is_file = kind.list().is_some_and(|l| self.form.list(l).file.is_some());
        let read = types::parameters(row, self.sheet.cell(row, "parameters"))
            .and_then(|pairs| types::check_parameters(row, kind, is_file, &pairs).map(|()| pairs))
            .and_then(|mut pairs| match kind {
                QuestionType::Range { .. } => types::range(row, &mut pairs).map(|kind| (kind, pairs)),
                kind => Ok((kind, pairs)),
            });
        read.map_err(|error| self.errors.push(error)).ok()
    }

    fn needs_words(&mut self, row: &Row, node: &Node) {
        let is_silent = !self.sheet.cell(row, "calculation").is_empty() || !self.sheet.cell(row, "trigger").is_empty();
        let has_words = node.label.has_words() || node.hint.has_words() || !node.media.is_empty();
        if node.kind.is_asked() && !has_words && !is_silent {
            self.fails(
                row,
                "label",
                Kind::Missing,
                format!("the question '{}' has no words", node.name),
                "write its label, in each language",
            );
        }
        let has = |kind: &str| node.media.iter().any(|(k, _)| *k == kind);
        if has("big-image") && !has("image") {
            self.fails(row, "media::big-image", Kind::Missing, "a big image is given and no image", "write the image too");
        }
    }

    fn name(&mut self, row: &Row, kind: Option<QuestionType>) -> Option<String> {
        let mut name = self.sheet.cell(row, "name").to_owned();
        match kind {
            Some(QuestionType::Metadata(Metadata::Audit)) if name.is_empty() => name = "audit".to_owned(),
            Some(QuestionType::Note) if name.is_empty() => name = format!("generated_note_name_{}", row.number),
            _ => {}
        }
        let problem = self.problem_of_name(row, &name, kind);
        if let Some((kind, message, hint)) = problem {
            self.fails(row, "name", kind, message, hint);
            return None;
        }
        Some(name)
    }

    fn problem_of_name(&self, row: &Row, name: &str, kind: Option<QuestionType>) -> Option<(Kind, String, String)> {
        if name.is_empty() {
            return Some((Kind::Missing, "the question has no name".to_owned(), "give it a short name such as age_years".to_owned()));
        }
        if !is_xml_name(name) {
            return Some((
                Kind::Unknown,
                format!("'{name}' cannot be a question's name"),
                format!("write {}: it begins with a letter, and has letters, digits, _ and - only", as_name(name)),
            ));
        }
        if name == "meta" || (name == "data" && kind == Some(QuestionType::Repeat)) {
            return Some((Kind::Duplicate, format!("the name '{name}' is the form's own"), format!("write {name}_1 or another name")));
        }
        if kind == Some(QuestionType::Metadata(Metadata::Audit)) && name != "audit" {
            return Some((Kind::Unknown, "an audit is always named audit".to_owned(), "leave the name empty".to_owned()));
        }
        let first = self.form.named(name)?;
        Some((
            Kind::Duplicate,
            format!("the name '{name}' is taken by row {}", self.form.node(first).row),
            format!("give each question its own name, such as {name}_{}", row.number),
        ))
    }

    fn list(&mut self, row: &Row, selection: Selection, name: &str, has_other: bool) -> Option<ListId> {
        if matches!(selection, Selection::OneFromFile | Selection::MultipleFromFile) {
            return self.file_list(row, name);
        }
        let found = self.form.choice_lists.iter().position(|l| l.name == name && l.file.is_none()).map(ListId);
        if let Some(ListId(place)) = found.filter(|_| has_other) {
            add_other(&mut self.form.choice_lists[place], self.form.languages.len());
        }
        if found.is_none() {
            let known = self.form.choice_lists.iter().map(|l| l.name.as_str());
            let hint = match nearest(name, known) {
                _ if name.starts_with("${") => "selecting from a repeat is not supported; ask for the person's number".to_owned(),
                Some(near) => format!("did you mean {near}?"),
                None => "add the list to the choices sheet".to_owned(),
            };
            self.fails(row, "type", Kind::Unknown, format!("there is no choice list '{name}'"), hint);
        }
        found
    }

    fn file_list(&mut self, row: &Row, file: &str) -> Option<ListId> {
        let found = FILES.iter().find_map(|(ending, folder)| Some((file.strip_suffix(ending)?, folder)));
        let Some((id, folder)) = found.filter(|(id, _)| !id.is_empty() && !id.contains('.')) else {
            self.fails(
                row,
                "type",
                Kind::Unknown,
                format!("'{file}' is not the name of a file of choices"),
                "name a .csv, .xml or .geojson file",
            );
            return None;
        };
        let address = format!("{folder}{file}");
        let place = self.form.choice_lists.iter().position(|l| l.file.as_ref() == Some(&address)).unwrap_or_else(|| {
            self.form.choice_lists.push(ChoiceList { name: id.to_owned(), file: Some(address), choices: Vec::new() });
            self.form.choice_lists.len() - 1
        });
        Some(ListId(place))
    }

    fn outside_columns(&mut self, row: &Row) {
        let is_outside = |h: &str| OUTSIDE.contains(&h) || OUTSIDE_FRONTS.iter().any(|f| h.starts_with(f));
        let filled: Vec<&String> = self.sheet.header.iter().filter(|h| is_outside(h) && !self.sheet.cell(row, h).is_empty()).collect();
        if self.sheet.cell(row, "appearance").split_whitespace().any(|word| word == "table-list") {
            let hint = "use field-list on the group, label on its first selection and list-nolabel on the others";
            self.fails(row, "appearance", Kind::Unknown, "the appearance table-list is not supported", hint);
        }
        for column in filled {
            self.fails(row, column, Kind::Unknown, format!("the column {column} is not supported"), "empty it");
        }
    }
}

/// What a row that holds others is called, and the type of the row that ends it.
fn named_end(kind: QuestionType) -> (&'static str, &'static str) {
    if kind == QuestionType::Repeat { ("repeat", "end_repeat") } else { ("group", "end_group") }
}

/// The nearest right name to one that is none.
fn as_name(wrong: &str) -> String {
    let letters: String = wrong.trim().chars().map(|c| if c.is_alphanumeric() || matches!(c, '_' | '-' | '.') { c } else { '_' }).collect();
    if is_xml_name(&letters) { letters } else { format!("q{letters}") }
}

/// Whether a cell is one reference and nothing else.
pub(super) fn is_reference(text: &str) -> bool {
    text.strip_prefix("${").and_then(|t| t.strip_suffix('}')).is_some_and(|name| !name.contains(['{', '}', '$', '#']))
}

fn at(row: &Row, column: &str, kind: Kind, message: impl Into<String>, hint: impl Into<String>) -> Error {
    Error::at("survey", row.number, column, kind, message, hint)
}
