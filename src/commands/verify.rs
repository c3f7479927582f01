//! `kish verify`.

use anyhow::Context;
use clap::Args;
use kish::keys::Signer;
use kish::settings::Data;
use kish::store::{Damage, TrailError, check_rows, check_trail};
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

const TRAIL_BROKEN: &str = "Keep this database and its keys as they are, for whoever looks into it. Whoever could write the database \
    or the data folder could do this. Go back to a backup in which kish verify --head finds the trail whole; what was done after it \
    must be established from other records.";

const ROWS_DAMAGED: &str = "The disk or the memory of this machine may be failing, or somebody wrote into the database past the server. Stop the \
    server and keep these files as they are: what came in since the last backup is in them alone. Restore the newest backup in which kish verify \
    finds nothing, on another disk, before more is written here.";

/// Prints the head, to be noted down where nobody who can write the database can write.
pub fn run(options: &Options) -> Result<(), Failure> {
    let url = options.data.database().map_err(|e| Failure::Call(e.into()))?;
    let key = options.data.keys().join("trail.key");
    let signer = Signer::read(&options.data.keys())
        .with_context(|| format!("{}: without this key no head can be checked; put it back from a backup", key.display()))?;
    let trail = match check_trail(&url, &signer, options.head) {
        // Which rows are damaged is said though the trail cannot be read.
        Err(TrailError::Read(why)) => Err(anyhow::anyhow!("the trail cannot be read: {why}")),
        found => Ok(found?),
    };
    let trail = trail.map_err(Failure::from).and_then(|ended| say_trail(ended, &signer));
    let rows = check_rows(&url).map_err(Failure::from).and_then(|damage| say_rows(&damage));
    trail.and(rows)
}

fn say_rows(damage: &[Damage]) -> Result<(), Failure> {
    if damage.is_empty() {
        eprintln!("Every row agrees with its hash.");
        return Ok(());
    }
    damage.iter().for_each(|damage| eprintln!("kish verify: {damage}"));
    eprintln!("{ROWS_DAMAGED}");
    Err(Failure::Input)
}

fn say_trail(ended: Result<Head, Break>, signer: &Signer) -> Result<(), Failure> {
    match ended {
        Ok(head) => {
            println!("head\t{head}\nkey\t{}", hex(&signer.public()));
            eprintln!("The trail is whole: {} lines. Note the head on paper, and give it with --head the next time.", head.number);
            Ok(())
        }
        Err(broken) => {
            eprintln!("kish verify: {broken}\n{TRAIL_BROKEN}");
            Err(Failure::Input)
        }
    }
}
