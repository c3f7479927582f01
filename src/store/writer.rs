//! The writer: takes what has queued, commits it in one transaction, and answers each when it is durable.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::Error;
use super::connection::{Connection, DatabaseUrl, OpenError};
use super::meter::Meter;

/// What may wait; beyond it a caller hears "try later" long before memory grows.
const QUEUE: usize = 4096;
/// What one transaction takes at most, so that the first in it does not wait for the last too long.
const BATCH: usize = 128;

#[derive(Debug)]
pub(super) struct Writers {
    queue: SyncSender<Box<dyn Work>>,
    meter: Arc<Meter>,
}

/// The answer to a write, when its commit is durable. Await it, or [`Pending::wait`] outside of a runtime.
#[derive(Debug)]
pub struct Pending<T>(oneshot::Receiver<Result<T, Error>>);

impl<T> Future for Pending<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context).map(|answer| answer.unwrap_or_else(|_| Err(gone())))
    }
}

impl<T> Pending<T> {
    pub fn wait(self) -> Result<T, Error> {
        self.0.blocking_recv().unwrap_or_else(|_| Err(gone()))
    }
}

fn gone() -> Error {
    Error::Unavailable("the writer has stopped or its queue is full".to_owned())
}

/// Whose write it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A person's, which takes its turn at the trail.
    Act,
    Unattended,
}

/// One queued write.
trait Work: Send {
    fn kind(&self) -> Kind;
    /// Runs inside the transaction; `false` takes it back.
    fn run(&mut self, connection: &mut Connection) -> bool;
    /// Answers the caller, after the commit.
    fn answer(self: Box<Self>, committed: Result<(), &str>);
}

struct Task<T, F> {
    kind: Kind,
    work: F,
    outcome: Option<Result<T, Error>>,
    reply: oneshot::Sender<Result<T, Error>>,
}

impl<T: Send, F: Fn(&mut Connection) -> Result<T, Error> + Send> Work for Task<T, F> {
    fn kind(&self) -> Kind {
        self.kind
    }

    fn run(&mut self, connection: &mut Connection) -> bool {
        let outcome = (self.work)(connection);
        let kept = outcome.is_ok();
        self.outcome = Some(outcome);
        kept
    }

    fn answer(self: Box<Self>, committed: Result<(), &str>) {
        let outcome = match (committed, self.outcome) {
            (Ok(()), Some(outcome)) => outcome,
            (Err(why), _) => Err(Error::Unavailable(why.to_owned())),
            (Ok(()), None) => Err(gone()),
        };
        // A caller that no longer waits has nothing to be told.
        let _ = self.reply.send(outcome);
    }
}

impl Writers {
    /// One writer for SQLite, which has one lock; two for PostgreSQL, so that one prepares while the other syncs.
    pub(super) fn start(url: &DatabaseUrl, first: Connection) -> Result<Writers, OpenError> {
        let (queue, jobs) = sync_channel(QUEUE);
        let (jobs, meter) = (Arc::new(Mutex::new(jobs)), Arc::<Meter>::default());
        let mut connections = vec![first];
        if matches!(url, DatabaseUrl::Postgres(_)) {
            connections.push(url.connect()?);
        }
        for connection in connections {
            let writer = Writer { url: url.clone(), connection, jobs: Arc::clone(&jobs), meter: Arc::clone(&meter) };
            thread::Builder::new().name("writer".to_owned()).spawn(move || writer.serve()).map_err(OpenError::pool)?;
        }
        Ok(Writers { queue, meter })
    }

    pub(super) fn meter(&self) -> &Meter {
        &self.meter
    }

    pub(super) fn queue<T: Send + 'static>(
        &self,
        kind: Kind,
        work: impl Fn(&mut Connection) -> Result<T, Error> + Send + 'static,
    ) -> Pending<T> {
        let (reply, answer) = oneshot::channel();
        self.meter.queued();
        // A full queue drops the task and with it the sender: the caller hears that at once.
        if self.queue.try_send(Box::new(Task { kind, work, outcome: None, reply })).is_err() {
            self.meter.taken(1);
        }
        Pending(answer)
    }
}

struct Writer {
    url: DatabaseUrl,
    connection: Connection,
    jobs: Arc<Mutex<Receiver<Box<dyn Work>>>>,
    meter: Arc<Meter>,
}

impl Writer {
    fn serve(mut self) {
        while let Some(batch) = self.next_batch() {
            // Whoever waits for a turn at the trail must hold nothing that whoever has it may need: acts share no transaction
            // with interviews, or two servers on one database could each wait for the other.
            let (acts, others): (Vec<_>, Vec<_>) = batch.into_iter().partition(|job| job.kind() == Kind::Act);
            self.settle(others);
            self.settle(acts);
        }
    }

    fn settle(&mut self, mut batch: Vec<Box<dyn Work>>) {
        if batch.is_empty() {
            return;
        }
        match self.commit(&mut batch) {
            Ok(()) => batch.into_iter().for_each(|job| job.answer(Ok(()))),
            Err(_) => self.one_by_one(batch),
        }
    }

    fn next_batch(&self) -> Option<Vec<Box<dyn Work>>> {
        let jobs = self.jobs.lock().ok()?;
        let mut batch = vec![jobs.recv().ok()?];
        batch.extend(std::iter::from_fn(|| jobs.try_recv().ok()).take(BATCH - 1));
        self.meter.taken(batch.len());
        Some(batch)
    }

    /// A poisonous write must not fail its neighbours.
    fn one_by_one(&mut self, batch: Vec<Box<dyn Work>>) {
        for mut job in batch {
            match self.commit(std::slice::from_mut(&mut job)) {
                Ok(()) => job.answer(Ok(())),
                Err(why) => {
                    job.answer(Err(&why));
                    self.reconnect();
                }
            }
        }
    }

    fn commit(&mut self, batch: &mut [Box<dyn Work>]) -> Result<(), String> {
        let connection = &mut self.connection;
        let begun = Instant::now();
        let done = Self::transaction(connection, batch);
        match done {
            Ok(()) => self.meter.committed(batch.len(), begun.elapsed()),
            Err(_) => drop(connection.execute("ROLLBACK")),
        }
        done.map_err(|e| e.to_string())
    }

    fn transaction(connection: &mut Connection, batch: &mut [Box<dyn Work>]) -> diesel::QueryResult<()> {
        // A plain BEGIN on SQLite reads first and then finds the database locked; IMMEDIATE takes the lock at once.
        connection.execute(if matches!(connection, Connection::Sqlite(_)) { "BEGIN IMMEDIATE" } else { "BEGIN" })?;
        for job in batch.iter_mut() {
            connection.execute("SAVEPOINT job")?;
            // A defect in one write must not end the writer for all.
            let kept = catch_unwind(AssertUnwindSafe(|| job.run(connection))).unwrap_or(false);
            connection.execute(if kept { "RELEASE job" } else { "ROLLBACK TO job" })?;
        }
        connection.execute("COMMIT")
    }

    /// After a failure the connection may be dead (PostgreSQL restarted): a fresh one, if there is one to be had.
    fn reconnect(&mut self) {
        match self.url.connect() {
            Ok(connection) => self.connection = connection,
            Err(_) => thread::sleep(Duration::from_millis(100)),
        }
    }
}
