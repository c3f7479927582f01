//! The trail: who did what, about which study, form or account, in which week. Never an answer, a name, an address or a token.
//!
//! Each line carries a SHA-256 over the line before and its own fields; the last line's number and hash are the head, which a
//! key beside the database signs. Who may write the database but has not the key can cut the trail off and put an old head
//! back, which shows against a head noted on paper, and can do nothing else that does not show.

mod check;

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use sha2::{Digest, Sha256};

pub use check::{Break, Check};

use crate::deidentify::iso_week;
use crate::people::Role;

/// Begins what is hashed and what is signed: other uses of the same key and hash can never be taken for these.
const LINE: &[u8] = b"kish trail line 1";
const HEAD: &[u8] = b"kish trail head 1";
const COMMAND_LINE: &str = "command-line";

/// What can be done, with ODK Central's codes where it has the act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    UserCreate,
    UserDisable,
    UserAssign,
    SessionCreate,
    SessionEnd,
    SecondFactorBegin,
    SecondFactorConfirm,
    SecondFactorEnd,
    ProjectCreate,
    DeviceCreate,
    DeviceRevoke,
    FormCreate,
    FormUpdate,
    DraftSet,
    DraftDelete,
    FormPublish,
    AttachmentUpdate,
    ReviewAsk,
    ReviewDecide,
    SuspensionBegin,
    SuspensionLift,
    FrameSet,
    WeightsCreate,
    TableRead,
}

impl Action {
    pub const ALL: [Action; 24] = [
        Action::UserCreate,
        Action::UserDisable,
        Action::UserAssign,
        Action::SessionCreate,
        Action::SessionEnd,
        Action::SecondFactorBegin,
        Action::SecondFactorConfirm,
        Action::SecondFactorEnd,
        Action::ProjectCreate,
        Action::DeviceCreate,
        Action::DeviceRevoke,
        Action::FormCreate,
        Action::FormUpdate,
        Action::DraftSet,
        Action::DraftDelete,
        Action::FormPublish,
        Action::AttachmentUpdate,
        Action::ReviewAsk,
        Action::ReviewDecide,
        Action::SuspensionBegin,
        Action::SuspensionLift,
        Action::FrameSet,
        Action::WeightsCreate,
        Action::TableRead,
    ];

    pub fn code(self) -> &'static str {
        match self {
            Action::UserCreate => "user.create",
            Action::UserDisable => "user.disable",
            Action::UserAssign => "user.assignment.create",
            Action::SessionCreate => "user.session.create",
            Action::SessionEnd => "user.session.end",
            Action::SecondFactorBegin => "user.second_factor.begin",
            Action::SecondFactorConfirm => "user.second_factor.confirm",
            Action::SecondFactorEnd => "user.second_factor.end",
            Action::ProjectCreate => "project.create",
            Action::DeviceCreate => "field_key.create",
            Action::DeviceRevoke => "field_key.session.end",
            Action::FormCreate => "form.create",
            Action::FormUpdate => "form.update",
            Action::DraftSet => "form.update.draft.set",
            Action::DraftDelete => "form.update.draft.delete",
            Action::FormPublish => "form.update.publish",
            Action::AttachmentUpdate => "form.attachment.update",
            Action::ReviewAsk => "review.ask",
            Action::ReviewDecide => "review.decide",
            Action::SuspensionBegin => "suspension.begin",
            Action::SuspensionLift => "suspension.lift",
            Action::FrameSet => "frame.set",
            Action::WeightsCreate => "weights.create",
            Action::TableRead => "table.read",
        }
    }
}

/// Who acts, and in which week; not on which day or at what time.
#[derive(Debug, Clone)]
pub struct By {
    account: i64,
    role: &'static str,
    week: String,
}

impl By {
    /// Someone signed in, in the role that let them.
    pub fn person(account: i64, role: Role, today: Date) -> By {
        By { account, role: role.name(), week: iso_week(today) }
    }

    /// Someone who signs in or out, for which no role is needed.
    pub fn account(account: i64, today: Date) -> By {
        By { account, role: "", week: iso_week(today) }
    }

    /// Whoever may run the program beside the database.
    pub fn command_line(today: Date) -> By {
        By { account: 0, role: COMMAND_LINE, week: iso_week(today) }
    }

    /// The number of the account; 0 for the command line.
    pub fn id(&self) -> i64 {
        self.account
    }
}

/// What was done, and about what.
#[derive(Debug, Clone)]
pub struct Act {
    action: Action,
    study_id: i64,
    form_id: String,
    version: String,
    actee_id: i64,
    details: serde_json::Map<String, serde_json::Value>,
}

impl Act {
    pub fn new(action: Action) -> Act {
        Act { action, study_id: 0, form_id: String::new(), version: String::new(), actee_id: 0, details: serde_json::Map::new() }
    }

    pub fn study(self, study_id: i64) -> Act {
        Act { study_id, ..self }
    }

    pub fn form(self, form_id: &str, version: &str) -> Act {
        Act { form_id: form_id.to_owned(), version: version.to_owned(), ..self }
    }

    /// The number of the account, device, review, suspension or weight set it was done to.
    pub fn to(self, actee_id: i64) -> Act {
        Act { actee_id, ..self }
    }

    /// A code that says more, such as a role or a verdict; never words somebody wrote.
    pub fn with(mut self, name: &str, code: impl Into<serde_json::Value>) -> Act {
        self.details.insert(name.to_owned(), code.into());
        self
    }
}

pub type Hash = [u8; 32];

/// A line as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub number: i64,
    pub week: String,
    pub role: String,
    pub actor_id: i64,
    pub action: String,
    pub study_id: i64,
    pub form_id: String,
    pub version: String,
    pub actee_id: i64,
    /// A JSON object.
    pub details: String,
    pub hash: Vec<u8>,
}

impl Line {
    /// The line that follows a head.
    pub fn after(head: &Head, by: &By, act: &Act) -> Line {
        let mut line = Line {
            number: head.number + 1,
            week: by.week.clone(),
            role: by.role.to_owned(),
            actor_id: by.account,
            action: act.action.code().to_owned(),
            study_id: act.study_id,
            form_id: act.form_id.clone(),
            version: act.version.clone(),
            actee_id: act.actee_id,
            details: serde_json::Value::Object(act.details.clone()).to_string(),
            hash: Vec::new(),
        };
        line.hash = line.hash_after(&head.hash).to_vec();
        line
    }

    /// `SHA-256("kish trail line 1" ‖ hash before ‖ number ‖ actor ‖ study ‖ actee ‖ week ‖ role ‖ action ‖ form ‖ version ‖ details)`:
    /// numbers as 8 bytes, big-endian; each text as its length in bytes, written so, and its UTF-8. The hash before the first
    /// line is 32 zero bytes.
    fn hash_after(&self, before: &Hash) -> Hash {
        let mut hasher = Sha256::new();
        hasher.update(LINE);
        hasher.update(before);
        for number in [self.number, self.actor_id, self.study_id, self.actee_id] {
            hasher.update(number.to_be_bytes());
        }
        for text in [&self.week, &self.role, &self.action, &self.form_id, &self.version, &self.details] {
            hasher.update((text.len() as u64).to_be_bytes());
            hasher.update(text.as_bytes());
        }
        hasher.finalize().into()
    }
}

/// Where a trail ends: the number of its last line, 0 where it has none, and that line's hash. Written `NUMBER:HASH`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Head {
    pub number: i64,
    pub hash: Hash,
}

impl Head {
    /// The bytes that are signed.
    pub fn signed(&self) -> Vec<u8> {
        [HEAD, &self.number.to_be_bytes(), &self.hash].concat()
    }
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.number, hex(&self.hash))
    }
}

/// Why a text is no head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write a line's number and its hash of 64 digits, as 12:0a1b…, the way kish verify prints them")]
pub struct NoHead;

impl FromStr for Head {
    type Err = NoHead;

    fn from_str(text: &str) -> Result<Head, NoHead> {
        let (number, hash) = text.split_once(':').ok_or(NoHead)?;
        let number = number.parse().ok().filter(|n| *n >= 0).ok_or(NoHead)?;
        if hash.len() != 64 || !hash.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(NoHead);
        }
        let mut bytes = [0; 32];
        for (byte, digits) in bytes.iter_mut().zip(hash.as_bytes().chunks(2)) {
            let digits = std::str::from_utf8(digits).map_err(|_| NoHead)?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| NoHead)?;
        }
        Ok(Head { number, hash: bytes })
    }
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Date = jiff::civil::date(2026, 11, 21);

    #[test]
    fn no_two_lines_have_the_same_bytes() {
        let by = By::person(3, Role::Coordinator, DAY);
        let line = |act: Act| Line::after(&Head::default(), &by, &act).hash;
        let act = || Act::new(Action::FormPublish).study(1);
        let hashes = [
            line(act().form("ab", "c")),
            line(act().form("a", "bc")),
            line(act().form("abc", "")),
            line(act().form("abc", "").to(1)),
            line(act().form("abc", "").with("hash", "00")),
            line(Act::new(Action::FormUpdate).study(1).form("abc", "")),
            Line::after(&Head::default(), &By::command_line(DAY), &act().form("abc", "")).hash,
            Line::after(&Head { number: 0, hash: [1; 32] }, &by, &act().form("abc", "")).hash,
        ];
        for (place, hash) in hashes.iter().enumerate() {
            assert!(!hashes[..place].contains(hash), "{place}");
        }
    }

    /// Written down, so that a change of the form by which every trail there is would look altered cannot pass unseen.
    #[test]
    fn the_canonical_form_stays_as_it_is() {
        let line =
            Line::after(&Head::default(), &By::person(3, Role::Coordinator, DAY), &Act::new(Action::FormPublish).study(1).form("f", "2"));
        assert_eq!((line.week.as_str(), line.details.as_str()), ("2026-W47", "{}"));
        let mut bytes = LINE.to_vec();
        bytes.extend([0; 32]);
        bytes.extend([0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
        for (length, text) in [(8, "2026-W47"), (11, "coordinator"), (19, "form.update.publish"), (1, "f"), (1, "2"), (2, "{}")] {
            bytes.extend([0, 0, 0, 0, 0, 0, 0, length]);
            bytes.extend(text.as_bytes());
        }
        assert_eq!(line.hash, Sha256::digest(bytes).to_vec());
    }

    #[test]
    fn a_head_is_read_as_it_is_written() {
        let head = Head { number: 12, hash: [0xab; 32] };
        assert_eq!(head.to_string().parse(), Ok(head));
        for wrong in ["", "12", "12:ab", "x:ab", &head.to_string().replace("ab", "zz"), &format!("-{head}"), &format!("{head}0")] {
            assert_eq!(wrong.parse::<Head>(), Err(NoHead), "{wrong}");
        }
    }

    #[test]
    fn codes_are_each_of_one_act() {
        let codes: Vec<&str> = Action::ALL.iter().map(|a| a.code()).collect();
        assert!(codes.iter().enumerate().all(|(place, code)| !codes[..place].contains(code)));
    }
}
