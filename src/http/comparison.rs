//! Two cells of a table compared. To the statistician from the data, under the mask of the draft; to everyone else only as a difference
//! that was released: what is frozen has no covariance, and without it there is no standard error.

use actix_web::web::{self, Data, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::State;
use super::access::Staff;
use super::analysis::Asked;
use super::problem::Problem;
use crate::ethics::Phase;
use crate::export::{self, View};
use crate::people::Role;
use crate::prevalence::{CellKey, Compared, Dimension, Question, SameContrast, compare, in_any_order, same_contrast};
use crate::store::{self, Store};
use crate::trail::{Act, Action};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AskedComparison {
    indicator: String,
    by: String,
    of: String,
    against: String,
    weights: Option<String>,
}

/// Read here and not by an extractor, so that who may not ask is told that first.
pub async fn comparison(staff: Staff, state: Data<State>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let asked = Query::<AskedComparison>::from_query(request.query_string()).map_err(|_| wrong_query())?.into_inner();
    let compared = Compared { of: key(&asked.of), against: key(&asked.against) };
    let question = Asked { indicator: asked.indicator, by: asked.by, weights: asked.weights }.question(staff.study)?;
    for (name, key) in [("of", &compared.of), ("against", &compared.against)] {
        if question.by.is_empty() || key.len() != question.by.len() {
            return Err(Problem::invalid(name, "write a level for each dimension of by, _T for all, parted by commas"));
        }
    }
    let by: Vec<&str> = question.by.iter().map(|d| d.name()).collect();
    let act = Act::new(Action::TableRead).study(staff.study).with("by", by).with("indicator", question.indicator.as_str());
    let act = act.with("of", asked.of).with("against", asked.against);
    let (shared, sees_drafts) = (state.clone(), staff.has(Role::Statistician));
    let _turn = if sees_drafts { Some(state.may_estimate().await?) } else { None };
    let found = web::block(move || {
        if sees_drafts {
            return Ok::<_, Problem>(export::comparison(&compare(&shared.samples, &shared.store, &question, &compared)?, View::Draft));
        }
        released(&shared.store, &question, &compared)
    })
    .await??;
    state.store.note(staff.by, act).await?;
    Ok(HttpResponse::Ok().json(found))
}

fn wrong_query() -> Problem {
    Problem::invalid("query", "write indicator=…, by=sex, of=F, against=M, and if you like weights=…; nothing else")
}

fn key(levels: &str) -> CellKey {
    levels.split(',').map(|level| level.trim().to_owned()).collect()
}

/// Both cells and their difference as one release that is out has them.
fn released(store: &Store, question: &Question, compared: &Compared) -> Result<Value, Problem> {
    // What a pilot finds is for those who make the main study, and for no table anybody else may hold.
    if store.study(question.study_id)?.phase == Phase::Pilot {
        return Err(Problem::Forbidden);
    }
    let table = frozen(store, question, &question.indicator, &question.by)?;
    let provenance = &table["provenance"];
    let versions = store.form_versions(question.study_id)?;
    let version = versions.iter().find(|v| provenance["formId"] == v.form_id && provenance["formVersion"] == v.version);
    let instrument = store.instrument(version.ok_or(Problem::NotReleased)?)?;
    let same = same_contrast(&instrument.indicators, question, compared).ok_or(Problem::NotReleased)?;
    let SameContrast { indicator, by, levels, is_reversed } = same;
    let differences = frozen(store, question, &indicator, &by)?;
    if differences["provenance"]["release"] != provenance["release"] {
        return Err(Problem::NotReleased);
    }
    let difference = cell(&differences, &by, &levels)?;
    Ok(json!({
        "indicator": table["indicator"], "by": table["by"], "view": table["view"], "notice": table["notice"],
        "of": cell(&table, &question.by, &compared.of)?,
        "against": cell(&table, &question.by, &compared.against)?,
        "difference": if is_reversed { reversed(difference) } else { difference },
        "provenance": differences["provenance"],
    }))
}

/// The newest table that is out.
fn frozen(store: &Store, question: &Question, indicator: &str, by: &[Dimension]) -> Result<Value, Problem> {
    let row = store.released_table(question.study_id, indicator, &in_any_order(by), question.weights.as_deref());
    let row = row.map_err(|e| if matches!(e, store::Error::NotFound) { Problem::NotReleased } else { e.into() })?;
    serde_json::from_str(&row.json).map_err(|e| Problem::Unavailable(e.to_string()))
}

fn cell(table: &Value, by: &[Dimension], levels: &[String]) -> Result<Value, Problem> {
    let wanted: Map<String, Value> = by.iter().zip(levels).map(|(d, level)| (d.name().to_owned(), json!(level))).collect();
    let found = table["cells"].as_array().into_iter().flatten().find(|cell| cell["by"].as_object() == Some(&wanted));
    found.cloned().ok_or_else(|| Problem::invalid("of", "the table has no such cell; of and against name a level for each dimension of by"))
}

/// The second less the first, where the release has the first less the second.
fn reversed(mut difference: Value) -> Value {
    let turned = |value: &Value| value.as_f64().map_or(Value::Null, |x| json!(0.0 - x));
    let [estimate, lower, upper] = ["estimate", "ci_upper", "ci_lower"].map(|name| turned(&difference[name]));
    difference["estimate"] = estimate;
    difference["ci_lower"] = lower;
    difference["ci_upper"] = upper;
    difference
}
