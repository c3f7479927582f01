//! Every knob of the server: its option, its environment variable, its default, its meaning.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::store::{DatabaseUrl, OpenError};

/// What the web framework takes.
const MOST_WORKERS: i64 = 512;

/// Where the data are.
#[derive(Debug, Clone, Args)]
pub struct Data {
    /// Folder of the keys and, unless --database says otherwise, of the database
    #[arg(long, env = "KISH_DATA_DIR", default_value = "./kish-data")]
    pub data_dir: PathBuf,
    /// sqlite:FILE or postgres://USER@HOST/NAME; by default a file in the data folder
    #[arg(long, env = "KISH_DATABASE", hide_env_values = true)]
    pub database: Option<String>,
}

/// Phones open what stands in their form list only where it begins so.
fn address(text: &str) -> Result<String, String> {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or_default();
    let is_one = !host.is_empty() && !host.starts_with('/') && text.chars().all(|c| c.is_ascii_graphic() && !"?#\"<>".contains(c));
    if is_one { Ok(text.to_owned()) } else { Err("write a scheme and a host, such as https://survey.example.org".to_owned()) }
}

/// How the server listens, and what it puts up with.
#[derive(Debug, Clone, Args)]
pub struct Serve {
    #[command(flatten)]
    pub data: Data,
    /// Address and port to listen on
    #[arg(long, env = "KISH_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    #[command(flatten)]
    pub tls: Tls,
    /// The address devices know the server by, such as `https://survey.example.org`; by default the one they asked at
    #[arg(long, env = "KISH_PUBLIC_URL", value_parser = address)]
    pub public_url: Option<String>,
    #[command(flatten)]
    pub patience: Patience,
    #[command(flatten)]
    pub room: Room,
    /// Threads that serve requests; by default one a core
    #[arg(long, env = "KISH_WORKERS", value_parser = clap::value_parser!(u16).range(1..=MOST_WORKERS))]
    pub workers: Option<u16>,
}

/// TLS by the server itself; without it, it speaks plain HTTP and stands behind a proxy.
#[derive(Debug, Clone, Args)]
pub struct Tls {
    /// PEM file of the server's certificate and those that lead to its authority; a new one in its place is taken within a minute
    #[arg(long = "tls-certificate", env = "KISH_TLS_CERTIFICATE")]
    pub certificate: Option<PathBuf>,
    /// PEM file of the certificate's private key
    #[arg(long = "tls-key", env = "KISH_TLS_KEY")]
    pub key: Option<PathBuf>,
}

/// How long a body may take to arrive.
#[derive(Debug, Clone, Copy, Args)]
pub struct Patience {
    /// Seconds a body may pause before the connection is given up
    #[arg(long, env = "KISH_BODY_IDLE_SECONDS", default_value_t = 30)]
    pub body_idle_seconds: u64,
    /// Seconds a body may take altogether
    #[arg(long, env = "KISH_BODY_TOTAL_SECONDS", default_value_t = 900)]
    pub body_total_seconds: u64,
}

/// What room on the disk is little, and what is too little.
#[derive(Debug, Clone, Copy, Args)]
pub struct Room {
    /// Free mebibytes below which the log and /health/ready warn
    #[arg(long = "disk-warn-mib", env = "KISH_DISK_WARN_MIB", default_value_t = ROOM.warn_mib)]
    pub warn_mib: u64,
    /// Free mebibytes below which no interview is taken in: phones hear 503, and keep it
    #[arg(long = "disk-floor-mib", env = "KISH_DISK_FLOOR_MIB", default_value_t = ROOM.floor_mib)]
    pub floor_mib: u64,
}

/// Unless something else is set.
pub const ROOM: Room = Room { warn_mib: 1024, floor_mib: 16 };

/// Whoever knows this secret may read `/metrics`; it comes by the environment alone; without it, whoever asks from the machine itself may.
pub const METRICS_TOKEN: &str = "KISH_METRICS_TOKEN";

impl Data {
    pub fn database(&self) -> Result<DatabaseUrl, OpenError> {
        match &self.database {
            Some(url) => DatabaseUrl::parse(url),
            None => Ok(DatabaseUrl::Sqlite(self.data_dir.join("kish.sqlite"))),
        }
    }

    pub fn keys(&self) -> PathBuf {
        self.data_dir.join("keys")
    }
}

impl Patience {
    pub fn idle(self) -> Duration {
        Duration::from_secs(self.body_idle_seconds)
    }

    pub fn total(self) -> Duration {
        Duration::from_secs(self.body_total_seconds)
    }
}
