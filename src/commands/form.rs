//! `kish check` and `kish convert`.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, ValueEnum};
use kish::instrument::{Error, Form, Instrument, Workbook, print, screen, write_xform};

use super::Failure;

#[derive(Debug, Args)]
pub struct Check {
    /// An .xlsx file, a zip of CSV sheets, or a folder of CSV sheets
    workbook: PathBuf,
    /// How mistakes are printed
    #[arg(long, env = "KISH_FORMAT", value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, ValueEnum)]
enum Format {
    Text,
    Json,
}

#[derive(Debug, Args)]
pub struct Convert {
    /// An .xlsx file, a zip of CSV sheets, or a folder of CSV sheets
    workbook: PathBuf,
    /// What to make of it
    #[arg(long, env = "KISH_TO", value_enum, default_value_t = Target::Xform)]
    to: Target,
    /// A language by its code, such as ar; may be given again. By default all of the questionnaire's
    #[arg(long = "language", env = "KISH_LANGUAGE", value_delimiter = ',')]
    languages: Vec<String>,
    /// The file to write; by default the standard output
    #[arg(long, env = "KISH_OUT")]
    out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Target {
    /// An ODK XForm
    Xform,
    /// The questionnaire as a page to print
    Html,
}

pub fn check(options: &Check) -> Result<(), Failure> {
    let findings = match Workbook::open(&options.workbook).and_then(|w| read(&w)) {
        Ok(findings) | Err(findings) => findings,
    };
    if options.format == Format::Json {
        let out = serde_json::json!({ "ok": findings.is_empty(), "errors": findings });
        writeln!(std::io::stdout(), "{out:#}")?;
    } else {
        for finding in &findings {
            writeln!(std::io::stdout(), "{finding}")?;
        }
        if findings.is_empty() {
            eprintln!("No mistakes found.");
        }
    }
    if findings.is_empty() { Ok(()) } else { Err(Failure::Input) }
}

/// A workbook without `concepts` and `indicators` is checked as a form alone.
fn read(workbook: &Workbook) -> Result<Vec<Error>, Vec<Error>> {
    if workbook.sheet("concepts").is_none() && workbook.sheet("indicators").is_none() {
        return Form::read(workbook).map(|form| screen(&form, &kish::instrument::Concepts::default()));
    }
    Instrument::read(workbook).map(|i| screen(&i.form, &i.concepts))
}

pub fn convert(options: &Convert) -> Result<(), Failure> {
    let form = Workbook::open(&options.workbook).and_then(|w| Form::read(&w)).map_err(|errors| {
        for error in errors {
            eprintln!("{error}");
        }
        Failure::Input
    })?;
    let spoken: Vec<&str> = form.language_codes().collect();
    if let Some(unknown) = options.languages.iter().find(|l| !spoken.contains(&l.as_str())) {
        let spoken = spoken.join(", ");
        return Err(Failure::Call(anyhow::anyhow!("--language: the questionnaire does not speak '{unknown}'; it speaks {spoken}")));
    }
    let is_wanted = |code: &str| options.languages.is_empty() || options.languages.iter().any(|l| l == code);
    let text = match options.to {
        Target::Xform => write_xform(&form, &is_wanted),
        Target::Html => print(&form, &is_wanted),
    };
    match &options.out {
        Some(path) => std::fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))?,
        None => std::io::stdout().write_all(text.as_bytes())?,
    }
    Ok(())
}
