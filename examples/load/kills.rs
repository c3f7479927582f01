//! The server killed again and again at random moments while devices send, and send again what was not answered: each interview that was
//! answered with 201 is in the store once, and the trail is whole.

use std::cell::RefCell;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use kish::keys::{Keys, Signer};
use kish::store::{DatabaseUrl, check_trail};
use rustix::time::{ClockId, clock_gettime};
use tokio::runtime::Builder;

use crate::body::{Interviews, Length, instance_id};
use crate::client::{self, Source, Until, Witness};
use crate::place::Place;
use crate::sample::Sample;
use crate::server::Server;
use crate::study::Study;

/// Interviews a kill at most, so that the sample lasts.
const SAMPLE_A_KILL: u64 = 6_000;
/// Every so many requests one is a coordinator's, which leaves a line in the trail.
const ACT_EVERY: u64 = 50;
/// How long the server lives, in milliseconds.
const LIFE: std::ops::Range<u64> = 50..700;

/// Whether nothing was lost, doubled or torn.
pub fn run(place: &Place, kills: u32, in_flight: usize, acknowledged: Option<&Path>) -> Result<bool> {
    let sample = Sample::of((u64::from(kills) + 2) * SAMPLE_A_KILL);
    let study = Study::make(&place.open()?, sample, Length::Usual.form())?;
    let lines = trail_lines(place)?.context("the trail is broken before anything was killed")?;
    let mut server = Server::start(place)?;
    let interviews = Rc::new(RefCell::new(Interviews::new(&study, sample, Length::Usual)));
    let acts = Rc::new(RefCell::new(0));
    let witness = witness(place, &study, acknowledged)?;
    let enough = Arc::new(AtomicBool::new(false));
    let round = crate::round(&server, false, in_flight, Until::Enough(Arc::clone(&enough)), &[200, 201]);
    let source = mixed(study.act(), &interviews, &acts);
    let (outcome, longest) = thread::scope(|scope| {
        let killer = scope.spawn(|| {
            let longest = kill(&mut server, place, kills);
            enough.store(true, Ordering::Relaxed);
            longest
        });
        let outcome = Builder::new_current_thread().enable_all().build()?.block_on(client::drive(round, source, witness));
        let longest = killer.join().map_err(|_| anyhow!("the thread that kills has failed"))??;
        anyhow::Ok((outcome, longest))
    })?;
    drop(server);
    println!("{kills} kills; ready again within {:.2} s; {} sendings beyond the first", longest.as_secs_f64(), outcome.sent_again);
    let acts = *acts.borrow();
    let sent = interviews.borrow().written();
    let faults = crate::show_faults(&outcome);
    let are_all_there = is_all_there(place, &study, sent)?;
    let is_whole = is_trail_whole(place, lines + acts)?;
    Ok(faults == 0 && are_all_there && is_whole)
}

/// Interviews, and now and then an act.
fn mixed(act: String, interviews: &Rc<RefCell<Interviews>>, acts: &Rc<RefCell<u64>>) -> Source {
    let (interviews, acts) = (Rc::clone(interviews), Rc::clone(acts));
    let mut requests: u64 = 0;
    Box::new(move |request| {
        requests += 1;
        if !requests.is_multiple_of(ACT_EVERY) {
            return interviews.borrow_mut().write_next(request);
        }
        *acts.borrow_mut() += 1;
        request.clear();
        request.extend_from_slice(act.as_bytes());
        true
    })
}

/// Writes down what was acknowledged, and when.
fn witness(place: &Place, study: &Study, path: Option<&Path>) -> Result<Witness> {
    let Some(path) = path else { return Ok(Box::new(|_| ())) };
    let keys = Keys::open(&place.folder.join("keys"))?;
    let receipts = study.receipts(keys);
    let mut file = BufWriter::new(File::create(path).with_context(|| path.display().to_string())?);
    Ok(Box::new(move |request| {
        let Some(id) = instance_id(request) else { return };
        let now = clock_gettime(ClockId::Monotonic);
        let receipt: String = receipts(id).iter().map(|byte| format!("{byte:02x}")).collect();
        // A line that is missing would make the check laxer: better to end.
        writeln!(file, "{receipt} {}", now.tv_sec * 1_000_000_000 + now.tv_nsec)
            .and_then(|()| file.flush())
            .expect("the acknowledged are written down");
    }))
}

/// Gives the longest it took until the server was ready again. At the end it runs.
fn kill(server: &mut Server, place: &Place, kills: u32) -> Result<Duration> {
    let mut longest = Duration::ZERO;
    let mut draw = u64::from(kills);
    for _ in 0..kills {
        // Numbers without a pattern are enough: what is hit is a matter of chance anyway.
        draw = draw.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        thread::sleep(Duration::from_millis(LIFE.start + (draw >> 33) % (LIFE.end - LIFE.start)));
        longest = longest.max(server.kill_and_start(place)?);
    }
    Ok(longest)
}

fn is_all_there(place: &Place, study: &Study, sent: u64) -> Result<bool> {
    let store = place.open()?;
    let stored = study.count(&store)?;
    let aside = study.set_aside(&store)?;
    println!("{sent} interviews sent until each was answered, {stored} in the store");
    if !aside.is_empty() {
        eprintln!("!!! set aside: {aside:?}");
    }
    Ok(stored == sent && aside.is_empty())
}

/// The number of its last line, where it is whole.
fn trail_lines(place: &Place) -> Result<Option<u64>> {
    let signer = Signer::read(&place.folder.join("keys"))?;
    Ok(match check_trail(&DatabaseUrl::parse(&place.database)?, &signer, None)? {
        Ok(head) => Some(u64::try_from(head.number)?),
        Err(broken) => {
            eprintln!("!!! {broken}");
            None
        }
    })
}

/// An act that was done but not answered is done twice: more lines are no fault.
fn is_trail_whole(place: &Place, at_least: u64) -> Result<bool> {
    let Some(lines) = trail_lines(place)? else { return Ok(false) };
    ensure!(lines >= at_least, "the trail has {lines} lines, but {at_least} acts were answered");
    println!("the trail is whole: {lines} lines, of which {at_least} had to be there");
    Ok(true)
}
