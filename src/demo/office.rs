//! The office of the simulated survey: its people sign in and do over HTTP what an office does.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::population::STRATA;
use super::sample::Sample;
use crate::keys;
use crate::pages;
use crate::people::{Password, Role};
use crate::set_aside::new_key_pair;
use crate::store::Store;
use crate::trail::By;

/// The dimensions of the tables that are released.
const RELEASED: [&[&str]; 8] =
    [&[], &["sex"], &["age_group"], &["disability"], &["urban"], &["region"], &["sex", "age_group"], &["sex", "age_group", "disability"]];
const ROLES: [Role; 5] = [Role::Coordinator, Role::Supervisor, Role::EthicsReviewer, Role::Statistician, Role::Analyst];
const DEVICES: usize = 6;
const FORM: &str = "tfvaw";

/// The shipped questionnaire, as the sheets an office would zip and send.
const SHEETS: [(&str, &str); 6] = [
    ("survey.csv", include_str!("../../instruments/tfvaw/survey.csv")),
    ("choices.csv", include_str!("../../instruments/tfvaw/choices.csv")),
    ("settings.csv", include_str!("../../instruments/tfvaw/settings.csv")),
    ("concepts.csv", include_str!("../../instruments/tfvaw/concepts.csv")),
    ("indicators.csv", include_str!("../../instruments/tfvaw/indicators.csv")),
    ("languages.csv", include_str!("../../instruments/tfvaw/languages.csv")),
];

pub(super) struct Office {
    agent: ureq::Agent,
    base: String,
    study: i64,
    today: Date,
    people: Vec<Login>,
}

struct Login {
    role: Role,
    email: String,
    password: String,
    token: String,
}

impl Office {
    /// Adds one person a role, as `kish user add` does, and signs each in.
    pub(super) fn open(store: &Store, study: i64, address: &str, today: Date) -> Result<Office> {
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let mut office = Office { agent, base: address.to_owned(), study, today, people: Vec::new() };
        let by = By::command_line(today);
        for role in ROLES {
            let email = format!("{}@demo.example", role.name());
            let password = BASE64_URL_SAFE_NO_PAD.encode(keys::random::<15>()?);
            let recipient = (role == Role::EthicsReviewer).then(|| new_key_pair().0);
            let id = store
                .add_person(
                    by.clone(),
                    email.clone(),
                    role.name().to_owned(),
                    Password::new(&password, &email, role.name())?.hash()?,
                    recipient,
                )
                .wait()?;
            store.assign(by.clone(), id, study, role).wait()?;
            let session =
                office.call(None, "POST", "/v1/sessions", json!({ "email": email, "password": password }).to_string().as_bytes())?;
            let token = session["token"].as_str().context("a session has a token")?.to_owned();
            office.people.push(Login { role, email, password, token });
        }
        Ok(office)
    }

    /// The questionnaire published and approved by a simulated committee, and the frame put.
    pub(super) fn prepare(&self, sample: &Sample) -> Result<()> {
        self.in_study(Role::Coordinator, "POST", "/forms?publish=true", &zipped_sheets()?)?;
        self.in_study(Role::Coordinator, "PUT", "/frame", sample.frame_csv().as_bytes())?;
        self.in_study(Role::Coordinator, "PUT", "/referrals", self.referrals().as_bytes())?;
        let review = self.in_study(Role::Coordinator, "POST", &format!("/forms/{FORM}/reviews"), dossier().to_string().as_bytes())?;
        let path = format!("/forms/{FORM}/reviews/{}/decision", review["id"]);
        let decision = json!({
            "verdict": "approved", "committee": "SIMULATED committee (no committee has seen this)", "reference": "SIMULATED-1",
            "decidedOn": self.today, "validFrom": self.today.saturating_sub(60.days()), "validTo": self.today.saturating_add(60.days()),
            "languages": ["en", "fr"], "modes": ["1"], "sexes": [1, 2], "minAge": 18, "simulated": true,
        });
        self.in_study(Role::EthicsReviewer, "POST", &path, decision.to_string().as_bytes())?;
        Ok(())
    }

    /// A help list of services that do not exist, and say so.
    fn referrals(&self) -> String {
        let mut regions: Vec<&str> = STRATA.iter().map(|s| s.region).collect();
        regions.dedup();
        let rows =
            regions.iter().map(|region| format!("{region},SIMULATED service,simulated: it does not exist,nowhere,never,,{}\n", self.today));
        std::iter::once("region,service,purpose,reach,hours,languages,verified_on\n".to_owned()).chain(rows).collect()
    }

    /// The paths of fresh devices, below the server's address.
    pub(super) fn enrol_devices(&self) -> Result<Vec<String>> {
        let enrol = |number: usize| {
            let body = json!({ "displayName": format!("phone-{number}") }).to_string();
            let device = self.in_study(Role::Coordinator, "POST", "/app-users", body.as_bytes())?;
            device["path"].as_str().map(str::to_owned).context("a device has a path")
        };
        (1..=DEVICES).map(enrol).collect()
    }

    pub(super) fn version(&self) -> Result<String> {
        let forms = self.in_study(Role::Coordinator, "GET", "/forms", b"")?;
        forms[0]["version"].as_str().map(str::to_owned).context("a form has a version")
    }

    pub(super) fn weigh(&self) -> Result<()> {
        self.in_study(Role::Statistician, "POST", "/weights", json!({ "name": "final" }).to_string().as_bytes()).map(|_| ())
    }

    /// What an analyst sees: composed by the statistician, approved by the coordinator.
    pub(super) fn release(&self) -> Result<Value> {
        let tables: Vec<Value> = RELEASED.iter().map(|by| json!({ "indicator": "TFV_ANY_12M", "by": by })).collect();
        let plan = json!({ "name": "Simulated release", "tables": tables }).to_string();
        let composed = self.in_study(Role::Statistician, "POST", "/releases", plan.as_bytes())?;
        self.in_study(Role::Coordinator, "POST", &format!("/releases/{}/approval", composed["release"]["id"]), b"")
    }

    pub(super) fn table(&self, indicator: &str, by: &str) -> Result<Value> {
        self.in_study(Role::Statistician, "GET", &format!("/tables?indicator={indicator}&by={by}"), b"")
    }

    pub(super) fn fieldwork(&self) -> Result<Value> {
        self.in_study(Role::Supervisor, "GET", "/fieldwork", b"")
    }

    pub(super) fn weight_sets(&self) -> Result<Value> {
        self.in_study(Role::Statistician, "GET", "/weights", b"")
    }

    pub(super) fn set_aside(&self) -> Result<Value> {
        self.in_study(Role::EthicsReviewer, "GET", "/set-aside", b"")
    }

    pub(super) fn write_addresses(&self, out: &mut dyn Write, address: &str, devices: &[String], folder: &Path) -> Result<()> {
        writeln!(out, "\nServer          {address}")?;
        writeln!(out, "Data folder     {} (marked as simulated for ever)", folder.display())?;
        if pages::are_built() {
            writeln!(out, "Pages           {address}/office/")?;
        } else {
            writeln!(out, "Pages           none: this program was built without them")?;
        }
        writeln!(out, "Table           {address}/v1/projects/{}/tables?indicator=TFV_ANY_12M&by=sex,age_group,disability", self.study)?;
        writeln!(out, "ODK Collect     {address}{}", devices.first().map_or("", String::as_str))?;
        writeln!(out, "Logins          POST {address}/v1/sessions {{\"email\": …, \"password\": …}}")?;
        for login in &self.people {
            writeln!(out, "                {:<16} {:<32} {}", login.role.name(), login.email, login.password)?;
        }
        Ok(())
    }

    fn in_study(&self, role: Role, method: &str, path: &str, body: &[u8]) -> Result<Value> {
        self.call(Some(role), method, &format!("/v1/projects/{}{path}", self.study), body)
    }

    fn call(&self, role: Option<Role>, method: &str, path: &str, body: &[u8]) -> Result<Value> {
        let mut request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.base));
        if let Some(role) = role {
            let login = self.people.iter().find(|l| l.role == role).ok_or_else(|| anyhow!("nobody is {}", role.name()))?;
            request = request.header("Authorization", format!("Bearer {}", login.token));
        }
        let mut response = self.agent.run(request.body(body)?)?;
        let text = response.body_mut().read_to_string()?;
        if !response.status().is_success() {
            bail!("{method} {path}: {} {text}", response.status());
        }
        Ok(serde_json::from_str(&text)?)
    }
}

/// Every field says that it is made up.
fn dossier() -> Value {
    let nobody = "simulated: nobody is interviewed";
    let mut dossier = json!({
        "objectives": "simulated: to show how a survey is carried from questionnaire to table",
        "design": "simulated: stratified two-stage sample, one person a household",
        "dataManagement": "simulated: the data are made up and marked as such for ever",
        "trainingHours": 1,
    });
    for field in [
        "justification",
        "population",
        "consent",
        "privacy",
        "distress",
        "referral",
        "mandatoryReporting",
        "enumerators",
        "risksAndBenefits",
        "community",
        "dissemination",
        "funding",
        "incidents",
    ] {
        dossier[field] = nobody.into();
    }
    dossier
}

fn zipped_sheets() -> Result<Vec<u8>> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in SHEETS {
        zip.start_file(name, zip::write::SimpleFileOptions::default())?;
        zip.write_all(content.as_bytes())?;
    }
    Ok(zip.finish()?.into_inner())
}
