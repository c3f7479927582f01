//! The sheets of an `.xlsx`, cell by cell: asking for a whole sheet at once lets 1.4 kB of file ask for half a terabyte.

use std::io::Cursor;

use calamine::{Data, DataRef, Reader, Xlsx};

use super::error::{Error, Errors, Kind};
use super::workbook::{Builder, Workbook};

pub(super) fn read(bytes: &[u8]) -> Result<Workbook, Errors> {
    let mut file: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|_| unreadable(""))?;
    let names = file.sheet_names();
    let mut workbook = Workbook::default();
    let mut cells = 0;
    for name in names {
        let mut reader = file.worksheet_cells_reader(&name).map_err(|_| unreadable(&name))?;
        let mut sheet = Builder::new(&name);
        while let Some(cell) = reader.next_cell().map_err(|_| unreadable(&name))? {
            let (row, column) = cell.get_position();
            sheet.put(row as usize, column as usize, &text(cell.get_value()), &mut cells).map_err(|e| vec![e])?;
        }
        workbook.sheets.insert(name, sheet.finish());
    }
    Ok(workbook)
}

fn unreadable(sheet: &str) -> Errors {
    vec![Error::in_sheet(
        sheet,
        Kind::Unreadable,
        "the workbook is damaged",
        "open it in a spreadsheet program, save it as .xlsx and send that file",
    )]
}

/// A cell as an author sees it: 1 and not 1.0, TRUE as XLSForm writes it.
fn text(value: &DataRef<'_>) -> String {
    match Data::from(value.clone()) {
        Data::String(s) => s,
        Data::Float(f) => format!("{f}"),
        Data::Int(i) => i.to_string(),
        Data::Bool(b) => if b { "TRUE" } else { "FALSE" }.to_owned(),
        Data::DateTimeIso(s) | Data::DurationIso(s) => s,
        Data::DateTime(d) => format!("{}", d.as_f64()),
        Data::Error(_) | Data::Empty => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};
    use std::time::Instant;

    use super::super::workbook::Workbook;
    use super::super::{Form, Kind};

    /// An `.xlsx` as a spreadsheet program would write it, its one sheet given as XML rows.
    fn xlsx(sheet: &str, dimension: &str, rows: &str) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let mut put = |name: &str, content: &str| {
            zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(content.as_bytes()).unwrap();
        };
        put("[Content_Types].xml", "<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'/>");
        put(
            "_rels/.rels",
            "<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships'><Relationship Id='r1' Type='http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument' Target='xl/workbook.xml'/></Relationships>",
        );
        put(
            "xl/workbook.xml",
            &format!(
                "<workbook xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main' xmlns:r='http://schemas.openxmlformats.org/officeDocument/2006/relationships'><sheets><sheet name='{sheet}' sheetId='1' r:id='r1'/></sheets></workbook>"
            ),
        );
        put(
            "xl/_rels/workbook.xml.rels",
            "<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships'><Relationship Id='r1' Type='http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet' Target='worksheets/sheet1.xml'/></Relationships>",
        );
        put(
            "xl/worksheets/sheet1.xml",
            &format!(
                "<worksheet xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'><dimension ref='{dimension}'/><sheetData>{rows}</sheetData></worksheet>"
            ),
        );
        zip.finish().unwrap().into_inner()
    }

    fn cell(place: &str, text: &str) -> String {
        format!("<c r='{place}' t='inlineStr'><is><t>{text}</t></is></c>")
    }

    fn kind(bytes: &[u8]) -> Kind {
        Workbook::read(bytes).unwrap_err()[0].kind
    }

    #[test]
    fn cells_come_out_as_an_author_sees_them() {
        let rows = format!(
            "<row r='1'>{}{}</row><row r='5'>{}<c r='B5'><v>1</v></c></row>",
            cell("A1", "type"),
            cell("B1", "name"),
            cell("A5", "text")
        );
        let workbook = Workbook::read(&xlsx("survey", "A1:B5", &rows)).unwrap();
        let sheet = workbook.sheet("survey").unwrap();
        assert_eq!((sheet.rows[0].number, sheet.cell(&sheet.rows[0], "name")), (5, "1"));
        let errors = Form::read(&workbook).unwrap_err();
        assert!(errors.iter().any(|e| e.row == Some(5) && e.column.as_deref() == Some("name")), "{errors:?}");
    }

    #[test]
    fn a_sheet_that_claims_half_a_terabyte_costs_nothing() {
        let started = Instant::now();
        let rows = format!("<row r='1'>{}</row><row r='1048576'>{}</row>", cell("A1", "type"), cell("XFD1048576", "x"));
        assert_eq!(kind(&xlsx("survey", "A1:XFD1048576", &rows)), Kind::Limit);
        assert!(Workbook::read(&xlsx("survey", "A1:XFD1048576", &format!("<row r='1'>{}</row>", cell("A1", "type")))).is_ok());
        assert!(started.elapsed().as_secs() < 5);
    }

    #[test]
    fn what_inflates_past_the_limit_is_refused_while_inflating() {
        let bomb = xlsx("survey", "A1", &" ".repeat(40 << 20));
        assert!(bomb.len() < 1 << 20);
        assert_eq!(kind(&bomb), Kind::Limit);
        assert_eq!(kind(&vec![0; 6 << 20]), Kind::Limit);
        assert_eq!(kind(b"PK not a zip"), Kind::Unreadable);
        assert_eq!(kind(&xlsx("survey", "A1", "<row r='1'><c r='A1' t='s'><v>99</v></c></row>")[..400]), Kind::Unreadable);
    }
}
