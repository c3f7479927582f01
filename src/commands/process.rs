//! What a process keeps to itself: its files, its memory, what it was doing when something broke; and a full file does not end it.

use std::io::Write;
use std::panic::{Location, PanicHookInfo};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rustix::fs::Mode;
use rustix::process::{Resource, Rlimit, setrlimit, umask};
use signal_hook::consts::SIGXFSZ;

/// Files this process makes are for its user alone; its memory, in which answers and keys are, is for nobody: it leaves no core behind,
/// and no other process of its user may look into it.
pub fn keep_to_oneself() -> std::io::Result<()> {
    std::panic::set_hook(Box::new(say_where));
    umask(Mode::from_bits_retain(0o077));
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    #[cfg(target_os = "linux")]
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)?;
    // A file that may grow no further would end the process; caught, the write fails instead, and the phone hears "try later".
    signal_hook::flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)))?;
    Ok(())
}

/// Where it broke, not on what: a panic's own words may hold what somebody answered.
fn say_where(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map_or_else(|| "an unknown place".to_owned(), Location::to_string);
    // Where nothing can be written there is nobody to tell; failing at that as well would end the process.
    let _ = writeln!(std::io::stderr(), "kish: a defect at {place}; please report it");
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    const ANSWER: &str = "she said Kanari";

    /// Run by the test below in a process of its own, whose hook it may change.
    #[test]
    fn a_panic_in_a_process_of_its_own() {
        match std::env::var("KEEPS").as_deref() {
            Ok("yes") => keep_to_oneself().unwrap(),
            Ok(_) => {}
            Err(_) => return,
        }
        let answer = std::hint::black_box(ANSWER);
        panic!("{answer}");
    }

    #[test]
    fn a_panics_words_do_not_reach_the_standard_error() {
        let words = |keeps: &str| {
            let mut command = Command::new(std::env::current_exe().unwrap());
            command.args(["--exact", "commands::process::tests::a_panic_in_a_process_of_its_own", "--nocapture"]);
            let output = command.env("KEEPS", keeps).env("RUST_BACKTRACE", "1").output().unwrap();
            assert!(!output.status.success());
            [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat()
        };
        assert!(words("no").contains(ANSWER), "the test can see it");
        let said = words("yes");
        assert!(said.contains("kish: a defect at src/commands/process.rs:") && !said.contains(ANSWER), "{said}");
    }
}
