//! A simulated survey, fielded through the door like any other: every interview comes in by the route a phone uses.

mod acts;
mod aftermath;
mod answers;
pub mod interview;
mod office;
mod phones;
pub mod population;
mod report;
pub mod sample;
mod xml;

use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};

use actix_web::dev::ServerHandle;
use actix_web::web::Data;
use anyhow::{Context, Result, ensure};

use crate::confined::Reader;
use crate::http::clock::Clock;
use crate::http::{self, Parts, State};
use crate::settings::{Patience, ROOM};
use crate::store::{DatabaseUrl, NewStudy, Store};
use crate::trail::By;
use office::Office;
use population::Population;
use sample::Sample;

#[derive(Debug)]
pub struct Demo {
    pub listen: SocketAddr,
    pub respondents: usize,
    pub seed: u64,
    /// A folder that does not exist yet or is empty; a temporary one where none is named.
    pub data_dir: Option<PathBuf>,
    /// Stop after the table.
    pub once: bool,
}

const PATIENCE: Patience = Patience { body_idle_seconds: 30, body_total_seconds: 900 };

/// Fields the survey and prints its table beside the truth; words go to the standard error.
pub fn run(demo: &Demo, out: &mut dyn Write) -> Result<()> {
    let folder = demo.data_dir.clone().unwrap_or_else(|| std::env::temp_dir().join(format!("kish-demo-{}", uuid::Uuid::new_v4().simple())));
    ensure_fresh(&folder)?;
    let store = Arc::new(Store::open(&DatabaseUrl::Sqlite(folder.join("kish.sqlite")), &folder.join("keys"))?);
    let new = NewStudy { name: "Simulated survey".to_owned(), synthetic: true, ..NewStudy::default() };
    let study = store.add_study(By::command_line(Clock::Machine.today()), new).wait()?;
    let listener = TcpListener::bind(demo.listen).with_context(|| format!("cannot listen on {}", demo.listen))?;
    let address = format!("http://{}", listener.local_addr()?);
    let (server, thread) = serve(Arc::clone(&store), &folder, listener)?;

    eprintln!("Making a population and drawing a sample (simulated: these people do not exist) …");
    let population = Population::build();
    let sample = Sample::draw(&population, demo.seed, demo.respondents);
    let office = Office::open(&store, study, &address, Clock::Machine.today())?;
    office.prepare(&sample)?;
    let devices = office.enrol_devices()?;
    phones::field(&address, &devices, &office.version()?, &sample, demo.seed, Clock::Machine.today())?;
    office.weigh()?;
    let release = office.release()?;
    report::write(out, &office, &population)?;
    report::write_release(out, &release)?;
    office.write_addresses(out, &address, &devices, &folder)?;

    if demo.once {
        actix_web::rt::System::new().block_on(server.stop(true));
    } else {
        eprintln!("Serving until stopped (Ctrl-C).");
    }
    thread.join().map_err(|_| anyhow::anyhow!("the server's thread failed"))??;
    if demo.once && demo.data_dir.is_none() {
        drop(store);
        std::fs::remove_dir_all(&folder)?;
    }
    Ok(())
}

fn ensure_fresh(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let is_empty = std::fs::read_dir(folder)?.next().is_none();
    ensure!(is_empty, "{} holds something already; a demo's data are simulated and go into a folder of their own", folder.display());
    Ok(())
}

fn serve(store: Arc<Store>, folder: &Path, listener: TcpListener) -> Result<(ServerHandle, JoinHandle<std::io::Result<()>>)> {
    let keys = folder.join("keys");
    let reader = Reader::of_this_program()?;
    let parts = Parts { keys, clock: Clock::Machine, patience: PATIENCE, public_url: None, reader, room: ROOM, metrics: None };
    let state = Data::new(State::new(store, parts)?);
    let (send, receive) = mpsc::channel();
    let thread = thread::spawn(move || {
        actix_web::rt::System::new().block_on(async {
            let server = http::serve(state, listener, None, None)?;
            // The receiver waits right below.
            let _ = send.send(server.handle());
            server.await
        })
    });
    Ok((receive.recv()?, thread))
}
