//! Coded rows for statisticians, in the shapes of ODK Central: a CSV, and OData with its metadata; and the CSV's columns as Parquet.
//!
//! A column is a question whose answer is kept, outside repeats, of any version of the form; a version that has not the question
//! leaves it empty. What is no answer but of the interview stands beside them: the week, the result, sex, age, disability, duration.

mod columns;
mod csv;
mod metadata;
mod odata;
mod parquet;
mod tree;

use uuid::Uuid;

pub use columns::Columns;
pub use csv::{head, row};
pub use metadata::{metadata, service};
pub use odata::OdataRows;
pub use parquet::{RowGroup, RowsFile};

/// What a row holds beside answers, by its name in a CSV.
const BESIDE: [&str; 8] = ["iso_week", "result", "sex", "age_years", "disability", "duration_band", "KEY", "FormVersion"];

/// A row as it leaves.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    pub name: Uuid,
    /// The place of its form version in the columns.
    pub of: usize,
    pub version: &'a str,
    pub iso_week: &'a str,
    pub result: i32,
    pub sex: i32,
    pub age_years: Option<i32>,
    pub disability: &'a str,
    pub duration_band: &'a str,
    /// As they are kept, parted by tabs.
    pub answers: &'a str,
}

impl<'a> Row<'a> {
    /// Its answers, in the order of its version's kept questions.
    fn split(&self, columns: &Columns) -> Vec<&'a str> {
        let mut answers = Vec::with_capacity(columns.0.len());
        answers.extend(self.answers.split('\t'));
        answers
    }
}
