//! How far a long reading is, on a terminal; nothing anywhere else.

use std::fs::File;
use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};

use crate::microdata::Error;

/// Files shorter than this are read before a bar could be seen.
const LONG: u64 = 32 << 20;

/// A file, and the bar its reading moves.
pub(super) fn open(path: &Path) -> Result<(File, ProgressBar), Error> {
    let file = File::open(path).map_err(|error| Error::file(path, &error))?;
    let size = file.metadata().map_or(0, |metadata| metadata.len());
    Ok((file, bar(size, size)))
}

/// A bar of so many steps, hidden for a short file; it goes to standard error, and only if that is a terminal.
pub(super) fn bar(size: u64, steps: u64) -> ProgressBar {
    if size < LONG {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("reading {wide_bar} {percent} %").unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(steps).with_style(style)
}
