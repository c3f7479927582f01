//! What is wrong with a request, in words its writer can act on.

/// What a person who wrote a request can mend, position first.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{place}: {reason}")]
    Request { place: String, reason: String },
    #[error("{path}: {reason}")]
    File { path: String, reason: String },
    #[error("the answer could not be written")]
    Write(#[from] std::io::Error),
}

impl Error {
    pub(super) fn at(place: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Request { place: place.into(), reason: reason.into() }
    }
}
