//! What must never be left behind: one of each kind of identifier, and the ways in which each may be written down.

use base64::prelude::{BASE64_STANDARD_NO_PAD, Engine};
use sha2::{Digest, Sha256};

/// An identifier, and a part of it by which alone it would be known.
#[derive(Debug, Clone, Copy)]
pub struct Canary {
    pub kind: &'static str,
    pub text: &'static str,
    part: &'static str,
}

pub const fn canary(kind: &'static str, text: &'static str, part: &'static str) -> Canary {
    Canary { kind, text, part }
}

/// Sent in every place from which nothing is ever kept.
pub const NEVER: [Canary; 18] = [
    canary("a name", "Zuleikha Kanarievna", "Kanarievna"),
    canary("a phone number", "+46 70 555 12 34", "705551234"),
    canary("an e-mail address", "zuleikha@canary-mail.example", "canary-mail"),
    canary("a home address", "17 Canary Wharf Lane", "Canary Wharf"),
    canary("a place (GPS)", "59.329312 18.068581 12.5 4.0", "59.329312"),
    canary("a device's id", "collect:CnRyAbCdEfGh1234", "CnRyAbCdEfGh1234"),
    canary("an IMEI", "356938035643809", "56938035643809"),
    canary("a SIM card", "8946071234567890123", "46071234567890123"),
    canary("a MAC address", "02:CA:4A:71:7E:EE", "ca4a717eee"),
    canary("an IPv4 address", "203.0.113.77", "203.0.113.77"),
    canary("an IPv6 address", "2001:db8:ca4a:717::77", "ca4a:717"),
    canary("a user agent", "CanaryCollect/9.9 (Android 16; Pixel Q)", "CanaryCollect"),
    canary("a social handle", "@canary_handle_zk", "canary_handle"),
    canary("a national id", "19840229-4321", "198402294321"),
    canary("an instance's id", "uuid:c4a4a717-0000-4000-8000-0000000cafe1", "0000000cafe1"),
    canary("a token", "CnRyT0kEnCnRyT0kEnCnRyT0kEnCnRyT0kEnCnRyT0kEnCnRyT0kEnCnRyT0kEn01", "CnRyT0kEn"),
    canary("a password", "vogelfrei sings five long words", "vogelfrei"),
    canary("a clock time of the interview", "2026-11-21T10:21:37.717+01:00", "10:21:37.717"),
];

/// Sent in what people with a role write, some of which is kept because they wrote it.
pub const WRITTEN: [Canary; 15] = [
    canary("a written name", "Yekaterina Pinzonova", "Pinzonova"),
    canary("a written phone number", "+47 91 666 43 21", "916664321"),
    canary("a written e-mail address", "yekaterina@finch-mail.example", "finch-mail"),
    canary("a written home address", "29 Goldfinch Harbour Road", "Goldfinch Harbour"),
    canary("a written place", "60.170881 24.942466", "60.170881"),
    canary("a written device's id", "collect:FnChAbCdEfGh5678", "FnChAbCdEfGh5678"),
    canary("a written IMEI", "490154203237518", "90154203237518"),
    canary("a written IPv4 address", "198.51.100.93", "198.51.100.93"),
    canary("a written user agent", "FinchBrowser/4.2 (Linux; Tablet R)", "FinchBrowser"),
    canary("a written social handle", "@finch_handle_yp", "finch_handle"),
    canary("a written national id", "19770513-8765", "197705138765"),
    canary("a written instance's id", "uuid:f1c40000-0000-4000-8000-0000000beef2", "0000000beef2"),
    canary("a written token", "FnChT0kEnFnChT0kEnFnChT0kEnFnChT0kEnFnChT0kEnFnChT0kEnFnChT0kE02", "FnChT0kEn"),
    canary("a written password", "zeisig whistles seven long words", "zeisig whistles"),
    canary("a written clock time", "2026-11-21T11:43:29.939+01:00", "11:43:29.939"),
];

/// How long a token is, in characters.
const TOKEN: usize = 64;

/// All of them in one line.
pub fn all(canaries: &[Canary]) -> String {
    canaries.iter().map(|c| c.text).collect::<Vec<_>>().join(" ; ")
}

impl Canary {
    /// As it is, in small and capital letters, without its punctuation, encoded in ways that can be undone, and hashed without a key.
    pub fn written(&self) -> Vec<Vec<u8>> {
        let mut forms = Vec::new();
        let plain: String = self.text.chars().filter(char::is_ascii_alphanumeric).collect();
        for text in [self.text, self.part, plain.as_str()] {
            for text in [text.to_owned(), text.to_lowercase(), text.to_uppercase()] {
                forms.extend([hex(text.as_bytes()), percent(&text), utf16(&text), text.clone().into_bytes()]);
                forms.extend((0..3).map(|shift| base64(text.as_bytes(), shift)));
            }
            // A hash gives away what can be guessed; nobody guesses a token, and its hash is what is kept of it.
            if text.len() < TOKEN {
                let hash = Sha256::digest(text.as_bytes());
                forms.extend([hash.to_vec(), hex(&hash)]);
            }
        }
        forms.sort_unstable();
        forms.dedup();
        forms
    }
}

fn hex(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect()
}

fn percent(text: &str) -> Vec<u8> {
    in_address(text).into_bytes()
}

/// As it stands in a path or a query.
pub fn in_address(text: &str) -> String {
    let byte = |b: u8| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") };
    text.bytes().map(byte).collect()
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// What of the base64 is the same whatever stands before and after, if it begins `shift` bytes into a group of three.
fn base64(bytes: &[u8], shift: usize) -> Vec<u8> {
    let whole = BASE64_STANDARD_NO_PAD.encode([&vec![0; shift], bytes].concat());
    let (first, last) = ([0, 2, 3][shift], (shift + bytes.len()) / 3 * 4);
    whole.as_bytes()[first..last].to_vec()
}
