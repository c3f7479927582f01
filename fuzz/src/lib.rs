//! The rooms that read what strangers send, built from their own source without the server around them: a room uses only
//! rooms above it, so these two stand alone, and the fuzzers build in a minute instead of ten.

#[path = "../../src/instrument/mod.rs"]
pub mod instrument;
#[path = "../../src/submission/mod.rs"]
pub mod submission;

use instrument::{Form, Row, Sheet, Workbook};

/// A form with one of each thing an expression or an answer can be about.
pub const FORM: &str = include_str!("form.txt");

/// Sheets as text: `# name` begins one, a line is a row, `|` parts its cells.
pub fn workbook(text: &str) -> Workbook {
    let mut workbook = Workbook::default();
    // As reading a file leaves them out.
    let text: String = text.chars().filter(|c| !c.is_control() || *c == '\n').collect();
    for part in text.split("\n# ") {
        let (name, lines) = part.split_once('\n').unwrap_or((part, ""));
        let mut rows = lines.split('\n').map(|line| line.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>());
        let header = rows.next().unwrap_or_default();
        let rows = rows.enumerate().map(|(place, cells)| Row { number: place + 2, cells }).collect();
        workbook.sheets.insert(name.trim_start_matches("# ").trim().to_owned(), Sheet { header, rows });
    }
    workbook
}

/// [`FORM`], read.
///
/// # Panics
/// Where it has a mistake: then no target has anything to run on.
pub fn form() -> Form {
    Form::read(&workbook(FORM)).unwrap_or_else(|errors| panic!("{errors:#?}"))
}
