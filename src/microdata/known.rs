//! Calibration and standardisation: the request's population figures, matched to the rows of the data.

use kish_analysis::weighting::{self, Calibration, Distance, Known, Margin, Unmet};
use serde_json::{Map, Value};

use super::Error;
use super::read::Data;
use super::request;

const FIELD: &str = "design.calibration";

/// What a request knows of the population, matched to the rows; `units` are each stage's, by row.
pub(super) fn known(data: &Data, request: &request::Calibration, units: &[&[u32]]) -> Result<Known, Error> {
    use request::Calibration as Asked;
    Ok(match request {
        Asked::Poststratify { vars, population } => {
            let given = |name: &String| population.iter().all(|group| group.contains_key(name));
            if !vars.0.iter().all(given) {
                return Err(Error::field("design.calibration.population", "every group names a level of every variable of vars"));
            }
            Known::Poststratify(margin(data, population)?)
        }
        Asked::Rake { margins, epsilon } => {
            let margins: Result<_, _> = margins.iter().map(|population| margin(data, population)).collect();
            Known::Rake { margins: margins?, epsilon: epsilon.unwrap_or(1e-10) }
        }
        Asked::Linear(model) => model_of(data, model, Distance::Linear, units)?,
        Asked::Raking(model) => model_of(data, model, Distance::Raking, units)?,
        Asked::Logit(model) => model_of(data, model, Distance::Logit, units)?,
    })
}

/// Adjusted weights; totals that cannot be met are named.
pub(super) fn apply(known: &Known, request: &request::Calibration, weight: &[f64]) -> Result<Vec<f64>, Error> {
    let found = known.adjust(weight).map_err(|error| Error::field(FIELD, error.to_string()))?;
    match found.diagnostics.unmet.first() {
        Some(Unmet { margin, group, wanted, found }) => {
            let reason = format!("{}: the weights can be brought to {found}, not to {wanted}", name(request, *margin, *group));
            Err(Error::field(FIELD, reason))
        }
        None => Ok(found.weights),
    }
}

/// A total by the words of the request.
fn name(request: &request::Calibration, margin: usize, group: usize) -> String {
    use request::Calibration as Asked;
    let levels = |group: &Map<String, Value>| {
        let pairs = group.iter().filter(|(name, _)| *name != "total");
        pairs.map(|(name, level)| format!("{name}={}", level.as_str().map_or_else(|| level.to_string(), str::to_owned))).collect()
    };
    let parts: Vec<String> = match request {
        Asked::Poststratify { population, .. } => levels(&population[group]),
        Asked::Rake { margins, .. } => levels(&margins[margin][group]),
        Asked::Linear(model) | Asked::Raking(model) | Asked::Logit(model) => model.totals.keys().nth(group).cloned().into_iter().collect(),
    };
    parts.join(";")
}

/// Standardised weights, the weights before (0 for rows left out) and the variables now known.
pub(super) struct Standardized {
    pub(super) before: Vec<f64>,
    pub(super) weight: Vec<f64>,
    pub(super) x: Vec<Vec<f64>>,
}

/// `asked` are the rows some estimate is about: a level that none of them has needs no population figure, and its rows
/// are left out.
pub(super) fn standardize(data: &Data, weight: &[f64], asked: &[bool], request: &request::Standardize) -> Result<Standardized, Error> {
    let at = |field: &str| format!("design.standardize.{field}");
    let (levels, all) = codes(data, &at("by"), &request.by)?;
    let mut occurs = vec![levels == request.population.len(); levels];
    all.iter().zip(asked).filter(|(_, asked)| **asked).for_each(|(code, _)| occurs[*code as usize] = true);
    let used: Vec<u32> = (0..levels as u32).filter(|level| occurs[*level as usize]).collect();
    if used.len() != request.population.len() {
        return Err(Error::field(&at("population"), format!("{} has {} levels", request.by, used.len())));
    }
    let place = |code: &u32| used.binary_search(code).ok().map(|place| place as u32);
    let group: Vec<Option<u32>> = all.iter().map(place).collect();
    let mut present: Vec<bool> = group.iter().map(Option::is_some).collect();
    let group = group.into_iter().map(|place| place.unwrap_or(0)).collect();
    let mut domain = vec![0; data.n_rows];
    for name in &request.over.0 {
        let (levels, codes) = codes(data, &at("over"), name)?;
        domain.iter_mut().zip(codes).for_each(|(domain, code)| *domain = *domain * levels as u32 + code);
    }
    if let Some(name) = &request.excluding_missing {
        let (_, codes) = data.named(&at("excluding_missing"), name)?.levels();
        present.iter_mut().zip(codes).for_each(|(present, code)| *present = *present && code.is_some());
    }
    let standard = Margin { group_of_row: group, totals: request.population.clone() };
    let found = weighting::standardize(weight, &domain, &standard, &present);
    let (weight_after, margin) = found.map_err(|error| Error::field("design.standardize", error.to_string()))?;
    let before = weight.iter().zip(&present).map(|(w, present)| if *present { *w } else { 0.0 }).collect();
    Ok(Standardized { before, weight: weight_after, x: weighting::dummies(&[margin]) })
}

/// Levels and codes of a column without missing values.
fn codes(data: &Data, field: &str, name: &str) -> Result<(usize, Vec<u32>), Error> {
    let (levels, codes) = data.named(field, name)?.levels();
    let codes: Option<Vec<u32>> = codes.into_iter().collect();
    Ok((levels.len(), codes.ok_or_else(|| Error::field(field, format!("column `{name}` has empty fields")))?))
}

/// Groups of people as `{"stype": "E", "total": 4421}`, and each row's group.
fn margin(data: &Data, population: &[Map<String, Value>]) -> Result<Margin, Error> {
    let field = "design.calibration.population";
    let mut group_of_row = vec![None; data.n_rows];
    let mut totals = Vec::new();
    for (place, group) in population.iter().enumerate() {
        let total = group.get("total").and_then(Value::as_f64);
        totals.push(total.ok_or_else(|| Error::field(field, format!("group {place} has no number named total")))?);
        let mut inside = vec![true; data.n_rows];
        for (name, level) in group.iter().filter(|(name, _)| *name != "total") {
            let label = level.as_str().map_or_else(|| level.to_string(), str::to_owned);
            let (levels, codes) = data.named(field, name)?.levels();
            let wanted = levels.iter().position(|level| *level == label).map(|code| code as u32);
            inside.iter_mut().zip(codes).for_each(|(inside, code)| *inside = *inside && code.is_some() && code == wanted);
        }
        group_of_row.iter_mut().zip(inside).filter(|(_, inside)| *inside).for_each(|(group, _)| *group = Some(place as u32));
    }
    let stray = group_of_row.iter().position(Option::is_none);
    if let Some(row) = stray {
        return Err(Error::field(field, format!("row {} belongs to no group of the population", row + 1)));
    }
    Ok(Margin { group_of_row: group_of_row.into_iter().flatten().collect(), totals })
}

/// One calibration variable for every total given.
fn model_of(data: &Data, model: &request::Model, distance: Distance, units: &[&[u32]]) -> Result<Known, Error> {
    let field = "design.calibration.totals";
    let mut x = vec![Vec::new(); data.n_rows];
    for name in model.totals.keys() {
        let values = match name.split_once('=') {
            _ if name == "(Intercept)" => vec![1.0; data.n_rows],
            Some((column, level)) if model.factors.0.iter().any(|factor| factor == column) => indicator(data, field, column, level)?,
            _ => data.numbers(field, name)?,
        };
        if let Some(row) = values.iter().position(|x| x.is_nan()) {
            return Err(Error::field(field, format!("`{name}` is missing in row {}", row + 1)));
        }
        x.iter_mut().zip(values).for_each(|(x, value)| x.push(value));
    }
    let named = |term: &&String| model.totals.keys().any(|key| key == *term || key.starts_with(&format!("{term}=")));
    if let Some(term) = model.terms.0.iter().find(|term| !named(term)) {
        return Err(Error::field(field, format!("no total for the term `{term}`")));
    }
    let bounds = model.bounds.map(|[low, high]| (low, high));
    let calibration = Calibration { x, totals: model.totals.values().copied().collect(), distance, bounds, epsilon: 1e-11 };
    let Some(stage) = model.aggregate_stage else {
        return Ok(Known::Calibrate(calibration));
    };
    let reason = || Error::field("design.calibration.aggregate_stage", format!("the design has the stages 1 to {}", units.len()));
    let cluster_of_row = units.get(stage.wrapping_sub(1)).ok_or_else(reason)?.to_vec();
    Ok(Known::CalibrateClusters { calibration, cluster_of_row })
}

fn indicator(data: &Data, field: &str, column: &str, level: &str) -> Result<Vec<f64>, Error> {
    let (levels, codes) = data.named(field, column)?.levels();
    let wanted = levels.iter().position(|known| known == level).map(|code| code as u32);
    let wanted = wanted.ok_or_else(|| Error::field(field, format!("column `{column}` has no level `{level}`")))?;
    let value = |code: Option<u32>| code.map_or(f64::NAN, |code| f64::from(u8::from(code == wanted)));
    Ok(codes.into_iter().map(value).collect())
}
