//! `kish backup`, `kish restore` and `kish key`.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use kish::backup::{Error, Holds, Manifest, Origin, Restored, Source, make, restore};
use kish::http::clock::Clock;
use kish::set_aside::new_key_pair;
use kish::settings::Data;

use super::{Failure, private};

#[derive(Debug, Args)]
pub struct Make {
    #[command(flatten)]
    data: Data,
    /// The folder to make: complete once it is there, and never made over another
    #[arg(value_name = "DIR", env = "KISH_BACKUP_TO")]
    to: PathBuf,
    /// The public key the backup is encrypted for, age1…; kish key makes a pair
    #[arg(long = "for", env = "KISH_BACKUP_FOR")]
    recipient: String,
    /// Copy the keys and not the data
    #[arg(long, env = "KISH_BACKUP_KEYS_ONLY", conflicts_with = "with_keys")]
    keys_only: bool,
    /// Copy the keys too, into the same folder
    #[arg(long, env = "KISH_BACKUP_WITH_KEYS")]
    with_keys: bool,
}

#[derive(Debug, Args)]
pub struct Restore {
    /// The folder that kish backup made
    #[arg(value_name = "DIR", env = "KISH_RESTORE_FROM")]
    from: PathBuf,
    /// The folder of the backup of the keys, where the first one holds none
    #[arg(long, env = "KISH_RESTORE_KEYS_FROM")]
    keys_from: Option<PathBuf>,
    /// A file with the private key, AGE-SECRET-KEY-1…
    #[arg(long, env = "KISH_KEY")]
    key: PathBuf,
    /// The data folder to make
    #[arg(long, env = "KISH_DATA_DIR")]
    data_dir: PathBuf,
}

pub fn run_make(options: &Make) -> Result<(), Failure> {
    let url = options.data.database().map_err(|e| Failure::Call(e.into()))?;
    private::check(&options.data, &url)?;
    let holds = match (options.keys_only, options.with_keys) {
        (true, _) => Holds::Keys,
        (_, true) => Holds::Both,
        _ => Holds::Data,
    };
    let source = Source { database: &url, keys: &options.data.keys() };
    let made = make(&source, holds, &options.recipient, &options.to, Clock::Machine.today()).map_err(failure)?;
    say(&made);
    match holds {
        Holds::Data => eprintln!("The keys are not in it: back them up with --keys-only, to another place."),
        Holds::Keys => eprintln!("Keep it elsewhere than the data, and for a week at most."),
        Holds::Both => eprintln!("Data and keys are in one place: the private key alone keeps them shut."),
    }
    Ok(())
}

pub fn run_restore(options: &Restore) -> Result<(), Failure> {
    let path = &options.key;
    let identity = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display())).map_err(Failure::Call)?;
    let from = Origin { folder: &options.from, keys: options.keys_from.as_deref(), identity: &identity };
    let Restored { manifest, head } = restore(&from, &options.data_dir, Clock::Machine.today()).map_err(failure)?;
    say(&manifest);
    let Some(head) = head else {
        eprintln!("The keys are in place. Put the database back beside them, and run kish verify --head with a head noted before.");
        return Ok(());
    };
    println!("head now\t{head}");
    eprintln!(
        "The data are as they were on {} (UTC), and the trail is whole. What was taken back, erased, cut or revoked after that is there again: \
         do it again before anybody is let in.",
        manifest.day
    );
    Ok(())
}

/// What a manifest says, to be noted down.
fn say(manifest: &Manifest) {
    println!("day\t{}\nversion\t{}", manifest.day, manifest.program);
    if let Some(database) = &manifest.database {
        println!("head\t{}\nschema\t{}", database.head, database.schema);
        database.rows.iter().for_each(|(table, rows)| println!("{table}\t{rows}"));
    }
}

/// Prints a pair of keys for backups: the private one to keep elsewhere, the public one to give to kish backup.
pub fn run_key() -> Result<(), Failure> {
    let (public, private) = new_key_pair();
    println!("# public key: {public}\n{private}");
    eprintln!("Keep the private key where no server is, twice: without it no backup can be opened. Back up with --for {public}");
    Ok(())
}

fn failure(error: Error) -> Failure {
    match error {
        Error::Asked(_) => Failure::Call(error.into()),
        Error::NotWhole(why) => {
            eprintln!("kish: {why}");
            Failure::Input
        }
        _ => Failure::System(error.into()),
    }
}
