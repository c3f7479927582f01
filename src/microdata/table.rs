//! Columns reduced under a sample, to be asked for estimates and for functions of several; by Taylor series or replicates.

use kish_analysis::cells::Sums;
use kish_analysis::columns::Columns;
use kish_analysis::estimate::{Domain, Estimate, Measure};
use kish_analysis::replicate::{self, Replicates};
use kish_analysis::variance::Functional;

use super::Error;
use super::sample::Sample;

pub(super) struct Table<'a> {
    sums: Sums<'a>,
    replicates: Option<(&'a Replicates, Vec<Sums<'a>>)>,
}

/// Several estimates at once.
pub(super) struct Joint<'a> {
    pub(super) values: Vec<f64>,
    source: Source<'a>,
}

enum Source<'a> {
    Taylor(&'a Sums<'a>, Vec<Functional>),
    Replicates(&'a Replicates, Vec<Vec<f64>>),
}

#[expect(clippy::needless_pass_by_value, reason = "the shape map_err asks for")]
pub(super) fn fault(error: kish_analysis::Error) -> Error {
    Error::field("stat", error.to_string())
}

impl<'a> Table<'a> {
    pub(super) fn new(sample: &'a Sample, columns: &'a Columns, cells: &'a [u32], n_cells: usize) -> Result<Self, Error> {
        let sums = Sums::reduce(&sample.design, columns, cells, n_cells).map_err(fault)?;
        let reduce = |sets: &'a Replicates| Ok((sets, sets.reduce(&sample.design, columns, cells, n_cells)?));
        let replicates = sample.replicates.as_ref().map(reduce).transpose().map_err(fault)?;
        Ok(Self { sums, replicates })
    }

    /// Every measure over every domain.
    pub(super) fn estimate(&self, domains: &[Domain], measures: &[Measure]) -> Result<Vec<Vec<Estimate>>, Error> {
        let mut found = self.sums.estimate_all(domains, measures).map_err(fault)?;
        if self.replicates.is_some() {
            for (domain, found) in domains.iter().zip(&mut found) {
                self.replicated(domain, measures, found)?;
            }
        }
        Ok(found)
    }

    /// Every measure over one domain.
    pub(super) fn estimate_one(&self, domain: &Domain, measures: &[Measure]) -> Result<Vec<Estimate>, Error> {
        Ok(self.estimate(std::slice::from_ref(domain), measures)?.remove(0))
    }

    /// The spread of the replicates for that of the linearised variable.
    fn replicated(&self, domain: &Domain, measures: &[Measure], found: &mut [Estimate]) -> Result<(), Error> {
        let asked: Vec<_> = measures.iter().map(|measure| (domain.clone(), *measure)).collect();
        let covariance = self.joint(&asked)?.covariance();
        for (j, found) in found.iter_mut().enumerate().filter(|(_, found)| found.n > 0) {
            let variance = covariance[j][j];
            found.deff *= variance / found.variance();
            found.deff_replace *= variance / found.variance();
            found.se = variance.sqrt();
        }
        Ok(())
    }

    pub(super) fn joint(&self, asked: &[(Domain, Measure)]) -> Result<Joint<'_>, Error> {
        let values: Result<_, _> = asked.iter().map(|(domain, measure)| self.sums.value(domain, *measure)).collect();
        let source = match &self.replicates {
            Some((sets, sums)) => Source::Replicates(sets, replicate::values(sums, asked).map_err(fault)?),
            None => {
                let linear: Result<_, _> = asked.iter().map(|(domain, measure)| self.sums.linearise(domain, *measure)).collect();
                Source::Taylor(&self.sums, linear.map_err(fault)?)
            }
        };
        Ok(Joint { values: values.map_err(fault)?, source })
    }
}

impl Joint<'_> {
    pub(super) fn covariance(&self) -> Vec<Vec<f64>> {
        match &self.source {
            Source::Taylor(sums, functionals) => sums.covariance(functionals),
            Source::Replicates(sets, thetas) => sets.covariance(&self.values, thetas),
        }
    }

    /// Values and covariance of functions of the estimates; `slopes[k][j]` is the slope of function `k` in estimate `j`.
    pub(super) fn through(&self, g: impl Fn(&[f64]) -> Vec<f64>, slopes: &[Vec<f64>]) -> (Vec<f64>, Vec<Vec<f64>>) {
        let values = g(&self.values);
        let covariance = match &self.source {
            Source::Taylor(sums, parts) => {
                let combine = |slopes: &Vec<f64>| Functional::combine(slopes.iter().copied().zip(parts));
                sums.covariance(&slopes.iter().map(combine).collect::<Vec<_>>())
            }
            Source::Replicates(sets, thetas) => {
                let thetas: Vec<Vec<f64>> = thetas.iter().map(|theta| g(theta)).collect();
                sets.covariance(&values, &thetas)
            }
        };
        (values, covariance)
    }
}
