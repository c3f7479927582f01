//! All tables of a request as one release: those of today, those released before, and what came in between.

use std::collections::BTreeMap;

use kish_analysis::disclosure::{Counted, Relation, Standing};
use kish_analysis::table::Reason;

use super::Error;
use super::request::{Kind, Request, Status, Thresholds};
use super::table::{self, Cells, Given, Place, named};

/// What the mask is asked about, and where today's cells are in it.
#[derive(Default)]
pub(super) struct Linked {
    pub(super) counts: Vec<Counted>,
    pub(super) relations: Vec<Relation>,
    pub(super) same_cases: Vec<Vec<usize>>,
    /// In words, one a cell.
    pub(super) names: Vec<String>,
    pub(super) today: BTreeMap<Place, usize>,
    pub(super) given: Cells,
}

/// The same interviews: everything released from them so far.
#[derive(Default)]
struct Epoch {
    given: Cells,
    cells: BTreeMap<Place, usize>,
}

pub(super) fn link(request: &Request) -> Result<Linked, Error> {
    let mut linked = Linked::default();
    let mut epochs: Vec<Epoch> = Vec::new();
    for (place, earlier) in request.released.iter().enumerate() {
        let cells = table::read(request, &earlier.tables, &format!("released[{place}].tables"))?;
        linked.take(request, &mut epochs, cells, true)?;
    }
    let cells = table::read(request, &request.tables, "tables")?;
    linked.given = cells.clone();
    linked.take(request, &mut epochs, cells, false)?;
    let last = epochs.last().map(|epoch| &epoch.cells);
    linked.today = last.into_iter().flatten().filter(|(place, _)| linked.given.contains_key(place)).map(|(p, c)| (p.clone(), *c)).collect();
    for epoch in &epochs {
        linked.relate(request, epoch)?;
    }
    for at in 1..epochs.len() {
        linked.step(request, &epochs[..at], &epochs[at])?;
    }
    Ok(linked)
}

impl Linked {
    fn push(&mut self, counted: Counted, name: String) -> usize {
        self.counts.push(counted);
        self.names.push(name);
        self.counts.len() - 1
    }

    /// Add a release to the last epoch if it is of the same interviews, else begin another.
    fn take(&mut self, request: &Request, epochs: &mut Vec<Epoch>, cells: Cells, is_past: bool) -> Result<(), Error> {
        let is_same = |epoch: &Epoch| cells.iter().all(|(place, given)| epoch.given.get(place).is_none_or(|old| old.has_counts_of(given)));
        let mut epoch = epochs.pop_if(|epoch| is_same(epoch)).unwrap_or_default();
        for (place, given) in cells {
            let kind = request.measures[place.measure].kind;
            let standing = standing(&request.thresholds, kind, &given, is_past)?;
            if let Some(cell) = epoch.cells.get(&place) {
                if standing == Standing::Shown {
                    self.counts[*cell].standing = standing;
                }
                continue;
            }
            let cost = given.cell.cost.unwrap_or(given.cell.n as f64);
            let cell = self.push(Counted { n: given.cell.n, events: given.events(), cost, standing }, named(request, &place));
            epoch.cells.insert(place.clone(), cell);
            epoch.given.insert(place, given);
        }
        epochs.push(epoch);
        Ok(())
    }

    /// The sums and the common cases of one epoch.
    fn relate(&mut self, request: &Request, epoch: &Epoch) -> Result<(), Error> {
        for (whole, parts) in table::sums(request, &epoch.given)? {
            let parts = parts.iter().map(|part| epoch.cells[part]).collect();
            self.relations.push(Relation { parts, whole: epoch.cells[&whole] });
        }
        let mut same: BTreeMap<(&[usize], &str), Vec<&Place>> = BTreeMap::new();
        for place in epoch.cells.keys() {
            if let Some(base) = &request.measures[place.measure].base {
                same.entry((&place.codes, base)).or_default().push(place);
            }
        }
        for group in same.into_values().filter(|group| group.len() > 1) {
            let (first, others) = (&epoch.given[group[0]], &group[1..]);
            if let Some(other) = others.iter().map(|place| &epoch.given[*place]).find(|other| other.cell.n != first.cell.n) {
                let reason =
                    format!("n is {} here and {} at {}, though the measures have the same base", other.cell.n, first.cell.n, first.at);
                return Err(Error::at(&other.at, reason));
            }
            self.same_cases.push(group.iter().map(|place| epoch.cells[*place]).collect());
        }
        Ok(())
    }

    /// What came into each cell since it was last released: small, it must not follow from the two.
    fn step(&mut self, request: &Request, before: &[Epoch], now: &Epoch) -> Result<(), Error> {
        for (place, whole) in &now.cells {
            let Some(old) = before.iter().rev().find_map(|epoch| epoch.cells.get(place)) else { continue };
            let (then, since) = (self.counts[*old], self.counts[*whole]);
            let (n, events) = (since.n.checked_sub(then.n), since.events.checked_sub(then.events));
            let (Some(n), Some(events)) = (n, events.filter(|events| n.is_some_and(|n| *events <= n))) else {
                return Err(Error::at(&now.given[place].at, fallen(then, since)));
            };
            let kind = request.measures[place.measure].kind;
            let standing = match too_few(&request.thresholds, kind, n, events, None) {
                Some(reason) if reason != Reason::Empty => Standing::Withheld(reason),
                _ => Standing::Unpublished,
            };
            let name = format!("what came in since the release before of {}", named(request, place));
            let step = self.push(Counted { n, events, cost: 0.0, standing }, name);
            self.relations.push(Relation { parts: vec![*old, step], whole: *whole });
        }
        Ok(())
    }
}

fn fallen(then: Counted, since: Counted) -> String {
    format!(
        "{} of {} people now and {} of {} when it was released: interviews were taken out, so the two releases cannot be protected \
         together; count the same interviews again, and new ones with them",
        since.events, since.n, then.events, then.n
    )
}

/// What is decided about a cell before the others are looked at.
fn standing(thresholds: &Thresholds, kind: Kind, given: &Given, is_past: bool) -> Result<Standing, Error> {
    let reason =
        too_few(thresholds, kind, given.cell.n, given.events(), given.cell.psus).or((!given.cell.reliable).then_some(Reason::Unreliable));
    let status = format!("{}.status", given.at);
    match (is_past, given.cell.status, reason) {
        (_, _, Some(Reason::Empty)) => Ok(Standing::Withheld(Reason::Empty)),
        (true, None, _) => Err(Error::at(status, "missing: say whether the cell was `shown` or `withheld`")),
        (false, Some(_), _) => Err(Error::at(status, "only of cells released before; the mask decides about this one")),
        (true, Some(Status::Shown), _) => Ok(Standing::Shown),
        (true, Some(Status::Withheld), reason) => Ok(Standing::Withheld(reason.unwrap_or(Reason::Complementary))),
        (false, None, Some(reason)) => Ok(Standing::Withheld(reason)),
        (false, None, None) => Ok(Standing::Open),
    }
}

fn too_few(thresholds: &Thresholds, kind: Kind, n: u64, events: u64, psus: Option<u64>) -> Option<Reason> {
    let counts_events = kind != Kind::Mean;
    let faults = [
        (n == 0, Reason::Empty),
        (n < thresholds.cases, Reason::TooFewCases),
        (psus.is_some_and(|psus| psus < thresholds.psus), Reason::TooFewPsus),
        (counts_events && events > 0 && events < thresholds.events, Reason::TooFewEvents),
        (counts_events && n - events < thresholds.events, Reason::TooFewWithout),
    ];
    faults.into_iter().find(|(fails, _)| *fails).map(|(_, reason)| reason)
}
