//! A file that is encrypted as it is written, hashed as it comes out, and opened again with the identity it was encrypted for.

use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::iter::once;
use std::path::Path;

use age::x25519::{Identity, Recipient};
use sha2::{Digest, Sha256};

use super::staged::create;
use super::{Error, Part};
use crate::trail::hex;

/// Passes on what is written, and hashes it.
struct Hashed<W> {
    to: W,
    hasher: Sha256,
    bytes: u64,
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// On disk when it returns.
pub(super) fn seal(mut plain: impl Read, recipient: &Recipient, path: &Path) -> Result<Part, Error> {
    let mut out = Hashed { to: create(path)?, hasher: Sha256::new(), bytes: 0 };
    let encryptor = age::Encryptor::with_recipients(once(recipient as &dyn age::Recipient))
        .map_err(|e| Error::Asked(format!("encrypting failed: {e}")))?;
    let write = || {
        let mut sealed = encryptor.wrap_output(&mut out)?;
        io::copy(&mut plain, &mut sealed)?;
        sealed.finish()?;
        out.to.sync_all()
    };
    write().map_err(Error::at(path))?;
    let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(Part { file, sha256: hex(&out.hasher.finalize()), bytes: out.bytes })
}

/// The file of a part, once its bytes are those the manifest names.
pub(super) fn checked(folder: &Path, part: &Part, name: &str) -> Result<File, Error> {
    // The name in the manifest is not followed: it could lead anywhere.
    let path = folder.join(name);
    let file = File::open(&path).map_err(Error::at(&path))?;
    let mut hashed = Hashed { to: io::sink(), hasher: Sha256::new(), bytes: 0 };
    io::copy(&mut &file, &mut hashed).map_err(Error::at(&path))?;
    let found = hex(&hashed.hasher.finalize());
    if found != part.sha256 {
        let wanted = &part.sha256;
        return Err(Error::NotWhole(format!(
            "{}: its SHA-256 is {found}, and the manifest says {wanted}: it was changed or is damaged; use another backup",
            path.display()
        )));
    }
    File::open(&path).map_err(Error::at(&path))
}

/// What was sealed, to be read as it was.
pub(super) fn open(sealed: File, identity: &Identity) -> Result<impl Read, Error> {
    let wrong = |_| Error::Asked("the backup is not encrypted for this key, or is none: give the identity to its public key".to_owned());
    let opened = age::Decryptor::new(BufReader::new(sealed)).map_err(wrong)?;
    opened.decrypt(once(identity as &dyn age::Identity)).map_err(wrong)
}
