//! A backup put back into a fresh data folder: every promise of its manifest is checked before the folder comes to its place.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read, Write};
use std::path::Path;

use age::x25519::Identity;
use jiff::civil::Date;

use super::manifest::{Database, Manifest, Signed};
use super::sealed::{checked, open};
use super::staged::{Aside, create, make_folder, sync};
use super::{Bundle, DATABASE, Error, KEYS};
use crate::keys::{Signer, TRAIL_KEY, is_mark, is_of_keys};
use crate::set_aside::read_identity;
use crate::store::backup::{contents, knows_schema, note};
use crate::store::{DatabaseUrl, check_trail};
use crate::trail::{Act, Action, By, Head};

/// Where the backups are, and what opens them.
#[derive(Debug)]
pub struct Origin<'a> {
    pub folder: &'a Path,
    /// Where the keys were backed up, if not with the data.
    pub keys: Option<&'a Path>,
    /// The text of the identity's file.
    pub identity: &'a str,
}

/// What was put back.
#[derive(Debug)]
pub struct Restored {
    pub manifest: Manifest,
    /// Where the trail ends now, after the line that says it was restored; nothing where keys alone were.
    pub head: Option<Head>,
}

struct Backup<'a> {
    folder: &'a Path,
    manifest: Manifest,
    signed: Signed,
}

impl<'a> Backup<'a> {
    fn read(folder: &'a Path) -> Result<Self, Error> {
        let (manifest, signed) = Manifest::read(folder)?;
        Ok(Backup { folder, manifest, signed })
    }

    fn bundle(&self, identity: &Identity) -> Result<Bundle, Error> {
        let part = self.manifest.keys.as_ref().ok_or_else(|| {
            let folder = self.folder.display();
            Error::Asked(format!(
                "{folder} holds no keys, without which its trail cannot be checked: name the backup of the keys with --keys-from"
            ))
        })?;
        let mut text = Vec::new();
        open(checked(self.folder, part, KEYS)?, identity)?.read_to_end(&mut text).map_err(Error::at(self.folder))?;
        serde_json::from_slice(&text).map_err(|e| self.damaged(&format!("its keys cannot be read: {e}")))
    }

    fn damaged(&self, what: &str) -> Error {
        Error::NotWhole(format!("{}: {what}", self.folder.display()))
    }

    /// Whoever may write where backups lie could put others there.
    fn check_signature(&self, signer: &Signer) -> Result<(), Error> {
        if self.signed.is_by(signer) {
            return Ok(());
        }
        Err(self.damaged("its manifest is not signed by the key of the trail that was given: it was changed, or is another server's"))
    }
}

pub fn restore(from: &Origin<'_>, to: &Path, today: Date) -> Result<Restored, Error> {
    let identity = read_identity(from.identity).ok_or_else(|| Error::Asked("the key's file holds no AGE-SECRET-KEY-1…".to_owned()))?;
    let backup = Backup::read(from.folder)?;
    if let Some(database) = &backup.manifest.database {
        check_version(&backup.manifest, database)?;
    }
    let of_keys = from.keys.map(Backup::read).transpose()?;
    let of_keys = of_keys.as_ref().unwrap_or(&backup);
    let bundle = of_keys.bundle(&identity)?;
    let trail_key = bundle.get(TRAIL_KEY).and_then(|bytes| Signer::of(bytes));
    let signer = trail_key.ok_or_else(|| of_keys.damaged("it holds no trail.key"))?;
    of_keys.check_signature(&signer)?;
    backup.check_signature(&signer)?;
    let aside = Aside::new(to)?;
    let needed = backup.manifest.database.as_ref().map_or_else(|| bundle.keys().cloned().collect(), |database| database.needs_keys.clone());
    put_keys(&bundle, &needed, &aside.folder().join("keys"))?;
    let head = match &backup.manifest.database {
        Some(database) => Some(put_database(&backup, database, &identity, &signer, aside.folder(), today)?),
        None => None,
    };
    aside.place()?;
    Ok(Restored { manifest: backup.manifest, head })
}

fn check_version(manifest: &Manifest, database: &Database) -> Result<(), Error> {
    if knows_schema(&database.schema) {
        return Ok(());
    }
    Err(Error::NotWhole(format!(
        "the backup was made by Kish {} and its data stand at step {} of the schema, which this version ({}) does not know: restore it with that \
         version or a newer one",
        manifest.program,
        database.schema,
        env!("CARGO_PKG_VERSION")
    )))
}

/// The keys the data were used with. A link that was cut before or after the data were copied stays cut: its mark, which is no secret, comes
/// in the place of its key.
fn put_keys(bundle: &Bundle, names: &[String], folder: &Path) -> Result<(), Error> {
    make_folder(folder)?;
    let mut files: BTreeMap<String, &[u8]> = BTreeMap::new();
    for name in names.iter().filter(|name| is_of_keys(name)) {
        let mark = name.replace(".key", ".cut");
        if is_mark(name) || bundle.contains_key(&mark) {
            files.insert(mark, &[]);
        } else if let Some(bytes) = bundle.get(name) {
            files.insert(name.clone(), bytes);
        } else {
            let what = format!(
                "the data were used with {name}, which the backup of the keys does not hold: use one made on the same day or later"
            );
            return Err(Error::NotWhole(what));
        }
    }
    for (name, bytes) in files {
        let path = folder.join(name);
        let mut file = create(&path)?;
        file.write_all(bytes).and_then(|()| file.sync_all()).map_err(Error::at(&path))?;
    }
    sync(folder)
}

fn put_database(
    backup: &Backup<'_>,
    database: &Database,
    identity: &Identity,
    signer: &Signer,
    folder: &Path,
    today: Date,
) -> Result<Head, Error> {
    let sealed = checked(backup.folder, &database.sealed, DATABASE)?;
    let path = folder.join("kish.sqlite");
    let mut file = create(&path)?;
    io::copy(&mut open(sealed, identity)?, &mut file).map_err(Error::at(&path))?;
    let found = contents(&path)?;
    if (&found.rows, &found.schema) != (&database.rows, &database.schema) {
        return Err(backup.damaged("its tables do not hold what its manifest says"));
    }
    let url = DatabaseUrl::Sqlite(path.clone());
    let whole = |noted| -> Result<Head, Error> { check_trail(&url, signer, noted)?.map_err(|broken| backup.damaged(&broken.to_string())) };
    let head = whole(None)?;
    if head.to_string() != database.head {
        return Err(backup.damaged("its trail does not end where its manifest says"));
    }
    note(&url, signer, &By::command_line(today), &Act::new(Action::BackupRestore))?;
    let head = whole(Some(head))?;
    fs::File::open(&path).and_then(|file| file.sync_all()).map_err(Error::at(&path))?;
    Ok(head)
}
