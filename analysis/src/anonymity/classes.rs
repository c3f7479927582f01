//! Rows alike in every quasi-identifier, counted.

use std::collections::HashMap;

/// Rows grouped by the values they share.
///
/// A value that was left out is a value like any other here: rows in which it is left out are alike among themselves, and not
/// like a row in which it stands. Counts where a missing value matches anything are never smaller.
///
/// ```
/// use kish_analysis::anonymity::Classes;
///
/// let (sex, age) = (vec![1, 1, 2, 1], vec![0, 0, 0, 3]);
/// let classes = Classes::of(&[sex, age], 4);
/// assert_eq!(classes.of_row(), [0, 0, 1, 2]);
/// assert_eq!((classes.counts(), classes.smallest()), (vec![2, 1, 1], 1));
/// assert_eq!(classes.sums(&[10.0, 30.0, 5.0, 5.0]), [40.0, 5.0, 5.0]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Classes {
    of_row: Vec<usize>,
    rows: Vec<Vec<usize>>,
}

impl Classes {
    /// The classes of `n_rows` rows, by columns of codes of that length. Numbered in the order in which they first occur. Without a
    /// column all rows are alike.
    #[must_use]
    pub fn of<C: AsRef<[u32]>>(columns: &[C], n_rows: usize) -> Self {
        let mut places: HashMap<Vec<u32>, usize> = HashMap::new();
        let mut rows: Vec<Vec<usize>> = Vec::new();
        let of_row = (0..n_rows).map(|row| {
            let key = columns.iter().map(|column| column.as_ref()[row]).collect();
            let class = *places.entry(key).or_insert(rows.len());
            if class == rows.len() {
                rows.push(Vec::new());
            }
            rows[class].push(row);
            class
        });
        let of_row = of_row.collect();
        Self { of_row, rows }
    }

    /// The class of each row.
    #[must_use]
    pub fn of_row(&self) -> &[usize] {
        &self.of_row
    }

    /// The rows of each class.
    #[must_use]
    pub fn rows(&self) -> &[Vec<usize>] {
        &self.rows
    }

    /// `f`, how many rows each class has.
    #[must_use]
    pub fn counts(&self) -> Vec<usize> {
        self.rows.iter().map(Vec::len).collect()
    }

    /// `k`: how many rows the smallest class has; 0 where there is no row.
    #[must_use]
    pub fn smallest(&self) -> usize {
        self.rows.iter().map(Vec::len).min().unwrap_or(0)
    }

    /// `F`, the sum of the weights of each class: how many people of the population it stands for.
    #[must_use]
    pub fn sums(&self, weights: &[f64]) -> Vec<f64> {
        self.rows.iter().map(|rows| rows.iter().map(|row| weights[*row]).sum()).collect()
    }
}
