//! The trail: who did what, about which study, form or account, in which week. Never an answer, a name, an address or a token.
//!
//! Each line carries a SHA-256 over the line before and its own fields; the last line's number and hash are the head, which a
//! key beside the database signs. Who may write the database but has not the key can cut the trail off and put an old head
//! back, which shows against a head noted on paper, and can do nothing else that does not show.

mod action;
mod check;
mod head;

use jiff::civil::Date;
use sha2::{Digest, Sha256};

pub use action::Action;
pub use check::{Break, Check};
pub use head::{Head, NoHead};

use crate::deidentify::iso_week;
use crate::people::Role;

/// Begins what is hashed: nothing else that is hashed can be taken for a line.
const LINE: &[u8] = b"kish trail line 1";
const COMMAND_LINE: &str = "command-line";

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
}
