//! The weights of a research file: few values that still give what was published, and replicates in the place of the design.

use kish_analysis::anonymity::{Coarse, coarsen, conceal, holders};
use rand::RngExt;
use rand_chacha::ChaCha20Rng;

use super::published::Published;
use super::report::WeightsReport;
use super::request::{Request, Variance};
use crate::prevalence::{Error, Sample};

/// How many times the next value of a weight is as high, the coarsest first.
const RATIOS: [f64; 4] = [1.25, 1.15, 1.1, 1.05];
/// Beginnings of the search with each ratio, and the moves in vain after which one is given up.
const BEGINNINGS: usize = 4;
const TRIES: usize = 800;
/// Sampling units that share a value at least.
const LEAST_PSUS: usize = 2;
const REPLICATES: usize = 100;
/// How far replicate weights are from the weights, and by what their sum of squares is multiplied for it.
const STEP: f64 = 1.0 / 20.0;
pub(super) const SCALE: f64 = 400.0;
/// Digits of a replicate weight.
const DIGITS: i32 = 8;

pub(super) struct Fitted {
    pub weights: Vec<f64>,
    /// By replicate and row; none where the file has strata and PSUs.
    pub replicates: Vec<Vec<f64>>,
    pub report: WeightsReport,
}

pub(super) fn fit(
    sample: &Sample,
    published: &Published,
    answers: &[Vec<Option<bool>>],
    request: &Request,
    rng: &mut ChaCha20Rng,
) -> Result<Fitted, Error> {
    let (weights, report) = few_values(sample, published, request.k, rng)?;
    let replicates = match request.variance {
        Variance::Design => Vec::new(),
        Variance::Replicates => replicates(sample, published, answers, &weights, rng)?,
    };
    Ok(Fitted { weights, replicates, report })
}

/// The coarsest weights that give every published number.
fn few_values(sample: &Sample, published: &Published, k: usize, rng: &mut ChaCha20Rng) -> Result<(Vec<f64>, WeightsReport), Error> {
    let full: Vec<f64> = sample.rows.iter().map(|r| r.weight).collect();
    let psus: Vec<u32> = sample.rows.iter().map(|r| r.psu).collect();
    let distance = |weights: &[f64]| {
        let design = sample.design_of(weights).map_err(|e| kish_analysis::Error::Unsolvable(e.to_string()))?;
        published.distance(&design)
    };
    for ratio in RATIOS.into_iter().flat_map(|ratio| [ratio; BEGINNINGS]) {
        let asked = Coarse { ratio, least_rows: k, least_units: LEAST_PSUS, tries: TRIES };
        if let Some(weights) = coarsen(&full, &psus, asked, distance, |n| rng.random_range(0..n))? {
            let report = WeightsReport::of(ratio, holders(&weights, &psus));
            return Ok((weights, report));
        }
    }
    let words = "no weights that tell no PSU give all the published numbers: ask for fewer indicators, or for a table by fewer dimensions";
    Err(Error::Refused(words.to_owned()))
}

fn replicates(
    sample: &Sample,
    published: &Published,
    answers: &[Vec<Option<bool>>],
    weights: &[f64],
    rng: &mut ChaCha20Rng,
) -> Result<Vec<Vec<f64>>, Error> {
    let z = published.linearised(sample, weights, answers);
    let factors = conceal(&sample.stratum_of_psu, &z, REPLICATES, || normal(rng)).map_err(|e| match e {
        kish_analysis::Error::LonelyPsu { .. } => {
            Error::Refused("a stratum has one PSU and no variance of its own, which replicates cannot show: ask for the design".to_owned())
        }
        other => Error::Refused(format!("{other}; ask for fewer indicators")),
    })?;
    let set = |b: &Vec<f64>| sample.rows.iter().zip(weights).map(|(row, w)| digits(w * (1.0 + STEP * b[row.psu as usize]))).collect();
    let sets: Vec<Vec<f64>> = factors.iter().map(set).collect();
    if published.distance_of_replicates(&sample.design_of(weights)?, sets.clone(), SCALE)? > 0.0 {
        return Err(Error::Refused("the replicates do not give all the published numbers: ask again, they are drawn anew".to_owned()));
    }
    Ok(sets)
}

fn digits(x: f64) -> f64 {
    let scale = 10f64.powf(f64::from(DIGITS - 1) - x.abs().log10().floor());
    (x * scale).round() / scale
}

/// A standard normal number, by the method of Box and Muller.
fn normal(rng: &mut ChaCha20Rng) -> f64 {
    let (u, v): (f64, f64) = (1.0 - rng.random::<f64>(), rng.random());
    (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
}
