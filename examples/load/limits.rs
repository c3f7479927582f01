//! What the disk allows: every interview waits for a commit, and every commit for the disk.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::times::{Times, micros};

const TIME: Duration = Duration::from_secs(1);
/// A page of the database.
const BLOCK: [u8; 4096] = [7; 4096];

/// Appends one block after the other, each made durable before the next.
pub fn appends(folder: &Path) -> io::Result<Times> {
    let path = folder.join("appends");
    let mut file = File::create(&path)?;
    let mut taken = Vec::new();
    let start = Instant::now();
    while start.elapsed() < TIME {
        let before = Instant::now();
        file.write_all(&BLOCK)?;
        file.sync_data()?;
        taken.push(micros(before.elapsed()));
    }
    let times = Times::new(taken, start.elapsed());
    fs::remove_file(path)?;
    Ok(times)
}
