//! The secrets that stand between what a device sent and what is kept; they live beside the database, never in it.

mod rows;

use std::collections::HashMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use ed25519_dalek::{Signature, Signer as _, SigningKey};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

pub use rows::RowKey;

pub type Key = [u8; 32];

/// An HMAC-SHA-256 under one of the secrets: equal for equal things, and no way back.
pub type Tag = [u8; 32];

pub const TRAIL_KEY: &str = "trail.key";
pub const RECEIPTS_KEY: &str = "receipts.key";

/// The name of a study's case key.
pub fn case_file(study: i64) -> String {
    format!("case-{study}.key")
}

/// A folder of key files. Without `case-<study>.key` nobody can say which response came from which case.
#[derive(Debug)]
pub struct Keys {
    folder: PathBuf,
    receipts: Key,
    cases: RwLock<HashMap<i64, Arc<CaseKey>>>,
}

/// The key under which a study's cases become pseudonyms.
pub struct CaseKey(Key);

impl CaseKey {
    pub fn pseudonym(&self, study: i64, form_id: &str, case: &str) -> Tag {
        tag(&self.0, study, "case", &[form_id, case])
    }
}

impl std::fmt::Debug for CaseKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CaseKey(…)")
    }
}

impl Keys {
    /// Opens the folder, or makes it with fresh keys.
    pub fn open(folder: &Path) -> io::Result<Keys> {
        fs::create_dir_all(folder)?;
        let receipts = read_or_make(&folder.join(RECEIPTS_KEY))?;
        Ok(Keys { folder: folder.to_owned(), receipts, cases: RwLock::default() })
    }

    /// What is kept of an instance's id or content, to recognise it when it is sent again.
    pub fn receipt(&self, study: i64, what: &str, parts: &[&str]) -> Tag {
        tag(&self.receipts, study, what, parts)
    }

    /// By which the rows of one grant are named.
    pub fn row_key(&self, study: i64, grant: i64) -> RowKey {
        RowKey::of(&self.receipts, study, grant)
    }

    /// What is kept of a case's code beside its response.
    pub fn pseudonym(&self, study: i64, form_id: &str, case: &str) -> io::Result<Tag> {
        Ok(self.case_key(study)?.pseudonym(study, form_id, case))
    }

    /// Whether a study's case key is in memory, so that nothing need be read for a pseudonym.
    pub fn remembers(&self, study: i64) -> bool {
        self.cases.read().is_ok_and(|cases| cases.contains_key(&study))
    }

    /// Whether a study's cases can no longer be tied to its responses.
    pub fn is_cut(&self, study: i64) -> io::Result<bool> {
        self.mark(study).try_exists()
    }

    /// From now on no pseudonym is made in the study. Gives its key for the last time; nothing where it is gone already.
    pub fn begin_cut(&self, study: i64) -> io::Result<Option<CaseKey>> {
        fs::File::create(self.mark(study))?.sync_all()?;
        sync_folder(&self.mark(study))?;
        self.forget(study);
        match fs::read(self.case_file(study)) {
            Ok(bytes) => bytes.try_into().map(|key| Some(CaseKey(key))).map_err(|_| io::Error::other("a case key is damaged")),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// Overwrites a study's case key and takes its file away, where it is still there; another server may have done so.
    pub fn destroy(&self, study: i64) -> io::Result<()> {
        self.forget(study);
        let path = self.case_file(study);
        let mut file = match fs::OpenOptions::new().write(true).open(&path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
            found => found?,
        };
        file.write_all(&[0; 32])?;
        file.sync_all()?;
        fs::remove_file(&path)?;
        sync_folder(&path)
    }

    /// Where the other keys are: a folder without them is not the one that was opened, but what lies under a mount that is gone.
    fn make_case_key(&self, study: i64) -> io::Result<Key> {
        read(&self.folder.join(RECEIPTS_KEY)).map_err(|e| io::Error::new(e.kind(), format!("the folder of the keys is gone: {e}")))?;
        make(&self.case_file(study))
    }

    fn forget(&self, study: i64) {
        self.cases.write().unwrap_or_else(PoisonError::into_inner).remove(&study);
    }

    fn case_file(&self, study: i64) -> PathBuf {
        self.folder.join(case_file(study))
    }

    fn mark(&self, study: i64) -> PathBuf {
        self.folder.join(format!("case-{study}.cut"))
    }

    fn case_key(&self, study: i64) -> io::Result<Arc<CaseKey>> {
        // Before what is remembered: another server on the same folder may have cut it.
        if self.is_cut(study)? {
            return Err(io::Error::other("the link of the study's cases to its responses is cut"));
        }
        if let Some(key) = self.cases.read().ok().and_then(|cases| cases.get(&study).cloned()) {
            return Ok(key);
        }
        let key = match read(&self.case_file(study)) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => self.make_case_key(study),
            found => found,
        };
        let key = Arc::new(CaseKey(key?));
        if let Ok(mut cases) = self.cases.write() {
            cases.insert(study, Arc::clone(&key));
        }
        Ok(key)
    }
}

/// Signs where the trail ends, so that who has the database alone cannot write a trail of their own.
pub struct Signer(SigningKey);

impl Signer {
    /// Opens the folder's `trail.key`, or makes it.
    pub fn open(folder: &Path) -> io::Result<Signer> {
        fs::create_dir_all(folder)?;
        Ok(Signer(SigningKey::from_bytes(&read_or_make(&folder.join(TRAIL_KEY))?)))
    }

    /// The same, but a key that is missing is not made: what was signed with it could not be checked by another.
    pub fn read(folder: &Path) -> io::Result<Signer> {
        Ok(Signer(SigningKey::from_bytes(&read(&folder.join(TRAIL_KEY))?)))
    }

    /// From the bytes of a `trail.key` that lies elsewhere, such as in a backup.
    pub fn of(bytes: &[u8]) -> Option<Signer> {
        Some(Signer(SigningKey::from_bytes(&bytes.try_into().ok()?)))
    }

    pub fn public(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }

    pub fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature).is_ok_and(|signature| self.0.verifying_key().verify_strict(message, &signature).is_ok())
    }
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signer(…)")
    }
}

/// Whether a file of the folder is a key, or the mark of a link that was cut; not what a key is written to before it has its place.
pub fn is_of_keys(name: &str) -> bool {
    let is_plain = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.'));
    is_plain && (name.ends_with(".key") || is_mark(name))
}

/// Whether a file says that a study's link was cut.
pub fn is_mark(name: &str) -> bool {
    name.starts_with("case-") && name.ends_with(".cut")
}

/// Whether two tags are equal, in a time that does not tell where they differ.
pub fn same(a: &Tag, b: &Tag) -> bool {
    a.iter().zip(b).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

/// Each part is preceded by its length, so that no two lists of parts run together into the same bytes.
fn tag(key: &Key, study: i64, what: &str, parts: &[&str]) -> Tag {
    // HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; 32] };
    let parts = || std::iter::once(&what).chain(parts);
    // In one piece: an interview has hundreds of parts, each far shorter than a block.
    let mut message = Vec::with_capacity(8 + parts().map(|part| 8 + part.len()).sum::<usize>());
    message.extend_from_slice(&study.to_be_bytes());
    for part in parts() {
        message.extend_from_slice(&(part.len() as u64).to_be_bytes());
        message.extend_from_slice(part.as_bytes());
    }
    mac.update(&message);
    mac.finalize().into_bytes().into()
}

fn read_or_make(path: &Path) -> io::Result<Key> {
    match read(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => make(path),
        found => found,
    }
}

fn read(path: &Path) -> io::Result<Key> {
    fs::read(path)?.try_into().map_err(|_| io::Error::other(format!("{} is not a key of 32 bytes", path.display())))
}

/// A fresh key, on disk before it is used: a lost key would make every repetition look new. It is written aside and then
/// linked into its place, so that nobody reads half of it; whoever comes second has the first one's.
fn make(path: &Path) -> io::Result<Key> {
    let key = random()?;
    let aside = path.with_extension(format!("new-{}", u64::from_be_bytes(random()?)));
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&aside)?;
    file.write_all(&key)?;
    file.sync_all()?;
    let placed = fs::hard_link(&aside, path);
    fs::remove_file(&aside)?;
    match placed {
        Ok(()) => sync_folder(path).map(|()| key),
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => read_or_make(path),
        Err(e) => Err(e),
    }
}

/// The name of a new file outlives a power cut only once its folder is on disk.
fn sync_folder(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |folder| fs::File::open(folder)?.sync_all())
}

/// Bytes from the operating system's source of randomness.
pub fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|e| io::Error::other(e.to_string()))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_another_server_destroyed_is_forgotten_and_none_is_made_where_the_folder_is_gone() {
        let folder = std::env::temp_dir().join(format!("kish-keys-{}", uuid::Uuid::new_v4()));
        let [ours, theirs] = [(); 2].map(|()| Keys::open(&folder).unwrap());
        let pseudonym = ours.pseudonym(1, "f", "a").unwrap();
        assert_eq!(theirs.pseudonym(1, "f", "a").unwrap(), pseudonym);
        ours.begin_cut(1).unwrap().unwrap();
        ours.destroy(1).unwrap();
        assert!(theirs.remembers(1) && theirs.pseudonym(1, "f", "a").is_err());
        theirs.destroy(1).unwrap();
        assert!(!theirs.remembers(1));
        fs::remove_file(folder.join(RECEIPTS_KEY)).unwrap();
        let gone = ours.pseudonym(2, "f", "a").unwrap_err();
        assert!(gone.to_string().contains("the folder of the keys is gone"), "{gone}");
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn what_is_signed_holds_for_one_key_and_one_message() {
        let folders = [(); 2].map(|()| std::env::temp_dir().join(format!("kish-keys-{}", uuid::Uuid::new_v4())));
        assert_eq!(Signer::read(&folders[0]).unwrap_err().kind(), io::ErrorKind::NotFound);
        let [ours, theirs] = folders.each_ref().map(|folder| Signer::open(folder).unwrap());
        let signature = ours.sign(b"a head");
        assert!(Signer::read(&folders[0]).unwrap().has_signed(b"a head", &signature));
        assert!(!ours.has_signed(b"a hEad", &signature) && !theirs.has_signed(b"a head", &signature) && !ours.has_signed(b"a head", b""));
        folders.iter().for_each(|folder| fs::remove_dir_all(folder).unwrap());
    }

    #[test]
    fn the_first_interviews_of_a_study_may_come_all_at_once() {
        for _ in 0..50 {
            let folder = std::env::temp_dir().join(format!("kish-keys-{}", uuid::Uuid::new_v4()));
            // Two servers on one folder, four threads each.
            let servers = [Keys::open(&folder).unwrap(), Keys::open(&folder).unwrap()];
            let pseudonyms: Vec<Tag> = std::thread::scope(|scope| {
                let ask = |keys| scope.spawn(move || Keys::pseudonym(keys, 1, "tfvaw", "A-1").unwrap());
                let threads: Vec<_> = servers.iter().flat_map(|keys| (0..4).map(move |_| keys)).map(ask).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            fs::remove_dir_all(&folder).unwrap();
            assert!(pseudonyms.iter().all(|found| *found == pseudonyms[0]));
        }
    }
}
