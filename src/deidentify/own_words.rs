//! Answers in the respondent's own words: kept apart and for days alone, until someone gives them a code; never where they name someone.

use crate::instrument::{Form, NodeId};
use crate::submission::Submission;

/// An answer that waits for its code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnWords {
    question: String,
    place: usize,
    text: String,
}

impl OwnWords {
    pub fn question(&self) -> &str {
        &self.question
    }
    /// Where among the kept answers its code will stand.
    pub fn place(&self) -> usize {
        self.place
    }
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// What was said in own words, without what could say who someone is: of that only the code could have been kept, and it has none.
/// `kept` are the form's kept questions outside repeats.
pub(super) fn own_words(submission: &Submission<'_>, form: &Form, kept: &[NodeId]) -> Vec<OwnWords> {
    let mut found = Vec::new();
    for (place, id) in kept.iter().enumerate().filter(|(_, id)| form.node(**id).is_free_text()) {
        let text = submission.text(*id);
        if !text.is_empty() && !says_who(&text) {
            found.push(OwnWords { question: form.node(*id).name.clone(), place, text: text.into_owned() });
        }
    }
    found
}

/// How many digits make a number by which someone is found.
const DIGITS: usize = 6;

/// Whether a text holds what leads to a person: an address of the net, a handle, a long number, or two words that begin like names.
/// Names without capital letters are not found; who codes the text erases it then.
fn says_who(text: &str) -> bool {
    let n_digits = text.chars().filter(|c| c.is_numeric()).count();
    let words: Vec<&str> = text.split_whitespace().collect();
    n_digits >= DIGITS || words.iter().any(|w| is_address(w)) || words.windows(2).any(|pair| pair.iter().all(|w| begins_like_a_name(w)))
}

fn is_address(word: &str) -> bool {
    let lower = word.to_lowercase();
    let host = lower.trim_end_matches(['.', ',', ';', '!', '?', ')']);
    let has_domain = host.rsplit_once('.').is_some_and(|(before, end)| {
        before.ends_with(|c: char| c.is_alphanumeric()) && end.len() >= 2 && end.chars().all(char::is_alphabetic)
    });
    word.contains('@') || lower.contains("://") || has_domain
}

fn begins_like_a_name(word: &str) -> bool {
    let mut letters = word.trim_start_matches(|c: char| !c.is_alphabetic()).chars();
    letters.next().is_some_and(char::is_uppercase) && letters.next().is_some_and(char::is_lowercase)
}

#[cfg(test)]
mod tests {
    use super::says_who;

    #[test]
    fn what_leads_to_a_person_is_found() {
        for text in [
            "write to ana@example.org",
            "he is @the_one there",
            "see https://example.org/x",
            "on example.com, daily",
            "call 079 123 456",
            "٠٧٩١٢٣",
            "it was Maria Lopez again",
            "«Élodie Dubois»",
        ] {
            assert!(says_who(text), "{text}");
        }
        for text in
            ["", "locked my bank card, 3 times in 2025", "Sent it to my boss", "e.g. filmed me", "أرسل الصور", "hid a tag in the car."]
        {
            assert!(!says_who(text), "{text}");
        }
    }
}
