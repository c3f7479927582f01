//! Eigenvalues of small symmetric matrices.
//!
//! The tables tested have a few rows and columns, so the matrices have tens of entries: Jacobi's rotations are short, need
//! no pivoting, and give every eigenvalue to the last digits, the small ones too. Source: G. Golub and C. Van Loan,
//! *Matrix Computations*, section 8.5.

use crate::matrix::{product, transpose};

/// Eigenvalues of `A^-1 B` for symmetric `B` and positive definite `A`, descending: those of `A^-1/2 B A^-1/2`.
pub(super) fn relative(b: &[Vec<f64>], a: &[Vec<f64>]) -> Vec<f64> {
    let (values, vectors) = jacobi(a);
    let largest = values.iter().copied().fold(0.0, f64::max);
    let half: Vec<Vec<f64>> = vectors
        .iter()
        .map(|row| row.iter().zip(&values).map(|(v, value)| if *value > 1e-12 * largest { v / value.sqrt() } else { 0.0 }).collect())
        .collect();
    let (mut found, _) = jacobi(&product(&product(&transpose(&half), b), &half));
    found.sort_by(|a, b| b.total_cmp(a));
    found
}

/// Jacobi's rotations: eigenvalues, and eigenvectors as columns.
///
/// Ends when what is off the diagonal is nothing beside it; about six sweeps for matrices of this size.
fn jacobi(matrix: &[Vec<f64>]) -> (Vec<f64>, Vec<Vec<f64>>) {
    let n = matrix.len();
    let mut a = matrix.to_vec();
    let mut v: Vec<Vec<f64>> = (0..n).map(|i| (0..n).map(|j| f64::from(u8::from(i == j))).collect()).collect();
    for _ in 0..100 {
        let off: f64 = (0..n).flat_map(|i| (0..i).map(move |j| (i, j))).map(|(i, j)| a[i][j] * a[i][j]).sum();
        let size: f64 = (0..n).map(|i| a[i][i] * a[i][i]).sum();
        if off <= 1e-32 * size || off == 0.0 {
            break;
        }
        for p in 0..n {
            for q in p + 1..n {
                rotate(&mut a, &mut v, p, q);
            }
        }
    }
    ((0..n).map(|i| a[i][i]).collect(), v)
}

/// Make `a[p][q]` zero by a rotation in the plane of `p` and `q`, applied from both sides, and to the eigenvectors.
///
/// `t` is the smaller root of `t^2 + 2 theta t - 1 = 0`, which turns by at most 45 degrees.
fn rotate(a: &mut [Vec<f64>], v: &mut [Vec<f64>], p: usize, q: usize) {
    if a[p][q] == 0.0 {
        return;
    }
    let theta = (a[q][q] - a[p][p]) / (2.0 * a[p][q]);
    let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
    let t = if theta == 0.0 { 1.0 } else { t };
    let c = 1.0 / (t * t + 1.0).sqrt();
    let s = t * c;
    for row in a.iter_mut() {
        (row[p], row[q]) = (c * row[p] - s * row[q], s * row[p] + c * row[q]);
    }
    let (above, below) = a.split_at_mut(q);
    for (left, right) in above[p].iter_mut().zip(&mut below[0]) {
        (*left, *right) = (c * *left - s * *right, s * *left + c * *right);
    }
    for row in v.iter_mut() {
        (row[p], row[q]) = (c * row[p] - s * row[q], s * row[p] + c * row[q]);
    }
}
