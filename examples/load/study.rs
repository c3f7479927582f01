//! A study that is ready for interviews: a questionnaire published and approved, a sample, devices.

use anyhow::{Context, Result, anyhow};
use jiff::ToSpan;
use jiff::civil::Date;
use kish::ethics::{Decision, Phase, Verdict};
use kish::http::clock::Clock;
use kish::instrument::{Instrument, Workbook};
use kish::keys::Keys;
use kish::people::{Role, Token};
use kish::set_aside::new_key_pair;
use kish::store::{FormVersion, Granters, NewForm, NewRowGrant, NewSession, NewStudy, Store};
use kish::trail::By;

use crate::sample::Sample;

/// So many that none has more than a few interviews under way, of which the server takes four of a device at once.
const DEVICES: usize = 256;

#[derive(Debug)]
pub struct Study {
    id: i64,
    form_version_id: i64,
    pub version: String,
    /// The devices' paths.
    pub devices: Vec<String>,
    /// The day of every interview.
    pub day: Date,
    people: People,
    /// The token of a session of the coordinator's.
    session: String,
    /// That of a statistician's.
    statistician: String,
}

#[derive(Debug)]
struct People {
    coordinator: By,
    reviewer: By,
    statistician: By,
}

impl Study {
    /// Through the library: only what is measured comes in by the door.
    pub fn make(store: &Store, sample: Sample, form: &str) -> Result<Study> {
        let day = Clock::Machine.today();
        let new = NewStudy { name: "Load".to_owned(), synthetic: true, ..NewStudy::default() };
        let by = By::command_line(day);
        let id = store.add_study(by.clone(), new).wait()?;
        let version = publish(store, &by, id, form)?;
        let person = |role| add_person(store, id, role, day);
        let people = People {
            coordinator: person(Role::Coordinator)?,
            reviewer: person(Role::EthicsReviewer)?,
            statistician: person(Role::Statistician)?,
        };
        approve(store, &version, &people, day)?;
        let session = sign_in(store, people.coordinator.clone())?;
        let statistician = sign_in(store, people.statistician.clone())?;
        store.put_frame(by.clone(), id, sample.frame()).wait()?;
        let devices = (0..DEVICES).map(|_| enrol(store, by.clone(), id, day)).collect::<Result<_>>()?;
        Ok(Study { id, form_version_id: version.id, version: version.version, devices, day, people, session, statistician })
    }

    /// What an interview is recognised by in the database, from its id.
    pub fn receipts(&self, keys: Keys) -> impl Fn(&str) -> [u8; 32] + use<> {
        let study = self.id;
        move |instance_id| keys.receipt(study, "instance", &[instance_id])
    }

    /// A request that leaves a line in the trail: a coordinator enrols a device.
    pub fn act(&self) -> String {
        let body = r#"{"displayName":"L-1"}"#;
        let Study { id, session, .. } = self;
        format!(
            "POST /v1/projects/{id}/app-users HTTP/1.1\r\nHost: kish\r\nAuthorization: Bearer {session}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
    }

    pub fn id(&self) -> i64 {
        self.id
    }

    /// What a statistician sends as `Authorization`.
    pub fn statistician(&self) -> String {
        format!("Bearer {}", self.statistician)
    }

    /// The statistician may read coded rows, as two others say.
    pub fn let_read_rows(&self, store: &Store) -> Result<()> {
        let People { coordinator, reviewer, statistician } = &self.people;
        let (today, until) = (self.day.to_string(), self.day.saturating_add(30.days()).to_string());
        let new = NewRowGrant {
            study_id: self.id,
            asked_on: today.clone(),
            form_id: String::new(),
            because: "SIMULATED: to see how fast rows come".to_owned(),
            expires_on: until.clone(),
        };
        let grant = store.ask_for_rows(statistician.clone(), new).wait()?;
        let as_reviewer = Granters { reviewer: true, coordinator: false };
        let as_coordinator = Granters { reviewer: false, coordinator: true };
        store.grant_rows(reviewer.clone(), self.id, grant, as_reviewer, today.clone(), until.clone()).wait()?;
        store.grant_rows(coordinator.clone(), self.id, grant, as_coordinator, today, until).wait()?;
        Ok(())
    }

    pub fn count(&self, store: &Store) -> Result<u64> {
        let mut count = 0;
        store.each_response(self.id, self.form_version_id, |_| count += 1)?;
        Ok(count)
    }

    /// What waits uncounted, by reason; nothing should.
    pub fn set_aside(&self, store: &Store) -> Result<Vec<(String, i64)>> {
        Ok(store.set_aside_counts(self.id)?)
    }
}

fn publish(store: &Store, by: &By, study_id: i64, folder: &str) -> Result<FormVersion> {
    let workbook = Workbook::open(folder.as_ref()).map_err(|found| anyhow!("{folder}: {found:?}"))?;
    let form = Instrument::read(&workbook).map_err(|found| anyhow!("{folder}: {found:?}"))?.form;
    let new = NewForm {
        study_id,
        form_id: form.id,
        version: form.version,
        hash: form.hash,
        title: form.title,
        workbook: serde_json::to_string(&workbook)?,
        at: "2026-01-01T00:00:00Z".to_owned(),
    };
    Ok(store.form_version_by_id(store.add_form_version(by.clone(), new).wait()?)?)
}

fn approve(store: &Store, version: &FormVersion, people: &People, day: Date) -> Result<()> {
    let instrument = store.instrument(version)?;
    let decision = Decision {
        verdict: Verdict::Approved,
        committee: "SIMULATED committee".to_owned(),
        reference: "SIMULATED-1".to_owned(),
        decided_on: day,
        valid_from: day.saturating_sub(30.days()),
        valid_to: day.saturating_add(30.days()),
        languages: instrument.form.language_codes().map(str::to_owned).collect(),
        modes: vec!["1".to_owned()],
        sexes: vec![1, 2],
        min_age: 18,
        phase: Phase::Main,
        areas: Vec::new(),
        lifted_rules: Vec::new(),
        conditions: String::new(),
        simulated: true,
    };
    let review = store.ask_review(people.coordinator.clone(), version.clone(), "{}".to_owned()).wait()?;
    let review = store.review(version.study_id, review)?;
    store.decide(people.reviewer.clone(), &review, &instrument.form, decision).wait()?;
    Ok(())
}

fn sign_in(store: &Store, by: By) -> Result<String> {
    let token = Token::new()?;
    let hash = Token::hash(token.as_str()).context("a token has a hash")?;
    let session = NewSession { token: hash, before: None, now: Clock::Machine.now().as_second(), expires_at: i64::MAX, shown: None };
    store.open_session(by, session).wait()?;
    Ok(token.as_str().to_owned())
}

/// Gives what the trail will know them by.
fn add_person(store: &Store, study: i64, role: Role, day: Date) -> Result<By> {
    // Without a reviewer's key nothing could be set aside, and a fault of this program would look like one of the server.
    let recipient = (role == Role::EthicsReviewer).then(|| new_key_pair().0);
    let email = format!("{}@example.org", role.name());
    let by = By::command_line(day);
    let id = store.add_person(by.clone(), email, role.name().to_owned(), "no password".to_owned(), recipient).wait()?;
    store.assign(by, id, study, role).wait()?;
    Ok(By::person(id, role, day))
}

fn enrol(store: &Store, by: By, study: i64, day: Date) -> Result<String> {
    let token = Token::new()?;
    let hash = Token::hash(token.as_str()).context("a token has a hash")?;
    store.add_device(by, study, "load".to_owned(), hash, day.saturating_add(30.days()).to_string()).wait()?;
    Ok(format!("/v1/key/{}/projects/{study}", token.as_str()))
}
