//! The chance that a person found in the population by her quasi-identifiers is the one in the file.

use super::Classes;

/// Under this the number of people and of rows in a class are taken for equal.
const AS_GOOD_AS_ONE: f64 = 1e-6;

/// The individual risk of a row whose class has `f` rows that stand for `F` people, `people`.
///
/// With `p = f / F`: `p / (1 - p) ln(1 / p)` for one row, `p / (1 - p) - (p / (1 - p))^2 ln(1 / p)` for two, `p / (f - (1 - p))` for
/// more, and `1 / f` where the class has everybody in it (`F <= f`). Source: R. Benedetti and L. Franconi, *Statistical and
/// technological solutions for controlled data dissemination* (1998); L. Franconi and S. Polettini, *Individual risk estimation in
/// mu-Argus* (2004), of which the last formula is the approximation from three rows on.
///
/// ```
/// use kish_analysis::anonymity::individual_risk;
///
/// assert!((individual_risk(1, 100.0) - 0.01 / 0.99 * 100_f64.ln()).abs() < 1e-12);
/// assert!((individual_risk(5, 500.0) - 0.01 / (5.0 - 0.99)).abs() < 1e-12);
/// assert_eq!(individual_risk(4, 4.0), 0.25);      // everybody is in the file
/// ```
#[must_use]
pub fn individual_risk(f: usize, people: f64) -> f64 {
    let n = f as f64;
    let p = n / people;
    if !p.is_finite() || p >= 1.0 - AS_GOOD_AS_ONE {
        return 1.0 / n;
    }
    let odds = p / (1.0 - p);
    // ln(1 / p) = ln(1 + 1 / odds), which loses nothing where p is near 1.
    let log = (1.0 / odds).ln_1p();
    match f {
        1 => odds * log,
        2 => odds - odds * odds * log,
        _ => p / (n - (1.0 - p)),
    }
}

/// The risk of a whole file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Risk {
    /// Of the row most at risk.
    pub greatest: f64,
    /// Of a row on average: the global risk.
    pub mean: f64,
    /// Expected re-identifications, were somebody to look for every row: the sum over the rows.
    pub expected: f64,
}

/// The risk of every row of the classes, taken together. Zero where there is no row.
///
/// ```
/// use kish_analysis::anonymity::{Classes, individual_risk, risk};
///
/// let classes = Classes::of(&[vec![1, 1, 1, 2]], 4);
/// let found = risk(&classes, &[50.0; 4]);
/// assert_eq!(found.greatest, individual_risk(1, 50.0));
/// assert_eq!(found.expected, 3.0 * individual_risk(3, 150.0) + individual_risk(1, 50.0));
/// ```
#[must_use]
pub fn risk(classes: &Classes, weights: &[f64]) -> Risk {
    let of_class: Vec<(f64, f64)> =
        classes.counts().into_iter().zip(classes.sums(weights)).map(|(f, people)| (f as f64, individual_risk(f, people))).collect();
    let rows: f64 = of_class.iter().map(|(n, _)| n).sum();
    let expected: f64 = of_class.iter().map(|(n, risk)| n * risk).sum();
    Risk {
        greatest: of_class.iter().map(|(_, risk)| *risk).fold(0.0, f64::max),
        mean: if rows > 0.0 { expected / rows } else { 0.0 },
        expected,
    }
}
