//! A research file's rows as they leave: in random order, with strata and PSUs numbered anew, and what their columns mean.

use kish_analysis::anonymity::HIDDEN;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha20Rng;

use super::published::Published;
use super::weights::Fitted;
use super::{FileColumn, Material, Released, Report, ResearchFile, empty_psus};
use crate::prevalence::Dimension;

/// Rows in random order, with strata and PSUs numbered anew.
pub(super) fn write(
    material: &Material,
    released: &Released,
    published: Published,
    fitted: &Fitted,
    report: Report,
    rng: &mut ChaCha20Rng,
) -> ResearchFile {
    let sample = &material.sample;
    let is_design = fitted.replicates.is_empty();
    let (strata, psus) = (numbers(sample.stratum_names.len(), rng), numbers(sample.stratum_of_psu.len(), rng));
    let place = |psu: u32| [strata[sample.stratum_of_psu[psu as usize] as usize].to_string(), psus[psu as usize].to_string()];
    let row = |at: usize| {
        let design = is_design.then(|| place(sample.rows[at].psu)).into_iter().flatten();
        let dimensions = released.columns.iter().map(|(coded, step, codes)| coded.label(*step, codes[at]).to_owned());
        let answers = material.answers.iter().map(|a| a[at].map_or(String::new(), |yes| u8::from(yes).to_string()));
        design.chain([fitted.weights[at].to_string()]).chain(dimensions).chain(answers).collect::<Vec<String>>()
    };
    let mut rows: Vec<(Vec<String>, Vec<f64>)> =
        (0..sample.rows.len()).map(|at| (row(at), fitted.replicates.iter().map(|set| set[at]).collect())).collect();
    if is_design {
        let nothing = released.columns.len() + material.answers.len();
        let empty = |psu: u32| place(psu).into_iter().chain(["0".to_owned()]).chain(vec![String::new(); nothing]).collect();
        rows.extend(empty_psus(sample).into_iter().map(|psu| (empty(psu), Vec::new())));
    }
    rows.shuffle(rng);
    let columns = columns(material, released, is_design);
    let (rows, replicates): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
    let replicates = if is_design { Vec::new() } else { replicates };
    let by = released.columns.iter().map(|(c, ..)| c.dimension).take(material.tables[0].by.len()).collect();
    ResearchFile { columns, rows, replicates, by, cells: published.cells, report }
}

/// 1 to n, in random order.
fn numbers(n: usize, rng: &mut ChaCha20Rng) -> Vec<usize> {
    let mut numbers: Vec<usize> = (1..=n).collect();
    numbers.shuffle(rng);
    numbers
}

fn columns(material: &Material, released: &Released, is_design: bool) -> Vec<FileColumn> {
    let number =
        |name: &str, label: &str, missing| FileColumn { name: name.to_owned(), label: label.to_owned(), codes: Vec::new(), missing };
    let mut columns = Vec::new();
    if is_design {
        columns.push(number("stratum", "Stratum of the sample, numbered at random in this file", "never"));
        columns.push(number("psu", "Primary sampling unit, numbered at random in this file", "never"));
    }
    columns.push(number("weight", "Analysis weight, in few values; 0: a sampled unit without an interview", "never"));
    for (coded, step, codes) in &released.columns {
        let levels = coded.labels(*step).iter().map(|code| (code.clone(), meaning(code).to_owned())).collect();
        let is_left_out = codes.contains(&HIDDEN);
        let missing = if is_left_out { "left out to protect, or no interview" } else { "no interview" };
        columns.push(FileColumn {
            name: coded.dimension.name().to_owned(),
            label: label(coded.dimension).to_owned(),
            codes: levels,
            missing,
        });
    }
    for table in &material.tables {
        let codes = [("1", "yes"), ("0", "no")].map(|(code, meaning)| (code.to_owned(), meaning.to_owned())).to_vec();
        columns.push(FileColumn {
            name: table.indicator.clone(),
            label: table.label.clone(),
            codes,
            missing: "not asked, not answered, or no interview",
        });
    }
    columns
}

fn label(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::Sex => "Sex",
        Dimension::AgeGroup => "Age in years, grouped",
        Dimension::AgeBand => "Age in years, in bands",
        Dimension::Disability => "Disability, Washington Group Short Set",
        Dimension::Urban => "Place of residence",
        Dimension::Region => "Region",
    }
}

/// In words; a region's code is the frame's and says what it says.
fn meaning(code: &str) -> &str {
    match code {
        "F" => "women",
        "M" => "men",
        "Y15T17" => "15 to 17",
        "Y18T24" => "18 to 24",
        "Y25T34" => "25 to 34",
        "Y35T49" => "35 to 49",
        "Y50T64" => "50 to 64",
        "Y_GE65" => "65 and over",
        "Y15T34" => "15 to 34",
        "Y35T64" => "35 to 64",
        "Y_GE35" => "35 and over",
        "DIS1" => "with disability",
        "DIS0" => "without disability",
        "DISU" | "_U" => "not known",
        "U" => "urban",
        "R" => "rural",
        other => other,
    }
}
