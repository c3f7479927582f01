//! A place of the run's own: a data folder and, on PostgreSQL, a database; both are gone when it is dropped.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use kish::store::{DatabaseUrl, Store};
use uuid::Uuid;

pub struct Place {
    pub folder: PathBuf,
    /// The URL, which may hold a password.
    pub database: String,
    /// The URL the database was made through, and its name.
    made: Option<(String, String)>,
    is_kept: bool,
}

impl Place {
    /// On SQLite, or beside the PostgreSQL database that a URL names; that one is not touched.
    pub fn make(server: Option<&str>, is_kept: bool) -> Result<Place> {
        // The server refuses keys and data that others may read.
        rustix::process::umask(rustix::fs::Mode::from_bits_retain(0o077));
        let name = format!("kish_load_{}", Uuid::new_v4().simple());
        let folder = std::env::temp_dir().join(&name);
        fs::create_dir(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        let database = format!("sqlite:{}", folder.join("kish.sqlite").display());
        let mut place = Place { folder, database, made: None, is_kept };
        if let Some(server) = server {
            place.database = beside(server, &name)?;
            execute(server, &format!("CREATE DATABASE {name}"))?;
            place.made = Some((server.to_owned(), name));
        }
        Ok(place)
    }

    pub fn open(&self) -> Result<Store> {
        Ok(Store::open(&DatabaseUrl::parse(&self.database)?, &self.folder.join("keys"))?)
    }

    pub fn is_postgres(&self) -> bool {
        self.made.is_some()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.is_kept {
            println!("kept: {}", self.folder.display());
            return;
        }
        if let Some((server, name)) = &self.made
            && let Err(e) = execute(server, &format!("DROP DATABASE {name} WITH (FORCE)"))
        {
            eprintln!("load: the database {name} is left behind: {e:#}");
        }
        if let Err(e) = fs::remove_dir_all(&self.folder) {
            eprintln!("load: {} is left behind: {e}", self.folder.display());
        }
    }
}

/// The URL of another database of the same server: `postgres://u@h/a?x=y` with `a` replaced.
fn beside(server: &str, name: &str) -> Result<String> {
    let (address, options) = server.split_at(server.find('?').unwrap_or(server.len()));
    let base = address.rsplit_once('/').map_or("", |(base, _)| base);
    let is_postgres = ["postgres://", "postgresql://"].iter().any(|scheme| base.starts_with(scheme));
    ensure!(is_postgres, "--database is not a database: write postgres://USER@HOST/NAME, or leave it out for SQLite");
    Ok(format!("{base}/{name}{options}"))
}

fn execute(server: &str, sql: &str) -> Result<()> {
    let mut connection = PgConnection::establish(server).context("PostgreSQL does not let us in")?;
    connection.batch_execute(sql).with_context(|| sql.to_owned())
}
