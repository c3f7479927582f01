//! A workbook read in a process of its own, under limits of memory and time: what a workbook can break is that process alone.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use rustix::process::{Resource, Rlimit, setrlimit};
use serde::{Deserialize, Serialize};

use crate::instrument::{Concepts, Error, Errors, Form, Instrument, Kind, Workbook, limit, screen};

/// What the reading process may take; the largest workbook that the other limits let pass needs a fraction of it.
const MEMORY_BYTES: u64 = 512 << 20;
const CPU_SECONDS: u64 = 20;
/// More than the cells of any workbook within its limits come to.
const ANSWER_BYTES: u64 = 128 << 20;

/// The hidden command by which the program reads for itself.
pub const COMMAND: &str = "read-workbook";

/// Reads workbooks by running the program once for each.
#[derive(Debug, Clone)]
pub struct Reader {
    program: PathBuf,
}

/// A workbook with every mistake and finding of its form; one without any may be published.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Examined {
    pub workbook: Workbook,
    pub findings: Errors,
}

impl Reader {
    /// By the program that is running.
    pub fn of_this_program() -> io::Result<Reader> {
        Ok(Reader { program: std::env::current_exe()? })
    }

    /// By a program that knows the command [`COMMAND`].
    pub fn of(program: &Path) -> Reader {
        Reader { program: program.to_owned() }
    }

    /// The workbook of the bytes of a file. An error is the file's, or the mistakes because of which it is no workbook.
    pub fn read(&self, bytes: &[u8]) -> io::Result<Result<Examined, Errors>> {
        if bytes.len() > limit::FILE_BYTES {
            return Ok(Workbook::read(bytes).map(|workbook| Examined { workbook, findings: Errors::new() }));
        }
        let mut child = Command::new(&self.program)
            .arg(COMMAND)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        if let Some(mut input) = child.stdin.take() {
            // It reads all before it answers; one that has ended already says why by its status.
            let _ = input.write_all(bytes);
        }
        let mut answer = Vec::new();
        if let Some(output) = child.stdout.take() {
            output.take(ANSWER_BYTES).read_to_end(&mut answer)?;
        }
        let status = child.wait()?;
        if status.success() { Ok(serde_json::from_slice(&answer)?) } else { Ok(Err(vec![ended(status)])) }
    }
}

/// What the process ended of: a limit, or a defect of this program. Either way the author has to change something.
fn ended(status: ExitStatus) -> Error {
    let by_signal = std::os::unix::process::ExitStatusExt::signal(&status).is_some();
    let message = if by_signal {
        format!("reading the workbook takes more than {CPU_SECONDS} s or {} MiB", MEMORY_BYTES >> 20)
    } else {
        "reading the workbook failed".to_owned()
    };
    Error::in_file(Kind::Limit, message, "copy the sheets into a new workbook, without formatting, and split very long expressions")
}

/// What the process does: limits first, then the bytes of its standard input; the answer goes to its standard output.
pub fn answer() -> io::Result<()> {
    setrlimit(Resource::As, Rlimit { current: Some(MEMORY_BYTES), maximum: Some(MEMORY_BYTES) })?;
    setrlimit(Resource::Cpu, Rlimit { current: Some(CPU_SECONDS), maximum: Some(CPU_SECONDS) })?;
    let mut bytes = Vec::new();
    io::stdin().lock().take(limit::FILE_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    let examined = Workbook::read(&bytes).map(|workbook| Examined { findings: findings(&workbook), workbook });
    let mut out = io::BufWriter::new(io::stdout().lock());
    serde_json::to_writer(&mut out, &examined)?;
    out.flush()
}

/// A workbook without `concepts` and `indicators` is examined as a form alone.
fn findings(workbook: &Workbook) -> Errors {
    let is_form_alone = workbook.sheet("concepts").is_none() && workbook.sheet("indicators").is_none();
    let found = if is_form_alone {
        Form::read(workbook).map(|form| screen(&form, &Concepts::default()))
    } else {
        Instrument::read(workbook).map(|i| screen(&i.form, &i.concepts))
    };
    workbook.named(found.unwrap_or_else(|errors| errors))
}
