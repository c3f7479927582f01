//! One row an estimate, as CSV, JSON or an aligned table.

use std::io::Write;

use serde_json::{Map, Value};

use super::Error;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Table,
    Csv,
    Json,
}

/// `None` = does not apply (empty field); `NaN` = has no value.
#[derive(Debug, Clone, Default)]
pub(super) struct Row {
    pub(super) id: String,
    pub(super) term: String,
    pub(super) group: String,
    pub(super) estimate: Option<f64>,
    pub(super) se: Option<f64>,
    pub(super) ci_l: Option<f64>,
    pub(super) ci_u: Option<f64>,
    pub(super) level: Option<f64>,
    pub(super) deff: Option<f64>,
    pub(super) df: Option<f64>,
    pub(super) df_full: Option<f64>,
    pub(super) n: Option<f64>,
    pub(super) n_eff: Option<f64>,
    pub(super) test: Option<f64>,
    pub(super) ndf: Option<f64>,
    pub(super) ddf: Option<f64>,
    pub(super) p: Option<f64>,
    pub(super) note: String,
}

const NUMBERS: [&str; 14] = ["estimate", "se", "ci_l", "ci_u", "level", "deff", "df", "df_full", "n", "n_eff", "test", "ndf", "ddf", "p"];

impl Row {
    fn numbers(&self) -> [Option<f64>; 14] {
        [
            self.estimate,
            self.se,
            self.ci_l,
            self.ci_u,
            self.level,
            self.deff,
            self.df,
            self.df_full,
            self.n,
            self.n_eff,
            self.test,
            self.ndf,
            self.ddf,
            self.p,
        ]
    }

    fn texts(&self) -> [&str; 4] {
        [&self.id, &self.term, &self.group, &self.note]
    }
}

pub(super) fn write(rows: &[Row], format: Format, out: &mut dyn Write) -> Result<(), Error> {
    match format {
        Format::Csv => write_csv(rows, out),
        Format::Json => write_json(rows, out),
        Format::Table => write_table(rows, out),
    }
}

fn write_csv(rows: &[Row], out: &mut dyn Write) -> Result<(), Error> {
    let mut writer = csv::Writer::from_writer(out);
    let io = |error: csv::Error| Error::Write(std::io::Error::other(error));
    writer.write_record(["id", "term", "group"].into_iter().chain(NUMBERS).chain(["note"])).map_err(io)?;
    for row in rows {
        let numbers = row.numbers().map(|number| number.map_or(String::new(), exact));
        let [id, term, group, note] = row.texts();
        writer.write_record([id, term, group].into_iter().chain(numbers.iter().map(String::as_str)).chain([note])).map_err(io)?;
    }
    writer.flush()?;
    Ok(())
}

fn write_json(rows: &[Row], out: &mut dyn Write) -> Result<(), Error> {
    let object = |row: &Row| {
        let [id, term, group, note] = row.texts();
        let texts = [("id", id), ("term", term), ("group", group), ("note", note)].map(|(key, text)| (key, Value::from(text)));
        let number = |number: Option<f64>| number.and_then(serde_json::Number::from_f64).map_or(Value::Null, Value::Number);
        let numbers = NUMBERS.into_iter().zip(row.numbers().map(number));
        Value::Object(texts.into_iter().chain(numbers).map(|(key, value)| (key.to_owned(), value)).collect::<Map<_, _>>())
    };
    let rows: Vec<Value> = rows.iter().map(object).collect();
    serde_json::to_writer_pretty(&mut *out, &rows).map_err(std::io::Error::from)?;
    writeln!(out)?;
    Ok(())
}

fn write_table(rows: &[Row], out: &mut dyn Write) -> Result<(), Error> {
    let header = ["id", "term", "group", "estimate", "se", "ci_l", "ci_u", "deff", "df", "n", "test", "p", "note"].map(str::to_owned);
    let line = |row: &Row| {
        let short = |number: Option<f64>| number.map_or(String::new(), rounded);
        let [estimate, se, ci_l, ci_u, _, deff, df, _, n, _, test, _, _, p] = row.numbers().map(short);
        let [id, term, group, note] = row.texts().map(str::to_owned);
        [id, term, group, estimate, se, ci_l, ci_u, deff, df, n, test, p, note]
    };
    let lines: Vec<[String; 13]> = std::iter::once(header).chain(rows.iter().map(line)).collect();
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..13).map(width).collect();
    for line in &lines {
        let cell = |(column, text): (usize, &String)| {
            let width = widths[column];
            if column < 3 || column == 12 { format!("{text:<width$}") } else { format!("{text:>width$}") }
        };
        let kept = line.iter().enumerate().filter(|(column, _)| *column == 0 || lines[1..].iter().any(|line| !line[*column].is_empty()));
        let cells: Vec<String> = kept.map(cell).collect();
        writeln!(out, "{}", cells.join("  ").trim_end())?;
    }
    Ok(())
}

/// The shortest text that reads back as the same number.
fn exact(x: f64) -> String {
    let size = x.abs();
    if x.is_nan() {
        "NaN".to_owned()
    } else if x.is_infinite() {
        if x > 0.0 { "Inf".to_owned() } else { "-Inf".to_owned() }
    } else if x != 0.0 && !(1e-5..1e17).contains(&size) {
        format!("{x:e}")
    } else {
        x.to_string()
    }
}

/// Six significant digits.
fn rounded(x: f64) -> String {
    if !x.is_finite() || x == 0.0 || x == x.trunc() && x.abs() < 1e9 {
        return exact(x);
    }
    let digits = (5 - x.abs().log10().floor() as i32).clamp(0, 12) as usize;
    format!("{x:.digits$}")
}
