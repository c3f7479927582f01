//! Tables as a workbook: a sheet that says what they are, and all their cells, one a row.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};
use serde_json::Value;

use super::text;
use super::told::{how, thresholds};

const DIMENSIONS: [&str; 6] = ["sex", "age_group", "age_band", "disability", "urban", "region"];
const SHARES: [&str; 4] = ["estimate", "se", "ci_lower", "ci_upper"];
const NUMBERS: [&str; 5] = ["deff", "df", "p", "n", "weighted_n"];
const TOTAL: &str = "_T";

/// Tables of one form and weight set as their JSON has them, with what the workbook says of them all.
#[derive(Debug, Clone, Copy)]
pub struct Book<'a> {
    /// The title of the file.
    pub name: &'a str,
    /// The day it was composed or computed, as `2026-11-30`.
    pub made_on: &'a str,
    /// Over all its tables.
    pub digest: &'a str,
    pub tables: &'a [Value],
}

/// The same book gives the same bytes.
///
/// # Errors
///
/// Where there are more cells than a sheet has rows.
pub fn workbook(book: Book<'_>) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let made_on = ExcelDateTime::parse_from_str(book.made_on)?;
    let notice = book.tables.first().map_or("", |table| text(&table["notice"]));
    workbook.set_properties(&DocProperties::new().set_title(book.name).set_comment(notice).set_creation_datetime(&made_on));
    about(workbook.add_worksheet(), book)?;
    cells(workbook.add_worksheet(), book)?;
    workbook.save_to_buffer()
}

fn about(sheet: &mut Worksheet, book: Book<'_>) -> Result<(), XlsxError> {
    let Some(first) = book.tables.first() else { return Ok(()) };
    let p = &first["provenance"];
    let approval = |a: &Value| format!("{} ({})", text(&a["committee"]), text(&a["reference"]));
    let approvals: Vec<String> = p["approvals"].as_array().into_iter().flatten().map(approval).collect();
    let rows = [
        ("Release", text(&p["release"]).to_owned()),
        ("Notice", text(&first["notice"]).to_owned()),
        ("Study", text(&p["study"]).to_owned()),
        (if p["release"].is_null() { "Computed on" } else { "Composed on" }, book.made_on.to_owned()),
        ("Fieldwork, by ISO week", text(&p["fieldwork"]).to_owned()),
        ("Form", format!("{} {}", text(&p["formId"]), text(&p["formVersion"]))),
        ("Hash of the form", text(&p["formHash"]).to_owned()),
        ("Approval", approvals.join("; ")),
        ("Weights", text(&p["weightSet"]).to_owned()),
        ("Interviews", p["interviews"].to_string()),
        ("Sampled PSUs, strata", format!("{}, {}", p["sampledPsus"], p["strata"])),
        ("How it was computed", how(p)),
        ("What is withheld", thresholds(p)),
        ("Missing answers", text(&p["missing"]).to_owned()),
        ("Program", text(&p["program"]).to_owned()),
        ("Digest of the tables", book.digest.to_owned()),
    ];
    sheet.set_name("About")?.set_column_width(0, 26)?.set_column_width(1, 110)?;
    let (bold, wrap) = (Format::new().set_bold(), Format::new().set_text_wrap());
    for (row, (name, words)) in (0..).zip(rows.into_iter().filter(|(_, words)| !words.is_empty())) {
        sheet.write_string_with_format(row, 0, name, &bold)?.write_string_with_format(row, 1, words, &wrap)?;
    }
    Ok(())
}

fn cells(sheet: &mut Worksheet, book: Book<'_>) -> Result<(), XlsxError> {
    let bold = Format::new().set_bold();
    let head = ["indicator", "label", "base"].into_iter().chain(DIMENSIONS).chain(SHARES).chain(NUMBERS).chain(["status", "reliability"]);
    sheet.set_name("Estimates")?;
    for (column, name) in (0..).zip(head.clone()) {
        sheet.write_string_with_format(0, column, name, &bold)?;
    }
    let mut row = 0;
    for (table, cell) in super::cells(book.tables) {
        row += 1;
        one(sheet, row, table, cell)?;
    }
    let last = u16::try_from(head.count() - 1).unwrap_or_default();
    sheet.autofilter(0, 0, row, last)?.set_freeze_panes(1, 3)?.set_column_width(0, 20)?.set_column_width(1, 60)?;
    Ok(())
}

/// Text is written as text, whatever it begins with: no cell is a formula.
fn one(sheet: &mut Worksheet, row: u32, table: &Value, cell: &Value) -> Result<(), XlsxError> {
    let indicator = &table["indicator"];
    let levels = DIMENSIONS.map(|d| Some(text(&cell["by"][d])).filter(|level| !level.is_empty()).unwrap_or(TOTAL));
    let words = [text(&indicator["id"]), text(&indicator["label"]), text(&indicator["base"])];
    let mut column = 0;
    for word in words.into_iter().chain(levels) {
        sheet.write_string(row, column, word)?;
        column += 1;
    }
    let is_share = ["proportion", "difference"].contains(&text(&indicator["kind"]));
    let share = Format::new().set_num_format(if is_share { "0.0%" } else { "General" });
    let plain = Format::default();
    for (name, format) in SHARES.iter().map(|name| (name, &share)).chain(NUMBERS.iter().map(|name| (name, &plain))) {
        if let Some(number) = cell[*name].as_f64() {
            sheet.write_number_with_format(row, column, number, format)?;
        }
        column += 1;
    }
    let status = if text(&cell["status"]) == "shown" { "shown" } else { text(&cell["reason"]) };
    sheet.write_string(row, column, status)?.write_string(row, column + 1, text(&cell["reliability"]["outcome"]))?;
    Ok(())
}
