//! Coded rows for statisticians, in the shapes of ODK Central: CSV, and OData with its metadata; and the interviews' columns as Parquet.
//!
//! A column is a question whose answer is kept, of any version of the form; a version that has not the question leaves it empty. The
//! interviews have those outside repeats. What is no answer but of the interview stands beside them: the week, the result, sex, age,
//! disability, duration. Each repeat has a table of its own, whose rows say in which interview, or which instance around, they lie.

mod columns;
mod csv;
mod metadata;
mod odata;
mod parquet;
mod tables;
mod tree;

use uuid::Uuid;

pub use csv::{head, instance, row};
pub use metadata::{metadata, service};
pub use odata::OdataRows;
pub use parquet::{RowGroup, RowsFile};
pub use tables::{Table, Tables};

/// What an interview's row holds beside answers, by its name in a CSV.
const BESIDE: [&str; 8] = ["iso_week", "result", "sex", "age_years", "disability", "duration_band", "KEY", "FormVersion"];
/// What a row of a repeat does.
const BESIDE_INSTANCE: [&str; 2] = ["PARENT_KEY", "KEY"];

/// An interview's row as it leaves.
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

/// A row of a repeat as it leaves.
#[derive(Debug, Clone)]
pub struct Instance<'a> {
    /// The interview's name.
    pub interview: Uuid,
    /// The instances it lies in, the outermost first, and itself last.
    pub steps: Vec<Step>,
    /// The place of its form version in the columns.
    pub of: usize,
    /// As they are kept, parted by tabs.
    pub answers: &'a str,
}

/// An instance of a repeat, seen from the one around it.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    pub name: Uuid,
    /// Which it is there, counted from 1.
    pub rank: usize,
}
