//! Codes that change every half minute (TOTP, RFC 6238, over HOTP, RFC 4226), and recovery codes for when they cannot be made.

use std::io;

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};

use crate::keys;

/// Seconds a code is shown for; what every authenticator app takes for granted.
const STEP_SECONDS: i64 = 30;
/// How many steps a device's clock may be off, either way.
const TOLERANCE: i64 = 1;
const DIGITS: u32 = 6;
const RECOVERY_CODES: usize = 10;
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// What an authenticator app and the server both know.
#[derive(Clone, Copy)]
pub struct Secret([u8; 20]);

impl Secret {
    /// The first 160 bits of a tag: RFC 4226 asks for as many.
    pub fn from_tag(tag: &keys::Tag) -> Secret {
        let mut secret = [0; 20];
        secret.copy_from_slice(&tag[..20]);
        Secret(secret)
    }

    /// As apps take it in when it is typed.
    pub fn base32(&self) -> String {
        // 160 bits are 32 digits of 5 with none left over.
        let bits = |place: usize| (0..5).fold(0, |sum, bit| sum << 1 | (self.0[(place + bit) / 8] >> (7 - (place + bit) % 8) & 1));
        (0..32).map(|digit| char::from(BASE32[usize::from(bits(5 * digit))])).collect()
    }

    /// The code of a step. `HOTP(K, C) = Truncate(HMAC-SHA-1(K, C)) mod 10^6`, with the step as the counter `C`.
    pub fn code(&self, step: i64) -> String {
        // HMAC takes a key of any length.
        let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(&self.0) else { return String::new() };
        mac.update(&step.to_be_bytes());
        let hash = mac.finalize().into_bytes();
        let offset = usize::from(hash[19] & 0x0f);
        let truncated = hash[offset..offset + 4].iter().fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte)) & 0x7fff_ffff;
        format!("{:06}", truncated % 10_u32.pow(DIGITS))
    }

    /// The step a code is of, where it is one near `now` and after the last one taken.
    pub fn step_of(&self, code: &str, now: i64, last_step: i64) -> Option<i64> {
        let step = step(now);
        (step - TOLERANCE..=step + TOLERANCE).filter(|s| *s > last_step).find(|s| is_same(&self.code(*s), code))
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

pub fn step(now: i64) -> i64 {
    now.div_euclid(STEP_SECONDS)
}

/// In a time that does not tell where they differ.
fn is_same(a: &str, b: &str) -> bool {
    keys::same(&Sha256::digest(a).into(), &Sha256::digest(b).into())
}

/// Each of 80 random bits, so that a fast hash is enough to keep it by.
pub fn new_recovery_codes() -> io::Result<Vec<String>> {
    let digits = |bytes: [u8; 16]| -> String { bytes.iter().map(|b| char::from(BASE32[usize::from(b & 31)])).collect() };
    (0..RECOVERY_CODES).map(|_| Ok(digits(keys::random()?))).collect()
}

/// However it was typed.
pub fn recovery_hash(code: &str) -> [u8; 32] {
    let digits: String = code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    Sha256::digest(digits).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RFC: Secret = Secret(*b"12345678901234567890");

    /// RFC 6238, appendix B, SHA-1: the last six of its eight digits.
    #[test]
    fn the_codes_are_those_of_the_standard() {
        for (now, code) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            assert_eq!(RFC.code(step(now)), code[2..], "{now}");
        }
    }

    /// RFC 4226, appendix D.
    #[test]
    fn the_counters_are_those_of_the_standard() {
        let codes = ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"];
        for (counter, code) in (0..).zip(codes) {
            assert_eq!(RFC.code(counter), code);
        }
    }

    #[test]
    fn a_code_is_good_once_and_for_a_step_either_way() {
        let now = 1_234_567_890;
        let code = RFC.code(step(now));
        assert_eq!([-60, -30, 0, 30, 60].map(|off| RFC.step_of(&code, now + off, 0).is_some()), [false, true, true, true, false]);
        let taken = RFC.step_of(&code, now, 0).unwrap();
        assert_eq!(RFC.step_of(&code, now, taken), None);
        assert_eq!(RFC.step_of(&RFC.code(taken + 1), now, taken), Some(taken + 1));
        assert_eq!(RFC.step_of("", now, 0), None);
    }

    #[test]
    fn the_secret_is_written_as_apps_read_it() {
        assert_eq!(RFC.base32(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    }

    #[test]
    fn recovery_codes_are_many_different_and_read_however_typed() {
        let codes = new_recovery_codes().unwrap();
        assert!(codes.iter().enumerate().all(|(i, c)| c.len() == 16 && !codes[..i].contains(c)));
        assert_eq!(recovery_hash("abcd-EFGH 2345 6723"), recovery_hash("ABCDEFGH23456723"));
        assert_ne!(recovery_hash(&codes[0]), recovery_hash(&codes[1]));
    }
}
