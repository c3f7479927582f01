//! Weights, indicators and tables.

use std::sync::Arc;

use actix_web::http::header;
use actix_web::web::{self, Data, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::State;
use super::access::Staff;
use super::body::read_json;
use super::problem::Problem;
use crate::ethics::Phase;
use crate::export::{self, Book, View};
use crate::people::Role;
use crate::prevalence::{Dimension, PrevalenceTable, Question, Recipe, in_any_order, make_weights};
use crate::store::{self, ReleaseTableRow};
use crate::trail::{Act, Action};

type Answer = Result<HttpResponse, Problem>;

/// Makes a weight set over the interviews of one version: the one that is named, or the only one with any.
pub async fn make(staff: Staff, payload: web::Payload, state: Data<State>) -> Answer {
    let recipe: Recipe = read_json(payload, &state).await?;
    let (store, keys) = (Arc::clone(&state.store), Arc::clone(&state.keys));
    let _turn = state.may_estimate().await?;
    let (new, diagnostics) = web::block(move || make_weights(&store, &keys, staff.study, &recipe)).await??;
    let name = new.name.clone();
    state.store.add_weight_set(staff.by, new).await.map_err(|e| match e {
        store::Error::Duplicate => Problem::Conflict("A weight set has this name already; tables name their set, so it is not replaced."),
        other => other.into(),
    })?;
    Ok(HttpResponse::Ok().json(json!({ "name": name, "diagnostics": diagnostics })))
}

pub async fn weight_sets(staff: Staff, state: Data<State>) -> Answer {
    let store = Arc::clone(&state.store);
    let sets = web::block(move || store.weight_sets(staff.study)).await??;
    let json_of = |text: &str| serde_json::from_str::<Value>(text).unwrap_or(Value::Null);
    let sets: Vec<_> =
        sets.iter().map(|s| json!({ "name": s.name, "recipe": json_of(&s.recipe), "diagnostics": json_of(&s.diagnostics) })).collect();
    Ok(HttpResponse::Ok().json(sets))
}

pub async fn indicators(staff: Staff, state: Data<State>) -> Answer {
    let store = Arc::clone(&state.store);
    let found = web::block(move || {
        let Some(version) = store.form_versions(staff.study)?.into_iter().next() else { return Ok(Vec::new()) };
        let instrument = store.instrument(&version)?;
        let languages: Vec<&str> = instrument.form.language_codes().collect();
        let shown = instrument.indicators.iter().map(|i| {
            let labels: Map<String, Value> = languages.iter().zip(i.label.iter()).map(|(code, label)| ((*code).to_owned(), json!(label))).collect();
            json!({ "id": i.id, "kind": i.kind, "base": i.base, "label": i.label, "labels": labels, "numerator": i.numerator.source, "universe": i.universe.source })
        });
        Ok::<_, Problem>(shown.collect())
    })
    .await??;
    Ok(HttpResponse::Ok().json(found))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    pub(super) indicator: String,
    #[serde(default)]
    pub(super) by: String,
    pub(super) weights: Option<String>,
}

impl Asked {
    pub(super) fn question(self, study_id: i64) -> Result<Question, Problem> {
        let names = self.by.split(',').map(str::trim).filter(|n| !n.is_empty());
        let by: Result<Vec<Dimension>, Problem> = names.map(|n| Dimension::named(n).ok_or_else(unknown_dimension)).collect();
        let by = by?;
        if by.iter().enumerate().any(|(i, d)| by[..i].contains(d)) {
            return Err(Problem::invalid("by", "name each dimension once"));
        }
        Ok(Question { study_id, indicator: self.indicator, by, weights: self.weights })
    }
}

fn unknown_dimension() -> Problem {
    let known: Vec<&str> = Dimension::ALL.iter().map(|d| d.name()).collect();
    Problem::invalid("by", format!("the dimensions are {}", known.join(", ")))
}

/// To the statistician as it stands now, to everyone else as it was released.
pub async fn table(staff: Staff, state: Data<State>, request: HttpRequest) -> Answer {
    let accept = request.headers().get(header::ACCEPT).and_then(|v| v.to_str().ok()).unwrap_or("");
    if accept.starts_with("text/csv") {
        return table_csv(staff, state, request).await;
    }
    Ok(match asked(staff, &request, &state).await? {
        Found::Draft(table) => HttpResponse::Ok().json(export::json(&table, View::Draft)),
        Found::Released(table) => HttpResponse::Ok().content_type("application/json").body(table.json),
    })
}

pub async fn table_csv(staff: Staff, state: Data<State>, request: HttpRequest) -> Answer {
    let csv = match asked(staff, &request, &state).await? {
        Found::Draft(table) => export::csv(&table, View::Draft).map_err(|e| Problem::Unavailable(e.to_string()))?,
        Found::Released(table) => table.csv,
    };
    Ok(HttpResponse::Ok().content_type("text/csv; charset=utf-8").body(csv))
}

pub async fn table_xlsx(staff: Staff, state: Data<State>, request: HttpRequest) -> Answer {
    let study = staff.study;
    let (table, made_on) = match asked(staff, &request, &state).await? {
        Found::Draft(table) => (export::json(&table, View::Draft), state.clock.today().to_string()),
        Found::Released(row) => {
            let table: Value = serde_json::from_str(&row.json).map_err(|e| Problem::Unavailable(e.to_string()))?;
            let store = Arc::clone(&state.store);
            let releases = web::block(move || store.releases(study)).await??;
            let release = releases.into_iter().find(|r| table["provenance"]["release"] == r.name);
            (table, release.map(|r| r.made_on).ok_or(Problem::NotReleased)?)
        }
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (name, digest) = (text(&table["indicator"]["id"]), text(&table["provenance"]["digest"]));
    let book = Book { name: &name, made_on: &made_on, digest: &digest, tables: &[table] };
    let bytes = export::workbook(book).map_err(|e| Problem::Unavailable(e.to_string()))?;
    Ok(HttpResponse::Ok().content_type(export::RELEASE_FILES[0].1).body(bytes))
}

enum Found {
    Draft(Box<PrevalenceTable>),
    Released(ReleaseTableRow),
}

/// The question is read here and not by an extractor, so that who may not ask is told that first. That it was asked is in the
/// trail before the answer leaves: what can be learnt from several tables together is not seen in any one of them.
async fn asked(staff: Staff, request: &HttpRequest, state: &Data<State>) -> Result<Found, Problem> {
    let asked = Query::<Asked>::from_query(request.query_string())
        .map_err(|_| Problem::invalid("query", "write indicator=…, and if you like by=sex,age_group and weights=…; nothing else"))?;
    let question = asked.into_inner().question(staff.study)?;
    let by: Vec<&str> = question.by.iter().map(|d| d.name()).collect();
    let act = Act::new(Action::TableRead).study(staff.study).with("by", by).with("indicator", question.indicator.as_str());
    let (shared, sees_drafts) = (state.clone(), staff.has(Role::Statistician));
    let _turn = if sees_drafts { Some(state.may_estimate().await?) } else { None };
    let found = web::block(move || {
        let store = &shared.store;
        if sees_drafts {
            return Ok::<_, Problem>(Found::Draft(Box::new(shared.samples.answer(store, &question)?)));
        }
        // What a pilot finds is for those who make the main study, and for no table anybody else may hold.
        if store.study(question.study_id)?.phase == Phase::Pilot {
            return Err(Problem::Forbidden);
        }
        let table = store.released_table(question.study_id, &question.indicator, &in_any_order(&question.by), question.weights.as_deref());
        table.map(Found::Released).map_err(|e| if matches!(e, store::Error::NotFound) { Problem::NotReleased } else { e.into() })
    })
    .await??;
    state.store.note(staff.by, act).await?;
    Ok(found)
}
