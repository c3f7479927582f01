//! The same load for a long time: whether memory and open files stay as they were.

use std::cell::RefCell;
use std::fs;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use tokio::runtime::Builder;
use tokio::time::interval;

use crate::body::{Interviews, Length};
use crate::client::{self, Until};
use crate::place::Place;
use crate::sample::Sample;
use crate::server::Server;
use crate::study::Study;

const A_MINUTE: Duration = Duration::from_secs(60);

/// Whether every interview was kept.
pub fn run(place: &Place, length: Length, per_second: u32, time: Duration, in_flight: usize) -> Result<bool> {
    let sample = Sample::of(u64::from(per_second) * (time.as_secs() + 2));
    let study = Study::make(&place.open()?, sample, length.form())?;
    let server = Server::start(place)?;
    let interviews = Rc::new(RefCell::new(Interviews::new(&study, sample, length)));
    let mut round = crate::round(&server, place.is_postgres(), in_flight, Until::Past(time), &[201]);
    round.per_second = Some(per_second);
    println!("{per_second} interviews ({length:?}) a second for {} s, {in_flight} in flight at most", time.as_secs());
    println!("{:>7} {:>12} {:>10} {:>12}", "minute", "interviews", "memory MB", "descriptors");
    let outcome = Builder::new_current_thread().enable_all().build()?.block_on(async {
        tokio::select! {
            outcome = client::drive(round, crate::source(&interviews), Box::new(|_| ())) => Ok(outcome),
            error = watch(&server, &interviews) => Err(error),
        }
    })?;
    let times = &outcome.times;
    println!(
        "{:.0} a second over {:.0} s, p50 {:.2} ms, p99 {:.2} ms, the slowest {:.0} ms; {:.1} MB at most",
        times.per_second(),
        times.count() as f64 / times.per_second(),
        times.ms(0.5),
        times.ms(0.99),
        times.ms(1.0),
        server.memory("VmHWM")?
    );
    let faults = crate::show_faults(&outcome);
    drop(server);
    Ok(crate::is_all_there(place, &study, outcome.accepted)? && faults == 0)
}

/// A line every minute, until it cannot be looked.
async fn watch(server: &Server, interviews: &Rc<RefCell<Interviews>>) -> anyhow::Error {
    let (begin, mut minutes) = (Instant::now(), interval(A_MINUTE));
    loop {
        minutes.tick().await;
        match look(server) {
            Ok((memory, files)) => {
                let written = interviews.borrow().written();
                println!("{:>7.0} {written:>12} {memory:>10.1} {files:>12}", begin.elapsed().as_secs_f64() / 60.0);
            }
            Err(error) => return error,
        }
    }
}

fn look(server: &Server) -> Result<(f64, usize)> {
    let files = format!("/proc/{}/fd", server.process_id());
    Ok((server.memory("VmRSS")?, fs::read_dir(&files).with_context(|| format!("{files}: only root may look"))?.count()))
}
