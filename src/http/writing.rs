//! Rows written as they are read: a page of them, or a Parquet file's row group, when the reader has taken what came before.

use std::io;

use actix_web::web::{self, Bytes};
use futures_util::Stream;
use futures_util::stream::try_unfold;
use serde_json::json;

use super::problem::Problem;
use super::reading::Reading;
use crate::export::rows::{OdataRows, RowsFile, head, row};

/// Pages of rows in a row group, of 50,000 rows: what readers of Parquet like to take at once.
const PAGES_OF_GROUP: usize = 25;

/// A way of writing rows.
pub trait Writing: Send + 'static {
    /// What comes next, and whether it is the end.
    fn next(&mut self) -> Result<(Vec<u8>, bool), Problem>;
}

/// The bytes, as many as are made at once. A reading that fails ends in the middle, which the reader is told by the broken line.
pub fn stream(writing: impl Writing) -> impl Stream<Item = Result<Bytes, io::Error>> {
    try_unfold(Some(writing), |writing| async {
        let Some(mut writing) = writing else { return Ok(None) };
        let made = web::block(move || writing.next().map(|(bytes, is_over)| (bytes, (!is_over).then_some(writing)))).await;
        let (bytes, writing) = made.map_err(Problem::from).and_then(|made| made).map_err(|problem| {
            tracing::warn!(problem = %problem, "a reading of rows was broken off");
            io::Error::other("broken off")
        })?;
        Ok(Some((Bytes::from(bytes), writing)))
    })
}

pub struct Csv {
    reading: Reading,
    is_begun: bool,
}

impl Csv {
    pub fn new(reading: Reading) -> Csv {
        Csv { reading, is_begun: false }
    }
}

impl Writing for Csv {
    fn next(&mut self) -> Result<(Vec<u8>, bool), Problem> {
        let source = self.reading.source();
        let mut out = Vec::with_capacity(1 << 20);
        if !std::mem::replace(&mut self.is_begun, true) {
            out.extend(head(&source.columns));
        }
        let page = self.reading.page()?;
        page.iter().flat_map(|page| page.rows(&source)).for_each(|written| row(&mut out, &source.columns, &written));
        Ok((out, page.is_none()))
    }
}

pub struct Odata {
    reading: Reading,
    rows: OdataRows,
    /// What stands before the rows, until it is written.
    before: Option<String>,
    /// A next page's address up to its token.
    next: String,
    has_rows: bool,
}

impl Odata {
    pub fn new(reading: Reading, before: String, next: String) -> Odata {
        let rows = OdataRows::of(&reading.source().columns);
        Odata { reading, rows, before: Some(before), next, has_rows: false }
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
        for written in page.iter().flat_map(|page| page.rows(&source)) {
            if std::mem::replace(&mut self.has_rows, true) {
                out.push(b',');
            }
            self.rows.row(&mut out, &source.columns, &written);
        }
        if page.is_none() {
            self.end(&mut out)?;
        }
        Ok((out, page.is_none()))
    }
}

pub struct Parquet {
    reading: Reading,
    file: RowsFile,
}

impl Parquet {
    pub fn new(reading: Reading, is_simulated: bool) -> Result<Parquet, Problem> {
        let file = RowsFile::begin(&reading.source().columns, is_simulated)?;
        Ok(Parquet { reading, file })
    }
}

impl Writing for Parquet {
    /// A row group, and behind the last the file's end: where the reading broke off there is none, and nobody takes it for whole.
    fn next(&mut self) -> Result<(Vec<u8>, bool), Problem> {
        let source = self.reading.source();
        let mut is_over = false;
        let mut out = self.file.group(&source.columns, |group| {
            for _ in 0..PAGES_OF_GROUP {
                let Some(page) = self.reading.page()? else {
                    is_over = true;
                    break;
                };
                group.add(&page.rows(&source).collect::<Vec<_>>())?;
            }
            Ok::<(), Problem>(())
        })?;
        if is_over {
            out.extend(self.file.end()?);
        }
        Ok((out, is_over))
    }
}
