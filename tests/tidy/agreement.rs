//! Things written in two places that must agree, and how large a file may grow.

use crate::finding::{File, Finding};

const LONGEST: usize = 400;
const DIALECTS: [&str; 2] = ["migrations/sqlite/", "migrations/postgres/"];
const VARIABLE: &str = "KISH_";

pub(crate) fn check(files: &[File]) -> Vec<Finding> {
    let shapes = files.iter().filter_map(|file| Some((file, opening(&file.path)?))).flat_map(|(file, opening)| check_shape(file, opening));
    shapes.chain(check_migrations(files)).chain(check_variables(files)).collect()
}

/// How a file of source opens; `None` for what is no source.
fn opening(path: &str) -> Option<&'static str> {
    match path.rsplit_once('.')?.1 {
        "rs" => Some("//!"),
        "ts" | "js" if path.starts_with("web/") => Some("//"),
        "vue" if path.starts_with("web/") => Some("<!--"),
        "css" if path.starts_with("web/") => Some("/*"),
        _ => None,
    }
}

fn check_shape(file: &File, opening: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !file.text.starts_with(opening) {
        findings.push(file.finding(1, format!("does not open with a `{opening}` line: say in one sentence what the file is")));
    }
    let n_lines = file.text.lines().count();
    if n_lines > LONGEST {
        findings.push(file.finding(n_lines, format!("over {LONGEST} lines: split it where it speaks of a second thing")));
    }
    findings
}

fn check_migrations(files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (ours, theirs) in [(DIALECTS[0], DIALECTS[1]), (DIALECTS[1], DIALECTS[0])] {
        let twin = |name: &str| files.iter().any(|file| file.path.strip_prefix(theirs) == Some(name));
        for file in files {
            if let Some(name) = file.path.strip_prefix(ours).filter(|name| !twin(name)) {
                findings.push(file.finding(1, format!("`{theirs}{name}` is missing: write the step in both dialects")));
            }
        }
    }
    findings
}

fn check_variables(files: &[File]) -> Vec<Finding> {
    let (readme, others): (Vec<_>, Vec<_>) = files.iter().partition(|file| file.path == "README.md");
    let sources: Vec<_> = others.into_iter().filter(|file| under(file, "src/")).collect();
    let scripts = files.iter().filter(|file| under(file, "scripts/"));
    let holders: Vec<_> = sources.iter().copied().chain(scripts).collect();
    let mut findings = unmatched(&sources, &readme, "does not stand in README.md: say there what it sets and its default");
    findings.extend(unmatched(&readme, &holders, "is read by no source or script: take it out of README.md"));
    findings
}

fn under(file: &File, folder: &str) -> bool {
    file.path.starts_with(folder)
}

/// Each variable of `files` that none of `others` names.
fn unmatched(files: &[&File], others: &[&File], what: &str) -> Vec<Finding> {
    let known = |name: &str| others.iter().any(|file| variables(&file.text).iter().any(|(_, other)| *other == name));
    let mut findings = Vec::new();
    for file in files {
        let unknown = variables(&file.text).into_iter().filter(|(_, name)| !known(name));
        findings.extend(unknown.map(|(line, name)| file.finding(line, format!("`{name}` {what}"))));
    }
    findings
}

/// The variables a text names, with their lines; a stem such as `KISH_…` or `KISH_SMTP_*` is none.
fn variables(text: &str) -> Vec<(usize, &str)> {
    let named = |line| str::match_indices(line, VARIABLE).map(move |(at, _)| variable(&line[at..]));
    let all = text.lines().enumerate().flat_map(|(n, line)| named(line).map(move |name| (n + 1, name)));
    all.filter(|(_, name)| !name.ends_with('_')).collect()
}

fn variable(text: &str) -> &str {
    let ends = |c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    &text[..text.find(ends).unwrap_or(text.len())]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::tests::check as expect;

    #[track_caller]
    fn with(files: &[(&str, &str)], expected: &[(&str, &str)]) {
        let files: Vec<_> = files.iter().map(|(path, text)| File::new(path, text)).collect();
        expect(&check(&files), expected);
    }

    #[test]
    fn a_file_says_what_it_is() {
        with(&[("src/a.rs", "//! A.\n"), ("a.md", "A")], &[]);
        with(&[("analysis/src/a.rs", "use a;\n//! A.")], &[("analysis/src/a.rs:1", "one sentence")]);
        with(&[("build.rs", "")], &[("build.rs:1", "one sentence")]);
        with(&[("web/a.ts", "// A.\n"), ("web/a.vue", "<!-- A. -->\n"), ("web/a.css", "/* A. */\n"), ("web/a.json", "{}")], &[]);
        with(&[("web/src/a.vue", "<template>")], &[("web/src/a.vue:1", "one sentence")]);
    }

    #[test]
    fn a_file_ends_in_time() {
        let long = |n| format!("//! A.\n{}", "a\n".repeat(n - 1));
        with(&[("tests/a.rs", &long(LONGEST)), ("a.csv", &long(LONGEST + 1))], &[]);
        with(&[("tests/a.rs", &long(LONGEST + 1))], &[("tests/a.rs:401", "split it")]);
        with(&[("web/a.ts", &long(LONGEST + 1))], &[("web/a.ts:401", "split it")]);
    }

    #[test]
    fn migrations_come_in_pairs() {
        let [sqlite, postgres] = ["migrations/sqlite/1_a/up.sql", "migrations/postgres/1_a/up.sql"];
        with(&[(sqlite, "a"), (postgres, "b")], &[]);
        with(&[(sqlite, "a")], &[("migrations/sqlite/1_a/up.sql:1", "`migrations/postgres/1_a/up.sql` is missing")]);
        with(&[(postgres, "a")], &[("migrations/postgres/1_a/up.sql:1", "`migrations/sqlite/1_a/up.sql` is missing")]);
    }

    #[test]
    fn variables_stand_in_the_readme() {
        let settings = ("src/settings.rs", "//! A.\nenv = \"KISH_LISTEN\"");
        with(&[settings, ("README.md", "`KISH_LISTEN` and every other `KISH_…`")], &[]);
        with(&[settings], &[("src/settings.rs:2", "`KISH_LISTEN` does not stand in README.md")]);
        with(
            &[settings, ("README.md", "`KISH_LISTENER`")],
            &[("src/settings.rs:2", "`KISH_LISTEN` does not"), ("README.md:1", "`KISH_LISTENER` is read by no")],
        );
    }

    #[test]
    fn variables_of_the_readme_stand_in_the_sources() {
        with(
            &[("scripts/test", "$KISH_TEST_A"), ("README.md", "a\n`KISH_TEST_A`, `KISH_GONE_2`, `KISH_SMTP_*`")],
            &[("README.md:2", "`KISH_GONE_2` is read by no")],
        );
    }

    #[test]
    fn a_name_is_cut_where_it_ends() {
        assert_eq!(variables("KISH_A=1 KISH_B_2.\nKISH_"), [(1, "KISH_A"), (1, "KISH_B_2")]);
    }
}
