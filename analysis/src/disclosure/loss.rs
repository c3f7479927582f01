//! What a mask costs: cells and people no longer published, and what the simplest safe-looking way would have cost.

use super::{Counted, Relation, Standing};
use crate::table::Reason;

/// What is shown and what is not, cells and weight.
///
/// ```
/// use kish_analysis::disclosure::{Counted, Loss, Standing};
/// use kish_analysis::table::Reason;
///
/// let cell = |n, standing| Counted { n, events: 0, cost: n as f64, standing };
/// let cells = [cell(60, Standing::Shown), cell(8, Standing::Withheld(Reason::TooFewCases)), cell(12, Standing::Withheld(Reason::Complementary))];
/// let loss = Loss::new(cells.iter().map(|cell| (cell.standing, cell.n as f64)));
/// assert_eq!((loss.shown, loss.withheld(), loss.by_reason[&Reason::Complementary], loss.share_shown()), (1, 2, 1, 0.75));
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Loss {
    /// Cells shown.
    pub shown: usize,
    /// Cells withheld, by reason, empty ones included.
    pub by_reason: std::collections::BTreeMap<Reason, usize>,
    /// The weight of the cells shown, whatever unit it was given in.
    pub weight_shown: f64,
    /// The weight of all cells.
    pub weight: f64,
}

impl Loss {
    /// Of cells with their weight: people where they are weighted, else cases. Cells nobody prints do not count.
    #[must_use]
    pub fn new(cells: impl IntoIterator<Item = (Standing, f64)>) -> Self {
        let mut loss = Self::default();
        for (standing, weight) in cells {
            match standing {
                Standing::Unpublished => continue,
                Standing::Withheld(reason) => *loss.by_reason.entry(reason).or_default() += 1,
                Standing::Shown | Standing::Open => {
                    loss.shown += 1;
                    loss.weight_shown += weight;
                }
            }
            loss.weight += weight;
        }
        loss
    }

    /// Cells withheld, empty ones left out.
    #[must_use]
    pub fn withheld(&self) -> usize {
        self.by_reason.iter().filter(|(reason, _)| **reason != Reason::Empty).map(|(_, count)| count).sum()
    }

    /// The share of the weight that is still published; 1 where there is none.
    #[must_use]
    pub fn share_shown(&self) -> f64 {
        if self.weight == 0.0 { 1.0 } else { self.weight_shown / self.weight }
    }
}

/// The baseline a mask is held against: with each cell withheld by itself, every other part of every sum it is a part of. It is
/// what one does by hand; it is dear in wide tables, and not even safe: what is withheld in one row can follow from the next.
///
/// ```
/// use kish_analysis::disclosure::{Counted, Relation, Standing, rows_and_columns};
/// use kish_analysis::table::Reason;
///
/// let cell = |n, standing| Counted { n, events: 0, cost: n as f64, standing };
/// let cells = [cell(8, Standing::Withheld(Reason::TooFewCases)), cell(60, Standing::Open), cell(70, Standing::Open), cell(138, Standing::Open)];
/// let found = rows_and_columns(&cells, &[Relation { parts: vec![0, 1, 2], whole: 3 }]);
/// assert_eq!(found.iter().filter(|standing| **standing == Standing::Shown).count(), 1);
/// ```
#[must_use]
pub fn rows_and_columns(counts: &[Counted], relations: &[Relation]) -> Vec<Standing> {
    let alone = |cell: usize| counts[cell].standing;
    let needs = |cell: &usize| matches!(alone(*cell), Standing::Withheld(reason) if reason != Reason::Empty);
    let mut standings: Vec<Standing> =
        (0..counts.len()).map(|cell| if alone(cell) == Standing::Open { Standing::Shown } else { alone(cell) }).collect();
    for relation in relations.iter().filter(|relation| relation.parts.iter().any(needs)) {
        for part in relation.parts.iter().filter(|part| alone(**part) == Standing::Open) {
            standings[*part] = Standing::Withheld(Reason::Complementary);
        }
    }
    standings
}
