//! A table as JSON.

use kish_analysis::table::{Cell, Shown};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::View;
use crate::ethics::Phase;
use crate::instrument::IndicatorKind;
use crate::prevalence::{Comparison, ItemNonresponse, PrevalenceTable};

/// With a digest over everything else in it, so that a copy can be told from an altered one.
pub fn json(table: &PrevalenceTable, view: View) -> Value {
    let cells: Vec<Value> = (0..table.keys.len()).map(|place| one(table, place, view)).collect();
    let mut value = head(table, view);
    value["cells"] = Value::Array(cells);
    digested(value)
}

/// Two cells of a table and their difference, which is by the levels that they share.
pub fn comparison(comparison: &Comparison, view: View) -> Value {
    let Comparison { table, of, against, difference } = comparison;
    let mut value = head(table, view);
    let (of, against) = (one(table, *of, view), one(table, *against, view));
    let mut shared = of["by"].clone();
    if let Some(levels) = shared.as_object_mut() {
        levels.retain(|dimension, level| against["by"][dimension.as_str()] == *level);
    }
    value["difference"] = cell(&shared, difference, None, view, table.kind);
    (value["of"], value["against"]) = (of, against);
    digested(value)
}

fn head(table: &PrevalenceTable, view: View) -> Value {
    json!({
        "indicator": { "id": table.indicator, "label": table.label, "kind": table.kind, "base": table.base, "contrast": table.contrast },
        "by": table.by,
        "view": view,
        "notice": notice(table, view),
        "provenance": table.provenance,
    })
}

fn digested(mut value: Value) -> Value {
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
    if table.provenance.phase == Phase::Pilot {
        words.push("PILOT, not for publication: these numbers estimate nothing.");
    }
    let of_release;
    words.push(match (view, &table.provenance.release) {
        (View::Release, Some(name)) => {
            of_release = format!("Release {name}.");
            &of_release
        }
        _ => "Draft, not for publication.",
    });
    words.join(" ")
}

fn one(table: &PrevalenceTable, place: usize, view: View) -> Value {
    let by: Value = table.by.iter().zip(&table.keys[place]).map(|(d, level)| (d.name().to_owned(), json!(level))).collect();
    let unanswered = table.item_nonresponse[place].map(|i| view.item_nonresponse(i));
    cell(&by, &table.table.cells()[place], unanswered, view, table.kind)
}

fn cell(by: &Value, cell: &Cell, unanswered: Option<ItemNonresponse>, view: View, kind: IndicatorKind) -> Value {
    match cell {
        Cell::Shown(shown) => shown_cell(by, shown, unanswered, view, kind),
        Cell::Withheld(reason) => json!({
            "by": by, "status": "withheld", "reason": view.reason(*reason), "reliability": null,
            "estimate": null, "se": null, "ci_lower": null, "ci_upper": null, "deff": null, "df": null, "p": null, "n": null, "weighted_n": null,
            "item_nonresponse": null,
        }),
    }
}

fn shown_cell(by: &Value, shown: &Shown, unanswered: Option<ItemNonresponse>, view: View, kind: IndicatorKind) -> Value {
    let numbers = view.numbers(shown, kind);
    json!({
        "by": by, "status": "shown", "reason": null,
        "reliability": { "outcome": format!("{:?}", shown.reliability).to_lowercase(), "notes": shown.notes },
        "estimate": numbers.estimate, "se": numbers.se, "ci_lower": numbers.ci_lower, "ci_upper": numbers.ci_upper,
        "deff": Some(numbers.deff).filter(|d| d.is_finite()), "df": numbers.df, "p": Some(numbers.p).filter(|p| p.is_finite()), "n": numbers.n, "weighted_n": numbers.weighted_n,
        "item_nonresponse": unanswered,
    })
}
