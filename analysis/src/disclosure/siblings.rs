//! Complementary suppression inside sums: no withheld part may follow by subtraction.
//!
//! The simple form: in every sum with a shown whole, a single withheld part takes the next smallest shown part with it,
//! and the reading is repeated until nothing changes. With two parts withheld their sum still follows, not either one.

use super::Relation;
use crate::table::{Cell, Reason};

/// Withhold what would give a withheld cell away.
pub(super) fn complement(mut cells: Vec<Cell>, sizes: &[u64], relations: &[Relation]) -> Vec<Cell> {
    while let Some(place) = relations.iter().find_map(|relation| exposed(&cells, sizes, relation)) {
        cells[place] = Cell::Withheld(Reason::Complementary);
    }
    cells
}

/// The cell to withhold so that a single withheld member of a sum is not the difference of shown ones.
fn exposed(cells: &[Cell], sizes: &[u64], relation: &Relation) -> Option<usize> {
    let members = || relation.parts.iter().chain([&relation.whole]).copied().filter(|place| *place < cells.len());
    let withheld = |place: &usize| matches!(&cells[*place], Cell::Withheld(reason) if *reason != Reason::Empty);
    if members().filter(withheld).count() != 1 {
        return None;
    }
    let shown = |place: &usize| matches!(cells[*place], Cell::Shown(_));
    let part = relation.parts.iter().copied().filter(|place| *place < cells.len()).filter(shown);
    part.min_by_key(|place| (sizes[*place], *place))
}
