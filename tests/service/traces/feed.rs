//! Feeds canaries to every route there is: in each hole of its path, its query, its headers, and every shape of body.

use std::io::Write;

use kish::http::access::{DEVICE_ROUTES, OPEN_ROUTES, ROUTES, WATCHED_ROUTES};
use kish::people::Role;
use serde_json::{Map, Value, json};

use super::canaries::{Canary, NEVER, WRITTEN, all, in_address};
use super::search::Place;
use crate::app::TestApp;
use crate::bad_input::raw;
use crate::interview::Interview;

const HEADERS: [&str; 16] = [
    "User-Agent",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Real-IP",
    "Forwarded",
    "Referer",
    "Origin",
    "From",
    "X-Device-Id",
    "X-Request-ID",
    "X-CSRF-Token",
    "Date",
    "Accept-Language",
    "If-None-Match",
    "Content-Disposition",
    "Cookie",
];

/// Every name a query of some route may have, and what phones add.
const QUERY: [&str; 21] = [
    "deviceID",
    "formID",
    "indicator",
    "by",
    "weights",
    "view",
    "since",
    "version",
    "publish",
    "lift",
    "state",
    "limit",
    "offset",
    "action",
    "where",
    "email",
    "$top",
    "$skip",
    "$count",
    "$skiptoken",
    "$filter",
];

/// Paths whose holes are filled: with what there is, or with what there is not.
pub struct Holes {
    pub device: String,
    pub draft: String,
}

pub struct Feeder<'a> {
    app: &'a TestApp,
    holes: Holes,
    /// What was heard of each route, head and body.
    pub answers: Vec<Place>,
}

/// A route's body: its type, and what it holds.
type Body = (&'static str, Vec<u8>);

impl<'a> Feeder<'a> {
    pub fn new(app: &'a TestApp, holes: Holes) -> Self {
        Feeder { app, holes, answers: Vec::new() }
    }

    /// Every route of every table; the one that ends the session it is called in comes last.
    pub fn feed_all(&mut self) {
        for (method, route) in DEVICE_ROUTES.iter().chain(OPEN_ROUTES).chain(WATCHED_ROUTES) {
            self.feed(method, route, None, &NEVER);
        }
        let ends = |route: &str| route == "/v1/sessions/current";
        for (method, route, roles) in ROUTES.iter().filter(|(_, r, _)| !ends(r)).chain(ROUTES.iter().filter(|(_, r, _)| ends(r))) {
            self.feed(method, route, None, &NEVER);
            self.feed(method, route, Some(roles[0]), &WRITTEN);
        }
    }

    /// `written` goes into bodies alone: some of what people write is kept. All else is never to be seen again.
    fn feed(&mut self, method: &str, route: &str, role: Option<Role>, written: &[Canary]) {
        let authorization = role.map(|role| format!("Bearer {}", self.app.session(role)));
        let bare = self.path(route, None);
        if role.is_none() {
            for proof in ["Bearer CnRyT0kEnCnRyT0kEnCnRyT0kEnCnRyT0kEnCnRyT0kEnCnRyT0kEnCnRyT0kEn01", BASIC] {
                self.send(method, route, &bare, Some(proof), &(JSON, Vec::new()));
            }
        }
        let proof = authorization.as_deref();
        for hole in route.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0)) {
            // All of them, and each in its turn alone: alone it may pass for what it stands in for.
            for text in [all(&NEVER).as_str(), NEVER[self.answers.len() % NEVER.len()].text] {
                self.send(method, route, &self.path(route, Some((hole, text))), proof, &(JSON, Vec::new()));
            }
        }
        for name in QUERY {
            self.send(method, route, &format!("{bare}?{name}={}", in_address(&all(&NEVER))), proof, &(JSON, Vec::new()));
        }
        let names: Vec<String> = NEVER.iter().map(|c| format!("{}=1", in_address(c.text))).collect();
        self.send(method, route, &format!("{bare}?{}", names.join("&")), proof, &(JSON, Vec::new()));
        if method != "GET" && method != "HEAD" {
            for body in self.bodies(method, &bare, proof, written) {
                self.send(method, route, &bare, proof, &body);
            }
        }
    }

    fn path(&self, route: &str, other: Option<(&str, &str)>) -> String {
        let study = self.app.study.to_string();
        let token = if route.starts_with("/v1/test/") { &self.holes.draft } else { &self.holes.device };
        let there = [
            ("study", study.as_str()),
            ("token", token),
            ("form", "tfvaw"),
            ("version", Interview::default().version),
            ("role", "analyst"),
        ];
        let fill = |path: String, (hole, value): (&str, &str)| path.replace(&format!("{{{hole}}}"), value);
        let other = other.map(|(hole, value)| (hole, in_address(value)));
        let path = other.iter().map(|(hole, value)| (*hole, value.as_str())).chain(there).fold(route.to_owned(), fill);
        // What is left names a file, or something by its number: one that is not there.
        let number = |part: &str| format!("999999{}", part.split_once('}').map_or("", |(_, rest)| rest));
        let path = path.replace("{name}", "none.bin");
        let mut parts = path.split('{');
        parts.next().unwrap_or("").to_owned() + &parts.map(number).collect::<String>()
    }

    fn bodies(&mut self, method: &str, path: &str, proof: Option<&str>, written: &[Canary]) -> Vec<Body> {
        let text = all(written);
        let mut bodies: Vec<Body> = self.fields(method, path, proof).into_iter().map(|field| (JSON, one_field(&field, &text))).collect();
        bodies.extend([
            (
                JSON,
                Value::Object(written.iter().map(|c| (c.text.to_owned(), json!(c.text))).collect::<Map<_, _>>()).to_string().into_bytes(),
            ),
            (JSON, json!([text]).to_string().into_bytes()),
            (JSON, json!(text).to_string().into_bytes()),
            ("text/csv", format!("case,stratum,psu,base_weight,{text}\n{text},{text},{text},1,1\n").into_bytes()),
            ("text/csv", format!("region,service,purpose,reach,hours,languages,verified_on\n{text},{text},,,,,{text}\n").into_bytes()),
            ("application/zip", workbook(&text)),
            (MULTIPART, multipart(written)),
            ("text/xml", format!("<data id=\"{text}\"><phone>{text}</phone></data>").into_bytes()),
            ("application/octet-stream", text.into_bytes()),
        ]);
        bodies
    }

    /// The fields a JSON route takes, as it names them to who sends another.
    fn fields(&mut self, method: &str, path: &str, proof: Option<&str>) -> Vec<String> {
        let mut known = Vec::new();
        let answer = self.send(method, "its fields", path, proof, &(JSON, br#"{"zz":1}"#.to_vec()));
        if let Some((_, list)) = answer.split_once("known are ") {
            known.extend(list.split('`').skip(1).step_by(2).map(str::to_owned));
        }
        known
    }

    pub fn send(&mut self, method: &str, route: &str, path: &str, proof: Option<&str>, (kind, body): &Body) -> String {
        let line = all(&NEVER);
        let address = self.app.url.strip_prefix("http://").unwrap().to_owned();
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
        HEADERS.iter().for_each(|name| head.push_str(&format!("{name}: {line}\r\n")));
        head.push_str(&format!("Content-Type: {kind}\r\n"));
        if let Some(proof) = proof {
            head.push_str(&format!("Authorization: {proof}\r\n"));
        }
        let answer = raw(&address, &[head.as_bytes(), b"\r\n", body.as_slice()].concat());
        assert!(answer.starts_with("HTTP/1.1 "), "{method} {path}: no answer");
        self.answers.push(Place { name: format!("the answer of {method} {route}"), bytes: answer.clone().into_bytes() });
        answer
    }
}

const JSON: &str = "application/json";
const MULTIPART: &str = "multipart/form-data; boundary=canary";
/// `zuleikha@canary-mail.example:vogelfrei sings five long words`
const BASIC: &str = "Basic enVsZWlraGFAY2FuYXJ5LW1haWwuZXhhbXBsZTp2b2dlbGZyZWkgc2luZ3MgZml2ZSBsb25nIHdvcmRz";

fn one_field(field: &str, text: &str) -> Vec<u8> {
    Value::Object(Map::from_iter([(field.to_owned(), json!(text))])).to_string().into_bytes()
}

fn workbook(text: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for name in ["survey.csv", "choices.csv", &format!("{}.csv", text.replace('/', "-"))] {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(format!("type,name,label,{text}\ntext,{text},{text},{text}\n{text},a,b,c\n").as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// Parts named, filed and filled with canaries.
fn multipart(canaries: &[Canary]) -> Vec<u8> {
    let part = |c: &Canary| {
        let text = c.text;
        format!(
            "--canary\r\nContent-Disposition: form-data; name=\"{text}\"; filename=\"{text}\"\r\nContent-Type: text/plain; x=\"{text}\"\r\n\r\n{text}\r\n"
        )
    };
    let parts: String = canaries.iter().map(part).collect();
    let version = Interview::default().version;
    let xml = format!("<data id=\"tfvaw\" version=\"{version}\"><phone>{}</phone></data>", all(canaries));
    format!(
        "{parts}--canary\r\nContent-Disposition: form-data; name=\"xml_submission_file\"; filename=\"{}\"\r\n\r\n{xml}\r\n--canary--\r\n",
        canaries[0].text
    )
    .into_bytes()
}
