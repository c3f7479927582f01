//! A release as SDMX-CSV 2.0: an observation a row, each once however many tables it stands in.

use std::collections::BTreeMap;

use serde_json::Value;

use super::codes::{AXES, Codes};
use super::structure::{ATTRIBUTES, DATAFLOW};
use super::{Release, text};
use crate::export::csv::inert;

/// The dimensions, in the order of the data structure.
pub(super) fn dimensions() -> impl Iterator<Item = &'static str> {
    ["FREQ", "SERIES", "POP_BASE", "REPORTING_TYPE"].into_iter().chain(AXES.iter().map(|axis| axis.id)).chain(["TIME_PERIOD"])
}

pub(super) fn csv(release: &Release<'_>, codes: &Codes) -> Result<Vec<u8>, csv::Error> {
    let mut rows: BTreeMap<Vec<String>, Vec<String>> = BTreeMap::new();
    for (table, cell) in release.cells() {
        rows.entry(key(release, codes, table, cell)).or_insert_with(|| observation(release, table, cell));
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    let head = ["STRUCTURE", "STRUCTURE_ID", "ACTION"].into_iter().chain(dimensions()).chain(["OBS_VALUE"]);
    writer.write_record(head.chain(ATTRIBUTES.iter().map(|(id, _)| *id)))?;
    for (key, observation) in rows {
        let what = ["dataflow", DATAFLOW, "I"].map(str::to_owned);
        writer.write_record(what.into_iter().chain(key).chain(observation))?;
    }
    writer.into_inner().map_err(|e| csv::Error::from(e.into_error()))
}

fn key(release: &Release<'_>, codes: &Codes, table: &Value, cell: &Value) -> Vec<String> {
    let first = ["A", text(&table["indicator"]["id"]), text(&table["indicator"]["base"]), "N"].map(str::to_owned);
    let levels = AXES.iter().map(|axis| codes.id(axis.level(cell)).to_owned());
    first.into_iter().chain(levels).chain([year(release).to_owned()]).collect()
}

/// The year in which the fieldwork ended; of the release, where no interview says its week.
fn year<'a>(release: &'a Release<'_>) -> &'a str {
    let weeks = release.provenance.fieldwork.as_str();
    let last = weeks.rsplit('/').next().unwrap_or_default();
    if last.is_empty() { release.about.made_on } else { last }.get(..4).unwrap_or_default()
}

/// The value, then the attributes in their order. Proportions are in percent.
fn observation(release: &Release<'_>, table: &Value, cell: &Value) -> Vec<String> {
    let is_share = ["proportion", "difference"].contains(&text(&table["indicator"]["kind"]));
    let scaled = |name: &str| cell[name].as_f64().map(|x| if is_share { percent(x) } else { x.to_string() }).unwrap_or_default();
    let plain = |name: &str| if cell[name].is_null() { String::new() } else { cell[name].to_string() };
    let is_shown = text(&cell["status"]) == "shown";
    let status = match (is_shown, text(&cell["reason"]), text(&cell["reliability"]["outcome"])) {
        (true, _, "show") => "A",
        (true, ..) => "U",
        (false, "empty", _) => "O",
        (false, ..) => "Q",
    };
    let provenance = release.provenance;
    vec![
        scaled("estimate"),
        status.to_owned(),
        if is_shown || status == "O" { "F" } else { "N" }.to_owned(),
        if is_share { "PT" } else { "NUMBER" }.to_owned(),
        "0".to_owned(),
        scaled("se"),
        scaled("ci_lower"),
        scaled("ci_upper"),
        plain("n"),
        plain("df"),
        plain("deff"),
        plain("p"),
        inert(&format!("{} {}", provenance.form_id, provenance.form_version)),
        inert(release.notice()),
    ]
}

/// A share in percent, with the digits that it has: 0.1234 is 12.34, not 12.339999999999999.
fn percent(share: f64) -> String {
    let rounded = (share * 100.0 * 1e9).round() / 1e9;
    rounded.to_string()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_percentage_has_no_more_digits_than_its_share() {
        assert_eq!([0.221, 0.015, 0.00012, 0.0, 1.0].map(super::percent), ["22.1", "1.5", "0.012", "0", "100"]);
    }
}
