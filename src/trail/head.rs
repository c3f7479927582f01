//! Where a trail ends, as it is signed, and as it is noted down.

use std::fmt;
use std::str::FromStr;

use super::{Hash, hex};

/// Begins what is signed: nothing else that the key signs can be taken for a head.
const HEAD: &[u8] = b"kish trail head 1";

/// Where a trail ends: the number of its last line, 0 where it has none, and that line's hash. Written `NUMBER:HASH`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Head {
    pub number: i64,
    pub hash: Hash,
}

impl Head {
    /// The bytes that are signed.
    pub fn signed(&self) -> Vec<u8> {
        [HEAD, &self.number.to_be_bytes(), &self.hash].concat()
    }
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.number, hex(&self.hash))
    }
}

/// Why a text is no head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write a line's number and its hash of 64 digits, as 12:0a1b…, the way kish verify prints them")]
pub struct NoHead;

impl FromStr for Head {
    type Err = NoHead;

    fn from_str(text: &str) -> Result<Head, NoHead> {
        let (number, hash) = text.split_once(':').ok_or(NoHead)?;
        let number = number.parse().ok().filter(|n| *n >= 0).ok_or(NoHead)?;
        if hash.len() != 64 || !hash.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(NoHead);
        }
        let mut bytes = [0; 32];
        for (byte, digits) in bytes.iter_mut().zip(hash.as_bytes().chunks(2)) {
            let digits = std::str::from_utf8(digits).map_err(|_| NoHead)?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| NoHead)?;
        }
        Ok(Head { number, hash: bytes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_as_it_is_written() {
        let head = Head { number: 12, hash: [0xab; 32] };
        assert_eq!(head.to_string().parse(), Ok(head));
        for wrong in ["", "12", "12:ab", "x:ab", &head.to_string().replace("ab", "zz"), &format!("-{head}"), &format!("{head}0")] {
            assert_eq!(wrong.parse::<Head>(), Err(NoHead), "{wrong}");
        }
    }
}
