//! `kish demo` as a stranger runs it, and what its phones leave behind: nothing.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn demo(folder: &Path, seed: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kish"))
        .args(["demo", "--once", "--listen", "127.0.0.1:0", "--respondents", "400", "--seed", seed, "--data-dir"])
        .arg(folder)
        .env("KISH_LOG", "info")
        .output()
        .unwrap()
}

fn fresh_folder() -> PathBuf {
    std::env::temp_dir().join(format!("kish-demo-test-{}", uuid::Uuid::new_v4().simple()))
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|w| w == text.as_bytes())
}

#[test]
fn a_stranger_sees_a_table_beside_the_truth_and_no_phone_leaves_a_trace() {
    let folder = fresh_folder();
    let output = demo(&folder, "7");
    let (out, log) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success(), "{log}");
    assert!(out.contains("SIMULATED DATA") && out.contains("By sex and age") && out.contains("truth"), "{out}");
    assert!(log.contains(" visits counted, 0 set aside."), "{log}");

    let device = out.lines().find_map(|l| l.strip_prefix("ODK Collect")).unwrap().trim();
    let token = device.split('/').nth(5).unwrap();
    assert_eq!(token.len(), 64);
    let lines: Vec<&str> = log.lines().filter(|l| l.starts_with('{')).collect();
    assert!(lines.len() > 400, "the log holds a line a request");
    let log = lines.join("\n");
    let canaries = [token, "demoPhone", "collect:", "collect%3A", "org.odk.collect", "127.0.0.1", "uuid:demo"];
    for canary in canaries {
        assert!(!holds(log.as_bytes(), canary), "{canary} stands in the log");
    }
    // A backup of the folder is a copy of these files.
    for path in files(&folder) {
        let bytes = std::fs::read(&path).unwrap();
        for canary in canaries {
            assert!(!holds(&bytes, canary), "{canary} stands in {}", path.display());
        }
    }
    assert!(files(&folder).iter().any(|path| holds(&std::fs::read(path).unwrap(), "K-")), "the search finds what is there");

    // The folder is taken: a second demo does not write into it.
    let again = demo(&folder, "8");
    assert_eq!(again.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&again.stderr).contains("holds something already"));
    std::fs::remove_dir_all(&folder).unwrap();
}
