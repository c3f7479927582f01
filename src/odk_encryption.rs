//! ODK's own encryption: a manifest and its parts, encrypted on the device to a form's public key, opened with the private one.
//!
//! A random AES-256 key encrypts each file in CFB mode; the key is wrapped by RSA-OAEP. The initialisation vectors come from
//! the instance's id and the key, one byte counted up from file to file: the order of the files is part of the scheme.

use aws_lc_rs::cipher::{AES_256, DecryptionContext, StreamingDecryptingKey, UnboundCipherKey};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::rsa::{KeyPair, OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, PrivateDecryptingKey};
use base64::prelude::{BASE64_STANDARD, Engine};
use md5::{Digest, Md5};

use crate::submission::Instance;

const BLOCK: usize = 16;
const ENDING: &str = ".enc";
/// What the encrypted answers are called, in the manifest's checksums, before they are encrypted.
const ANSWERS: &str = "submission.xml";

/// What a device sends in the place of the answers: the wrapped key and the names of the encrypted files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    pub form_id: String,
    pub version: String,
    pub instance_id: String,
    wrapped_key: String,
    media: Vec<String>,
    answers: String,
    checksum: Option<String>,
}

/// An interview as it was before the device encrypted it.
#[derive(Debug, PartialEq, Eq)]
pub struct Opened {
    pub xml: Vec<u8>,
    pub files: Vec<(String, Vec<u8>)>,
}

/// Why one record cannot be opened; the next one may be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Shut {
    #[error("no manifest: it has no {0}")]
    NoManifest(&'static str),
    #[error("part missing {0}")]
    PartMissing(String),
    #[error("wrong key, or wrapped otherwise than by OAEP with SHA-256 and MGF1-SHA-256 (MGF1-SHA-1, for example)")]
    NotUnwrapped,
    #[error("damaged {0}")]
    Damaged(String),
    #[error("signature differs: a file is not the one that was encrypted")]
    SignatureDiffers,
    #[error("answers differ from their manifest: another form, version or instance")]
    OtherInstance,
}

impl Manifest {
    pub fn of(instance: &Instance) -> Result<Manifest, Shut> {
        let all = |path: &'static str| {
            instance.leaves().filter(move |leaf| leaf.path == path && !leaf.text.is_empty()).map(|leaf| leaf.text.to_owned())
        };
        let one = |path: &'static str| all(path).next().ok_or(Shut::NoManifest(path));
        Ok(Manifest {
            form_id: instance.form_id.clone(),
            version: instance.version.clone(),
            instance_id: instance.instance_id.clone().ok_or(Shut::NoManifest("meta/instanceID"))?,
            wrapped_key: one("base64EncryptedKey")?,
            media: all("media/file").collect(),
            answers: one("encryptedXmlFile")?,
            checksum: all("base64EncryptedElementSignature").next(),
        })
    }

    /// The encrypted files it names, in the order in which they were encrypted.
    pub fn parts(&self) -> impl Iterator<Item = &str> {
        self.media.iter().chain(std::iter::once(&self.answers)).map(String::as_str)
    }

    /// The answers and files, if all parts are there and are what was encrypted.
    pub fn open(&self, parts: &[(String, Vec<u8>)], key: &PrivateKey) -> Result<Opened, Shut> {
        let find = |name: &str| parts.iter().find(|(n, _)| n == name).map(|(_, bytes)| bytes);
        if let Some(missing) = self.parts().find(|name| find(name).is_none()) {
            return Err(Shut::PartMissing(missing.to_owned()));
        }
        let secret: [u8; 32] = key.unwrap(&self.wrapped_key)?.try_into().map_err(|_| Shut::Damaged("key".to_owned()))?;
        let mut vectors = Vectors::new(&self.instance_id, &secret);
        let mut plain = Vec::new();
        for name in self.parts() {
            let vector = vectors.next();
            let bytes = find(name).and_then(|bytes| decrypt(&secret, vector, bytes)).ok_or_else(|| Shut::Damaged(name.to_owned()))?;
            plain.push((name.strip_suffix(ENDING).unwrap_or(name).to_owned(), bytes));
        }
        self.check(&plain, key)?;
        let xml = plain.pop().map(|(_, bytes)| bytes).unwrap_or_default();
        self.is_of(&xml)?;
        Ok(Opened { xml, files: plain })
    }

    /// The checksum is encrypted with the public key, so that it shows damage and not an author. Devices may leave it out.
    fn check(&self, plain: &[(String, Vec<u8>)], key: &PrivateKey) -> Result<(), Shut> {
        let Some(checksum) = &self.checksum else { return Ok(()) };
        let head = [&self.form_id, &self.version, &self.wrapped_key, &self.instance_id];
        let mut lines: Vec<String> = head.into_iter().filter(|line| !line.is_empty()).cloned().collect();
        for (place, (name, bytes)) in plain.iter().enumerate() {
            let name = if place + 1 == plain.len() { ANSWERS } else { name };
            lines.push(format!("{name}::{}", hex(&Md5::digest(bytes))));
        }
        let text = lines.join("\n") + "\n";
        let sent = key.unwrap(checksum).map_err(|_| Shut::SignatureDiffers)?;
        if sent.as_slice() == Md5::digest(text).as_slice() { Ok(()) } else { Err(Shut::SignatureDiffers) }
    }

    fn is_of(&self, xml: &[u8]) -> Result<(), Shut> {
        let answers = Instance::read(xml).map_err(|e| Shut::Damaged(e.to_string()))?;
        let is_same = answers.form_id == self.form_id
            && answers.version == self.version
            && answers.instance_id.is_none_or(|id| id == self.instance_id);
        if is_same { Ok(()) } else { Err(Shut::OtherInstance) }
    }
}

/// An RSA private key, from PEM: PKCS#8 (`PRIVATE KEY`) or PKCS#1 (`RSA PRIVATE KEY`), not encrypted.
pub struct PrivateKey(OaepPrivateDecryptingKey);

impl PrivateKey {
    /// `None` where the text is no such key.
    pub fn read(pem: &str) -> Option<PrivateKey> {
        let pkcs8 = match between(pem, "PRIVATE KEY") {
            Some(der) => der,
            None => {
                let key = KeyPair::from_der(&between(pem, "RSA PRIVATE KEY")?).ok()?;
                AsDer::<Pkcs8V1Der<'_>>::as_der(&key).ok()?.as_ref().to_vec()
            }
        };
        let key = PrivateDecryptingKey::from_pkcs8(&pkcs8).ok()?;
        OaepPrivateDecryptingKey::new(key).ok().map(PrivateKey)
    }

    fn unwrap(&self, base64: &str) -> Result<Vec<u8>, Shut> {
        let wrapped = BASE64_STANDARD.decode(base64.split_whitespace().collect::<String>()).map_err(|_| Shut::Damaged("key".to_owned()))?;
        self.decrypt(&wrapped).ok_or(Shut::NotUnwrapped)
    }

    /// By RSA-OAEP with SHA-256, also in its mask.
    pub fn decrypt(&self, wrapped: &[u8]) -> Option<Vec<u8>> {
        let mut plain = vec![0; self.0.min_output_size()];
        self.0.decrypt(&OAEP_SHA256_MGF1SHA256, wrapped, &mut plain, None).ok().map(|plain| plain.to_vec())
    }
}

impl std::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PrivateKey(…)")
    }
}

/// The DER inside a PEM block of a label.
fn between(pem: &str, label: &str) -> Option<Vec<u8>> {
    let begin = pem.split(&format!("-----BEGIN {label}-----")).nth(1)?;
    let body = begin.split(&format!("-----END {label}-----")).next()?;
    BASE64_STANDARD.decode(body.split_whitespace().collect::<String>()).ok()
}

/// The initialisation vectors: MD5 of id and key, of which the next byte is counted up for each file, and stays so.
struct Vectors {
    seed: [u8; BLOCK],
    files: usize,
}

impl Vectors {
    fn new(instance_id: &str, secret: &[u8; 32]) -> Vectors {
        let digest = Md5::new().chain_update(instance_id).chain_update(secret).finalize();
        Vectors { seed: digest.into(), files: 0 }
    }

    fn next(&mut self) -> [u8; BLOCK] {
        let place = &mut self.seed[self.files % BLOCK];
        *place = place.wrapping_add(1);
        self.files += 1;
        self.seed
    }
}

/// AES-256 in CFB mode with a shift of whole blocks, over text padded as PKCS#7 has it. `None` where the padding is none.
fn decrypt(secret: &[u8; 32], vector: [u8; BLOCK], bytes: &[u8]) -> Option<Vec<u8>> {
    let key = UnboundCipherKey::new(&AES_256, secret).ok()?;
    let mut cipher = StreamingDecryptingKey::cfb128(key, DecryptionContext::Iv128(FixedLength::from(vector))).ok()?;
    let mut plain = vec![0; bytes.len() + BLOCK];
    let length = cipher.update(bytes, &mut plain).ok()?.written().len();
    let rest = cipher.finish(&mut plain[length..]).ok()?.written().len();
    plain.truncate(length + rest);
    let padding = usize::from(*plain.last()?);
    let is_padded = (1..=BLOCK).contains(&padding) && plain.len().is_multiple_of(BLOCK) && plain.ends_with(&vec![*plain.last()?; padding]);
    is_padded.then(|| {
        plain.truncate(plain.len() - padding);
        plain
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// Made once by another library: `tests/oracles/odk_encryption.py --vector`.
    const VECTOR: &str = include_str!("../tests/encrypted/vector.json");

    fn vector() -> Value {
        serde_json::from_str(VECTOR).unwrap()
    }

    fn text<'a>(vector: &'a Value, name: &str) -> &'a str {
        vector[name].as_str().unwrap()
    }

    fn files(vector: &Value, name: &str) -> Vec<(String, Vec<u8>)> {
        let named = vector[name].as_object().unwrap();
        named.iter().map(|(name, base64)| (name.clone(), BASE64_STANDARD.decode(base64.as_str().unwrap()).unwrap())).collect()
    }

    fn manifest(vector: &Value, name: &str) -> Manifest {
        Manifest::of(&Instance::read(text(vector, name).as_bytes()).unwrap()).unwrap()
    }

    fn open(change: impl FnOnce(&mut Manifest, &mut Vec<(String, Vec<u8>)>)) -> Result<Opened, Shut> {
        let vector = vector();
        let (mut manifest, mut parts) = (manifest(&vector, "manifest"), files(&vector, "parts"));
        change(&mut manifest, &mut parts);
        manifest.open(&parts, &PrivateKey::read(text(&vector, "pkcs8")).unwrap())
    }

    #[test]
    fn what_another_library_encrypted_opens_with_a_key_in_either_form() {
        let vector = vector();
        for form in ["pkcs8", "pkcs1"] {
            let key = PrivateKey::read(text(&vector, form)).unwrap();
            let opened = manifest(&vector, "manifest").open(&files(&vector, "parts"), &key).unwrap();
            let all: Vec<_> = opened.files.into_iter().chain([("submission.xml".to_owned(), opened.xml)]).collect();
            let expected = files(&vector, "files");
            assert_eq!(all.len(), 18);
            assert!(expected.iter().all(|file| all.contains(file)));
        }
    }

    #[test]
    fn what_does_not_open_says_why() {
        let vector = vector();
        let key = PrivateKey::read(text(&vector, "pkcs8")).unwrap();
        let other = PrivateKey::read(text(&vector, "other_key")).unwrap();
        let parts = files(&vector, "parts");
        assert_eq!(manifest(&vector, "manifest").open(&parts, &other), Err(Shut::NotUnwrapped));
        assert_eq!(manifest(&vector, "manifest_mgf1_sha1").open(&parts, &key), Err(Shut::NotUnwrapped));
        assert_eq!(open(|_, parts| parts.retain(|(name, _)| name != "3.jpg.enc")), Err(Shut::PartMissing("3.jpg.enc".to_owned())));
        assert_eq!(open(|_, parts| parts[0].1.truncate(5)), Err(Shut::Damaged("1.jpg.enc".to_owned())));
        assert_eq!(open(|manifest, _| manifest.version = "2".to_owned()), Err(Shut::SignatureDiffers));
        assert_eq!(open(|manifest, _| manifest.media.swap(0, 1)), Err(Shut::Damaged("2.jpg.enc".to_owned())));
        let unsigned = |manifest: &mut Manifest, version: &str| {
            manifest.checksum = None;
            manifest.version = version.to_owned();
        };
        assert!(open(|manifest, _| unsigned(manifest, "1")).is_ok());
        assert_eq!(open(|manifest, _| unsigned(manifest, "2")), Err(Shut::OtherInstance));
    }

    #[test]
    fn a_text_that_is_no_key_is_none() {
        let vector = vector();
        for text in ["", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", text(&vector, "public_key")] {
            assert!(PrivateKey::read(text).is_none());
        }
    }
}
