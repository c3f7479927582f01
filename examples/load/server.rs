//! The server as it is shipped: the release binary as a child of this process, killed when dropped.

use std::fs;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::place::Place;

const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub struct Server {
    child: Child,
    pub address: SocketAddr,
}

impl Server {
    /// Starts it and waits until it is ready.
    pub fn start(place: &Place) -> Result<Server> {
        // Free now; should another take it first, the server says so and ends.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut server = Server { child: spawn(place, address)?, address };
        server.wait_until_ready()?;
        Ok(server)
    }

    /// Killed with no chance to do anything more, and started again where it was; how long until it was ready.
    pub fn kill_and_start(&mut self, place: &Place) -> Result<Duration> {
        self.child.kill()?;
        self.child.wait()?;
        let start = Instant::now();
        self.child = spawn(place, self.address)?;
        self.wait_until_ready()?;
        Ok(start.elapsed())
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        let start = Instant::now();
        while !is_ready(self.address).unwrap_or(false) {
            if let Some(status) = self.child.try_wait()? {
                bail!("kish serve ended before it was ready: {status}");
            }
            ensure!(start.elapsed() < PATIENCE, "kish serve was not ready after {} s", PATIENCE.as_secs());
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    pub fn process_id(&self) -> u32 {
        self.child.id()
    }

    /// Megabytes of memory by a field of `/proc/PID/status`: `VmRSS` now, `VmHWM` at most so far.
    pub fn memory(&self, field: &str) -> Result<f64> {
        let path = format!("/proc/{}/status", self.process_id());
        let status = fs::read_to_string(&path).with_context(|| path.clone())?;
        let kilobytes = |line: &str| line.strip_prefix(field)?.strip_prefix(':')?.trim().strip_suffix("kB")?.trim().parse::<f64>().ok();
        Ok(status.lines().find_map(kilobytes).with_context(|| format!("{path} has no {field}"))? / 1024.0)
    }
}

/// Killed, not asked: what it has answered must be there all the same.
impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The processor time that a process's threads have used. One that has ended is no longer counted, but none of the
/// server's ends within a round: they wait ten seconds for more work.
pub fn processor_time(process: &str) -> Duration {
    let tasks = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let nanos = tasks.filter_map(|task| {
        let times = fs::read_to_string(task.path().join("schedstat")).ok()?;
        times.split_whitespace().next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanos.sum())
}

/// The processor time that the machine's PostgreSQL processes have used.
pub fn postgres_time() -> Duration {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let is_postgres = |process: &String| fs::read_to_string(format!("/proc/{process}/comm")).is_ok_and(|name| name.trim() == "postgres");
    processes.filter(is_postgres).map(|process| processor_time(&process)).sum()
}

fn spawn(place: &Place, address: SocketAddr) -> Result<Child> {
    let binary = binary()?;
    Command::new(&binary)
        .arg("serve")
        .arg("--listen")
        .arg(address.to_string())
        .arg("--data-dir")
        .arg(&place.folder)
        // By the environment, for it may hold a password, and arguments are there for all to read.
        .env("KISH_DATABASE", &place.database)
        .env("KISH_LOG", "warn")
        .stdin(Stdio::null())
        .spawn()
        .with_context(|| format!("{} does not start", binary.display()))
}

/// `target/release/kish` beside `target/release/examples/load`.
pub fn binary() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let folder = own.parent().and_then(Path::parent).context("this program lies in no folder")?;
    let binary = folder.join("kish");
    ensure!(binary.is_file(), "{} is missing: build it first with cargo build --release", binary.display());
    Ok(binary)
}

fn is_ready(address: SocketAddr) -> io::Result<bool> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(b"GET /health/ready HTTP/1.1\r\nHost: kish\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer.starts_with("HTTP/1.1 200"))
}
