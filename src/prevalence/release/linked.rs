//! All cells of a release and of those before it, each once, with every sum between them.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use kish_analysis::disclosure::{Candidate, Counted, Kind, Relation, Rule, Standing, Together};
use kish_analysis::table::{Cell, Reason, Table};

use super::super::dimension::TOTAL;
use super::super::table::{Estimated, measured, relations};
use super::super::{AgeGroup, CellKey, Dimension, Error, Sample};
use super::{Earlier, KeptCell, KeptTable, is_known};

/// What tells one number from another: which data, what is counted, and of whom. Margins are left out, so that a total is the same
/// cell in every table it stands in.
type Identity = (usize, String, Group);

/// Of whom a cell is: levels of dimensions, no totals.
type Group = Vec<(Dimension, String)>;

/// The place of the data of the release itself among all data there have been.
const NOW: usize = 0;

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
        build.bands();
        build.link(ages.len());
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

fn events(candidate: &Candidate) -> u64 {
    if candidate.kind == Kind::Mean { 0 } else { candidate.estimate.n_events.min(candidate.estimate.n) }
}

#[derive(Debug, Default)]
struct Build {
    rule: Rule,
    candidates: Vec<Candidate>,
    before: Vec<Option<Standing>>,
    others: Vec<Counted>,
    places: Vec<Vec<usize>>,
    names: Vec<String>,
    known: HashMap<Identity, Place>,
    /// The indicators of each number of the release itself: what was released before goes by their names.
    called: HashMap<String, String>,
    sums: Vec<(Vec<Place>, Place)>,
    seen: HashSet<(Vec<Place>, Place)>,
    /// Cells of the very same people: by who answered, and the group.
    people: BTreeMap<(Vec<u8>, Group), Vec<usize>>,
    /// Of which data each of the others is: of a release before, or what came in after it.
    after: Vec<(usize, bool)>,
}

/// A candidate, or one of the others: the places of those are known once all candidates are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Place {
    Open(usize),
    Closed(usize),
}

impl Build {
    fn table(&mut self, sample: &Sample, table: &Estimated) {
        let measured = sample.measure(&table.indicator);
        let (what, who) = (measured.content(), measured.answered());
        self.called.entry(table.indicator.id.clone()).or_insert_with(|| what.clone());
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

    fn sum(&mut self, parts: Vec<Place>, whole: Place) {
        if self.seen.insert((parts.clone(), whole)) {
            self.sums.push((parts, whole));
        }
    }

    /// A table that is out: of the same data, its cells are those of the release; of earlier ones, cells of their own.
    fn earlier(&mut self, sample: &Sample, age: usize, table: &KeptTable) -> Result<(), Error> {
        let what = if age == NOW { measured(sample, &table.indicator)?.content() } else { table.indicator.clone() };
        if age == NOW {
            self.called.entry(table.indicator.clone()).or_insert_with(|| what.clone());
        }
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
                None => self.close(identity, cell, standing),
            };
            places.push(place);
        }
        let keys: Vec<CellKey> = table.cells.iter().map(|cell| cell.key.clone()).collect();
        self.sums_of(&keys, &places);
        Ok(())
    }

    /// A band is the sum of its age groups, whatever else the cell is of. A group that is in no row of the data is in no table, and empty.
    fn bands(&mut self) {
        let mut known: Vec<(Identity, Place)> = self.known.iter().map(|(identity, place)| (identity.clone(), *place)).collect();
        known.sort();
        for ((age, what, group), whole) in known {
            let Some((_, band)) = group.iter().find(|(dimension, _)| *dimension == Dimension::AgeBand) else { continue };
            let finer = groups_of(band).into_iter().map(|level| {
                let mut finer: Group = group.iter().filter(|(d, _)| *d != Dimension::AgeBand).cloned().collect();
                finer.push((Dimension::AgeGroup, level));
                finer.sort();
                (age, what.clone(), finer)
            });
            let parts: Vec<Place> = finer.filter_map(|identity| self.known.get(&identity).copied()).collect();
            if !parts.is_empty() {
                self.sum(parts, whole);
            }
        }
    }

    fn close(&mut self, identity: Identity, cell: &KeptCell, standing: Standing) -> Place {
        let place = Place::Closed(self.others.len());
        self.others.push(Counted { n: cell.n, events: cell.events, cost: 0.0, standing });
        self.after.push((identity.0, false));
        self.known.insert(identity, place);
        place
    }

    /// Why a cell that nobody was shown has to stay hidden.
    fn hidden(&self, cell: &KeptCell) -> Standing {
        let few = |count: u64, least: u64| count > 0 && count < least;
        Standing::Withheld(match cell {
            KeptCell { n: 0, .. } => Reason::Empty,
            cell if cell.n < self.rule.min_cases => Reason::TooFewCases,
            cell if few(cell.events, self.rule.min_events) => Reason::TooFewEvents,
            cell if cell.n - cell.events.min(cell.n) < self.rule.min_events => Reason::TooFewWithout,
            _ => Reason::Complementary,
        })
    }
}

impl Build {
    /// Ties each number to itself in later data by what came in between: new = old + increment.
    fn link(&mut self, ages: usize) {
        // Oldest first, the release itself last.
        let order: Vec<usize> = (1..ages).chain([NOW]).collect();
        let mut known: Vec<(Identity, Place)> = self.known.iter().map(|(identity, place)| (identity.clone(), *place)).collect();
        known.sort();
        for ((age, what, group), old) in known.into_iter().filter(|((age, ..), _)| *age != NOW) {
            let later = order.iter().skip_while(|other| **other != age).skip(1);
            let next = later.filter_map(|other| self.known.get(&(*other, self.name_in(*other, &what), group.clone())).copied()).next();
            if let Some(new) = next {
                self.stay(old, new);
                self.tie(age, old, new);
            }
        }
    }

    fn name_in(&self, age: usize, indicator: &str) -> String {
        if age == NOW { self.called.get(indicator).cloned().unwrap_or_default() } else { indicator.to_owned() }
    }

    fn tie(&mut self, age: usize, old: Place, new: Place) {
        let (before, after) = (self.count(old), self.count(new));
        // Where fewer are left than there were, the older number is the larger.
        let (part, whole, small, large) = if before.0 <= after.0 { (old, new, before, after) } else { (new, old, after, before) };
        let (n, events) = (large.0 - small.0, large.1.checked_sub(small.1));
        let increment = match events {
            Some(events) if events <= n => KeptCell { key: Vec::new(), n, events, is_known: false },
            // Some came and some went: how many is not known, so where it may be few the new number waits.
            _ => return self.wait(new, n),
        };
        // That nobody came in is not published either.
        let standing = match self.hidden(&increment) {
            Standing::Withheld(Reason::Complementary | Reason::Empty) => Standing::Unpublished,
            few => few,
        };
        let between = Place::Closed(self.others.len());
        self.others.push(Counted { n: increment.n, events: increment.events, cost: 0.0, standing });
        self.after.push((age, true));
        self.sum(vec![part, between], whole);
    }

    /// What was withheld opens again once as many people as were in it came in since: with few more, the old number would lie between
    /// narrow limits under the new one.
    fn stay(&mut self, old: Place, new: Place) {
        let (before, now) = (self.count(old).0, self.count(new).0);
        if let (Place::Closed(old), Place::Open(new)) = (old, new)
            && let Standing::Withheld(reason) = self.others[old].standing
            && reason != Reason::Empty
            && now < 2 * before
        {
            self.before[new].get_or_insert(Standing::Withheld(Reason::Complementary));
        }
    }

    fn wait(&mut self, place: Place, n: u64) {
        if let Place::Open(place) = place
            && n < self.rule.min_cases
            && self.before[place] != Some(Standing::Shown)
        {
            self.before[place] = Some(Standing::Withheld(Reason::TooFewCases));
        }
    }

    fn count(&self, place: Place) -> (u64, u64) {
        match place {
            Place::Open(place) => (self.candidates[place].estimate.n, events(&self.candidates[place])),
            Place::Closed(place) => (self.others[place].n, self.others[place].events),
        }
    }

    /// Ages come in the order of the releases. With all increments held, the same numbers of all releases move as one; with the others
    /// held, what came in after one release moves with all that is later.
    fn held(&self) -> Vec<Vec<usize>> {
        let n = self.candidates.len();
        let those = |is_held: &dyn Fn(&(usize, bool)) -> bool| -> Vec<usize> {
            self.after.iter().enumerate().filter(|(_, after)| is_held(after)).map(|(place, _)| n + place).collect()
        };
        let ages: BTreeSet<usize> = self.after.iter().filter(|(_, is_increment)| *is_increment).map(|(age, _)| *age).collect();
        let all = ages.first().map(|_| those(&|(_, is_increment)| *is_increment));
        let one = |age: &usize| those(&|(other, is_increment)| if *is_increment { other != age } else { *other != NOW && other <= age });
        all.into_iter().chain(ages.iter().map(one)).collect()
    }

    fn finish(self) -> Linked {
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

/// The age groups of a band; an age that is not known is of none.
fn groups_of(band: &str) -> Vec<String> {
    let groups: Vec<String> = AgeGroup::ALL.into_iter().filter(|group| group.band() == band).map(|group| group.code().to_owned()).collect();
    if groups.is_empty() { vec![band.to_owned()] } else { groups }
}

fn in_words(indicator: &str, group: &[(Dimension, String)]) -> String {
    let levels: Vec<String> = group.iter().map(|(dimension, level)| format!("{} {level}", dimension.name())).collect();
    if levels.is_empty() { format!("{indicator} of all") } else { format!("{indicator} of {}", levels.join(", ")) }
}
