//! A workbook as sheets of text cells, read from a folder of CSV files, a zip of them, or an `.xlsx`.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::error::{Error, Errors, Kind};
use super::xlsx;

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
    /// From a folder of CSV sheets or an `.xlsx` file.
    pub fn open(path: &Path) -> Result<Self, Errors> {
        if path.is_dir() {
            return Self::read_folder(path);
        }
        let bytes = std::fs::read(path).map_err(|e| {
            vec![Error::in_file(
                Kind::Unreadable,
                format!("{} cannot be read: {e}", path.display()),
                "name an .xlsx file or a folder of CSV sheets",
            )]
        })?;
        Self::read(&bytes)
    }

    /// From the bytes of an `.xlsx`, or of a zip of CSV sheets.
    pub fn read(bytes: &[u8]) -> Result<Self, Errors> {
        if bytes.len() > limit::FILE_BYTES {
            return Err(vec![too_large("the file", limit::FILE_BYTES >> 20, "MiB")]);
        }
        let members = inflate(bytes)?;
        if members.iter().any(|(name, _)| name == "xl/workbook.xml") {
            return xlsx::read(bytes);
        }
        let mut workbook = Workbook::default();
        let mut cells = 0;
        for (name, content) in members {
            let file = name.rsplit('/').next().unwrap_or(&name);
            if let Some(sheet) = file.strip_suffix(".csv") {
                workbook.sheets.insert(sheet.to_owned(), Sheet::read_csv(sheet, &content, &mut cells).map_err(|e| vec![e])?);
            }
        }
        Ok(workbook)
    }

    fn read_folder(folder: &Path) -> Result<Self, Errors> {
        let unreadable = |e: std::io::Error| {
            vec![Error::in_file(Kind::Unreadable, format!("{} cannot be read: {e}", folder.display()), "check the folder")]
        };
        let mut workbook = Workbook::default();
        let mut cells = 0;
        for entry in std::fs::read_dir(folder).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            let (Some(stem), Some("csv")) = (path.file_stem().and_then(|s| s.to_str()), path.extension().and_then(|e| e.to_str())) else {
                continue;
            };
            let mut bytes = Vec::new();
            let file = std::fs::File::open(&path).map_err(unreadable)?;
            file.take(limit::INFLATED_BYTES).read_to_end(&mut bytes).map_err(unreadable)?;
            workbook.sheets.insert(stem.to_owned(), Sheet::read_csv(stem, &bytes, &mut cells).map_err(|e| vec![e])?);
        }
        Ok(workbook)
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
fn clean(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    for c in text.trim().chars() {
        match c {
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

/// The members of a zip, inflated under the limits; the sheets of an `.xlsx` are not kept, only counted.
fn inflate(bytes: &[u8]) -> Result<Vec<(String, Vec<u8>)>, Errors> {
    let unreadable = |_| {
        vec![Error::in_file(
            Kind::Unreadable,
            "the file is neither an .xlsx nor a zip of CSV sheets",
            "save the workbook as .xlsx and send that file",
        )]
    };
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(unreadable)?;
    if archive.len() > limit::MEMBERS {
        return Err(vec![too_large("the file", limit::MEMBERS, "members")]);
    }
    let mut left = limit::INFLATED_BYTES;
    let mut members = Vec::new();
    for index in 0..archive.len() {
        let member = archive.by_index(index).map_err(unreadable)?;
        let name = member.name().map_err(unreadable)?.into_owned();
        let mut content = Vec::new();
        let is_csv = name.ends_with(".csv");
        let mut limited = member.take(left + 1);
        let read =
            if is_csv { limited.read_to_end(&mut content).map(|n| n as u64) } else { std::io::copy(&mut limited, &mut std::io::sink()) };
        let read = read.map_err(|_| {
            vec![Error::in_file(Kind::Unreadable, format!("the member {name} is damaged"), "save the workbook again and send that file")]
        })?;
        left = left.checked_sub(read).ok_or_else(|| vec![too_large("the unpacked file", 32, "MiB")])?;
        members.push((name, content));
    }
    Ok(members)
}
