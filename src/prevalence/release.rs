//! Tables that leave together: estimated, and protected under one mask with all that left before.

mod ages;
mod linked;

use std::collections::BTreeMap;
use std::sync::Arc;

use kish_analysis::disclosure::{Loss, MOST_WORK, Protected, Rule, Standing, rows_and_columns};
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::dimension::UNKNOWN;
use super::table::Estimated;
use super::{Dimension, Error, PrevalenceTable, Sample};
use crate::instrument::Instrument;
use crate::store::{ReleaseRow, Store};
use linked::Linked;

/// What a statistician means to publish.
#[derive(Debug, Clone, Serialize, Deserialize, Validate)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Plan {
    #[validate(length(min = 1, max = 100, message = "name the release"))]
    pub name: String,
    /// The weight set's name; the newest where none is named.
    pub weights: Option<String>,
    #[validate(length(min = 1, max = 2000, message = "name at least one table, and at most 2000"))]
    pub tables: Vec<PlannedTable>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedTable {
    pub indicator: String,
    #[serde(default)]
    pub by: Vec<Dimension>,
}

/// A cell as later releases must know it: its unweighted counts, whether outsiders know them, and never published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptCell {
    pub key: Vec<String>,
    pub n: u64,
    pub events: u64,
    pub is_known: bool,
}

/// What is kept of a table for the mask of later releases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptTable {
    pub indicator: String,
    /// What its cells are of.
    pub crossed: Vec<Dimension>,
    pub cells: Vec<KeptCell>,
}

/// A table that left before.
#[derive(Debug, Clone)]
struct Earlier {
    /// Which interviews it was made of.
    data: Vec<u8>,
    table: KeptTable,
}

/// A release that may be looked at, approved and frozen.
#[derive(Debug)]
pub struct Composed {
    pub weight_set_id: i64,
    pub form_version_id: i64,
    pub data: Vec<u8>,
    /// How many releases there had been.
    pub follows: usize,
    pub tables: Vec<(PrevalenceTable, KeptTable)>,
    pub loss: Losses,
    /// Of the form that was answered.
    pub instrument: Arc<Instrument>,
}

/// What is lost, each number once however many tables it stands in, and what withholding whole rows and columns would have lost.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Losses {
    /// False if the audit's work ran out, and more is withheld than had to be.
    pub is_proven: bool,
    pub cells: usize,
    pub shown: usize,
    pub withheld: BTreeMap<&'static str, usize>,
    /// Of the people in all cells, how many are in cells shown.
    pub share_of_people_shown: f64,
    pub shown_by_rows_and_columns: usize,
    pub share_of_people_shown_by_rows_and_columns: f64,
}

/// Computes and protects a plan together with all that was released before from interviews of the same form version.
pub fn compose(store: &Store, study_id: i64, plan: &Plan) -> Result<Composed, Error> {
    let weight_set = match &plan.weights {
        Some(name) => store.weight_set(study_id, name)?,
        None => store.weight_sets(study_id)?.pop().ok_or(Error::NoWeights)?,
    };
    let data = store.fingerprint(weight_set.id)?;
    let sample = Sample::read(store, study_id, weight_set)?;
    let rule = Rule::default();
    let mut tables = Vec::new();
    for (number, asked) in plan.tables.iter().enumerate() {
        let table = Estimated::new(&sample, &asked.indicator, &asked.by).map_err(|e| in_table(number, e))?;
        tables.push(table);
    }
    let (follows, earlier) = earlier(store, study_id, sample.form.id)?;
    let linked = Linked::new(&sample, &data, &tables, &earlier, &rule)?;
    let protected = linked.together(MOST_WORK.saturating_mul(10)).protect(&rule).map_err(|e| linked.explain(e))?;
    let loss = losses(&linked, &protected);
    let mut composed = Vec::new();
    for (estimated, places) in tables.into_iter().zip(&linked.places) {
        let part = protected.table.part(places);
        let kept = linked.kept(&estimated, places, &protected.standings);
        let mut table = estimated.protected(store, &sample, part, &rule)?;
        table.provenance.release = Some(plan.name.clone());
        composed.push((table, kept));
    }
    Ok(Composed {
        weight_set_id: sample.weight_set.id,
        form_version_id: sample.form.id,
        data,
        follows,
        tables: composed,
        loss,
        instrument: sample.instrument,
    })
}

/// How many releases are out, and their tables, oldest first.
fn earlier(store: &Store, study_id: i64, form_version_id: i64) -> Result<(usize, Vec<Earlier>), Error> {
    let frozen: Vec<_> = store.releases(study_id)?.into_iter().filter(ReleaseRow::is_frozen).collect();
    let mut found = Vec::new();
    for release in frozen.iter().filter(|release| release.form_version_id == form_version_id) {
        for row in store.release_tables(release.id)? {
            let mut table: KeptTable =
                serde_json::from_str(&row.cells).map_err(|_| Error::invalid("tables", "what is kept of an earlier release is damaged"))?;
            // Before such places had a code of their own.
            for level in table.cells.iter_mut().flat_map(|cell| &mut cell.key).filter(|level| level.is_empty()) {
                UNKNOWN.clone_into(level);
            }
            found.push(Earlier { data: release.data.clone(), table });
        }
    }
    Ok((frozen.len(), found))
}

/// Which table of the plan it is, so that it can be found.
fn in_table(number: usize, error: Error) -> Error {
    match error {
        Error::Invalid { field, message } => Error::Invalid { field: format!("tables.{number}.{field}"), message },
        other => other,
    }
}

fn losses(linked: &Linked, protected: &Protected) -> Losses {
    let weights: Vec<f64> = linked.candidates.iter().map(|c| c.estimate.weighted_n).collect();
    let cells = protected.table.cells().iter().zip(&weights).map(|(cell, weight)| (linked::standing_of(cell), *weight));
    let loss = Loss::new(cells);
    let n = linked.candidates.len();
    let plain = rows_and_columns(&linked.by_themselves(&protected.table), &linked.relations);
    let baseline = Loss::new(plain.into_iter().take(n).zip(weights));
    Losses {
        is_proven: protected.is_proven,
        cells: n,
        shown: loss.shown,
        withheld: loss.by_reason.iter().map(|(reason, count)| (reason.code(), *count)).collect(),
        share_of_people_shown: loss.share_shown(),
        shown_by_rows_and_columns: baseline.shown,
        share_of_people_shown_by_rows_and_columns: baseline.share_shown(),
    }
}

/// The dimensions of a table, however they were asked for: by these a released table is found.
pub fn in_any_order(by: &[Dimension]) -> String {
    let mut names: Vec<&str> = by.iter().map(|d| d.name()).collect();
    names.sort_unstable();
    names.join(",")
}

/// Whether outsiders know the counts of a cell.
fn is_known(standing: Standing) -> bool {
    standing == Standing::Shown
}
