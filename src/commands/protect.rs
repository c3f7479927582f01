//! `kish protect`.

use std::path::PathBuf;
use std::time::Instant;

use clap::{Args, ValueEnum};
use kish::disclosure::{self, Error};

use super::Failure;

#[derive(Debug, Args)]
pub struct Options {
    /// A JSON file with the dimensions, the measures, the cells of every table, and what was released before
    request: PathBuf,
    /// How cells are printed
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
        Format::Table => disclosure::Format::Table,
        Format::Csv => disclosure::Format::Csv,
        Format::Json => disclosure::Format::Json,
    };
    let begun = Instant::now();
    disclosure::run(&options.request, format, &|| begun.elapsed(), &mut std::io::stdout()).map_err(|e| match e {
        Error::Write(e) => Failure::System(e.into()),
        mistake => {
            eprintln!("{mistake}");
            Failure::Input
        }
    })
}
