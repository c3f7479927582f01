//! The memory: the only room that speaks SQL, to SQLite or to PostgreSQL through one door.
//!
//! Reads run on a pool of connections. Writes queue for a writer, which commits what has queued in one transaction and
//! answers each after the commit is durable; what a device was told is kept survives a power cut.

mod any_of;
pub mod backup;
mod batch;
mod connection;
mod damage;
mod devices;
mod drafts;
mod fieldwork;
mod forms;
mod instances;
mod link;
mod local;
mod log;
mod meter;
mod needed_keys;
mod own_receipt;
mod own_words;
mod people;
mod referrals;
mod releases;
mod remembered;
mod research;
mod retention;
mod reviews;
mod row_grants;
mod row_hash;
mod rows;
mod schema;
mod second_factor;
mod sessions;
mod set_aside;
mod steps;
mod studies;
mod submissions;
mod syncs;
mod together;
mod trail;
mod weights;
mod withdrawal;
mod work;
mod writer;

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use diesel::prelude::*;
use diesel::r2d2::Pool;

pub use connection::{DatabaseUrl, OpenError};
pub use damage::{Damage, check_rows};
pub use devices::Device;
pub use drafts::{FormDraft, FormFile, NewFile};
pub use fieldwork::{CaseRow, Durations, PsuRow};
pub use forms::{FormVersion, NewForm};
pub use instances::InstanceRow;
pub use link::LinkCut;
pub use meter::{Meter, Reading};
pub use own_words::WordsRow;
pub use people::Person;
pub use releases::{NewRelease, NewReleaseTable, ReleaseRow, ReleaseTableRow};
pub use remembered::{Acts, Remembered};
pub use research::{Grant, NewResearchFile, ResearchFileRow};
pub use reviews::Review;
pub use row_grants::{GrantInForce, GrantState, Granters, NewRowGrant, RowGrant};
pub use rows::{CodedInstance, CodedRow, Nested};
pub use second_factor::{SecondFactor, Shown};
pub use sessions::NewSession;
pub use set_aside::{Again, DecisionOnRecord, Lock, RecordKind, SealedRecord, SetAsideReason, WaitingRecord};
pub use studies::{NewStudy, Study, StudyChange};
pub use submissions::{Case, Incoming, Kept, ResponseRow};
pub use trail::{TrailError, check_trail};
pub use weights::{NewWeightSet, Weight, WeightSet};
pub use withdrawal::Erasure;
pub use work::{DeviceCase, WeekCount};
pub use writer::Pending;

use crate::instrument::Instrument;
use crate::keys::Signer;
use crate::people::TokenHash;
use crate::trail::{Act, By};
use connection::{Connection, Manager, on};
use schema::mark;
use writer::{Kind, Writers};

/// How many readers wait on the database at once; writers are few by design.
const READERS: u32 = 8;
/// How long a request waits for one of them before it hears "try later".
const READER_WAIT: Duration = Duration::from_secs(5);
/// The same where the database is away, and every other request waits behind it.
const AWAY_WAIT: Duration = Duration::from_millis(500);

/// What is to leave the database's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Destroyed {
    /// What waits sealed, words without a code, and research files.
    Dated,
    /// Responses, what hung on them, and what led to them.
    Responses,
}

#[derive(Debug)]
pub struct Store {
    url: DatabaseUrl,
    readers: Pool<Manager>,
    writers: Writers,
    signer: Arc<Signer>,
    /// Compiled forms, by the id of their version.
    instruments: RwLock<HashMap<i64, Arc<Instrument>>>,
    devices: Remembered<(i64, TokenHash), Device>,
}

/// Only what a caller chooses by; the cause of the rest goes to the log.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("it exists already")]
    Duplicate,
    #[error("there is no such thing")]
    NotFound,
    #[error("it was changed meanwhile")]
    Changed,
    #[error("the database does not answer: {0}")]
    Unavailable(String),
}

impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Self {
        use diesel::result::{DatabaseErrorKind, Error as Diesel};
        match error {
            Diesel::NotFound => Error::NotFound,
            Diesel::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => Error::Duplicate,
            other => Error::Unavailable(other.to_string()),
        }
    }
}

impl Store {
    /// Opens the database, brings it up to this version's schema, and refuses settings under which commits may be lost.
    /// Of the folder of keys one signs the trail; those of a database that was never used are made.
    pub fn open(url: &DatabaseUrl, keys: &Path) -> Result<Store, OpenError> {
        Store::start(url, keys, Connection::migrate)
    }

    /// The same beside servers that may be at work: the schema stays as it is, and one of an earlier version is refused.
    pub fn join(url: &DatabaseUrl, keys: &Path) -> Result<Store, OpenError> {
        Store::start(url, keys, Connection::migrate_if_empty)
    }

    fn start(url: &DatabaseUrl, keys: &Path, prepare: impl Fn(&mut Connection) -> Result<(), OpenError>) -> Result<Store, OpenError> {
        let mut connection = url.connect()?;
        let syncs = connection.make_durable(url)?;
        prepare(&mut connection)?;
        needed_keys::check_keys(&mut connection, keys)?;
        let signer = Signer::open(keys).map_err(|e| OpenError::Keys(e.to_string()))?;
        let readers = Pool::builder()
            .max_size(READERS)
            .min_idle(Some(1))
            .connection_timeout(READER_WAIT)
            .build(Manager::new(url.clone()))
            .map_err(OpenError::pool)?;
        let writers = Writers::start(url, connection, syncs)?;
        let (instruments, devices) = (RwLock::default(), Remembered::default());
        Ok(Store { url: url.clone(), readers, writers, signer: Arc::new(signer), instruments, devices })
    }

    /// How much people have done on this server: what was read before more was done may no longer hold.
    pub fn acts(&self) -> Acts {
        self.writers.acts()
    }

    fn read<T>(&self, work: impl FnOnce(&mut Connection) -> Result<T, Error>) -> Result<T, Error> {
        let wait = if self.readers.state().connections == 0 { AWAY_WAIT } else { READER_WAIT };
        let mut connection = self.readers.get_timeout(wait).map_err(|e| Error::Unavailable(e.to_string()))?;
        work(&mut connection)
    }

    /// What a person changes: `work` says what was done, and its line is part of the same savepoint, so that neither is kept
    /// without the other. It may run more than once: alone again, if the transaction it shared with others failed.
    fn write_as<T: Send + 'static>(
        &self,
        by: By,
        work: impl Fn(&mut Connection) -> Result<(T, Act), Error> + Send + 'static,
    ) -> Pending<T> {
        self.writers.queue(Kind::Act, self.with_its_line(by, work))
    }

    /// The same in a transaction of its own: one that waits for all who write interviews must hold nothing they may wait for.
    fn write_as_alone<T: Send + 'static>(
        &self,
        by: By,
        work: impl Fn(&mut Connection) -> Result<(T, Act), Error> + Send + 'static,
    ) -> Pending<T> {
        self.writers.queue_alone(Kind::Act, self.with_its_line(by, work))
    }

    fn with_its_line<T, F: Fn(&mut Connection) -> Result<(T, Act), Error>>(
        &self,
        by: By,
        work: F,
    ) -> impl Fn(&mut Connection) -> Result<T, Error> + use<T, F> {
        let signer = Arc::clone(&self.signer);
        move |c| {
            let turn = trail::take_turn(c, &signer)?;
            let (value, act) = work(c)?;
            turn.write(c, &signer, &by, &act)?;
            Ok(value)
        }
    }

    /// What no person changes: what devices send, and what the server notes for itself.
    fn write_unattended<T: Send + 'static>(&self, work: impl Fn(&mut Connection) -> Result<T, Error> + Send + 'static) -> Pending<T> {
        self.writers.queue(Kind::Unattended, work)
    }

    /// The same in a transaction of its own.
    fn write_unattended_alone<T: Send + 'static>(&self, work: impl Fn(&mut Connection) -> Result<T, Error> + Send + 'static) -> Pending<T> {
        self.writers.queue_alone(Kind::Unattended, work)
    }

    /// Takes what was destroyed out of the database's files too; `false` where readers were in the way, and it is to be tried again.
    fn scrub_files(&self, destroyed: Destroyed) -> Result<bool, Error> {
        let tables: &[&str] = match destroyed {
            Destroyed::Dated => &["set_aside", "own_words", "research_file"],
            Destroyed::Responses => {
                &["response", "response_instance", "own_words", "weight", "receipt", "research_file", "release_table", "set_aside"]
            }
        };
        self.url.connect().and_then(|mut connection| connection.scrub(tables)).map_err(|e| Error::Unavailable(e.to_string()))
    }

    /// Writes a number, durably, and says which: to see whether the database keeps what it is given.
    pub fn mark(&self) -> Pending<i64> {
        self.write_unattended(|c| {
            on!(c, c => diesel::update(mark::table).set(mark::number.eq(mark::number + 1)).returning(mark::number).get_result(c))
                .map_err(Error::from)
        })
    }

    /// The number as it is read.
    pub fn marked(&self) -> Result<i64, Error> {
        self.read(|c| Ok(on!(c, c => mark::table.select(mark::number).first(c))?))
    }

    /// What the writers count of themselves.
    pub fn meter(&self) -> &Meter {
        self.writers.meter()
    }

    /// How many bytes lie in SQLite's log and may have still to find room in its database.
    pub fn log_size(&self) -> u64 {
        let log = self.url.file().map(syncs::log_of);
        log.and_then(|log| log.metadata().ok()).map_or(0, |log| log.len())
    }

    /// Where the database's files are, if it is one that has files of its own.
    pub fn folder(&self) -> Option<&Path> {
        self.url.file().map(folder_of)
    }
}

/// The folder a file lies in.
pub fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
