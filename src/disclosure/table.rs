//! The cells of a table as given: each at its place, none twice, none missing, every total the sum of its parts.

use std::collections::BTreeMap;

use super::Error;
use super::request::{Cell, Dimension, Kind, Request, Table};

/// A code of every dimension, by its place there (the total's where a table does not cross the dimension), and a measure.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) codes: Vec<usize>,
    pub(super) measure: usize,
}

/// A cell, and where in the request it was given.
#[derive(Debug, Clone)]
pub(super) struct Given {
    pub(super) cell: Cell,
    pub(super) at: String,
}

impl Given {
    pub(super) fn events(&self) -> u64 {
        self.cell.events.unwrap_or(0)
    }

    pub(super) fn has_counts_of(&self, other: &Given) -> bool {
        (self.cell.n, self.events()) == (other.cell.n, other.events())
    }
}

pub(super) type Cells = BTreeMap<Place, Given>;

/// The places of a table in the order of the codes of its dimensions.
pub(super) fn places(request: &Request, table: &Table, at: &str) -> Result<Vec<Place>, Error> {
    let mut all = vec![request.dimensions.iter().map(|dimension| dimension.total).collect::<Vec<usize>>()];
    for name in &table.by {
        let Some(which) = request.dimensions.iter().position(|dimension| dimension.id == *name) else {
            return Err(Error::at(
                format!("{at}.by"),
                format!("`{name}` is no dimension; {}", known(request.dimensions.iter().map(|d| &d.id))),
            ));
        };
        let with = |key: &Vec<usize>, code: usize| [&key[..which], &[code], &key[which + 1..]].concat();
        all = all.iter().flat_map(|key| (0..request.dimensions[which].codes.len()).map(move |code| with(key, code))).collect();
    }
    let mut found = Vec::new();
    for name in &table.measures {
        let measure = measure(request, name, &format!("{at}.measures"))?;
        found.extend(all.iter().map(|codes| Place { codes: codes.clone(), measure }));
    }
    Ok(found)
}

fn measure(request: &Request, name: &str, at: &str) -> Result<usize, Error> {
    let found = request.measures.iter().position(|measure| measure.id == name);
    found.ok_or_else(|| Error::at(at, format!("`{name}` is no measure; {}", known(request.measures.iter().map(|m| &m.id)))))
}

fn known<'a>(names: impl Iterator<Item = &'a String>) -> String {
    format!("known are {}", names.map(String::as_str).collect::<Vec<_>>().join(", "))
}

/// All cells of the tables of one release.
pub(super) fn read(request: &Request, tables: &[Table], at: &str) -> Result<Cells, Error> {
    let mut cells = Cells::new();
    for (place, table) in tables.iter().enumerate() {
        let at = format!("{at}[{place}]");
        for (place, given) in read_one(request, table, &at)? {
            match cells.get(&place) {
                Some(other) if !other.has_counts_of(&given) => {
                    let reason = format!("not the counts of the same cell at {}: a number in two tables is one number", other.at);
                    return Err(Error::at(given.at, reason));
                }
                _ => cells.insert(place, given),
            };
        }
    }
    Ok(cells)
}

fn read_one(request: &Request, table: &Table, at: &str) -> Result<Cells, Error> {
    let places = places(request, table, at)?;
    let mut cells = Cells::new();
    for (number, cell) in table.cells.iter().enumerate() {
        let at = format!("{at}.cells[{number}]");
        let place = locate(request, table, cell, &at)?;
        check(&request.measures[place.measure].kind, cell, &at)?;
        if let Some(other) = cells.insert(place, Given { cell: cell.clone(), at: at.clone() }) {
            return Err(Error::at(at, format!("the same cell as {}; leave one of them out", other.at)));
        }
    }
    if let Some(missing) = places.iter().find(|place| !cells.contains_key(place)) {
        let reason = format!("no cell for {}; if nobody is in it, give it with n 0", named(request, missing));
        return Err(Error::at(at, reason));
    }
    Ok(cells)
}

fn locate(request: &Request, table: &Table, cell: &Cell, at: &str) -> Result<Place, Error> {
    let measure = measure(request, &cell.measure, &format!("{at}.measure"))?;
    if !table.measures.contains(&cell.measure) {
        return Err(Error::at(format!("{at}.measure"), format!("`{}` is not among the measures of this table", cell.measure)));
    }
    if let Some(name) = cell.at.keys().find(|name| !table.by.contains(name)) {
        return Err(Error::at(format!("{at}.at"), format!("`{name}` is not among the dimensions of this table")));
    }
    let code = |dimension: &Dimension| {
        if !table.by.contains(&dimension.id) {
            return Ok(dimension.total);
        }
        let at = format!("{at}.at.{}", dimension.id);
        let code = cell.at.get(&dimension.id).ok_or_else(|| Error::at(&at, "missing: say which code, that of the total for a total"))?;
        dimension
            .place(code)
            .ok_or_else(|| Error::at(at, format!("`{code}` is no code of {}; add it there, or mend it here", dimension.id)))
    };
    Ok(Place { codes: request.dimensions.iter().map(code).collect::<Result<_, _>>()?, measure })
}

fn check(kind: &Kind, cell: &Cell, at: &str) -> Result<(), Error> {
    match (kind, cell.events) {
        (Kind::Mean, Some(_)) => return Err(Error::at(format!("{at}.events"), "a mean has none; leave it out")),
        (Kind::Proportion | Kind::Count, None) => return Err(Error::at(format!("{at}.events"), "missing: give the unweighted number")),
        (_, Some(events)) if events > cell.n => {
            return Err(Error::at(format!("{at}.events"), format!("{events} of {} people: more events than cases", cell.n)));
        }
        _ => {}
    }
    let is_amount = |number: Option<f64>| number.is_none_or(|number| number.is_finite() && number >= 0.0);
    if !is_amount(cell.cost) || !is_amount(cell.weighted_n) {
        return Err(Error::at(at, "cost and weighted_n are not negative"));
    }
    Ok(())
}

/// The sums between cells: a code and its children, whatever the other dimensions are at.
pub(super) fn sums(request: &Request, cells: &Cells) -> Result<Vec<(Place, Vec<Place>)>, Error> {
    let mut sums = Vec::new();
    for (place, given) in cells {
        for (which, dimension) in request.dimensions.iter().enumerate() {
            let with = |code: usize| {
                let mut codes = place.codes.clone();
                codes[which] = code;
                Place { codes, measure: place.measure }
            };
            let parts: Vec<Place> = dimension.children[place.codes[which]].iter().map(|child| with(*child)).collect();
            if parts.is_empty() || !parts.iter().all(|part| cells.contains_key(part)) {
                continue;
            }
            let total = |count: fn(&Given) -> u64| parts.iter().map(|part| count(&cells[part])).sum::<u64>();
            agree(request, place, given, dimension, ("n", given.cell.n, total(|part| part.cell.n)))?;
            agree(request, place, given, dimension, ("events", given.events(), total(Given::events)))?;
            sums.push((place.clone(), parts));
        }
    }
    Ok(sums)
}

fn agree(request: &Request, place: &Place, given: &Given, dimension: &Dimension, counts: (&str, u64, u64)) -> Result<(), Error> {
    let (what, whole, sum) = counts;
    if whole == sum {
        return Ok(());
    }
    let reason = format!("{} has {what} {whole}, but its parts by {} add up to {sum}", named(request, place), dimension.id);
    Err(Error::at(&given.at, reason))
}

/// A place in words: `sex=F, region=N, any`.
pub(super) fn named(request: &Request, place: &Place) -> String {
    let code = |(dimension, code): (&Dimension, &usize)| format!("{}={}", dimension.id, dimension.codes[*code].code);
    let codes = request.dimensions.iter().zip(&place.codes).map(code);
    codes.chain([request.measures[place.measure].id.clone()]).collect::<Vec<_>>().join(", ")
}
