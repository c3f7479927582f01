//! One submission's way in: read, recognised, checked, de-identified and counted, or set aside. There is no other.

use std::sync::Arc;
use std::time::Instant;

use jiff::ToSpan;
use jiff::civil::Date;

use crate::deidentify::{KeptQuestions, asked, case_code, deidentify, iso_week, withdrawal_code};
use crate::ethics::{Standing, admits, admits_released};
use crate::fieldwork::ResultCode;
use crate::instrument::Instrument;
use crate::keys::{Keys, Tag};
use crate::odk_encryption::Manifest;
use crate::set_aside::{File, FormKey, Record, cut_identifiers, seal};
use crate::store::{self, Again, Case, FormVersion, Incoming, Kept, Lock, RecordKind, Remembered, SealedRecord, SetAsideReason, Store};
use crate::submission::{Instance, Malformed, Submission};

/// How long what is set aside waits for a decision before it is destroyed.
const RETENTION_DAYS: i64 = 180;

/// How long answers in own words wait for a code before they are erased.
const CODING_DAYS: i64 = 7;

/// For how many weeks it is kept how many interviews a device held.
const LOAD_WEEKS: i64 = 8;

/// What is judged at once, in bytes of XML; longer interviews would keep other requests waiting.
const AT_ONCE: usize = 64 << 10;

#[derive(Debug)]
pub struct Intake {
    store: Arc<Store>,
    keys: Arc<Keys>,
    forms: Remembered<(i64, String, String), Arc<Fielded>>,
}

/// What interviews by one version of a form are judged by.
#[derive(Debug)]
struct Fielded {
    version: FormVersion,
    instrument: Arc<Instrument>,
    kept: KeptQuestions,
    standing: Standing,
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
    SetAside(SetAsideReason),
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

/// Why there is no verdict yet.
enum Unjudged {
    /// The database must be asked.
    MustRead,
    Failed(IntakeError),
}

impl<E: Into<IntakeError>> From<E> for Unjudged {
    fn from(error: E) -> Self {
        Unjudged::Failed(error.into())
    }
}

/// A submission that has been looked at, and what is to be done with it.
#[derive(Debug)]
pub struct Judged {
    sent: Sent,
    look: Look,
}

#[derive(Debug)]
struct Look {
    instance_id: String,
    tags: Tags,
    form_version_id: Option<i64>,
    encrypted: Option<Encrypted>,
    verdict: Verdict,
}

/// What the device encrypted: the parts its manifest names, and the key it was encrypted to.
#[derive(Debug)]
struct Encrypted {
    parts: Vec<String>,
    key: Option<FormKey>,
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
        Intake { store, keys, forms: Remembered::default() }
    }

    /// Reads and checks; writes nothing. It works the processor and reads the database, so it is run off the server's event loop.
    pub fn judge(&self, sent: Sent) -> Result<Judged, IntakeError> {
        match self.look(&sent, true) {
            Ok(look) => Ok(Judged { sent, look }),
            Err(Unjudged::Failed(error)) => Err(error),
            Err(Unjudged::MustRead) => Err(store::Error::Unavailable("it was not read though it might be".to_owned()).into()),
        }
    }

    /// The same on the event loop, by what is remembered of the form; gives back what is long or needs the database.
    pub fn judge_at_once(&self, sent: Sent) -> Result<Result<Judged, Sent>, IntakeError> {
        if sent.xml.len() > AT_ONCE {
            return Ok(Err(sent));
        }
        match self.look(&sent, false) {
            Ok(look) => Ok(Ok(Judged { sent, look })),
            Err(Unjudged::MustRead) => Ok(Err(sent)),
            Err(Unjudged::Failed(error)) => Err(error),
        }
    }

    fn look(&self, sent: &Sent, may_read: bool) -> Result<Look, Unjudged> {
        let instance = Instance::read(&sent.xml)?;
        let (instance_id, tags) = self.tags(sent.study_id, &instance);
        let fielded = self.fielded(sent.study_id, &instance, may_read)?;
        let form_version_id = fielded.as_ref().map(|fielded| fielded.version.id);
        let verdict = match &fielded {
            None => Verdict::SetAside(SetAsideReason::UnknownForm, Vec::new()),
            Some(fielded) if instance.is_encrypted => verdict_unread(fielded),
            Some(fielded) => self.verdict(sent, &instance, tags, fielded, may_read)?,
        };
        let encrypted = instance.is_encrypted.then(|| encrypted(&instance, fielded.as_deref()));
        Ok(Look { instance_id, tags, form_version_id, encrypted, verdict })
    }

    /// `None` where the study has no such version.
    fn fielded(&self, study_id: i64, instance: &Instance, may_read: bool) -> Result<Option<Arc<Fielded>>, Unjudged> {
        let (acts, now) = (self.store.acts(), Instant::now());
        let key = (study_id, instance.form_id.clone(), instance.version.clone());
        if let Some(known) = self.forms.get(&key, acts) {
            return Ok(Some(known));
        }
        if !may_read {
            return Err(Unjudged::MustRead);
        }
        let version = match self.store.form_version(study_id, &instance.form_id, &instance.version) {
            Err(store::Error::NotFound) => return Ok(None),
            found => found?,
        };
        let instrument = self.store.instrument(&version)?;
        let (kept, standing) = (KeptQuestions::of(&instrument), self.store.standing(study_id)?);
        let fielded = Arc::new(Fielded { version, instrument, kept, standing });
        self.forms.put(key, Arc::clone(&fielded), acts, now);
        Ok(Some(fielded))
    }

    /// Without an id of its own the content is the id: a repetition is still recognised.
    fn tags(&self, study_id: i64, instance: &Instance) -> (String, Tags) {
        let content = self.keys.receipt(study_id, "content", &content(instance));
        let instance_id = instance.instance_id.clone().unwrap_or_else(|| format!("content:{}", hex(&content)));
        let tags = Tags { instance: self.keys.receipt(study_id, "instance", &[&instance_id]), content };
        (instance_id, tags)
    }

    fn verdict(&self, sent: &Sent, instance: &Instance, tags: Tags, fielded: &Fielded, may_read: bool) -> Result<Verdict, Unjudged> {
        let aside = |reason, details| Ok(Verdict::SetAside(reason, details));
        let reads = || if may_read { Ok(&self.store) } else { Err(Unjudged::MustRead) };
        let passes = |reason| Ok::<_, Unjudged>(reads()?.passes(&tags.instance, &tags.content)?.contains(&reason));
        let Fielded { version, instrument, kept, standing } = fielded;
        if !self.keys.remembers(sent.study_id) {
            reads()?;
        }
        // Once the link is cut no interview can be tied to a case, whatever was released.
        if self.keys.is_cut(sent.study_id)? || !version.is_open() && !passes(SetAsideReason::ClosedForm)? {
            return aside(SetAsideReason::ClosedForm, Vec::new());
        }
        let (form, concepts) = (&instrument.form, &instrument.concepts);
        let submission = match Submission::check(form, instance) {
            Ok(submission) => submission,
            Err(rejections) => return aside(SetAsideReason::DoesNotFit, rejections.iter().map(ToString::to_string).collect()),
        };
        let code = case_code(&submission, concepts);
        let mut asked = asked(&submission, concepts, sent.today);
        if standing.names_areas() {
            asked.area = reads()?.region_of_case(sent.study_id, &code)?;
        }
        let admitted = match admits(standing, form, &asked) {
            Err(_) if passes(SetAsideReason::OutsideApproval)? => admits_released(standing, form, asked.area.as_deref()),
            found => found,
        };
        let approval_id = match admitted {
            Ok(approval) => approval.id,
            Err(outside) => return aside(SetAsideReason::OutsideApproval, vec![outside.to_string()]),
        };
        let deprecated = instance.deprecated_id.as_deref().map(|id| self.keys.receipt(sent.study_id, "instance", &[id]));
        let response = deidentify(&submission, concepts, kept, sent.today);
        // A changed interview was counted when it first came, and a visit in which nobody was asked weighs on nobody.
        let is_held = deprecated.is_none() && ResultCode::of(response.result()).is_begun();
        Ok(Verdict::Count(Arc::new(Incoming {
            study_id: sent.study_id,
            instance: tags.instance,
            content: tags.content,
            deprecated,
            form_version_id: version.id,
            approval_id,
            case: Case { pseudonym: self.keys.pseudonym(sent.study_id, &form.id, &code)?, code },
            response,
            held_by: is_held.then_some(sent.device_id),
            words_until: days_after(sent.today, CODING_DAYS),
            withdrawal: withdrawal_code(&submission, concepts).map(|code| withdrawal_tag(&self.keys, sent.study_id, &code)),
        })))
    }

    /// Writes; when it returns, what the device is told is on disk.
    pub async fn keep(&self, judged: Judged) -> Result<Heard, IntakeError> {
        let kept = match &judged.look.verdict {
            Verdict::Count(incoming) => match self.count(incoming).await? {
                Kept::ToSetAside(reason) => self.set_aside(&judged, reason, &[]).await?,
                kept => kept,
            },
            Verdict::SetAside(reason, details) => self.set_aside(&judged, *reason, details).await?,
        };
        if kept != Kept::Destroyed {
            self.set_files_aside(&judged).await?;
        }
        Ok(match kept {
            Kept::Stored | Kept::StoredBefore | Kept::Destroyed => Heard::Stored,
            Kept::SetAside(reason) | Kept::ToSetAside(reason) => Heard::SetAside(reason),
        })
    }

    /// Two posts of one interview at once may both find nothing; the slower one looks again.
    async fn count(&self, incoming: &Arc<Incoming>) -> Result<Kept, store::Error> {
        match self.store.keep(Arc::clone(incoming)).await {
            Err(store::Error::Duplicate) => self.store.keep(Arc::clone(incoming)).await,
            answer => answer,
        }
    }

    /// Seals an interview, without the files beside it.
    async fn set_aside(&self, judged: &Judged, reason: SetAsideReason, details: &[String]) -> Result<Kept, IntakeError> {
        let xml = cut_identifiers(&String::from_utf8_lossy(&judged.sent.xml));
        let (kind, again) = match &judged.look.encrypted {
            Some(encrypted) => (
                RecordKind::Encrypted { parts_named: encrypted.parts.len() },
                Some(Again { instance: judged.look.tags.instance, content: None }),
            ),
            None => (RecordKind::Interview, self.again(judged, &xml)),
        };
        let reasons = std::iter::once(reason.in_words().to_owned()).chain(details.iter().cloned()).collect();
        let record = Record { reasons, xml, files: Vec::new() };
        self.seal(judged, judged.look.tags, Waits { reason, kind, again, of: None }, record).await
    }

    /// It comes in again as it was sealed: what was cut is not in it.
    fn again(&self, judged: &Judged, cut: &str) -> Option<Again> {
        let tags = self.tags(judged.sent.study_id, &Instance::read(cut.as_bytes()).ok()?).1;
        Some(Again { instance: tags.instance, content: Some(tags.content) })
    }

    /// Files are parts of what the device encrypted, or else none the form asked for: each waits sealed beside its interview.
    async fn set_files_aside(&self, judged: &Judged) -> Result<(), IntakeError> {
        let of = Some((judged.look.tags.instance, judged.look.tags.content));
        for (name, bytes) in &judged.sent.files {
            let file = File::new(name, bytes);
            let tags = self.file_tags(judged, &file);
            let is_part = judged.look.encrypted.as_ref().is_some_and(|encrypted| encrypted.parts.contains(name));
            let (kind, reason) = match judged.look.verdict {
                Verdict::SetAside(reason, _) if is_part => (RecordKind::Part, reason),
                _ => (RecordKind::File, SetAsideReason::UnexpectedFile),
            };
            let record = Record { reasons: vec![reason.in_words().to_owned()], xml: String::new(), files: vec![file] };
            self.seal(judged, tags, Waits { reason, kind, again: None, of }, record).await?;
        }
        Ok(())
    }

    /// One file of one sending: the same name may come with another manifest of the same interview.
    fn file_tags(&self, judged: &Judged, file: &File) -> Tags {
        let study_id = judged.sent.study_id;
        let of = judged.look.encrypted.as_ref().map(|_| hex(&judged.look.tags.content));
        let named: Vec<&str> = std::iter::once(judged.look.instance_id.as_str()).chain(of.as_deref()).chain([file.name.as_str()]).collect();
        Tags {
            instance: self.keys.receipt(study_id, "file", &named),
            content: self.keys.receipt(study_id, "file content", &[&file.base64]),
        }
    }

    async fn seal(&self, judged: &Judged, tags: Tags, waits: Waits, record: Record) -> Result<Kept, IntakeError> {
        let Sent { study_id, today, .. } = judged.sent;
        let form_key = judged.look.encrypted.as_ref().and_then(|encrypted| encrypted.key.as_ref());
        let (lock, sealed) = match form_key.filter(|_| waits.kind != RecordKind::File) {
            Some(key) => (Lock::Form, key.seal(&record)),
            None => {
                let recipient = self.store.reviewer_recipient(study_id)?.ok_or(IntakeError::NoReviewer)?;
                (Lock::Reviewer, seal(&record, &recipient))
            }
        };
        let sealed = sealed.map_err(|_| IntakeError::Seal)?;
        let record = SealedRecord {
            study_id,
            instance: tags.instance,
            content: tags.content,
            again: waits.again,
            kind: waits.kind,
            of: waits.of,
            form_version_id: judged.look.form_version_id,
            reason: waits.reason,
            lock,
            iso_week: iso_week(today),
            destroy_after: days_after(today, RETENTION_DAYS),
            sealed,
        };
        Ok(self.store.set_aside(record).await?)
    }
}

/// What can be checked without the key: the form, its version, and that a committee has approved its very words.
fn verdict_unread(fielded: &Fielded) -> Verdict {
    if !fielded.version.is_open() {
        return Verdict::SetAside(SetAsideReason::ClosedForm, Vec::new());
    }
    match admits_released(&fielded.standing, &fielded.instrument.form, None) {
        Ok(_) => Verdict::SetAside(SetAsideReason::Encrypted, Vec::new()),
        Err(outside) => Verdict::SetAside(SetAsideReason::OutsideApproval, vec![outside.to_string()]),
    }
}

fn encrypted(instance: &Instance, fielded: Option<&Fielded>) -> Encrypted {
    let key = fielded.and_then(|fielded| FormKey::read(&fielded.instrument.form.delivery.public_key));
    // A manifest that names nothing is kept like any other: it may be all there is of an interview.
    let parts = Manifest::of(instance).map(|manifest| manifest.parts().map(str::to_owned).collect()).unwrap_or_default();
    Encrypted { parts, key }
}

/// What is said of a record beside its bytes.
struct Waits {
    reason: SetAsideReason,
    kind: RecordKind,
    again: Option<Again>,
    of: Option<(Tag, Tag)>,
}

/// What makes two instances the same: form, version, the edited id and every answer at its place; not prefixes or spaces.
fn content(instance: &Instance) -> Vec<&str> {
    let head = [instance.form_id.as_str(), &instance.version, instance.deprecated_id.as_deref().unwrap_or("")];
    let leaves = instance.leaves().filter(|leaf| !leaf.text.is_empty()).flat_map(|leaf| [leaf.path, leaf.text]);
    head.into_iter().chain(leaves).collect()
}

/// What is kept of a code to withdraw by.
pub fn withdrawal_tag(keys: &Keys, study_id: i64, digits: &str) -> Tag {
    keys.receipt(study_id, "withdrawal", &[digits])
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
