//! The sampling design of a request, read off its columns.

use std::collections::HashMap;
use std::path::Path;

use kish_analysis::design::{self, Stage};
use kish_analysis::replicate::{Bootstrap, Replicates};
use kish_analysis::weighting::{Limits, trim_adjusted};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::Error;
use super::known::{self, Standardized};
use super::read::{self, Data};
use super::request::{self, Design, FpcKind, Lonely, Trim};
use super::units::{Units, described, numbers, units};

pub(super) struct Sample {
    pub(super) design: design::Design,
    pub(super) df_full: f64,
    pub(super) replicates: Option<Replicates>,
    /// As the request says, for replicates whose rank cannot be asked.
    df_given: Option<f64>,
}

impl Sample {
    /// `folder` is where files of replicate weights are looked for; `rows` are those some estimate is about.
    pub(super) fn new(data: &Data, folder: &Path, rows: &[bool], request: &Design) -> Result<Self, Error> {
        let ids = match (&request.ids.0[..], &request.replicates) {
            ([], None) => {
                return Err(Error::field("design.ids", "name the sampling units, outermost first, or \"row\""));
            }
            ([], Some(_)) => vec!["row".to_owned()],
            (ids, _) => ids.to_vec(),
        };
        let mut stages: Vec<Units> = Vec::new();
        for (stage, id) in ids.iter().enumerate() {
            let parent = stages.last().map_or_else(|| vec![0; data.n_rows], |above| above.of_row.clone());
            stages.push(units(data, request, stage, id, &parent)?);
        }
        let weight = weights(data, request, &stages)?;
        let standard = request.standardize.as_ref().map(|asked| known::standardize(data, &weight, rows, asked)).transpose()?;
        let weight = standard.as_ref().map_or(weight, |standard| standard.before.clone());
        let described: Vec<Stage<'_>> = stages.iter().map(|units| described(units, request.fpc_kind)).collect();
        let of_row = &stages[stages.len() - 1].of_row;
        let design = design::Design::multi_stage(&described, of_row, &weight, lonely(request.lonely))
            .map_err(|error| fault(data, request, &error))?
            .with_lonely_domain(request.lonely_domain)
            .with_threads(std::thread::available_parallelism().map_or(1, usize::from));
        let replicates = request.replicates.as_ref().map(|asked| replicates(asked, folder, &design)).transpose()?;
        let df_given = request.replicates.as_ref().and_then(|asked| asked.df);
        let sample = Self { df_full: 0.0, design, replicates, df_given };
        sample.calibrated(data, request, standard, &stages)?.trimmed(request)?.counted()
    }

    /// The same sample with its weights, and those of every replicate, calibrated or standardised.
    fn calibrated(self, data: &Data, request: &Design, standard: Option<Standardized>, stages: &[Units]) -> Result<Self, Error> {
        let fault = |error: kish_analysis::Error| Error::field("design.calibration", error.to_string());
        if let Some(standard) = standard {
            if request.calibration.is_some() || self.replicates.is_some() {
                return Err(Error::field("design.standardize", "not together with calibration or replicates"));
            }
            let design = self.design.calibrated(standard.weight, &standard.x).map_err(fault)?;
            return Ok(Self { design, ..self });
        }
        let Some(asked) = &request.calibration else {
            return Ok(self);
        };
        let units: Vec<&[u32]> = stages.iter().map(|units| units.of_row.as_slice()).collect();
        let known = known::known(data, asked, &units)?;
        let weight = known::apply(&known, asked, self.design.weights())?;
        let replicates = self.replicates.map(|sets| sets.try_map(|set| known::apply(&known, asked, set))).transpose()?;
        Ok(Self { design: self.design.calibrated(weight, &known.x()).map_err(fault)?, replicates, ..self })
    }

    /// The same sample with its weights, and those of every replicate, cut to the limits asked for.
    fn trimmed(self, request: &Design) -> Result<Self, Error> {
        let Some(Trim { lower, upper, strict }) = request.trim else {
            return Ok(self);
        };
        let fault = |error: kish_analysis::Error| Error::field("design.trim", error.to_string());
        if lower.is_nan() || lower >= upper {
            return Err(Error::field("design.trim", "lower lies below upper"));
        }
        let cut = |weight: &[f64]| trim_adjusted(weight, Limits { lower, upper }, strict).weights;
        let weight = cut(self.design.weights());
        let replicates = self.replicates.map(|sets| sets.try_map(|set| Ok::<_, Error>(cut(set)))).transpose()?;
        Ok(Self { design: self.design.trimmed(weight).map_err(fault)?, replicates, ..self })
    }

    fn counted(mut self) -> Result<Self, Error> {
        self.df_full = self.df(self.design.degrees_of_freedom() as f64, |_| true);
        Ok(self)
    }

    /// Degrees of freedom of a domain: PSUs less strata as counted, or the rank of the domain's replicate weights less 1.
    pub(super) fn df(&self, counted: f64, inside: impl Fn(usize) -> bool) -> f64 {
        let Some(sets) = &self.replicates else {
            return counted;
        };
        let found = sets.degrees_of_freedom(inside).or(self.df_given).unwrap_or(counted);
        self.df_given.map_or(found, |given| found.min(given))
    }
}

/// Replicate weights read from a file, or made from the design.
fn replicates(asked: &request::Replicates, folder: &Path, design: &design::Design) -> Result<Replicates, Error> {
    let fault = |error: kish_analysis::Error| Error::field("design.replicates", error.to_string());
    if let Some(file) = &asked.file {
        let weights = read::matrix(&folder.join(file))?;
        let rows = weights.first().map_or(0, Vec::len);
        if rows != design.n_rows() {
            return Err(Error::field("design.replicates.file", format!("{rows} rows where the data has {}", design.n_rows())));
        }
        let rscales = asked.rscales.as_ref().map_or(vec![1.0], |rscales| rscales.list().to_vec());
        return Replicates::given(weights, asked.scale.unwrap_or(1.0), &rscales, asked.mse).map_err(fault);
    }
    let made = match asked.kind.as_deref() {
        Some("JK1") => Replicates::jk1(design),
        Some("JKn") => Replicates::jkn(design),
        Some("BRR") => Replicates::fay(design, 0.0),
        Some("Fay") => Replicates::fay(design, asked.rho.unwrap_or(0.3)),
        Some("bootstrap") => {
            let mut chance = ChaCha8Rng::seed_from_u64(asked.seed.unwrap_or(1));
            Replicates::bootstrap(design, Bootstrap::RaoWu, asked.n.unwrap_or(500), |below| chance.random_range(..below))
        }
        Some(other) => {
            let reason = format!("`{other}` weights are not made here: give their file; made are JK1, JKn, BRR, Fay, bootstrap");
            return Err(Error::field("design.replicates.type", reason));
        }
        None => return Err(Error::field("design.replicates", "give a type or a file")),
    };
    made.map(|sets| if asked.mse { sets.around_estimate() } else { sets }).map_err(fault)
}

/// Weights as given, or from probabilities, or from the finite populations, or all 1.
fn weights(data: &Data, request: &Design, stages: &[Units]) -> Result<Vec<f64>, Error> {
    if let Some(name) = &request.weights {
        return numbers(data, "design.weights", name);
    }
    let mut weight = vec![1.0; data.n_rows];
    for name in &request.probs.0 {
        let probs = numbers(data, "design.probs", name)?;
        weight.iter_mut().zip(probs).for_each(|(w, p)| *w /= p);
    }
    if !request.probs.0.is_empty() {
        return Ok(weight);
    }
    for units in stages.iter().filter(|units| !units.fpc.is_empty()) {
        let mut sampled = HashMap::new();
        for group in units.parent.iter().zip(&units.stratum) {
            *sampled.entry(group).or_insert(0.0) += 1.0;
        }
        for (w, unit) in weight.iter_mut().zip(&units.of_row) {
            let unit = *unit as usize;
            *w *= match request.fpc_kind {
                FpcKind::Popsize => units.fpc[unit] / sampled[&(&units.parent[unit], &units.stratum[unit])],
                FpcKind::Fraction => 1.0 / units.fpc[unit],
            };
        }
    }
    Ok(weight)
}

fn lonely(rule: Lonely) -> design::Lonely {
    match rule {
        Lonely::Fail => design::Lonely::Fail,
        Lonely::Remove => design::Lonely::Remove,
        Lonely::Certainty => design::Lonely::Certainty,
        Lonely::Adjust => design::Lonely::Adjust,
        Lonely::Average => design::Lonely::Average,
    }
}

/// The library's fault, with the field's name and the strata's own names.
fn fault(data: &Data, request: &Design, error: &kish_analysis::Error) -> Error {
    use kish_analysis::Error as Fault;
    match error {
        Fault::Weight { row, weight } => {
            let reason = format!("the weight of row {} is {weight}: weights are finite and not negative", row + 1);
            Error::field("design.weights", reason)
        }
        Fault::Fpc { .. } => Error::field("design.fpc", error.to_string()),
        Fault::LonelyPsu { stage, strata } => {
            let levels = request.strata.0.get(stage - 1).and_then(|name| data.column(name)).map(|column| column.levels().0);
            let name = |stratum: &usize| levels.as_ref().map_or_else(|| stratum.to_string(), |levels| levels[*stratum].clone());
            let names: Vec<String> = strata.iter().map(name).collect();
            let advice = "choose remove, certainty, adjust or average";
            Error::field("design.lonely", format!("stage {stage} has one sampling unit in stratum {}: {advice}", names.join(", ")))
        }
        other => Error::field("design", other.to_string()),
    }
}
