//! Rows by stratum and cell: what a table of many cells is walked by when moments will not do.

use super::NO_CELL;
use super::moments::Input;

/// Positions of rows (in the order of the design's units) sorted by stratum, cell, position.
#[derive(Debug)]
pub(crate) struct Index {
    positions: Vec<u32>,
    /// `(cell, first)` of every run of one stratum and cell.
    runs: Vec<(u32, u32)>,
    /// Runs of stratum `s` are `bounds[s]..bounds[s + 1]`.
    bounds: Vec<u32>,
}

impl Index {
    /// A counting sort inside every stratum.
    pub(super) fn new(input: Input<'_>) -> Self {
        let mut index = Self { positions: Vec::with_capacity(input.cells.len()), runs: Vec::new(), bounds: vec![0] };
        let mut next = vec![0_u32; input.n_cells];
        let mut first = 0;
        for rows in input.design.rows_by_stratum() {
            index.stratum(input, first..first + rows, &mut next);
            first += rows;
        }
        index
    }

    /// Sort one stratum's rows; `next` holds zeros before and after.
    fn stratum(&mut self, input: Input<'_>, positions: std::ops::Range<usize>, next: &mut [u32]) {
        let cell = |position: usize| input.cells[input.design.row_at(position)];
        let mut cells = Vec::new();
        for cell in positions.clone().map(cell).filter(|cell| *cell != NO_CELL) {
            if next[cell as usize] == 0 {
                cells.push(cell);
            }
            next[cell as usize] += 1;
        }
        cells.sort_unstable();
        let mut at = self.positions.len() as u32;
        for cell in &cells {
            self.runs.push((*cell, at));
            at += std::mem::replace(&mut next[*cell as usize], at);
        }
        self.positions.resize(at as usize, 0);
        for position in positions {
            if let Some(slot) = next.get_mut(cell(position) as usize) {
                self.positions[*slot as usize] = position as u32;
                *slot += 1;
            }
        }
        cells.iter().for_each(|cell| next[*cell as usize] = 0);
        self.bounds.push(self.runs.len() as u32);
    }

    /// Positions of one stratum and cell, ascending.
    pub(super) fn positions(&self, stratum: usize, cell: u32) -> &[u32] {
        let runs = self.bounds[stratum] as usize..self.bounds[stratum + 1] as usize;
        match self.runs[runs.clone()].binary_search_by_key(&cell, |run| run.0) {
            Ok(found) => {
                let run = runs.start + found;
                let end = self.runs.get(run + 1).map_or(self.positions.len(), |next| next.1 as usize);
                &self.positions[self.runs[run].1 as usize..end]
            }
            Err(_) => &[],
        }
    }
}
