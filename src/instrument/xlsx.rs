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
