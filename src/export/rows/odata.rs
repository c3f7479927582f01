//! Rows as OData's JSON, their groups nested as in the form, with the addresses of the repeats that lie in them.

use std::io::Write;

use uuid::Uuid;

use super::columns::{Column, Columns, Kind};
use super::tables::Tables;
use super::tree::{Property, Tree, around_id, tree};
use super::{Instance, Row, Step};

/// How rows of a table are written, found once for all of them.
#[derive(Debug)]
pub struct OdataRows {
    /// What stands before each value: names and braces. And the value.
    pieces: Vec<(String, Piece)>,
    end: String,
    /// What a row of a repeat calls the row it lies in.
    around: String,
    /// The way to each repeat around it, and to its own.
    links: Vec<String>,
}

#[derive(Debug)]
enum Piece {
    /// The answer of a column, by its place.
    Answer(usize),
    /// Where the rows of a repeat are that lie in this one.
    Link(String),
}

impl OdataRows {
    /// Of a table, by its place.
    pub fn of(tables: &Tables, of: usize) -> OdataRows {
        let (mut pieces, mut end) = (Vec::new(), String::new());
        lay_out(tables, &tree(tables, of), true, &mut end, &mut pieces);
        end.push('}');
        let around = tables.0.get(of).map(|table| around_id(tables, table)).unwrap_or_default();
        OdataRows { pieces, end, around, links: links(tables, of) }
    }

    /// Adds an interview's row as a JSON object.
    pub fn row(&self, out: &mut Vec<u8>, columns: &Columns, row: &Row<'_>) {
        begin(out, row);
        self.rest(out, columns, (row.of, row.answers), |out| self.place(out, row.name, &[]));
    }

    /// Adds a repeat's row.
    pub fn instance(&self, out: &mut Vec<u8>, columns: &Columns, row: &Instance<'_>) {
        let Some((own, around)) = row.steps.split_last() else { return };
        // Writing to memory does not fail.
        let _ = write!(out, "{{\"__id\":\"{}\",\"{}\":", own.name.hyphenated(), self.around);
        let _ = match around.last() {
            Some(around) => write!(out, "\"{}\"", around.name.hyphenated()),
            None => write!(out, "\"uuid:{}\"", row.interview.hyphenated()),
        };
        self.rest(out, columns, (row.of, row.answers), |out| self.place(out, row.interview, &row.steps));
    }

    fn rest(&self, out: &mut Vec<u8>, columns: &Columns, (of, answers): (usize, &str), place: impl Fn(&mut Vec<u8>)) {
        let answers = columns.split(answers);
        for (before, piece) in &self.pieces {
            out.extend(before.as_bytes());
            match piece {
                Piece::Answer(place) => {
                    columns.0.get(*place).into_iter().for_each(|column| value(out, column, column.answer(of, &answers)));
                }
                Piece::Link(link) => {
                    out.push(b'"');
                    place(out);
                    let _ = write!(out, "/{link}\"");
                }
            }
        }
        out.extend(self.end.as_bytes());
    }

    /// A row's own address below the service's: `Submissions('uuid:…')/group/repeat('…')`.
    fn place(&self, out: &mut Vec<u8>, interview: Uuid, steps: &[Step]) {
        let _ = write!(out, "Submissions('uuid:{}')", interview.hyphenated());
        for (link, step) in self.links.iter().zip(steps) {
            let _ = write!(out, "/{link}('{}')", step.name.hyphenated());
        }
    }
}

fn links(tables: &Tables, of: usize) -> Vec<String> {
    let (Some(table), true) = (tables.0.get(of), of > 0) else { return Vec::new() };
    let mut links = links(tables, table.around);
    links.extend(tables.0.get(table.around).map(|around| table.link(around)));
    links
}

/// `literal` is what comes next, up to the value after it. Behind something else each property has a comma before it.
fn lay_out(tables: &Tables, tree: &Tree, mut is_behind: bool, literal: &mut String, pieces: &mut Vec<(String, Piece)>) {
    for (name, property) in tree {
        // A name holds letters, digits and `_` alone.
        literal.push_str(if is_behind { ",\"" } else { "\"" });
        literal.push_str(name);
        is_behind = true;
        match property {
            Property::Column(place) => {
                literal.push_str("\":");
                pieces.push((std::mem::take(literal), Piece::Answer(*place)));
            }
            Property::Table(place) => {
                literal.push_str("@odata.navigationLink\":");
                let link = tables.0.get(*place).and_then(|table| Some(table.link(tables.0.get(table.around)?)));
                pieces.push((std::mem::take(literal), Piece::Link(link.unwrap_or_default())));
            }
            Property::Group(group) => {
                literal.push_str("\":{");
                lay_out(tables, group, false, literal, pieces);
                literal.push('}');
            }
        }
    }
}

/// What Central knows of a submission and nothing keeps here is null.
fn begin(out: &mut Vec<u8>, row: &Row<'_>) {
    // Writing to memory does not fail.
    let _ = write!(
        out,
        "{{\"__id\":\"uuid:{}\",\"__system\":{{\"submissionDate\":null,\"updatedAt\":null,\"deletedAt\":null,\"submitterId\":null,\
         \"submitterName\":null,\"attachmentsPresent\":null,\"attachmentsExpected\":null,\"status\":null,\"reviewState\":null,\
         \"deviceId\":null,\"edits\":null,\"formVersion\":",
        row.name.hyphenated()
    );
    text(out, row.version);
    out.extend(b"},\"__response\":{\"iso_week\":");
    text(out, row.iso_week);
    let _ = write!(out, ",\"result\":{},\"sex\":{},\"age_years\":", row.result, row.sex);
    let _ = match row.age_years {
        Some(age) => write!(out, "{age}"),
        None => write!(out, "null"),
    };
    out.extend(b",\"disability\":");
    text(out, row.disability);
    out.extend(b",\"duration_band\":");
    text(out, row.duration_band);
    out.push(b'}');
}

fn value(out: &mut Vec<u8>, column: &Column, answer: &str) {
    let number = match column.kind {
        _ if answer.is_empty() => None,
        Kind::Text => return text(out, answer),
        Kind::Whole => Kind::whole(answer).map(|n| n.to_string()),
        Kind::Number => Kind::number(answer).map(|n| n.to_string()),
    };
    out.extend(number.as_deref().unwrap_or("null").as_bytes());
}

fn text(out: &mut Vec<u8>, text: &str) {
    // A text is always JSON.
    let _ = serde_json::to_writer(out, text);
}
