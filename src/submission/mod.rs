//! Answers as sent: read from an instance's XML under limits, then checked by running the form's own logic again.

mod answers;
mod check;
mod instance;

pub use answers::Repeated;
pub use check::{Reason, Rejection, Submission};
pub use instance::{Instance, Leaf, Malformed};

#[cfg(test)]
mod tests;
