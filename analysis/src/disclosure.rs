//! Disclosure control: the only way from estimates to a [`Table`].
//!
//! Two questions are asked of every cell, and both must be answered yes. Could somebody be recognised in it? (counts of
//! people, of events, of non-events, of sampling units against thresholds.) Is it precise enough to present? (the
//! [`Standard`].) Then all cells are looked at together, with the sums between them: what would follow from the cells shown, or nearly, is
//! protected by withholding more of them ([`Release`]).
//!
//! What this cannot do: it knows the cells and the sums it is told of, no others. Tables released at different times are protected
//! together where they are handed over together.

mod bounds;
mod field;
mod gap;
mod loss;
mod mask;
mod moves;
mod numbers;
mod prover;
mod span;
mod ties;
mod together;

pub use bounds::Bounds;
pub use gap::{Gap, gaps};
pub use loss::{Loss, rows_and_columns};
pub use mask::{Counted, Mask, Release, Standing};
pub use together::{Protected, Together};

use crate::estimate::{DfRule, Estimate};
use crate::interval::{Method, Proportion};
use crate::reliability::{Decision, Facts, NCHS, Outcome, Standard};
use crate::table::{Cell, Reason, Shown, Table};

/// What the audit of one table may take, in steps of the simplex times columns: some seconds of one core.
pub const MOST_WORK: u64 = 100_000_000;

/// Thresholds below which a cell is withheld, and the standard it is presented by. All counts are unweighted.
///
/// ```
/// use kish_analysis::disclosure::Rule;
/// use kish_analysis::reliability::DHS;
///
/// let rule = Rule { standard: DHS, min_events: 10, ..Rule::default() };
/// assert_eq!((rule.min_cases, rule.min_psus, rule.level), (10, 2, 0.95));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    /// Smallest unweighted number of cases. Default 10: official statistics ask 3 to 5, surveys of violence 5 to 10, and a
    /// cell this small is unreliable under every standard anyway.
    pub min_cases: u64,
    /// Smallest number of cases with the event, and of cases without it, 0 excepted for events: that nobody said yes tells on nobody,
    /// that everybody did tells on all. Default 5 (NCHS flags 1 to 4).
    pub min_events: u64,
    /// Smallest number of sampling units with a case. Default 2: one unit is one village.
    pub min_psus: u64,
    /// How wide, in persons, the interval must be in which a withheld cell can lie given all that is shown. Default 5, as `min_events`.
    pub protection: u64,
    /// Presentation standard. Default NCHS: [`NCHS`] for proportions, [`NCHS_COUNTS`](crate::reliability::NCHS_COUNTS) for the rest.
    pub standard: Standard,
    /// Interval of proportions. Default Korn–Graubard, capped.
    pub method: Method,
    /// Level of the intervals. Default 0.95.
    pub level: f64,
    /// Degrees of freedom. Default [`DfRule::Observed`].
    pub df: DfRule,
}

impl Default for Rule {
    fn default() -> Self {
        Self {
            min_cases: 10,
            min_events: 5,
            min_psus: 2,
            protection: 5,
            standard: NCHS,
            method: Method::KornGraubard,
            level: 0.95,
            df: DfRule::Observed,
        }
    }
}

/// What kind of number a cell holds, which decides its interval and whether events are counted.
///
/// ```
/// # use kish_analysis::disclosure::{Candidate, Kind, Relation, Rule, protect};
/// # use kish_analysis::estimate::Estimate;
/// # use kish_analysis::table::{Cell, Reason};
/// # fn cell(n: u64, n_events: u64) -> Candidate {
/// #     let (p, size) = (n_events as f64 / n as f64, n as f64);
/// #     let estimate = Estimate {
/// #         estimate: p, se: (p * (1.0 - p) / size).sqrt(), n_domain: n, n_rows: n, n, n_events, weighted_n: size, weighted_domain: size,
/// #         n_psus: 30, n_strata: 5, n_psus_domain: 30, n_strata_domain: 5, deff: 1.0, deff_replace: 1.0, deff_weights: 1.0,
/// #     };
/// #     Candidate { estimate, kind: Kind::Proportion }
/// # }
/// // 396 of 400 said yes: as a proportion too few said no; a mean has no events to count.
/// let reading = |kind| protect(&[Candidate { kind, ..cell(400, 396) }], &[], &Rule::default()).cells()[0].clone();
/// assert_eq!(reading(Kind::Proportion), Cell::Withheld(Reason::TooFewWithout));
/// assert!(matches!(reading(Kind::Mean), Cell::Shown(_)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// A proportion of people, from a 0/1 variable: the interval is the [`Rule`]'s method.
    #[default]
    Proportion,
    /// A mean of a real variable: no events, the symmetric interval of [`interval::mean`](crate::interval::mean).
    Mean,
    /// A weighted count of events, from a 0/1 variable: the interval of [`interval::log_t`](crate::interval::log_t).
    Count,
}

/// A cell on its way into a table.
///
/// ```
/// # use kish_analysis::{cells::Sums, columns::Columns, design::{Design, OneStage}};
/// # use kish_analysis::estimate::{Domain, Measure};
/// use kish_analysis::disclosure::{Candidate, Kind, Rule, protect};
/// use kish_analysis::table::{Cell, Reason};
///
/// # let given = OneStage { stratum_of_psu: &[0; 4], psu_of_row: &[0, 1, 2, 3], weight: &[1.0; 4], ..OneStage::default() };
/// # let design = Design::one_stage(&given)?;
/// # let mut columns = Columns::new(4);
/// # let yes = columns.indicator([true, false, true, false].map(Some))?;
/// # let sums = Sums::reduce(&design, &columns, &[0; 4], 1)?;
/// let estimate = sums.estimate(&Domain::all(1), &[Measure::Mean(yes)])?[0];      // four rows, two of them yes
/// let table = protect(&[Candidate { estimate, kind: Kind::Proportion }], &[], &Rule::default());
/// assert_eq!(table.cells(), [Cell::Withheld(Reason::TooFewCases)]);
/// # Ok::<(), kish_analysis::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// The estimate.
    pub estimate: Estimate,
    /// What it is.
    pub kind: Kind,
}

/// Cells that add up (as people) to another cell of the same table: women and men to all.
///
/// ```
/// # use kish_analysis::disclosure::{Candidate, Kind, Relation, Rule, protect};
/// # use kish_analysis::estimate::Estimate;
/// # use kish_analysis::table::{Cell, Reason};
/// # fn cell(n: u64, n_events: u64) -> Candidate {
/// #     let (p, size) = (n_events as f64 / n as f64, n as f64);
/// #     let estimate = Estimate {
/// #         estimate: p, se: (p * (1.0 - p) / size).sqrt(), n_domain: n, n_rows: n, n, n_events, weighted_n: size, weighted_domain: size,
/// #         n_psus: 30, n_strata: 5, n_psus_domain: 30, n_strata_domain: 5, deff: 1.0, deff_replace: 1.0, deff_weights: 1.0,
/// #     };
/// #     Candidate { estimate, kind: Kind::Proportion }
/// # }
/// // Few men answered. Without the relation women and all are shown, and men follow by subtraction.
/// let cells = [cell(600, 200), cell(8, 5), cell(608, 205)];
/// let relation = Relation { parts: vec![0, 1], whole: 2 };
/// assert_eq!(protect(&cells, &[], &Rule::default()).n_withheld(), 1);
/// assert_eq!(protect(&cells, &[relation], &Rule::default()).n_withheld(), 2);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Relation {
    /// Places of the parts among the candidates, from 0.
    pub parts: Vec<usize>,
    /// Place of their sum.
    pub whole: usize,
}

/// Judge every cell, withhold what must be, and build the table. The order of cells is kept.
///
/// A cell is withheld for the first that holds: nobody asked, too few cases, PSUs, events, cases without the event, then the
/// standard's word. After that the [`Release`] of all of them, the `n` of a cell being what is lost with it, says which others are
/// withheld too. `relations` list the sums inside the table, margins included; places out of range are ignored, and a sum not listed
/// is not looked at. The same cells give the same table, on any machine: what limits the audit is an amount of work, and when that is
/// spent, or a relation makes no sense, what is not proven is withheld.
///
/// ```
/// use kish_analysis::disclosure::{Candidate, Kind, Relation, Rule, protect};
/// use kish_analysis::table::{Cell, Reason};
/// # use kish_analysis::estimate::Estimate;
/// # fn cell(n: u64, n_events: u64) -> Candidate {
/// #     let (p, size) = (n_events as f64 / n as f64, n as f64);
/// #     let estimate = Estimate {
/// #         estimate: p, se: (p * (1.0 - p) / size).sqrt(), n_domain: n, n_rows: n, n, n_events, weighted_n: size, weighted_domain: size,
/// #         n_psus: 30, n_strata: 5, n_psus_domain: 30, n_strata_domain: 5, deff: 1.0, deff_replace: 1.0, deff_weights: 1.0,
/// #     };
/// #     Candidate { estimate, kind: Kind::Proportion }
/// # }
///
/// // Cases and events of three age groups and of all: four events in the first are too few.
/// let cells = [cell(400, 4), cell(300, 90), cell(500, 200), cell(1200, 294)];
/// let table = protect(&cells, &[Relation { parts: vec![0, 1, 2], whole: 3 }], &Rule::default());
/// assert_eq!(table.cells()[0], Cell::Withheld(Reason::TooFewEvents));
/// assert_eq!(table.cells()[1], Cell::Withheld(Reason::Complementary));      // the smaller of the others
/// assert!(matches!(&table.cells()[3], Cell::Shown(all) if all.estimate == 294.0 / 1200.0));
/// ```
#[must_use]
pub fn protect(candidates: &[Candidate], relations: &[Relation], rule: &Rule) -> Table {
    let is_there = |relation: &&Relation| relation.parts.iter().chain([&relation.whole]).all(|place| *place < candidates.len());
    let relations: Vec<Relation> = relations.iter().filter(is_there).cloned().collect();
    let together = Together { candidates, before: &[], others: &[], relations: &relations, same_cases: &[], held: &[], work: MOST_WORK };
    together.protect(rule).map_or_else(|_| all_withheld(candidates, rule), |protected| protected.table)
}

fn all_withheld(candidates: &[Candidate], rule: &Rule) -> Table {
    let withheld = |candidate| match judge(candidate, rule) {
        Cell::Shown(_) => Cell::Withheld(Reason::Complementary),
        withheld @ Cell::Withheld(_) => withheld,
    };
    Table::new(candidates.iter().map(withheld).collect())
}

fn counted(candidate: &Candidate, cell: &Cell) -> Counted {
    let n = candidate.estimate.n;
    let events = if candidate.kind == Kind::Mean { 0 } else { candidate.estimate.n_events.min(n) };
    let standing = match cell {
        Cell::Shown(_) => Standing::Open,
        Cell::Withheld(reason) => Standing::Withheld(*reason),
    };
    Counted { n, events, cost: n as f64, standing }
}

/// One cell by itself.
fn judge(candidate: &Candidate, rule: &Rule) -> Cell {
    if let Some(reason) = too_few(candidate, rule) {
        return Cell::Withheld(reason);
    }
    let shown = shown(candidate, rule);
    if shown.reliability == Outcome::Withhold { Cell::Withheld(Reason::Unreliable) } else { Cell::Shown(shown) }
}

/// The threshold a cell fails, if any.
fn too_few(candidate: &Candidate, rule: &Rule) -> Option<Reason> {
    let e = &candidate.estimate;
    let without = e.n - e.n_events.min(e.n);
    let counts_events = candidate.kind != Kind::Mean;
    let faults = [
        (e.n == 0, Reason::Empty),
        (e.n < rule.min_cases, Reason::TooFewCases),
        (e.n_psus < rule.min_psus, Reason::TooFewPsus),
        (counts_events && e.n_events > 0 && e.n_events < rule.min_events, Reason::TooFewEvents),
        (counts_events && without < rule.min_events, Reason::TooFewWithout),
    ];
    faults.into_iter().find(|(fails, _)| *fails).map(|(_, reason)| reason)
}

/// The numbers of a cell, with what the standard says of them.
fn shown(candidate: &Candidate, rule: &Rule) -> Shown {
    let e = &candidate.estimate;
    let df = e.df(rule.df);
    let proportion = Proportion { p: e.estimate, se: e.se, df, n: e.n as f64 };
    let (interval, n_eff) = match candidate.kind {
        Kind::Proportion => (proportion.interval(rule.method, rule.level), proportion.n_eff_capped(rule.level)),
        Kind::Mean => (crate::interval::mean(e.estimate, e.se, df, rule.level), e.n as f64 / e.deff_replace),
        Kind::Count => (crate::interval::log_t(e.estimate, e.se, df, rule.level), e.n as f64 / e.deff_replace),
    };
    let facts = Facts {
        estimate: e.estimate,
        se: e.se,
        lower: interval.lower,
        upper: interval.upper,
        n: e.n as f64,
        n_eff,
        events: e.n_events as f64,
        df,
        deff: e.deff,
    };
    let Decision { outcome, notes } = decide(candidate.kind, rule, &facts);
    Shown {
        estimate: e.estimate,
        se: e.se,
        ci_lower: interval.lower,
        ci_upper: interval.upper,
        deff: e.deff,
        df,
        p: f64::NAN,
        n: e.n,
        weighted_n: e.weighted_n,
        reliability: outcome,
        notes,
    }
}

/// The standard's word. NCHS judges counts by its rule for counts, and has none for means: those get the rule for counts too.
fn decide(kind: Kind, rule: &Rule, facts: &Facts) -> Decision {
    let standard = if kind != Kind::Proportion && rule.standard == NCHS { crate::reliability::NCHS_COUNTS } else { rule.standard };
    standard.judge(facts)
}
