//! Regression, and the comparison of two means as its simplest case.

use kish_analysis::cells::NO_CELL;
use kish_analysis::columns::Columns;
use kish_analysis::estimate::{DfRule, Domain, Estimate as Found, Measure};
use kish_analysis::interval;
use kish_analysis::regression::{Family, Fit, fit};
use kish_analysis::special::t_two_sided;

use super::Error;
use super::groups::Groups;
use super::output::Row;
use super::read::{Column, Data};
use super::request::Estimate;
use super::sample::Sample;
use super::table::{Table, fault};
use super::variables::{Variable, expand, number};

/// Log-odds beyond which R too calls a fitted probability 0 or 1.
const FARTHEST: f64 = 30.0;

/// Coefficients with their covariance, residual and domain degrees of freedom.
struct Solved {
    beta: Vec<f64>,
    covariance: Vec<Vec<f64>>,
    df: f64,
    df_domain: f64,
}

/// Outcome and terms by row; rows outside the domain or with a missing value have no weight.
struct Model {
    y: Vec<f64>,
    x: Vec<Vec<f64>>,
    terms: Vec<String>,
    inside: Vec<bool>,
    complete: Vec<bool>,
    family: Family,
}

pub(super) fn glm(data: &Data, sample: &Sample, request: &Estimate) -> Result<Vec<Row>, Error> {
    let family = match request.family.as_deref().unwrap_or("gaussian") {
        "gaussian" => Family::Gaussian,
        "binomial" | "quasibinomial" => Family::Binomial,
        "poisson" | "quasipoisson" => Family::Poisson,
        other => {
            return Err(Error::field("family", format!("`{other}` is not one of gaussian, binomial, poisson")));
        }
    };
    let outcome = number(data, "outcome", request.outcome.as_ref())?;
    let mut variables = vec![Variable::number("(Intercept)".into(), std::iter::repeat_n(1.0, data.n_rows))];
    for term in &request.terms.0 {
        variables.extend(interaction(data, request, term)?);
    }
    let model = Model::new(data, sample, request, &outcome, &variables, family)?;
    let Solved { beta, covariance, df, df_domain } = model.solve(sample)?;
    let n = model.complete.iter().filter(|complete| **complete).count();
    let row = |(j, term): (usize, &String)| {
        let (estimate, se) = (beta[j], covariance[j][j].sqrt());
        test_row(
            request,
            term,
            estimate,
            se,
            df,
            Row { df: Some(df_domain), df_full: Some(sample.df_full), n: Some(n as f64), ..Row::default() },
        )
    };
    Ok(model.terms.iter().enumerate().map(row).collect())
}

/// A coefficient with its t test.
fn test_row(request: &Estimate, term: &str, estimate: f64, se: f64, ddf: f64, base: Row) -> Row {
    let found = interval::mean(estimate, se, ddf, request.level);
    let t = estimate / se;
    Row {
        id: request.id.clone(),
        term: term.to_owned(),
        estimate: Some(estimate),
        se: Some(se),
        ci_l: Some(found.lower),
        ci_u: Some(found.upper),
        level: Some(request.level),
        test: Some(t),
        ddf: Some(ddf),
        p: Some(t_two_sided(t, ddf)),
        ..base
    }
}

/// `a`, or `a:b`: every column of the one times every column of the other.
fn interaction<'d>(data: &'d Data, request: &Estimate, term: &str) -> Result<Vec<Variable<'d>>, Error> {
    if data.column(term).is_some() || !term.contains(':') {
        return main_effect(data, request, term);
    }
    let mut product: Option<Vec<Variable<'_>>> = None;
    for part in term.split(':') {
        let next = main_effect(data, request, part.trim())?;
        product = Some(match product {
            None => next,
            Some(left) => next.iter().flat_map(|b| left.iter().map(move |a| times(a, b))).collect(),
        });
    }
    Ok(product.unwrap_or_default())
}

fn times<'d>(a: &Variable<'_>, b: &Variable<'_>) -> Variable<'d> {
    Variable::number(format!("{}:{}", a.term, b.term), a.values.iter().zip(b.values.iter()).map(|(a, b)| a * b))
}

/// A number, or one 0/1 column for every level of a factor but the first.
fn main_effect<'d>(data: &'d Data, request: &Estimate, term: &str) -> Result<Vec<Variable<'d>>, Error> {
    let column = data.column(term);
    let is_factor = column.is_some_and(Column::is_text) || request.factors.0.iter().any(|factor| factor == term);
    let (Some(column), true) = (column, is_factor) else {
        return expand(data, "terms", term);
    };
    let (levels, codes) = column.levels();
    let one =
        |(level, label)| Variable::yes_no(format!("{term}{label}"), codes.iter().map(move |code| code.map(|code| code as usize == level)));
    Ok(levels.iter().enumerate().skip(1).map(one).collect())
}

impl Model {
    fn new(
        data: &Data,
        sample: &Sample,
        request: &Estimate,
        outcome: &Variable<'_>,
        variables: &[Variable<'_>],
        family: Family,
    ) -> Result<Self, Error> {
        let groups = Groups::new(data, sample.design.weights(), request)?;
        let inside: Vec<bool> = groups.of_row.iter().map(|group| *group != NO_CELL).collect();
        let present = |row: usize| !outcome.values.is_missing(row) && variables.iter().all(|x| !x.values.is_missing(row));
        let complete: Vec<bool> = (0..data.n_rows).map(|row| inside[row] && present(row)).collect();
        let known = |y: f64, row: usize| if complete[row] { y } else { 0.0 };
        let y = outcome.values.iter().enumerate().map(|(row, y)| known(y, row)).collect();
        let x = (0..data.n_rows).map(|row| variables.iter().map(|x| known(x.values.at(row), row)).collect()).collect();
        let terms = variables.iter().map(|variable| variable.term.clone()).collect();
        Ok(Self { y, x, terms, inside, complete, family })
    }

    fn weight(&self, weight: &[f64]) -> Vec<f64> {
        weight.iter().zip(&self.complete).map(|(w, complete)| if *complete { *w } else { 0.0 }).collect()
    }

    /// Every coefficient can be told from the others, and none runs away.
    fn check(&self, fitted: &Fit) -> Result<(), Error> {
        if let Some(j) = (0..self.terms.len()).find(|j| fitted.inverse_information[*j][*j] == 0.0) {
            let reason = format!("`{}` is a combination of the terms before it (or the same in all rows); leave it out", self.terms[j]);
            return Err(Error::field("terms", reason));
        }
        let edge = |row: usize| {
            let eta: f64 = self.x[row].iter().zip(&fitted.beta).map(|(x, beta)| x * beta).sum();
            self.complete[row] && eta.abs() > FARTHEST
        };
        if self.family == Family::Binomial && (0..self.x.len()).any(edge) {
            let reason = "a fitted probability is 0 or 1: the terms separate the outcome, and coefficients have no finite value";
            return Err(Error::field("terms", reason));
        }
        Ok(())
    }

    /// Residual degrees of freedom are R's: the domain's + 1 - coefficients.
    fn solve(&self, sample: &Sample) -> Result<Solved, Error> {
        let bad = |error: kish_analysis::Error| Error::field("terms", error.to_string());
        let fitted = fit(&self.x, &self.y, &self.weight(sample.design.weights()), self.family).map_err(bad)?;
        self.check(&fitted)?;
        let mut columns = Columns::new(self.y.len());
        let add = |score: &Vec<f64>| columns.real_around(score, 0.0);
        let places: Vec<_> = fitted.scores.iter().map(add).collect::<Result<_, _>>().map_err(bad)?;
        let cells: Vec<u32> = self.inside.iter().map(|inside| if *inside { 0 } else { NO_CELL }).collect();
        let table = Table::new(sample, &columns, &cells, 1)?;
        let whole = table.estimate_one(&Domain::cell(0), &[Measure::Total(places[0])])?[0];
        let df_domain = sample.df(whole.df(DfRule::Domain), |row| self.inside[row]);
        let covariance = if let Some(sets) = &sample.replicates {
            let again = |set: std::borrow::Cow<'_, [f64]>| fit(&self.x, &self.y, &self.weight(&set), self.family).map(|fitted| fitted.beta);
            let thetas: Vec<Vec<f64>> = sets.sets().map(again).collect::<Result<_, _>>().map_err(bad)?;
            sets.covariance(&fitted.beta, &thetas)
        } else {
            let asked: Vec<_> = places.iter().map(|place| (Domain::cell(0), Measure::Total(*place))).collect();
            fitted.covariance(&table.joint(&asked)?.covariance())
        };
        let used = fitted.inverse_information.iter().enumerate().filter(|(j, row)| row[*j] != 0.0).count();
        Ok(Solved { beta: fitted.beta, covariance, df: df_domain + 1.0 - used as f64, df_domain })
    }
}

/// The difference of two means (the second level less the first), or one mean against 0.
pub(super) fn t_test(data: &Data, sample: &Sample, request: &Estimate) -> Result<Vec<Row>, Error> {
    let y = number(data, "var", request.var.0.first())?;
    let groups = Groups::new(data, sample.design.weights(), request)?;
    let sides = match &request.group {
        Some(name) => sides(data, name)?,
        None => vec![Some(0); data.n_rows],
    };
    let present = |row: usize| sides[row].filter(|_| groups.of_row[row] != NO_CELL && !y.values.is_missing(row));
    let cells: Vec<u32> = (0..data.n_rows).map(|row| present(row).unwrap_or(NO_CELL)).collect();
    let mut columns = Columns::new(data.n_rows);
    let place = columns.real(&y.values.to_vec()).map_err(fault)?;
    let n_sides = if request.group.is_some() { 2 } else { 1 };
    let table = Table::new(sample, &columns, &cells, n_sides)?;
    let asked: Vec<_> = (0..n_sides as u32).map(|side| (Domain::cell(side), Measure::Mean(place))).collect();
    let joint = table.joint(&asked)?;
    let slopes = if n_sides == 2 { vec![-1.0, 1.0] } else { vec![1.0] };
    let (value, covariance) =
        joint.through(|means| vec![means.iter().zip(&slopes).map(|(m, s)| m * s).sum()], std::slice::from_ref(&slopes));
    let whole: Found = table.estimate_one(&Domain::all(n_sides as u32), &[Measure::Mean(place)])?[0];
    let df = sample.df(whole.df(DfRule::Domain), |row| groups.of_row[row] != NO_CELL);
    let base = Row { df: Some(df), df_full: Some(sample.df_full), n: Some(whole.n_domain as f64), ..Row::default() };
    Ok(vec![test_row(request, "", value[0], covariance[0][0].sqrt(), df - 1.0, base)])
}

/// Which of two groups a row is in, the first in order being 0.
fn sides(data: &Data, name: &str) -> Result<Vec<Option<u32>>, Error> {
    if data.column(name).is_none() {
        let found = super::variables::yes_no(data, "group", name)?;
        return Ok(found.values.iter().map(|y| if y.is_nan() { None } else { Some(y as u32) }).collect());
    }
    let (levels, codes) = data.named("group", name)?.levels();
    if levels.len() == 2 { Ok(codes) } else { Err(Error::field("group", format!("column `{name}` has {} levels, not two", levels.len()))) }
}
