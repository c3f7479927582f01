//! So many interviews that the size shows: how long the server takes to start, to weigh them, to make a table of them and to give them as rows.

use std::cell::RefCell;
use std::io;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tokio::runtime::Builder;
use ureq::Agent;

use crate::bars::Figure;
use crate::body::{Interviews, Length};
use crate::client::{self, Until};
use crate::place::Place;
use crate::sample::Sample;
use crate::server::Server;
use crate::study::Study;

const INDICATOR: &str = "TFV_ANY_12M";
const ANOTHER: &str = "TFV_ANY_EVER";
const BY: &str = "sex,age_group,disability";
/// The same cells in another order of the dimensions: a table that is computed anew.
const IN_OTHER_ORDERS: [&str; 5] = [
    "sex,disability,age_group",
    "age_group,sex,disability",
    "age_group,disability,sex",
    "disability,sex,age_group",
    "disability,age_group,sex",
];

/// The ways to read coded rows.
const ROWS: [(&str, &str); 4] = [
    ("as CSV", "/forms/tfvaw/submissions.csv"),
    ("as CSV in a zip", "/forms/tfvaw/submissions.csv.zip"),
    ("as Parquet", "/forms/tfvaw/submissions.parquet"),
    ("over OData", "/forms/tfvaw.svc/Submissions"),
];

/// Whether every interview was kept, every table was made and every row was read.
pub fn run(place: &Place, interviews: u64, in_flight: usize, figures: Option<&Path>) -> Result<bool> {
    let sample = Sample::of(interviews);
    let study = Study::make(&place.open()?, sample, Length::Usual.form())?;
    let mut server = Server::start(place)?;
    let source = Rc::new(RefCell::new(Interviews::new(&study, sample, Length::Usual)));
    let round = crate::round(&server, place.is_postgres(), in_flight, Until::Dry, &[201]);
    let outcome =
        Builder::new_current_thread().enable_all().build()?.block_on(client::drive(round, crate::source(&source), Box::new(|_| ())));
    let faults = crate::show_faults(&outcome);
    let kept = outcome.accepted;
    println!("  interviews   {kept}, {:.0} a second", outcome.times.per_second());
    let office = Office { agent: Agent::config_builder().build().into(), study: &study };
    println!("  weights      {:.2} s", office.weigh(&server)?.as_secs_f64());
    let ready = server.kill_and_start(place)?;
    let idle = server.memory("VmRSS")?;
    println!("  start        ready {:.2} s after kill -9, {idle:.1} MB", ready.as_secs_f64());
    let first = office.table(&server, INDICATOR, BY)?;
    let loaded = server.memory("VmRSS")?;
    let each = (loaded - idle) * 1024.0 * 1024.0 / kept as f64;
    println!(
        "  table        {:.2} s the first time, with all interviews read; {loaded:.1} MB after it, {each:.0} bytes an interview",
        first.as_secs_f64()
    );
    println!("               {:.1} ms the first of another indicator", millis(office.table(&server, ANOTHER, BY)?));
    let mut anew = IN_OTHER_ORDERS.map(|by| office.table(&server, INDICATOR, by).map(millis)).into_iter().collect::<Result<Vec<_>>>()?;
    anew.sort_by(f64::total_cmp);
    println!(
        "               {:.1} ms computed anew over HTTP (median of {}; {:.1} to {:.1})",
        anew[anew.len() / 2],
        anew.len(),
        anew[0],
        anew[anew.len() - 1]
    );
    println!(
        "               {:.1} ms asked again; {:.1} MB at most",
        millis(office.table(&server, INDICATOR, BY)?),
        server.memory("VmHWM")?
    );
    study.let_read_rows(&place.open()?)?;
    let mut fewest_rows = f64::INFINITY;
    for (how, path) in ROWS {
        // Another start, so that the most memory is of this reading alone.
        server.kill_and_start(place)?;
        let (bytes, time) = office.read(&server, path)?;
        let per_second = kept as f64 / time.as_secs_f64();
        fewest_rows = fewest_rows.min(per_second);
        let (megabytes, most) = (bytes as f64 / 1e6, server.memory("VmHWM")?);
        println!("  rows         {per_second:.0} a second {how}, {megabytes:.0} MB; {most:.1} MB of memory at most");
    }
    drop(server);
    let is_well = crate::is_all_there(place, &study, kept)? && faults == 0;
    if let Some(path) = figures.filter(|_| is_well) {
        Figure::Million { ready_s: ready.as_secs_f64(), table_ms: anew[anew.len() / 2], fewest_rows }.add_to(path)?;
    }
    Ok(is_well)
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// A statistician at work.
struct Office<'a> {
    agent: Agent,
    study: &'a Study,
}

impl Office<'_> {
    fn weigh(&self, server: &Server) -> Result<Duration> {
        let start = Instant::now();
        let request = self.agent.post(self.address(server, "/weights")).header("Authorization", self.study.statistician());
        request.content_type("application/json").send("{\"name\":\"w\"}").context("POST …/weights")?;
        Ok(start.elapsed())
    }

    fn table(&self, server: &Server, indicator: &str, by: &str) -> Result<Duration> {
        let start = Instant::now();
        let path = format!("/tables?indicator={indicator}&by={by}");
        let mut answer =
            self.agent.get(self.address(server, &path)).header("Authorization", self.study.statistician()).call().context(path)?;
        let table = answer.body_mut().read_to_string()?;
        let taken = start.elapsed();
        ensure!(table.contains("\"cells\""), "this is no table: {table}");
        Ok(taken)
    }

    /// All of it; how many bytes it was.
    fn read(&self, server: &Server, path: &'static str) -> Result<(u64, Duration)> {
        let start = Instant::now();
        let mut answer =
            self.agent.get(self.address(server, path)).header("Authorization", self.study.statistician()).call().context(path)?;
        let bytes = io::copy(&mut answer.body_mut().as_reader(), &mut io::sink()).context(path)?;
        Ok((bytes, start.elapsed()))
    }

    fn address(&self, server: &Server, path: &str) -> String {
        format!("http://{}/v1/projects/{}{path}", server.address, self.study.id())
    }
}
