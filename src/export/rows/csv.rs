//! Rows as Central's CSVs: a column a question, then what is known of the interview, then the row's key. A repeat has the keys alone.

use std::io::Write;

use super::columns::Columns;
use super::tables::Table;
use super::{BESIDE, BESIDE_INSTANCE, Instance, Row};
use crate::export::csv::is_formula;

/// The line above the rows.
pub fn head(table: &Table) -> Vec<u8> {
    let mut line = Vec::new();
    let beside = if table.repeats().is_empty() { BESIDE.as_slice() } else { &BESIDE_INSTANCE };
    for name in table.columns.0.iter().map(|column| column.name.as_str()).chain(beside.iter().copied()) {
        if !line.is_empty() {
            line.push(b',');
        }
        field(&mut line, name);
    }
    line.extend(b"\r\n");
    line
}

/// Adds an interview's line.
pub fn row(out: &mut Vec<u8>, columns: &Columns, row: &Row<'_>) {
    given(out, columns, row.of, row.answers);
    field(out, row.iso_week);
    // Writing to memory does not fail.
    let _ = write!(out, ",{},{},", row.result, row.sex);
    let _ = row.age_years.map_or(Ok(()), |age| write!(out, "{age}"));
    for text in [row.disability, row.duration_band] {
        out.push(b',');
        field(out, text);
    }
    let _ = write!(out, ",uuid:{},", row.name.hyphenated());
    field(out, row.version);
    out.extend(b"\r\n");
}

/// Adds the line of a repeat's row. Its key is its way through the interview, as Central has it: `uuid:…/group/repeat[2]/inner[1]`.
pub fn instance(out: &mut Vec<u8>, table: &Table, row: &Instance<'_>) {
    given(out, &table.columns, row.of, row.answers);
    let mut key = format!("uuid:{}", row.interview.hyphenated());
    let mut around = String::new();
    for (way, step) in table.ways.iter().zip(&row.steps) {
        around.clone_from(&key);
        key.push_str(&format!("/{}[{}]", way.join("/"), step.rank));
    }
    // Names of questions are letters, digits, `_`, `-` and `.`.
    let _ = write!(out, "{around},{key}\r\n");
}

/// Answers, with a comma behind each.
fn given(out: &mut Vec<u8>, columns: &Columns, of: usize, answers: &str) {
    let answers = columns.split(answers);
    for column in &columns.0 {
        field(out, column.answer(of, &answers));
        out.push(b',');
    }
}

/// A code a spreadsheet would take for a formula gets a mark in front; a number, such as -99, is none.
fn field(out: &mut Vec<u8>, text: &str) {
    // Nearly every answer is a code or nothing, and there are hundreds a row.
    if text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b' ') {
        return out.extend(text.as_bytes());
    }
    let is_marked = is_formula(text) && text.parse::<f64>().is_err();
    let is_quoted = text.bytes().any(|byte| matches!(byte, b'"' | b',' | b'\n' | b'\r'));
    if is_quoted {
        out.push(b'"');
    }
    if is_marked {
        out.push(b'\'');
    }
    if is_quoted {
        text.bytes().for_each(|byte| {
            out.push(byte);
            if byte == b'"' {
                out.push(b'"');
            }
        });
        out.push(b'"');
    } else {
        out.extend(text.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::field;

    #[test]
    fn fields_are_quoted_where_they_must_be_and_no_formula() {
        let written = |text: &str| {
            let mut out = Vec::new();
            field(&mut out, text);
            String::from_utf8(out).unwrap()
        };
        for (text, expected) in [
            ("1 3", "1 3"),
            ("-99", "-99"),
            ("-a", "'-a"),
            ("=1+1", "'=1+1"),
            ("a,\"b\"", "\"a,\"\"b\"\"\""),
            ("=a,b", "\"'=a,b\""),
            ("", ""),
        ] {
            assert_eq!(written(text), expected);
        }
    }
}
