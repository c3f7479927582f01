//! A linear combination, a ratio, a log ratio, an odds ratio or a relative change of the estimates of another request, covariance included.

use kish_analysis::columns::Columns;
use kish_analysis::estimate::{DfRule, Domain, Measure};
use kish_analysis::interval;

use super::groups::Groups;
use super::output::Row;
use super::read::Data;
use super::request::{Estimate, Kind, Request, Stat};
use super::sample::Sample;
use super::table::{Table, fault};
use super::variables::Variable;
use super::{Error, means};

pub(super) fn answer(data: &Data, sample: &Sample, request: &Request, contrast: &Estimate) -> Result<Vec<Row>, Error> {
    let of = contrast.of.as_ref().ok_or_else(|| Error::field("of", "missing: the id of the estimates to combine"))?;
    let base = request.estimates.iter().find(|estimate| estimate.id == *of);
    let base = base.ok_or_else(|| Error::field("of", format!("no estimate has the id `{of}`")))?;
    if !matches!(base.stat, Stat::Mean | Stat::Total | Stat::Ratio | Stat::Proportion) {
        return Err(Error::field("of", "contrasts are of means, totals, ratios or proportions"));
    }
    let variables = means::variables(data, base)?;
    let groups = Groups::new(data, sample.design.weights(), base)?;
    let missing: Vec<bool> = (0..data.n_rows).map(|row| variables.iter().any(|variable| variable.values.is_missing(row))).collect();
    let dropped = (0..data.n_rows).filter(|row| missing[*row] && groups.of_row[*row] != kish_analysis::cells::NO_CELL).count();
    if dropped > 0 && !base.na_rm {
        return Err(Error::field("of", format!("{dropped} rows of `{of}` have a missing value; set its na_rm")));
    }
    let mut columns = Columns::new(data.n_rows);
    let add = |variable: &Variable<'_>| {
        let values = variable.values.iter().zip(&missing).map(|(y, missing)| if *missing { f64::NAN } else { y });
        columns.real(&values.collect::<Vec<_>>())
    };
    let places: Vec<_> = variables.iter().map(add).collect::<Result<_, _>>().map_err(fault)?;
    let table = Table::new(sample, &columns, &groups.of_row, groups.names.len())?;
    let measure = |variable: usize| match base.stat {
        Stat::Total => Measure::Total(places[variable]),
        Stat::Ratio => Measure::Ratio { numerator: places[0], denominator: places[1] },
        _ => Measure::Mean(places[variable]),
    };
    let mut asked = Vec::new();
    for key in contrast.weights.keys() {
        let (variable, group) = place(key, contrast, base, &variables, &groups)?;
        asked.push((Domain::cell(group), measure(variable)));
    }
    let joint = table.joint(&asked)?;
    let weights: Vec<f64> = contrast.weights.values().copied().collect();
    let (value, slopes) = combination(contrast.kind.unwrap_or(Kind::Linear), &weights, &joint.values);
    let kind = contrast.kind.unwrap_or(Kind::Linear);
    let (_, covariance) = joint.through(|thetas| vec![combination(kind, &weights, thetas).0], &[slopes]);
    let whole = table.estimate_one(&Domain::all(groups.names.len() as u32), &[measure(0)])?[0];
    let df = sample.df(whole.df(DfRule::Domain), |row| groups.of_row[row] != kish_analysis::cells::NO_CELL);
    let se = covariance[0][0].max(0.0).sqrt();
    let interval = interval::mean(value, se, df, contrast.level);
    let note = if dropped > 0 { format!("{dropped} rows with a missing value left out") } else { String::new() };
    Ok(vec![Row {
        id: contrast.id.clone(),
        term: "contrast".to_owned(),
        estimate: Some(value),
        se: Some(se),
        ci_l: Some(interval.lower),
        ci_u: Some(interval.upper),
        level: Some(contrast.level),
        df: Some(df),
        df_full: Some(sample.df_full),
        n: Some(whole.n_domain as f64),
        note,
        ..Row::default()
    }])
}

/// Which estimate a weight's key names: a group, a term, or `term|group`.
fn place(key: &str, contrast: &Estimate, base: &Estimate, variables: &[Variable<'_>], groups: &Groups) -> Result<(usize, u32), Error> {
    let (term, group) = match key.split_once('|') {
        Some((term, group)) => (Some(term), group),
        None if base.by.0.is_empty() => (Some(key), ""),
        None => (contrast.var.0.first().map(String::as_str), key),
    };
    let unknown = |what: &str| Error::field("weights", format!("`{key}`: the estimates of `{}` have no such {what}", base.id));
    let group = groups.names.iter().position(|name| name == group).ok_or_else(|| unknown("group"))?;
    let single = variables.len() == 1 || base.stat == Stat::Ratio;
    let term = match term {
        _ if single => Some(0),
        Some(term) => variables.iter().position(|variable| variable.term == term),
        None => return Err(Error::field("var", "several variables: name the one meant")),
    };
    Ok((term.ok_or_else(|| unknown("term"))?, group as u32))
}

/// Value and slopes. A ratio is the sum of the positively weighted over that of the negatively weighted; so is the ratio
/// of their odds `p / (1 - p)`, and the relative change, which is the ratio less 1.
fn combination(kind: Kind, weights: &[f64], thetas: &[f64]) -> (f64, Vec<f64>) {
    let part = |sign: f64| weights.iter().zip(thetas).filter(|(w, _)| **w * sign > 0.0).map(|(w, theta)| w.abs() * theta).sum::<f64>();
    let (above, below) = (part(1.0), part(-1.0));
    let slope = |on_above: f64, on_below: f64| weights.iter().map(|w| if *w > 0.0 { w * on_above } else { -w * on_below }).collect();
    match kind {
        Kind::Linear => (weights.iter().zip(thetas).map(|(w, theta)| w * theta).sum(), weights.to_vec()),
        Kind::Ratio => (above / below, slope(1.0 / below, -above / (below * below))),
        Kind::LogRatio => ((above / below).ln(), slope(1.0 / above, -1.0 / below)),
        Kind::RelativeChange => (above / below - 1.0, slope(1.0 / below, -above / (below * below))),
        Kind::OddsRatio => {
            let odds = |p: f64| p / (1.0 - p);
            let ratio = odds(above) / odds(below);
            (ratio, slope(ratio / (above * (1.0 - above)), -ratio / (below * (1.0 - below))))
        }
    }
}
