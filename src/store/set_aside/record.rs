//! A record that waits sealed: what it is, why it waits, whose key opens it.

use diesel::prelude::*;

use crate::keys::Tag;
use crate::trail::Action;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetAsideReason {
    UnknownForm,
    ClosedForm,
    OutsideApproval,
    DoesNotFit,
    Encrypted,
    /// The id was used before for other content; both are kept.
    Conflict,
    /// It edits a version that was edited already.
    EditOfOlder,
    UnknownCase,
    /// The case has a record already.
    CaseAnswered,
    /// The person's sex is not the one fielded in this PSU.
    OtherSex,
    UnexpectedFile,
}

impl SetAsideReason {
    const ALL: [SetAsideReason; 11] = [
        SetAsideReason::UnknownForm,
        SetAsideReason::ClosedForm,
        SetAsideReason::OutsideApproval,
        SetAsideReason::DoesNotFit,
        SetAsideReason::Encrypted,
        SetAsideReason::Conflict,
        SetAsideReason::EditOfOlder,
        SetAsideReason::UnknownCase,
        SetAsideReason::CaseAnswered,
        SetAsideReason::OtherSex,
        SetAsideReason::UnexpectedFile,
    ];

    pub fn in_words(self) -> &'static str {
        match self {
            SetAsideReason::UnknownForm => "this version of the form is not known here",
            SetAsideReason::ClosedForm => "the form is closed",
            SetAsideReason::OutsideApproval => "no ethics approval covers it",
            SetAsideReason::DoesNotFit => "its answers do not fit the form",
            SetAsideReason::Encrypted => "it is encrypted",
            SetAsideReason::Conflict => "another interview was sent under the same id",
            SetAsideReason::EditOfOlder => "it changes an interview that was changed since",
            SetAsideReason::UnknownCase => "its case is not in the sample",
            SetAsideReason::CaseAnswered => "its case has an interview already",
            SetAsideReason::OtherSex => "people of the other sex are interviewed in this area",
            SetAsideReason::UnexpectedFile => "it came with a file the form does not ask for",
        }
    }

    pub fn code(self) -> &'static str {
        match self {
            SetAsideReason::UnknownForm => "unknown-form",
            SetAsideReason::ClosedForm => "closed-form",
            SetAsideReason::OutsideApproval => "outside-approval",
            SetAsideReason::DoesNotFit => "does-not-fit",
            SetAsideReason::Encrypted => "encrypted",
            SetAsideReason::Conflict => "conflict",
            SetAsideReason::EditOfOlder => "edit-of-older",
            SetAsideReason::UnknownCase => "unknown-case",
            SetAsideReason::CaseAnswered => "case-answered",
            SetAsideReason::OtherSex => "other-sex",
            SetAsideReason::UnexpectedFile => "unexpected-file",
        }
    }

    pub(super) fn named(code: &str) -> Option<SetAsideReason> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }
}

/// What a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordKind {
    Interview,
    /// The manifest of an interview that the device encrypted.
    Encrypted {
        parts_named: usize,
    },
    /// A file that such a manifest names.
    Part,
    /// A file that nobody asked for.
    File,
}

impl RecordKind {
    pub(super) fn name(self) -> &'static str {
        match self {
            RecordKind::Interview => "interview",
            RecordKind::Encrypted { .. } => "encrypted",
            RecordKind::Part => "part",
            RecordKind::File => "file",
        }
    }
}

/// Whose key opens a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lock {
    Reviewer,
    Form,
}

impl Lock {
    pub(super) fn name(self) -> &'static str {
        match self {
            Lock::Reviewer => "reviewer",
            Lock::Form => "form",
        }
    }
}

/// By what an interview is known when it comes in again: its content as it was sealed; nothing where it cannot be read.
#[derive(Debug, Clone, Copy)]
pub struct Again {
    pub instance: Tag,
    pub content: Option<Tag>,
}

/// What is set aside: bytes only the holder of a key can open.
#[derive(Debug)]
pub struct SealedRecord {
    pub study_id: i64,
    pub instance: Tag,
    pub content: Tag,
    pub again: Option<Again>,
    pub kind: RecordKind,
    /// The receipt of the interview that a part or a file came with.
    pub of: Option<(Tag, Tag)>,
    pub form_version_id: Option<i64>,
    pub reason: SetAsideReason,
    pub lock: Lock,
    pub iso_week: String,
    pub destroy_after: String,
    pub sealed: Vec<u8>,
}

/// A record as it is listed: nothing of its content but how large it is.
#[derive(Debug, Clone, Queryable)]
pub struct WaitingRecord {
    pub id: i64,
    pub reason: String,
    pub iso_week: String,
    pub destroy_after: String,
    pub kind: String,
    pub of_record: Option<i64>,
    pub parts_named: i32,
    pub opens_with: String,
    pub state: String,
    pub bytes: i64,
    /// The form and its version, where they are known.
    pub form: Option<(String, String)>,
}

/// What a reviewer decides about a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecisionOnRecord {
    /// It may come in again although it was set aside for its reason.
    Release,
    Destroy,
    /// What the device had encrypted was opened, and has come in again.
    Opened,
}

impl DecisionOnRecord {
    pub(super) fn name(self) -> &'static str {
        match self {
            DecisionOnRecord::Release => "release",
            DecisionOnRecord::Destroy => "destroy",
            DecisionOnRecord::Opened => "opened",
        }
    }
}

impl DecisionOnRecord {
    pub(super) fn action(self) -> Action {
        match self {
            DecisionOnRecord::Release => Action::SetAsideRelease,
            DecisionOnRecord::Destroy => Action::SetAsideDestroy,
            DecisionOnRecord::Opened => Action::SetAsideOpen,
        }
    }
}

/// A record that may come in again, and all that a reviewer let pass about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::store) struct Release {
    pub(super) id: i64,
    pub(super) reasons: Vec<SetAsideReason>,
}

impl Release {
    pub(in crate::store) fn lets_pass(&self, reason: SetAsideReason) -> bool {
        self.reasons.contains(&reason)
    }

    /// Another interview stands in its way: it takes that one's place.
    pub(in crate::store) fn is_about_the_case(&self) -> bool {
        self.reasons
            .iter()
            .any(|reason| matches!(reason, SetAsideReason::Conflict | SetAsideReason::EditOfOlder | SetAsideReason::CaseAnswered))
    }
}
