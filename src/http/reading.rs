//! A form's rows on their way out: read a page at a time when the reader has taken the page before, so that memory stays flat, no
//! connection to the database waits for a slow line, and the reading stops where the reader is gone or the grant is over.

use std::io;
use std::sync::Arc;

use actix_web::web::{self, Bytes, Data};
use futures_util::Stream;
use futures_util::stream::try_unfold;
use serde_json::json;

use super::State;
use super::problem::Problem;
use crate::export::rows::{Columns, OdataRows, Row, head, row};
use crate::keys::RowKey;
use crate::store::{CodedRow, FormVersion, GrantInForce};

/// Rows read at once; of the shipped questionnaire they take about a megabyte.
const PAGE: i64 = 2000;

/// What is read, and by whose word.
pub struct Source {
    pub state: Data<State>,
    pub grant: GrantInForce,
    pub key: RowKey,
    /// The form's versions, the newest first, as the columns have them.
    pub versions: Vec<FormVersion>,
    pub columns: Columns,
}

/// Behind which row a reading goes on: rows stand by version, in a version by id.
#[derive(Debug, Clone, Default)]
pub struct Position {
    version: usize,
    after: Vec<u8>,
}

/// How the rows are written.
pub enum Shape {
    Csv,
    /// What stands before the rows, and a next page's address up to its token.
    Odata {
        rows: OdataRows,
        before: String,
        next: String,
    },
}

pub struct Reading {
    source: Arc<Source>,
    shape: Arc<Shape>,
    at: Position,
    skip: i64,
    /// How many rows may still be read; all where nothing is said.
    left: Option<i64>,
    is_begun: bool,
    has_rows: bool,
}

impl Source {
    /// The sealed place is of a version's number and a response's id.
    pub fn open(&self, token: &str) -> Option<Position> {
        let place = self.key.open(token)?;
        let (version, after) = place.split_first_chunk::<8>()?;
        let version = self.versions.iter().position(|known| known.id == i64::from_be_bytes(*version))?;
        Some(Position { version, after: after.to_vec() })
    }

    fn seal(&self, at: &Position) -> Option<String> {
        let version = self.versions.get(at.version)?;
        self.key.seal(&[version.id.to_be_bytes().as_slice(), &at.after].concat())
    }

    /// How many rows there are.
    pub fn count(&self) -> Result<i64, Problem> {
        self.versions.iter().try_fold(0, |sum, version| Ok(sum + self.state.store.count_coded_rows(&self.grant, version.id, &[])?))
    }

    fn page(&self, version: &FormVersion, after: &[u8], skip: i64, limit: i64) -> Result<Vec<CodedRow>, Problem> {
        let today = self.state.clock.today().to_string();
        Ok(self.state.store.coded_rows((&self.grant, &today), version.id, after, (skip, limit))?)
    }
}

impl Reading {
    pub fn new(source: Source, shape: Shape, at: Position, skip: i64, left: Option<i64>) -> Reading {
        Reading { source: Arc::new(source), shape: Arc::new(shape), at, skip, left, is_begun: false, has_rows: false }
    }

    /// The bytes, a page each. A reading that fails ends in the middle, which the reader is told by the broken line.
    pub fn stream(self) -> impl Stream<Item = Result<Bytes, io::Error>> {
        try_unfold(Some(self), |reading| async {
            let Some(mut reading) = reading else { return Ok(None) };
            let read = web::block(move || reading.next().map(|(bytes, is_over)| (bytes, (!is_over).then_some(reading)))).await;
            let (bytes, reading) = read.map_err(Problem::from).and_then(|read| read).map_err(|problem| {
                tracing::warn!(problem = %problem, "a reading of rows was broken off");
                io::Error::other("broken off")
            })?;
            Ok(Some((Bytes::from(bytes), reading)))
        })
    }

    /// What comes next, and whether it is the end.
    fn next(&mut self) -> Result<(Vec<u8>, bool), Problem> {
        let (source, shape) = (Arc::clone(&self.source), Arc::clone(&self.shape));
        let mut out = Vec::with_capacity(1 << 20);
        if !self.is_begun {
            self.is_begun = true;
            match &*shape {
                Shape::Csv => out.extend(head(&source.columns)),
                Shape::Odata { before, .. } => out.extend(before.as_bytes()),
            }
        }
        while let (Some(version), true) = (source.versions.get(self.at.version), self.left != Some(0)) {
            if self.skip > 0 {
                let behind = source.state.store.count_coded_rows(&source.grant, version.id, &self.at.after)?;
                if behind <= self.skip {
                    self.skip -= behind;
                    self.step();
                    continue;
                }
            }
            let limit = self.left.map_or(PAGE, |left| left.min(PAGE));
            let rows = source.page(version, &self.at.after, std::mem::take(&mut self.skip), limit)?;
            let Some(last) = rows.last() else {
                self.step();
                continue;
            };
            self.at.after.clone_from(&last.id);
            rows.iter().for_each(|coded| self.write(&mut out, &source, &shape, coded));
            self.left = self.left.map(|left| left - i64::try_from(rows.len()).unwrap_or(left));
            if self.left != Some(0) {
                return Ok((out, false));
            }
        }
        if let Shape::Odata { next, .. } = &*shape {
            out.push(b']');
            if let Some(token) = self.rest()? {
                out.extend(format!(",\"@odata.nextLink\":{}", json!(format!("{next}{token}"))).as_bytes());
            }
            out.push(b'}');
        }
        Ok((out, true))
    }

    fn step(&mut self) {
        self.at = Position { version: self.at.version + 1, after: Vec::new() };
    }

    fn write(&mut self, out: &mut Vec<u8>, source: &Source, shape: &Shape, coded: &CodedRow) {
        let written = Row {
            name: source.key.name(&coded.id),
            of: self.at.version,
            version: source.versions.get(self.at.version).map_or("", |version| &version.version),
            iso_week: &coded.iso_week,
            result: coded.result,
            sex: coded.sex,
            age_years: coded.age_years,
            disability: &coded.disability,
            duration_band: &coded.duration_band,
            answers: &coded.answers,
        };
        match shape {
            Shape::Csv => row(out, &source.columns, &written),
            Shape::Odata { rows, .. } => {
                if self.has_rows {
                    out.push(b',');
                }
                rows.row(out, &source.columns, &written);
            }
        }
        self.has_rows = true;
    }

    /// Where the next page begins; none where there is nothing more, or nothing was read.
    fn rest(&self) -> Result<Option<String>, Problem> {
        let mut at = self.at.clone();
        while let (Some(version), true) = (self.source.versions.get(at.version), self.has_rows) {
            if !self.source.page(version, &at.after, 0, 1)?.is_empty() {
                return Ok(self.source.seal(&at));
            }
            at = Position { version: at.version + 1, after: Vec::new() };
        }
        Ok(None)
    }
}
