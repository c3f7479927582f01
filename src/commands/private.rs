//! Whether the data and the keys are readable for this process's user alone, before anything is read or written.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use kish::settings::Data;
use kish::store::DatabaseUrl;
use std::os::unix::fs::MetadataExt;

const ANYBODY_ELSE: u32 = 0o077;
const EVERYBODY: u32 = 0o007;
const WRITTEN_BY_OTHERS: u32 = 0o022;

/// Refuses files that others may read, and a folder in which others may put files in their place. What is not there yet is made for this
/// user alone.
pub fn check(data: &Data, url: &DatabaseUrl) -> Result<()> {
    hold(&data.data_dir, WRITTEN_BY_OTHERS, "write into")?;
    hold(&data.keys(), ANYBODY_ELSE, "read")?;
    for file in files(&data.keys(), url)? {
        hold(&file, ANYBODY_ELSE, "read")?;
    }
    Ok(())
}

/// A key that is not Kish's own: a group of the machine may read it, for that is how certificates are renewed.
pub fn check_key(file: &Path) -> Result<()> {
    hold(file, EVERYBODY, "read")
}

fn files(keys: &Path, url: &DatabaseUrl) -> Result<Vec<PathBuf>> {
    let mut files = match std::fs::read_dir(keys) {
        Err(e) if e.kind() == ErrorKind::NotFound => Vec::new(),
        found => found?.map(|entry| entry.map(|e| e.path())).collect::<std::io::Result<_>>()?,
    };
    if let DatabaseUrl::Sqlite(path) = url {
        let beside = |end: &str| PathBuf::from([path.as_os_str().to_owned(), OsString::from(end)].into_iter().collect::<OsString>());
        files.extend(["", "-wal", "-shm"].map(beside));
    }
    Ok(files)
}

fn hold(path: &Path, shut: u32, what: &str) -> Result<()> {
    let mode = match path.metadata() {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(()),
        found => found.with_context(|| format!("{} cannot be looked at", path.display()))?.mode(),
    };
    if mode & shut != 0 {
        let path = path.display();
        let who = if shut == EVERYBODY { "o" } else { "go" };
        bail!("others on this machine may {what} {path} (mode {:o}): close it with chmod {who}-rwx {path}", mode & 0o7777);
    }
    Ok(())
}
