//! Replicate weights in the place of strata and sampling units: published standard errors follow from them, the design does not.
//!
//! The variance of an estimate is `z' Q z`: `z` holds the total of its linearised values in each unit, `Q` is
//! `n / (n - 1) (I - J / n)` in each stratum of `n` units and 0 between strata. Any `B` with `B' B = Q` gives replicates: with the weights
//! of unit `i` times `1 + c b_ri`, the estimate moves by `c` times `b_r z` to first order, and the squares add up to `c^2 z' Q z`. Source:
//! R. Fay, *Theory and application of replicate weighting for variance calculations* (1989).
//!
//! From such a `B` the strata can be computed back. So only its part in the space of the `z` that were published is kept as it is; the
//! rest is taken at random, fewer replicates than there are units, right on average: `E[B' B] = Q`. At last all replicates are turned
//! together, so that none of them is one published number's.

use crate::error::Error;

/// What is left of a vector under which it lies in the space of those before.
const NOTHING: f64 = 1e-9;

/// `B`: for each of `count` replicates the factor `b_ri` of each unit.
///
/// `published` are the `z` whose variance is to come out exactly, by unit; `normal()` gives standard normal numbers, the caller's
/// generator. Other estimates get a variance with a coefficient of variation of about `sqrt(2 / count)`.
///
/// # Errors
/// [`Error::LonelyPsu`] for strata with one unit, which have no variance of their own, and [`Error::Unsolvable`] where there are not
/// more replicates than published numbers.
///
/// ```
/// use kish_analysis::anonymity::conceal;
///
/// let mut next = [0.3, -1.2, 0.7, 0.1, -0.4, 1.9, -0.8].into_iter().cycle();      // stands for a generator
/// let z = vec![1.0, 3.0, 2.0, 2.0, 8.0];      // units of two strata
/// let b = conceal(&[0, 0, 1, 1, 1], &[z.clone()], 4, || next.next().unwrap_or(0.0))?;
/// let variance: f64 = b.iter().map(|row| row.iter().zip(&z).map(|(b, z)| b * z).sum::<f64>().powi(2)).sum();
/// assert!((variance - (2.0 * (1.0 + 1.0) + 1.5 * (4.0 + 4.0 + 16.0))).abs() < 1e-9);
/// # Ok::<(), kish_analysis::Error>(())
/// ```
pub fn conceal(
    stratum_of_unit: &[u32],
    published: &[Vec<f64>],
    count: usize,
    mut normal: impl FnMut() -> f64,
) -> Result<Vec<Vec<f64>>, Error> {
    let sizes = sizes(stratum_of_unit)?;
    let root = |z: &[f64]| root(stratum_of_unit, &sizes, z);
    let basis = basis(published.iter().map(|z| root(z)));
    let n_random = count
        .checked_sub(basis.len())
        .filter(|n| *n > 0)
        .ok_or_else(|| Error::Unsolvable(format!("{count} replicates: {} published numbers need more of them", basis.len())))?;
    let mut rows: Vec<Vec<f64>> = basis.iter().map(|u| root(u)).collect();
    for _ in 0..n_random {
        let mut direction: Vec<f64> = stratum_of_unit.iter().map(|_| normal() / (n_random as f64).sqrt()).collect();
        remove(&mut direction, &basis);
        rows.push(root(&direction));
    }
    Ok(turned(&rows, &mut normal))
}

/// How many units each stratum has; none may have one alone.
fn sizes(stratum_of_unit: &[u32]) -> Result<Vec<f64>, Error> {
    let mut sizes = vec![0.0; stratum_of_unit.iter().max().map_or(0, |last| *last as usize + 1)];
    stratum_of_unit.iter().for_each(|stratum| sizes[*stratum as usize] += 1.0);
    let lonely: Vec<usize> = (0..sizes.len()).filter(|stratum| sizes[*stratum] == 1.0).collect();
    if lonely.is_empty() { Ok(sizes) } else { Err(Error::LonelyPsu { stage: 1, strata: lonely }) }
}

/// `A z` with `A A = Q`: in each stratum `sqrt(n / (n - 1)) (z - mean)`.
fn root(stratum_of_unit: &[u32], sizes: &[f64], z: &[f64]) -> Vec<f64> {
    let mut means = vec![0.0; sizes.len()];
    stratum_of_unit.iter().zip(z).for_each(|(stratum, z)| means[*stratum as usize] += z / sizes[*stratum as usize]);
    let centred = stratum_of_unit.iter().zip(z).map(|(stratum, z)| {
        let n = sizes[*stratum as usize];
        (n / (n - 1.0)).sqrt() * (z - means[*stratum as usize])
    });
    centred.collect()
}

/// An orthonormal basis of the space of some vectors, by the method of Gram and Schmidt, each made orthogonal twice.
fn basis(vectors: impl Iterator<Item = Vec<f64>>) -> Vec<Vec<f64>> {
    let mut basis: Vec<Vec<f64>> = Vec::new();
    for mut vector in vectors {
        let before = norm(&vector);
        remove(&mut vector, &basis);
        remove(&mut vector, &basis);
        let left = norm(&vector);
        if left > NOTHING * before && left > 0.0 {
            vector.iter_mut().for_each(|x| *x /= left);
            basis.push(vector);
        }
    }
    basis
}

fn remove(vector: &mut [f64], basis: &[Vec<f64>]) {
    for u in basis {
        let along: f64 = vector.iter().zip(u).map(|(v, u)| v * u).sum();
        vector.iter_mut().zip(u).for_each(|(v, u)| *v -= along * u);
    }
}

fn norm(vector: &[f64]) -> f64 {
    vector.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// The rows times a random orthogonal matrix, which changes no sum of squares.
fn turned(rows: &[Vec<f64>], normal: &mut impl FnMut() -> f64) -> Vec<Vec<f64>> {
    let n = rows.len();
    let mut turn: Vec<Vec<f64>> = Vec::new();
    // A generator that repeats itself may not give as many directions as are needed; then the rows are left as they are.
    for _ in 0..2 * n {
        if turn.len() < n {
            let next: Vec<f64> = (0..n).map(|_| normal()).collect();
            turn = basis(turn.into_iter().chain([next]));
        }
    }
    if turn.len() < n {
        return rows.to_vec();
    }
    let units = rows.first().map_or(0, Vec::len);
    turn.iter().map(|o| (0..units).map(|unit| o.iter().zip(rows).map(|(o, row)| o * row[unit]).sum()).collect()).collect()
}
