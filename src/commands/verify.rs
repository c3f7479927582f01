//! `kish verify`.

use anyhow::Context;
use clap::Args;
use kish::keys::Signer;
use kish::settings::Data;
use kish::store::check_trail;
use kish::trail::{Break, Head, hex};

use super::Failure;

#[derive(Debug, Args)]
pub struct Options {
    #[command(flatten)]
    data: Data,
    /// A head noted down before, as NUMBER:HASH: shows a trail that was cut off or written anew
    #[arg(long, env = "KISH_HEAD")]
    head: Option<Head>,
}

const WHAT_TO_DO: &str = "Keep this database and its keys as they are, for whoever looks into it. Whoever could write the database \
    or the data folder could do this. Go back to a backup in which kish verify --head finds the trail whole; what was done after it \
    must be established from other records.";

/// Prints the head, to be noted down where nobody who can write the database can write.
pub fn run(options: &Options) -> Result<(), Failure> {
    let url = options.data.database().map_err(|e| Failure::Call(e.into()))?;
    let key = options.data.keys().join("trail.key");
    let signer = Signer::read(&options.data.keys())
        .with_context(|| format!("{}: without this key no head can be checked; put it back from a backup", key.display()))?;
    say(check_trail(&url, &signer, options.head)?, &signer)
}

fn say(ended: Result<Head, Break>, signer: &Signer) -> Result<(), Failure> {
    match ended {
        Ok(head) => {
            println!("head\t{head}\nkey\t{}", hex(&signer.public()));
            eprintln!("The trail is whole: {} lines. Note the head on paper, and give it with --head the next time.", head.number);
            Ok(())
        }
        Err(broken) => {
            eprintln!("kish verify: {broken}\n{WHAT_TO_DO}");
            Err(Failure::Input)
        }
    }
}
