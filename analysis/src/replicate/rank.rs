//! The rank of a tall matrix of weights.
//!
//! As many sets of weights as there are, but no more degrees of freedom than they have independent directions: a jackknife of
//! `n` PSUs in one stratum has `n` sets and `n - 1` degrees of freedom.

/// Columns whose length falls below this share of what it was, once the others are taken out, do not count (as in R's `qr`).
const TOLERANCE: f64 = 1e-5;

/// Rank of the matrix with the given columns, over some rows: modified Gram–Schmidt.
pub(super) fn rank(columns: &[Vec<f64>], rows: &[usize]) -> usize {
    let mut basis: Vec<Vec<f64>> = Vec::new();
    for column in columns {
        let mut rest: Vec<f64> = rows.iter().map(|row| column[*row]).collect();
        let length = norm(&rest);
        // Twice, because once leaves rounding behind.
        for _ in 0..2 {
            for unit in &basis {
                let along: f64 = unit.iter().zip(&rest).map(|(a, b)| a * b).sum();
                rest.iter_mut().zip(unit).for_each(|(rest, unit)| *rest -= along * unit);
            }
        }
        let left = norm(&rest);
        if length > 0.0 && left > TOLERANCE * length {
            rest.iter_mut().for_each(|rest| *rest /= left);
            basis.push(rest);
        }
    }
    basis.len()
}

/// Euclidean length.
fn norm(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}
