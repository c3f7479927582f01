//! `kish serve`.

use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;

use actix_web::web::Data;
use anyhow::{Context, anyhow};
use kish::confined::Reader;
use kish::http::clock::Clock;
use kish::http::metrics::MetricsToken;
use kish::http::tls::Tls;
use kish::http::{self, Parts, State};
use kish::pages;
use kish::settings::{Data as DataSettings, METRICS_TOKEN, Serve, Tls as TlsFiles};
use kish::store::{DatabaseUrl, OpenError, Store};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::{Failure, private};

pub fn run(options: Serve) -> Result<(), Failure> {
    log_to_stderr();
    Clock::Machine.check()?;
    let tls = tls(&options.tls)?;
    let store = open(&options.data)?;
    let listener = TcpListener::bind(options.listen).with_context(|| format!("cannot listen on {}", options.listen))?;
    let parts = Parts {
        keys: options.data.keys(),
        clock: Clock::Machine,
        patience: options.patience,
        public_url: options.public_url,
        reader: Reader::of_this_program()?,
        room: options.room,
        metrics: metrics_token()?,
    };
    let state = Data::new(State::new(Arc::new(store), parts)?);
    if !pages::are_built() {
        tracing::warn!("built without pages for the browser: there is nothing at /office/ and /i/");
    }
    let scheme = if tls.is_some() { "https" } else { "http" };
    eprintln!("Kish listens on {scheme}://{}", listener.local_addr()?);
    let system = actix_web::rt::System::new();
    let ended = system.block_on(async { http::serve(state, listener, options.workers.map(usize::from), tls)?.await });
    // Its threads are not waited for: what was answered is on disk, and what is not, such as a large table that is being written anew, may
    // take long.
    std::mem::forget(system);
    Ok(ended?)
}

fn tls(options: &TlsFiles) -> Result<Option<Arc<Tls>>, Failure> {
    let (certificate, key) = match (&options.certificate, &options.key) {
        (Some(certificate), Some(key)) => (certificate, key),
        (None, None) => return Ok(None),
        _ => return Err(Failure::Call(anyhow!("--tls-certificate and --tls-key belong together: name both, or neither"))),
    };
    private::check_key(key)?;
    Ok(Some(Tls::open(certificate, key)?))
}

fn metrics_token() -> Result<Option<MetricsToken>, Failure> {
    let Some(text) = std::env::var_os(METRICS_TOKEN).filter(|text| !text.is_empty()) else { return Ok(None) };
    let token = text.to_str().and_then(MetricsToken::of);
    let wrong = || Failure::Call(anyhow!("{METRICS_TOKEN} could be guessed: set it to 32 random characters or more, without spaces"));
    token.map(Some).ok_or_else(wrong)
}

/// Opens the database of a data folder, which is made where it is missing, and brings it to this version.
pub fn open(data: &DataSettings) -> Result<Store, Failure> {
    open_as(data, Store::open)
}

/// The same beside servers that may be at work on it.
pub fn join(data: &DataSettings) -> Result<Store, Failure> {
    open_as(data, Store::join)
}

fn open_as(data: &DataSettings, how: impl Fn(&DatabaseUrl, &Path) -> Result<Store, OpenError>) -> Result<Store, Failure> {
    let url = data.database().map_err(|e| Failure::Call(e.into()))?;
    private::check(data, &url)?;
    std::fs::create_dir_all(&data.data_dir).with_context(|| format!("{} cannot be made", data.data_dir.display()))?;
    how(&url, &data.keys()).map_err(|e| match e {
        OpenError::Scheme(_) | OpenError::Remote(_) | OpenError::Stray(_) => Failure::Call(e.into()),
        other => Failure::System(other.into()),
    })
}

/// One JSON object a line; what may stand in it is decided where it is written.
pub fn log_to_stderr() {
    let level = match std::env::var("KISH_LOG").as_deref() {
        Ok("off") => return,
        Ok("error") => tracing::Level::ERROR,
        Ok("warn") => tracing::Level::WARN,
        _ => tracing::Level::INFO,
    };
    let _ = tracing_subscriber::registry().with(http::log::lines(level, std::io::stderr)).try_init();
}
