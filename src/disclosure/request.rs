//! The request's shape: dimensions with their trees, measures, tables, what was released before.

use serde::{Deserialize, Deserializer};

use super::Error;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    pub(super) dimensions: Vec<Dimension>,
    pub(super) measures: Vec<Measure>,
    pub(super) tables: Vec<Table>,
    /// Releases from the same or from fewer interviews, the oldest first.
    #[serde(default)]
    pub(super) released: Vec<Earlier>,
    #[serde(default)]
    pub(super) thresholds: Thresholds,
    #[serde(default = "five")]
    pub(super) protection: u64,
    #[serde(default = "sixty")]
    pub(super) seconds: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Earlier {
    pub(super) tables: Vec<Table>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Dimension {
    pub(super) id: String,
    pub(super) codes: Vec<Code>,
    /// Places of the children of each code.
    #[serde(skip)]
    pub(super) children: Vec<Vec<usize>>,
    /// Place of the code without a parent: the total.
    #[serde(skip)]
    pub(super) total: usize,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Code {
    pub(super) code: String,
    pub(super) parent: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Measure {
    pub(super) id: String,
    #[serde(default)]
    pub(super) kind: Kind,
    /// Measures with the same base have the same cases in every cell.
    pub(super) base: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    #[default]
    Proportion,
    Count,
    /// Of a number that is no yes or no: only its cases are counted.
    Mean,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    pub(super) id: String,
    pub(super) by: Vec<String>,
    pub(super) measures: Vec<String>,
    pub(super) cells: Vec<Cell>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cell {
    #[serde(default)]
    pub(super) at: std::collections::BTreeMap<String, String>,
    pub(super) measure: String,
    #[serde(deserialize_with = "count")]
    pub(super) n: u64,
    #[serde(default, deserialize_with = "some_count")]
    pub(super) events: Option<u64>,
    #[serde(default, deserialize_with = "some_count")]
    pub(super) psus: Option<u64>,
    #[serde(default = "yes")]
    pub(super) reliable: bool,
    pub(super) cost: Option<f64>,
    pub(super) weighted_n: Option<f64>,
    /// What is printed where the cell is shown.
    pub(super) value: Option<f64>,
    /// Of a cell released before.
    pub(super) status: Option<Status>,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    Shown,
    Withheld,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Thresholds {
    pub(super) cases: u64,
    pub(super) events: u64,
    pub(super) psus: u64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { cases: 10, events: 5, psus: 2 }
    }
}

fn five() -> u64 {
    5
}

fn sixty() -> f64 {
    60.0
}

fn yes() -> bool {
    true
}

/// Beyond this a double no longer tells one person from two.
const LARGEST: f64 = 1e12;

fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    whole(f64::deserialize(deserializer)?)
}

fn some_count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    Option::<f64>::deserialize(deserializer)?.map(whole).transpose()
}

fn whole<E: serde::de::Error>(number: f64) -> Result<u64, E> {
    if number < 0.0 || number.fract() != 0.0 || number > LARGEST {
        return Err(E::custom(format!("{number} is no count: give the unweighted number of people, 0 or more")));
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole, not negative and small, as checked above")]
    Ok(number as u64)
}

impl Request {
    pub(super) fn read(text: &[u8]) -> Result<Self, Error> {
        let mut reader = serde_json::Deserializer::from_slice(text);
        let mut request: Self = Self::deserialize(&mut reader).map_err(|fault| Error::at("request", fault.to_string()))?;
        reader.end().map_err(|fault| Error::at("request", fault.to_string()))?;
        for (place, dimension) in request.dimensions.iter_mut().enumerate() {
            dimension.plant(&format!("dimensions[{place}] (`{}`)", dimension.id))?;
        }
        once("dimensions", request.dimensions.iter().map(|dimension| &dimension.id))?;
        once("measures", request.measures.iter().map(|measure| &measure.id))?;
        once("tables", request.tables.iter().map(|table| &table.id))?;
        if request.protection == 0 || !(request.seconds > 0.0 && request.seconds <= 86_400.0) {
            return Err(Error::at("protection, seconds", "protection is 1 or more, seconds more than 0 and at most a day (86400)"));
        }
        Ok(request)
    }
}

fn once<'a>(place: &str, ids: impl Iterator<Item = &'a String>) -> Result<(), Error> {
    let mut seen = std::collections::BTreeSet::new();
    for id in ids {
        if !seen.insert(id) {
            return Err(Error::at(place, format!("`{id}` stands there twice; give each its own name")));
        }
    }
    Ok(())
}

impl Dimension {
    /// Find the total and the children of each code, or what is wrong with the tree.
    fn plant(&mut self, place: &str) -> Result<(), Error> {
        once(place, self.codes.iter().map(|code| &code.code))?;
        self.children = vec![Vec::new(); self.codes.len()];
        let mut totals = Vec::new();
        for (at, code) in self.codes.iter().enumerate() {
            let Some(parent) = &code.parent else {
                totals.push(at);
                continue;
            };
            let Some(parent_at) = self.place(parent) else {
                let reason = format!("the parent `{parent}` of `{}` is no code of it: add it, or name the parent that there is", code.code);
                return Err(Error::at(place, reason));
            };
            self.children[parent_at].push(at);
        }
        let [total] = totals[..] else {
            let reason = format!("{} codes have no parent; one and only one is the total, to which all others belong", totals.len());
            return Err(Error::at(place, reason));
        };
        self.total = total;
        self.reach_all(place)
    }

    /// A code that no way leads to from the total is among its own parents.
    fn reach_all(&self, place: &str) -> Result<(), Error> {
        let (mut reached, mut next) = (vec![false; self.codes.len()], vec![self.total]);
        while let Some(at) = next.pop() {
            reached[at] = true;
            next.extend(&self.children[at]);
        }
        match reached.iter().position(|reached| !reached) {
            Some(at) => Err(Error::at(place, format!("`{}` is its own parent's parent: mend the tree", self.codes[at].code))),
            None => Ok(()),
        }
    }

    pub(super) fn place(&self, code: &str) -> Option<usize> {
        self.codes.iter().position(|known| known.code == code)
    }
}
