//! What cannot be counted waits sealed: identifiers are cut out, and the rest is encrypted to the ethics reviewer's key at once.

mod form_key;

use std::str::FromStr;

use age::secrecy::ExposeSecret;
use age::x25519::{Identity, Recipient};
use base64::prelude::{BASE64_STANDARD, Engine};
use quick_xml::events::{BytesStart, BytesText, Event};
use quick_xml::reader::Reader;
use quick_xml::writer::Writer;
use serde::{Deserialize, Serialize};

pub use form_key::{FormKey, is_sealed_to_a_form, open_with_form_key};

/// Elements that say who or which device, by their names in ODK's clients and in forms of other servers.
const CUT: [&str; 16] = [
    "deviceid",
    "subscriberid",
    "simserial",
    "sim_serial",
    "phonenumber",
    "phone_number",
    "phone",
    "username",
    "email",
    "imei",
    "audit",
    "start-geopoint",
    "start_geopoint",
    "background-audio",
    "name",
    "address",
];

/// A record as the reviewer will read it: what was sent, with identifiers cut, and why it was not counted.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    pub reasons: Vec<String>,
    pub xml: String,
    pub files: Vec<File>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct File {
    pub name: String,
    pub base64: String,
}

impl File {
    pub fn new(name: &str, bytes: &[u8]) -> File {
        File { name: name.to_owned(), base64: BASE64_STANDARD.encode(bytes) }
    }

    /// `None` where it is damaged.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        BASE64_STANDARD.decode(&self.base64).ok()
    }
}

#[derive(Debug, thiserror::Error)]
pub enum SealError {
    #[error("the reviewer's key is not an age recipient")]
    NotARecipient,
    #[error("sealing failed")]
    Failed,
}

/// A fresh key pair: the recipient to seal to, and the identity only the reviewer holds.
pub fn new_key_pair() -> (String, String) {
    let identity = Identity::generate();
    (identity.to_public().to_string(), identity.to_string().expose_secret().to_owned())
}

pub fn is_recipient(text: &str) -> bool {
    Recipient::from_str(text).is_ok()
}

/// Encrypts a record so that the server itself can no longer read it.
pub fn seal(record: &Record, recipient: &str) -> Result<Vec<u8>, SealError> {
    let recipient = Recipient::from_str(recipient).map_err(|_| SealError::NotARecipient)?;
    let plain = serde_json::to_vec(record).map_err(|_| SealError::Failed)?;
    age::encrypt(&recipient, &plain).map_err(|_| SealError::Failed)
}

/// `None` where the identity is another reviewer's, or the bytes are damaged.
pub fn open(sealed: &[u8], identity: &Identity) -> Option<Record> {
    serde_json::from_slice(&age::decrypt(identity, sealed).ok()?).ok()
}

/// A reviewer's identity, from the line that `kish user add` printed.
pub fn read_identity(text: &str) -> Option<Identity> {
    text.lines().find_map(|line| line.split_whitespace().find_map(|word| Identity::from_str(word).ok()))
}

/// The instance without the elements that say who or which device, and without values in the shape of a device's id.
/// Bytes that do not parse come back empty: only what can be cut is kept.
pub fn cut_identifiers(xml: &str) -> String {
    let mut reader = Reader::from_str(xml);
    let mut writer = Writer::new(Vec::new());
    let mut depth_in_cut = 0_usize;
    loop {
        let event = match reader.read_event() {
            Ok(Event::Eof) => break,
            Ok(event) => event,
            Err(_) => return String::new(),
        };
        match &event {
            Event::Start(_) if depth_in_cut > 0 => depth_in_cut += 1,
            Event::End(_) if depth_in_cut > 0 => depth_in_cut -= 1,
            Event::Start(start) if is_cut(start) => depth_in_cut = 1,
            Event::Empty(start) if is_cut(start) => {}
            _ if depth_in_cut > 0 => {}
            Event::Comment(_) | Event::PI(_) | Event::DocType(_) => {}
            Event::Text(text) if text.starts_with("collect:") => {
                let _ = writer.write_event(Event::Text(BytesText::new("")));
            }
            _ => {
                if writer.write_event(event).is_err() {
                    return String::new();
                }
            }
        }
    }
    String::from_utf8(writer.into_inner()).unwrap_or_default()
}

fn is_cut(start: &BytesStart<'_>) -> bool {
    CUT.contains(&start.local_name().as_ref().to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_with_the_reviewers_key_alone() {
        let (recipient, identity) = new_key_pair();
        let record = Record { reasons: vec!["closed".to_owned()], xml: "<data/>".to_owned(), files: vec![File::new("a.jpg", b"x")] };
        let sealed = seal(&record, &recipient).unwrap();
        assert!(!sealed.windows(6).any(|w| w == b"closed"));
        let opened = age::decrypt(&Identity::from_str(&identity).unwrap(), &sealed).unwrap();
        assert_eq!(opened, br#"{"reasons":["closed"],"xml":"<data/>","files":[{"name":"a.jpg","base64":"eA=="}]}"#);
        assert!(age::decrypt(&Identity::generate(), &sealed).is_err());
        assert!(seal(&record, "nobody").is_err());
    }

    #[test]
    fn identifiers_are_cut_wherever_they_stand() {
        let sent = "<data id='a'><deviceid>collect:abc</deviceid><g><phone_number/><Username>maria<x>y</x></Username><q>1</q><r>collect:9</r></g><!-- maria --></data>";
        assert_eq!(cut_identifiers(sent), "<data id='a'><g><q>1</q><r></r></g></data>");
        assert_eq!(cut_identifiers("<data><a></b>"), "");
    }
}
