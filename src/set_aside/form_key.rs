//! Sealing to a form's own public key: what the device encrypted for the holder of that key waits for nobody else.
//!
//! Layout: the magic line, the length of the wrapped key in two bytes, the AES-256 key wrapped by RSA-OAEP (SHA-256, also in
//! its mask), a nonce of twelve bytes, and the record under AES-256-GCM with the magic line as what is authenticated beside it.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey};
use base64::prelude::{BASE64_STANDARD, Engine};

use super::{Record, SealError};
use crate::keys;
use crate::odk_encryption::PrivateKey;

const MAGIC: &[u8] = b"kish sealed to a form's key 1\n";

/// A form's public key, as its settings have it: base64 of the DER of a `SubjectPublicKeyInfo`.
pub struct FormKey(OaepPublicEncryptingKey);

impl FormKey {
    /// `None` where the text is no RSA key of at least 2048 bits.
    pub fn read(base64: &str) -> Option<FormKey> {
        let der = BASE64_STANDARD.decode(base64.split_whitespace().collect::<String>()).ok()?;
        OaepPublicEncryptingKey::new(PublicEncryptingKey::from_der(&der).ok()?).ok().map(FormKey)
    }

    pub fn seal(&self, record: &Record) -> Result<Vec<u8>, SealError> {
        let secret: [u8; 32] = keys::random().map_err(|_| SealError::Failed)?;
        let mut wrapped = vec![0; self.0.ciphertext_size()];
        self.0.encrypt(&OAEP_SHA256_MGF1SHA256, &secret, &mut wrapped, None).map_err(|_| SealError::Failed)?;
        let mut body = serde_json::to_vec(record).map_err(|_| SealError::Failed)?;
        let cipher = RandomizedNonceKey::new(&AES_256_GCM, &secret).map_err(|_| SealError::Failed)?;
        let nonce = cipher.seal_in_place_append_tag(Aad::from(MAGIC), &mut body).map_err(|_| SealError::Failed)?;
        let length = u16::try_from(wrapped.len()).map_err(|_| SealError::Failed)?;
        Ok([MAGIC, &length.to_be_bytes(), &wrapped, nonce.as_ref(), &body].concat())
    }
}

impl std::fmt::Debug for FormKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FormKey(…)")
    }
}

pub fn is_sealed_to_a_form(sealed: &[u8]) -> bool {
    sealed.starts_with(MAGIC)
}

/// `None` where the key is another one, or the bytes are damaged.
pub fn open_with_form_key(sealed: &[u8], key: &PrivateKey) -> Option<Record> {
    let (length, rest) = sealed.strip_prefix(MAGIC)?.split_first_chunk::<2>()?;
    let (wrapped, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    let (nonce, body) = rest.split_first_chunk::<NONCE_LEN>()?;
    let cipher = RandomizedNonceKey::new(&AES_256_GCM, &key.decrypt(wrapped)?).ok()?;
    let mut body = body.to_vec();
    let plain = cipher.open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(MAGIC), &mut body).ok()?;
    serde_json::from_slice(plain).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_to_a_form_opens_with_its_private_key_alone() {
        let vector: serde_json::Value = serde_json::from_str(include_str!("../../tests/encrypted/vector.json")).unwrap();
        let text = |name: &str| vector[name].as_str().unwrap();
        let record = Record { reasons: vec!["encrypted".to_owned()], xml: "<data/>".to_owned(), files: Vec::new() };
        let sealed = FormKey::read(text("public_key")).unwrap().seal(&record).unwrap();
        assert!(is_sealed_to_a_form(&sealed) && !sealed.windows(7).any(|w| w == b"<data/>"));
        let open = |sealed: &[u8], key| open_with_form_key(sealed, &PrivateKey::read(text(key)).unwrap()).map(|record| record.xml);
        assert_eq!(open(&sealed, "pkcs8").as_deref(), Some("<data/>"));
        assert_eq!(open(&sealed, "other_key"), None);
        let mut damaged = sealed.clone();
        *damaged.last_mut().unwrap() ^= 1;
        assert_eq!(open(&damaged, "pkcs8"), None);
        assert_eq!(open(&sealed[..MAGIC.len() + 100], "pkcs8"), None);
        assert!(FormKey::read("MIIB").is_none() && FormKey::read("").is_none());
    }
}
