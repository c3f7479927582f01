//! A release in the forms that offices exchange: a workbook, SDMX-CSV 2.0 with its structure, and a DDI codebook of its form.

mod codes;
mod ddi;
mod sdmx;
mod structure;

use serde_json::Value;

use super::told::{how, thresholds};
use super::{Book, View, json, text, workbook};
use crate::instrument::Form;
use crate::prevalence::{PrevalenceTable, Provenance};
use codes::Codes;

/// The names under which the forms of a release are kept and fetched, each with its media type.
pub const FILES: [(&str, &str); 4] = [
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("sdmx.csv", "application/vnd.sdmx.data+csv;version=2.0.0"),
    ("sdmx-structure.json", "application/vnd.sdmx.structure+json;version=2.0.0"),
    ("ddi.xml", "application/xml"),
];

/// What is said of a release beside its tables.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    pub name: &'a str,
    /// The day it was composed, as `2026-11-30`.
    pub made_on: &'a str,
    /// Over its tables.
    pub digest: &'a str,
}

/// Protected tables with what they are about, as outsiders may see them.
struct Release<'a> {
    about: About<'a>,
    provenance: &'a Provenance,
    /// As the release's JSON has them.
    tables: Vec<Value>,
}

/// All forms of a release in the order of [`FILES`]. The same release gives the same bytes.
///
/// # Errors
///
/// A message where a form cannot hold it, such as more cells than a sheet has rows.
pub fn release_files(about: About<'_>, tables: &[PrevalenceTable], form: &Form) -> Result<[Vec<u8>; 4], String> {
    let provenance = &tables.first().ok_or("a release has a table")?.provenance;
    let release = Release { about, provenance, tables: tables.iter().map(|table| json(table, View::Release)).collect() };
    let codes = Codes::of(&release);
    Ok([
        workbook(release.book()).map_err(|e| e.to_string())?,
        sdmx::csv(&release, &codes).map_err(|e| e.to_string())?,
        structure::structure(&release, &codes).into_bytes(),
        ddi::codebook(&release, form).map_err(|e| e.to_string())?.into_bytes(),
    ])
}

impl Release<'_> {
    fn book(&self) -> Book<'_> {
        Book { name: self.about.name, made_on: self.about.made_on, digest: self.about.digest, tables: &self.tables }
    }

    /// The cells, each with the table it is of.
    fn cells(&self) -> impl Iterator<Item = (&Value, &Value)> {
        super::cells(&self.tables)
    }

    /// What must stand beside its numbers.
    fn notice(&self) -> &str {
        self.tables.first().map_or("", |table| text(&table["notice"]))
    }

    /// The thresholds its cells were judged by.
    fn rule(&self) -> String {
        self.tables.first().map_or_else(String::new, |table| thresholds(&table["provenance"]))
    }

    fn how(&self) -> String {
        self.tables.first().map_or_else(String::new, |table| how(&table["provenance"]))
    }
}
