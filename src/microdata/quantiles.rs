//! Quantiles with Woodruff's intervals, by domain.

use kish_analysis::columns::Columns;
use kish_analysis::estimate::{DfRule, Domain, Measure};
use kish_analysis::interval::{Interval, Method, Proportion};
use kish_analysis::quantile::{Ordered, Rule};
use kish_analysis::special::t_quantile;

use super::Error;
use super::groups::Groups;
use super::output::Row;
use super::read::Data;
use super::request::Estimate;
use super::sample::Sample;
use super::table::Table;
use super::variables::{Variable, expand};

/// How the interval of the share below a quantile is made; `None` = from the replicates' own quantiles.
fn interval(request: &Estimate, sample: &Sample) -> Result<Option<Method>, Error> {
    match request.interval.as_deref().unwrap_or("mean") {
        "mean" => Ok(Some(Method::Mean)),
        "beta" => Ok(Some(Method::Beta)),
        "xlogit" => Ok(Some(Method::Xlogit)),
        "asin" => Ok(Some(Method::Asin)),
        "quantile" if sample.replicates.is_some() => Ok(None),
        "quantile" => Err(Error::field("interval", "`quantile` is for designs with replicate weights")),
        other => Err(Error::field("interval", format!("`{other}` is not one of mean, beta, xlogit, asin, quantile"))),
    }
}

struct Task<'a> {
    sample: &'a Sample,
    request: &'a Estimate,
    groups: Groups,
    variable: Variable,
    rule: Rule,
    interval: Option<Method>,
}

pub(super) fn answer(data: &Data, sample: &Sample, request: &Estimate) -> Result<Vec<Row>, Error> {
    let name = request.rule.as_deref().unwrap_or("math");
    let known = || Rule::ALL.map(|(name, _)| name).join(", ");
    let rule = Rule::named(name).ok_or_else(|| Error::field("rule", format!("`{name}` is not one of {}", known())))?;
    let groups = Groups::new(data, sample.design.weights(), request)?;
    let probabilities = request.p.as_ref().map_or(vec![0.5], |p| p.list().to_vec());
    let mut rows = Vec::new();
    for name in &request.var.0 {
        let mut found = expand(data, "var", name)?;
        let variable = found.pop().filter(|variable| found.is_empty() && !variable.values.is_empty());
        let variable = variable.ok_or_else(|| Error::field("var", format!("column `{name}` is not numeric")))?;
        let groups = Groups { of_row: groups.of_row.clone(), names: groups.names.clone() };
        let task = Task { sample, request, groups, variable, rule, interval: interval(request, sample)? };
        for group in 0..task.groups.names.len() as u32 {
            for p in &probabilities {
                rows.push(task.row(group, *p)?);
            }
        }
    }
    Ok(rows)
}

impl Task<'_> {
    /// The group's values in order, under some weights.
    fn ordered(&self, group: u32, weight: &[f64]) -> Ordered {
        let rows = self.variable.values.iter().zip(weight).zip(&self.groups.of_row);
        Ordered::new(rows.filter(|(_, of_row)| **of_row == group).map(|((y, w), _)| (*y, *w)), self.rule)
    }

    fn row(&self, group: u32, p: f64) -> Result<Row, Error> {
        let weight = self.sample.design.weights();
        let inside = |row: usize| self.groups.of_row[row] == group;
        let missing = (0..weight.len()).filter(|row| inside(*row) && self.variable.values[*row].is_nan()).count();
        let term = if self.request.var.0.len() > 1 { format!("{}:{p}", self.variable.term) } else { p.to_string() };
        let mut row = Row {
            id: self.request.id.clone(),
            term,
            group: self.groups.names[group as usize].clone(),
            level: Some(self.request.level),
            df_full: Some(self.sample.df_full),
            n: Some((0..weight.len()).filter(|row| inside(*row) && weight[*row] != 0.0).count() as f64),
            ..Row::default()
        };
        if missing > 0 {
            let advice = if self.request.na_rm { "left out" } else { "; set na_rm to leave them out of the domain" };
            row.note = format!("{missing} rows with a missing value {advice}");
        }
        let ordered = self.ordered(group, weight);
        let quantile = if missing > 0 && !self.request.na_rm { f64::NAN } else { ordered.quantile(p) };
        row.estimate = Some(quantile);
        if quantile.is_nan() {
            return Ok(row);
        }
        self.spread(&mut row, &ordered, group, p)?;
        Ok(row)
    }

    /// Standard error and interval.
    fn spread(&self, row: &mut Row, ordered: &Ordered, group: u32, p: f64) -> Result<(), Error> {
        let quantile = row.estimate.unwrap_or(f64::NAN);
        let mut columns = Columns::new(self.variable.values.len());
        let below = self.variable.values.iter().map(|y| if y.is_nan() { None } else { Some(*y <= quantile) });
        let below = columns.indicator(below).map_err(super::table::fault)?;
        let table = Table::new(self.sample, &columns, &self.groups.of_row, self.groups.names.len())?;
        let share = table.estimate_one(&Domain::cell(group), &[Measure::Mean(below)])?[0];
        let df = self.sample.df(share.df(DfRule::Domain), |row| self.groups.of_row[row] == group);
        row.df = Some(df);
        // R drops missing rows before it counts degrees of freedom here.
        let inside = |row: usize| self.groups.of_row[row] == group && !self.variable.values[row].is_nan();
        let df = self.sample.df(share.df(DfRule::Observed), inside);
        let t = t_quantile(1.0 - (1.0 - self.request.level) / 2.0, df);
        if let Some(method) = self.interval {
            let observed = self.variable.values.iter().zip(&self.groups.of_row).filter(|(y, of_row)| **of_row == group && !y.is_nan());
            let proportion = Proportion { p: share.estimate, se: share.se, df, n: observed.count() as f64 };
            let Interval { lower, upper } = proportion.interval(method, self.request.level);
            let (lower, upper) = (ordered.quantile(lower), ordered.quantile(upper));
            (row.ci_l, row.ci_u, row.se) = (Some(lower), Some(upper), Some((upper - lower) / (2.0 * t)));
        } else if let Some(sets) = &self.sample.replicates {
            let thetas: Vec<Vec<f64>> = sets.sets().map(|set| vec![self.ordered(group, &set).quantile(p)]).collect();
            let se = sets.covariance(&[quantile], &thetas)[0][0].sqrt();
            (row.ci_l, row.ci_u, row.se) = (Some(quantile - t * se), Some(quantile + t * se), Some(se));
        }
        Ok(())
    }
}
