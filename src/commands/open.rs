//! `kish open`.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, anyhow};
use clap::Args;
use kish::open::{Error, Keyring, Office, Server, SignIn, Tally};

use super::Failure;

#[derive(Debug, Args)]
pub struct Options {
    /// Folders of interviews that ODK encrypted (submission.xml and its .enc files), or sealed records; by default what waits at the server
    paths: Vec<PathBuf>,
    /// A file with a key: an ethics reviewer's identity, or a form's RSA private key as PEM. May be given again
    #[arg(long = "key", env = "KISH_KEY", value_delimiter = ',', required = true)]
    keys: Vec<PathBuf>,
    /// The server to fetch from and to post to, such as `https://survey.example.org`
    #[arg(long, env = "KISH_SERVER")]
    server: Option<String>,
    /// The address of a device of the study, as `kish token new` prints it; what was opened is posted with it. Better set in the environment
    #[arg(long, env = "KISH_DEVICE", hide_env_values = true, requires = "server")]
    device: Option<String>,
    /// The address of an ethics reviewer; the password is read from KISH_PASSWORD
    #[arg(long, env = "KISH_EMAIL", requires = "server")]
    email: Option<String>,
    /// A folder for what is opened; by default nothing opened is written to disk
    #[arg(long, env = "KISH_OPEN_OUT")]
    out: Option<PathBuf>,
}

/// Words for a call that lacks a way to sign in.
const SIGN_IN: &str = "sign in: set KISH_SESSION to a session's token, or KISH_EMAIL and KISH_PASSWORD";

pub fn run(options: &Options) -> Result<(), Failure> {
    let keyring = keyring(&options.keys)?;
    let server = options.server.as_deref().map(|base| sign_in(base, options)).transpose()?;
    let office = Office { keyring: &keyring, server: server.as_ref(), out: options.out.as_deref() };
    let mut lines = std::io::stdout();
    let tally = match (&server, options.paths.as_slice()) {
        (Some(server), []) => office.open_waiting(server, &mut lines),
        (None, []) => return Err(Failure::Call(anyhow!("name what to open: a server with --server, or folders and files"))),
        (_, paths) => office.open_paths(paths, &mut lines),
    };
    lines.flush()?;
    done(&tally.map_err(failure)?)
}

fn keyring(files: &[PathBuf]) -> Result<Keyring, Failure> {
    let mut keyring = Keyring::default();
    for file in files {
        let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display())).map_err(Failure::Call)?;
        if !keyring.add(&text) {
            let what = "neither a reviewer's identity (AGE-SECRET-KEY-1…) nor an RSA private key as PEM without a password";
            return Err(Failure::Call(anyhow!("{}: {what}", file.display())));
        }
    }
    Ok(keyring)
}

fn sign_in(base: &str, options: &Options) -> Result<Server, Failure> {
    let device = options.device.as_deref().ok_or_else(|| Failure::Call(anyhow!("--device: say with which device's address to post")))?;
    let sign_in = match (std::env::var("KISH_SESSION"), &options.email, std::env::var("KISH_PASSWORD")) {
        (Ok(token), _, _) => SignIn::Session(token),
        (_, Some(email), Ok(password)) => SignIn::Password { email: email.clone(), password },
        _ => return Err(Failure::Call(anyhow!(SIGN_IN))),
    };
    Server::sign_in(base, &sign_in, device).map_err(failure)
}

fn failure(error: Error) -> Failure {
    match error {
        Error::Call(_) | Error::NotLetIn(_) => Failure::Call(error.into()),
        Error::Server(_) => Failure::System(error.into()),
    }
}

fn done(tally: &Tally) -> Result<(), Failure> {
    eprintln!("{} done, {} that could not be opened, {} that the server did not take.", tally.done, tally.at_fault, tally.unserved);
    match tally {
        Tally { unserved: 1.., .. } => Err(Failure::System(anyhow!("the server did not take everything; run this again"))),
        Tally { at_fault: 1.., .. } => Err(Failure::Input),
        _ => Ok(()),
    }
}
