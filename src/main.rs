//! The command line: data to stdout, words to stderr; 0 done, 1 the input is at fault, 2 the call is, 3 the system is.

mod commands;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use commands::{Failure, backup, demo, estimate, form, open, people, process, protect, serve, verify};

/// A tenth less processor time for an interview, measured, than with the allocator of the C library.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A survey server for measuring how common violence is: approved questionnaires in, weighted prevalence tables out
#[derive(Debug, Parser)]
#[command(name = "kish", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Field a simulated survey through the server's own door, print its table beside the truth, and serve
    Demo(demo::Options),
    /// Serve studies to devices, coordinators, reviewers and analysts
    Serve(kish::settings::Serve),
    /// Find the mistakes of a questionnaire: each with sheet, row, column and what to do
    Check(form::Check),
    /// Turn an XLSForm into an ODK XForm, or into the questionnaire on paper
    Convert(form::Convert),
    /// Estimate over any CSV of microdata, without a server
    Estimate(estimate::Options),
    /// Withhold what could tell on somebody from any tables of counts, and audit it, without a server
    Protect(protect::Options),
    /// Open what waits sealed, at the office, with a key, and send it in again
    Open(open::Options),
    /// Read a workbook from the standard input under limits; the program calls itself so
    #[command(name = kish::confined::COMMAND, hide = true)]
    ReadWorkbook,
    /// People who may sign in
    #[command(subcommand)]
    User(people::User),
    /// Tokens of devices
    #[command(subcommand)]
    Token(people::DeviceToken),
    /// Check that rows are as they were written and the trail of who did what is whole, and print its head to note down
    Verify(verify::Options),
    /// Copy the data or the keys while the server runs, encrypted for a key that is not on this machine
    ///
    /// The keys beside the database have a backup of their own, in another place: who has both, and the private key, has everything. Keep
    /// backups of the keys for a week at most, for with one of the data they join responses to cases after the link was cut.
    ///
    /// A database in PostgreSQL is copied with pg_dump or pg_basebackup, and encrypted by other means; its keys with --keys-only.
    Backup(backup::Make),
    /// Put a backup into a fresh data folder, after checking that it is whole
    ///
    /// Answers that were taken back, and whatever else was erased, destroyed, cut or revoked after the day of the backup, are there
    /// again: do it again before the server takes anything in.
    Restore(backup::Restore),
    /// Print a pair of keys for backups
    Key,
}

fn main() -> ExitCode {
    let command = Cli::parse().command;
    let result = process::keep_to_oneself().map_err(Failure::from).and_then(|()| run(command));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if let Failure::Call(e) | Failure::System(e) = &failure {
                eprintln!("kish: {e:#}");
            }
            failure.code()
        }
    }
}

fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Demo(options) => demo::run(options),
        Command::Serve(options) => serve::run(options),
        Command::Check(options) => form::check(&options),
        Command::Convert(options) => form::convert(&options),
        Command::Estimate(options) => estimate::run(&options),
        Command::Protect(options) => protect::run(&options),
        Command::Open(options) => open::run(&options),
        Command::ReadWorkbook => kish::confined::answer().map_err(Failure::from),
        Command::User(command) => people::user(command),
        Command::Token(command) => people::token(command),
        Command::Verify(options) => verify::run(&options),
        Command::Backup(options) => backup::run_make(&options),
        Command::Restore(options) => backup::run_restore(&options),
        Command::Key => backup::run_key(),
    }
}
