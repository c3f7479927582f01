//! What each command does.

pub mod backup;
pub mod demo;
pub mod estimate;
pub mod form;
pub mod open;
pub mod people;
mod private;
pub mod process;
pub mod protect;
pub mod serve;
pub mod verify;

use std::process::ExitCode;

/// Why a command did not end well, and whose matter that is.
#[derive(Debug)]
pub enum Failure {
    /// The input has mistakes; they are printed already.
    Input,
    /// The command cannot do what it was called with.
    Call(anyhow::Error),
    System(anyhow::Error),
}

impl Failure {
    pub fn code(&self) -> ExitCode {
        ExitCode::from(match self {
            Failure::Input => 1,
            Failure::Call(_) => 2,
            Failure::System(_) => 3,
        })
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Failure::System(error.into())
    }
}
