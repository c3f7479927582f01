//! What the server's process leaves to others on its machine: no file they may read, and no look into its memory.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Debian's `nobody`: whoever runs the tests as root sees no difference between root's and nobody's own.
const NOBODY: u32 = 65534;

struct Server {
    process: Child,
    folder: PathBuf,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn serve() -> Server {
    let folder = std::env::temp_dir().join(format!("kish-secrecy-{}", uuid::Uuid::new_v4().simple()));
    fs::create_dir(&folder).unwrap();
    let is_root = folder.metadata().unwrap().uid() == 0;
    let program = folder.join("kish");
    fs::copy(env!("CARGO_BIN_EXE_kish"), &program).unwrap();
    fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(&folder, Permissions::from_mode(0o777)).unwrap();
    let mut command = Command::new(&program);
    command.args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(folder.join("data")).stderr(Stdio::piped());
    if is_root {
        command.uid(NOBODY).gid(NOBODY);
    }
    let mut process = command.spawn().unwrap();
    let mut words = BufReader::new(process.stderr.take().unwrap()).lines();
    assert!(words.any(|line| line.unwrap().starts_with("Kish listens")), "the server did not start");
    Server { process, folder }
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { [files_below(&path), vec![path]].concat() } else { vec![path] }).collect()
}

#[test]
fn no_other_user_reads_its_files_and_nobody_its_memory() {
    let server = serve();
    let files = files_below(&server.folder.join("data"));
    assert!(files.iter().any(|f| f.extension().is_some_and(|e| e == "key")), "keys: {files:?}");
    for file in &files {
        assert_eq!(file.metadata().unwrap().mode() & 0o077, 0, "{}", file.display());
    }
    let process = PathBuf::from(format!("/proc/{}", server.process.id()));
    let limits = fs::read_to_string(process.join("limits")).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"], "{core}");
    // What the kernel lets no process of the same user look into, it gives to root.
    assert_eq!(process.join("environ").metadata().unwrap().uid(), 0);
}
