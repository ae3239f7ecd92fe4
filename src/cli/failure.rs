//! Why a command failed, as it is told to the user.

use std::fmt;
use std::process::ExitCode;

/// An error line, perhaps with advice, and the exit code it means.
#[derive(Debug)]
pub(super) struct Failure {
    message: String,
    hint: Option<String>,
    code: u8,
}

impl Failure {
    /// Something went wrong.
    pub(super) fn failed(message: impl Into<String>) -> Self {
        Failure { message: message.into(), hint: None, code: 1 }
    }

    /// Something was asked for that there is not.
    pub(super) fn usage(message: impl Into<String>) -> Self {
        Failure { message: message.into(), hint: None, code: 2 }
    }

    /// The same with advice.
    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Failure { hint: Some(hint.into()), ..self }
    }

    /// The same, saying where.
    pub(super) fn within(self, place: &str) -> Self {
        Failure { message: format!("{place}: {}", self.message), ..self }
    }

    pub(super) fn exit_code(&self) -> ExitCode {
        self.code.into()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}
