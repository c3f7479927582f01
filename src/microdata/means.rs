//! Means, totals, ratios, proportions and their reliability, by domain.

use kish_analysis::cells::NO_CELL;
use kish_analysis::columns::{Columns, MOST_VARIABLES};
use kish_analysis::estimate::{self, DfRule, Domain, Measure};
use kish_analysis::interval::{self, Interval, Method, Proportion};
use kish_analysis::reliability::{Facts, Outcome, Standard};

use super::Error;
use super::groups::Groups;
use super::output::Row;
use super::read::Data;
use super::request::{Ci, Deff, Estimate, Stat};
use super::sample::Sample;
use super::table::Table;
use super::variables::{Variable, expand, number, yes_no};

/// Everything one estimate needs, its missing rows settled.
struct Task<'a> {
    sample: &'a Sample,
    request: &'a Estimate,
    groups: Groups,
    /// Rows missing in any variable.
    missing: Vec<bool>,
    /// By group.
    dropped: Vec<usize>,
    variables: Vec<Variable<'a>>,
}

pub(super) fn answer(data: &Data, sample: &Sample, request: &Estimate) -> Result<Vec<Row>, Error> {
    let variables = variables(data, request)?;
    let mut missing = vec![false; data.n_rows];
    for variable in &variables {
        variable.values.mark_missing(&mut missing);
    }
    let groups = Groups::new(data, sample.design.weights(), request)?;
    let mut dropped = vec![0; groups.names.len()];
    for (group, _) in groups.of_row.iter().zip(&missing).filter(|(group, missing)| **missing && **group != NO_CELL) {
        dropped[*group as usize] += 1;
    }
    let task = Task { sample, request, groups, missing, dropped, variables };
    let by_variable = if request.stat == Stat::Ratio { vec![task.ratios()?] } else { task.singles()? };
    let mut rows = Vec::new();
    for group in 0..task.groups.names.len() {
        rows.extend(by_variable.iter().map(|found| found[group].clone()));
    }
    Ok(rows)
}

pub(super) fn variables<'d>(data: &'d Data, request: &Estimate) -> Result<Vec<Variable<'d>>, Error> {
    match request.stat {
        Stat::Ratio => Ok(vec![number(data, "num", request.num.as_ref())?, number(data, "den", request.den.as_ref())?]),
        Stat::Proportion | Stat::Reliability => match request.var.0.as_slice() {
            [name] => Ok(vec![yes_no(data, "var", name)?]),
            _ => Err(Error::field("var", "one variable")),
        },
        _ if request.var.0.is_empty() => Err(Error::field("var", "missing")),
        _ => {
            let found: Result<Vec<_>, _> = request.var.0.iter().map(|name| expand(data, "var", name)).collect();
            Ok(found?.into_iter().flatten().collect())
        }
    }
}

impl Task<'_> {
    /// One or more variables, each over every group: `[variable][group]`.
    fn singles(&self) -> Result<Vec<Vec<Row>>, Error> {
        let mut rows = Vec::new();
        for variables in self.variables.chunks(MOST_VARIABLES) {
            let total = self.request.stat == Stat::Total;
            let found = self.estimate(variables, |places| {
                places.iter().map(|place| if total { Measure::Total(*place) } else { Measure::Mean(*place) }).collect()
            })?;
            for (place, variable) in variables.iter().enumerate() {
                let one = |(group, found): (usize, &Vec<estimate::Estimate>)| self.row(&variable.term, group, &found[place]);
                rows.push(found.iter().enumerate().map(one).collect::<Result<_, _>>()?);
            }
        }
        Ok(rows)
    }

    /// One ratio over every group; its design effect is that of the total of its residual.
    fn ratios(&self) -> Result<Vec<Row>, Error> {
        let term = format!("{}/{}", self.variables[0].term, self.variables[1].term);
        let measures = |places: &[_]| {
            let ratio = Measure::Ratio { numerator: places[0], denominator: places[1] };
            vec![ratio, Measure::Total(places[1])]
        };
        let found = self.estimate(&self.variables, measures)?;
        let effects = self.residual(&found)?;
        let one = |(group, found): (usize, &Vec<estimate::Estimate>)| {
            let effect = &effects[group][0];
            self.row(&term, group, &estimate::Estimate { deff: effect.deff, deff_replace: effect.deff_replace, ..found[0] })
        };
        found.iter().enumerate().map(one).collect()
    }

    /// Total of `(y - R x) / X`, `R` and `X` those of the row's group.
    fn residual(&self, found: &[Vec<estimate::Estimate>]) -> Result<Vec<Vec<estimate::Estimate>>, Error> {
        let (y, x) = (&self.variables[0].values, &self.variables[1].values);
        let value = |(row, group): (usize, &u32)| match found.get(*group as usize) {
            Some(found) => (y.at(row) - found[0].estimate * x.at(row)) / found[1].estimate,
            None => f64::NAN,
        };
        let residual = Variable::number(String::new(), self.groups.of_row.iter().enumerate().map(value));
        self.estimate(&[residual], |places| vec![Measure::Total(places[0])])
    }

    /// Reduce the variables over the groups, and estimate: `[group][measure]`.
    fn estimate(
        &self,
        variables: &[Variable<'_>],
        measures: impl Fn(&[kish_analysis::columns::Variable]) -> Vec<Measure>,
    ) -> Result<Vec<Vec<estimate::Estimate>>, Error> {
        let fault = |error: kish_analysis::Error| Error::field("var", error.to_string());
        let mut columns = Columns::new(self.missing.len());
        let mut places = Vec::new();
        for variable in variables {
            let place = if variable.is_indicator {
                let missing = self.missing.iter().enumerate();
                columns.indicator(missing.map(|(row, missing)| if *missing { None } else { Some(variable.values.is_yes(row)) }))
            } else {
                let values = variable.values.iter().zip(&self.missing);
                columns.real(&values.map(|(y, missing)| if *missing { f64::NAN } else { y }).collect::<Vec<_>>())
            };
            places.push(place.map_err(fault)?);
        }
        let n_groups = self.groups.names.len();
        let table = Table::new(self.sample, &columns, &self.groups.of_row, n_groups)?;
        let measures = measures(&places);
        table.estimate(&(0..n_groups as u32).map(Domain::cell).collect::<Vec<_>>(), &measures)
    }

    fn row(&self, term: &str, group: usize, found: &estimate::Estimate) -> Result<Row, Error> {
        let dropped = self.dropped[group];
        let mut row = Row {
            id: self.request.id.clone(),
            term: term.to_owned(),
            group: self.groups.names[group].clone(),
            level: Some(self.request.level),
            df: Some(self.df(group, found)),
            df_full: Some(self.sample.df_full),
            n: Some(found.n_domain as f64),
            ..Row::default()
        };
        if dropped > 0 && !self.request.na_rm {
            row.note = format!("{dropped} rows with a missing value; set na_rm to leave them out of the domain");
            (row.estimate, row.se, row.ci_l, row.ci_u) = (Some(f64::NAN), Some(f64::NAN), Some(f64::NAN), Some(f64::NAN));
            return Ok(row);
        }
        if dropped > 0 {
            row.note = format!("{dropped} rows with a missing value left out");
        }
        (row.estimate, row.se) = (Some(found.estimate), Some(found.se));
        row.deff = self.request.deff.map(|kind| match kind {
            Deff::Srswor => found.deff,
            Deff::Replace => found.deff_replace,
        });
        self.judge(&mut row, group, found)?;
        Ok(row)
    }

    /// R's degrees of freedom: rows with the value missing count too.
    fn df(&self, group: usize, found: &estimate::Estimate) -> f64 {
        self.sample.df(found.df(DfRule::Domain), |row| self.groups.of_row[row] as usize == group)
    }

    /// Interval, effective size, and for `reliability` the standard's word.
    fn judge(&self, row: &mut Row, group: usize, found: &estimate::Estimate) -> Result<(), Error> {
        let level = self.request.level;
        let interval = match self.request.stat {
            Stat::Proportion => self.proportion(row, group, found, self.request.ci.unwrap_or(Ci::Logit)),
            Stat::Reliability => {
                row.term = "TRUE".to_owned();
                let interval = self.proportion(row, group, found, Ci::KornGraubard);
                row.note = self.reliability(row, found, interval)?;
                interval
            }
            _ => interval::mean(found.estimate, found.se, row.df.unwrap_or(f64::NAN), level),
        };
        (row.ci_l, row.ci_u) = (Some(interval.lower), Some(interval.upper));
        Ok(())
    }

    /// R's conventions for R's methods; for Korn–Graubard those of NCHS: rows with a value count.
    fn proportion(&self, row: &mut Row, group: usize, found: &estimate::Estimate, ci: Ci) -> Interval {
        let level = self.request.level;
        row.term = "TRUE".to_owned();
        if ci == Ci::KornGraubard {
            let df = if self.sample.replicates.is_some() { row.df.unwrap_or(f64::NAN) } else { found.df(DfRule::Observed) };
            let proportion = Proportion { p: found.estimate, se: found.se, df, n: found.n as f64 };
            (row.df, row.n, row.n_eff) = (Some(df), Some(found.n as f64), Some(proportion.n_eff_capped(level)));
            return proportion.interval(Method::KornGraubard, level);
        }
        let df = row.df.unwrap_or(f64::NAN);
        let proportion = Proportion { p: found.estimate, se: found.se, df, n: found.n_rows as f64 };
        row.n_eff = Some(proportion.n_eff());
        if proportion.n_eff().is_nan() && ci != Ci::Mean {
            return Interval::UNKNOWN;
        }
        if ci == Ci::Likelihood {
            return self.likelihood(group, found, df);
        }
        proportion.interval(method(ci), level)
    }

    /// R scales weights to mean 1 before it drops missing values, so its dispersion is the mean weight of the rows with a
    /// value over that of all rows.
    fn likelihood(&self, group: usize, found: &estimate::Estimate, df: f64) -> Interval {
        let rows =
            self.groups.of_row.iter().zip(&self.missing).filter(|(of_row, missing)| **of_row as usize == group && !**missing).count();
        let dispersion = (found.weighted_n / rows as f64) / (found.weighted_domain / found.n_rows as f64);
        Proportion { p: found.estimate, se: found.se, df, n: rows as f64 }.likelihood(dispersion, self.request.level)
    }

    fn reliability(&self, row: &Row, found: &estimate::Estimate, interval: Interval) -> Result<String, Error> {
        let name = self.request.standard.as_deref().unwrap_or("nchs");
        let known = || Standard::ALL.map(|standard| standard.name).join(", ");
        let standard =
            Standard::named(name).ok_or_else(|| Error::field("standard", format!("`{name}` is not known; known are {}", known())))?;
        let decision = standard.judge(&Facts {
            estimate: found.estimate,
            se: found.se,
            lower: interval.lower,
            upper: interval.upper,
            n: found.n as f64,
            n_eff: row.n_eff.unwrap_or(f64::NAN),
            events: found.n_events as f64,
            df: found.df(DfRule::Observed),
            deff: found.deff,
        });
        let word = match decision.outcome {
            Outcome::Show => "show",
            Outcome::Footnote => "footnote",
            Outcome::Review => "review",
            Outcome::Weak => "weak",
            Outcome::Withhold => "suppress",
        };
        let notes = std::iter::once(word).chain(decision.notes.last().copied());
        Ok(notes.collect::<Vec<_>>().join(":"))
    }
}

fn method(ci: Ci) -> Method {
    match ci {
        Ci::Logit => Method::Logit,
        Ci::Likelihood => Method::Likelihood,
        Ci::Asin => Method::Asin,
        Ci::Beta => Method::Beta,
        Ci::Mean => Method::Mean,
        Ci::Xlogit => Method::Xlogit,
        Ci::Wilson => Method::Wilson,
        Ci::KornGraubard => Method::KornGraubard,
    }
}
