//! All cells of a release and of those before it, each once, with every sum between them.

use std::collections::{BTreeMap, HashMap, HashSet};

use kish_analysis::disclosure::{Candidate, Counted, Kind, Relation, Rule, Standing, Together};
use kish_analysis::table::{Cell, Reason, Table};

use super::super::dimension::TOTAL;
use super::super::table::{Estimated, find, relations};
use super::super::{CellKey, Dimension, Error, Sample};
use super::{Earlier, KeptCell, KeptTable, is_known};
use crate::instrument::{Indicator, IndicatorKind};

/// What tells one number from another: which data, what is counted, and of whom. Margins are left out, so that a total is the same
/// cell in every table it stands in.
pub(super) type Identity = (usize, What, Group);

/// Of whom a cell is: levels of dimensions, no totals.
pub(super) type Group = Vec<(Dimension, String)>;

/// What is counted, whatever it is called: indicators that come to the same, of the same form, are one in all data.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct What {
    /// As it comes to on the rows of the release.
    pub content: String,
    /// A share of people, a mean or a total.
    pub scale: IndicatorKind,
    /// Of those that come to the same now and did not in earlier data, which one.
    pub which: usize,
}

/// The place of the data of the release itself among all data there have been.
pub(super) const NOW: usize = 0;

#[derive(Debug)]
pub struct Linked {
    /// Of the release, each once.
    pub candidates: Vec<Candidate>,
    before: Vec<Option<Standing>>,
    /// Of releases before it, and what came in between.
    others: Vec<Counted>,
    pub relations: Vec<Relation>,
    same_cases: Vec<Vec<usize>>,
    /// What may be held still: all increments; and for each, the others with what was before it.
    held: Vec<Vec<usize>>,
    /// For each table of the release, the places of its cells.
    pub places: Vec<Vec<usize>>,
    /// A word for each cell, for whoever has to change the plan.
    names: Vec<String>,
}

impl Linked {
    pub fn new(sample: &Sample, data: &[u8], tables: &[Estimated], earlier: &[Earlier], rule: &Rule) -> Result<Linked, Error> {
        let mut build = Build { rule: *rule, ..Build::default() };
        for table in tables {
            build.table(sample, table);
        }
        let mut ages: Vec<&[u8]> = vec![data];
        for table in earlier {
            let age = ages.iter().position(|known| *known == table.data.as_slice()).unwrap_or(ages.len());
            if age == ages.len() {
                ages.push(&table.data);
            }
            build.earlier(sample, age, &table.table)?;
        }
        build.bands(ages.len());
        build.link(ages.len());
        build.scales();
        Ok(build.finish())
    }

    pub fn together(&self, work: u64) -> Together<'_> {
        Together {
            candidates: &self.candidates,
            before: &self.before,
            others: &self.others,
            relations: &self.relations,
            same_cases: &self.same_cases,
            held: &self.held,
            work,
        }
    }

    /// All cells as each would be by itself: what was withheld for another's sake is open again.
    pub fn by_themselves(&self, table: &Table) -> Vec<Counted> {
        let standing = |cell: &Cell| match cell {
            Cell::Shown(_) | Cell::Withheld(Reason::Complementary) => Standing::Open,
            Cell::Withheld(reason) => Standing::Withheld(*reason),
        };
        let of = |(candidate, cell): (&Candidate, &Cell)| Counted {
            n: candidate.estimate.n,
            events: events(candidate),
            cost: 0.0,
            standing: standing(cell),
        };
        self.candidates.iter().zip(table.cells()).map(of).chain(self.others.iter().copied()).collect()
    }

    pub fn kept(&self, table: &Estimated, places: &[usize], standings: &[Standing]) -> KeptTable {
        let cell = |(key, place): (&CellKey, &usize)| {
            let candidate = &self.candidates[*place];
            KeptCell { key: key.clone(), n: candidate.estimate.n, events: events(candidate), is_known: is_known(standings[*place]) }
        };
        let cells = table.crossing.keys.iter().zip(places).map(cell).collect();
        KeptTable { indicator: table.indicator.id.clone(), crossed: table.crossed.clone(), cells }
    }

    pub fn explain(&self, error: kish_analysis::Error) -> Error {
        match error {
            kish_analysis::Error::Exposed { cell } => {
                let name = self.names.get(cell).map_or("a cell of an earlier release", String::as_str);
                let message = format!("with what was released before, {name} would be given away; leave out the tables it is part of");
                Error::Invalid { field: "tables".to_owned(), message }
            }
            other => other.into(),
        }
    }
}

pub fn standing_of(cell: &Cell) -> Standing {
    match cell {
        Cell::Shown(_) => Standing::Shown,
        Cell::Withheld(reason) => Standing::Withheld(*reason),
    }
}

pub(super) fn events(candidate: &Candidate) -> u64 {
    if candidate.kind == Kind::Mean { 0 } else { candidate.estimate.n_events.min(candidate.estimate.n) }
}

#[derive(Debug, Default)]
pub(super) struct Build {
    pub rule: Rule,
    pub candidates: Vec<Candidate>,
    pub before: Vec<Option<Standing>>,
    pub others: Vec<Counted>,
    places: Vec<Vec<usize>>,
    names: Vec<String>,
    pub known: HashMap<Identity, Place>,
    /// The content of each indicator by its id.
    contents: HashMap<String, String>,
    /// The largest [`What::which`].
    pub most: usize,
    sums: Vec<(Vec<Place>, Place)>,
    seen: HashSet<(Vec<Place>, Place)>,
    /// Cells of the very same people: by who answered, and the group.
    people: BTreeMap<(Vec<u8>, Group), Vec<usize>>,
    /// Of which data each of the others is: of a release before, or what came in after it.
    pub after: Vec<(usize, bool)>,
}

/// A candidate, or one of the others: the places of those are known once all candidates are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Place {
    Open(usize),
    Closed(usize),
}

impl Build {
    fn table(&mut self, sample: &Sample, table: &Estimated) {
        let (what, who) = (self.what(sample, &table.indicator), sample.measure(&table.indicator).answered());
        let mut places = Vec::new();
        for (key, candidate) in table.crossing.keys.iter().zip(&table.crossing.candidates) {
            let group = group(&table.crossed, key);
            let identity = (NOW, what.clone(), group.clone());
            let place = match self.known.get(&identity) {
                Some(Place::Open(place)) => *place,
                _ => self.open(identity, candidate, &table.indicator.id, &who, group),
            };
            places.push(place);
        }
        self.sums_of(&table.crossing.keys, &places.iter().map(|p| Place::Open(*p)).collect::<Vec<_>>());
        self.places.push(places);
    }

    fn what(&mut self, sample: &Sample, indicator: &Indicator) -> What {
        let content = match self.contents.get(&indicator.id) {
            Some(content) => content.clone(),
            None => self.contents.entry(indicator.id.clone()).or_insert(sample.measure(indicator).content()).clone(),
        };
        let scale = if indicator.kind.counts_people() { IndicatorKind::Proportion } else { indicator.kind };
        What { content, scale, which: 0 }
    }

    fn open(&mut self, identity: Identity, candidate: &Candidate, indicator: &str, who: &[u8], group: Group) -> usize {
        let place = self.candidates.len();
        self.names.push(in_words(indicator, &group));
        self.candidates.push(*candidate);
        self.before.push(None);
        self.known.insert(identity, Place::Open(place));
        self.people.entry((who.to_vec(), group)).or_default().push(place);
        place
    }

    fn sums_of(&mut self, keys: &[CellKey], places: &[Place]) {
        for Relation { parts, whole } in relations(keys) {
            self.sum(parts.iter().map(|p| places[*p]).collect(), places[whole]);
        }
    }

    pub fn sum(&mut self, parts: Vec<Place>, whole: Place) {
        if self.seen.insert((parts.clone(), whole)) {
            self.sums.push((parts, whole));
        }
    }

    /// A table that is out: of the same data, its cells are those of the release; of earlier ones, cells of their own.
    fn earlier(&mut self, sample: &Sample, age: usize, table: &KeptTable) -> Result<(), Error> {
        let mut what = self.what(sample, find(sample, &table.indicator)?);
        while age != NOW && self.is_another(age, &what, table) {
            what.which += 1;
        }
        self.most = self.most.max(what.which);
        let mut places = Vec::new();
        for cell in &table.cells {
            let group = group(&table.crossed, &cell.key);
            let standing = if cell.is_known { Standing::Shown } else { self.hidden(cell) };
            let identity = (age, what.clone(), group);
            let place = match self.known.get(&identity) {
                Some(Place::Open(place)) => {
                    self.before[*place] = Some(standing);
                    Place::Open(*place)
                }
                Some(place) => *place,
                None => self.close(identity, (cell.n, cell.events), standing),
            };
            places.push(place);
        }
        let keys: Vec<CellKey> = table.cells.iter().map(|cell| cell.key.clone()).collect();
        self.sums_of(&keys, &places);
        Ok(())
    }

    /// Whether a table of the same data has other counts for these cells.
    fn is_another(&self, age: usize, what: &What, table: &KeptTable) -> bool {
        let differs = |cell: &KeptCell| {
            let known = self.known.get(&(age, what.clone(), group(&table.crossed, &cell.key)));
            known.is_some_and(|place| self.count(*place) != (cell.n, cell.events))
        };
        table.cells.iter().any(differs)
    }

    pub fn close(&mut self, identity: Identity, (n, events): (u64, u64), standing: Standing) -> Place {
        let place = Place::Closed(self.others.len());
        self.others.push(Counted { n, events, cost: 0.0, standing });
        self.after.push((identity.0, false));
        self.known.insert(identity, place);
        place
    }

    /// Why a cell that nobody was shown has to stay hidden.
    pub fn hidden(&self, cell: &KeptCell) -> Standing {
        let few = |count: u64, least: u64| count > 0 && count < least;
        Standing::Withheld(match cell {
            KeptCell { n: 0, .. } => Reason::Empty,
            cell if cell.n < self.rule.min_cases => Reason::TooFewCases,
            cell if few(cell.events, self.rule.min_events) => Reason::TooFewEvents,
            cell if cell.n - cell.events.min(cell.n) < self.rule.min_events => Reason::TooFewWithout,
            _ => Reason::Complementary,
        })
    }

    pub fn finish(self) -> Linked {
        let n = self.candidates.len();
        let held = self.held();
        let place = |place: Place| match place {
            Place::Open(place) => place,
            Place::Closed(place) => n + place,
        };
        let sums =
            self.sums.into_iter().map(|(parts, whole)| Relation { parts: parts.into_iter().map(place).collect(), whole: place(whole) });
        Linked {
            held,
            relations: sums.collect(),
            same_cases: self.people.into_values().filter(|cells| cells.len() > 1).collect(),
            candidates: self.candidates,
            before: self.before,
            others: self.others,
            places: self.places,
            names: self.names,
        }
    }
}

/// Of whom a cell is: its levels, without totals, in an order that does not depend on the table's.
fn group(by: &[Dimension], key: &CellKey) -> Group {
    let mut group: Group = by.iter().copied().zip(key.iter().cloned()).filter(|(_, level)| level != TOTAL).collect();
    group.sort();
    group
}

fn in_words(indicator: &str, group: &[(Dimension, String)]) -> String {
    let levels: Vec<String> = group.iter().map(|(dimension, level)| format!("{} {level}", dimension.name())).collect();
    if levels.is_empty() { format!("{indicator} of all") } else { format!("{indicator} of {}", levels.join(", ")) }
}
