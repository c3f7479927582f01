//! The office's side of what waits sealed: fetched, opened in memory with a key, and sent in again as a device sends.
//!
//! One line a record, with a status; a record that cannot be opened never stops the next. Nothing opened is written to disk
//! unless a folder is named for it.

mod keyring;
mod server;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

pub use keyring::Keyring;
use server::Listed;
pub use server::{Server, SignIn};

use crate::odk_encryption::{Manifest, Opened, Shut};
use crate::set_aside::Record;
use crate::submission::Instance;

/// What became of one record.
#[derive(Debug, thiserror::Error)]
pub enum Status {
    #[error("posted 201")]
    Counted,
    #[error("posted 202 still-set-aside {0}")]
    SetAside(String),
    #[error("opened")]
    Opened,
    #[error("wrong key")]
    WrongKey,
    #[error("{0}")]
    Shut(Shut),
    /// The envelope opened with the form's key, so the key is right, and the device's own wrapping did not.
    #[error("right key, wrapped otherwise than by OAEP with SHA-256 and MGF1-SHA-256 (MGF1-SHA-1, for example)")]
    OtherWrapping,
    #[error("damaged {0}")]
    Damaged(&'static str),
    #[error("not read: {0}")]
    NotRead(io::Error),
    #[error("not fetched: the server answered {0}")]
    NotFetched(u16),
    #[error("not posted: the server answered {0}")]
    NotPosted(u16),
    #[error("posted, but not noted as opened: the server answered {0}")]
    NotNoted(u16),
    #[error("{0}")]
    Failed(#[from] Error),
}

/// Why nothing, or nothing more, can be done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The call is at fault.
    #[error("{0}")]
    Call(String),
    #[error("the server does not let you in ({0}): sign in as an ethics reviewer of the study")]
    NotLetIn(u16),
    #[error("the server cannot be reached: {0}")]
    Server(String),
}

/// How many records came through, and how many did not: for their own fault, or the server's.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub done: usize,
    pub at_fault: usize,
    pub unserved: usize,
}

/// What opens records, and where they go.
#[derive(Debug)]
pub struct Office<'a> {
    pub keyring: &'a Keyring,
    pub server: Option<&'a Server>,
    /// A folder for what is opened; by default nothing is written.
    pub out: Option<&'a Path>,
}

impl Office<'_> {
    /// Opens what was released, and what a device encrypted, on the server.
    pub fn open_waiting(&self, server: &Server, lines: &mut dyn Write) -> Result<Tally, Error> {
        let (waiting, released) = (server.records("waiting")?, server.records("released")?);
        let all: Vec<Listed> = waiting.into_iter().chain(released).collect();
        let mut tally = Tally::default();
        for record in all.iter().filter(|record| is_due(record)) {
            let status = self.open_listed(server, record, &all).unwrap_or_else(|status| status);
            tally.line(lines, &record.id.to_string(), &status)?;
        }
        Ok(tally)
    }

    /// Opens files: folders with a manifest and its parts, or records as the server seals them.
    pub fn open_paths(&self, paths: &[PathBuf], lines: &mut dyn Write) -> Result<Tally, Error> {
        let mut tally = Tally::default();
        for path in paths {
            let status = self.open_path(path).unwrap_or_else(|status| status);
            tally.line(lines, &path.display().to_string(), &status)?;
        }
        Ok(tally)
    }

    fn open_listed(&self, server: &Server, listed: &Listed, all: &[Listed]) -> Result<Status, Status> {
        let record = self.keyring.unlock(&server.sealed(listed.id)?)?;
        let name = listed.id.to_string();
        if listed.kind != "encrypted" {
            return self.pass_on(&name, &Opened { xml: record.xml.into_bytes(), files: Vec::new() });
        }
        let mut parts = Vec::new();
        for part in all.iter().filter(|part| part.kind == "part" && part.of == Some(listed.id)) {
            parts.extend(files(&self.keyring.unlock(&server.sealed(part.id)?)?)?);
        }
        let opened = self.decrypt(record.xml.as_bytes(), &parts).map_err(|status| match status {
            // A record that waits for the form's key was sealed to it by the server.
            Status::Shut(Shut::NotUnwrapped) if listed.reason != "unknown-form" => Status::OtherWrapping,
            other => other,
        })?;
        let heard = self.pass_on(&name, &opened)?;
        server.say_opened(listed.id, &heard)?;
        Ok(heard)
    }

    fn open_path(&self, path: &Path) -> Result<Status, Status> {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let opened = if path.is_dir() {
            let (xml, parts) = read_folder(path).map_err(Status::NotRead)?;
            self.decrypt(&xml, &parts)?
        } else {
            let record = self.keyring.unlock(&fs::read(path).map_err(Status::NotRead)?)?;
            Opened { files: files(&record)?, xml: record.xml.into_bytes() }
        };
        self.pass_on(&name, &opened)
    }

    fn decrypt(&self, manifest: &[u8], parts: &[(String, Vec<u8>)]) -> Result<Opened, Status> {
        let instance = Instance::read(manifest).map_err(|_| Status::Damaged("manifest"))?;
        self.keyring.open(&Manifest::of(&instance).map_err(Status::Shut)?, parts)
    }

    fn pass_on(&self, name: &str, opened: &Opened) -> Result<Status, Status> {
        if let Some(out) = self.out {
            write_folder(&out.join(name), opened).map_err(Status::NotRead)?;
        }
        match self.server {
            Some(server) if !opened.xml.is_empty() => server.post(&opened.xml, &opened.files),
            _ => Ok(Status::Opened),
        }
    }
}

/// What a reviewer released, and what needs no release but a key.
fn is_due(record: &Listed) -> bool {
    match record.kind.as_str() {
        "interview" => record.state == "released",
        "encrypted" => record.state == "released" || record.reason == "encrypted",
        _ => false,
    }
}

/// Files by their names.
type Named = Vec<(String, Vec<u8>)>;

fn files(record: &Record) -> Result<Named, Status> {
    record.files.iter().map(|file| Ok((file.name.clone(), file.bytes().ok_or(Status::Damaged("file"))?))).collect()
}

/// A folder as the device had it: `submission.xml`, the manifest, and the encrypted files.
fn read_folder(folder: &Path) -> io::Result<(Vec<u8>, Named)> {
    let mut parts = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".enc") {
            parts.push((name, fs::read(entry.path())?));
        }
    }
    Ok((fs::read(folder.join("submission.xml"))?, parts))
}

/// A name that a device chose becomes the name of a file in this folder and nowhere else.
fn write_folder(folder: &Path, opened: &Opened) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    fs::write(folder.join("submission.xml"), &opened.xml)?;
    for (name, bytes) in &opened.files {
        let name = Path::new(name).file_name().filter(|name| *name != "submission.xml");
        fs::write(folder.join(name.ok_or_else(|| io::Error::other("a file has no name"))?), bytes)?;
    }
    Ok(())
}

impl Tally {
    fn line(&mut self, lines: &mut dyn Write, name: &str, status: &Status) -> Result<(), Error> {
        match status {
            Status::Counted | Status::SetAside(_) | Status::Opened => self.done += 1,
            Status::NotFetched(_) | Status::NotPosted(_) | Status::NotNoted(_) | Status::Failed(_) => self.unserved += 1,
            _ => self.at_fault += 1,
        }
        writeln!(lines, "{name}\t{status}").map_err(|e| Error::Server(e.to_string()))
    }
}
