//! Values left out of single rows, so that every class is large enough and tells on nobody.

use super::{Classes, tells};

/// The code of a value that was left out.
pub const HIDDEN: u32 = u32::MAX;

/// Up to so many columns every order of looking at them is tried; beyond it the given one alone.
const MOST_ORDERED: usize = 4;

/// A file before values are left out. All columns are as long as each other; without a column there is no row.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    /// Quasi-identifiers in which nothing may be changed.
    pub fixed: &'a [Vec<u32>],
    /// Quasi-identifiers of which single values may be left out.
    pub free: &'a [Vec<u32>],
    /// What must not be learnt of a whole class: see [`tells`].
    pub sensitive: &'a [Vec<Option<bool>>],
    /// The least number of rows in a class.
    pub k: usize,
}

/// Classes by the fixed columns alone that are too small, or tell: one row of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreachable(pub Vec<usize>);

impl Given<'_> {
    fn n_rows(&self) -> usize {
        self.fixed.iter().chain(self.free).map(Vec::len).next().unwrap_or(0)
    }

    pub(super) fn is_safe(&self, rows: &[usize]) -> bool {
        rows.len() >= self.k && !self.sensitive.iter().any(|answers| tells(rows, answers))
    }
}

/// The free columns with [`HIDDEN`] where a value is left out, so that every class of all columns has at least `k` rows and no class
/// [`tells`]. Few values are left out, not provably the fewest: in each group of rows alike in the other columns, levels that are
/// not safe are left out together, with the smallest safe one where they are still too few; what is left is hidden whole. Of the
/// orders in which the columns can be gone through, the one that leaves out the fewest values counts.
///
/// # Errors
/// [`Unreachable`] where a class of the fixed columns is not safe itself: then nothing that is left out helps.
///
/// ```
/// use kish_analysis::anonymity::{Given, HIDDEN, Unreachable, suppress};
///
/// let (sex, age) = (vec![1, 1, 1, 1, 2], vec![20, 20, 30, 40, 30]);
/// let given = Given { fixed: &[sex.clone()], free: &[age.clone()], sensitive: &[], k: 2 };
/// assert_eq!(suppress(&given), Err(Unreachable(vec![4])));      // of the second sex there is one person
///
/// let given = Given { fixed: &[], free: &[age], sensitive: &[], k: 2 };
/// assert_eq!(suppress(&given).unwrap(), [[20, 20, HIDDEN, HIDDEN, HIDDEN]]);      // one of 40 alone would be found
/// ```
pub fn suppress(given: &Given<'_>) -> Result<Vec<Vec<u32>>, Unreachable> {
    let blocks = Classes::of(given.fixed, given.n_rows());
    let unsafe_blocks: Vec<usize> = blocks.rows().iter().filter(|rows| !given.is_safe(rows)).map(|rows| rows[0]).collect();
    if !unsafe_blocks.is_empty() {
        return Err(Unreachable(unsafe_blocks));
    }
    let n_hidden = |free: &Vec<Vec<u32>>| free.iter().flatten().filter(|code| **code == HIDDEN).count();
    let tries = orders(given.free.len()).into_iter().map(|order| attempt(given, &blocks, &order));
    Ok(tries.min_by_key(n_hidden).unwrap_or_default())
}

/// Every order of the columns, or one where there are many.
fn orders(n: usize) -> Vec<Vec<usize>> {
    if n > MOST_ORDERED {
        return vec![(0..n).rev().collect()];
    }
    (0..n).fold(vec![Vec::new()], |orders, next| {
        let with = |order: &Vec<usize>| (0..=order.len()).map(|at| [&order[..at], &[next], &order[at..]].concat()).collect::<Vec<_>>();
        orders.iter().flat_map(with).collect()
    })
}

fn attempt(given: &Given<'_>, blocks: &Classes, order: &[usize]) -> Vec<Vec<u32>> {
    let mut free = given.free.to_vec();
    for &column in order {
        let others: Vec<&Vec<u32>> =
            given.fixed.iter().chain(free.iter().enumerate().filter(|(other, _)| *other != column).map(|(_, c)| c)).collect();
        for group in Classes::of(&others, given.n_rows()).rows() {
            for row in hidden_in(given, group, &free[column]) {
                free[column][row] = HIDDEN;
            }
        }
    }
    for block in blocks.rows() {
        for row in left_over(given, block, &free) {
            free.iter_mut().for_each(|column| column[row] = HIDDEN);
        }
    }
    free
}

/// Rows of a group whose value in a column is left out. None where it would not help: the group is too small whole.
fn hidden_in(given: &Given<'_>, group: &[usize], column: &[u32]) -> Vec<usize> {
    let codes: Vec<u32> = group.iter().map(|row| column[*row]).collect();
    let levels = Classes::of(&[codes], group.len());
    let mut shown: Vec<Vec<usize>> = Vec::new();
    let mut hidden: Vec<usize> = Vec::new();
    for places in levels.rows() {
        let rows: Vec<usize> = places.iter().map(|place| group[*place]).collect();
        if column[rows[0]] == HIDDEN || !given.is_safe(&rows) { hidden.extend(rows) } else { shown.push(rows) }
    }
    gather(given, hidden, shown)
}

/// Rows of a block that are hidden in every free column: those in classes that are not safe, with the smallest others until they are.
fn left_over(given: &Given<'_>, block: &[usize], free: &[Vec<u32>]) -> Vec<usize> {
    let columns: Vec<Vec<u32>> = free.iter().map(|column| block.iter().map(|row| column[*row]).collect()).collect();
    let (mut shown, mut hidden) = (Vec::new(), Vec::new());
    for places in Classes::of(&columns, block.len()).rows() {
        let rows: Vec<usize> = places.iter().map(|place| block[*place]).collect();
        let is_hidden = free.iter().all(|column| column[rows[0]] == HIDDEN);
        if is_hidden || !given.is_safe(&rows) { hidden.extend(rows) } else { shown.push(rows) }
    }
    gather(given, hidden, shown)
}

/// The hidden rows with the smallest of the shown until they are safe together; none where they never are.
fn gather(given: &Given<'_>, mut hidden: Vec<usize>, mut shown: Vec<Vec<usize>>) -> Vec<usize> {
    if hidden.is_empty() {
        return hidden;
    }
    shown.sort_by_key(|rows| std::cmp::Reverse(rows.len()));
    while !given.is_safe(&hidden) {
        let Some(next) = shown.pop() else { return Vec::new() };
        hidden.extend(next);
    }
    hidden
}
