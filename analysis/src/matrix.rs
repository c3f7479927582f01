//! The little linear algebra the crate needs: matrices by row, as `Vec<Vec<f64>>`.
//!
//! Calibration, regression and tests of independence solve systems with as many unknowns as there are terms in a model or
//! cells in a small table. That many need no library; what they need is a rule for terms that depend on each other (the
//! levels of a factor beside an intercept), which the sweep operator has: a dependent row is seen by its pivot and left out.
//! Shapes are the caller's business: rows of one matrix have one length, and `x` has as many rows as `d` and `y`.

/// Generalised inverse of a symmetric positive semi-definite matrix: the sweep operator (Goodnight 1979). A row that is a
/// combination of earlier ones (to `1e-10` of its own size) is left out and comes back as zeros.
pub(crate) fn symmetric_inverse(matrix: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let n = matrix.len();
    let mut a = matrix.to_vec();
    let sizes: Vec<f64> = (0..n).map(|k| a[k][k]).collect();
    let mut dropped = vec![false; n];
    for k in 0..n {
        let pivot = a[k][k];
        if pivot.is_nan() || pivot <= 1e-10 * sizes[k] {
            dropped[k] = true;
            continue;
        }
        sweep(&mut a, k, pivot);
    }
    for i in 0..n {
        for j in 0..n {
            a[i][j] = if dropped[i] || dropped[j] { 0.0 } else { -a[i][j] };
        }
    }
    a
}

/// One sweep on row `k`; after all of them the matrix is minus its inverse. The order of sweeps does not change the result
/// but for rounding, which the symmetric pivots of a covariance-like matrix keep small.
fn sweep(a: &mut [Vec<f64>], k: usize, pivot: f64) {
    let row = a[k].clone();
    for (i, other) in a.iter_mut().enumerate().filter(|(i, _)| *i != k) {
        let factor = row[i] / pivot;
        for (j, value) in other.iter_mut().enumerate().filter(|(j, _)| *j != k) {
            *value -= factor * row[j];
        }
        other[k] = factor;
    }
    for (j, value) in a[k].iter_mut().enumerate() {
        *value = if j == k { -1.0 / pivot } else { row[j] / pivot };
    }
}

/// `A x`.
pub(crate) fn times(a: &[Vec<f64>], x: &[f64]) -> Vec<f64> {
    a.iter().map(|row| dot(row, x)).collect()
}

/// `A B`.
pub(crate) fn product(a: &[Vec<f64>], b: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let b = transpose(b);
    a.iter().map(|row| times(&b, row)).collect()
}

/// `A'`.
pub(crate) fn transpose(a: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let width = a.first().map_or(0, Vec::len);
    (0..width).map(|j| a.iter().map(|row| row[j]).collect()).collect()
}

/// `x'y`.
pub(crate) fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

/// `sum of d x x'` over rows of `x`.
pub(crate) fn gram(x: &[Vec<f64>], d: &[f64]) -> Vec<Vec<f64>> {
    let n = x.first().map_or(0, Vec::len);
    let mut sum = vec![vec![0.0; n]; n];
    for (x, d) in x.iter().zip(d) {
        for (row, left) in sum.iter_mut().zip(x) {
            row.iter_mut().zip(x).for_each(|(sum, right)| *sum += d * left * right);
        }
    }
    sum
}

/// `sum of d x y` over rows of `x`.
pub(crate) fn cross(x: &[Vec<f64>], d: &[f64], y: &[f64]) -> Vec<f64> {
    let mut sum = vec![0.0; x.first().map_or(0, Vec::len)];
    for ((x, d), y) in x.iter().zip(d).zip(y) {
        sum.iter_mut().zip(x).for_each(|(sum, x)| *sum += d * x * y);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inverts() {
        let inverse = symmetric_inverse(&[vec![4.0, 2.0], vec![2.0, 3.0]]);
        let wanted = [[0.375, -0.25], [-0.25, 0.5]];
        for (row, wanted) in inverse.iter().zip(wanted) {
            assert!(row.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-15), "{inverse:?}");
        }
    }

    #[test]
    fn leaves_out_what_depends() {
        let inverse = symmetric_inverse(&[vec![1.0, 1.0], vec![1.0, 1.0]]);
        assert_eq!(inverse, vec![vec![1.0, 0.0], vec![0.0, 0.0]]);
    }
}
