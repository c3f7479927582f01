//! Several tables under one mask, after others that are out already.

use super::{Candidate, Counted, Relation, Release, Rule, Standing, counted, judge};
use crate::Error;
use crate::table::{Cell, Reason, Table};

/// Cells of several tables, which leave together and after others.
#[derive(Debug, Clone, Copy)]
pub struct Together<'a> {
    /// The cells to be decided about, each once however many tables it stands in.
    pub candidates: &'a [Candidate],
    /// What was decided of the first of them in an earlier release of the same data: what was shown is known for good, what was
    /// withheld stays so. `None`, or past the end of the list: nothing yet.
    pub before: &'a [Option<Standing>],
    /// Cells beside them that are no longer open, such as those of earlier data and what came in since; their places go on after the
    /// candidates'.
    pub others: &'a [Counted],
    /// The sums between all of them.
    pub relations: &'a [Relation],
    /// Cells about the very same people.
    pub same_cases: &'a [Vec<usize>],
    /// As [`Release::held`].
    pub held: &'a [Vec<usize>],
    /// How much the audit may take, in steps of the simplex times columns.
    pub work: u64,
}

/// What comes of it.
#[derive(Debug, Clone)]
pub struct Protected {
    /// The candidates as cells, in their order.
    pub table: Table,
    /// What later releases have to know of each: whether outsiders know its counts.
    pub standings: Vec<Standing>,
    /// False if the work ran out, and more is withheld than had to be.
    pub is_proven: bool,
}

impl Together<'_> {
    /// Judge every candidate by itself, then all under one mask.
    ///
    /// # Errors
    ///
    /// As [`Release::mask`]; [`Error::Exposed`] where what was shown before leaves nothing to hide behind.
    ///
    /// ```
    /// use kish_analysis::disclosure::{Candidate, Kind, Relation, Rule, Standing, Together};
    /// use kish_analysis::table::Cell;
    /// # use kish_analysis::estimate::Estimate;
    /// # fn cell(n: u64, n_events: u64) -> Candidate {
    /// #     let (p, size) = (n_events as f64 / n as f64, n as f64);
    /// #     let estimate = Estimate {
    /// #         estimate: p, se: (p * (1.0 - p) / size).sqrt(), n_domain: n, n_rows: n, n, n_events, weighted_n: size, weighted_domain: size,
    /// #         n_psus: 30, n_strata: 5, n_psus_domain: 30, n_strata_domain: 5, deff: 1.0, deff_replace: 1.0, deff_weights: 1.0,
    /// #     };
    /// #     Candidate { estimate, kind: Kind::Proportion }
    /// # }
    /// // Women, men and all; women and all are out already, so men, who may be shown by themselves, cannot be hidden any more.
    /// let candidates = [cell(600, 200), cell(300, 65), cell(900, 265)];
    /// let relations = [Relation { parts: vec![0, 1], whole: 2 }];
    /// let before = [Some(Standing::Shown), None, Some(Standing::Shown)];
    /// let together = Together { candidates: &candidates, before: &before, others: &[], relations: &relations, same_cases: &[], held: &[], work: 1_000_000 };
    /// let protected = together.protect(&Rule::default())?;
    /// assert!(protected.is_proven && matches!(protected.table.cells()[1], Cell::Shown(_)));
    /// # Ok::<(), kish_analysis::Error>(())
    /// ```
    pub fn protect(&self, rule: &Rule) -> Result<Protected, Error> {
        let mut cells: Vec<Cell> = self.candidates.iter().map(|candidate| judge(candidate, rule)).collect();
        let judged = self.candidates.iter().zip(&cells).enumerate();
        let counts: Vec<Counted> = judged
            .map(|(place, (candidate, cell))| {
                let counted = counted(candidate, cell);
                Counted { standing: after(self.before.get(place).copied().flatten(), counted.standing), ..counted }
            })
            .chain(self.others.iter().copied())
            .collect();
        let release = Release {
            counts: &counts,
            relations: self.relations,
            same_cases: self.same_cases,
            held: self.held,
            protection: rule.protection,
        };
        let mut left = self.work;
        let mask = release.mask(&mut |work| {
            left = left.saturating_sub(work);
            left > 0
        })?;
        let standings = mask.standings()[..cells.len()].to_vec();
        for (cell, standing) in cells.iter_mut().zip(&standings) {
            if *standing != Standing::Shown && matches!(cell, Cell::Shown(_)) {
                *cell = Cell::Withheld(Reason::Complementary);
            }
        }
        Ok(Protected { table: Table::new(cells), standings, is_proven: mask.is_proven() })
    }
}

/// What was shown is known for good; what was withheld is not shown later, and hides what is now too small by itself.
fn after(before: Option<Standing>, now: Standing) -> Standing {
    match (before, now) {
        (Some(Standing::Shown), _) => Standing::Shown,
        (Some(before), Standing::Open) => before,
        (_, now) => now,
    }
}
