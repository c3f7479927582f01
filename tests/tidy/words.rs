//! Words with one home: what only one room may name, what no source may hold, and what no file may.

use crate::code::{blank, words};
use crate::finding::{File, Finding};

/// Words of Rust that, among the files in `within`, stand only in the places of `home`.
struct Ban {
    words: &'static [&'static str],
    within: &'static [&'static str],
    home: &'static [&'static str],
    instead: &'static str,
}

const EVERYWHERE: &[&str] = &[];

const BANS: [Ban; 6] = [
    Ban {
        words: &["diesel", "diesel_migrations"],
        within: &["src"],
        home: &["src/store"],
        instead: "ask `store`, the only room that speaks SQL",
    },
    Ban {
        words: &["StatusCode"],
        within: &["src"],
        home: &["src/http"],
        instead: "return an error of the room; `src/http/problem.rs` maps it to a status",
    },
    Ban {
        words: &["kish_analysis"],
        within: &["src"],
        home: &["src/prevalence", "src/microdata", "src/disclosure", "src/export"],
        instead: "ask `prevalence` or `microdata`, the rooms that estimate, or `disclosure`, which protects",
    },
    Ban {
        words: &["write_unattended"],
        within: &["src/store"],
        home: &[
            "src/store/mod",
            "src/store/submissions",
            "src/store/sessions",
            "src/store/devices",
            "src/store/own_words",
            "src/store/research",
            "src/store/retention",
            "src/store/set_aside",
            "src/store/withdrawal",
        ],
        instead: "what a person does goes through `write_as`, which writes its line of the trail",
    },
    Ban { words: &["todo!", "unimplemented!", "dbg!", "#[ignore"], within: EVERYWHERE, home: &[], instead: "finish it, or leave it out" },
    Ban {
        words: &["SystemTime::now", "Timestamp::now", "Zoned::now"],
        within: EVERYWHERE,
        home: &["src/main", "src/http/clock", "benches", "examples", "tests"],
        instead: "take the time as an argument",
    },
];

/// Folders that only one machine has, without their slashes, so that this file does not hold what it bans.
const MACHINE_FOLDERS: [&str; 4] = ["root", "work", "home", "Users"];

pub(crate) fn check(files: &[File]) -> Vec<Finding> {
    let bans = files.iter().filter(|file| file.is_rust()).flat_map(check_bans);
    bans.chain(files.iter().flat_map(check_machine_paths)).collect()
}

fn check_bans(file: &File) -> Vec<Finding> {
    let blanked = blank(&file.text);
    let source = words(&blanked);
    let mut findings = Vec::new();
    for ban in BANS.iter().filter(|ban| ban.binds(file)) {
        for banned in ban.words {
            let parts = words(banned);
            let hits = source.windows(parts.len()).filter(|w| w.iter().zip(&parts).all(|(a, b)| a.text == b.text));
            findings.extend(hits.map(|w| file.finding(w[0].line, format!("`{banned}` has no place here: {}", ban.instead))));
        }
    }
    findings
}

impl Ban {
    fn binds(&self, file: &File) -> bool {
        let within = self.within.is_empty() || self.within.iter().any(|place| file.lies_in(place));
        within && !self.home.iter().any(|place| file.lies_in(place))
    }
}

fn check_machine_paths(file: &File) -> Vec<Finding> {
    let paths = MACHINE_FOLDERS.map(|folder| format!("/{folder}/"));
    let mut findings = Vec::new();
    for (n, line) in file.text.lines().enumerate() {
        for path in paths.iter().filter(|path| names_path(line, path)) {
            let what = format!("speaks of `{path}`, which other machines do not have: write it relative to the tree");
            findings.push(file.finding(n + 1, what));
        }
    }
    findings
}

/// A path begins where no path is going on: `instance('x')/root/item` and `home/work/school` are none of ours.
fn names_path(line: &str, path: &str) -> bool {
    let begins = |c: char| c.is_whitespace() || "\"'`(<[=:,".contains(c);
    line.match_indices(path).any(|(at, _)| line[..at].chars().next_back().is_none_or(begins))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::tests::check as expect;

    #[track_caller]
    fn with(path: &str, text: &str, expected: &[(&str, &str)]) {
        expect(&check(&[File::new(path, text)]), expected);
    }

    #[test]
    fn sql_stands_in_store() {
        with("src/store/cases.rs", "use diesel::prelude::*;", &[]);
        with("src/ethics.rs", "\nuse diesel::prelude::*;", &[("src/ethics.rs:2", "ask `store`")]);
        with("src/demo.rs", "#[derive(diesel::Queryable)]", &[("src/demo.rs:1", "`diesel`")]);
        with("src/main.rs", "use diesel_migrations as m;", &[("src/main.rs:1", "`diesel_migrations`")]);
        with("src/storefront.rs", "use {a, diesel::b};", &[("src/storefront.rs:1", "`diesel`")]);
        with("src/ethics.rs", "// diesel::prelude\nlet a = \"diesel::b\";", &[]);
    }

    #[test]
    fn status_codes_stand_in_http() {
        with("src/http/problem.rs", "StatusCode::OK", &[]);
        with("tests/service/main.rs", "StatusCode::OK", &[]);
        with("src/store/mod.rs", "http::StatusCode::OK", &[("src/store/mod.rs:1", "problem.rs")]);
    }

    #[test]
    fn estimation_stands_in_prevalence_and_microdata() {
        with("src/prevalence/weights.rs", "use kish_analysis::design;", &[]);
        with("src/microdata.rs", "use kish_analysis::design;", &[]);
        with("src/export/csv.rs", "use kish_analysis::Table;", &[]);
        with("analysis/tests/golden.rs", "use kish_analysis::design;", &[]);
        with("src/http/tables.rs", "use kish_analysis::Table;", &[("src/http/tables.rs:1", "`prevalence` or")]);
    }

    #[test]
    fn what_a_person_does_is_written_with_its_line() {
        with("src/store/submissions.rs", "self.write_unattended(|c| keep(c))", &[]);
        with("src/store/weights.rs", "self.write_as(by, |c| add(c))", &[]);
        with("src/store/weights.rs", "self.write_unattended(|c| add(c))", &[("src/store/weights.rs:1", "`write_as`")]);
    }

    #[test]
    fn nothing_is_left_unfinished() {
        for text in ["todo!()", "unimplemented!(\"later\")", "dbg!(a)", "#[ignore]", "#[ignore = \"slow\"]"] {
            with("analysis/src/a.rs", &format!("//! A.\n{text}"), &[("analysis/src/a.rs:2", "finish it")]);
        }
        with("tests/a.rs", "let todo = ignore(\"todo!\");", &[]);
    }

    #[test]
    fn time_is_an_argument() {
        for (path, text) in [
            ("src/ethics.rs", "std::time::SystemTime::now()"),
            ("analysis/src/a.rs", "Timestamp::now()"),
            ("src/http/routes.rs", "Zoned\n::now"),
        ] {
            with(path, text, &[(format!("{path}:1").as_str(), "as an argument")]);
        }
        for path in ["src/main.rs", "src/http/clock.rs", "benches/a.rs", "examples/a.rs", "analysis/tests/a.rs"] {
            with(path, "Timestamp::now()", &[]);
        }
    }

    #[test]
    fn machine_paths_are_found_in_any_file() {
        for folder in MACHINE_FOLDERS {
            with("a.md", &format!("\nin `/{folder}/main` it lies"), &[("a.md:2", "relative to the tree")]);
            with("a.toml", &format!("a=/{folder}/x"), &[("a.toml:1", folder)]);
        }
    }

    #[test]
    fn other_paths_are_none_of_the_machine() {
        with("a.xml", &format!("nodeset=\"instance('x')/{}/item\"", "root"), &[]);
        with("a.csv", &format!("home/{}/school", "work"), &[]);
        with("a.md", &format!("https://example.org/{}/", "home"), &[]);
    }
}
