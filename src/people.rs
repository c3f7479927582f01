//! People and devices: roles, passwords, and tokens that are shown once and kept only as a hash.

use std::io;

use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::prelude::{BASE64_STANDARD, Engine};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

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

/// The shortest password taken; no rule of composition makes a short one good (NIST SP 800-63B).
pub const MIN_PASSWORD: usize = 15;

/// argon2id with 64 MiB and three passes: about a tenth of a second, so that guessing costs.
fn argon2() -> Result<Argon2<'static>, PasswordError> {
    let params = Params::new(64 * 1024, 3, 1, None).map_err(|_| PasswordError::Unusable)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    #[error("the password is shorter than {MIN_PASSWORD} characters; use a sentence")]
    TooShort,
    #[error("the password cannot be used")]
    Unusable,
}

pub fn hash_password(password: &str) -> Result<String, PasswordError> {
    if password.chars().count() < MIN_PASSWORD {
        return Err(PasswordError::TooShort);
    }
    let hash = argon2()?.hash_password(password.as_bytes()).map_err(|_| PasswordError::Unusable)?;
    Ok(hash.to_string())
}

/// For an account that does not exist the work is done all the same, so that time tells nothing.
pub fn verify_password(password: &str, stored: Option<&str>) -> bool {
    let Ok(argon2) = argon2() else { return false };
    match stored.and_then(|s| PasswordHash::new(s).ok()) {
        Some(hash) => argon2.verify_password(password.as_bytes(), &hash).is_ok(),
        None => {
            let _ = argon2.hash_password(password.as_bytes());
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_verified_against_its_hash_alone() {
        let hash = hash_password("a sentence of many words").unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=65536,t=3,p=1$"));
        assert!(verify_password("a sentence of many words", Some(&hash)));
        assert!(!verify_password("another sentence of words", Some(&hash)));
        assert!(!verify_password("a sentence of many words", None));
        assert_eq!(hash_password("short"), Err(PasswordError::TooShort));
    }

    #[test]
    fn tokens_are_long_url_safe_and_never_printed() {
        let token = Token::new().unwrap();
        assert_ne!(token.as_str(), Token::new().unwrap().as_str());
        assert!(Token::hash(token.as_str()).is_some());
        assert!(Token::hash("abc").is_none());
        assert_eq!(format!("{token:?}"), "Token(…)");
    }
}
