//! A whole server for one test: its own database, its own keys, a port of its own, and a clock that stands still.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::thread;

use actix_web::dev::ServerHandle;
use actix_web::web::Data;
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use kish::confined::Reader;
use kish::http::clock::Clock;
use kish::http::{self, Parts, State};
use kish::people::{Role, Token};
use kish::set_aside::new_key_pair;
use kish::settings::{Patience, ROOM};
use kish::store::{DatabaseUrl, NewSession, NewStudy, Store};
use kish::trail::By;
use serde_json::{Value, json};

use crate::committee::{decision, dossier, with};

/// The day of every test: a Saturday in the 47th week.
pub const NOW: &str = "2026-11-21T12:00:00Z";

pub const REFERRALS_HEAD: &str = "region,service,purpose,reach,hours,languages,verified_on\n";

/// Runs a test on SQLite, and on PostgreSQL where `KISH_TEST_POSTGRES` names a server.
macro_rules! on_both {
    ($name:ident, $test:expr) => {
        mod $name {
            #[allow(unused_imports, reason = "a test may need nothing of its file")]
            use super::*;

            #[test]
            fn sqlite() {
                let test: fn($crate::app::TestApp) = $test;
                test($crate::app::TestApp::on_sqlite());
            }

            #[test]
            fn postgres() {
                let test: fn($crate::app::TestApp) = $test;
                match $crate::app::TestApp::on_postgres() {
                    Some(app) => test(app),
                    None => eprintln!("KISH_TEST_POSTGRES is not set: not run on PostgreSQL"),
                }
            }
        }
    };
}
pub(crate) use on_both;

pub struct TestApp {
    pub url: String,
    pub study: i64,
    pub folder: PathBuf,
    /// The database's URL.
    pub database: String,
    /// Opens what is set aside.
    pub identity: String,
    store: Arc<Store>,
    servers: Vec<ServerHandle>,
    pub agent: ureq::Agent,
    /// Who is signed in, and by which token.
    pub people: Vec<(Role, i64, String)>,
}

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: ureq::http::HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.body))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or("")
    }

    pub fn headers(&self, name: &str) -> Vec<&str> {
        self.headers.get_all(name).iter().filter_map(|v| v.to_str().ok()).collect()
    }

    #[track_caller]
    pub fn expect(self, status: u16) -> Answer {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }
}

impl TestApp {
    pub fn on_sqlite() -> TestApp {
        let folder = fresh_folder();
        let url = format!("sqlite:{}", folder.join("kish.sqlite").display());
        Self::start(folder, url)
    }

    pub fn on_postgres() -> Option<TestApp> {
        let server = std::env::var("KISH_TEST_POSTGRES").ok()?;
        let name = format!("kish_{}", uuid::Uuid::new_v4().simple());
        PgConnection::establish(&server).unwrap().batch_execute(&format!("CREATE DATABASE {name}")).unwrap();
        let base = server.rsplit_once('/').unwrap().0;
        Some(Self::start(fresh_folder(), format!("{base}/{name}")))
    }

    fn start(folder: PathBuf, database: String) -> TestApp {
        let store = Arc::new(open_store(&folder, &database));
        let (address, server) = serve(&folder, &store, NOW);
        let mut app = TestApp {
            url: address,
            study: 0,
            folder,
            database,
            identity: String::new(),
            store,
            servers: vec![server],
            agent: ureq::Agent::config_builder().http_status_as_error(false).build().into(),
            people: Vec::new(),
        };
        app.study =
            app.store.add_study(by(), NewStudy { name: "Test study".to_owned(), synthetic: true, ..NewStudy::default() }).wait().unwrap();
        for role in Role::ALL {
            app.add_person(role);
        }
        app
    }

    /// A second server on the same data, at another time; calls go to it from now on.
    pub fn at(&mut self, now: &str) {
        let (address, server) = serve(&self.folder, &self.store, now);
        self.url = address;
        self.servers.push(server);
    }

    fn add_person(&mut self, role: Role) {
        let (recipient, identity) = new_key_pair();
        let recipient = (role == Role::EthicsReviewer).then_some(recipient);
        if recipient.is_some() {
            self.identity = identity;
        }
        let email = format!("{}@example.org", role.name());
        let id = self.store.add_person(by(), email, role.name().to_owned(), "no password".to_owned(), recipient).wait().unwrap();
        self.store.assign(by(), id, self.study, role).wait().unwrap();
        let token = Token::new().unwrap();
        let session =
            NewSession { token: Token::hash(token.as_str()).unwrap(), before: None, now: now(), expires_at: i64::MAX, shown: None };
        self.store.open_session(By::account(id, today()), session).wait().unwrap();
        self.people.push((role, id, token.as_str().to_owned()));
    }

    /// Straight at the database, past the server.
    pub fn sql(&self, statements: &str) -> diesel::QueryResult<()> {
        match DatabaseUrl::parse(&self.database).unwrap() {
            DatabaseUrl::Sqlite(path) => SqliteConnection::establish(path.to_str().unwrap())
                .unwrap()
                .batch_execute(&format!("PRAGMA busy_timeout = 10000; {statements}")),
            DatabaseUrl::Postgres(url) => PgConnection::establish(&url).unwrap().batch_execute(statements),
        }
    }

    pub fn is_postgres(&self) -> bool {
        self.database.starts_with("postgres")
    }

    pub fn store(&self) -> &Store {
        &self.store
    }

    pub fn person(&self, role: Role) -> i64 {
        self.people.iter().find(|(r, ..)| *r == role).unwrap().1
    }

    /// A request as someone of a role, or as nobody.
    pub fn call(&self, method: &str, path: &str, role: Option<Role>, body: &[u8]) -> Answer {
        self.send(self.request(method, path, role), body)
    }

    pub fn request(&self, method: &str, path: &str, role: Option<Role>) -> ureq::http::request::Builder {
        let mut request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.url));
        if let Some(role) = role {
            request = request.header("Authorization", format!("Bearer {}", self.session(role)));
        }
        request
    }

    pub fn send(&self, request: ureq::http::request::Builder, body: &[u8]) -> Answer {
        let mut response = self.agent.run(request.body(body).unwrap()).unwrap();
        let body = response.body_mut().read_to_string().unwrap_or_default();
        Answer { status: response.status().as_u16(), headers: response.headers().clone(), body }
    }

    /// A path below the study, as someone of a role, with a JSON body or none.
    pub fn study_call(&self, method: &str, path: &str, role: Role, body: &Value) -> Answer {
        let bytes = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        self.call(method, &format!("/v1/projects/{}{path}", self.study), Some(role), &bytes)
    }

    /// The token by which someone of a role is signed in.
    pub fn session(&self, role: Role) -> &str {
        &self.people.iter().find(|(r, ..)| *r == role).unwrap().2
    }

    /// The shipped questionnaire published, and a frame of 4 strata × 3 PSUs × 10 cases and a help list put.
    pub fn publish(&self) -> String {
        self.publish_workbook(&zipped(&shipped_sheets()))
    }

    pub fn publish_workbook(&self, workbook: &[u8]) -> String {
        let answer = self
            .call("POST", &format!("/v1/projects/{}/forms?publish=true", self.study), Some(Role::Coordinator), workbook)
            .expect(200)
            .json();
        let mut frame = "case,stratum,psu,base_weight,region,urban,sex\n".to_owned();
        for (stratum, region, urban, sex) in
            [("n-u", "north", "U", 1), ("n-r", "north", "R", 1), ("s-u", "south", "U", 1), ("s-m", "south", "U", 2)]
        {
            for psu in 1..=3 {
                for case in 1..=10 {
                    frame.push_str(&format!("{}-{psu}-{case},{stratum},{psu},10,{region},{urban},{sex}\n", stratum.to_uppercase()));
                }
            }
        }
        self.call("PUT", &format!("/v1/projects/{}/frame", self.study), Some(Role::Coordinator), frame.as_bytes()).expect(200);
        self.put_referrals(&[("north", "2026-11-20"), ("south", "2026-11-20")]).expect(200);
        answer["version"].as_str().unwrap().to_owned()
    }

    /// A service in each region, verified on a day.
    pub fn put_referrals(&self, services: &[(&str, &str)]) -> Answer {
        let rows = services.iter().map(|(region, day)| format!("{region},Help line,safety,+100,always,en fr,{day}\n"));
        let csv: String = std::iter::once(REFERRALS_HEAD.to_owned()).chain(rows).collect();
        self.call("PUT", &format!("/v1/projects/{}/referrals", self.study), Some(Role::Coordinator), csv.as_bytes())
    }

    /// Asks for a review, with changes to the usual dossier.
    pub fn ask(&self, changes: &Value) -> Answer {
        self.study_call("POST", "/forms/tfvaw/reviews", Role::Coordinator, &with(dossier(), changes))
    }

    /// Asks for a review and has it decided, with changes to the usual decision.
    pub fn approve(&self, changes: &Value) -> Answer {
        let review = self.ask(&Value::Null).expect(200).json()["id"].clone();
        self.decide(&review, &with(decision(), changes))
    }

    pub fn decide(&self, review: &Value, decision: &Value) -> Answer {
        self.study_call("POST", &format!("/forms/tfvaw/reviews/{review}/decision"), Role::EthicsReviewer, decision)
    }

    /// Enrols a device and gives its path.
    pub fn enrol(&self) -> String {
        let answer = self.study_call("POST", "/app-users", Role::Coordinator, &json!({ "displayName": "phone-1" })).expect(200);
        answer.json()["path"].as_str().unwrap().to_owned()
    }

    /// A study that is ready for interviews: published, framed, approved, with one device.
    pub fn ready(&self) -> String {
        self.publish();
        self.approve(&Value::Null).expect(200);
        self.enrol()
    }

    /// Sends an interview as a device does.
    pub fn submit(&self, device: &str, xml: &str) -> Answer {
        self.submit_with(device, xml, &[])
    }

    pub fn submit_with(&self, device: &str, xml: &str, files: &[(&str, &str)]) -> Answer {
        self.submit_bytes(device, xml, files.iter().map(|(name, content)| (*name, content.as_bytes())))
    }

    pub fn submit_bytes<'a>(&self, device: &str, xml: &str, files: impl Iterator<Item = (&'a str, &'a [u8])>) -> Answer {
        let mut body = format!(
            "--b0undary\r\nContent-Disposition: form-data; name=\"xml_submission_file\"; filename=\"interview.xml\"\r\nContent-Type: text/xml\r\n\r\n{xml}\r\n"
        )
        .into_bytes();
        for (name, content) in files {
            body.extend(format!("--b0undary\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{name}\"\r\nContent-Type: application/octet-stream\r\n\r\n").bytes());
            body.extend(content);
            body.extend(b"\r\n");
        }
        body.extend(b"--b0undary--\r\n");
        self.post_parts(device, &body)
    }

    pub fn post_parts(&self, device: &str, body: &[u8]) -> Answer {
        let request = ureq::http::Request::builder()
            .method("POST")
            .uri(format!("{}{device}/submission?deviceID=collect%3AAbCdEfGh12345678", self.url))
            .header("X-OpenRosa-Version", "1.0")
            .header("Date", "Sat, 21 Nov 2026 04:29:38 GMT")
            .header("User-Agent", "org.odk.collect.android/v2026.3.3")
            .header("Content-Type", "multipart/form-data; boundary=b0undary");
        self.send(request, body)
    }

    /// How many records wait, as `reason: n`.
    pub fn waiting(&self) -> Vec<String> {
        let answer = self.study_call("GET", "/set-aside", Role::EthicsReviewer, &Value::Null).expect(200).json();
        answer["waiting"].as_array().unwrap().iter().map(|w| format!("{}: {}", w["reason"].as_str().unwrap(), w["records"])).collect()
    }

    /// A record opened with the reviewer's key.
    pub fn opened(&self, record: &Value) -> Value {
        let sealed = self.bytes(&format!("/set-aside/{}", record["id"]), Role::EthicsReviewer);
        let identity: age::x25519::Identity = self.identity.parse().unwrap();
        serde_json::from_slice(&age::decrypt(&identity, &sealed).unwrap()).unwrap()
    }

    /// How many current responses there are.
    pub fn counted(&self) -> usize {
        self.store.form_versions(self.study).unwrap().iter().map(|v| self.store.responses(self.study, v.id).unwrap().len()).sum()
    }
}

/// A server on a port of its own, and its address.
fn serve(folder: &Path, store: &Arc<Store>, now: &str) -> (String, ServerHandle) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let patience = Patience { body_idle_seconds: 1, body_total_seconds: 3 };
    let clock = Clock::Fixed(now.parse().unwrap());
    let reader = Reader::of(env!("CARGO_BIN_EXE_kish").as_ref());
    let parts = Parts { keys: folder.join("keys"), clock, patience, public_url: None, reader, room: ROOM, metrics: None };
    let state = State::new(Arc::clone(store), parts).unwrap();
    let (ready, started) = mpsc::channel();
    thread::spawn(move || {
        actix_web::rt::System::new().block_on(async {
            let server = http::serve(Data::new(state), listener, Some(2), None).unwrap();
            ready.send(server.handle()).unwrap();
            server.await.unwrap();
        });
    });
    (format!("http://127.0.0.1:{port}"), started.recv().unwrap())
}

/// What a test does beside the door, it does as the command line would.
pub fn by() -> By {
    By::command_line(today())
}

/// The moment of every test, in seconds.
pub fn now() -> i64 {
    NOW.parse::<Timestamp>().unwrap().as_second()
}

pub fn today() -> Date {
    NOW.parse::<Timestamp>().unwrap().to_zoned(TimeZone::UTC).date()
}

/// One more server's store on the same database.
pub fn open_store(folder: &Path, database: &str) -> Store {
    Store::open(&DatabaseUrl::parse(database).unwrap(), &folder.join("keys")).unwrap()
}

fn fresh_folder() -> PathBuf {
    rustix::process::umask(rustix::fs::Mode::from_bits_retain(0o077));
    let folder = std::env::temp_dir().join(format!("kish-test-{}", uuid::Uuid::new_v4().simple()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// The shipped questionnaire's sheets, as CSV.
pub fn shipped_sheets() -> Vec<(&'static str, Vec<u8>)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/instruments/tfvaw");
    let read = |sheet: &'static str| (sheet, std::fs::read(format!("{folder}/{sheet}.csv")).unwrap());
    ["survey", "choices", "settings", "concepts", "indicators", "languages"].map(read).to_vec()
}

/// The sheets as an office would send them: a zip.
pub fn zipped(sheets: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in sheets {
        zip.start_file(format!("{name}.csv"), zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut zip, content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

impl Drop for TestApp {
    fn drop(&mut self) {
        for server in &self.servers {
            actix_web::rt::System::new().block_on(server.stop(false));
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
