//! Backups: a copy of the database, of the keys, or of both, encrypted to somebody who is not the server, and put back.
//!
//! Whoever steals a backup must not be able to open it, so the server itself cannot either: it knows the recipient, and the identity
//! lies elsewhere. Data and keys are copied to different places unless both are asked for in one.

mod manifest;
mod restore;
mod sealed;
mod staged;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use age::x25519::Recipient;
use jiff::civil::Date;

pub use manifest::{Database, Manifest, Part};
pub use restore::{Origin, Restored, restore};

use crate::keys::{Signer, is_of_keys};
use crate::store::backup::{contents, note};
use crate::store::{DatabaseUrl, OpenError, TrailError, check_trail};
use crate::trail::{Act, Action, By};
use sealed::seal;
use staged::{Aside, PlainCopy};

/// What a backup is to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    Data,
    Keys,
    Both,
}

/// What is copied.
#[derive(Debug)]
pub struct Source<'a> {
    pub database: &'a DatabaseUrl,
    /// The folder of the keys.
    pub keys: &'a Path,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It was asked for where or how it cannot be done.
    #[error("{0}")]
    Asked(String),
    /// The backup, or what is to be backed up, is not whole.
    #[error("{0}")]
    NotWhole(String),
    #[error("{}: {cause}", path.display())]
    File { path: PathBuf, cause: io::Error },
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Trail(#[from] TrailError),
    #[error("{0}")]
    Store(#[from] crate::store::Error),
}

impl Error {
    fn at(path: &Path) -> impl Fn(io::Error) -> Error {
        move |cause| Error::File { path: path.to_owned(), cause }
    }
}

impl Holds {
    fn code(self) -> &'static str {
        match self {
            Holds::Data => "data",
            Holds::Keys => "keys",
            Holds::Both => "data and keys",
        }
    }
}

const PG_DUMP: &str = "this database is PostgreSQL's to copy: take it with pg_dump --format=custom or pg_basebackup, encrypt that copy to a key \
    that is not on this machine, and back up the keys with kish backup --keys-only, to another place";

/// Makes a backup while the server runs: complete at `to`, or nothing there at all. The trail has a line of it.
pub fn make(source: &Source<'_>, holds: Holds, recipient: &str, to: &Path, today: Date) -> Result<Manifest, Error> {
    let recipient = Recipient::from_str(recipient).map_err(|_| {
        Error::Asked("what a backup is encrypted for is a public key that begins with age1; kish key makes a pair".to_owned())
    })?;
    if holds != Holds::Keys && source.database.file().is_none() {
        return Err(Error::Asked(PG_DUMP.to_owned()));
    }
    if let Some(missing) = source.database.file().filter(|file| !file.exists()) {
        return Err(Error::Asked(format!("there is no database at {}", missing.display())));
    }
    let aside = Aside::new(to)?;
    let signer = Signer::read(source.keys).map_err(Error::at(source.keys))?;
    note(source.database, &signer, &By::command_line(today), &Act::new(Action::BackupCreate).with("holds", holds.code()))?;
    let mut manifest = Manifest::new(today);
    if let (Some(file), true) = (source.database.file(), holds != Holds::Keys) {
        manifest.database = Some(database(file, source.keys, &signer, &recipient, aside.folder())?);
    }
    if holds != Holds::Data {
        manifest.keys = Some(keys(source.keys, &recipient, aside.folder())?);
    }
    manifest.write(aside.folder(), &signer)?;
    aside.place()?;
    Ok(manifest)
}

fn database(file: &Path, keys: &Path, signer: &Signer, recipient: &Recipient, folder: &Path) -> Result<Database, Error> {
    let copy = PlainCopy::of(file)?;
    let needs_keys = key_names(keys)?;
    let head = check_trail(&DatabaseUrl::Sqlite(copy.path().to_owned()), signer, None)?
        .map_err(|broken| Error::NotWhole(format!("{broken}. Run kish verify; keep copies of the data folder until that is settled.")))?;
    let contents = contents(copy.path())?;
    let sealed = seal(copy.reader()?, recipient, &folder.join(DATABASE))?;
    Ok(Database { sealed, schema: contents.schema, head: head.to_string(), rows: contents.rows, needs_keys })
}

const DATABASE: &str = "database.age";
const KEYS: &str = "keys.age";

/// Every key by the name of its file.
type Bundle = BTreeMap<String, Vec<u8>>;

fn keys(folder: &Path, recipient: &Recipient, to: &Path) -> Result<Part, Error> {
    let read = |name: String| {
        let path = folder.join(&name);
        fs::read(&path).map(|bytes| (name, bytes)).map_err(Error::at(&path))
    };
    let bundle: Bundle = key_names(folder)?.into_iter().map(read).collect::<Result<_, _>>()?;
    let text = serde_json::to_vec(&bundle).map_err(|e| Error::NotWhole(e.to_string()))?;
    seal(text.as_slice(), recipient, &to.join(KEYS))
}

fn key_names(folder: &Path) -> Result<Vec<String>, Error> {
    let entries = fs::read_dir(folder).map_err(Error::at(folder))?;
    let mut names = Vec::new();
    for entry in entries {
        let name = entry.map_err(Error::at(folder))?.file_name().to_string_lossy().into_owned();
        if is_of_keys(&name) {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}
