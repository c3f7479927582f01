//! What is not finished yet: a folder built beside its place, and the plain copy of a database, which is overwritten when it has served.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use super::Error;
use crate::keys;
use crate::store::backup::copy;
use crate::store::folder_of;

/// A new file for this user alone.
pub(super) fn create(path: &Path) -> Result<File, Error> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(Error::at(path))
}

/// A folder that comes to its place complete and on disk, or leaves nothing.
#[derive(Debug)]
pub(super) struct Aside {
    place: PathBuf,
    folder: PathBuf,
}

impl Aside {
    /// There must be nothing at the place, or an empty folder.
    pub(super) fn new(place: &Path) -> Result<Aside, Error> {
        let is_free = match fs::read_dir(place) {
            Ok(mut entries) => entries.next().is_none(),
            Err(e) => e.kind() == io::ErrorKind::NotFound,
        };
        let name = place.file_name().filter(|_| is_free).ok_or_else(|| {
            Error::Asked(format!(
                "{} is there already, and nothing is written over it: name a folder that is not there yet",
                place.display()
            ))
        })?;
        let random: [u8; 8] = keys::random().map_err(Error::at(place))?;
        let mut hidden = OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".incomplete-{:016x}", u64::from_be_bytes(random)));
        let aside = Aside { place: place.to_owned(), folder: folder_of(place).join(hidden) };
        make_folder(&aside.folder)?;
        Ok(aside)
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// What is renamed over an empty folder takes its place; over anything else the system refuses it.
    pub(super) fn place(self) -> Result<(), Error> {
        sync(&self.folder)?;
        fs::rename(&self.folder, &self.place).map_err(Error::at(&self.place))?;
        sync(folder_of(&self.place))
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        // Where it was placed there is nothing left here.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

pub(super) fn make_folder(path: &Path) -> Result<(), Error> {
    DirBuilder::new().mode(0o700).create(path).map_err(Error::at(path))
}

/// New names in a folder outlive a power cut once the folder is on disk.
pub(super) fn sync(folder: &Path) -> Result<(), Error> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(Error::at(folder))
}

/// A plain copy of the database in a file beside it, on the disk that holds the answers anyway. The file itself stays, empty: it is what
/// keeps a second backup from beginning, and what one that was cut off left in it is overwritten by the next.
#[derive(Debug)]
pub(super) struct PlainCopy {
    path: PathBuf,
    file: File,
}

impl PlainCopy {
    pub(super) fn of(database: &Path) -> Result<PlainCopy, Error> {
        let path = PathBuf::from([database.as_os_str().to_owned(), OsString::from("-backup")].into_iter().collect::<OsString>());
        let file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&path).map_err(Error::at(&path))?;
        if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
            return Err(Error::Asked("another backup of this database is under way: wait for its end".to_owned()));
        }
        let mut staged = PlainCopy { path, file };
        staged.wipe().map_err(Error::at(&staged.path))?;
        copy(database, &staged.path)?;
        Ok(staged)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn reader(&self) -> Result<impl Read, Error> {
        let mut file = &self.file;
        file.seek(SeekFrom::Start(0)).map_err(Error::at(&self.path))?;
        Ok(file)
    }

    fn wipe(&mut self) -> io::Result<()> {
        let length = self.file.metadata()?.len();
        self.file.seek(SeekFrom::Start(0))?;
        io::copy(&mut io::repeat(0).take(length), &mut self.file)?;
        self.file.flush()?;
        self.file.sync_all()?;
        self.file.set_len(0)
    }
}

impl Drop for PlainCopy {
    fn drop(&mut self) {
        // What cannot be overwritten now is overwritten by the next backup.
        let _ = self.wipe();
    }
}
