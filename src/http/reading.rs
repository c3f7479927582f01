//! A form's rows on their way out: read a page at a time when the reader has taken the page before, so that memory stays flat, no
//! connection to the database waits for a slow line, and the reading stops where the reader is gone or the grant is over.

use std::sync::Arc;

use actix_web::web::Data;

use super::State;
use super::problem::Problem;
use crate::export::rows::{Columns, Row};
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

/// Rows of one version, as many as are read at once.
pub struct Page {
    of: usize,
    coded: Vec<CodedRow>,
}

/// The way past the rows, a page at a time.
pub struct Reading {
    source: Arc<Source>,
    at: Position,
    skip: i64,
    /// How many rows may still be read; all where nothing is said.
    left: Option<i64>,
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

    fn row<'a>(&'a self, of: usize, coded: &'a CodedRow) -> Row<'a> {
        Row {
            name: self.key.name(&coded.id),
            of,
            version: self.versions.get(of).map_or("", |version| &version.version),
            iso_week: &coded.iso_week,
            result: coded.result,
            sex: coded.sex,
            age_years: coded.age_years,
            disability: &coded.disability,
            duration_band: &coded.duration_band,
            answers: &coded.answers,
        }
    }
}

impl Page {
    pub fn rows<'a>(&'a self, source: &'a Source) -> impl Iterator<Item = Row<'a>> {
        self.coded.iter().map(|coded| source.row(self.of, coded))
    }
}

impl Reading {
    pub fn new(source: Source, at: Position, skip: i64, left: Option<i64>) -> Reading {
        Reading { source: Arc::new(source), at, skip, left }
    }

    pub fn source(&self) -> Arc<Source> {
        Arc::clone(&self.source)
    }

    /// The next rows; none at the end.
    pub fn page(&mut self) -> Result<Option<Page>, Problem> {
        while let (Some(version), true) = (self.source.versions.get(self.at.version), self.left != Some(0)) {
            if self.skip > 0 {
                let behind = self.source.state.store.count_coded_rows(&self.source.grant, version.id, &self.at.after)?;
                if behind <= self.skip {
                    self.skip -= behind;
                    self.step();
                    continue;
                }
            }
            let limit = self.left.map_or(PAGE, |left| left.min(PAGE));
            let coded = self.source.page(version, &self.at.after, std::mem::take(&mut self.skip), limit)?;
            let Some(last) = coded.last() else {
                self.step();
                continue;
            };
            self.at.after.clone_from(&last.id);
            self.left = self.left.map(|left| left - i64::try_from(coded.len()).unwrap_or(left));
            return Ok(Some(Page { of: self.at.version, coded }));
        }
        Ok(None)
    }

    fn step(&mut self) {
        self.at = Position { version: self.at.version + 1, after: Vec::new() };
    }

    /// The sealed place where the next rows stand; none where there are none.
    pub fn rest(&self) -> Result<Option<String>, Problem> {
        let mut at = self.at.clone();
        while let Some(version) = self.source.versions.get(at.version) {
            if !self.source.page(version, &at.after, 0, 1)?.is_empty() {
                return Ok(self.source.seal(&at));
            }
            at = Position { version: at.version + 1, after: Vec::new() };
        }
        Ok(None)
    }
}
