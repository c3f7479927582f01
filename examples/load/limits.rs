//! What the machine allows: every interview waits for a commit, every commit for the disk, and every row for its database.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};
use uuid::Uuid;

use crate::place::Place;
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

/// Rows a second that the database takes in durable commits of 64, from one connection that does nothing else.
pub fn inserts(place: &Place) -> Result<f64> {
    match place.database.strip_prefix("sqlite:") {
        Some(_) => {
            let path = place.folder.join("inserts.sqlite");
            let mut connection = SqliteConnection::establish(&path.to_string_lossy()).with_context(|| path.display().to_string())?;
            connection.batch_execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")?;
            rows_a_second(&mut connection, "X'", "BLOB", "WITHOUT ROWID")
        }
        None => rows_a_second(&mut PgConnection::establish(&place.database)?, "'\\x", "BYTEA", ""),
    }
}

/// Rows as long as what is kept of an interview, at random places like it.
fn rows_a_second(connection: &mut impl SimpleConnection, bytes: &str, kind: &str, how: &str) -> Result<f64> {
    const ROWS: usize = 64;
    let answers = "1\t2\t".repeat(150);
    connection.batch_execute(&format!("CREATE TABLE bare_row (id {kind} PRIMARY KEY, answers TEXT NOT NULL) {how}"))?;
    let (mut rows, start) = (0, Instant::now());
    while start.elapsed() < TIME {
        let values: Vec<_> = (0..ROWS).map(|_| format!("({bytes}{}', '{answers}')", Uuid::new_v4().simple())).collect();
        connection.batch_execute(&format!("INSERT INTO bare_row VALUES {}", values.join(", ")))?;
        rows += ROWS;
    }
    let rate = rows as f64 / start.elapsed().as_secs_f64();
    connection.batch_execute("DROP TABLE bare_row")?;
    Ok(rate)
}
