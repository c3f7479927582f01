//! How a phone writes what was answered: elements, and the codes of questions with several answers.

use std::fmt::{self, Display, Write};

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

pub(super) struct Xml(pub(super) String);

impl Xml {
    pub(super) fn leaf(&mut self, name: &str, value: impl Display) {
        let _ = write!(self.0, "<{name}>{value}</{name}>");
    }

    pub(super) fn optional(&mut self, name: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.leaf(name, value);
        }
    }

    pub(super) fn group(&mut self, name: &str, inside: impl FnOnce(&mut Xml)) {
        let _ = write!(self.0, "<{name}>");
        inside(self);
        let _ = write!(self.0, "</{name}>");
    }
}

/// One code, or some of a list of which several may be marked, in the list's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Codes {
    codes: [u16; Codes::MOST],
    n: usize,
}

/// The codes of a question, each with how often it is answered.
pub(super) type Shares = [(u16, f32)];

impl Codes {
    const MOST: usize = 3;

    pub(super) fn one(code: u16) -> Codes {
        Codes { codes: [code, 0, 0], n: 1 }
    }

    /// One code by its share; the shares need not add up to one.
    pub(super) fn of(rng: &mut ChaCha8Rng, shares: &Shares) -> Codes {
        let mut left = rng.random::<f32>() * shares.iter().map(|(_, share)| share).sum::<f32>();
        let drawn = shares.iter().find(|(_, share)| {
            left -= share;
            left < 0.0
        });
        Codes::one(drawn.or(shares.last()).map_or(0, |(code, _)| *code))
    }

    /// One code, and now and then one or two more; what stands alone (`alone`) does.
    pub(super) fn some(rng: &mut ChaCha8Rng, shares: &Shares, alone: &[u16]) -> Codes {
        let mut drawn = Codes::of(rng, shares);
        while drawn.n < Codes::MOST && !alone.contains(&drawn.codes[0]) && rng.random::<f32>() < 0.25 {
            let more = Codes::of(rng, shares).codes[0];
            if alone.contains(&more) || drawn.has(more) {
                break;
            }
            drawn.codes[drawn.n] = more;
            drawn.n += 1;
        }
        drawn.codes[..drawn.n].sort_unstable();
        drawn
    }

    pub(super) fn has(self, code: u16) -> bool {
        self.iter().any(|c| c == code)
    }

    pub(super) fn iter(self) -> impl Iterator<Item = u16> {
        self.codes.into_iter().take(self.n)
    }
}

impl Display for Codes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, code) in self.iter().enumerate() {
            write!(f, "{}{code}", if place == 0 { "" } else { " " })?;
        }
        Ok(())
    }
}
