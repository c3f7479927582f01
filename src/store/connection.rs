//! A connection to either database, chosen by the scheme of its URL, and the settings without which it may lose data.

use std::fmt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use diesel::connection::{Connection as _, SimpleConnection};
use diesel::prelude::*;
use diesel::r2d2::ManageConnection;
use diesel::sql_types::Text;

use super::local::{remote_host, stray_variable};
use super::row_hash::teach;
use super::syncs::Syncs;

/// SQLite before 3.51.3 can lose committed rows in WAL mode when two connections write and checkpoint.
const LEAST_SQLITE: i32 = 3_051_003;

/// As they are read back from a connection: one that was opened otherwise, or an SQLite built without them, is refused.
const PRAGMAS: [(&str, &str); 5] =
    [("journal_mode", "wal"), ("synchronous", "2"), ("foreign_keys", "1"), ("secure_delete", "1"), ("trusted_schema", "0")];

const IN_CONF: &str = "set it in postgresql.conf, and for neither the database nor the role otherwise";

/// Settings of PostgreSQL, what each may be, and what to do where it is not.
const POSTGRES_SETTINGS: [(&str, &[&str], &str); 5] = [
    ("fsync", &["on"], IN_CONF),
    ("synchronous_commit", &["on", "remote_apply"], IN_CONF),
    ("full_page_writes", &["on"], IN_CONF),
    ("data_checksums", &["on"], "stop PostgreSQL and run pg_checksums --enable on its data folder"),
    // A second fsync after a failed one says that all is well, of pages that are gone.
    ("data_sync_retry", &["off"], IN_CONF),
];

#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    Sqlite(PathBuf),
    Postgres(String),
}

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("'{0}' is not a database: write sqlite:FILE or postgres://USER@HOST/NAME")]
    Scheme(String),
    #[error("the database cannot be opened: {0}")]
    Connect(String),
    #[error("the database cannot be brought to this version: {0}")]
    Migrate(String),
    #[error(
        "the database was brought to step {0} of its schema, which this version of Kish ({version}) does not know: start the newer version, \
         or restore a backup that this one made",
        version = env!("CARGO_PKG_VERSION")
    )]
    Newer(String),
    #[error("the database was made by an earlier version of Kish: start `kish serve` once, which brings it to this one")]
    Older,
    #[error(
        "{} is missing, and this database was used with it: mount the folder of the keys, or put it back from a backup. With another key an \
         interview that is sent again would count twice",
        .0.display()
    )]
    NoKey(PathBuf),
    #[error("the folder of the keys: {0}")]
    Keys(String),
    #[error("the database may lose or give away what was committed: {0}")]
    Unsafe(String),
    #[error(
        "the database's host '{0}' is not this machine, and Kish speaks to PostgreSQL without TLS: name 127.0.0.1, ::1, localhost or the \
         folder of a socket, and lead a tunnel with TLS that checks the database's certificate from there"
    )]
    Remote(String),
    #[error("{0} is set, which may lead to another database than the one that is named: unset it, and write the host into the URL")]
    Stray(&'static str),
}

impl OpenError {
    pub(super) fn pool(error: impl fmt::Display) -> OpenError {
        OpenError::Connect(error.to_string())
    }
}

impl DatabaseUrl {
    /// Only two schemes are known, and none is guessed: a mistyped URL must not make a file.
    pub fn parse(text: &str) -> Result<DatabaseUrl, OpenError> {
        if let Some(path) = text.strip_prefix("sqlite:").filter(|p| !p.is_empty()) {
            return Ok(DatabaseUrl::Sqlite(PathBuf::from(path.strip_prefix("//").unwrap_or(path))));
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return remote_host(text).map_or_else(|| Ok(DatabaseUrl::Postgres(text.to_owned())), |host| Err(OpenError::Remote(host)));
        }
        // A URL may hold a password: only its scheme is said back.
        Err(OpenError::Scheme(text.split(':').next().unwrap_or_default().to_owned()))
    }

    /// The database's file, if it is one that has a file of its own.
    pub fn file(&self) -> Option<&Path> {
        match self {
            DatabaseUrl::Sqlite(path) => Some(path),
            DatabaseUrl::Postgres(_) => None,
        }
    }

    /// A connection under whose settings nothing that is committed is lost.
    pub(super) fn connect(&self) -> Result<Connection, OpenError> {
        let mut connection = self.reach()?;
        connection.check()?;
        Ok(connection)
    }

    fn reach(&self) -> Result<Connection, OpenError> {
        let failed = |e: ConnectionError| OpenError::Connect(e.to_string());
        match self {
            DatabaseUrl::Sqlite(path) => {
                let mut connection = SqliteConnection::establish(&path.to_string_lossy()).map_err(failed)?;
                // A log that begins anew is cut to 64 MiB and no shorter, and written over; what it still holds of what was destroyed goes
                // when `scrub` cuts it to nothing: then, and once a day. In a new database an interview in which every act was met
                // still shares its page; with half as long pages it would take one of its own.
                connection
                    .batch_execute(
                        "PRAGMA busy_timeout = 10000; PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                         PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON; PRAGMA trusted_schema = OFF; PRAGMA cache_size = -2048; \
                         PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = 67108864; PRAGMA temp_store = MEMORY;",
                    )
                    .and_then(|()| teach(&mut connection))
                    .map_err(|e| OpenError::Connect(e.to_string()))?;
                Ok(Connection::Sqlite(connection))
            }
            DatabaseUrl::Postgres(url) => match stray_variable() {
                Some(name) => Err(OpenError::Stray(name)),
                None => {
                    let mut connection = PgConnection::establish(url).map_err(failed)?;
                    // How a row is written out, of which it carries a hash.
                    let settings = "SET bytea_output = hex; SET extra_float_digits = 1";
                    connection.batch_execute(settings).map_err(|e| OpenError::Connect(e.to_string()))?;
                    Ok(Connection::Postgres(connection))
                }
            },
        }
    }
}

/// Without the password.
impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DatabaseUrl::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            DatabaseUrl::Postgres(_) => f.write_str("postgres://…"),
        }
    }
}

pub(super) enum Connection {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// Pastes the same statement for each database: diesel's own connection for several lacks `on_conflict` and batches.
macro_rules! on {
    ($connection:expr, $c:ident => $statement:expr) => {
        match $connection {
            crate::store::connection::Connection::Sqlite($c) => $statement,
            crate::store::connection::Connection::Postgres($c) => $statement,
        }
    };
}
pub(super) use on;

/// One column of text, read as `value`.
#[derive(QueryableByName)]
pub(super) struct Texts {
    #[diesel(sql_type = Text)]
    pub(super) value: String,
}

impl Connection {
    pub(super) fn execute(&mut self, sql: &str) -> QueryResult<()> {
        on!(self, c => c.batch_execute(sql))
    }

    /// When the database is opened: what SQLite finds in its log may have been written and not yet synced when the server was killed, or when
    /// a sync failed. It would be taken for kept, and lost at the next power cut: the log is written again and synced, and copied into the
    /// database from its beginning. PostgreSQL sees to it itself.
    pub(super) fn make_durable(&mut self, database: &DatabaseUrl) -> Result<Option<Syncs>, OpenError> {
        let (Connection::Sqlite(_), Some(file)) = (&*self, database.file()) else { return Ok(None) };
        let failed = |e: &dyn fmt::Display| {
            OpenError::Unsafe(format!("what was written last cannot be synced to the disk: {e}; look after the disk"))
        };
        // Nobody else writes meanwhile.
        self.execute("BEGIN IMMEDIATE").map_err(|e| failed(&e))?;
        let syncs = Syncs::of(file).and_then(|syncs| syncs.write_log_again().map(|()| syncs)).map_err(|e| failed(&e))?;
        self.execute("ROLLBACK").map_err(|e| failed(&e))?;
        // What other processes read or write does not wait for it. On a full disk it fails too, and the log holds what it holds.
        match self.checkpoint("PASSIVE") {
            Err(e) if !syncs.hold() => Err(failed(&e)),
            _ => Ok(Some(syncs)),
        }
    }

    /// For a writer: SQLite holds more of the pages it changes. PostgreSQL plans a lookup once, when tables are small enough to be read
    /// whole, and would read them whole ever after.
    pub(super) fn made_for_writing(&mut self) -> QueryResult<()> {
        match self {
            Connection::Sqlite(c) => c.batch_execute("PRAGMA cache_size = -16384"),
            Connection::Postgres(c) => c.batch_execute("SET enable_seqscan = off"),
        }
    }

    /// Refuses a database that would say "committed" before it is, or keep what was deleted.
    fn check(&mut self) -> Result<(), OpenError> {
        match self {
            Connection::Sqlite(_) => self.check_sqlite(),
            Connection::Postgres(_) => self.check_postgres(),
        }
    }

    fn check_sqlite(&mut self) -> Result<(), OpenError> {
        let version = libsqlite3_sys::SQLITE_VERSION_NUMBER;
        let running = self.setting("SELECT sqlite_version() AS value")?;
        if version < LEAST_SQLITE || number(&running) < LEAST_SQLITE {
            return Err(OpenError::Unsafe(format!("SQLite {running} is older than 3.51.3")));
        }
        for (pragma, wanted) in PRAGMAS {
            let found = self.setting(&format!("SELECT CAST({pragma} AS TEXT) AS value FROM pragma_{pragma}"))?;
            if found != wanted {
                return Err(OpenError::Unsafe(format!("SQLite's {pragma} is {found} and not {wanted}, though it was set so")));
            }
        }
        Ok(())
    }

    fn check_postgres(&mut self) -> Result<(), OpenError> {
        for (name, wanted, remedy) in POSTGRES_SETTINGS {
            let found = self.setting(&format!("SELECT setting AS value FROM pg_settings WHERE name = '{name}'"))?;
            if !wanted.contains(&found.as_str()) {
                return Err(OpenError::Unsafe(format!("PostgreSQL's {name} is {found}, not {}: {remedy}", wanted[0])));
            }
        }
        Ok(())
    }

    /// SQLite overwrites what is deleted (`secure_delete`), but its log still has the pages as they were: the log is written back
    /// and cut to nothing. PostgreSQL writes the tables anew, which are locked meanwhile; its own log has old pages until it is recycled. It
    /// would take along what a transaction that began before may still see, so that is waited for; and a table that is not
    /// to be had within five seconds is left as it is.
    pub(super) fn scrub(&mut self, tables: &[&str]) -> Result<bool, OpenError> {
        match self {
            // Whoever writes waits for it, so it does not wait long for who reads.
            Connection::Sqlite(c) => c.batch_execute("PRAGMA busy_timeout = 250").and_then(|()| self.checkpoint("TRUNCATE")),
            Connection::Postgres(c) => {
                c.batch_execute("SET lock_timeout = '5s'").and_then(|()| is_seen_by_nobody(c)).and_then(|is_over| match is_over {
                    true => tables.iter().try_for_each(|table| c.batch_execute(&format!("VACUUM FULL {table}"))).map(|()| true),
                    false => Ok(false),
                })
            }
        }
        .map_err(|e| OpenError::Connect(e.to_string()))
    }

    fn setting(&mut self, sql: &str) -> Result<String, OpenError> {
        on!(self, c => diesel::sql_query(sql).get_result::<Texts>(c)).map(|s| s.value).map_err(|e| OpenError::Connect(e.to_string()))
    }
}

/// Whether every other transaction that was under way has ended; waits for it a little.
fn is_seen_by_nobody(c: &mut PgConnection) -> QueryResult<bool> {
    let now = diesel::sql_query("SELECT pg_current_xact_id()::xid::text AS value").get_result::<Texts>(c)?.value;
    let earlier = format!(
        "SELECT count(*)::text AS value FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid() \
         AND (age(backend_xmin) >= age('{now}'::xid) OR age(backend_xid) >= age('{now}'::xid))"
    );
    for _ in 0..20 {
        if diesel::sql_query(&earlier).get_result::<Texts>(c)?.value == "0" {
            return Ok(true);
        }
        thread::sleep(Duration::from_millis(100));
    }
    Ok(false)
}

/// An empty database of this version, in memory: what a schema is compared with.
pub(super) fn in_memory() -> Result<Connection, OpenError> {
    let mut connection = SqliteConnection::establish(":memory:").map_err(|e| OpenError::Connect(e.to_string()))?;
    teach(&mut connection).map_err(|e| OpenError::Connect(e.to_string()))?;
    let mut connection = Connection::Sqlite(connection);
    connection.migrate()?;
    Ok(connection)
}

/// 3.51.3 as 3051003, the way SQLite numbers its versions.
fn number(version: &str) -> i32 {
    version.split('.').take(3).fold(0, |sum, part| sum * 1000 + part.parse::<i32>().unwrap_or(0))
}

/// Makes and checks the pool's connections.
#[derive(Debug)]
pub(super) struct Manager(DatabaseUrl);

impl Manager {
    pub(super) fn new(url: DatabaseUrl) -> Self {
        Self(url)
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct ManagerError(String);

impl ManageConnection for Manager {
    type Connection = Connection;
    type Error = ManagerError;

    fn connect(&self) -> Result<Connection, ManagerError> {
        let mut connection = self.0.connect().map_err(|e| ManagerError(e.to_string()))?;
        if matches!(connection, Connection::Sqlite(_)) {
            connection.execute("PRAGMA query_only = ON").map_err(|e| ManagerError(e.to_string()))?;
        }
        Ok(connection)
    }

    fn is_valid(&self, connection: &mut Connection) -> Result<(), ManagerError> {
        match connection {
            Connection::Sqlite(_) => Ok(()),
            Connection::Postgres(_) => connection.execute("SELECT 1").map_err(|e| ManagerError(e.to_string())),
        }
    }

    fn has_broken(&self, _: &mut Connection) -> bool {
        thread::panicking()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_two_schemes_open_a_database() {
        assert_eq!(DatabaseUrl::parse("sqlite:a/b.sqlite").unwrap(), DatabaseUrl::Sqlite("a/b.sqlite".into()));
        assert!(matches!(DatabaseUrl::parse("postgres://a@localhost/c"), Ok(DatabaseUrl::Postgres(_))));
        for wrong in ["postgres://u:secret@h/d", "postgre://u:secret@h/d", "kish.sqlite", "mysql://u:secret@h/d", "sqlite:", ""] {
            let message = DatabaseUrl::parse(wrong).unwrap_err().to_string();
            assert!(!message.contains("secret"), "{message}");
        }
    }

    #[test]
    fn a_url_is_never_printed_with_its_password() {
        assert_eq!(format!("{:?}", DatabaseUrl::parse("postgres://u:secret@localhost/d").unwrap()), "postgres://…");
    }
}
