//! What is told in words of how tables came about, from the provenance in their JSON.

use serde_json::Value;

use super::text;

pub(super) fn how(provenance: &Value) -> String {
    let [variance, interval, df, lonely] = ["variance", "interval", "degreesOfFreedom", "lonelyPsu"].map(|name| text(&provenance[name]));
    format!("{variance}; {interval}; degrees of freedom: {df}; lonely PSUs: {lonely}")
}

/// What the cells were judged by.
pub(super) fn thresholds(provenance: &Value) -> String {
    let p = provenance;
    format!(
        "standard {}; withheld with fewer than {} cases, {} cases with the event (none excepted) or without it, or {} PSUs; \
         what is withheld stays open by {} people at least, given all that is published",
        text(&p["standard"]),
        p["minCases"],
        p["minEvents"],
        p["minPsus"],
        p["protection"]
    )
}
