//! Rows written as they are read: a page of them, or a Parquet file's row group, one ahead of the reader.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::web::{self, Bytes};
use futures_util::Stream;
use futures_util::stream::try_unfold;
use serde_json::json;
use zip::ZipWriter;
use zip::write::{SimpleFileOptions, StreamWriter};

use super::problem::Problem;
use super::reading::{Page, Reading, Source};
use crate::export::rows::{OdataRows, RowsFile, head, instance, row};

/// Pages of rows in a row group, of 50,000 rows: what readers of Parquet like to take at once.
const PAGES_OF_GROUP: usize = 25;

/// A way of writing rows.
pub trait Writing: Send + 'static {
    /// What comes next, and whether it is the end.
    fn next(&mut self) -> Result<(Vec<u8>, bool), Problem>;
}

/// The bytes, as many as are made at once; the next are made while the reader takes these. A reading that fails ends in the middle,
/// which the reader is told by the broken line.
pub fn stream(writing: impl Writing) -> impl Stream<Item = Result<Bytes, io::Error>> {
    try_unfold(Some(make(writing)), |making| async {
        let Some(making) = making else { return Ok(None) };
        let (bytes, writing) = making.await.map_err(|problem| {
            tracing::warn!(cause = problem.cause(), "a reading of rows was broken off");
            io::Error::other("broken off")
        })?;
        Ok(Some((Bytes::from(bytes), writing.map(make))))
    })
}

/// Begins at once, and gives what was made, with what goes on where that was not the end.
fn make<W: Writing>(mut writing: W) -> impl Future<Output = Result<(Vec<u8>, Option<W>), Problem>> {
    let made = web::block(move || writing.next().map(|(bytes, is_over)| (bytes, (!is_over).then_some(writing))));
    async { made.await.map_err(Problem::from).and_then(|made| made) }
}

pub struct Csv {
    reading: Reading,
    table: usize,
    is_begun: bool,
}

impl Csv {
    pub fn new(source: &Arc<Source>, table: usize) -> Csv {
        Csv { reading: Reading::all(source, table), table, is_begun: false }
    }
}

impl Writing for Csv {
    fn next(&mut self) -> Result<(Vec<u8>, bool), Problem> {
        let source = self.reading.source();
        let mut out = Vec::with_capacity(1 << 20);
        let Some(table) = source.table(self.table) else { return Ok((out, true)) };
        if !std::mem::replace(&mut self.is_begun, true) {
            out.extend(head(table));
        }
        let page = self.reading.page()?;
        let is_over = page.is_none();
        let page = page.unwrap_or_default();
        page.interviews(&source).for_each(|written| row(&mut out, &table.columns, &written));
        page.instances(&source).for_each(|written| instance(&mut out, table, &written));
        Ok((out, is_over))
    }
}

/// A CSV of each table in a zip, one behind the other.
pub struct Zip {
    source: Arc<Source>,
    /// Of the files, up to what a repeat adds.
    name: String,
    table: usize,
    csv: Option<Csv>,
    zip: ZipWriter<StreamWriter<Buffer>>,
    buffer: Buffer,
}

impl Zip {
    pub fn new(source: Arc<Source>, name: String) -> Zip {
        let buffer = Buffer::default();
        Zip { source, name, table: 0, csv: None, zip: ZipWriter::new_stream(buffer.clone()), buffer }
    }

    /// Begins the next table's file, where there is one.
    fn begin(&mut self) -> Result<Csv, Problem> {
        // Whoever packs more than 4 GB says so before.
        let options = SimpleFileOptions::default().large_file(true).compression_level(Some(1));
        self.zip.start_file(format!("{}{}.csv", self.name, self.source.tables.suffix(self.table)), options).map_err(io::Error::from)?;
        Ok(Csv::new(&self.source, self.table))
    }
}

impl Writing for Zip {
    fn next(&mut self) -> Result<(Vec<u8>, bool), Problem> {
        let mut csv = match self.csv.take() {
            Some(csv) => csv,
            None => self.begin()?,
        };
        let (bytes, is_over) = csv.next()?;
        self.zip.write_all(&bytes)?;
        if !is_over {
            self.csv = Some(csv);
            return Ok((self.buffer.drain(), false));
        }
        self.table += 1;
        let is_last = self.source.table(self.table).is_none();
        if is_last {
            std::mem::replace(&mut self.zip, ZipWriter::new_stream(Buffer::default())).finish().map_err(io::Error::from)?;
        }
        Ok((self.buffer.drain(), is_last))
    }
}

/// Where the zip is written, and taken from as it grows.
#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Buffer {
    fn drain(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub struct Odata {
    reading: Reading,
    table: usize,
    rows: OdataRows,
    /// What stands before the rows, until it is written.
    before: Option<String>,
    /// A next page's address up to its token.
    next: String,
    has_rows: bool,
}

impl Odata {
    pub fn new(reading: Reading, table: usize, before: String, next: String) -> Odata {
        let rows = OdataRows::of(&reading.source().tables, table);
        Odata { reading, table, rows, before: Some(before), next, has_rows: false }
    }

    /// The address of what comes behind, where anything was read and there is more.
    fn end(&self, out: &mut Vec<u8>) -> Result<(), Problem> {
        out.push(b']');
        if let Some(token) = if self.has_rows { self.reading.rest()? } else { None } {
            out.extend(format!(",\"@odata.nextLink\":{}", json!(format!("{}{token}", self.next))).as_bytes());
        }
        out.push(b'}');
        Ok(())
    }
}

impl Writing for Odata {
    fn next(&mut self) -> Result<(Vec<u8>, bool), Problem> {
        let source = self.reading.source();
        let mut out = Vec::with_capacity(1 << 20);
        out.extend(self.before.take().unwrap_or_default().into_bytes());
        let page = self.reading.page()?;
        let Some(page) = page else {
            self.end(&mut out)?;
            return Ok((out, true));
        };
        objects(&mut out, &source, (self.table, &self.rows), &page, self.has_rows);
        self.has_rows |= page.len() > 0;
        Ok((out, false))
    }
}

/// The rows of a page, with a comma before each that others come before.
pub fn objects(out: &mut Vec<u8>, source: &Source, (table, rows): (usize, &OdataRows), page: &Page, mut is_behind: bool) {
    let Some(table) = source.table(table) else { return };
    let mut part = |out: &mut Vec<u8>| out.extend(std::mem::replace(&mut is_behind, true).then_some(b','));
    for written in page.interviews(source) {
        part(out);
        rows.row(out, &table.columns, &written);
    }
    for written in page.instances(source) {
        part(out);
        rows.instance(out, &table.columns, &written);
    }
}

pub struct Parquet {
    reading: Reading,
    file: RowsFile,
}

impl Parquet {
    /// Of the interviews: a repeat has no such file.
    pub fn new(source: &Arc<Source>, is_simulated: bool) -> Result<Parquet, Problem> {
        let file = RowsFile::begin(source.tables.interviews(), is_simulated)?;
        Ok(Parquet { reading: Reading::all(source, 0), file })
    }
}

impl Writing for Parquet {
    /// A row group, and behind the last the file's end: where the reading broke off there is none, and nobody takes it for whole.
    fn next(&mut self) -> Result<(Vec<u8>, bool), Problem> {
        let source = self.reading.source();
        let mut is_over = false;
        let mut out = self.file.group(source.tables.interviews(), |group| {
            for _ in 0..PAGES_OF_GROUP {
                let Some(page) = self.reading.page()? else {
                    is_over = true;
                    break;
                };
                group.add(&page.interviews(&source).collect::<Vec<_>>())?;
            }
            Ok::<(), Problem>(())
        })?;
        if is_over {
            out.extend(self.file.end()?);
        }
        Ok((out, is_over))
    }
}
