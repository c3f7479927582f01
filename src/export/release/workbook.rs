//! A release as a workbook: a sheet that says what it is, and all its cells, one a row.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};
use serde_json::Value;

use super::{Release, text};

const DIMENSIONS: [&str; 6] = ["sex", "age_group", "age_band", "disability", "urban", "region"];
const SHARES: [&str; 4] = ["estimate", "se", "ci_lower", "ci_upper"];
const NUMBERS: [&str; 3] = ["deff", "df", "n"];
const TOTAL: &str = "_T";

pub(super) fn workbook(release: &Release<'_>) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let made_on = ExcelDateTime::parse_from_str(release.about.made_on)?;
    workbook
        .set_properties(&DocProperties::new().set_title(release.about.name).set_comment(release.notice()).set_creation_datetime(&made_on));
    about(workbook.add_worksheet(), release)?;
    cells(workbook.add_worksheet(), release)?;
    workbook.save_to_buffer()
}

fn about(sheet: &mut Worksheet, release: &Release<'_>) -> Result<(), XlsxError> {
    let p = release.provenance;
    let approvals: Vec<String> = p.approvals.iter().map(|a| format!("{} ({})", a.committee, a.reference)).collect();
    let (how, rule) = (release.how(), release.rule());
    let rows = [
        ("Release", release.about.name.to_owned()),
        ("Notice", release.notice().to_owned()),
        ("Study", p.study.clone()),
        ("Composed on", release.about.made_on.to_owned()),
        ("Fieldwork, by ISO week", p.fieldwork.clone()),
        ("Form", format!("{} {}", p.form_id, p.form_version)),
        ("Hash of the form", p.form_hash.clone()),
        ("Approval", approvals.join("; ")),
        ("Weights", p.weight_set.clone()),
        ("Interviews", p.interviews.to_string()),
        ("Sampled PSUs, strata", format!("{}, {}", p.sampled_psus, p.strata)),
        ("How it was computed", how),
        ("What is withheld", rule),
        ("Missing answers", p.missing.to_owned()),
        ("Program", p.program.clone()),
        ("Digest of the tables", release.about.digest.to_owned()),
    ];
    sheet.set_name("About")?.set_column_width(0, 26)?.set_column_width(1, 110)?;
    let (bold, wrap) = (Format::new().set_bold(), Format::new().set_text_wrap());
    for (row, (name, words)) in (0..).zip(rows) {
        sheet.write_string_with_format(row, 0, name, &bold)?.write_string_with_format(row, 1, words, &wrap)?;
    }
    Ok(())
}

fn cells(sheet: &mut Worksheet, release: &Release<'_>) -> Result<(), XlsxError> {
    let bold = Format::new().set_bold();
    let head = ["indicator", "label", "base"].into_iter().chain(DIMENSIONS).chain(SHARES).chain(NUMBERS).chain(["status", "reliability"]);
    sheet.set_name("Estimates")?;
    for (column, name) in (0..).zip(head.clone()) {
        sheet.write_string_with_format(0, column, name, &bold)?;
    }
    let mut row = 0;
    for (table, cell) in release.cells() {
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
