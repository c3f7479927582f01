//! Rust source as the rules read it: comments and quoted text blanked, the rest cut into words with their lines.

/// A name, a `::`, or any other single character that is not space.
#[derive(Debug)]
pub(crate) struct Word<'a> {
    pub(crate) text: &'a str,
    pub(crate) line: usize,
}

/// The same lines with every comment and every literal of text blanked.
pub(crate) fn blank(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while !rest.is_empty() {
        let name = name_length(rest);
        let (kept, rest_of_it) = rest.split_at(name);
        out.push_str(kept);
        let quoted = if matches!(kept, "r" | "br" | "cr") { raw_length(rest_of_it) } else { quoted_length(rest_of_it) };
        out.extend(rest_of_it[..quoted].chars().map(|c| if c == '\n' { c } else { ' ' }));
        rest = &rest_of_it[quoted..];
        if name + quoted == 0 {
            let width = rest.chars().next().map_or(0, char::len_utf8);
            out.push_str(&rest[..width]);
            rest = &rest[width..];
        }
    }
    out
}

pub(crate) fn words(blanked: &str) -> Vec<Word<'_>> {
    blanked.lines().enumerate().flat_map(|(n, line)| words_of_line(line, n + 1)).collect()
}

fn words_of_line(text: &str, line: usize) -> Vec<Word<'_>> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let width = match name_length(rest) {
            0 if rest.starts_with("::") => 2,
            0 => first.len_utf8(),
            length => length,
        };
        found.push(Word { text: &rest[..width], line });
        rest = rest[width..].trim_start();
    }
    found
}

fn name_length(text: &str) -> usize {
    text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len())
}

/// How much of the front of `text` is a comment or a literal; 0 where code goes on.
fn quoted_length(text: &str) -> usize {
    match text.as_bytes() {
        [b'/', b'/', ..] => text.find('\n').unwrap_or(text.len()),
        [b'/', b'*', ..] => block_comment_length(text),
        [b'"', ..] => string_length(text),
        [b'\'', b'\\', ..] => text.get(3..).and_then(|t| t.find('\'')).map_or(text.len(), |end| end + 4),
        [b'\'', ..] => char_length(text),
        _ => 0,
    }
}

fn block_comment_length(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        match &text.as_bytes()[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

fn string_length(text: &str) -> usize {
    let mut escaped = true;
    for (at, c) in text.char_indices() {
        if c == '"' && !escaped {
            return at + 1;
        }
        escaped = at == 0 && c != '"' || c == '\\' && !escaped;
    }
    text.len()
}

/// `'x'` is a literal, `'a` a lifetime.
fn char_length(text: &str) -> usize {
    let mut chars = text.char_indices().skip(2);
    chars.next().filter(|(_, c)| *c == '\'').map_or(0, |(at, _)| at + 1)
}

/// After an `r`: `#"…"#` is a literal, `#name` is not.
fn raw_length(text: &str) -> usize {
    let hashes = text.len() - text.trim_start_matches('#').len();
    if !text[hashes..].starts_with('"') {
        return 0;
    }
    let end = format!("\"{}", &text[..hashes]);
    text[hashes + 1..].find(&end).map_or(text.len(), |at| hashes + 1 + at + end.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(source: &str, expected: &str) {
        let blanked = blank(source);
        let found: Vec<_> = words(&blanked).iter().map(|w| w.text).collect();
        assert_eq!(found.join(" "), expected, "in {source}");
    }

    #[test]
    fn comments_are_blank() {
        check("a // b\nc", "a c");
        check("a /* b /* c */ d\n */ e", "a e");
        check("/// ü\n//! b\na", "a");
    }

    #[test]
    fn quoted_text_is_blank() {
        check(r#"a("b \" c", "d\\") e"#, "a ( , ) e");
        check("a(\"\", b)", "a ( , b )");
        check("a(r\"b\\\", c)", "a ( r , c )");
        check("a(br##\"b \"# c\"##, d)", "a ( br , d )");
        check("a(b\"c\", 'd', '\\'', '\"', '\\u{41}', 'ß') e", "a ( b , , , , , ) e");
    }

    #[test]
    fn lifetimes_and_raw_names_are_code() {
        check("fn a<'b>(c: &'b str) r#type", "fn a < ' b > ( c : & ' b str ) r # type");
    }

    #[test]
    fn text_left_open_ends_with_the_file() {
        check("a \"b", "a");
        check("a /* b", "a");
        check("a r#\"b\"", "a r");
        check("a '\\", "a");
    }

    #[test]
    fn words_keep_their_lines() {
        let blanked = blank("a\n\"b\nc\"\nd::e");
        let lines: Vec<_> = words(&blanked).iter().map(|w| (w.text.to_owned(), w.line)).collect();
        let expected = [("a", 1), ("d", 4), ("::", 4), ("e", 4)].map(|(text, line)| (text.to_owned(), line));
        assert_eq!(lines, expected);
    }
}
