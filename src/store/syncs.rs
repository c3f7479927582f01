//! Whether the disk did what it was told: after a sync that failed nothing more is written by this process.
//!
//! Linux says once that a sync failed and takes the pages for written from then on, though they are not. A database that goes on loses
//! them: a checkpoint copies only what no checkpoint before it copied, and what stands in the log is taken for kept.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Files of SQLite databases, which are never closed: to close one would take away the locks that SQLite holds on it.
static DATABASES: Mutex<Option<HashMap<PathBuf, &'static File>>> = Mutex::new(None);

/// A database's files, open to hear what became of their syncs.
#[derive(Debug)]
pub(super) struct Syncs {
    database: &'static File,
    log: File,
}

impl Syncs {
    /// Of a database that is open already.
    pub(super) fn of(database: &Path) -> io::Result<Syncs> {
        // As SQLite does it: the log lies beside the file that a link leads to.
        let database = &database.canonicalize()?;
        let mut databases = DATABASES.lock().unwrap_or_else(PoisonError::into_inner);
        let known = databases.get_or_insert_default();
        let file = match known.get(database) {
            Some(file) => *file,
            None => {
                let file: &'static File = Box::leak(Box::new(File::open(database)?));
                known.insert(database.clone(), file);
                file
            }
        };
        Ok(Syncs { database: file, log: OpenOptions::new().read(true).write(true).open(log_of(database))? })
    }

    pub(super) fn sync_database(&self) -> io::Result<()> {
        self.database.sync_data()
    }

    /// Whether no sync has failed since this was opened, asked where something could not be written: a full disk is no such failure.
    pub(super) fn hold(&self) -> bool {
        self.log.sync_data().and(self.database.sync_data()).is_ok()
    }

    /// Writes the log again, byte for byte, and syncs it: what a process that was killed had written may not have come to the disk. Nobody
    /// else may write meanwhile.
    pub(super) fn write_log_again(&self) -> io::Result<()> {
        const PIECE: usize = 1 << 20;
        let mut piece = vec![0; PIECE];
        let mut at = 0;
        loop {
            let n = self.log.read_at(&mut piece, at)?;
            if n == 0 {
                return self.log.sync_all();
            }
            self.log.write_all_at(&piece[..n], at)?;
            at += n as u64;
        }
    }
}

pub(super) fn log_of(database: &Path) -> PathBuf {
    let mut log = database.as_os_str().to_owned();
    log.push("-wal");
    PathBuf::from(log)
}
