//! A question answered: an indicator by up to three dimensions, with every margin, protected, and with where it comes from.

use kish_analysis::cells::{NO_CELL, Sums};
use kish_analysis::disclosure::{Candidate, Gap, Kind, Relation, Rule, gaps, protect};
use kish_analysis::estimate::{Domain, Measure};
use kish_analysis::table::{Cell, Table};
use serde::Serialize;
use std::sync::Arc;

use super::difference;
use super::dimension::{Levels, TOTAL};
use super::provenance::{Provenance, provenance};
use super::sample::Answered;
use super::{Dimension, Error, Level, Measured, Sample};
use crate::instrument::{Base, Contrast, Indicator, IndicatorKind};
use crate::store::Store;

/// How many dimensions one table may cross: more, and nobody is hidden in it.
const MOST_DIMENSIONS: usize = 3;

#[derive(Debug, Clone)]
pub struct Question {
    pub study_id: i64,
    pub indicator: String,
    pub by: Vec<Dimension>,
    /// The weight set's name; the newest where none is named.
    pub weights: Option<String>,
}

/// A protected table with its meaning. Only [`Samples`](super::Samples), [`compare`](super::compare) and [`compose`](super::compose) make one.
#[derive(Debug)]
pub struct PrevalenceTable {
    pub indicator: String,
    pub label: String,
    pub kind: IndicatorKind,
    pub base: Base,
    /// Of a difference: between whom.
    pub contrast: Option<Contrast>,
    pub by: Vec<Dimension>,
    /// The levels of each cell, in the order of `by`.
    pub keys: Vec<CellKey>,
    pub table: Table,
    /// For each shown cell of a proportion, who did not answer; nothing for a withheld one.
    pub item_nonresponse: Vec<Option<ItemNonresponse>>,
    pub provenance: Provenance,
}

pub type CellKey = Vec<Level>;

/// Two cells of a table, of which the second is taken from the first.
#[derive(Debug, Clone)]
pub struct Compared {
    pub of: CellKey,
    pub against: CellKey,
}

/// The weighted share that did not answer, and what the proportion would be if all of them had said no, or all yes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ItemNonresponse {
    pub share: f64,
    pub lower: f64,
    pub upper: f64,
}

/// Every cell of a crossing with every margin, estimated and not yet protected.
#[derive(Debug)]
pub struct Crossing {
    pub keys: Vec<CellKey>,
    pub candidates: Vec<Candidate>,
    /// The weighted share of each cell that did not answer.
    pub unanswered: Vec<f64>,
    /// The sums between the cells.
    pub relations: Vec<Relation>,
    /// Of a difference: its cells, by the dimensions but the last. Of two cells that are compared: their difference, without a key.
    pub gaps: Vec<(CellKey, Gap)>,
    pub lonely_strata: Vec<usize>,
}

/// One table by itself, for a statistician: what others may see leaves in a release.
pub(super) fn answer_from(store: &Store, sample: &Sample, question: &Question) -> Result<PrevalenceTable, Error> {
    Alone::new(sample, &question.indicator, &question.by)?.shown(store, sample)
}

/// A table protected by itself, before what is said about it, which is read anew each time.
#[derive(Debug)]
pub(super) struct Alone {
    estimated: Estimated,
    table: Table,
}

impl Alone {
    pub fn new(sample: &Sample, indicator: &str, by: &[Dimension]) -> Result<Alone, Error> {
        let estimated = Estimated::new(sample, indicator, by)?;
        let table = protect(&estimated.crossing.candidates, &estimated.crossing.relations, &Rule::default());
        Ok(Alone { estimated, table })
    }

    pub fn is(&self, indicator: &str, by: &[Dimension]) -> bool {
        self.estimated.indicator.id == indicator && self.estimated.by == by
    }

    pub fn shown(&self, store: &Store, sample: &Sample) -> Result<PrevalenceTable, Error> {
        self.estimated.protected(store, sample, self.table.clone(), &Rule::default())
    }
}

/// A table before disclosure control.
#[derive(Debug)]
pub(super) struct Estimated {
    pub indicator: Indicator,
    /// As it was asked.
    pub by: Vec<Dimension>,
    /// What the cells are of: of a difference, its groups too.
    pub crossed: Vec<Dimension>,
    /// How many are counted in and did not answer.
    missing: usize,
    pub crossing: Crossing,
}

impl Estimated {
    pub fn new(sample: &Sample, indicator: &str, by: &[Dimension]) -> Result<Estimated, Error> {
        Estimated::comparing(sample, indicator, by, None)
    }

    /// With the difference of two of its cells, where they are asked for.
    pub fn comparing(sample: &Sample, indicator: &str, by: &[Dimension], compared: Option<&Compared>) -> Result<Estimated, Error> {
        let indicator = find(sample, indicator)?.clone();
        let crossed = difference::dimensions(&indicator, by)?;
        if crossed.len() > MOST_DIMENSIONS {
            let message = format!("at most {MOST_DIMENSIONS} dimensions; of a difference, that of its groups among them");
            return Err(Error::invalid("by", message));
        }
        if crossed.iter().any(|one| crossed.iter().any(|other| one.overlaps(*other))) {
            return Err(Error::invalid("by", "age_band is age_group taken together; name one of them"));
        }
        let measured = sample.measure(&indicator);
        let crossing = cross_and_compare(sample, &indicator, &measured, &crossed, compared)?;
        Ok(Estimated { indicator, by: by.to_vec(), crossed, missing: measured.missing, crossing })
    }

    /// `table` has the cells of the crossing, in its order.
    pub fn protected(&self, store: &Store, sample: &Sample, mut table: Table, rule: &Rule) -> Result<PrevalenceTable, Error> {
        let Estimated { indicator, by, crossing, .. } = self;
        let (mut keys, mut item_nonresponse) = (crossing.keys.clone(), item_nonresponse(&table, crossing));
        if indicator.contrast.is_some() {
            let (of_gaps, pairs): (Vec<_>, Vec<_>) = crossing.gaps.iter().cloned().unzip();
            table = gaps(&table, &pairs, rule.level);
            (keys, item_nonresponse) = (of_gaps, vec![None; pairs.len()]);
        }
        let mut provenance = provenance(store, sample, self.missing, rule, &crossing.lonely_strata)?;
        if indicator.kind == IndicatorKind::Level {
            provenance.missing = "more than 20 % of the items asked unanswered: left out";
        }
        match (indicator.kind, crossing.candidates.first().map(|candidate| candidate.kind)) {
            (IndicatorKind::Difference, _) | (_, Some(Kind::Mean)) => provenance.interval = "Student's t, 95 %",
            (_, Some(Kind::Count)) => provenance.interval = "Student's t of the logarithm, 95 %",
            _ => {}
        }
        let language = sample.instrument.form.default_language;
        Ok(PrevalenceTable {
            label: indicator.label.get(language).cloned().unwrap_or_default(),
            indicator: indicator.id.clone(),
            kind: indicator.kind,
            base: indicator.base,
            contrast: indicator.contrast.clone(),
            by: by.clone(),
            item_nonresponse,
            keys,
            table,
            provenance,
        })
    }
}

pub(super) fn find<'a>(sample: &'a Sample, id: &str) -> Result<&'a Indicator, Error> {
    let indicators = &sample.instrument.indicators;
    indicators.iter().find(|i| i.id == id).ok_or_else(|| {
        let known: Vec<&str> = indicators.iter().map(|i| i.id.as_str()).collect();
        Error::invalid("indicator", format!("no such indicator; these are known: {}", known.join(", ")))
    })
}

pub fn cross(sample: &Sample, indicator: &Indicator, measured: &Measured, by: &[Dimension]) -> Result<Crossing, Error> {
    cross_and_compare(sample, indicator, measured, by, None)
}

/// With the difference of two of its cells, where they are asked for.
fn cross_and_compare(
    sample: &Sample,
    indicator: &Indicator,
    measured: &Measured,
    by: &[Dimension],
    compared: Option<&Compared>,
) -> Result<Crossing, Error> {
    let design = sample.design()?;
    let (levels, mut cell_of_row) = cell_of_rows(sample, by);
    let inner = crossing(&levels);
    for (cell, counts) in cell_of_row.iter_mut().zip(&measured.in_universe) {
        *cell = if *counts { *cell } else { NO_CELL };
    }
    let answered = sample.derived.answered(indicator, measured)?;
    let Answered { columns, variable, kind, unanswered } = &*answered;
    let (variable, unanswered, kind) = (*variable, *unanswered, *kind);
    let sums = Sums::reduce(&design, columns, &cell_of_row, inner.len())?;
    let with_totals: Vec<Vec<Level>> = levels.iter().map(|l| l.iter().cloned().chain([TOTAL.to_owned()]).collect()).collect();
    let keys = crossing(&with_totals);
    let domains: Vec<Domain> = keys.iter().map(|key| Domain::cells(members(&inner, key))).collect();
    let measure = if indicator.kind == IndicatorKind::Total { Measure::Total(variable) } else { Measure::Mean(variable) };
    let estimates = sums.estimate_all(&domains, &[measure, Measure::Mean(unanswered)])?;
    let gaps = match &indicator.contrast {
        Some(contrast) => difference::pairs(&sums, measure, &inner, &keys, contrast)?,
        None => match compared {
            Some(compared) => vec![difference::pair(&sums, measure, &inner, &keys, compared)?],
            None => Vec::new(),
        },
    };
    Ok(Crossing {
        candidates: estimates.iter().map(|e| Candidate { estimate: e[0], kind }).collect(),
        unanswered: estimates.iter().map(|e| e[1].estimate).collect(),
        relations: relations(&keys),
        gaps,
        lonely_strata: design.lonely_strata(),
        keys,
    })
}

/// The levels of each dimension, and the inner cell of each row, whether it counts or not.
pub(super) fn cell_of_rows(sample: &Sample, by: &[Dimension]) -> (Vec<Vec<Level>>, Vec<u32>) {
    let levels: Vec<Arc<Levels>> = by.iter().map(|dimension| sample.levels(*dimension)).collect();
    let mut places = vec![0; sample.rows.len()];
    for one in &levels {
        let several = u32::try_from(one.names.len()).unwrap_or(u32::MAX);
        places.iter_mut().zip(&one.of_row).for_each(|(place, level)| *place = *place * several + u32::from(*level));
    }
    (levels.iter().map(|one| one.names.clone()).collect(), places)
}

fn item_nonresponse(table: &Table, crossing: &Crossing) -> Vec<Option<ItemNonresponse>> {
    let bounds = |cell: &Cell, candidate: &Candidate, share: f64| match cell {
        Cell::Shown(shown) if candidate.kind == Kind::Proportion => {
            let lower = shown.estimate * (1.0 - share);
            Some(ItemNonresponse { share, lower, upper: lower + share })
        }
        _ => None,
    };
    let cells = table.cells().iter().zip(&crossing.candidates).zip(&crossing.unanswered);
    cells.map(|((cell, candidate), share)| bounds(cell, candidate, *share)).collect()
}

/// All combinations of levels, the last dimension running fastest; one empty combination where there is no dimension.
pub(super) fn crossing(levels: &[Vec<Level>]) -> Vec<CellKey> {
    levels.iter().fold(vec![Vec::new()], |keys, levels| {
        keys.iter().flat_map(|key| levels.iter().map(move |level| [key.as_slice(), std::slice::from_ref(level)].concat())).collect()
    })
}

/// The inner cells a cell or margin is made of.
pub(super) fn members(inner: &[CellKey], key: &CellKey) -> Vec<u32> {
    let matches = |cell: &CellKey| cell.iter().zip(key).all(|(level, wanted)| wanted == TOTAL || level == wanted);
    inner.iter().zip(0..).filter(|(cell, _)| matches(cell)).map(|(_, place)| place).collect()
}

/// In each dimension, a total is the sum of its levels, whatever the other dimensions are at.
pub(super) fn relations(keys: &[CellKey]) -> Vec<Relation> {
    let mut found = Vec::new();
    for (whole, key) in keys.iter().enumerate() {
        for dimension in (0..key.len()).filter(|d| key[*d] == TOTAL) {
            let is_part = |other: &CellKey| other[dimension] != TOTAL && (0..key.len()).all(|d| d == dimension || other[d] == key[d]);
            let parts = keys.iter().enumerate().filter(|(_, other)| is_part(other)).map(|(i, _)| i).collect();
            found.push(Relation { parts, whole });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(codes: &[&str]) -> Vec<Level> {
        codes.iter().map(|c| (*c).to_owned()).collect()
    }

    #[test]
    fn every_margin_is_a_cell_and_every_total_a_relation() {
        let inner = crossing(&[levels(&["F", "M"]), levels(&["a", "b", "c"])]);
        assert_eq!(inner.len(), 6);
        let keys = crossing(&[levels(&["F", "M", TOTAL]), levels(&["a", "b", "c", TOTAL])]);
        assert_eq!(keys.len(), 12);
        assert_eq!(members(&inner, &levels(&["M", "_T"])), [3, 4, 5]);
        assert_eq!(members(&inner, &levels(&["_T", "b"])), [1, 4]);
        let relations = relations(&keys);
        assert_eq!(relations.len(), 3 + 2 + 2);
        assert!(relations.contains(&Relation { parts: vec![0, 1, 2], whole: 3 }));
        assert!(relations.contains(&Relation { parts: vec![1, 5], whole: 9 }));
    }

    #[test]
    fn without_dimensions_there_is_one_cell() {
        assert_eq!(crossing(&[]), [Vec::<Level>::new()]);
        assert!(relations(&crossing(&[])).is_empty());
    }
}
