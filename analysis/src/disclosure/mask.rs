//! The mask over all tables released from one data set: which cells are shown, so that no withheld one follows from them.
//!
//! **What the attacker knows.** Every shown cell, and of it the unweighted cases with the event and without it: a proportion printed
//! beside its `n` gives both away. All sums between cells, of all tables together. That counts are not negative, and which cells are
//! empty. The thresholds; but a cell withheld by one looks like a cell withheld to protect another, so these bound no single cell.
//! (This holds only while the two are published under one word: see [`Reason::published`].)
//! Someone who is alone in a cell knows that cell too.
//!
//! **What the mask promises.**
//! 1. *Elimination.* No withheld cell is a combination of shown ones; and no cell that could tell on somebody ([`Reason::tells`]) is a
//!    combination of shown ones and a cell in which one person is alone, for that person.
//! 2. *Audit.* For a cell that could tell on somebody, both the cases with the event and those without can, as far as the attacker
//!    can tell, lie in an interval as wide as the protection; their sum `n` then does too. For every other withheld cell the interval
//!    is one person wide. Counts are taken for real numbers here. No width is promised for events where there are none: that nobody
//!    said yes tells on nobody.
//!
//! **How.** Cells are let in by falling cost, and one that would break the first promise is withheld instead ([`span`](super::span)).
//! Then two tables that fit everything published are sought for every withheld cell, as far apart as the protection
//! ([`moves`](super::moves)); where there are none, the moves that get it there at the least cost say which cells to withhold too.
//! Tables once found go on fitting when more is withheld, so nothing is audited twice.
//!
//! What it does not do: integers are not used against it, weighted totals only by elimination, and what groups of people know together is
//! left out.

use super::Relation;
use super::numbers::Numbers;
use super::prover::Prover;
use super::span::{Guard, Space, Span};
use crate::Error;
use crate::table::Reason;

/// What has been decided about a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// By itself it may be shown; the mask decides.
    Open,
    /// It is shown. Handed to a mask: it was shown before, and stays.
    Shown,
    /// It is withheld. Handed to a mask: by itself, or it was before, and stays. [`Reason::Empty`]: everybody may know it is.
    Withheld(Reason),
    /// Nobody prints it and it may be known, such as what came into a cell between two releases.
    Unpublished,
}

/// One cell of one of the tables.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Counted {
    /// Unweighted cases.
    pub n: u64,
    /// Unweighted cases with the event, at most `n`; 0 for a number that counts none, such as a mean.
    pub events: u64,
    /// What is lost if it is withheld, not negative: by default, `n`.
    pub cost: f64,
    /// What is decided about it already.
    pub standing: Standing,
}

/// All tables released from one data set, those released before included.
///
/// A number that stands in two tables is one cell. A relation holds for cases and events alike.
///
/// ```
/// use kish_analysis::disclosure::{Counted, Relation, Release, Standing};
/// use kish_analysis::table::Reason;
///
/// let open = |n, events| Counted { n, events, cost: n as f64, standing: Standing::Open };
/// let few = Counted { standing: Standing::Withheld(Reason::TooFewCases), ..open(8, 3) };
/// // Women and men of two regions, with every total. Eight men answered in the first region.
/// let counts = [open(200, 60), few, open(208, 63), open(180, 50), open(150, 20), open(330, 70), open(380, 110), open(158, 23), open(538, 133)];
/// let sum = |a, b, whole| Relation { parts: vec![a, b], whole };
/// let relations = [sum(0, 1, 2), sum(3, 4, 5), sum(6, 7, 8), sum(0, 3, 6), sum(1, 4, 7), sum(2, 5, 8)];
/// let release = Release { counts: &counts, relations: &relations, same_cases: &[], held: &[], protection: 5 };
/// let mask = release.mask(&mut |_| true)?;
/// let shown: Vec<bool> = mask.standings().iter().map(|standing| *standing == Standing::Shown).collect();
/// assert_eq!(shown, [false, false, true, false, false, true, true, true, true]);      // the four inner cells hide each other
/// # Ok::<(), kish_analysis::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Release<'a> {
    /// The cells.
    pub counts: &'a [Counted],
    /// The sums between them.
    pub relations: &'a [Relation],
    /// Cells about the very same people, so with one `n`: the same group asked about several events. Where one is shown, the attacker
    /// knows `n` of all.
    pub same_cases: &'a [Vec<usize>],
    /// Sets of cells that may be held still while the others are looked for that can move: a shorter way to the same proof, and any set is
    /// sound. Of use where tables of successive releases are tied, each number the sum of an earlier one and of what came in: while that
    /// is held, earlier and later ones move as one. Empty is right, and slow only where there are many such ties.
    pub held: &'a [Vec<usize>],
    /// How wide, in persons, the interval of a cell that could tell on somebody must be; at least 1.
    pub protection: u64,
}

/// What comes of it: nothing is [`Standing::Open`] any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mask {
    standings: Vec<Standing>,
    is_proven: bool,
}

impl Mask {
    /// One a cell, in their order.
    #[must_use]
    pub fn standings(&self) -> &[Standing] {
        &self.standings
    }

    /// False if the work ran out: then all that could not be proven is withheld, and more than had to be.
    #[must_use]
    pub fn is_proven(&self) -> bool {
        self.is_proven
    }
}

impl Release<'_> {
    /// Decide about every open cell.
    ///
    /// `go_on` is asked again and again, with the work done since (steps of the simplex times columns), and says whether there may be
    /// more. When it says no, what is not proven is withheld. Count work rather than time where the same question may be asked twice: a
    /// mask that depends on how busy the machine is could be subtracted from itself.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`] for a place that no cell has, [`Error::PartOfItself`], and [`Error::Exposed`] if a cell cannot be
    /// protected since what was shown before stays shown.
    pub fn mask(&self, go_on: &mut dyn FnMut(u64) -> bool) -> Result<Mask, Error> {
        self.check()?;
        let numbers = Numbers::new(self);
        let mut standings = self.eliminate(&numbers, go_on)?;
        let is_proven = Prover::new(self, &numbers, &mut standings, go_on).prove()?;
        Ok(Mask { standings, is_proven })
    }

    fn check(&self) -> Result<(), Error> {
        let count = self.counts.len();
        let in_relations = self.relations.iter().flat_map(|relation| relation.parts.iter().chain([&relation.whole]));
        match in_relations.chain(self.same_cases.iter().chain(self.held).flatten()).find(|place| **place >= count) {
            Some(index) => Err(Error::OutOfRange { what: "cell", index: *index, count }),
            None => Ok(()),
        }
    }

    /// The first promise.
    fn eliminate(&self, numbers: &Numbers, go_on: &mut dyn FnMut(u64) -> bool) -> Result<Vec<Standing>, Error> {
        let Space { vectors, ties } = Space::new(numbers)?;
        let mut standings: Vec<Standing> = self.counts.iter().map(|counted| counted.standing).collect();
        let guards = (0..vectors.len()).filter_map(|number| self.guard(numbers, number, &vectors[number]));
        let mut span = Span::new(guards.collect());
        let is_known = |cell: &usize| matches!(standings[*cell], Standing::Shown | Standing::Withheld(Reason::Empty));
        let known = (0..standings.len()).filter(is_known).flat_map(Numbers::of_cell).map(|number| &vectors[number]);
        for vector in ties.iter().chain(known) {
            span.know(vector).map_err(|number| Error::Exposed { cell: numbers.cell(number) })?;
        }
        let mut open: Vec<usize> = (0..standings.len()).filter(|cell| standings[*cell] == Standing::Open).collect();
        open.sort_by(|a, b| self.counts[*b].cost.total_cmp(&self.counts[*a].cost));
        for cell in open {
            // Where only the first number gets in, the attacker is taken to know one more than he does.
            let is_safe = go_on(1) && Numbers::of_cell(cell).into_iter().all(|number| span.know(&vectors[number]).is_ok());
            standings[cell] = if is_safe { Standing::Shown } else { Standing::Withheld(Reason::Complementary) };
        }
        Ok(standings)
    }

    fn guard(&self, numbers: &Numbers, number: usize, vector: &[(usize, u64)]) -> Option<Guard> {
        let counted = &self.counts[numbers.cell(number)];
        let (left, alone) = (vector.to_vec(), counted.n == 1);
        match counted.standing {
            Standing::Withheld(Reason::Empty) => None,
            Standing::Withheld(reason) if !numbers.is_cases(number) => Some(Guard { number, tells: reason.tells(), alone, left }),
            Standing::Withheld(Reason::TooFewCases) => Some(Guard { number, tells: true, alone, left }),
            _ => None,
        }
    }
}
