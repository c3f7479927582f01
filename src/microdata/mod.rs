//! `kish estimate`: the estimator over any microdata file, no server, no store.

mod condition;
mod contrasts;
mod error;
mod groups;
mod independence;
mod known;
mod means;
mod models;
mod output;
mod quantiles;
mod read;
mod request;
mod sample;
mod table;
mod units;
mod variables;

use std::io::Write;
use std::path::Path;

pub use error::Error;
pub use output::Format;

use output::Row;
use read::Data;
use request::{Estimate, Request, Stat};
use sample::Sample;

/// Answer every estimate of a request file, in its order. `data` is looked for beside the request.
pub fn run(request_path: &Path, format: Format, out: &mut dyn Write) -> Result<(), Error> {
    let text = std::fs::read(request_path).map_err(|source| Error::file(request_path, &source))?;
    let request = Request::read(&text)?;
    let folder = request_path.parent().unwrap_or(Path::new("."));
    let data = Data::read(&folder.join(&request.data), |name| request.mentions(name))?;
    let sample = Sample::new(&data, folder, &asked(&data, &request.estimates)?, &request.design)?;
    let mut rows = Vec::new();
    for (place, estimate) in request.estimates.iter().enumerate() {
        rows.extend(answer(&data, &sample, &request, estimate).map_err(|error| error.inside(place, &estimate.id))?);
    }
    output::write(&rows, format, out)
}

/// Rows that meet the condition of some estimate.
fn asked(data: &Data, estimates: &[Estimate]) -> Result<Vec<bool>, Error> {
    let mut rows = vec![false; data.n_rows];
    for (place, estimate) in estimates.iter().enumerate() {
        let found = match &estimate.condition {
            Some(text) => condition::evaluate(data, "where", text).map_err(|error| error.inside(place, &estimate.id))?,
            None => vec![Some(true); data.n_rows],
        };
        rows.iter_mut().zip(found).for_each(|(row, found)| *row = *row || found == Some(true));
    }
    Ok(rows)
}

fn answer(data: &Data, sample: &Sample, request: &Request, estimate: &Estimate) -> Result<Vec<Row>, Error> {
    match estimate.stat {
        Stat::Mean | Stat::Total | Stat::Ratio | Stat::Proportion | Stat::Reliability => means::answer(data, sample, estimate),
        Stat::Quantile => quantiles::answer(data, sample, estimate),
        Stat::Chisq => independence::answer(data, sample, estimate),
        Stat::Ttest => models::t_test(data, sample, estimate),
        Stat::Glm => models::glm(data, sample, estimate),
        Stat::Contrast => contrasts::answer(data, sample, request, estimate),
    }
}
