//! What a backup says of itself: written last, signed by the key of the trail, and read before anything else is believed.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Error;
use super::staged::create;
use crate::keys::Signer;
use crate::trail::hex;

const FILE: &str = "manifest.json";
const SIGNATURE: &str = "manifest.sig";
/// Begins what is signed: no head of the trail can be taken for a manifest, nor the other way round.
const SIGNED: &[u8] = b"kish backup 1";

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Manifest {
    /// The version of the program that made it.
    pub program: String,
    /// The day in UTC, and no time of it: who has several backups should not read from them when single interviews came in.
    pub day: Date,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database: Option<Database>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keys: Option<Part>,
}

/// A file beside the manifest.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Part {
    pub file: String,
    /// Of the encrypted file.
    pub sha256: String,
    pub bytes: u64,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Database {
    pub sealed: Part,
    /// The newest step of its schema.
    pub schema: String,
    /// Where its trail ends, as `NUMBER:HASH`.
    pub head: String,
    pub rows: BTreeMap<String, i64>,
    /// The names of the key files it was used with. Only these are put back, so that no case key comes again whose link was cut since.
    pub needs_keys: Vec<String>,
}

impl Manifest {
    pub(super) fn new(day: Date) -> Manifest {
        Manifest { program: env!("CARGO_PKG_VERSION").to_owned(), day, database: None, keys: None }
    }

    pub(super) fn write(&self, folder: &Path, signer: &Signer) -> Result<(), Error> {
        let text = serde_json::to_vec_pretty(self).map_err(|e| Error::NotWhole(e.to_string()))?;
        let signature = hex(&signer.sign(&[SIGNED, &text].concat()));
        for (name, bytes) in [(FILE, text.as_slice()), (SIGNATURE, signature.as_bytes())] {
            let path = folder.join(name);
            let mut file = create(&path)?;
            file.write_all(bytes).and_then(|()| file.sync_all()).map_err(Error::at(&path))?;
        }
        Ok(())
    }

    /// The manifest of a folder, and its bytes, which are not yet known to be ours.
    pub(super) fn read(folder: &Path) -> Result<(Manifest, Signed), Error> {
        let path = folder.join(FILE);
        let text = fs::read(&path)
            .map_err(|e| Error::NotWhole(format!("{} is no complete backup: its manifest.json cannot be read ({e})", folder.display())))?;
        let manifest = serde_json::from_slice(&text).map_err(|e| {
            Error::NotWhole(format!("{}: this is no manifest that version {} reads ({e})", path.display(), env!("CARGO_PKG_VERSION")))
        })?;
        let path = folder.join(SIGNATURE);
        let signature = fs::read_to_string(&path).map_err(Error::at(&path))?;
        Ok((manifest, Signed { text, signature }))
    }
}

/// A manifest's bytes and their signature.
pub(super) struct Signed {
    text: Vec<u8>,
    signature: String,
}

impl Signed {
    pub(super) fn is_by(&self, signer: &Signer) -> bool {
        let digits = self.signature.trim().as_bytes();
        let pairs = digits.chunks(2).map(|pair| std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok()));
        let signature: Option<Vec<u8>> = pairs.collect();
        signature.is_some_and(|signature| signer.has_signed(&[SIGNED, &self.text].concat(), &signature))
    }
}
