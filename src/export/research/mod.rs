//! A research file as a zip: its rows, what they mean, what was done to them, and the code that gives the published table again.

mod script;
mod words;

use std::io::{Cursor, Write};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use zip::ZipWriter;
use zip::result::ZipError;
use zip::write::SimpleFileOptions;

use super::csv::inert;
use crate::prevalence::research::ResearchFile;

/// A bundle and the report that stands in it.
#[derive(Debug)]
pub struct Bundle {
    pub zip: Vec<u8>,
    pub report: Value,
}

/// Only a controlled file becomes a bundle.
pub fn bundle(file: &ResearchFile) -> Result<Bundle, ZipError> {
    let prefix = prefix(file);
    let data = data(file)?;
    let mut parts = vec![(format!("{prefix}data.csv"), data), ("published.csv".to_owned(), published(file)?)];
    if !file.replicates().is_empty() {
        parts.push((format!("{prefix}replicates.csv"), replicates(file)?));
    }
    let report = report(file, &parts);
    parts.push((format!("{prefix}codebook.csv"), codebook(file)?));
    parts.push(("reproduce.R".to_owned(), script::script(file, prefix).into_bytes()));
    parts.push(("README.txt".to_owned(), words::words(file, prefix).into_bytes()));
    parts.push(("report.json".to_owned(), format!("{report:#}\n").into_bytes()));
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        zip.start_file(name, SimpleFileOptions::default())?;
        zip.write_all(&content)?;
    }
    Ok(Bundle { zip: zip.finish()?.into_inner(), report })
}

/// What a file of people who do not exist begins its names with.
fn prefix(file: &ResearchFile) -> &'static str {
    if file.report().provenance.synthetic { "SIMULATED-" } else { "" }
}

fn report(file: &ResearchFile, parts: &[(String, Vec<u8>)]) -> Value {
    let mut report = json!(file.report());
    let hex = |bytes: &[u8]| Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect::<String>();
    report["sha256"] = parts.iter().map(|(name, bytes)| (name.clone(), Value::String(hex(bytes)))).collect();
    report
}

fn data(file: &ResearchFile) -> Result<Vec<u8>, ZipError> {
    let head = file.columns().iter().map(|column| column.name.clone()).collect();
    table(std::iter::once(head).chain(file.rows().iter().map(|row| row.iter().map(|value| inert(value)).collect())))
}

fn replicates(file: &ResearchFile) -> Result<Vec<u8>, ZipError> {
    let n = file.replicates().first().map_or(0, Vec::len);
    let head = (1..=n).map(|r| format!("r{r}")).collect();
    table(std::iter::once(head).chain(file.replicates().iter().map(|row| row.iter().map(f64::to_string).collect())))
}

/// The table as everybody may see it; without numbers where a cell is withheld.
fn published(file: &ResearchFile) -> Result<Vec<u8>, ZipError> {
    let dimensions = file.by().iter().map(|d| d.name());
    let head = std::iter::once("indicator").chain(dimensions).chain(["estimate", "se", "status"]).map(str::to_owned).collect();
    let rows = file.cells().iter().map(|cell| {
        let numbers = match cell.numbers {
            Ok(numbers) => [numbers.estimate.to_string(), numbers.se.to_string(), "shown".to_owned()],
            Err(reason) => [String::new(), String::new(), reason.published().to_owned()],
        };
        std::iter::once(cell.indicator.clone()).chain(cell.key.iter().map(|level| inert(level))).chain(numbers).collect()
    });
    table(std::iter::once(head).chain(rows))
}

/// A line a code; of a number one line without code.
fn codebook(file: &ResearchFile) -> Result<Vec<u8>, ZipError> {
    let head = ["column", "label", "code", "meaning", "empty_means", "note"].map(str::to_owned).to_vec();
    let note = if file.report().provenance.synthetic { "SIMULATED" } else { "" };
    let none = [(String::new(), "a number".to_owned())];
    let rows = file.columns().iter().flat_map(|column| {
        let codes = if column.codes.is_empty() { &none[..] } else { &column.codes };
        let line = |(code, meaning): &(String, String)| {
            [&column.name, &column.label, code, meaning, column.missing, note].iter().map(|text| inert(text)).collect::<Vec<_>>()
        };
        codes.iter().map(line).collect::<Vec<_>>()
    });
    table(std::iter::once(head).chain(rows))
}

fn table(rows: impl Iterator<Item = Vec<String>>) -> Result<Vec<u8>, ZipError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.write_record(&row).map_err(std::io::Error::other)?;
    }
    Ok(writer.into_inner().map_err(|e| std::io::Error::other(e.to_string()))?)
}
