//! A file of the tree, and a rule broken in it.

use std::fmt;

pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl File {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    pub(crate) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// `src/store` holds `src/store.rs` and `src/store/…`; a place of one word, such as `tests`, any folder of that name.
    pub(crate) fn lies_in(&self, place: &str) -> bool {
        let path = self.path.strip_suffix(".rs").unwrap_or(&self.path);
        if place.contains('/') {
            path.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        } else {
            path.split('/').any(|part| part == place)
        }
    }

    pub(crate) fn finding(&self, line: usize, what: String) -> Finding {
        Finding { path: self.path.clone(), line, what }
    }
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    path: String,
    line: usize,
    what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.what)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Each finding must name its place and hold the words given; there must be as many.
    #[track_caller]
    pub(crate) fn check(findings: &[Finding], expected: &[(&str, &str)]) {
        let said: Vec<_> = findings.iter().map(ToString::to_string).collect();
        assert_eq!(said.len(), expected.len(), "{said:#?}");
        for (said, (place, words)) in said.iter().zip(expected) {
            assert!(said.starts_with(&format!("{place}: ")) && said.contains(words), "{said}\nnot {place}: {words}");
        }
    }

    #[test]
    fn places() {
        let lies = |path: &str, place: &str| File::new(path, "").lies_in(place);
        assert!(lies("src/store.rs", "src/store") && lies("src/store/a/b.rs", "src/store"));
        assert!(!lies("src/storefront.rs", "src/store") && !lies("analysis/src/store.rs", "src/store"));
        assert!(lies("analysis/tests/a.rs", "tests") && lies("src/store/tests.rs", "tests"));
        assert!(!lies("src/store/tests_of.rs", "tests"));
    }
}
