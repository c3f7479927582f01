//! Rows as OData's JSON, their groups nested as in the form.

use std::io::Write;

use super::Row;
use super::columns::{Column, Columns, Kind};
use super::tree::{Property, Tree, tree};

/// How rows are written, found once for all of them.
#[derive(Debug)]
pub struct OdataRows {
    /// What stands before each answer: names and braces. And the answer's column.
    pieces: Vec<(String, usize)>,
    end: String,
}

impl OdataRows {
    pub fn of(columns: &Columns) -> OdataRows {
        let (mut pieces, mut end) = (Vec::new(), String::new());
        lay_out(&tree(columns), true, &mut end, &mut pieces);
        end.push('}');
        OdataRows { pieces, end }
    }

    /// Adds a row as a JSON object.
    pub fn row(&self, out: &mut Vec<u8>, columns: &Columns, row: &Row<'_>) {
        let answers = row.split(columns);
        begin(out, row);
        for (before, place) in &self.pieces {
            out.extend(before.as_bytes());
            if let Some(column) = columns.0.get(*place) {
                value(out, column, column.answer(row.of, &answers));
            }
        }
        out.extend(self.end.as_bytes());
    }
}

/// `literal` is what comes next, up to the answer after it. Behind something else each property has a comma before it.
fn lay_out(tree: &Tree, mut is_behind: bool, literal: &mut String, pieces: &mut Vec<(String, usize)>) {
    for (name, property) in tree {
        // A name holds letters, digits and `_` alone.
        literal.push_str(if is_behind { ",\"" } else { "\"" });
        literal.push_str(name);
        literal.push_str("\":");
        is_behind = true;
        match property {
            Property::Column(place) => pieces.push((std::mem::take(literal), *place)),
            Property::Group(group) => {
                literal.push('{');
                lay_out(group, false, literal, pieces);
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
