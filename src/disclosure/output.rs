//! One row a cell, as CSV, JSON or an aligned table; the loss beside it.

use std::io::Write;

use kish_analysis::disclosure::Loss;
use kish_analysis::interval::Interval;
use serde_json::{Map, Value, json};

use super::Error;
use super::answer::{Answer, Decided, Row};
use super::request::Request;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Table,
    Csv,
    Json,
}

const AFTER: [&str; 10] =
    ["status", "reason", "publish", "n", "events", "value", "events_lower", "events_upper", "without_lower", "without_upper"];

pub(super) fn write(request: &Request, answer: &Answer, format: Format, out: &mut dyn Write) -> Result<(), Error> {
    match format {
        Format::Csv => write_csv(&lines(request, answer), out),
        Format::Json => write_json(request, answer, out),
        Format::Table => write_table(&lines(request, answer), answer, out),
    }
}

/// The header, then a line a cell.
fn lines(request: &Request, answer: &Answer) -> Vec<Vec<String>> {
    let dimensions = request.dimensions.iter().map(|dimension| dimension.id.clone());
    let header = ["table".to_owned(), "measure".to_owned()].into_iter().chain(dimensions).chain(AFTER.map(str::to_owned)).collect();
    let codes = |row: &Row| -> Vec<String> {
        let dimensions = request.dimensions.iter().zip(&row.place.codes);
        dimensions.map(|(dimension, code)| inert(&dimension.codes[*code].code)).collect()
    };
    let line = |row: &Row| {
        let ids = [&request.tables[row.table].id, &request.measures[row.place.measure].id].map(|id| inert(id));
        ids.into_iter().chain(codes(row)).chain(fields(&row.decided)).collect()
    };
    std::iter::once(header).chain(answer.rows.iter().map(line)).collect()
}

fn fields(decided: &Decided) -> [String; 10] {
    match decided {
        Decided::Shown(cell) => {
            let count = |count: Option<u64>| count.map(|count| count.to_string()).unwrap_or_default();
            let value = cell.value.map(|value| value.to_string()).unwrap_or_default();
            let empty = String::new;
            ["shown".into(), empty(), "shown".into(), cell.n.to_string(), count(cell.events), value, empty(), empty(), empty(), empty()]
        }
        Decided::Withheld(reason, bounds) => {
            let limits = bounds.map_or([Interval { lower: f64::NAN, upper: f64::NAN }; 2], |bounds| [bounds.events, bounds.without]);
            let [[a, b], [c, d]] = limits.map(|interval| [interval.lower, interval.upper].map(limit));
            let empty = String::new;
            ["withheld".into(), reason.code().into(), reason.published().into(), empty(), empty(), empty(), a, b, c, d]
        }
    }
}

/// Empty where nothing is known; a whole number as it is, others to two digits behind the point.
fn limit(x: f64) -> String {
    if x.is_nan() {
        String::new()
    } else if x.is_infinite() {
        "Inf".to_owned()
    } else if x == x.round() {
        x.to_string()
    } else {
        format!("{x:.2}")
    }
}

/// A code a spreadsheet would take for a formula gets a mark in front.
fn inert(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

fn write_csv(lines: &[Vec<String>], out: &mut dyn Write) -> Result<(), Error> {
    let mut writer = csv::Writer::from_writer(out);
    for line in lines {
        writer.write_record(line).map_err(|error| Error::Write(std::io::Error::other(error)))?;
    }
    writer.flush()?;
    Ok(())
}

fn write_table(lines: &[Vec<String>], answer: &Answer, out: &mut dyn Write) -> Result<(), Error> {
    let columns = lines.first().map_or(0, Vec::len);
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for line in lines {
        let cells: Vec<String> = line.iter().zip(&widths).map(|(text, width)| format!("{text:<width$}")).collect();
        writeln!(out, "{}", cells.join("  ").trim_end())?;
    }
    let share = |loss: &Loss| {
        format!("{} cells shown, {} withheld, {:.1} % of people published", loss.shown, loss.withheld(), 100.0 * loss.share_shown())
    };
    writeln!(out, "\n{}\nwhole rows and columns withheld instead: {}", share(&answer.loss), share(&answer.naive))?;
    Ok(())
}

fn write_json(request: &Request, answer: &Answer, out: &mut dyn Write) -> Result<(), Error> {
    let cells: Vec<Value> = answer.rows.iter().map(|row| cell(request, row)).collect();
    let all = json!({
        "protection": request.protection,
        "thresholds": { "cases": request.thresholds.cases, "events": request.thresholds.events, "psus": request.thresholds.psus },
        "cells": cells,
        "loss": loss(&answer.loss),
        "rows_and_columns": loss(&answer.naive),
    });
    serde_json::to_writer_pretty(&mut *out, &all).map_err(std::io::Error::from)?;
    writeln!(out)?;
    Ok(())
}

fn cell(request: &Request, row: &Row) -> Value {
    let table = &request.tables[row.table];
    let dimensions = request.dimensions.iter().zip(&row.place.codes).filter(|(dimension, _)| table.by.contains(&dimension.id));
    let at: Map<String, Value> = dimensions.map(|(dimension, code)| (dimension.id.clone(), json!(dimension.codes[*code].code))).collect();
    let head = json!({ "table": table.id, "measure": request.measures[row.place.measure].id, "at": at });
    let rest = match &row.decided {
        Decided::Shown(cell) => json!({
            "status": "shown", "reason": null, "publish": "shown", "n": cell.n, "events": cell.events, "value": cell.value, "interval": null,
        }),
        Decided::Withheld(reason, bounds) => json!({
            "status": "withheld", "reason": reason.code(), "publish": reason.published(), "n": null, "events": null, "value": null,
            "interval": bounds.map(|bounds| json!({ "events": interval(bounds.events), "without": interval(bounds.without) })),
        }),
    };
    match (head, rest) {
        (Value::Object(head), Value::Object(rest)) => Value::Object(head.into_iter().chain(rest).collect()),
        (_, rest) => rest,
    }
}

/// A limit that is infinite, or that could not be computed, is null.
fn interval(interval: Interval) -> Value {
    json!([interval.lower, interval.upper].map(|limit| Some(limit).filter(|limit| limit.is_finite())))
}

fn loss(loss: &Loss) -> Value {
    let reasons: Map<String, Value> = loss.by_reason.iter().map(|(reason, count)| (reason.code().to_owned(), json!(count))).collect();
    json!({ "shown": loss.shown, "withheld": loss.withheld(), "by_reason": reasons, "share_of_people_shown": loss.share_shown() })
}
