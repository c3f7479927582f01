//! An expression's text as tokens, each with the place where it starts.

use super::ParseError;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Number(f64),
    Text(String),
    /// `${name}`
    Reference(String),
    /// A function's name, a step of a path, or `and`, `or`, `div`, `mod`.
    Name(String),
    Symbol(&'static str),
}

const SYMBOLS: [&str; 17] = ["!=", "<=", ">=", "..", "(", ")", "[", "]", ",", "=", "<", ">", "+", "-", "*", ".", "/"];

pub(super) fn tokens(source: &str) -> Result<Vec<(usize, Token)>, ParseError> {
    let mut found = Vec::new();
    let mut rest = source;
    loop {
        rest = rest.trim_start();
        let Some(first) = rest.chars().next() else { return Ok(found) };
        let at = source[..source.len() - rest.len()].chars().count();
        let (token, length) = match first {
            '\'' | '"' | '‘' | '’' | '“' | '”' => text(rest, first, at)?,
            '$' => reference(rest, at)?,
            c if c.is_ascii_digit() || (c == '.' && rest[1..].starts_with(|d: char| d.is_ascii_digit())) => number(rest, at)?,
            c if c.is_alphabetic() || c == '_' => name(rest),
            _ => symbol(rest, first, at)?,
        };
        found.push((at, token));
        rest = &rest[length..];
    }
}

fn text(rest: &str, quote: char, at: usize) -> Result<(Token, usize), ParseError> {
    if !quote.is_ascii() {
        return Err(ParseError::new(
            at,
            format!("the quotation mark {quote} is not one an expression can read"),
            "type a straight quotation mark: '",
        ));
    }
    match rest[1..].find(quote) {
        Some(end) => Ok((Token::Text(rest[1..=end].to_owned()), end + 2)),
        None => Err(ParseError::new(at, "a text is opened and never closed", format!("add a closing {quote}"))),
    }
}

fn reference(rest: &str, at: usize) -> Result<(Token, usize), ParseError> {
    let wrong = || ParseError::new(at, "'$' does not begin a reference", "write ${question_name}");
    let inner = rest.strip_prefix("${").ok_or_else(wrong)?;
    let end = inner.find('}').ok_or_else(|| ParseError::new(at, "a reference is opened and never closed", "add }"))?;
    Ok((Token::Reference(inner[..end].trim().to_owned()), end + 3))
}

fn number(rest: &str, at: usize) -> Result<(Token, usize), ParseError> {
    let end = rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(rest.len());
    let digits = &rest[..end];
    match digits.parse() {
        Ok(n) => Ok((Token::Number(n), end)),
        Err(_) => Err(ParseError::new(at, format!("'{digits}' is not a number"), "write a number such as 12 or 0.5")),
    }
}

fn name(rest: &str) -> (Token, usize) {
    let mut end = rest.find(|c: char| !is_name_part(c)).unwrap_or(rest.len());
    // A '-' at the end of a name is a minus; a name may hold one inside (`string-length`).
    while rest[..end].ends_with(['-', '.']) {
        end -= 1;
    }
    (Token::Name(rest[..end].to_owned()), end)
}

fn is_name_part(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | ':' | '.')
}

/// Signs of other languages, each with how XPath says it.
const FOREIGN: [(&str, &str); 8] = [
    ("=>", "write >="),
    ("=<", "write <="),
    ("==", "write ="),
    ("<>", "write !="),
    ("&", "write and"),
    ("|", "write or"),
    ("!", "write != for 'is not', or not(…)"),
    ("{", "write ${question_name}"),
];

fn symbol(rest: &str, first: char, at: usize) -> Result<(Token, usize), ParseError> {
    let foreign = FOREIGN.iter().find(|(sign, _)| rest.starts_with(sign) && !rest.starts_with("!="));
    if let Some((sign, hint)) = foreign {
        return Err(ParseError::new(at, format!("'{sign}' has no meaning here"), *hint));
    }
    match SYMBOLS.iter().find(|s| rest.starts_with(**s)) {
        Some(s) => Ok((Token::Symbol(s), s.len())),
        None => Err(ParseError::new(at, format!("'{first}' has no meaning here"), "remove it, or put a text in quotation marks")),
    }
}
