//! The mask, what an attacker could still tell of each withheld cell, and what it cost.

use std::time::Duration;

use kish_analysis::Error as Fault;
use kish_analysis::disclosure::{Bounds, Counted, Loss, Mask, Release, Standing, rows_and_columns};
use kish_analysis::table::Reason;

use super::Error;
use super::cells::{Linked, link};
use super::request::{Cell, Request};
use super::table::{Place, places};

pub(super) struct Answer {
    pub(super) rows: Vec<Row>,
    pub(super) loss: Loss,
    /// What it would have cost to withhold whole rows and columns.
    pub(super) naive: Loss,
}

/// One cell of one table.
pub(super) struct Row {
    pub(super) table: usize,
    pub(super) place: Place,
    pub(super) decided: Decided,
}

pub(super) enum Decided {
    Shown(Cell),
    Withheld(Reason, Option<Bounds>),
}

pub(super) fn answer(request: &Request, elapsed: &dyn Fn() -> Duration) -> Result<Answer, Error> {
    let linked = link(request)?;
    let Linked { counts, relations, same_cases, .. } = &linked;
    let release = Release { counts, relations, same_cases, held: &[], protection: request.protection };
    let is_in_time = || elapsed().as_secs_f64() < request.seconds;
    let mask = release.mask(&mut |_| is_in_time()).map_err(|fault| explained(&linked, &fault))?;
    if !mask.is_proven() {
        return Err(too_large(request, linked.counts.len()));
    }
    let bounds = bounds(&linked, &release, &mask, &is_in_time);
    let weight = weights(request, &linked);
    let naive = rows_and_columns(counts, relations);
    let loss = |standings: &[Standing]| Loss::new(linked.today.values().zip(&weight).map(|(cell, weight)| (standings[*cell], *weight)));
    Ok(Answer { rows: rows(request, &linked, &mask, &bounds)?, loss: loss(mask.standings()), naive: loss(&naive) })
}

/// Those of today's withheld cells, one a cell of the release, as far as the time goes: the mask is proven without them.
fn bounds(linked: &Linked, release: &Release<'_>, mask: &Mask, is_in_time: &dyn Fn() -> bool) -> Vec<Option<Bounds>> {
    let mut all = vec![None; linked.counts.len()];
    for cell in linked.today.values().copied() {
        if matches!(mask.standings()[cell], Standing::Withheld(reason) if reason != Reason::Empty) {
            all[cell] = is_in_time().then(|| release.bounds(mask, cell));
        }
    }
    all
}

fn explained(linked: &Linked, fault: &Fault) -> Error {
    let Fault::Exposed { cell } = fault else { return Error::at("request", fault.to_string()) };
    let reason = format!(
        "{} cannot be protected: what was shown before gives it away, whatever is withheld now, so nothing is shown; \
         release nothing more that it is part of",
        linked.names[*cell]
    );
    Error::at("released", reason)
}

fn too_large(request: &Request, n_cells: usize) -> Error {
    let reason = format!(
        "the audit of {n_cells} cells did not end in {} seconds, so nothing is shown; give it more, or cross fewer codes",
        request.seconds
    );
    Error::at("seconds", reason)
}

/// People where every cell has them, else cases; in the order of today's cells.
fn weights(request: &Request, linked: &Linked) -> Vec<f64> {
    let cases = |counted: &Counted| counted.n as f64;
    let people = request.tables.iter().flat_map(|table| &table.cells).all(|cell| cell.weighted_n.is_some());
    let weighted = |place: &Place, cell: &usize| {
        if people { linked.given[place].cell.weighted_n.unwrap_or_default() } else { cases(&linked.counts[*cell]) }
    };
    linked.today.iter().map(|(place, cell)| weighted(place, cell)).collect()
}

fn rows(request: &Request, linked: &Linked, mask: &Mask, bounds: &[Option<Bounds>]) -> Result<Vec<Row>, Error> {
    let mut rows = Vec::new();
    for (table, asked) in request.tables.iter().enumerate() {
        for place in places(request, asked, "tables")? {
            let cell = linked.today[&place];
            let decided = match mask.standings()[cell] {
                Standing::Withheld(reason) => Decided::Withheld(reason, bounds[cell]),
                _ => Decided::Shown(linked.given[&place].cell.clone()),
            };
            rows.push(Row { table, place, decided });
        }
    }
    Ok(rows)
}
