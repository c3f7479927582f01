//! The door: routes, who may enter, what went wrong.

pub mod access;
mod analysis;
mod audits;
mod body;
pub mod clock;
mod comparison;
mod device;
mod drafts;
mod form_files;
mod fieldwork;
mod forms;
mod health;
mod link;
pub mod log;
pub mod metrics;
mod multipart;
mod odata;
mod openapi;
mod pages;
mod people;
mod problem;
mod reading;
mod referrals;
mod research;
mod releases;
mod retention;
mod reviews;
mod room;
mod row_grants;
mod rows;
mod second_factor;
mod sessions;
mod set_aside;
mod studies;
mod own_words;
mod suspension;
mod term;
mod testing;
mod throttle;
pub mod tls;
mod withdrawal;
mod work;
mod writing;

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::middleware::{DefaultHeaders, from_fn};
use actix_web::web::{self, Data, PathConfig, QueryConfig, ServiceConfig};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::confined::Reader;
use crate::intake::Intake;
use crate::keys::Keys;
use crate::prevalence::Samples;
use crate::settings::{Patience, Room};
use crate::store::Store;
use access::DeviceProblem;
use clock::Clock;
use metrics::{Metrics, MetricsToken};
use problem::Problem;
use tls::Tls;

/// How many password checks run at once.
const PASSWORD_CHECKS: usize = 2;
/// How many workbooks are read at once; each may take half a gigabyte.
const WORKBOOKS: usize = 2;
/// How many estimates are made at once: one may read every interview of a study, and the database's readers are few.
const ESTIMATES: usize = 2;
/// What a worker does at once off its event loop. Each such thread keeps some of the memory it once used, and more of them than the
/// database has readers only wait.
const BLOCKING_THREADS: usize = 16;
/// What is still under way then is broken off, so that within ten the process is gone.
const SHUTDOWN_SECONDS: u64 = 8;
const TEXT: &str = "text/plain; charset=utf-8";

/// What every handler may use.
#[derive(Debug)]
pub struct State {
    pub store: Arc<Store>,
    pub keys: Arc<Keys>,
    intake: Arc<Intake>,
    clock: Clock,
    patience: Patience,
    public_url: Option<String>,
    budget: Arc<body::Budget>,
    password_checks: Semaphore,
    throttle: throttle::Throttle,
    reader: Reader,
    workbooks: Semaphore,
    withdrawals: Semaphore,
    estimates: Semaphore,
    health: health::Health,
    samples: Samples,
    room: Room,
    disk: room::Disk,
    metrics: Metrics,
    /// Of the keys.
    folder: PathBuf,
}

/// What a server is made of besides its store.
#[derive(Debug)]
pub struct Parts {
    /// The file of the keys.
    pub keys: PathBuf,
    pub clock: Clock,
    pub patience: Patience,
    pub public_url: Option<String>,
    pub reader: Reader,
    pub room: Room,
    /// Who knows it reads the numbers of the machine; without one nobody does.
    pub metrics: Option<MetricsToken>,
}

impl State {
    pub fn new(store: Arc<Store>, parts: Parts) -> std::io::Result<State> {
        let Parts { keys: folder, clock, patience, public_url, reader, room, metrics } = parts;
        let keys = Arc::new(Keys::open(&folder)?);
        Ok(State {
            intake: Arc::new(Intake::new(Arc::clone(&store), Arc::clone(&keys))),
            store,
            keys,
            clock,
            patience,
            public_url,
            budget: Arc::default(),
            password_checks: Semaphore::new(PASSWORD_CHECKS),
            throttle: throttle::Throttle::default(),
            reader,
            workbooks: Semaphore::new(WORKBOOKS),
            withdrawals: Semaphore::new(1),
            estimates: Semaphore::new(ESTIMATES),
            health: health::Health::default(),
            samples: Samples::default(),
            room,
            disk: room::Disk::default(),
            metrics: Metrics::new(metrics),
            folder,
        })
    }

    /// Waits until an estimate may be made; it is over when what this gives is dropped.
    async fn may_estimate(&self) -> Result<SemaphorePermit<'_>, Problem> {
        self.estimates.acquire().await.map_err(|_| Problem::TooMany)
    }

    /// The folders that have to have room.
    fn folders(&self) -> Vec<&Path> {
        std::iter::once(self.folder.as_path()).chain(self.store.folder()).collect()
    }
}

/// Serves on a listener until it is stopped; requests under way are finished first. Without a certificate it speaks plain HTTP.
pub fn serve(state: Data<State>, listener: TcpListener, workers: Option<usize>, tls: Option<Arc<Tls>>) -> std::io::Result<Server> {
    actix_web::rt::spawn(retention::hold(state.clone()));
    actix_web::rt::spawn(room::watch(state.clone()));
    let server = HttpServer::new(move || {
        let paths = PathConfig::default().error_handler(|_, _| Problem::NotFound.into());
        let queries = QueryConfig::default().error_handler(|_, request| wrong_query(request));
        App::new()
            .app_data(state.clone())
            .app_data(paths)
            .app_data(queries)
            .wrap(headers())
            .wrap(from_fn(log::log))
            .configure(routes)
            .default_service(web::to(nothing))
    })
    .client_request_timeout(Duration::from_secs(5))
    .shutdown_timeout(SHUTDOWN_SECONDS)
    .worker_max_blocking_threads(BLOCKING_THREADS);
    let server = match workers {
        Some(workers) => server.workers(workers),
        None => server,
    };
    let server = match tls {
        Some(tls) => {
            let configuration = tls.configuration().map_err(std::io::Error::other)?;
            actix_web::rt::spawn(tls::watch(tls));
            server.listen_rustls_0_23(listener, configuration)?
        }
        None => server.listen(listener)?,
    };
    Ok(server.run())
}

async fn nothing(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let methods = openapi::methods_of(request.path());
    Err(if methods.is_empty() { Problem::NotFound } else { Problem::Method(methods) })
}

/// What follows the question mark is not what the route takes; what was sent is not repeated.
fn wrong_query(request: &HttpRequest) -> actix_web::Error {
    let problem =
        Problem::invalid("query", "a name in it stands twice, or a value is not of its kind; /v1/openapi.json says what this takes");
    let path = request.path();
    if path.starts_with("/v1/key/") || path.starts_with("/v1/test/") { DeviceProblem(problem).into() } else { problem.into() }
}

/// On every answer: nothing is cached, framed, sniffed or run.
fn headers() -> DefaultHeaders {
    DefaultHeaders::new()
        .add(("Strict-Transport-Security", "max-age=63072000; includeSubDomains"))
        .add(("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"))
        .add(("X-Content-Type-Options", "nosniff"))
        .add(("Referrer-Policy", "no-referrer"))
        .add(("Cross-Origin-Opener-Policy", "same-origin"))
        .add(("Cross-Origin-Resource-Policy", "same-origin"))
        .add(("Permissions-Policy", "geolocation=(), camera=(), microphone=()"))
        .add(("X-Frame-Options", "DENY"))
        .add(("Cache-Control", "no-store"))
}

fn routes(config: &mut ServiceConfig) {
    device::routes(config);
    testing::routes(config);
    pages::routes(config);
    config
        .route("/health/live", web::get().to(health::live))
        .route("/health/ready", web::get().to(health::ready))
        .route("/metrics", web::get().to(metrics::shown))
        .route("/v1/openapi.json", web::get().to(openapi::shown))
        .route("/v1/sessions", web::post().to(sessions::sign_in))
        .route("/v1/sessions/current", web::delete().to(sessions::sign_out))
        .route("/v1/users/current", web::get().to(sessions::current))
        .route("/v1/users/current/second-factor", web::post().to(second_factor::begin))
        .route("/v1/users/current/second-factor/confirm", web::post().to(second_factor::confirm))
        .route("/v1/users/current/second-factor/end", web::post().to(second_factor::end))
        .route("/v1/users", web::get().to(people::list))
        .route("/v1/users", web::post().to(people::add))
        .route("/v1/audits", web::get().to(audits::all))
        .route("/v1/projects", web::get().to(studies::list))
        .route("/v1/projects", web::post().to(studies::add))
        .service(web::scope("/v1/projects/{study}").configure(study_routes));
}

fn study_routes(config: &mut ServiceConfig) {
    form_routes(config);
    draft_routes(config);
    config
        .route("", web::get().to(studies::one))
        .route("", web::patch().to(studies::change))
        .route("/assignments/{role}/{person}", web::post().to(people::assign))
        .route("/app-users", web::get().to(people::devices))
        .route("/app-users", web::post().to(people::enrol))
        .route("/app-users/{device}", web::delete().to(people::revoke))
        .route("/app-users/{device}/psus", web::put().to(work::give))
        .route("/own-words", web::get().to(own_words::list))
        .route("/own-words/{words}", web::put().to(own_words::code))
        .route("/own-words/{words}", web::delete().to(own_words::erase))
        .route("/suspension", web::get().to(suspension::list))
        .route("/suspension", web::post().to(suspension::suspend))
        .route("/suspension/{suspension}", web::delete().to(suspension::reinstate))
        .route("/link", web::get().to(link::certificate))
        .route("/link/cut", web::post().to(link::cut))
        .route("/retention", web::get().to(retention::shown))
        .route("/withdrawals", web::post().to(withdrawal::withdraw))
        .route("/set-aside", web::get().to(set_aside::list))
        .route("/set-aside/{record}", web::get().to(set_aside::sealed))
        .route("/set-aside/{record}/decision", web::post().to(set_aside::decide))
        .route("/audits", web::get().to(audits::of_study))
        .route("/frame", web::put().to(studies::put_frame))
        .route("/frame", web::get().to(studies::frame))
        .route("/referrals", web::put().to(referrals::put))
        .route("/referrals", web::get().to(referrals::get))
        .route("/fieldwork", web::get().to(fieldwork::fieldwork))
        .route("/weights", web::post().to(analysis::make))
        .route("/weights", web::get().to(analysis::weight_sets))
        .route("/releases", web::get().to(releases::list))
        .route("/releases", web::post().to(releases::compose_one))
        .route("/releases/{release}.csv", web::get().to(releases::one_csv))
        .route("/releases/{release}.xlsx", web::get().to(releases::one_xlsx))
        .route("/releases/{release}/sdmx.csv", web::get().to(releases::one_sdmx))
        .route("/releases/{release}/sdmx-structure.json", web::get().to(releases::one_structure))
        .route("/releases/{release}/ddi.xml", web::get().to(releases::one_codebook))
        .route("/releases/{release}", web::get().to(releases::one))
        .route("/releases/{release}", web::delete().to(releases::discard))
        .route("/releases/{release}/approval", web::post().to(releases::approve))
        .route("/indicators", web::get().to(analysis::indicators))
        .route("/tables", web::get().to(analysis::table))
        .route("/tables/compare", web::get().to(comparison::comparison))
        .route("/tables.csv", web::get().to(analysis::table_csv))
        .route("/tables.xlsx", web::get().to(analysis::table_xlsx))
        .route("/research-files", web::get().to(research::list))
        .route("/research-files", web::post().to(research::ask))
        .route("/research-files/{file}", web::get().to(research::fetch))
        .route("/research-files/{file}/grant", web::post().to(research::grant))
        .route("/row-grants", web::get().to(row_grants::list))
        .route("/row-grants", web::post().to(row_grants::ask))
        .route("/row-grants/{grant}", web::delete().to(row_grants::end))
        .route("/row-grants/{grant}/grant", web::post().to(row_grants::grant));
}

fn form_routes(config: &mut ServiceConfig) {
    config
        .route("/forms", web::get().to(forms::list))
        .route("/forms", web::post().to(drafts::create))
        .service(web::resource("/forms/{form}.xml").route(web::get().to(forms::xform)).default_service(web::to(nothing)))
        .service(web::resource("/forms/{form}.svc").route(web::get().to(odata::service_document)).default_service(web::to(nothing)))
        .route("/forms/{form}.svc/$metadata", web::get().to(odata::metadata_document))
        .route("/forms/{form}.svc/Submissions", web::get().to(odata::interviews))
        .route("/forms/{form}.svc/Submissions.{repeat}", web::get().to(odata::instances))
        .route("/forms/{form}.svc/Submissions({row})/{path}*", web::get().to(odata::within))
        .route("/forms/{form}/submissions.csv", web::get().to(rows::csv))
        .route("/forms/{form}/submissions.csv.zip", web::get().to(rows::zip))
        .route("/forms/{form}/submissions.parquet", web::get().to(rows::parquet))
        .route("/forms/{form}", web::get().to(forms::one))
        .route("/forms/{form}", web::patch().to(forms::change))
        .route("/forms/{form}/attachments", web::get().to(form_files::list))
        .route("/forms/{form}/attachments/{name}", web::get().to(form_files::one))
        .route("/forms/{form}/versions", web::get().to(forms::versions))
        .route("/forms/{form}/versions/{version}.xml", web::get().to(forms::version_xform))
        .route("/forms/{form}/versions/{version}/changes", web::get().to(forms::version_changes))
        .route("/forms/{form}/versions/{version}/changes.html", web::get().to(forms::version_changes_page))
        .route("/forms/{form}/reviews", web::get().to(reviews::list))
        .route("/forms/{form}/reviews", web::post().to(reviews::ask))
        .route("/forms/{form}/reviews/{review}", web::get().to(reviews::review))
        .route("/forms/{form}/reviews/{review}/decision", web::post().to(reviews::decide));
}

fn draft_routes(config: &mut ServiceConfig) {
    config
        .route("/forms/{form}/draft.xml", web::get().to(drafts::xform))
        .route("/forms/{form}/draft", web::get().to(drafts::draft))
        .route("/forms/{form}/draft", web::post().to(drafts::begin))
        .route("/forms/{form}/draft", web::delete().to(drafts::discard))
        .route("/forms/{form}/draft/publish", web::post().to(drafts::publish))
        .route("/forms/{form}/draft/attachments", web::get().to(form_files::list_of_draft))
        .route("/forms/{form}/draft/attachments/{name}", web::get().to(form_files::one_of_draft))
        .route("/forms/{form}/draft/attachments/{name}", web::post().to(form_files::put))
        .route("/forms/{form}/draft/attachments/{name}", web::delete().to(form_files::remove));
}
