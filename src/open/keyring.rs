//! The keys an office has at hand: ethics reviewers' identities and forms' private keys.

use age::x25519::Identity;

use super::Status;
use crate::odk_encryption::{Manifest, Opened, PrivateKey, Shut};
use crate::set_aside::{self, Record, is_sealed_to_a_form, open_with_form_key};

#[derive(Default)]
pub struct Keyring {
    identities: Vec<Identity>,
    private: Vec<PrivateKey>,
}

impl Keyring {
    /// Adds the key of a file's text: a reviewer's identity, or an RSA private key as PEM. `false` where it is neither.
    pub fn add(&mut self, text: &str) -> bool {
        if let Some(key) = PrivateKey::read(text) {
            self.private.push(key);
        } else if let Some(identity) = set_aside::read_identity(text) {
            self.identities.push(identity);
        } else {
            return false;
        }
        true
    }

    /// A record as it was before it was sealed.
    pub(super) fn unlock(&self, sealed: &[u8]) -> Result<Record, Status> {
        let opened = if is_sealed_to_a_form(sealed) {
            self.private.iter().find_map(|key| open_with_form_key(sealed, key))
        } else {
            self.identities.iter().find_map(|identity| set_aside::open(sealed, identity))
        };
        opened.ok_or(Status::WrongKey)
    }

    /// What the device encrypted, with whichever key opens it.
    pub(super) fn open(&self, manifest: &Manifest, parts: &[(String, Vec<u8>)]) -> Result<Opened, Status> {
        let mut shut = Status::WrongKey;
        for key in &self.private {
            match manifest.open(parts, key) {
                Ok(opened) => return Ok(opened),
                Err(Shut::NotUnwrapped) => shut = Status::Shut(Shut::NotUnwrapped),
                Err(other) => return Err(Status::Shut(other)),
            }
        }
        Err(shut)
    }
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keyring({} identities, {} private keys)", self.identities.len(), self.private.len())
    }
}
