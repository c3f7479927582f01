//! What is wrong with a request or its data, in words its writer can act on.

use std::path::Path;

/// What a person who wrote a request can mend, position first.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{field}: {reason}")]
    Request { field: String, reason: String },
    #[error("{path}: {reason}")]
    File { path: String, reason: String },
    #[error("the answer could not be written")]
    Write(#[from] std::io::Error),
}

impl Error {
    pub(super) fn field(field: &str, reason: impl Into<String>) -> Self {
        Self::Request { field: field.to_owned(), reason: reason.into() }
    }

    pub(super) fn file(path: &Path, reason: &impl ToString) -> Self {
        Self::File { path: path.display().to_string(), reason: reason.to_string() }
    }

    /// The same fault, inside estimate number `place`.
    pub(super) fn inside(self, place: usize, id: &str) -> Self {
        match self {
            Self::Request { field, reason } => Self::Request { field: format!("estimates[{place}].{field} (id `{id}`)"), reason },
            other => other,
        }
    }
}
