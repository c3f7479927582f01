//! `kish estimate`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use kish::microdata::{self, Error};

use super::Failure;

#[derive(Debug, Args)]
pub struct Options {
    /// A JSON file that names the data, the design and the estimates
    request: PathBuf,
    /// How estimates are printed
    #[arg(long, env = "KISH_FORMAT", value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Table,
    Csv,
    Json,
}

pub fn run(options: &Options) -> Result<(), Failure> {
    let format = match options.format {
        Format::Table => microdata::Format::Table,
        Format::Csv => microdata::Format::Csv,
        Format::Json => microdata::Format::Json,
    };
    microdata::run(&options.request, format, &mut std::io::stdout()).map_err(|e| match e {
        Error::Write(e) => Failure::System(e.into()),
        mistake => {
            eprintln!("{mistake}");
            Failure::Input
        }
    })
}
