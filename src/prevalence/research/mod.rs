//! A file of rows for research: what is in it, what was made coarser or left out, and why it is refused where it is.

mod levels;
mod published;
mod report;
mod request;
mod rows;
mod weights;

use kish_analysis::anonymity::{Classes, Rule, Unreachable, protect};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::Value;

pub use published::{Numbers, PublishedCell};
pub use report::{Recoded, Report, SuppressedValues};
pub use request::{Request, Variance};

use super::table::{answer_from, find};
use super::{Dimension, Error, PrevalenceTable, Question, Sample, in_any_order};
use crate::ethics::Phase;
use crate::store::{self, FormVersion, Store};
use levels::Coded;
use published::Published;
use report::{DiversityReport, RiskReport, VarianceReport};
use weights::Fitted;

/// No row is likelier than this to be recognised.
const MOST_RISK: f64 = 0.05;
/// Where more of a column would be left out, it is made coarser.
const MOST_SUPPRESSED: f64 = 0.05;
/// Classes named in a refusal.
const MOST_NAMED: usize = 8;

/// Rows that went through disclosure control. Only [`research_file`] makes one.
#[derive(Debug)]
pub struct ResearchFile {
    columns: Vec<FileColumn>,
    rows: Vec<Vec<String>>,
    /// By row; empty where the file has strata and PSUs.
    replicates: Vec<Vec<f64>>,
    by: Vec<Dimension>,
    cells: Vec<PublishedCell>,
    report: Report,
}

/// A column with its meaning.
#[derive(Debug, Clone)]
pub struct FileColumn {
    pub name: String,
    pub label: String,
    /// Code and meaning; none for a number.
    pub codes: Vec<(String, String)>,
    pub missing: &'static str,
}

impl ResearchFile {
    pub fn columns(&self) -> &[FileColumn] {
        &self.columns
    }
    pub fn rows(&self) -> &[Vec<String>] {
        &self.rows
    }
    pub fn replicates(&self) -> &[Vec<f64>] {
        &self.replicates
    }
    /// The dimensions of the published table.
    pub fn by(&self) -> &[Dimension] {
        &self.by
    }
    pub fn cells(&self) -> &[PublishedCell] {
        &self.cells
    }
    pub fn report(&self) -> &Report {
        &self.report
    }
}

/// Everything about the rows before anything is changed.
struct Material {
    sample: Sample,
    tables: Vec<PrevalenceTable>,
    /// The same tables as they were released.
    released: Vec<Value>,
    answers: Vec<Vec<Option<bool>>>,
}

/// The quasi-identifiers as they may stand in the file.
struct Released {
    /// Dimension, steps, codes of each row.
    columns: Vec<(Coded, usize, Vec<u32>)>,
    recoded: Vec<Recoded>,
    suppressed: Vec<SuppressedValues>,
    classes: Classes,
}

/// Makes the file, or says why there is none. `seed` decides the order of rows, the numbers of strata and PSUs, and the weights.
pub fn research_file(store: &Store, study_id: i64, request: &Request, seed: [u8; 32]) -> Result<ResearchFile, Error> {
    request.check()?;
    may_leave(store, study_id)?;
    let material = gather(store, study_id, request)?;
    let released = release(&material, request)?;
    let published = Published::of(&material.sample, request, &material.released, &material.answers)?;
    if published.n_shown() == 0 {
        return Err(Error::Refused(
            "nothing of this table is published, so a file could show nothing to be right: ask for another table".to_owned(),
        ));
    }
    let mut rng = ChaCha20Rng::from_seed(seed);
    let fitted = weights::fit(&material.sample, &published, &material.answers, request, &mut rng)?;
    let report = report(&material, &released, &published, &fitted, request)?;
    Ok(rows::write(&material, &released, published, &fitted, report, &mut rng))
}

/// What no file leaves of: a pilot, and a survey that still goes on, for two files between which an interview came in would show it.
fn may_leave(store: &Store, study_id: i64) -> Result<(), Error> {
    if store.study(study_id)?.phase == Phase::Pilot {
        return Err(Error::Refused("a pilot estimates nothing, and nothing of it leaves: field the main study".to_owned()));
    }
    if store.form_versions(study_id)?.iter().any(FormVersion::is_open) {
        let words =
            "a form is still open, and two files between which an interview came in would show it: close all forms, make weights, then ask";
        return Err(Error::Refused(words.to_owned()));
    }
    Ok(())
}

fn gather(store: &Store, study_id: i64, request: &Request) -> Result<Material, Error> {
    let weight_set = match &request.weights {
        Some(name) => store.weight_set(study_id, name)?,
        None => store.weight_sets(study_id)?.pop().ok_or(Error::NoWeights)?,
    };
    let sample = Sample::read(store, study_id, weight_set)?;
    if sample.calibration.is_some() {
        let words = "these weights are fitted to the population, and a file without the population's table would give other standard errors: make a weight set without calibration and publish by it";
        return Err(Error::Refused(words.to_owned()));
    }
    let (mut tables, mut released, mut answers) = (Vec::new(), Vec::new(), Vec::new());
    for id in &request.indicators {
        let indicator = find(&sample, id)?;
        if !indicator.kind.is_proportion() {
            return Err(Error::invalid("indicators", format!("{id} is no proportion; a file has proportions alone, as 1, 0 or nothing")));
        }
        let measured = sample.measure(indicator);
        answers.push(measured.values.iter().map(|v| (!v.is_nan()).then_some(*v > 0.5)).collect());
        let question = Question { study_id, indicator: id.clone(), by: request.by.clone(), weights: None };
        released.push(as_released(store, &sample, &question)?);
        let mut table = answer_from(store, &sample, &question)?;
        table.provenance.release = released.last().and_then(|table| table["provenance"]["release"].as_str()).map(str::to_owned);
        tables.push(table);
    }
    Ok(Material { sample, tables, released, answers })
}

/// A table as everybody has it. One that nobody has is not to be had from a file first; and of one that was made of more interviews the
/// difference would be those that were taken back.
fn as_released(store: &Store, sample: &Sample, question: &Question) -> Result<Value, Error> {
    let (name, by) = (&question.indicator, in_any_order(&question.by));
    let refused = |what: &str| Error::Refused(format!("{name} by {by}, weights {}, {what}: POST …/releases", sample.weight_set.name));
    let row = store.released_table(question.study_id, name, &by, Some(&sample.weight_set.name)).map_err(|e| match e {
        store::Error::NotFound => refused("is in no release, and a file gives what is published; release it first"),
        other => other.into(),
    })?;
    let table: Value = serde_json::from_str(&row.json).map_err(|_| Error::invalid("indicators", "the released table is damaged"))?;
    if table["provenance"]["interviews"].as_u64() != u64::try_from(sample.rows.len()).ok() {
        return Err(refused("was released before an answer was taken back; release it again"));
    }
    Ok(table)
}

/// Makes the quasi-identifiers safe without touching those of the published table.
fn release(material: &Material, request: &Request) -> Result<Released, Error> {
    let rows = &material.sample.rows;
    let main: Vec<Coded> = request.by.iter().map(|d| Coded::of(*d, rows)).collect();
    let free: Vec<Coded> = request.further.iter().map(|d| Coded::of(*d, rows)).collect();
    let mut fixed: Vec<Vec<u32>> = main.iter().map(|c| c.column.codes.clone()).collect();
    // Whoever compares published numbers with the file's sees which stratum is which: it is known of a person as her region is.
    if request.variance == Variance::Design {
        fixed.push(rows.iter().map(|row| material.sample.stratum_of_psu[row.psu as usize]).collect());
    }
    let rule = Rule { k: request.k, most_hidden: MOST_SUPPRESSED };
    let columns: Vec<_> = free.iter().map(|c| c.column.clone()).collect();
    let safe = protect(&fixed, &columns, &material.answers, rule).map_err(|e| refused(material, request, &e))?;
    let mut released = Released {
        classes: Classes::of(&fixed.iter().chain(&safe.columns).collect::<Vec<_>>(), rows.len()),
        columns: main.into_iter().map(|c| (c.column.codes.clone(), c)).map(|(codes, c)| (c, 0, codes)).collect(),
        recoded: Vec::new(),
        suppressed: Vec::new(),
    };
    for ((coded, codes), (step, values)) in free.into_iter().zip(safe.columns).zip(safe.steps.into_iter().zip(safe.hidden)) {
        let column = coded.dimension.name().to_owned();
        let is_gone = coded.is_gone(step);
        if step > 0 {
            let levels = if is_gone { Vec::new() } else { coded.labels(step).to_vec() };
            released.recoded.push(Recoded { column: column.clone(), levels });
        }
        if !is_gone {
            released.suppressed.push(SuppressedValues { column, values });
            released.columns.push((coded, step, codes));
        }
    }
    Ok(released)
}

/// Names the classes of the published table that are too small, and what to do.
fn refused(material: &Material, request: &Request, unreachable: &Unreachable) -> Error {
    let sample = &material.sample;
    let name = |row: &usize| {
        let row = &sample.rows[*row];
        let mut parts: Vec<String> = request.by.iter().map(|d| format!("{}={}", d.name(), d.level(row))).collect();
        if request.variance == Variance::Design {
            parts.push(format!("stratum={}", sample.stratum_names[sample.stratum_of_psu[row.psu as usize] as usize]));
        }
        parts.join(";")
    };
    let mut named: Vec<String> = unreachable.0.iter().map(name).collect();
    named.sort_unstable();
    named.truncate(MOST_NAMED);
    let more = match unreachable.0.len() - named.len() {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    let remedy = match request.variance {
        Variance::Design => "name fewer dimensions in by, or ask for replicates: then no stratum stands in the file",
        Variance::Replicates => "name fewer dimensions in by",
    };
    Error::Refused(format!(
        "fewer than {} interviews are alike, or all who answered said yes, in {}{more}; what is published is never left out, so {remedy}",
        request.k,
        named.join(", "),
    ))
}

fn report(material: &Material, released: &Released, published: &Published, fitted: &Fitted, request: &Request) -> Result<Report, Error> {
    let sample = &material.sample;
    let weights: Vec<f64> = sample.rows.iter().map(|r| r.weight).collect();
    let risk = RiskReport::of(&released.classes, &weights, MOST_RISK);
    if released.classes.smallest() < request.k || risk.greatest > MOST_RISK {
        let words = "somebody in the file would be recognised too easily, for it holds too large a share of the people it is about: name fewer dimensions";
        return Err(Error::Refused(words.to_owned()));
    }
    let stratum = (request.variance == Variance::Design).then(|| "stratum".to_owned());
    let indicators = request.indicators.iter().zip(&material.answers);
    Ok(Report {
        rows: sample.rows.len(),
        empty_psus: if request.variance == Variance::Design { empty_psus(sample).len() } else { 0 },
        quasi_identifiers: released.columns.iter().map(|(c, ..)| c.dimension.name().to_owned()).chain(stratum).collect(),
        k_asked: request.k,
        k: released.classes.smallest(),
        classes: released.classes.rows().len(),
        risk,
        diversity: indicators.map(|(id, answers)| DiversityReport::of(id, &released.classes, answers)).collect(),
        recoded: released.recoded.clone(),
        suppressed: released.suppressed.clone(),
        weights: fitted.report.clone(),
        variance: VarianceReport {
            by: request.variance,
            lonely_psu: sample.study.lonely_psu.clone(),
            replicates: fitted.replicates.len(),
            scale: weights::SCALE,
        },
        reproduced: published.n_shown(),
        provenance: material.tables[0].provenance.clone(),
    })
}

/// Sampled PSUs without an interview: they count in the variance, so a file with PSUs has a row of weight 0 for each.
fn empty_psus(sample: &Sample) -> Vec<u32> {
    let mut is_empty = vec![true; sample.stratum_of_psu.len()];
    sample.rows.iter().for_each(|row| is_empty[row.psu as usize] = false);
    (0..).zip(is_empty).filter(|(_, empty)| *empty).map(|(psu, _)| psu).collect()
}
