//! A table as JSON.

use kish_analysis::table::{Cell, Shown};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::View;
use crate::prevalence::{CellKey, PrevalenceTable};

/// With a digest over everything else in it, so that a copy can be told from an altered one.
pub fn json(table: &PrevalenceTable, view: View) -> Value {
    let cells: Vec<Value> = table.keys.iter().zip(table.table.cells()).map(|(key, cell)| one(table, key, cell, view)).collect();
    let mut value = json!({
        "indicator": { "id": table.indicator, "label": table.label, "kind": table.kind, "base": table.base },
        "by": table.by,
        "view": view,
        "notice": notice(table, view),
        "cells": cells,
        "provenance": table.provenance,
    });
    let digest: String = Sha256::digest(value.to_string()).iter().map(|b| format!("{b:02x}")).collect();
    value["provenance"]["digest"] = Value::String(format!("sha256:{digest}"));
    value
}

/// What must stand beside the numbers.
pub(super) fn notice(table: &PrevalenceTable, view: View) -> String {
    let mut words = Vec::new();
    if table.provenance.synthetic {
        words.push("SIMULATED DATA: these people do not exist.");
    }
    words.push(match view {
        View::Draft => "Draft, not for publication.",
        View::Rounded => "Not a release: a later table may differ.",
    });
    words.join(" ")
}

fn one(table: &PrevalenceTable, key: &CellKey, cell: &Cell, view: View) -> Value {
    let by: Map<String, Value> = table.by.iter().zip(key).map(|(d, level)| (d.name().to_owned(), json!(level))).collect();
    match cell {
        Cell::Shown(shown) => shown_cell(by, shown, view),
        Cell::Withheld(reason) => json!({
            "by": by, "status": "withheld", "reason": reason.code(), "reliability": null,
            "estimate": null, "se": null, "ci_lower": null, "ci_upper": null, "deff": null, "df": null, "n": null, "weighted_n": null,
        }),
    }
}

fn shown_cell(by: Map<String, Value>, shown: &Shown, view: View) -> Value {
    let numbers = view.numbers(shown);
    json!({
        "by": by, "status": "shown", "reason": null,
        "reliability": { "outcome": format!("{:?}", shown.reliability).to_lowercase(), "notes": shown.notes },
        "estimate": numbers.estimate, "se": numbers.se, "ci_lower": numbers.ci_lower, "ci_upper": numbers.ci_upper,
        "deff": numbers.deff, "df": numbers.df, "n": numbers.n, "weighted_n": numbers.weighted_n,
    })
}
