//! A workbook as sheets of text cells, read from a folder of CSV files, a zip of them, an `.xlsx`, or an XForm.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::error::{Error, Errors, Kind};
use super::from_xform;
use super::xlsx;
use super::xml_name::is_xml_char;

/// The limits of an upload: far above any questionnaire, far below what would hurt the server.
pub mod limit {
    pub const FILE_BYTES: usize = 5 << 20;
    pub const MEMBERS: usize = 64;
    /// Counted while inflating: the size a zip declares for itself may be a lie.
    pub const INFLATED_BYTES: u64 = 32 << 20;
    pub const ROWS: usize = 20_000;
    pub const COLUMNS: usize = 256;
    pub const CELLS: usize = 500_000;
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Workbook {
    pub sheets: BTreeMap<String, Sheet>,
    /// Its form was sent as an XForm, so that nobody has seen the rows of its sheets.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_xform: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Sheet {
    pub header: Vec<String>,
    /// The rows that hold anything, each with its number in the spreadsheet.
    pub rows: Vec<Row>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    pub number: usize,
    pub cells: Vec<String>,
}

impl Workbook {
    /// From an `.xlsx` file, a folder of CSV sheets or a zip of them, in which an XForm may stand for the form's own sheets, or an XForm.
    pub fn open(path: &Path) -> Result<Self, Errors> {
        Self::read(&Self::pack(path)?)
    }

    /// The bytes of a file; of a folder, a zip of its CSV sheets and XForm.
    pub fn pack(path: &Path) -> Result<Vec<u8>, Errors> {
        let packed = if path.is_dir() { pack_folder(path) } else { std::fs::read(path) };
        packed.map_err(|e| {
            let message = format!("{} cannot be read: {e}", path.display());
            vec![Error::in_file(Kind::Unreadable, message, "name an .xlsx file, a zip of CSV sheets, a folder of them, or an XForm")]
        })
    }

    /// From the bytes of any of the files that [`open`](Self::open) reads.
    pub fn read(bytes: &[u8]) -> Result<Self, Errors> {
        if bytes.len() > limit::FILE_BYTES {
            return Err(vec![too_large("the file", limit::FILE_BYTES >> 20, "MiB")]);
        }
        if from_xform::is_xml(bytes) {
            return from_xform::read(bytes);
        }
        let members = inflate(bytes)?;
        if members.iter().any(|(name, _)| name == "xl/workbook.xml") {
            return xlsx::read(bytes);
        }
        let mut workbook = match members.iter().find(|(name, _)| name.ends_with(".xml")) {
            Some((_, xform)) => from_xform::read(xform)?,
            None => Workbook::default(),
        };
        let mut cells = 0;
        for (name, content) in members {
            let file = name.rsplit('/').next().unwrap_or(&name);
            if let Some(sheet) = file.strip_suffix(".csv") {
                let read = Sheet::read_csv(sheet, &content, &mut cells).map_err(|e| vec![e])?;
                if workbook.sheets.insert(sheet.to_owned(), read).is_some() {
                    let message = format!("the file holds an XForm and the sheet '{sheet}' of another form");
                    return Err(vec![Error::in_sheet(sheet, Kind::Duplicate, message, "send one of them")]);
                }
            }
        }
        Ok(workbook)
    }

    /// The same workbook under another version.
    #[must_use]
    pub fn with_version(mut self, version: &str) -> Workbook {
        let sheet = self.sheets.entry("settings".to_owned()).or_default();
        let place = sheet.header.iter().position(|h| h == "version").unwrap_or_else(|| {
            sheet.header.push("version".to_owned());
            sheet.header.len() - 1
        });
        if sheet.rows.is_empty() {
            sheet.rows.push(Row { number: 2, cells: Vec::new() });
        }
        let cells = &mut sheet.rows[0].cells;
        cells.resize(cells.len().max(place + 1), String::new());
        version.clone_into(&mut cells[place]);
        self
    }

    /// The mistakes as their author can find them: in a form that was no workbook, by the names of its questions.
    #[must_use]
    pub fn named(&self, errors: Errors) -> Errors {
        from_xform::named(self, errors)
    }

    pub fn sheet(&self, name: &str) -> Option<&Sheet> {
        self.sheets.get(name)
    }
}

impl Sheet {
    fn read_csv(name: &str, bytes: &[u8], cells: &mut usize) -> Result<Self, Error> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
        let mut sheet = Builder::new(name);
        for (index, record) in reader.records().enumerate() {
            let record = record.map_err(|_| Error {
                row: Some(index + 1),
                ..Error::in_sheet(name, Kind::Unreadable, "the row is not text in UTF-8", "save the sheet as CSV in UTF-8")
            })?;
            for (column, text) in record.iter().enumerate() {
                sheet.put(index, column, text, cells)?;
            }
        }
        Ok(sheet.finish())
    }

    /// A row's cell under a header, trimmed; empty where there is none.
    pub fn cell<'a>(&self, row: &'a Row, column: &str) -> &'a str {
        self.header.iter().position(|h| h == column).and_then(|i| row.cells.get(i)).map_or("", |c| c.trim())
    }

    pub fn has(&self, column: &str) -> bool {
        self.header.iter().any(|h| h == column)
    }
}

/// Collects cells in reading order under the limits; shared by both kinds of file.
pub(super) struct Builder {
    name: String,
    header: Vec<String>,
    rows: Vec<Row>,
}

impl Builder {
    pub(super) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), header: Vec::new(), rows: Vec::new() }
    }

    /// `row` and `column` are counted from 0; `cells` counts over the whole workbook.
    pub(super) fn put(&mut self, row: usize, column: usize, text: &str, cells: &mut usize) -> Result<(), Error> {
        if text.trim().is_empty() {
            return Ok(());
        }
        *cells += 1;
        let over = |what, limit, unit| Error { sheet: self.name.clone(), row: Some(row + 1), ..too_large(what, limit, unit) };
        if row >= limit::ROWS {
            return Err(over("the sheet", limit::ROWS, "rows"));
        }
        if column >= limit::COLUMNS {
            return Err(over("the sheet", limit::COLUMNS, "columns"));
        }
        if *cells > limit::CELLS {
            return Err(over("the workbook", limit::CELLS, "cells"));
        }
        let line = if row == 0 {
            &mut self.header
        } else {
            if self.rows.last().is_none_or(|r| r.number != row + 1) {
                self.rows.push(Row { number: row + 1, cells: Vec::new() });
            }
            match self.rows.last_mut() {
                Some(r) => &mut r.cells,
                None => return Ok(()),
            }
        };
        line.resize(line.len().max(column + 1), String::new());
        line[column] = clean(text);
        Ok(())
    }

    pub(super) fn finish(self) -> Sheet {
        Sheet { header: self.header, rows: self.rows }
    }
}

/// As pyxform reads a cell: spaces at the ends dropped and runs of them made one, typographic quotation marks made straight.
/// Control characters, which nobody sees and no XForm can hold, are dropped.
fn clean(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    for c in text.trim().chars() {
        match c {
            c if !is_xml_char(c) => {}
            ' ' | '\u{a0}' if cleaned.ends_with(' ') => {}
            '\u{a0}' => cleaned.push(' '),
            '‘' | '’' => cleaned.push('\''),
            '“' | '”' => cleaned.push('"'),
            c => cleaned.push(c),
        }
    }
    cleaned
}

fn too_large(what: &str, limit: usize, unit: &str) -> Error {
    Error::in_file(
        Kind::Limit,
        format!("{what} is larger than {limit} {unit}"),
        "remove what the questionnaire does not need, such as formatted empty rows",
    )
}

fn pack_folder(folder: &Path) -> std::io::Result<Vec<u8>> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if let (Some(name), Some("csv" | "xml")) = (path.file_name().and_then(|n| n.to_str()), path.extension().and_then(|e| e.to_str())) {
            zip.start_file(name, stored)?;
            // One byte too many is refused where all kinds of file are.
            std::io::copy(&mut std::fs::File::open(&path)?.take(limit::FILE_BYTES as u64 + 1), &mut zip)?;
        }
    }
    Ok(zip.finish()?.into_inner())
}

/// The members of a zip, inflated under the limits; the sheets of an `.xlsx` are not kept, only counted.
fn inflate(bytes: &[u8]) -> Result<Vec<(String, Vec<u8>)>, Errors> {
    let unreadable = |_| {
        vec![Error::in_file(
            Kind::Unreadable,
            "the file is neither an .xlsx, nor a zip of CSV sheets, nor an XForm",
            "save the workbook as .xlsx and send that file",
        )]
    };
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(unreadable)?;
    if archive.len() > limit::MEMBERS {
        return Err(vec![too_large("the file", limit::MEMBERS, "members")]);
    }
    let is_xlsx = archive.index_for_name("xl/workbook.xml").is_some();
    let mut left = limit::INFLATED_BYTES;
    let mut members = Vec::new();
    for index in 0..archive.len() {
        let member = archive.by_index(index).map_err(unreadable)?;
        let name = member.name().map_err(unreadable)?.into_owned();
        let mut content = Vec::new();
        let is_kept = !is_xlsx && (name.ends_with(".csv") || name.ends_with(".xml"));
        let mut limited = member.take(left + 1);
        let read =
            if is_kept { limited.read_to_end(&mut content).map(|n| n as u64) } else { std::io::copy(&mut limited, &mut std::io::sink()) };
        let read = read.map_err(|_| {
            vec![Error::in_file(Kind::Unreadable, format!("the member {name} is damaged"), "save the workbook again and send that file")]
        })?;
        left = left.checked_sub(read).ok_or_else(|| vec![too_large("the unpacked file", 32, "MiB")])?;
        members.push((name, content));
    }
    Ok(members)
}
