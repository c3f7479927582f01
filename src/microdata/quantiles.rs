//! Quantiles with Woodruff's intervals, by domain.

use kish_analysis::columns::Columns;
use kish_analysis::estimate::{DfRule, Domain, Estimate as Found, Measure};
use kish_analysis::interval::{Interval, Method, Proportion};
use kish_analysis::quantile::{Ordered, Rule, score_interval};
use kish_analysis::special::t_quantile;

use super::Error;
use super::groups::Groups;
use super::output::Row;
use super::read::Data;
use super::request::Estimate;
use super::sample::Sample;
use super::table::{Table, fault};
use super::variables::{Variable, expand};

/// How an interval is made.
#[derive(Clone, Copy)]
enum Limits {
    /// From the interval of the share below the quantile.
    Woodruff(Method),
    /// From the values a test does not reject.
    Score,
    /// From the replicates' own quantiles.
    Replicates,
}

fn limits(request: &Estimate, sample: &Sample) -> Result<Limits, Error> {
    match request.interval.as_deref().unwrap_or("mean") {
        "mean" => Ok(Limits::Woodruff(Method::Mean)),
        "beta" => Ok(Limits::Woodruff(Method::Beta)),
        "xlogit" => Ok(Limits::Woodruff(Method::Xlogit)),
        "asin" => Ok(Limits::Woodruff(Method::Asin)),
        "score" => Ok(Limits::Score),
        "quantile" if sample.replicates.is_some() => Ok(Limits::Replicates),
        "quantile" => Err(Error::field("interval", "`quantile` is for designs with replicate weights")),
        other => Err(Error::field("interval", format!("`{other}` is not one of mean, beta, xlogit, asin, score, quantile"))),
    }
}

struct Task<'a> {
    sample: &'a Sample,
    request: &'a Estimate,
    groups: Groups,
    variable: Variable<'a>,
    rule: Rule,
    limits: Limits,
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
        let task = Task { sample, request, groups, variable, rule, limits: limits(request, sample)? };
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
        Ordered::new(rows.filter(|(_, of_row)| **of_row == group).map(|((y, w), _)| (y, *w)), self.rule)
    }

    fn row(&self, group: u32, p: f64) -> Result<Row, Error> {
        let weight = self.sample.design.weights();
        let inside = |row: usize| self.groups.of_row[row] == group;
        let missing = (0..weight.len()).filter(|row| inside(*row) && self.variable.values.is_missing(*row)).count();
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
        let share = self.share_below(group, quantile)?;
        let df = self.sample.df(share.df(DfRule::Domain), |row| self.groups.of_row[row] == group);
        row.df = Some(df);
        // R drops missing rows before it counts degrees of freedom here.
        let inside = |row: usize| self.groups.of_row[row] == group && !self.variable.values.is_missing(row);
        let df = self.sample.df(share.df(DfRule::Observed), inside);
        let t = t_quantile(1.0 - (1.0 - self.request.level) / 2.0, df);
        let interval = match (self.limits, &self.sample.replicates) {
            (Limits::Replicates, Some(sets)) => {
                let thetas: Vec<Vec<f64>> = sets.sets().map(|set| vec![self.ordered(group, &set).quantile(p)]).collect();
                let se = sets.covariance(&[quantile], &thetas)[0][0].sqrt();
                Interval { lower: quantile - t * se, upper: quantile + t * se }
            }
            (Limits::Woodruff(method), _) => {
                let observed = (0..self.groups.of_row.len()).filter(|row| inside(*row)).count();
                let proportion = Proportion { p: share.estimate, se: share.se, df, n: observed as f64 };
                let Interval { lower, upper } = proportion.interval(method, self.request.level);
                Interval { lower: ordered.quantile(lower), upper: ordered.quantile(upper) }
            }
            (Limits::Score | Limits::Replicates, _) => score_interval(ordered, t, |value| self.score(group, value, p)).map_err(fault)?,
        };
        (row.ci_l, row.ci_u, row.se) = (Some(interval.lower), Some(interval.upper), Some(interval.width() / (2.0 * t)));
        Ok(())
    }

    /// How many standard errors the share above a value is over `1 - p`.
    fn score(&self, group: u32, value: f64, p: f64) -> Result<f64, kish_analysis::Error> {
        let below = self.share_below(group, value).map_err(|error| kish_analysis::Error::Unsolvable(error.to_string()))?;
        Ok((p - below.estimate) / below.se)
    }

    /// The share of a group at or below a value.
    fn share_below(&self, group: u32, value: f64) -> Result<Found, Error> {
        let mut columns = Columns::new(self.variable.values.len());
        let below = self.variable.values.iter().map(|y| if y.is_nan() { None } else { Some(y <= value) });
        let below = columns.indicator(below).map_err(fault)?;
        let table = Table::new(self.sample, &columns, &self.groups.of_row, self.groups.names.len())?;
        Ok(table.estimate_one(&Domain::cell(group), &[Measure::Mean(below)])?[0])
    }
}
