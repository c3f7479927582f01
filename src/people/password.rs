//! Passwords: which are taken, how they are kept, and whether one is right.

use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};

/// The shortest password taken; no rule of composition makes a short one good (NIST SP 800-63B).
const LEAST: usize = 15;
/// What must be left when the words anybody could try are taken out.
const LEAST_OF_ONES_OWN: usize = 8;
const LEAST_DISTINCT: usize = 6;
/// Parts of an address or a name that are shorter stand in too many words to say anything.
const LEAST_PART: usize = 3;

/// Known passwords of at least [`LEAST`] letters and digits. Lists of the most used ones are of no use here: theirs are shorter.
const KNOWN: &str = include_str!("known_passwords.txt");
/// What a guesser tries first at this server.
const OUR_WORDS: [&str; 24] = [
    "administrator",
    "coordinator",
    "supervisor",
    "statistician",
    "reviewer",
    "analyst",
    "statistics",
    "prevalence",
    "violence",
    "welcome",
    "password",
    "passwort",
    "contrasena",
    "motdepasse",
    "letmein",
    "changeme",
    "qwerty",
    "azerty",
    "secret",
    "survey",
    "ethics",
    "admin",
    "login",
    "kish",
];
const KEYBOARD: [&str; 7] = ["qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890", "azertyuiop", "qsdfghjklm", "qwertzuiop"];

/// A password that may be set.
pub struct Password(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    #[error("it is shorter than {LEAST} characters; use a sentence")]
    TooShort,
    #[error("it is among the passwords that are tried first; use a sentence of your own")]
    Known,
    #[error("it is made of your address, your name or words of this server; use a sentence that says nothing about either")]
    Guessable,
    #[error("it repeats itself or follows the alphabet or the keyboard; use a sentence")]
    Pattern,
    #[error("it cannot be used")]
    Unusable,
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}

impl Password {
    /// `email` and `name` are those of the person it is for.
    pub fn new(text: &str, email: &str, name: &str) -> Result<Password, PasswordError> {
        if text.chars().count() < LEAST {
            return Err(PasswordError::TooShort);
        }
        let letters = letters(text);
        if KNOWN.lines().any(|known| known == letters) {
            return Err(PasswordError::Known);
        }
        let text_letters: Vec<char> = text.to_lowercase().chars().collect();
        if repeats(&text_letters) || is_run(&text_letters) {
            return Err(PasswordError::Pattern);
        }
        // What is not of letters and digits at all holds none of the words.
        if !letters.is_empty() && without_words(&letters, email, name).chars().count() < LEAST_OF_ONES_OWN {
            return Err(PasswordError::Guessable);
        }
        Ok(Password(text.to_owned()))
    }

    pub fn hash(&self) -> Result<String, PasswordError> {
        let hash = argon2()?.hash_password(self.0.as_bytes()).map_err(|_| PasswordError::Unusable)?;
        Ok(hash.to_string())
    }
}

fn letters(text: &str) -> String {
    text.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Longer words first, so that a short one does not spoil the long one it stands in.
fn without_words(letters: &str, email: &str, name: &str) -> String {
    let of_person = format!("{email} {name}").to_lowercase();
    let mut words: Vec<&str> = of_person.split(|c: char| !c.is_alphanumeric()).filter(|w| w.chars().count() >= LEAST_PART).collect();
    words.extend(OUR_WORDS);
    words.sort_by_key(|w| std::cmp::Reverse(w.len()));
    words.iter().fold(letters.to_owned(), |left, word| left.replace(word, ""))
}

/// A part said again and again, or few characters in all.
fn repeats(text: &[char]) -> bool {
    let mut distinct = text.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    distinct.len() < LEAST_DISTINCT || (1..=text.len() / 2).any(|period| text[period..].iter().zip(text).all(|(a, b)| a == b))
}

/// Two of three steps lead to the same, the next or the previous character of the alphabet or the keyboard.
fn is_run(text: &[char]) -> bool {
    let steps = text.windows(2).filter(|pair| is_step(pair[0], pair[1])).count();
    3 * steps >= 2 * (text.len() - 1)
}

fn is_step(a: char, b: char) -> bool {
    let beside = |row: &&str| {
        let place = |c| row.find(c);
        matches!((place(a), place(b)), (Some(a), Some(b)) if a.abs_diff(b) <= 1)
    };
    u32::from(a).abs_diff(u32::from(b)) <= 1 || KEYBOARD.iter().any(beside)
}

/// argon2id with 64 MiB and three passes: about a tenth of a second, so that guessing costs.
fn argon2() -> Result<Argon2<'static>, PasswordError> {
    let params = Params::new(64 * 1024, 3, 1, None).map_err(|_| PasswordError::Unusable)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
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

    fn of_ana(text: &str) -> Result<Password, PasswordError> {
        Password::new(text, "ana.silva@office.example", "Ana María Silva")
    }

    #[test]
    fn a_password_is_verified_against_its_hash_alone() {
        let hash = of_ana("a sentence of many words").unwrap().hash().unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=65536,t=3,p=1$"));
        assert!(verify_password("a sentence of many words", Some(&hash)));
        assert!(!verify_password("another sentence of words", Some(&hash)));
        assert!(!verify_password("a sentence of many words", None));
    }

    #[test]
    fn what_is_tried_first_is_refused() {
        let refused = [
            ("short sentence", PasswordError::TooShort),
            ("Correct Horse Battery Staple", PasswordError::Known),
            ("thequickbrownfox", PasswordError::Known),
            ("Silva-Ana-Office-2026!", PasswordError::Guessable),
            ("María.Silva.María.1", PasswordError::Guessable),
            ("Kish-Survey-Coordinator-1", PasswordError::Guessable),
            ("administrator!!!99", PasswordError::Guessable),
            ("bluebirdbluebirdblueb", PasswordError::Pattern),
            ("aaaaaaaaaaaaaaaaaaa", PasswordError::Pattern),
            ("121212333111222333", PasswordError::Pattern),
            ("abcdefghijklmnop", PasswordError::Pattern),
            ("poiuytrewq0987654321", PasswordError::Pattern),
            ("               ", PasswordError::Pattern),
        ];
        for (text, why) in refused {
            assert_eq!(of_ana(text).err(), Some(why), "{text}");
        }
    }

    #[test]
    fn sentences_and_random_ones_are_taken() {
        for text in [
            "a sentence of many words",
            "nine herons over the wide river",
            "une phrase assez longue",
            "Ana likes her garden at noon",
            "هذه جملة طويلة بما يكفي",
            "这是一个足够长的句子用来当作密码吧",
            "8fJq-Zt0_wLm2RxVb4Kd",
            "%&/()=?!§$*+~#<>",
        ] {
            assert!(of_ana(text).is_ok(), "{text}: {:?}", of_ana(text));
        }
    }

    #[test]
    fn every_known_password_is_refused_for_being_known() {
        assert!(KNOWN.lines().count() >= 60);
        for known in KNOWN.lines() {
            assert_eq!(letters(known), known);
            assert_eq!(of_ana(known).err(), Some(PasswordError::Known), "{known}");
        }
    }
}
