//! A table as CSV: one row a cell, its provenance in comment lines above the header.

use kish_analysis::table::Cell;

use super::json::notice;
use super::{View, json};
use crate::instrument::IndicatorKind;
use crate::prevalence::PrevalenceTable;

const NUMBERS: [&str; 12] =
    ["estimate", "se", "ci_lower", "ci_upper", "deff", "df", "p", "n", "weighted_n", "status", "reason", "reliability"];

pub fn csv(table: &PrevalenceTable, view: View) -> Result<String, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let dimensions = table.by.iter().map(|d| d.name());
    writer.write_record(["indicator"].into_iter().chain(dimensions).chain(NUMBERS))?;
    for (key, cell) in table.keys.iter().zip(table.table.cells()) {
        let mut record = vec![table.indicator.clone()];
        record.extend(key.iter().map(|level| inert(level)));
        record.extend(fields(cell, view, table.kind));
        writer.write_record(&record)?;
    }
    let body = writer.into_inner().map_err(|e| csv::Error::from(e.into_error()))?;
    Ok(format!("{}{}", head(table, view), String::from_utf8_lossy(&body)))
}

fn head(table: &PrevalenceTable, view: View) -> String {
    let provenance = &table.provenance;
    let digest = json(table, view)["provenance"]["digest"].as_str().unwrap_or_default().to_owned();
    format!(
        "# {}\n# {}: {}\n# {} {}, form hash {}, weights {}, {} interviews in {} sampled PSUs\n# {}; {}; standard {}; thresholds: cases {}, events {}, PSUs {}, protection {}; {}\n# {}\n",
        notice(table, view),
        table.indicator,
        table.label,
        provenance.form_id,
        provenance.form_version,
        provenance.form_hash,
        provenance.weight_set,
        provenance.interviews,
        provenance.sampled_psus,
        provenance.variance,
        provenance.interval,
        provenance.standard,
        provenance.min_cases,
        provenance.min_events,
        provenance.min_psus,
        provenance.protection,
        provenance.program,
        digest,
    )
}

fn fields(cell: &Cell, view: View, kind: IndicatorKind) -> Vec<String> {
    match cell {
        Cell::Shown(shown) => {
            let n = view.numbers(shown, kind);
            let numbers = [n.estimate, n.se, n.ci_lower, n.ci_upper, n.deff, n.df, n.p].map(number);
            let rest = [n.n.to_string(), n.weighted_n.map(|w| w.to_string()).unwrap_or_default(), "shown".to_owned(), String::new()];
            numbers.into_iter().chain(rest).chain([format!("{:?}", shown.reliability).to_lowercase()]).collect()
        }
        Cell::Withheld(reason) => {
            let mut fields = vec![String::new(); 9];
            fields.extend(["withheld".to_owned(), view.reason(*reason).to_owned(), String::new()]);
            fields
        }
    }
}

/// Empty where a number does not apply.
fn number(x: f64) -> String {
    if x.is_finite() { x.to_string() } else { String::new() }
}

/// A code a spreadsheet would take for a formula gets a mark in front.
pub(super) fn inert(text: &str) -> String {
    if is_formula(text) { format!("'{text}") } else { text.to_owned() }
}

pub(super) fn is_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\0', '＝', '＋', '－', '＠'])
}

#[cfg(test)]
mod tests {
    use super::inert;

    #[test]
    fn no_code_is_a_formula() {
        assert_eq!(inert("=cmd|' /C calc'!A0"), "'=cmd|' /C calc'!A0");
        assert_eq!(inert("_T"), "_T");
    }
}
