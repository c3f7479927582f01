//! `kish protect`: disclosure control over any tables of counts, no server, no store.

mod answer;
mod cells;
mod error;
mod output;
mod request;
mod table;

use std::io::Write;
use std::path::Path;
use std::time::Duration;

pub use error::Error;
pub use output::Format;

use request::Request;

/// Protect all tables of a request file together. `elapsed` is the time since the command began.
pub fn run(request_path: &Path, format: Format, elapsed: &dyn Fn() -> Duration, out: &mut dyn Write) -> Result<(), Error> {
    let text = std::fs::read(request_path)
        .map_err(|source| Error::File { path: request_path.display().to_string(), reason: source.to_string() })?;
    let request = Request::read(&text)?;
    let answer = answer::answer(&request, elapsed)?;
    output::write(&request, &answer, format, out)
}
