//! Disclosure control: the only way from estimates to a [`Table`].
//!
//! Two questions are asked of every cell, and both must be answered yes. Could somebody be recognised in it? (counts of
//! people, of events, of non-events, of sampling units against thresholds.) Is it precise enough to present? (the
//! [`Standard`].) Then cells that add up to a shown total are looked at together: a single withheld one would follow by
//! subtraction, so the next smallest is withheld with it.

mod siblings;

use crate::estimate::{DfRule, Estimate};
use crate::interval::{Method, Proportion};
use crate::reliability::{Decision, Facts, NCHS, Outcome, Standard};
use crate::table::{Cell, Reason, Shown, Table};

/// Thresholds below which a cell is withheld, and the standard it is presented by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    /// Smallest unweighted number of cases. Default 10: official statistics ask 3 to 5, surveys of violence 5 to 10, and a
    /// cell this small is unreliable under every standard anyway.
    pub min_cases: u64,
    /// Smallest number of cases with the event, and of cases without it, 0 excepted for events. Default 5 (NCHS flags 1 to 4).
    pub min_events: u64,
    /// Smallest number of sampling units with a case. Default 2: one unit is one village.
    pub min_psus: u64,
    /// Presentation standard. Default NCHS.
    pub standard: Standard,
    /// Interval of proportions. Default Korn–Graubard, capped.
    pub method: Method,
    /// Level of the intervals. Default 0.95.
    pub level: f64,
    /// Degrees of freedom. Default rows with a value.
    pub df: DfRule,
}

impl Default for Rule {
    fn default() -> Self {
        Self { min_cases: 10, min_events: 5, min_psus: 2, standard: NCHS, method: Method::KornGraubard, level: 0.95, df: DfRule::Observed }
    }
}

/// What kind of number a cell holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// A proportion of people, from a 0/1 variable.
    #[default]
    Proportion,
    /// A mean of a real variable: no events, symmetric interval.
    Mean,
    /// A weighted count of events, from a 0/1 variable: log-t interval.
    Count,
}

/// A cell on its way into a table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// The estimate.
    pub estimate: Estimate,
    /// What it is.
    pub kind: Kind,
}

/// Cells that add up (as people) to another cell of the same table: an age group's parts, say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Relation {
    /// Places of the parts among the candidates.
    pub parts: Vec<usize>,
    /// Place of their sum.
    pub whole: usize,
}

/// Judge every cell, withhold what must be, and build the table. The order of cells is kept.
///
/// `relations` list the sums inside the table; places out of range are ignored.
#[must_use]
pub fn protect(candidates: &[Candidate], relations: &[Relation], rule: &Rule) -> Table {
    let judged: Vec<Cell> = candidates.iter().map(|candidate| judge(candidate, rule)).collect();
    let sizes: Vec<u64> = candidates.iter().map(|candidate| candidate.estimate.n).collect();
    Table::new(siblings::complement(judged, &sizes, relations))
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
