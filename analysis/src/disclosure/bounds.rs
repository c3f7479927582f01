//! Between which limits a cell can lie, as far as the attacker can tell.

use super::moves::{Aim, Answer, Freedom, STILL, fields};
use super::numbers::Numbers;
use super::{Mask, Release};
use crate::interval::Interval;

/// The narrowest limits that follow, by sums and by counts not being negative, from all that is shown.
///
/// ```
/// use kish_analysis::disclosure::{Counted, Relation, Release, Standing};
/// use kish_analysis::table::Reason;
///
/// let open = |n, events| Counted { n, events, cost: n as f64, standing: Standing::Open };
/// let few = Counted { standing: Standing::Withheld(Reason::TooFewCases), ..open(8, 3) };
/// // Eight men and 60 women, of whom 20 said yes, and both together.
/// let (counts, sum) = ([open(60, 20), few, open(68, 23)], [Relation { parts: vec![0, 1], whole: 2 }]);
/// let release = Release { counts: &counts, relations: &sum, same_cases: &[], held: &[], protection: 5 };
/// let bounds = release.bounds(&release.mask(&mut |_| true)?, 1);
/// assert_eq!((bounds.events.lower, bounds.events.upper.round()), (0.0, 23.0));
/// assert_eq!((bounds.without.lower, bounds.without.upper.round()), (0.0, 45.0));
/// # Ok::<(), kish_analysis::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// Cases with the event.
    pub events: Interval,
    /// Cases without it.
    pub without: Interval,
}

impl Release<'_> {
    /// The limits of a cell. Infinite where nothing shown limits it from above; `NaN` where the solver gave up. A place that no cell has
    /// is a panic.
    #[must_use]
    pub fn bounds(&self, mask: &Mask, cell: usize) -> Bounds {
        let numbers = Numbers::new(self);
        let freedom = numbers.freedom(self, mask.standings());
        let seen: Vec<Freedom> = freedom.into_iter().map(Freedom::seen).collect();
        let [events, without] = Numbers::of_cell(cell).map(|number| interval(&numbers, &seen, number));
        Bounds { events, without }
    }
}

fn interval(numbers: &Numbers, seen: &[Freedom], number: usize) -> Interval {
    let value = numbers.values[number];
    let fields = fields(&numbers.relations, seen);
    let Some(field) = fields.iter().find(|field| field.numbers().contains(&number)) else { return Interval { lower: value, upper: value } };
    let farthest = |sign: f64| match field.solve(&numbers.values, seen, &[Aim { number, sign, cap: f64::INFINITY }], None).0 {
        Answer::Moves(moves) => tidy(value + moves[number]),
        Answer::Endless => sign * f64::INFINITY,
        Answer::Nothing => f64::NAN,
    };
    Interval { lower: farthest(-1.0), upper: farthest(1.0) }
}

/// A count that is nearly whole is meant to be.
fn tidy(count: f64) -> f64 {
    if (count - count.round()).abs() < STILL { count.round() } else { count }
}
