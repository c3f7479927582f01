//! Two cells of one table compared: their difference, with the covariance that domains of one sample have.

use kish_analysis::disclosure::{Rule, gaps, protect};
use kish_analysis::table::Cell;

use super::table::Estimated;
use super::{Compared, Dimension, Error, Level, PrevalenceTable, Question, Samples};
use crate::instrument::{Contrast, Indicator, IndicatorKind};
use crate::store::Store;

/// The table both cells are of, and their difference: withheld where one of them is.
#[derive(Debug)]
pub struct Comparison {
    pub table: PrevalenceTable,
    /// The places of both cells in the table.
    pub of: usize,
    pub against: usize,
    pub difference: Cell,
}

/// An indicator that says the same as a comparison, and so can have been released with its covariance in it.
#[derive(Debug, PartialEq, Eq)]
pub struct SameContrast {
    pub indicator: String,
    /// The dimensions that both cells share, with their levels.
    pub by: Vec<Dimension>,
    pub levels: Vec<Level>,
    /// Whether it takes the first from the second.
    pub is_reversed: bool,
}

/// For a statistician, as [`Samples::answer`]: both cells stand under the mask of the draft's table.
pub fn compare(samples: &Samples, store: &Store, question: &Question, compared: &Compared) -> Result<Comparison, Error> {
    let sample = samples.sample(store, question)?;
    let estimated = Estimated::comparing(&sample, &question.indicator, &question.by, Some(compared))?;
    if estimated.indicator.contrast.is_some() {
        return Err(Error::invalid("indicator", "it is a difference already; name the indicator it is of"));
    }
    let rule = Rule::default();
    let table = protect(&estimated.crossing.candidates, &estimated.crossing.relations, &rule);
    let [(_, gap)] = estimated.crossing.gaps[..] else { return Err(Error::invalid("of", "name two cells")) };
    let difference = gaps(&table, &[gap], rule.level).cells()[0].clone();
    let table = estimated.protected(store, &sample, table, &rule)?;
    Ok(Comparison { table, of: gap.of, against: gap.against, difference })
}

/// The difference among the indicators of a form that compares the same people in the same answers; none where the cells differ in more
/// than one dimension or nothing of the kind is counted.
pub fn same_contrast(indicators: &[Indicator], question: &Question, compared: &Compared) -> Option<SameContrast> {
    let base = indicators.iter().find(|i| i.id == question.indicator)?;
    let differing: Vec<usize> = (0..question.by.len()).filter(|d| compared.of.get(*d) != compared.against.get(*d)).collect();
    let [at] = differing[..] else { return None };
    let (of, against, dimension) = (compared.of.get(at)?, compared.against.get(at)?, question.by[at].name());
    let contrast = |of: &str, against: &str| Contrast { dimension: dimension.to_owned(), of: of.to_owned(), against: against.to_owned() };
    let (straight, reversed) = (contrast(of, against), contrast(against, of));
    let found =
        indicators.iter().find(|i| counts_the_same(i, base) && [Some(&straight), Some(&reversed)].contains(&i.contrast.as_ref()))?;
    let shared = |d: &usize| *d != at;
    Some(SameContrast {
        indicator: found.id.clone(),
        by: (0..question.by.len()).filter(shared).map(|d| question.by[d]).collect(),
        levels: (0..compared.of.len()).filter(shared).map(|d| compared.of[d].clone()).collect(),
        is_reversed: found.contrast.as_ref() == Some(&reversed),
    })
}

fn counts_the_same(a: &Indicator, b: &Indicator) -> bool {
    a.kind != IndicatorKind::Level
        && b.kind.counts_people()
        && a.base == b.base
        && a.items == b.items
        && a.numerator.source == b.numerator.source
        && a.universe.source == b.universe.source
}
