//! An answer as it is kept: a code or a number, on one line, for answers lie side by side parted by tabs.

use std::borrow::Cow;

use crate::instrument::{Node, QuestionType};

/// As much of a text as a code takes at most.
const LONGEST: usize = 64;

/// Nothing of own words, whose place is for their code; nor of what a calculation with a trigger once came to where that is no code: it is
/// taken as it was sent, for it cannot be computed again.
pub(super) fn coded<'a>(node: &Node, answer: Cow<'a, str>) -> Cow<'a, str> {
    let is_as_sent = node.kind == QuestionType::Calculate && !node.triggers.is_empty();
    if node.is_free_text() || is_as_sent && !is_code(&answer) {
        return Cow::Borrowed("");
    }
    // Codes may be parted by any white space.
    if answer.contains(['\t', '\n', '\r']) { Cow::Owned(answer.split_whitespace().collect::<Vec<_>>().join(" ")) } else { answer }
}

fn is_code(text: &str) -> bool {
    text.len() <= LONGEST && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.:+".contains(&b))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::instrument::{Instrument, NodeId, Workbook};

    fn node(name: &str) -> (NodeId, Node) {
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/instruments/tfvaw"));
        let form = Instrument::read(&Workbook::open(folder).unwrap()).unwrap().form;
        let id = form.named(name).unwrap();
        (id, form.node(id).clone())
    }

    #[test]
    fn an_answer_is_kept_on_one_line_whatever_parts_its_codes() {
        let (_, several) = node("consent_elements");
        assert_eq!(coded(&several, "1\t2\n3".into()), "1 2 3");
        assert_eq!(coded(&several, "1 2 3".into()), "1 2 3");
    }

    #[test]
    fn what_a_trigger_set_is_kept_where_it_is_a_code() {
        let (id, mut set) = node("result");
        assert_eq!(coded(&set, "said Ana".into()), "said Ana", "what is computed again is what the form makes of other answers");
        set.triggers = vec![id];
        assert_eq!((coded(&set, "4".into()), coded(&set, "said Ana".into())), ("4".into(), "".into()));
    }

    #[test]
    fn a_code_is_short_and_has_no_white_space() {
        for code in ["", "7", "-0.5", "1e-3", "a_b", "2026-11-23T10:00:00.000+01:00"] {
            assert!(is_code(code), "{code}");
        }
        for text in ["Ana Silva", "a\tb", "é", "a,b", &"7".repeat(LONGEST + 1)] {
            assert!(!is_code(text), "{text}");
        }
    }
}
