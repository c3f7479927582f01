//! `kish check` and `kish convert`.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, ValueEnum};
use kish::confined::{Examined, Reader};
use kish::instrument::{Change, Errors, Form, Workbook, changes, print, print_changes, write_xform};

use super::Failure;

#[derive(Debug, Args)]
pub struct Check {
    /// An .xlsx file, a zip or a folder of CSV sheets, or an ODK XForm
    workbook: PathBuf,
    /// An older workbook of the same form: say what changed since, question by question
    #[arg(long, env = "KISH_AGAINST")]
    against: Option<PathBuf>,
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
    /// An .xlsx file, a zip or a folder of CSV sheets, or an ODK XForm
    workbook: PathBuf,
    /// What to make of it
    #[arg(long, env = "KISH_TO", value_enum, default_value_t = Target::Xform)]
    to: Target,
    /// A language by its code, such as ar; may be given again. By default all of the questionnaire's
    #[arg(long = "language", env = "KISH_LANGUAGE", value_delimiter = ',')]
    languages: Vec<String>,
    /// With --to changes: the older workbook of the same form
    #[arg(long, env = "KISH_AGAINST", required_if_eq("to", "changes"))]
    against: Option<PathBuf>,
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
    /// What changed since an older workbook, as a page to print
    Changes,
}

pub fn check(options: &Check) -> Result<(), Failure> {
    let examined = examine(&options.workbook)?;
    let changed = match (&options.against, &examined) {
        (Some(older), Ok(examined)) => since(older, &examined.workbook)?,
        _ => Vec::new(),
    };
    let findings = examined.map_or_else(|errors| errors, |examined| examined.findings);
    say(options, &findings, &changed)?;
    if findings.is_empty() { Ok(()) } else { Err(Failure::Input) }
}

fn say(options: &Check, findings: &Errors, changed: &[Change]) -> Result<(), Failure> {
    let mut out = std::io::stdout();
    if options.format == Format::Json {
        let mut said = serde_json::json!({ "ok": findings.is_empty(), "errors": findings });
        if options.against.is_some() {
            said["changes"] = serde_json::json!(changed);
        }
        writeln!(out, "{said:#}")?;
        return Ok(());
    }
    findings.iter().try_for_each(|finding| writeln!(out, "{finding}"))?;
    changed.iter().try_for_each(|change| writeln!(out, "{change}"))?;
    match findings.len() {
        0 => eprintln!("No mistakes found."),
        n => eprintln!("{n} to mend."),
    }
    if options.against.is_some() {
        eprintln!("{} changed since {}.", changed.len(), options.against.iter().map(|p| p.display().to_string()).collect::<String>());
    }
    Ok(())
}

/// What changed; nothing where the newer workbook is no form yet, which its findings say.
fn since(older: &Path, newer: &Workbook) -> Result<Vec<Change>, Failure> {
    let before = form(older)?;
    Ok(Form::read(newer).map(|after| changes(&before, &after)).unwrap_or_default())
}

/// Read in a process of its own, as the server reads what it is sent.
fn examine(path: &Path) -> Result<Result<Examined, Errors>, Failure> {
    let reader = Reader::of_this_program()?;
    Ok(match Workbook::pack(path) {
        Ok(bytes) => reader.read(&bytes)?,
        Err(errors) => Err(errors),
    })
}

/// The form of a workbook, whatever the screen finds in it.
fn form(path: &Path) -> Result<Form, Failure> {
    examine(path)?.and_then(|examined| Form::read(&examined.workbook)).map_err(|errors| {
        errors.iter().for_each(|error| eprintln!("{error}"));
        Failure::Input
    })
}

pub fn convert(options: &Convert) -> Result<(), Failure> {
    let newer = form(&options.workbook)?;
    let spoken: Vec<&str> = newer.language_codes().collect();
    if let Some(unknown) = options.languages.iter().find(|l| !spoken.contains(&l.as_str())) {
        let spoken = spoken.join(", ");
        return Err(Failure::Call(anyhow::anyhow!("--language: the questionnaire does not speak '{unknown}'; it speaks {spoken}")));
    }
    let is_wanted = |code: &str| options.languages.is_empty() || options.languages.iter().any(|l| l == code);
    let text = match (options.to, &options.against) {
        (Target::Xform, _) => write_xform(&newer, &is_wanted),
        (Target::Html, _) => print(&newer, &is_wanted),
        (Target::Changes, Some(older)) => print_changes(&form(older)?, &newer),
        (Target::Changes, None) => return Err(Failure::Call(anyhow::anyhow!("--to changes needs --against OLDER"))),
    };
    match &options.out {
        Some(path) => std::fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))?,
        None => std::io::stdout().write_all(text.as_bytes())?,
    }
    Ok(())
}
