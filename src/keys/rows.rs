//! The key of one row grant: it makes what its rows are known by, and seals the place at which a reading goes on.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::{Builder, Uuid};

use super::{Key, tag};

/// A row has another name under each grant, so that what two people were given, or one of them twice, cannot be joined by it.
#[derive(Clone)]
pub struct RowKey {
    names: Option<Hmac<Sha256>>,
    places: Key,
}

impl RowKey {
    pub(super) fn of(secret: &Key, study: i64, grant: i64) -> RowKey {
        let part = |what| tag(secret, study, what, &[&grant.to_string()]);
        // HMAC takes a key of any length: there always is one.
        RowKey { names: Hmac::new_from_slice(&part("names of rows")).ok(), places: part("places among rows") }
    }

    /// What a response is called: half of an HMAC, in the shape of a UUID.
    pub fn name(&self, response: &[u8]) -> Uuid {
        self.name_of(&[response])
    }

    /// What an instance of a repeat in it is called. A response's id and a number are of one length each, so that no two are read alike.
    pub fn instance_name(&self, response: &[u8], repeat: &str, number: i32) -> Uuid {
        self.name_of(&[response, repeat.as_bytes(), &number.to_be_bytes()])
    }

    fn name_of(&self, parts: &[&[u8]]) -> Uuid {
        let mut name = [0; 16];
        if let Some(mut mac) = self.names.clone() {
            parts.iter().for_each(|part| mac.update(part));
            name.iter_mut().zip(mac.finalize().into_bytes()).for_each(|(name, byte)| *name = byte);
        }
        Builder::from_custom_bytes(name).into_uuid()
    }

    /// A place written so that only this key reads it: it holds a response's own id.
    pub fn seal(&self, place: &[u8]) -> Option<String> {
        let mut sealed = place.to_vec();
        let cipher = RandomizedNonceKey::new(&AES_256_GCM, &self.places).ok()?;
        let nonce = cipher.seal_in_place_append_tag(Aad::empty(), &mut sealed).ok()?;
        Some(BASE64_URL_SAFE_NO_PAD.encode([nonce.as_ref().as_slice(), &sealed].concat()))
    }

    /// `None` where it was sealed under another grant, or by nobody.
    pub fn open(&self, text: &str) -> Option<Vec<u8>> {
        let sealed = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        let (nonce, body) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let mut body = body.to_vec();
        let cipher = RandomizedNonceKey::new(&AES_256_GCM, &self.places).ok()?;
        let plain = cipher.open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::empty(), &mut body).ok()?;
        Some(plain.to_vec())
    }
}

impl std::fmt::Debug for RowKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RowKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_grants_share_neither_names_nor_places() {
        let [first, second] = [1, 2].map(|grant| RowKey::of(&[7; 32], 1, grant));
        assert_eq!(first.name(b"a response"), first.name(b"a response"));
        assert_ne!(first.name(b"a response"), first.name(b"another"));
        assert_ne!(first.name(b"a response"), second.name(b"a response"));
        assert_ne!(first.name(b"a response"), RowKey::of(&[7; 32], 2, 1).name(b"a response"));
        let instances = [first.instance_name(b"a response", "child", 1), first.instance_name(b"a response", "child", 2)];
        assert!(instances[0] != instances[1] && !instances.contains(&first.name(b"a response")));
        assert_ne!(instances[0], second.instance_name(b"a response", "child", 1));
        let place = first.seal(b"here").unwrap();
        assert_ne!(place, first.seal(b"here").unwrap());
        assert_eq!(first.open(&place).as_deref(), Some(b"here".as_slice()));
        assert_eq!((second.open(&place), first.open("aGVyZQ"), first.open("?")), (None, None, None));
    }
}
