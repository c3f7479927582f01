//! SQLite's log, copied into the database beside the writer: SQLite would let the writer do it, and not say when it failed.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use diesel::prelude::*;
use diesel::sql_types::Integer;

use super::connection::{Connection, DatabaseUrl, OpenError};
use super::syncs::Syncs;

/// After how many pages more in the log they are copied: 16 MiB.
const STEP: u64 = 2048;
/// From here on the writer copies what is left as soon as that is little, so that the log begins anew: as long as it writes, there is
/// always more. A log that begins anew is written over, which costs the disk less than one that grows.
const LONG: u64 = 3 * STEP;
const LITTLE: u64 = STEP / 8;
/// Where it copies what is left, however much that is.
const LONGEST: u64 = 8 * STEP;
/// The system is at fault, as for every command.
const EXIT: i32 = 3;

#[derive(Debug)]
pub(super) struct Log {
    syncs: Arc<Syncs>,
    wake: SyncSender<()>,
    /// How many pages it had after the last commit.
    seen: u64,
    /// How many it has when it is copied next, and when the writer copies what is left: where a reader is in the way, not after each commit.
    wake_at: u64,
    finish_at: u64,
}

impl Log {
    pub(super) fn start(url: &DatabaseUrl, syncs: Syncs) -> Result<Log, OpenError> {
        let (syncs, (wake, woken)) = (Arc::new(syncs), sync_channel(1));
        let (connection, shared) = (url.connect()?, Arc::clone(&syncs));
        thread::Builder::new().name("checkpoint".to_owned()).spawn(move || copy(connection, &shared, &woken)).map_err(OpenError::pool)?;
        Ok(Log { syncs, wake, seen: 0, wake_at: STEP, finish_at: LONG })
    }

    /// After a commit.
    pub(super) fn keep_short(&mut self, writer: &mut Connection) {
        // What cannot be read now is read after the next commit.
        let Ok(log) = writer.log_pages() else { return };
        if log.all < self.seen {
            // It has begun anew.
            (self.wake_at, self.finish_at) = (STEP, LONG);
        }
        self.seen = log.all;
        let left = log.all.saturating_sub(log.copied);
        if log.all >= self.finish_at && (log.all >= LONGEST || left <= LITTLE) {
            self.finish_at = log.all + LITTLE;
            checkpoint(writer, &self.syncs);
        } else if log.all >= self.wake_at {
            self.wake_at = log.all + STEP;
            // Where it is still at work it takes this in too.
            let _ = self.wake.try_send(());
        }
    }

    pub(super) fn end_if_a_sync_failed(&self, why: &str) {
        end_if_a_sync_failed(&self.syncs, why);
    }
}

/// What became of a checkpoint, and how much there was of the log before it; -1 where that is not known.
#[derive(QueryableByName)]
struct Checkpoint {
    #[diesel(sql_type = Integer)]
    busy: i32,
    #[diesel(sql_type = Integer, column_name = "log")]
    pages: i32,
    #[diesel(sql_type = Integer, column_name = "checkpointed")]
    copied: i32,
}

/// How many pages SQLite's log holds, and how many of them are in the database too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct LogPages {
    all: u64,
    copied: u64,
}

impl Connection {
    /// Copies SQLite's log into its database; `false` where readers were in the way of some of it.
    pub(super) fn checkpoint(&mut self, how: &str) -> QueryResult<bool> {
        match self {
            Connection::Sqlite(c) => run_checkpoint(c, how).map(|done| done.busy == 0),
            Connection::Postgres(_) => Ok(true),
        }
    }

    /// How long SQLite's log is; PostgreSQL's is its own.
    fn log_pages(&mut self) -> QueryResult<LogPages> {
        let pages = |n: i32| u64::try_from(n).unwrap_or(0);
        match self {
            Connection::Sqlite(c) => run_checkpoint(c, "NOOP").map(|log| LogPages { all: pages(log.pages), copied: pages(log.copied) }),
            Connection::Postgres(_) => Ok(LogPages { all: 0, copied: 0 }),
        }
    }
}

fn run_checkpoint(c: &mut SqliteConnection, how: &str) -> QueryResult<Checkpoint> {
    diesel::sql_query(format!("PRAGMA wal_checkpoint({how})")).get_result(c)
}

/// As long as there is a writer to wake it.
fn copy(mut connection: Connection, syncs: &Syncs, woken: &Receiver<()>) {
    while woken.recv().is_ok() {
        checkpoint(&mut connection, syncs);
        // What is synced here the writer need not wait for.
        if let Err(why) = syncs.sync_database() {
            end(&why.to_string());
        }
    }
}

fn checkpoint(connection: &mut Connection, syncs: &Syncs) {
    if let Err(why) = connection.checkpoint("PASSIVE") {
        end_if_a_sync_failed(syncs, &why.to_string());
    }
}

/// What a failed sync has lost is lost to every sync after it, which would not say so. Nothing of it has been answered: who starts next
/// writes the log again before anything is taken for kept.
fn end_if_a_sync_failed(syncs: &Syncs, why: &str) {
    if !syncs.hold() {
        end(why);
    }
}

fn end(why: &str) {
    tracing::error!(why, "the disk failed to sync what was written: the server ends; look after the disk before it is started again");
    std::process::exit(EXIT);
}
