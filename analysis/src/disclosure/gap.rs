//! Differences between the cells of a protected table: what is shown of both is shown of their difference, and nothing else.

use crate::interval;
use crate::special::t_two_sided;
use crate::table::{Cell, Shown, Table};

/// Two cells of a table, of which one is taken from the other.
///
/// ```
/// use kish_analysis::disclosure::Gap;
///
/// // Women (cell 0) less men (cell 1), drawn in PSUs of their own: no covariance.
/// let gap = Gap { of: 0, against: 1, covariance: 0.0, df: 25.0 };
/// assert_eq!(gap.of, 0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gap {
    /// Place of the cell from which is taken, from 0.
    pub of: usize,
    /// Place of the cell that is taken.
    pub against: usize,
    /// Covariance of the two estimates, in units of the variable, squared: [`Sums::covariance`](crate::cells::Sums::covariance).
    pub covariance: f64,
    /// Degrees of freedom of both cells together.
    pub df: f64,
}

/// The differences of cells of one protected table, in the order of `gaps`, as a table of their own.
///
/// `d = p₁ − p₂`, `se² = se₁² + se₂² − 2 cov(p₁, p₂)`, the interval `d ± t(df) se` ([`interval::mean`]), and
/// `p` the probability of a Student's t with `df` further from 0 than `d / se` ([`t_two_sided`]; `NaN` where nothing varies). A difference is withheld for
/// the reason of the first of its cells that is; so it never says more than the table it comes from. Its reliability is the worse of
/// the two, its `n` and `weighted_n` their sums; a design effect does not apply. Places out of range are withheld as empty.
///
/// ```
/// use kish_analysis::disclosure::{Candidate, Gap, Kind, Rule, gaps, protect};
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
/// // 100 of 400 and 60 of 400, independent; and 4 of 400, too few to show.
/// let table = protect(&[cell(400, 100), cell(400, 60), cell(400, 4)], &[], &Rule::default());
/// let pair = |of, against| Gap { of, against, covariance: 0.0, df: 25.0 };
/// let found = gaps(&table, &[pair(0, 1), pair(0, 2)], 0.95);
/// let Cell::Shown(gap) = &found.cells()[0] else { panic!("withheld") };
/// assert!((gap.estimate - 0.1).abs() < 1e-12 && (gap.se - (0.25_f64 * 0.75 / 400.0 + 0.15 * 0.85 / 400.0).sqrt()).abs() < 1e-12);
/// assert_eq!((gap.n, gap.df), (800, 25.0));
/// assert!((gap.p - 0.001_505).abs() < 1e-6);      // t = 0.1 / 0.02806 = 3.563 with 25 degrees of freedom
/// assert_eq!(found.cells()[1], Cell::Withheld(Reason::TooFewEvents));
/// ```
#[must_use]
pub fn gaps(table: &Table, gaps: &[Gap], level: f64) -> Table {
    Table::new(gaps.iter().map(|gap| difference(table, gap, level)).collect())
}

fn difference(table: &Table, gap: &Gap, level: f64) -> Cell {
    let cell = |place: usize| table.cells().get(place).unwrap_or(&Cell::Withheld(crate::table::Reason::Empty));
    let (a, b) = match (cell(gap.of), cell(gap.against)) {
        (Cell::Withheld(reason), _) | (_, Cell::Withheld(reason)) => return Cell::Withheld(*reason),
        (Cell::Shown(a), Cell::Shown(b)) => (a, b),
    };
    let estimate = a.estimate - b.estimate;
    let se = (a.se * a.se + b.se * b.se - 2.0 * gap.covariance).max(0.0).sqrt();
    let limits = interval::mean(estimate, se, gap.df, level);
    let notes = a.notes.iter().chain(b.notes.iter().filter(|note| !a.notes.contains(note))).copied().collect();
    Cell::Shown(Shown {
        estimate,
        se,
        ci_lower: limits.lower,
        ci_upper: limits.upper,
        deff: f64::NAN,
        df: gap.df,
        p: if se > 0.0 { t_two_sided(estimate / se, gap.df) } else { f64::NAN },
        n: a.n + b.n,
        weighted_n: a.weighted_n + b.weighted_n,
        reliability: a.reliability.max(b.reliability),
        notes,
    })
}
