//! The writer: takes what has queued, commits it in one transaction, and answers each when it is durable.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::Error;
use super::batch::{keep_all, keep_one};
use super::connection::{Connection, DatabaseUrl, OpenError};
use super::log::Log;
use super::meter::Meter;
use super::remembered::Acts;
use super::row_hash::{self, Hashed, disown, hash_written};
use super::submissions::{Incoming, Kept, keep};
use super::syncs::Syncs;

/// What may wait; beyond it a caller hears "try later" long before memory grows.
const QUEUE: usize = 4096;
/// What one transaction takes at most, so that the first in it does not wait for the last too long.
const BATCH: usize = 128;
/// A transaction costs the same however many it takes: where so many came at once, more are on their way, and it waits for them until they
/// are enough, or a pause brings none.
const FEW: usize = 12;
const ENOUGH: usize = 64;
const PAUSE: Duration = Duration::from_millis(1);
const PAUSES: usize = 4;

#[derive(Debug)]
pub(super) struct Writers {
    queue: SyncSender<Job>,
    meter: Arc<Meter>,
    acts: Arc<AtomicU64>,
}

/// What waits for a writer.
enum Job {
    Interview(Interview),
    Other(Box<dyn Work>),
}

/// A submission to be kept; they are written many at once.
struct Interview {
    incoming: Arc<Incoming>,
    reply: oneshot::Sender<Result<Kept, Error>>,
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
    /// Whether it shares its transaction with no other.
    fn is_alone(&self) -> bool;
    /// Runs inside the transaction; `false` takes it back.
    fn run(&mut self, connection: &mut Connection) -> bool;
    /// Answers the caller, after the commit.
    fn answer(self: Box<Self>, committed: Result<(), &str>);
}

struct Task<T, F> {
    kind: Kind,
    is_alone: bool,
    work: F,
    outcome: Option<Result<T, Error>>,
    reply: oneshot::Sender<Result<T, Error>>,
}

impl<T: Send, F: Fn(&mut Connection) -> Result<T, Error> + Send> Work for Task<T, F> {
    fn kind(&self) -> Kind {
        self.kind
    }

    fn is_alone(&self) -> bool {
        self.is_alone
    }

    fn run(&mut self, connection: &mut Connection) -> bool {
        // It may run a second time, and not come to an end then.
        self.outcome = None;
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
    pub(super) fn start(url: &DatabaseUrl, first: Connection, syncs: Option<Syncs>) -> Result<Writers, OpenError> {
        let mut log = syncs.map(|syncs| Log::start(url, syncs)).transpose()?;
        let (queue, jobs) = sync_channel(QUEUE);
        let (jobs, meter, acts) = (Arc::new(Mutex::new(jobs)), Arc::<Meter>::default(), Arc::<AtomicU64>::default());
        let mut connections = vec![first];
        if matches!(url, DatabaseUrl::Postgres(_)) {
            connections.push(url.connect()?);
        }
        for mut connection in connections {
            connection.made_for_writing().map_err(OpenError::pool)?;
            let (url, jobs, meter, acts) = (url.clone(), Arc::clone(&jobs), Arc::clone(&meter), Arc::clone(&acts));
            let hashed = row_hash::tables(&mut connection).map_err(OpenError::pool)?;
            let writer = Writer { url, connection, jobs, meter, acts, hashed, log: log.take() };
            thread::Builder::new().name("writer".to_owned()).spawn(move || writer.serve()).map_err(OpenError::pool)?;
        }
        Ok(Writers { queue, meter, acts })
    }

    pub(super) fn meter(&self) -> &Meter {
        &self.meter
    }

    /// How many times people's acts were committed here.
    pub(super) fn acts(&self) -> Acts {
        Acts(self.acts.load(Ordering::Acquire))
    }

    pub(super) fn queue<T: Send + 'static>(
        &self,
        kind: Kind,
        work: impl Fn(&mut Connection) -> Result<T, Error> + Send + 'static,
    ) -> Pending<T> {
        self.queue_task(kind, false, work)
    }

    /// In a transaction of its own.
    pub(super) fn queue_alone<T: Send + 'static>(
        &self,
        kind: Kind,
        work: impl Fn(&mut Connection) -> Result<T, Error> + Send + 'static,
    ) -> Pending<T> {
        self.queue_task(kind, true, work)
    }

    fn queue_task<T: Send + 'static>(
        &self,
        kind: Kind,
        is_alone: bool,
        work: impl Fn(&mut Connection) -> Result<T, Error> + Send + 'static,
    ) -> Pending<T> {
        let (reply, answer) = oneshot::channel();
        self.send(Job::Other(Box::new(Task { kind, is_alone, work, outcome: None, reply })));
        Pending(answer)
    }

    pub(super) fn keep(&self, incoming: Arc<Incoming>) -> Pending<Kept> {
        let (reply, answer) = oneshot::channel();
        self.send(Job::Interview(Interview { incoming, reply }));
        Pending(answer)
    }

    /// A full queue drops the job and with it its reply: the caller hears that at once.
    fn send(&self, job: Job) {
        self.meter.queued();
        if self.queue.try_send(job).is_err() {
            self.meter.taken(1);
        }
    }
}

struct Writer {
    url: DatabaseUrl,
    connection: Connection,
    jobs: Arc<Mutex<Receiver<Job>>>,
    meter: Arc<Meter>,
    acts: Arc<AtomicU64>,
    hashed: Vec<Hashed>,
    /// On SQLite.
    log: Option<Log>,
}

impl Writer {
    fn serve(mut self) {
        while let Some(batch) = self.next_batch() {
            let (mut interviews, mut acts, mut others, mut alone) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
            for job in batch {
                match job {
                    Job::Interview(interview) => interviews.push(interview),
                    Job::Other(work) if work.is_alone() => alone.push(work),
                    Job::Other(work) if work.kind() == Kind::Act => acts.push(work),
                    Job::Other(work) => others.push(work),
                }
            }
            self.settle_interviews(interviews);
            // Whoever waits for a turn at the trail must hold nothing that whoever has it may need: acts share no transaction
            // with interviews, or two servers on one database could each wait for the other.
            self.settle(others);
            self.settle(acts);
            alone.into_iter().for_each(|work| self.settle(vec![work]));
            if let Some(log) = &mut self.log {
                log.keep_short(&mut self.connection);
            }
        }
    }

    fn next_batch(&self) -> Option<Vec<Job>> {
        let jobs = self.jobs.lock().ok()?;
        let mut batch = vec![jobs.recv().ok()?];
        batch.extend(std::iter::from_fn(|| jobs.try_recv().ok()).take(BATCH - 1));
        for _ in 0..PAUSES {
            let before = batch.len();
            if !(FEW..ENOUGH).contains(&before) {
                break;
            }
            thread::sleep(PAUSE);
            batch.extend(std::iter::from_fn(|| jobs.try_recv().ok()).take(BATCH - before));
            if batch.len() == before {
                break;
            }
        }
        self.meter.taken(batch.len());
        Some(batch)
    }

    fn settle_interviews(&mut self, interviews: Vec<Interview>) {
        if interviews.is_empty() {
            return;
        }
        let incoming: Vec<_> = interviews.iter().map(|interview| Arc::clone(&interview.incoming)).collect();
        if let Ok(outcomes) = self.commit(incoming.len(), |c| keep_all(c, &incoming)) {
            interviews.into_iter().zip(outcomes).for_each(|(interview, outcome)| interview.answer(outcome));
            return;
        }
        for interview in interviews {
            match self.commit(1, |c| keep_one(c, &interview.incoming)) {
                Ok(outcome) => interview.answer(outcome),
                Err(why) => {
                    interview.answer(Err(Error::Unavailable(why)));
                    self.reconnect();
                }
            }
        }
    }

    fn settle(&mut self, mut batch: Vec<Box<dyn Work>>) {
        if batch.is_empty() {
            return;
        }
        match self.commit_works(&mut batch) {
            Ok(()) => batch.into_iter().for_each(|job| job.answer(Ok(()))),
            Err(_) => self.one_by_one(batch),
        }
    }

    /// A poisonous write must not fail its neighbours.
    fn one_by_one(&mut self, batch: Vec<Box<dyn Work>>) {
        for mut job in batch {
            match self.commit_works(std::slice::from_mut(&mut job)) {
                Ok(()) => job.answer(Ok(())),
                Err(why) => {
                    job.answer(Err(&why));
                    self.reconnect();
                }
            }
        }
    }

    fn commit_works(&mut self, batch: &mut [Box<dyn Work>]) -> Result<(), String> {
        let has_acts = batch.iter().any(|work| work.kind() == Kind::Act);
        self.commit(batch.len(), |c| Ok(batch.iter_mut().try_for_each(|work| savepoint(c, |c| work.run(c)).map(drop))?))?;
        if has_acts {
            self.acts.fetch_add(1, Ordering::Release);
        }
        Ok(())
    }

    /// What `work` gives, once it is durable; nothing of it stays where it fails.
    fn commit<T>(&mut self, writes: usize, work: impl FnOnce(&mut Connection) -> Result<T, Error>) -> Result<T, String> {
        let begun = Instant::now();
        let (connection, hashed) = (&mut self.connection, &self.hashed);
        // A defect in one write must not end the writer for all.
        let done = catch_unwind(AssertUnwindSafe(|| transaction(connection, hashed, work))).unwrap_or_else(|_| Err(gone()));
        match &done {
            Ok(_) => self.meter.committed(writes, begun.elapsed()),
            Err(why) => {
                drop(self.connection.execute("ROLLBACK"));
                if let Some(log) = &self.log {
                    log.end_if_a_sync_failed(&why.to_string());
                }
            }
        }
        done.map_err(|e| e.to_string())
    }

    /// After a failure the connection may be dead (PostgreSQL restarted): a fresh one, if there is one to be had.
    fn reconnect(&mut self) {
        let fresh = self.url.connect().ok().and_then(|mut connection| connection.made_for_writing().ok().map(|()| connection));
        match fresh {
            Some(connection) => self.connection = connection,
            None => thread::sleep(Duration::from_millis(100)),
        }
    }
}

impl Interview {
    fn answer(self, outcome: Result<Kept, Error>) {
        // A caller that no longer waits has nothing to be told.
        let _ = self.reply.send(outcome);
    }
}

fn transaction<T>(
    connection: &mut Connection,
    hashed: &[Hashed],
    work: impl FnOnce(&mut Connection) -> Result<T, Error>,
) -> Result<T, Error> {
    // A plain BEGIN on SQLite reads first and then finds the database locked; IMMEDIATE takes the lock at once.
    connection.execute(if matches!(connection, Connection::Sqlite(_)) { "BEGIN IMMEDIATE" } else { "BEGIN" })?;
    disown(connection, hashed)?;
    let value = work(connection)?;
    hash_written(connection, hashed)?;
    connection.execute("COMMIT")?;
    Ok(value)
}

/// Runs a part of a transaction that stays only where it says so.
pub(super) fn savepoint(connection: &mut Connection, work: impl FnOnce(&mut Connection) -> bool) -> diesel::QueryResult<bool> {
    connection.execute("SAVEPOINT job")?;
    let kept = catch_unwind(AssertUnwindSafe(|| work(connection))).unwrap_or(false);
    connection.execute(if kept { "RELEASE job" } else { "ROLLBACK TO job" })?;
    Ok(kept)
}

/// A submission by itself, of whose writes nothing stays where it fails.
pub(super) fn keep_alone(connection: &mut Connection, incoming: &Incoming) -> Result<Result<Kept, Error>, Error> {
    let mut outcome = Err(gone());
    savepoint(connection, |c| {
        outcome = keep(c, incoming);
        outcome.is_ok()
    })?;
    Ok(outcome)
}
