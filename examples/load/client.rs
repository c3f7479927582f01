//! The devices: so many at once, each on a connection it keeps, each sending its next request when the last is answered.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::LocalSet;
use tokio::time::{sleep, sleep_until, timeout};

use crate::server::{postgres_time, processor_time};
use crate::times::{Times, micros};

/// Before it counts, connections are made, threads started and caches filled.
const WARM_UP: Duration = Duration::from_millis(500);
/// Who is not answered within this is not answered.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a device rests after an error, so that a dead server is not asked a million times.
const REST: Duration = Duration::from_millis(20);

/// Writes the next request into a buffer; `false` when there is none left.
pub type Source = Box<dyn FnMut(&mut Vec<u8>) -> bool>;

/// Hears of each request that was answered as expected, at once.
pub type Witness = Box<dyn FnMut(&[u8])>;

/// How long a round goes on.
#[derive(Debug, Clone)]
pub enum Until {
    Past(Duration),
    /// Until there is nothing left to send.
    Dry,
    /// Until it is said that it is enough; what is not answered is sent again, as a phone does, until it is.
    Enough(Arc<AtomicBool>),
}

#[derive(Debug, Clone)]
pub struct Round {
    pub address: SocketAddr,
    /// The process id of the server.
    pub server: u32,
    /// Whether PostgreSQL works for it, whose processor time counts too.
    pub has_postgres: bool,
    pub in_flight: usize,
    pub until: Until,
    /// So many a second and no more; without it, as many as the server takes.
    pub per_second: Option<u32>,
    /// Any other status is a fault.
    pub expected: &'static [u16],
}

impl Round {
    fn is_over(&self, begin: Instant) -> bool {
        match &self.until {
            Until::Past(time) => Instant::now() >= begin + *time,
            Until::Dry => false,
            Until::Enough(enough) => enough.load(Ordering::Relaxed),
        }
    }

    /// Whether an answer may come if the same is sent again: the server is away, or says that it is busy.
    fn tries_again(&self, heard: &io::Result<u16>) -> bool {
        matches!(self.until, Until::Enough(_)) && matches!(heard, Err(_) | Ok(503))
    }
}

#[derive(Debug)]
pub struct Outcome {
    /// Of what was sent after the warm-up and answered as expected.
    pub times: Times,
    /// All that was answered as expected, the warm-up too.
    pub accepted: u64,
    /// Sendings beyond the first of a request.
    pub sent_again: u64,
    pub server_time: Duration,
    pub own_time: Duration,
    pub faults: Faults,
}

/// What should not be.
#[derive(Debug, Default)]
pub struct Faults {
    answers: BTreeMap<u16, u64>,
    errors: u64,
    /// The first of them, as it came.
    first: Option<String>,
    ran_out: bool,
}

impl Faults {
    pub fn count(&self) -> u64 {
        self.answers.values().sum::<u64>() + self.errors + u64::from(self.ran_out)
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (status, count) in &self.answers {
            writeln!(f, "  {count} answers {status}")?;
        }
        writeln!(f, "  {} requests without an answer", self.errors)?;
        if self.ran_out {
            writeln!(f, "  the sample ran out: this server is faster than the load was made for")?;
        }
        write!(f, "  the first: {}", self.first.as_deref().unwrap_or("-"))
    }
}

struct Shared {
    source: Source,
    witness: Witness,
    sent_again: u64,
    micros: Vec<u32>,
    accepted: u64,
    /// How many were begun.
    turns: u32,
    faults: Faults,
}

impl Shared {
    fn next(&mut self, request: &mut Vec<u8>, until: &Until) -> bool {
        let is_there = (self.source)(request);
        self.faults.ran_out |= !is_there && !matches!(until, Until::Dry);
        is_there
    }

    fn take_turn(&mut self) -> u32 {
        self.turns += 1;
        self.turns - 1
    }

    fn accept(&mut self, request: &[u8], taken: Option<Duration>) {
        (self.witness)(request);
        self.accepted += 1;
        self.micros.extend(taken.map(micros));
    }

    fn refuse(&mut self, status: u16, answer: &[u8]) {
        *self.faults.answers.entry(status).or_default() += 1;
        self.faults.first.get_or_insert_with(|| String::from_utf8_lossy(answer).into_owned());
    }

    fn fail(&mut self, error: &io::Error) {
        self.faults.errors += 1;
        self.faults.first.get_or_insert_with(|| error.to_string());
    }
}

/// Sends for the round's time after a warm-up and waits for the last answer. What was sent since the warm-up counts,
/// over the time until that last answer, so that no stall at the end is left out.
pub async fn drive(round: Round, source: Source, witness: Witness) -> Outcome {
    let begin = Instant::now() + WARM_UP;
    let shared = Shared { source, witness, sent_again: 0, micros: Vec::new(), accepted: 0, turns: 0, faults: Faults::default() };
    let shared = Rc::new(RefCell::new(shared));
    let devices = LocalSet::new();
    for _ in 0..round.in_flight {
        devices.spawn_local(device(round.clone(), begin, Rc::clone(&shared)));
    }
    let database = || if round.has_postgres { postgres_time() } else { Duration::ZERO };
    let times = || [processor_time(&round.server.to_string()) + database(), processor_time("self")];
    devices.run_until(sleep_until(begin.into())).await;
    let before = times();
    devices.await;
    let elapsed = begin.elapsed();
    let after = times();
    let shared = &mut *shared.borrow_mut();
    Outcome {
        times: Times::new(std::mem::take(&mut shared.micros), elapsed),
        accepted: shared.accepted,
        sent_again: shared.sent_again,
        server_time: after[0].saturating_sub(before[0]),
        own_time: after[1].saturating_sub(before[1]),
        faults: std::mem::take(&mut shared.faults),
    }
}

async fn device(round: Round, begin: Instant, shared: Rc<RefCell<Shared>>) {
    let mut line = None;
    let (mut request, mut answer) = (Vec::new(), Vec::with_capacity(4096));
    while !round.is_over(begin) && shared.borrow_mut().next(&mut request, &round.until) {
        if let Some(per_second) = round.per_second {
            let turn = shared.borrow_mut().take_turn();
            sleep_until((begin + Duration::from_secs(1) / per_second * turn).into()).await;
        }
        let sent = Instant::now();
        let mut heard = ask_within(&mut line, round.address, &request, &mut answer).await;
        while round.tries_again(&heard) {
            shared.borrow_mut().sent_again += 1;
            sleep(REST).await;
            heard = ask_within(&mut line, round.address, &request, &mut answer).await;
        }
        let taken = (sent >= begin).then(|| sent.elapsed());
        match heard {
            Ok(status) if round.expected.contains(&status) => shared.borrow_mut().accept(&request, taken),
            Ok(status) => shared.borrow_mut().refuse(status, &answer),
            Err(error) => {
                shared.borrow_mut().fail(&error);
                sleep(REST).await;
            }
        }
    }
}

async fn ask_within(line: &mut Option<TcpStream>, address: SocketAddr, request: &[u8], answer: &mut Vec<u8>) -> io::Result<u16> {
    timeout(PATIENCE, ask(line, address, request, answer)).await.unwrap_or_else(|_| Err(ErrorKind::TimedOut.into()))
}

/// Sends a request and reads the whole answer; after an error the connection is not used again.
async fn ask(line: &mut Option<TcpStream>, address: SocketAddr, request: &[u8], answer: &mut Vec<u8>) -> io::Result<u16> {
    let mut stream = match line.take() {
        Some(stream) => stream,
        None => connect(address).await?,
    };
    stream.write_all(request).await?;
    answer.clear();
    let status = loop {
        if stream.read_buf(answer).await? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        if let Some(status) = status_of_whole(answer)? {
            break status;
        }
    };
    *line = Some(stream);
    Ok(status)
}

async fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// The status of an answer; `None` while more of it is to come.
fn status_of_whole(answer: &[u8]) -> io::Result<Option<u16>> {
    let Some(head_length) = answer.windows(4).position(|w| w == b"\r\n\r\n") else { return Ok(None) };
    let unreadable = || io::Error::new(ErrorKind::InvalidData, "the answer is not HTTP/1.1 with a length");
    let head = std::str::from_utf8(&answer[..head_length]).map_err(|_| unreadable())?;
    let status = head.get(9..12).and_then(|code| code.parse::<u16>().ok()).ok_or_else(unreadable)?;
    let length = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse::<usize>().ok())
        .ok_or_else(unreadable)?;
    Ok((answer.len() >= head_length + 4 + length).then_some(status))
}
