//! People and devices: roles, passwords, and tokens that are shown once and kept only as a hash.

mod password;
pub mod second_factor;

use std::io;

use base64::prelude::{BASE64_STANDARD, Engine};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use password::{Password, PasswordError, verify_password};

use crate::keys;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Runs the server; sees no data.
    Administrator,
    Coordinator,
    Supervisor,
    EthicsReviewer,
    Statistician,
    Analyst,
}

impl Role {
    pub const ALL: [Role; 6] =
        [Role::Administrator, Role::Coordinator, Role::Supervisor, Role::EthicsReviewer, Role::Statistician, Role::Analyst];

    pub fn name(self) -> &'static str {
        match self {
            Role::Administrator => "administrator",
            Role::Coordinator => "coordinator",
            Role::Supervisor => "supervisor",
            Role::EthicsReviewer => "ethics-reviewer",
            Role::Statistician => "statistician",
            Role::Analyst => "analyst",
        }
    }

    pub fn named(name: &str) -> Option<Role> {
        Self::ALL.into_iter().find(|r| r.name() == name)
    }
}

/// A secret that opens something; printed once, stored as [`TokenHash`].
#[derive(Clone)]
pub struct Token(String);

pub type TokenHash = [u8; 32];

impl Token {
    /// 384 bits as 64 characters of `[A-Za-z0-9!$]`, the shape ODK clients know.
    pub fn new() -> io::Result<Token> {
        let bytes: [u8; 48] = keys::random()?;
        Ok(Token(BASE64_STANDARD.encode(bytes).replace('/', "!").replace('+', "$")))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `None` where the text is not of a token's shape at all.
    pub fn hash(text: &str) -> Option<TokenHash> {
        let is_token = text.len() == 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'!' | b'$'));
        is_token.then(|| Sha256::digest(text).into())
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_long_url_safe_and_never_printed() {
        let token = Token::new().unwrap();
        assert_ne!(token.as_str(), Token::new().unwrap().as_str());
        assert!(Token::hash(token.as_str()).is_some());
        assert!(Token::hash("abc").is_none());
        assert_eq!(format!("{token:?}"), "Token(…)");
    }
}
