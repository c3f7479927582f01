//! The bars: what several runs came to, each beside what is aimed at and what the machine allows, as one table.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::body::Length;

/// What was sent, and to what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    pub interview: Length,
    pub is_postgres: bool,
    /// Whether `LD_PRELOAD`'s recorder makes every sync slower.
    pub has_slow_disk: bool,
}

/// A line of the file that runs leave their figures in.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub enum Figure {
    Round {
        setting: Setting,
        in_flight: usize,
        per_second: f64,
        p99_ms: f64,
        /// Processor time for one interview, the database's with it.
        each_ms: f64,
        limits: Ratios,
    },
    /// Megabytes, over all rounds of a run.
    Memory { setting: Setting, idle: f64, most: f64 },
    /// Over a million interviews.
    Million { ready_s: f64, table_ms: f64, fewest_rows: f64 },
}

/// Interviews a second over what the machine allows.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Ratios {
    pub syncs: f64,
    pub answers: f64,
    pub inserts: f64,
}

impl Figure {
    /// Appended, so that one file takes the figures of several runs.
    pub fn add_to(&self, path: &Path) -> Result<()> {
        let file = File::options().append(true).create(true).open(path);
        let line = serde_json::to_string(self)? + "\n";
        file.and_then(|mut file| file.write_all(line.as_bytes())).with_context(|| path.display().to_string())
    }
}

struct Line {
    what: &'static str,
    aim: String,
    seen: String,
    is_held: bool,
    limits: Option<Ratios>,
}

/// A rate and the slowest of a hundred answers.
struct Rate {
    what: &'static str,
    setting: Setting,
    in_flight: usize,
    at_least: f64,
    /// Milliseconds: of the slowest of a hundred answers, and of processor time.
    p99_at_most: Option<f64>,
    each_at_most: Option<f64>,
}

const SIXTY: Setting = Setting { interview: Length::Sixty, is_postgres: false, has_slow_disk: false };
const ON_POSTGRES: Setting = Setting { is_postgres: true, ..SIXTY };

const RATES: [Rate; 5] = [
    Rate { what: "SQLite, 128 in flight", setting: SIXTY, in_flight: 128, at_least: 10_000.0, p99_at_most: Some(25.0), each_at_most: None },
    Rate { what: "SQLite, 8 in flight", setting: SIXTY, in_flight: 8, at_least: 5_000.0, p99_at_most: Some(3.0), each_at_most: None },
    Rate {
        what: "SQLite, 128 in flight, each sync 8 ms slower",
        setting: Setting { has_slow_disk: true, ..SIXTY },
        in_flight: 128,
        at_least: 4_500.0,
        p99_at_most: Some(40.0),
        each_at_most: None,
    },
    Rate {
        what: "PostgreSQL, 128 in flight",
        setting: ON_POSTGRES,
        in_flight: 128,
        at_least: 6_000.0,
        p99_at_most: Some(35.0),
        each_at_most: None,
    },
    Rate {
        what: "tfvaw, every act met, SQLite, 128 in flight",
        setting: Setting { interview: Length::Full, ..SIXTY },
        in_flight: 128,
        at_least: 5_000.0,
        p99_at_most: None,
        each_at_most: Some(0.35),
    },
];

/// Prints the table from what runs left in a file; a line without figures says that it was not measured.
pub fn print(path: &Path, program: &Path) -> Result<()> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let figures = text.lines().map(serde_json::from_str).collect::<Result<Vec<Figure>, _>>().with_context(|| path.display().to_string())?;
    let program_mb = fs::metadata(program).with_context(|| program.display().to_string())?.len() as f64 / 1e6;
    let mut lines: Vec<_> = RATES.iter().map(|rate| rate.line(&figures)).collect();
    lines.extend([
        processor_time("processor time an interview, SQLite", SIXTY, 0.18, &figures),
        processor_time("the same, PostgreSQL's own with it", ON_POSTGRES, 0.3, &figures),
    ]);
    lines.extend(memory(&figures));
    lines.push(at_most("the program", 30.0, Some(program_mb), "MB"));
    lines.extend(million(&figures));
    println!("{:<45} {:>19} {:>19} {:>7} {:>9} {:>8} {:>11}", "", "aim", "seen", "", "per fsync", "per GET", "per insert");
    for Line { what, aim, seen, is_held, limits } in lines {
        let limits = limits.map_or(String::new(), |of| format!("{:>9.2} {:>8.3} {:>11.2}", of.syncs, of.answers, of.inserts));
        println!("{what:<45} {aim:>19} {seen:>19} {:>7} {limits}", if is_held { "held" } else { "missed" });
    }
    Ok(())
}

impl Rate {
    fn line(&self, figures: &[Figure]) -> Line {
        let mut aim = format!("{}/s", thousands(self.at_least));
        let (mut seen, mut is_held, mut found) = (NOT_MEASURED.to_owned(), false, None);
        if let Some((per_second, p99_ms, each_ms, limits)) = round(self.setting, self.in_flight, figures) {
            (seen, found) = (format!("{}/s", thousands(per_second)), Some(limits));
            is_held = per_second >= self.at_least;
            for (most, ms) in [(self.p99_at_most, p99_ms), (self.each_at_most, each_ms)] {
                is_held &= most.is_none_or(|most| ms <= most);
            }
            seen += &self.p99_at_most.map_or(String::new(), |_| format!(", {p99_ms:.1} ms"));
            seen += &self.each_at_most.map_or(String::new(), |_| format!(", {each_ms:.3} ms"));
        }
        if let Some(most) = self.p99_at_most.or(self.each_at_most) {
            aim += &format!(", {most} ms");
        }
        Line { what: self.what, aim, seen, is_held, limits: found }
    }
}

const NOT_MEASURED: &str = "not measured";

fn processor_time(what: &'static str, setting: Setting, most: f64, figures: &[Figure]) -> Line {
    at_most(what, most, round(setting, 128, figures).map(|(_, _, each_ms, _)| each_ms), "ms")
}

fn memory(figures: &[Figure]) -> [Line; 2] {
    let found = figures.iter().rev().find_map(|figure| match figure {
        Figure::Memory { setting, idle, most } if *setting == SIXTY => Some((*idle, *most)),
        _ => None,
    });
    [
        at_most("memory idle", 40.0, found.map(|(idle, _)| idle), "MB"),
        at_most("memory at most, up to 512 in flight", 192.0, found.map(|(_, most)| most), "MB"),
    ]
}

fn million(figures: &[Figure]) -> [Line; 3] {
    let found = figures.iter().rev().find_map(|figure| match figure {
        Figure::Million { ready_s, table_ms, fewest_rows } => Some((*ready_s, *table_ms, *fewest_rows)),
        _ => None,
    });
    let rows = found.map(|(_, _, rows)| rows);
    [
        at_most("a million interviews: start to ready", 1.0, found.map(|(ready, _, _)| ready), "s"),
        at_most("a table by sex, age and disability", 25.0, found.map(|(_, table, _)| table), "ms"),
        Line {
            what: "coded rows, the slowest way to read them",
            aim: "100,000/s".to_owned(),
            seen: rows.map_or(NOT_MEASURED.to_owned(), |rows| format!("{}/s", thousands(rows))),
            is_held: rows.is_some_and(|rows| rows >= 100_000.0),
            limits: None,
        },
    ]
}

fn at_most(what: &'static str, most: f64, seen: Option<f64>, unit: &str) -> Line {
    let in_words = seen.map_or(NOT_MEASURED.to_owned(), |seen| format!("{} {unit}", rounded(seen)));
    Line { what, aim: format!("{most} {unit}"), seen: in_words, is_held: seen.is_some_and(|seen| seen <= most), limits: None }
}

/// The last of its kind: interviews a second, the two times, and the ratios.
fn round(wanted: Setting, devices: usize, figures: &[Figure]) -> Option<(f64, f64, f64, Ratios)> {
    figures.iter().rev().find_map(|figure| match figure {
        Figure::Round { setting, in_flight, per_second, p99_ms, each_ms, limits } if *setting == wanted && *in_flight == devices => {
            Some((*per_second, *p99_ms, *each_ms, *limits))
        }
        _ => None,
    })
}

/// To a tenth, below 1 to a thousandth.
fn rounded(number: f64) -> String {
    let places = if number < 1.0 { 3 } else { 1 };
    format!("{number:.places$}")
}

fn thousands(number: f64) -> String {
    let number = number.round() as u64;
    if number < 1000 { number.to_string() } else { format!("{},{:03}", number / 1000, number % 1000) }
}
