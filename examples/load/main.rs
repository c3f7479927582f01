//! How many interviews a second the server keeps, and how long each waits, beside what the disk and a bare answer allow.

mod bars;
mod body;
mod client;
mod kills;
mod limits;
mod many;
mod place;
mod sample;
mod server;
mod sixty;
mod soak;
mod study;
mod times;

use std::cell::RefCell;
use std::path::PathBuf;
use std::process::ExitCode;
use std::rc::Rc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use clap::Parser;
use tokio::runtime::{Builder, Runtime};

use bars::{Figure, Ratios, Setting};
use body::{Interviews, Length};
use client::{Outcome, Round, Source, Until};
use place::Place;
use sample::{PSUS, Sample};
use server::{Server, processor_time};
use study::Study;
use times::Times;

/// The fastest server the sample is large enough for, in interviews a second.
const MOST_PER_SECOND: u64 = 20_000;
/// How long the server rests before its idle memory is read.
const QUIET: Duration = Duration::from_millis(500);
const LIVE: &[u8] = b"GET /health/live HTTP/1.1\r\nHost: kish\r\n\r\n";
const LIVE_IN_FLIGHT: usize = 32;
const LIVE_TIME: Duration = Duration::from_secs(2);

/// Load `kish serve` with interviews and say how many a second it keeps
#[derive(Debug, Parser)]
#[command(name = "load")]
struct Options {
    /// postgres://USER@HOST/NAME, whose user may create databases: the run makes its own; without it, SQLite
    #[arg(long)]
    database: Option<String>,
    /// Seconds for each number in flight
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    seconds: u64,
    /// How many devices send at once, round by round
    #[arg(long, value_delimiter = ',', default_values_t = [1_usize, 8, 32, 128])]
    in_flight: Vec<usize>,
    /// Which interviews are sent
    #[arg(long, value_enum, default_value_t = Length::Usual)]
    interview: Length,
    /// Instead: kill the server so many times at random moments while phones send and send again, and look whether anything is lost
    #[arg(long)]
    kills: Option<u32>,
    /// With --kills: write here the receipt of each interview and when its 201 was heard, as hexadecimal and nanoseconds of CLOCK_MONOTONIC
    #[arg(long, requires = "kills")]
    acknowledged: Option<PathBuf>,
    /// Instead: keep so many interviews, and time the start, the weights and the tables over them
    #[arg(long, conflicts_with = "kills")]
    keep_interviews: Option<u64>,
    /// Instead: send so many a second for so long, and look at the server's memory and files every minute
    #[arg(long, conflicts_with_all = ["kills", "keep_interviews"])]
    per_second: Option<u32>,
    /// Append what was seen to this file, as lines of JSON
    #[arg(long, conflicts_with_all = ["kills", "per_second"])]
    figures: Option<PathBuf>,
    /// Instead: print what runs with --figures left in this file as one table, beside what is aimed at
    #[arg(long, conflicts_with_all = ["kills", "keep_interviews", "per_second", "figures"])]
    bars: Option<PathBuf>,
    /// Keep the data folder, and say where it is
    #[arg(long)]
    keep: bool,
}

/// What the machine allows in a second, which the rounds are set against.
struct Limits {
    disk: Times,
    bare: Outcome,
    /// Rows a second.
    inserts: f64,
}

impl Limits {
    fn ratios(&self, per_second: f64) -> Ratios {
        Ratios {
            syncs: per_second / self.disk.per_second(),
            answers: per_second / self.bare.times.per_second(),
            inserts: per_second / self.inserts,
        }
    }
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("load: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whether all went as it should.
fn run(options: &Options) -> Result<bool> {
    if let Some(figures) = &options.bars {
        return bars::print(figures, &server::binary()?).map(|()| true);
    }
    let place = Place::make(options.database.as_deref(), options.keep)?;
    if let Some(kills) = options.kills {
        return kills::run(&place, kills, options.in_flight.iter().max().copied().unwrap_or(64), options.acknowledged.as_deref());
    }
    let most = options.in_flight.iter().max().copied().unwrap_or(128);
    if let Some(interviews) = options.keep_interviews {
        return many::run(&place, interviews, most, options.figures.as_deref());
    }
    if let Some(per_second) = options.per_second {
        return soak::run(&place, options.interview, per_second, Duration::from_secs(options.seconds), most);
    }
    let (disk, inserts) = (limits::appends(&place.folder)?, limits::inserts(&place)?);
    let start = Instant::now();
    let sample = Sample::of(options.in_flight.len() as u64 * (options.seconds + 1) * MOST_PER_SECOND);
    let study = Study::make(&place.open()?, sample, options.interview.form())?;
    print_head(&place, sample, options.interview, start.elapsed());

    let server = Server::start(&place)?;
    ensure!(!processor_time("self").is_zero(), "this system does not count processor time in /proc/PID/task/*/schedstat");
    thread::sleep(QUIET);
    let idle = server.memory("VmRSS")?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let limits = Limits { disk, bare: bare(&runtime, &server), inserts };
    print_limits(&limits, idle);

    let interviews = Rc::new(RefCell::new(Interviews::new(&study, sample, options.interview)));
    let setting = Setting { interview: options.interview, is_postgres: place.is_postgres(), has_slow_disk: has_slow_disk() };
    let (mut accepted, mut faults) = (0, show_faults(&limits.bare));
    let mut figures = Vec::new();
    for in_flight in &options.in_flight {
        let round = round(&server, place.is_postgres(), *in_flight, Until::Past(Duration::from_secs(options.seconds)), &[201]);
        let outcome = runtime.block_on(client::drive(round, source(&interviews), Box::new(|_| ())));
        print_round(*in_flight, &outcome, &limits);
        figures.push(figure(setting, *in_flight, &outcome, &limits));
        accepted += outcome.accepted;
        faults += show_faults(&outcome);
    }
    let peak = server.memory("VmHWM")?;
    print_foot(&place, peak);
    figures.push(Figure::Memory { setting, idle, most: peak });
    drop(server);
    let is_well = is_all_there(&place, &study, accepted)? && faults == 0;
    // Figures of a run in which something went wrong mean nothing.
    if let Some(path) = options.figures.as_deref().filter(|_| is_well) {
        figures.iter().try_for_each(|figure| figure.add_to(path))?;
    }
    Ok(is_well)
}

fn figure(setting: Setting, in_flight: usize, Outcome { times, server_time, .. }: &Outcome, limits: &Limits) -> Figure {
    let per_second = times.per_second();
    let each_ms = server_time.as_secs_f64() * 1e3 / times.count().max(1) as f64;
    Figure::Round { setting, in_flight, per_second, p99_ms: times.ms(0.99), each_ms, limits: limits.ratios(per_second) }
}

/// Whether tests/faults/recorder.c waits at each sync.
fn has_slow_disk() -> bool {
    std::env::var_os("RECORD_SLOW_SYNC").is_some()
}

fn round(server: &Server, has_postgres: bool, in_flight: usize, until: Until, expected: &'static [u16]) -> Round {
    Round { address: server.address, server: server.process_id(), has_postgres, in_flight, until, per_second: None, expected }
}

fn source(interviews: &Rc<RefCell<Interviews>>) -> Source {
    let interviews = Rc::clone(interviews);
    Box::new(move |request| interviews.borrow_mut().write_next(request))
}

/// The least the door can do: an answer that neither reads nor writes anything.
fn bare(runtime: &Runtime, server: &Server) -> Outcome {
    let source: Source = Box::new(|request| {
        request.clear();
        request.extend_from_slice(LIVE);
        true
    });
    runtime.block_on(client::drive(round(server, false, LIVE_IN_FLIGHT, Until::Past(LIVE_TIME), &[200]), source, Box::new(|_| ())))
}

/// Whether the killed server's database holds every interview that was answered with 201, and no other.
fn is_all_there(place: &Place, study: &Study, accepted: u64) -> Result<bool> {
    let store = place.open()?;
    let stored = study.count(&store)?;
    for (reason, records) in study.set_aside(&store)? {
        eprintln!("!!! set aside: {records} ({reason})");
    }
    if stored == accepted {
        println!("Killed and opened again: {stored} interviews in the store, as many as were answered with 201.");
    } else {
        eprintln!("!!! {stored} interviews in the store, but {accepted} were answered with 201");
    }
    Ok(stored == accepted)
}

/// Says faults aloud and gives their number.
fn show_faults(outcome: &Outcome) -> u64 {
    let count = outcome.faults.count();
    if count > 0 {
        eprintln!("!!! {count} FAULTS: the numbers of this round mean nothing\n{}", outcome.faults);
    }
    count
}

fn print_head(place: &Place, sample: Sample, length: Length, set_up: Duration) {
    if cfg!(debug_assertions) {
        eprintln!("!!! not a release build: these numbers mean nothing; run it with --release");
    }
    let database = if place.is_postgres() { "PostgreSQL" } else { "SQLite" };
    println!("Kish on {database}: each interview is validated, de-identified and durable before its 201");
    let (bytes, (form, answers)) = (length.xml_bytes(), length.in_words());
    println!("  interviews   {bytes} bytes of XML, of which {answers} are elements and answers and the rest is white space");
    println!("  form         {form}, every rule of it run again on the server");
    println!("  generator    one thread on the same machine, keep-alive connections, no TLS");
    println!("  sample       {} cases in {PSUS} PSUs, set up in {:.1} s", sample.cases, set_up.as_secs_f64());
    println!("  data folder  {}", place.folder.display());
}

fn print_limits(limits: &Limits, idle: f64) {
    let Limits { disk, bare, inserts } = limits;
    println!("  disk         {:.0} appends of 4 kB a second, each with fdatasync; p50 {:.2} ms", disk.per_second(), disk.ms(0.5));
    println!(
        "  bare answer  {:.0} GET /health/live a second, {LIVE_IN_FLIGHT} in flight; p50 {:.2} ms, p99 {:.2} ms",
        bare.times.per_second(),
        bare.times.ms(0.5),
        bare.times.ms(0.99)
    );
    println!("  bare insert  {inserts:.0} rows a second, from one connection, 64 in each durable commit");
    println!("  idle memory  {idle:.1} MB");
    println!(
        "\n{:>9} {:>11} {:>9} {:>9} {:>9} {:>10} {:>9} {:>9} {:>9} {:>10} {:>7}",
        "in flight", "accepted/s", "p50 ms", "p99 ms", "max ms", "server µs", "load µs", "per fsync", "per GET", "per insert", "faults"
    );
}

fn print_round(in_flight: usize, outcome: &Outcome, limits: &Limits) {
    let times = &outcome.times;
    let each = |time: Duration| time.as_secs_f64() * 1e6 / times.count().max(1) as f64;
    let Ratios { syncs, answers, inserts } = limits.ratios(times.per_second());
    println!(
        "{in_flight:>9} {:>11.0} {:>9.2} {:>9.2} {:>9.2} {:>10.0} {:>9.0} {:>9.2} {:>9.3} {:>10.3} {:>7}",
        times.per_second(),
        times.ms(0.5),
        times.ms(0.99),
        times.ms(1.0),
        each(outcome.server_time),
        each(outcome.own_time),
        syncs,
        answers,
        inserts,
        outcome.faults.count()
    );
}

fn print_foot(place: &Place, most: f64) {
    println!("\nserver µs, load µs: processor time for one interview, of kish serve and of this generator beside it.");
    if place.is_postgres() {
        println!("PostgreSQL's own is in server µs: of every postgres process on this machine. Its files may lie on another disk.");
    }
    println!(
        "per fsync, per GET, per insert: accepted a second over the appends, the bare answers and the bare rows a second, from above."
    );
    println!("The server held {most:.1} MB at most.");
}
