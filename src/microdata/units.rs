//! Sampling units, stage by stage, read off a request's columns.

use std::collections::HashMap;

use kish_analysis::design::{Fpc, Stage};

use super::Error;
use super::read::Data;
use super::request::{Design, FpcKind};

/// One stage's units, in order of appearance.
pub(super) struct Units {
    pub(super) of_row: Vec<u32>,
    pub(super) parent: Vec<u32>,
    pub(super) stratum: Vec<u32>,
    /// As given: a size or a fraction. Empty without.
    pub(super) fpc: Vec<f64>,
}

/// The units of one stage, read off its columns; `parent` is each row's unit of the stage above.
pub(super) fn units(data: &Data, request: &Design, stage: usize, id: &str, parent: &[u32]) -> Result<Units, Error> {
    let ids = if id == "row" { (0..data.n_rows as u32).collect() } else { codes(data, "design.ids", id)? };
    let strata = match request.strata.0.get(stage) {
        Some(name) => codes(data, "design.strata", name)?,
        None => vec![0; data.n_rows],
    };
    let fpc = request.fpc.0.get(stage).map(|name| numbers(data, "design.fpc", name)).transpose()?;
    if stage == 0 && !request.nest {
        nested(data, id, &ids, request.strata.0.first(), &strata)?;
    }
    let mut places = HashMap::new();
    let mut units = Units { of_row: Vec::with_capacity(data.n_rows), parent: Vec::new(), stratum: Vec::new(), fpc: Vec::new() };
    let mut last = None;
    for row in 0..data.n_rows {
        let next = units.parent.len() as u32;
        let key = (parent[row], strata[row], ids[row]);
        // Rows of a unit mostly follow each other.
        let unit = match last {
            Some((same, unit)) if same == key => unit,
            _ => *places.entry(key).or_insert(next),
        };
        last = Some((key, unit));
        if unit == next {
            units.parent.push(parent[row]);
            units.stratum.push(strata[row]);
            units.fpc.extend(fpc.as_ref().map(|fpc| fpc[row]));
        }
        units.of_row.push(unit);
    }
    populations(data, request, stage, &units)?;
    Ok(units)
}

/// Without `nest`, a unit's name stands for one unit, so it lies in one stratum.
fn nested(data: &Data, id: &str, ids: &[u32], stratum: Option<&String>, strata: &[u32]) -> Result<(), Error> {
    let mut home = HashMap::new();
    let stray = ids.iter().zip(strata).find(|(unit, stratum)| *home.entry(**unit).or_insert(**stratum) != **stratum);
    let Some((unit, second)) = stray else { return Ok(()) };
    let stratum = stratum.map_or("", String::as_str);
    let [unit_name, first, second] =
        [(id, *unit), (stratum, home[unit]), (stratum, *second)].map(|(column, code)| level(data, column, code));
    let advice = "if numbers start anew in every stratum, set nest to true";
    Err(Error::field("design.nest", format!("{id} {unit_name} lies in {stratum} {first} and in {second}; {advice}")))
}

/// One stratum has one population, as large as its sample at least.
fn populations(data: &Data, request: &Design, stage: usize, units: &Units) -> Result<(), Error> {
    let Some(column) = request.fpc.0.get(stage) else { return Ok(()) };
    let name = |stratum: u32| match request.strata.0.get(stage) {
        Some(column) => format!("in {column} {}", level(data, column, stratum)),
        None => "in the sample".to_owned(),
    };
    let fault = |unit: usize, reason: String| Err(Error::field("design.fpc", format!("{column}, {}: {reason}", name(units.stratum[unit]))));
    let mut sampled: HashMap<(u32, u32), (f64, f64)> = HashMap::new();
    for (unit, fpc) in units.fpc.iter().enumerate() {
        let (first, sampled) = sampled.entry((units.parent[unit], units.stratum[unit])).or_insert((*fpc, 0.0));
        *sampled += 1.0;
        if (*first - fpc).abs() > 1e-9 * first.abs() {
            return fault(unit, format!("both {first} and {fpc}, where one stratum has one"));
        }
    }
    for (unit, fpc) in units.fpc.iter().enumerate() {
        let (_, sampled) = sampled[&(units.parent[unit], units.stratum[unit])];
        if request.fpc_kind == FpcKind::Popsize && *fpc < sampled * (1.0 - 1e-9) {
            return fault(unit, format!("a population of {fpc} cannot have {sampled} units in the sample"));
        }
    }
    Ok(())
}

/// What the data calls a level.
fn level(data: &Data, column: &str, code: u32) -> String {
    data.column(column).and_then(|column| column.levels().0.get(code as usize).cloned()).unwrap_or_else(|| code.to_string())
}

pub(super) fn described(units: &Units, kind: FpcKind) -> Stage<'_> {
    let fpc = match kind {
        _ if units.fpc.is_empty() => Fpc::None,
        FpcKind::Popsize => Fpc::PopulationSize(&units.fpc),
        FpcKind::Fraction => Fpc::Fraction(&units.fpc),
    };
    Stage { parent: &units.parent, stratum: &units.stratum, fpc }
}

/// Codes of a design column, none of them missing.
fn codes(data: &Data, field: &str, name: &str) -> Result<Vec<u32>, Error> {
    let (_, codes) = data.named(field, name)?.levels();
    let missing = || codes.iter().position(Option::is_none).map_or(0, |row| row + 1);
    codes
        .iter()
        .copied()
        .collect::<Option<_>>()
        .ok_or_else(|| Error::field(field, format!("column `{name}` is empty in row {}", missing())))
}

/// Numbers of a design column, none of them missing.
pub(super) fn numbers(data: &Data, field: &str, name: &str) -> Result<Vec<f64>, Error> {
    let numbers = data.numbers(field, name)?;
    match numbers.iter().position(|y| y.is_nan()) {
        Some(row) => Err(Error::field(field, format!("column `{name}` is empty in row {}", row + 1))),
        None => Ok(numbers),
    }
}
