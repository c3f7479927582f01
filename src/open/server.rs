//! A server as the office reaches it: signed in as a reviewer to fetch, and with a device's address to post.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::Request;
use ureq::tls::TlsConfig;

use super::{Error, Status};
use crate::keys;

#[derive(Debug)]
pub struct Server {
    agent: Agent,
    base: String,
    session: String,
    /// `/v1/key/TOKEN/projects/STUDY`
    device: String,
    study: i64,
}

/// How the office signs in.
#[derive(Clone)]
pub enum SignIn {
    Session(String),
    Password { email: String, password: String },
}

/// What the list says of a record, as far as it is needed here.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Listed {
    pub id: i64,
    pub kind: String,
    pub of: Option<i64>,
    pub reason: String,
    pub state: String,
}

struct Answer {
    status: u16,
    reason: Option<String>,
    body: Vec<u8>,
}

impl Server {
    /// Signs in. Answers leave this machine by TLS, or do not leave it at all.
    pub fn sign_in(base: &str, sign_in: &SignIn, device: &str) -> Result<Server, Error> {
        let base = base.trim_end_matches('/').to_owned();
        if !base.starts_with("https://") && !is_this_machine(&base) {
            return Err(Error::Call("--server: write https://…; opened interviews do not travel in the clear".to_owned()));
        }
        let at = device.find("/v1/key/").ok_or_else(not_a_device)?;
        let device = device[at..].trim_end_matches('/').to_owned();
        let study = device.rsplit_once("/projects/").and_then(|(_, study)| study.parse().ok()).ok_or_else(not_a_device)?;
        let mut server = Server { agent: agent(), base, session: String::new(), device, study };
        server.session = match sign_in {
            SignIn::Session(token) => token.clone(),
            SignIn::Password { email, password } => {
                let body = json!({ "email": email, "password": password }).to_string();
                let answer = server.call("POST", "/v1/sessions", body.as_bytes())?;
                let session: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
                session["token"].as_str().map(str::to_owned).ok_or(Error::NotLetIn(answer.status))?
            }
        };
        Ok(server)
    }

    /// The records in a state.
    pub(super) fn records(&self, state: &str) -> Result<Vec<Listed>, Error> {
        #[derive(Deserialize)]
        struct List {
            records: Vec<Listed>,
        }
        let answer = self.call("GET", &format!("/v1/projects/{}/set-aside?state={state}", self.study), b"")?;
        if matches!(answer.status, 401 | 403 | 404) {
            return Err(Error::NotLetIn(answer.status));
        }
        let list: List = serde_json::from_slice(&answer.body).map_err(|_| Error::Server(format!("the list: {}", answer.status)))?;
        Ok(list.records)
    }

    pub(super) fn sealed(&self, id: i64) -> Result<Vec<u8>, Status> {
        let answer = self.call("GET", &format!("/v1/projects/{}/set-aside/{id}", self.study), b"")?;
        if answer.status == 200 { Ok(answer.body) } else { Err(Status::NotFetched(answer.status)) }
    }

    /// Says that what the device had encrypted has come in.
    pub(super) fn say_opened(&self, id: i64, heard: &Status) -> Result<(), Status> {
        let body = json!({ "decision": "opened", "because": format!("opened with the form's key; {heard}") }).to_string();
        let answer = self.call("POST", &format!("/v1/projects/{}/set-aside/{id}/decision", self.study), body.as_bytes())?;
        if answer.status == 200 { Ok(()) } else { Err(Status::NotNoted(answer.status)) }
    }

    /// Posts an interview as a device does: the answers, then each file with them, so that no post grows too large.
    pub(super) fn post(&self, xml: &[u8], files: &[(String, Vec<u8>)]) -> Result<Status, Status> {
        let heard = self.post_one(xml, None)?;
        for file in files {
            self.post_one(xml, Some(file))?;
        }
        Ok(heard)
    }

    fn post_one(&self, xml: &[u8], file: Option<&(String, Vec<u8>)>) -> Result<Status, Status> {
        let boundary = boundary()?;
        let mut body = Vec::new();
        part(&mut body, &boundary, "xml_submission_file", "submission.xml", xml);
        if let Some((name, bytes)) = file {
            part(&mut body, &boundary, name, name, bytes);
        }
        body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        let request = Request::builder()
            .method("POST")
            .uri(format!("{}{}/submission", self.base, self.device))
            .header("X-OpenRosa-Version", "1.0")
            .header("Content-Type", format!("multipart/form-data; boundary={boundary}"));
        let answer = self.send(request, &body)?;
        match answer.status {
            201 => Ok(Status::Counted),
            202 => Ok(Status::SetAside(answer.reason.unwrap_or_default())),
            status => Err(Status::NotPosted(status)),
        }
    }

    fn call(&self, method: &str, path: &str, body: &[u8]) -> Result<Answer, Error> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.base));
        if !self.session.is_empty() {
            request = request.header("Authorization", format!("Bearer {}", self.session));
        }
        self.send(request, body)
    }

    fn send(&self, request: ureq::http::request::Builder, body: &[u8]) -> Result<Answer, Error> {
        let failed = |e: &dyn std::fmt::Display| Error::Server(e.to_string());
        let request = request.body(body).map_err(|e| failed(&e))?;
        let mut response = self.agent.run(request).map_err(|e| failed(&e))?;
        let reason = response.headers().get("X-Kish-Set-Aside").and_then(|value| value.to_str().ok()).map(str::to_owned);
        let body = response.body_mut().with_config().limit(u64::MAX).read_to_vec().map_err(|e| failed(&e))?;
        Ok(Answer { status: response.status().as_u16(), reason, body })
    }
}

fn not_a_device() -> Error {
    Error::Call("--device: write the address a device was enrolled under, /v1/key/TOKEN/projects/STUDY".to_owned())
}

fn is_this_machine(base: &str) -> bool {
    let host = base.strip_prefix("http://").unwrap_or_default();
    ["127.0.0.1", "localhost", "[::1]"]
        .iter()
        .any(|name| host.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(':')))
}

fn agent() -> Agent {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = TlsConfig::builder().unversioned_rustls_crypto_provider(provider).build();
    Agent::config_builder().http_status_as_error(false).max_redirects(0).tls_config(tls).build().into()
}

fn boundary() -> Result<String, Status> {
    let bytes: [u8; 16] = keys::random().map_err(|e| Error::Server(e.to_string()))?;
    Ok(bytes.iter().map(|b| format!("{b:02x}")).collect())
}

fn part(body: &mut Vec<u8>, boundary: &str, name: &str, file: &str, content: &[u8]) {
    let quoted = |text: &str| text.replace('"', "%22").replace(['\r', '\n'], " ");
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"; filename=\"{}\"\r\nContent-Type: application/octet-stream\r\n\r\n",
        quoted(name),
        quoted(file)
    );
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(content);
    body.extend_from_slice(b"\r\n");
}
