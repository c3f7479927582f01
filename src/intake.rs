//! One submission's way in: read, recognised, checked, de-identified and counted, or set aside. There is no other.

use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::Date;

use crate::deidentify::{asked, case_code, deidentify, iso_week};
use crate::ethics::admits;
use crate::fieldwork::ResultCode;
use crate::keys::{Keys, Tag};
use crate::set_aside::{File, Record, cut_identifiers, seal};
use crate::store::{self, Case, Incoming, Kept, SealedRecord, SetAsideReason, Store};
use crate::submission::{Instance, Malformed, Submission};

/// How long what is set aside waits for a decision before it is destroyed.
const RETENTION_DAYS: i64 = 180;

/// How long answers in own words wait for a code before they are erased.
const CODING_DAYS: i64 = 7;

/// For how many weeks it is kept how many interviews a device held.
const LOAD_WEEKS: i64 = 8;

#[derive(Debug, Clone)]
pub struct Intake {
    store: Arc<Store>,
    keys: Arc<Keys>,
}

/// What a device sent: the instance's XML and the files beside it.
#[derive(Debug)]
pub struct Sent {
    pub study_id: i64,
    /// Counted of it: one interview more in its week. Not kept beside the interview.
    pub device_id: i64,
    pub xml: Vec<u8>,
    pub files: Vec<(String, Vec<u8>)>,
    /// The server's day, in UTC.
    pub today: Date,
}

/// What the device is told. Both mean that it may forget its copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    Stored,
    SetAside,
}

#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    #[error(transparent)]
    Malformed(#[from] Malformed),
    #[error("the study has no ethics reviewer with a key yet, so nothing can be set aside")]
    NoReviewer,
    #[error("{0}")]
    Store(#[from] store::Error),
    #[error("{0}")]
    Keys(#[from] std::io::Error),
    #[error("sealing failed")]
    Seal,
}

/// A submission that has been looked at, and what is to be done with it.
#[derive(Debug)]
pub struct Judged {
    sent: Sent,
    instance_id: String,
    tags: Tags,
    verdict: Verdict,
}

#[derive(Debug, Clone, Copy)]
struct Tags {
    instance: Tag,
    content: Tag,
}

#[derive(Debug)]
enum Verdict {
    Count(Arc<Incoming>),
    SetAside(SetAsideReason, Vec<String>),
}

impl Intake {
    pub fn new(store: Arc<Store>, keys: Arc<Keys>) -> Intake {
        Intake { store, keys }
    }

    /// Reads and checks; writes nothing. It works the processor and reads the database, so it is run off the server's event loop.
    pub fn judge(&self, sent: Sent) -> Result<Judged, IntakeError> {
        let instance = Instance::read(&sent.xml)?;
        let content = self.keys.receipt(sent.study_id, "content", &content(&instance));
        // Without an id of its own the content is the id: a repetition is still recognised.
        let instance_id = instance.instance_id.clone().unwrap_or_else(|| format!("content:{}", hex(&content)));
        let tags = Tags { instance: self.keys.receipt(sent.study_id, "instance", &[&instance_id]), content };
        let verdict = self.verdict(&sent, &instance, tags)?;
        Ok(Judged { sent, instance_id, tags, verdict })
    }

    fn verdict(&self, sent: &Sent, instance: &Instance, tags: Tags) -> Result<Verdict, IntakeError> {
        let aside = |reason, details| Ok(Verdict::SetAside(reason, details));
        if instance.is_encrypted {
            return aside(SetAsideReason::Encrypted, Vec::new());
        }
        let version = match self.store.form_version(sent.study_id, &instance.form_id, &instance.version) {
            Ok(version) if version.is_open() => version,
            Ok(_) => return aside(SetAsideReason::ClosedForm, Vec::new()),
            Err(store::Error::NotFound) => return aside(SetAsideReason::UnknownForm, Vec::new()),
            Err(e) => return Err(e.into()),
        };
        let instrument = self.store.instrument(&version)?;
        let (form, concepts) = (&instrument.form, &instrument.concepts);
        let submission = match Submission::check(form, instance) {
            Ok(submission) => submission,
            Err(rejections) => return aside(SetAsideReason::DoesNotFit, rejections.iter().map(ToString::to_string).collect()),
        };
        let standing = self.store.standing(sent.study_id)?;
        let code = case_code(&submission, concepts);
        let mut asked = asked(&submission, concepts, sent.today);
        if standing.names_areas() {
            asked.area = self.store.region_of_case(sent.study_id, &code)?;
        }
        let approval_id = match admits(&standing, form, &asked) {
            Ok(approval) => approval.id,
            Err(outside) => return aside(SetAsideReason::OutsideApproval, vec![outside.to_string()]),
        };
        let deprecated = instance.deprecated_id.as_deref().map(|id| self.keys.receipt(sent.study_id, "instance", &[id]));
        Ok(Verdict::Count(Arc::new(Incoming {
            study_id: sent.study_id,
            instance: tags.instance,
            content: tags.content,
            deprecated,
            form_version_id: version.id,
            approval_id,
            case: Case { pseudonym: self.keys.pseudonym(sent.study_id, &form.id, &code)?, code },
            response: deidentify(&submission, concepts, sent.today),
            words_until: days_after(sent.today, CODING_DAYS),
        })))
    }

    /// Writes; when it returns, what the device is told is on disk.
    pub async fn keep(&self, judged: Judged) -> Result<Heard, IntakeError> {
        let Judged { sent, instance_id, tags, verdict } = judged;
        let kept = match verdict {
            Verdict::Count(incoming) => match self.count(&incoming).await? {
                Kept::ToSetAside(reason) => self.set_aside(&sent, tags, reason, Vec::new()).await?,
                Kept::Stored => {
                    self.count_load(&sent, &incoming);
                    Kept::Stored
                }
                kept => kept,
            },
            Verdict::SetAside(reason, details) => self.set_aside(&sent, tags, reason, details).await?,
        };
        match kept {
            Kept::Stored | Kept::StoredBefore => {
                self.set_files_aside(&sent, &instance_id).await?;
                Ok(Heard::Stored)
            }
            Kept::SetAside | Kept::SetAsideBefore | Kept::ToSetAside(_) => Ok(Heard::SetAside),
        }
    }

    /// Nobody waits for it: an interview comes in whether it is counted in its enumerator's week or not. A changed interview was
    /// counted when it first came, and a visit in which nobody was asked weighs on nobody.
    fn count_load(&self, sent: &Sent, incoming: &Incoming) {
        if incoming.deprecated.is_none() && ResultCode::of(incoming.response.result()).is_begun() {
            let week = incoming.response.iso_week().to_owned();
            drop(self.store.count_interview(sent.device_id, week, load_kept_since(sent.today)));
        }
    }

    /// Two posts of one interview at once may both find nothing; the slower one looks again.
    async fn count(&self, incoming: &Arc<Incoming>) -> Result<Kept, store::Error> {
        match self.store.keep(Arc::clone(incoming)).await {
            Err(store::Error::Duplicate) => self.store.keep(Arc::clone(incoming)).await,
            answer => answer,
        }
    }

    /// Seals a record with its files. Files of a later part of the same interview make a record of their own.
    async fn set_aside(&self, sent: &Sent, tags: Tags, reason: SetAsideReason, details: Vec<String>) -> Result<Kept, IntakeError> {
        let reasons = std::iter::once(reason.in_words().to_owned()).chain(details).collect();
        let xml = cut_identifiers(&String::from_utf8_lossy(&sent.xml));
        let files = sent.files.iter().map(|(name, bytes)| File::new(name, bytes)).collect();
        let names: Vec<&str> = sent.files.iter().map(|(name, _)| name.as_str()).collect();
        // The files are part of what makes a record the same, so that a later part is not taken for a repetition.
        let content = if names.is_empty() {
            tags.content
        } else {
            self.keys.receipt(sent.study_id, "files", &[&[hex(&tags.content).as_str()], names.as_slice()].concat())
        };
        self.seal(sent, Tags { content, ..tags }, reason, Record { reasons, xml, files }).await
    }

    /// A counted interview's files are none the form asked for: each waits sealed, and the interview is counted all the same.
    async fn set_files_aside(&self, sent: &Sent, instance_id: &str) -> Result<(), IntakeError> {
        for (name, bytes) in &sent.files {
            let file = File::new(name, bytes);
            let tags = Tags {
                instance: self.keys.receipt(sent.study_id, "file", &[instance_id, name]),
                content: self.keys.receipt(sent.study_id, "file content", &[&file.base64]),
            };
            let reason = SetAsideReason::UnexpectedFile;
            let record = Record { reasons: vec![reason.in_words().to_owned()], xml: String::new(), files: vec![file] };
            self.seal(sent, tags, reason, record).await?;
        }
        Ok(())
    }

    async fn seal(&self, sent: &Sent, tags: Tags, reason: SetAsideReason, record: Record) -> Result<Kept, IntakeError> {
        let recipient = self.store.reviewer_recipient(sent.study_id)?.ok_or(IntakeError::NoReviewer)?;
        let sealed = seal(&record, &recipient).map_err(|_| IntakeError::Seal)?;
        let destroy_after = days_after(sent.today, RETENTION_DAYS);
        let record = SealedRecord {
            study_id: sent.study_id,
            instance: tags.instance,
            content: tags.content,
            reason,
            iso_week: iso_week(sent.today),
            destroy_after,
            sealed,
        };
        Ok(self.store.set_aside(record).await?)
    }
}

/// What makes two instances the same: form, version, the edited id and every answer at its place; not prefixes or spaces.
fn content(instance: &Instance) -> Vec<&str> {
    let head = [instance.form_id.as_str(), &instance.version, instance.deprecated_id.as_deref().unwrap_or("")];
    let leaves = instance.leaves.iter().filter(|l| !l.text.is_empty()).flat_map(|l| [l.path.as_str(), l.text.as_str()]);
    head.into_iter().chain(leaves).collect()
}

/// The first week whose counts of devices are still kept.
pub fn load_kept_since(today: Date) -> String {
    iso_week(today.saturating_sub(LOAD_WEEKS.weeks()))
}

fn days_after(day: Date, n: i64) -> String {
    day.checked_add(n.days()).unwrap_or(day).to_string()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
