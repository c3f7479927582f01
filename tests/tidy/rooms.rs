//! The one rule of rooms: `src/lib.rs` lists them in order, and a room uses only rooms declared above it.

use crate::code::{Word, blank, words};
use crate::finding::{File, Finding};

/// Who may use `http` beside itself; `src/main.rs` is no room and may use all.
const HTTP_GUESTS: [&str; 1] = ["demo"];

pub(crate) fn check(files: &[File]) -> Vec<Finding> {
    let Some(lib) = files.iter().find(|file| file.path == "src/lib.rs") else {
        return vec![File::new("src/lib.rs", "").finding(1, "missing; it must list the rooms in order".to_owned())];
    };
    let rooms = rooms(&lib.text);
    files.iter().filter(|file| file.is_rust()).flat_map(|file| check_file(file, &rooms)).collect()
}

/// The names of the `mod name;` lines, in order.
fn rooms(lib: &str) -> Vec<String> {
    let blanked = blank(lib);
    let words = words(&blanked);
    let declared = words.windows(3).filter(|w| w[0].text == "mod" && w[2].text == ";");
    declared.map(|w| w[1].text.to_owned()).collect()
}

fn check_file(file: &File, rooms: &[String]) -> Vec<Finding> {
    let place = |name: &str| rooms.iter().position(|room| room == name);
    let parts: Vec<_> = file.path.trim_end_matches(".rs").split('/').filter(|part| *part != "mod").collect();
    let Some((own, here)) = parts.get(1).filter(|_| parts[0] == "src").and_then(|own| Some((*own, place(own)?))) else {
        return Vec::new();
    };
    let depth = parts.len() - 1;
    let blanked = blank(&file.text);
    let mut findings = Vec::new();
    for head in heads(&words(&blanked)) {
        let name = head.name.text;
        let leaves_the_room = head.ups == 0 || head.ups >= depth && place(name).is_some();
        if !leaves_the_room || name == own || name == "self" {
            continue;
        }
        let what = match place(name) {
            None => format!("`{name}` is no room; `src/lib.rs` declares rooms and nothing else: name the room it lives in"),
            Some(_) if name == "http" && !HTTP_GUESTS.contains(&own) => {
                format!("`{own}` uses `http`, which only main and demo may: hand the value in as an argument")
            }
            Some(there) if there > here => {
                format!("`{own}` uses `{name}`, declared below it in `src/lib.rs`: move what both need above `{own}`, or hand it in")
            }
            Some(_) => continue,
        };
        findings.push(file.finding(head.name.line, what));
    }
    findings
}

/// The first name after `crate::`, `kish::` or a chain of `super::`.
struct Head<'a> {
    ups: usize,
    name: &'a Word<'a>,
}

fn heads<'a>(words: &'a [Word<'a>]) -> Vec<Head<'a>> {
    let mut heads = Vec::new();
    for at in 0..words.len() {
        let goes_on = at > 0 && words[at - 1].text == "::";
        match words[at].text {
            "crate" | "kish" if !goes_on && is_path(words, at) => follow(words, at + 2, 0, &mut heads),
            "super" if !goes_on && is_path(words, at) => follow(words, at + 2, 1, &mut heads),
            _ => {}
        }
    }
    heads
}

fn is_path(words: &[Word<'_>], at: usize) -> bool {
    words.get(at + 1).is_some_and(|word| word.text == "::")
}

fn follow<'a>(words: &'a [Word<'a>], at: usize, ups: usize, heads: &mut Vec<Head<'a>>) {
    let Some(name) = words.get(at) else { return };
    match name.text {
        "{" => group(words, at).into_iter().for_each(|member| follow(words, member, ups, heads)),
        "super" if is_path(words, at) => follow(words, at + 2, ups + 1, heads),
        _ if words.get(at + 1).is_some_and(|next| next.text == "!") => {}
        _ => heads.push(Head { ups, name }),
    }
}

/// Where the members of a `{a, b::{c, d}}` begin, given its opening brace.
fn group(words: &[Word<'_>], open: usize) -> Vec<usize> {
    let mut members = Vec::new();
    let (mut depth, mut begins) = (0, false);
    for (at, word) in words.iter().enumerate().skip(open) {
        match word.text {
            "}" if depth == 1 => break,
            _ if begins => members.push(at),
            _ => {}
        }
        begins = matches!((word.text, depth), ("{", 0) | (",", 1));
        match word.text {
            "{" => depth += 1,
            "}" => depth -= 1,
            _ => {}
        }
    }
    members
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::tests::check as expect;

    const LIB: &str = "//! Rooms.\npub mod low;\n/// pub mod not_this;\npub mod middle;\npub(crate) mod http;\npub mod demo;\n";

    #[track_caller]
    fn with(path: &str, text: &str, expected: &[(&str, &str)]) {
        expect(&check(&[File::new("src/lib.rs", LIB), File::new(path, text)]), expected);
    }

    #[test]
    fn rooms_stand_in_the_order_of_their_lines() {
        assert_eq!(rooms(LIB), ["low", "middle", "http", "demo"]);
    }

    #[test]
    fn a_tree_without_rooms_is_found() {
        expect(&check(&[]), &[("src/lib.rs:1", "missing")]);
    }

    #[test]
    fn downward_and_inward_is_allowed() {
        with("src/middle.rs", "use crate::low::A;\nuse crate::middle::{B, http::C};\nuse super::low;", &[]);
        with("src/low/deep/mod.rs", "use super::http;\nuse super::super::low;\npub(crate) fn a() {}", &[]);
        with("src/demo.rs", "use crate::http::serve;", &[]);
        with("src/main.rs", "use kish::{http, demo};\nmod extra;", &[]);
        with("src/extra.rs", "use kish::http; use crate::whatever;", &[]);
        with("tests/middle.rs", "use kish::http;", &[]);
    }

    #[test]
    fn upward_is_found_wherever_it_hides() {
        let upward = |text: &str, line| {
            let at = format!("src/low/deep.rs:{line}");
            with("src/low/deep.rs", text, &[(at.as_str(), "`low` uses `middle`, declared below")]);
        };
        upward("\nuse crate::middle::A;", 2);
        upward("use crate::{low::{A, B}, middle::C};", 1);
        upward("use crate::{\n    low::A,\n    middle::{\n        C,\n    },\n};", 3);
        upward("use {crate::low::A, crate::middle};", 1);
        upward("fn a() -> crate::middle::A { todo() }", 1);
        upward("macro_rules! a { () => { $crate::middle::b() } }", 1);
        upward("use kish::middle;", 1);
        upward("use super::super::middle::A;", 1);
        upward("use super::super::{low::A, middle::B};", 1);
        upward("use crate::low::A;use crate\n    ::middle::B;", 2);
    }

    #[test]
    fn http_is_for_main_and_demo() {
        let lib = format!("{LIB}pub mod last;");
        let last = File::new("src/last/mod.rs", "use crate::{demo, http};");
        expect(&check(&[File::new("src/lib.rs", &lib), last]), &[("src/last/mod.rs:1", "only main and demo")]);
        with("src/middle.rs", "use crate::http::Problem;", &[("src/middle.rs:1", "only main and demo")]);
    }

    #[test]
    fn what_is_no_room_is_found() {
        with("src/low.rs", "use crate::Anything;", &[("src/low.rs:1", "`Anything` is no room")]);
        with("src/low.rs", "use crate::*;", &[("src/low.rs:1", "`*` is no room")]);
    }

    #[test]
    fn words_about_rooms_are_no_use() {
        with("src/low.rs", "// crate::middle\nconst A: &str = \"crate::middle\";\nfn b() { crate::checked!(1) }", &[]);
    }
}
