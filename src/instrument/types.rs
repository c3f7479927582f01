//! The words of the `type` and `parameters` columns.

use super::error::{Error, Kind};
use super::form::{Metadata, QuestionType};
use super::nearest::nearest;
use super::workbook::Row;

/// Every type that asks, takes or computes one value; selections and ranks name a list besides.
const TYPES: [(&str, QuestionType); 44] = [
    ("note", QuestionType::Note),
    ("calculate", QuestionType::Calculate),
    ("hidden", QuestionType::Hidden),
    ("text", QuestionType::Text),
    ("string", QuestionType::Text),
    ("integer", QuestionType::Integer),
    ("int", QuestionType::Integer),
    ("decimal", QuestionType::Decimal),
    ("date", QuestionType::Date),
    ("time", QuestionType::Time),
    ("dateTime", QuestionType::DateTime),
    ("datetime", QuestionType::DateTime),
    ("acknowledge", QuestionType::Acknowledge),
    ("range", QuestionType::Range { is_decimal: false }),
    ("start", QuestionType::Metadata(Metadata::Start)),
    ("end", QuestionType::Metadata(Metadata::End)),
    ("today", QuestionType::Metadata(Metadata::Today)),
    ("deviceid", QuestionType::Metadata(Metadata::DeviceId)),
    ("imei", QuestionType::Metadata(Metadata::DeviceId)),
    ("device id", QuestionType::Metadata(Metadata::DeviceId)),
    ("username", QuestionType::Metadata(Metadata::Username)),
    ("phonenumber", QuestionType::Metadata(Metadata::PhoneNumber)),
    ("email", QuestionType::Metadata(Metadata::Email)),
    ("simserial", QuestionType::Metadata(Metadata::SimSerial)),
    ("subscriberid", QuestionType::Metadata(Metadata::SubscriberId)),
    ("audit", QuestionType::Metadata(Metadata::Audit)),
    ("image", QuestionType::Upload("image/*")),
    ("photo", QuestionType::Upload("image/*")),
    ("audio", QuestionType::Upload("audio/*")),
    ("video", QuestionType::Upload("video/*")),
    ("file", QuestionType::Upload("application/*")),
    ("geopoint", QuestionType::Location("geopoint")),
    ("location", QuestionType::Location("geopoint")),
    ("gps", QuestionType::Location("geopoint")),
    ("geotrace", QuestionType::Location("geotrace")),
    ("geoshape", QuestionType::Location("geoshape")),
    ("barcode", QuestionType::Barcode),
    ("start-geopoint", QuestionType::Unasked("geopoint")),
    ("background-audio", QuestionType::Unasked("binary")),
    ("begin_group", QuestionType::Group),
    ("begin_repeat", QuestionType::Repeat),
    ("begin group", QuestionType::Group),
    ("begin repeat", QuestionType::Repeat),
    ("begin_lgroup", QuestionType::Repeat),
];

/// The words before a list's name. Where they are written with spaces the longest fits first.
const LISTS: [(&str, Selection); 11] = [
    ("select_one_from_file", Selection::OneFromFile),
    ("select_multiple_from_file", Selection::MultipleFromFile),
    ("select one from file", Selection::OneFromFile),
    ("select multiple from file", Selection::MultipleFromFile),
    ("select one from", Selection::One),
    ("select all that apply from", Selection::Multiple),
    ("select all that apply", Selection::Multiple),
    ("select_one", Selection::One),
    ("select one", Selection::One),
    ("select_multiple", Selection::Multiple),
    ("rank", Selection::Rank),
];

/// Known to XLSForm and not to Kish: said so, rather than taken for a mistake of spelling.
const OUTSIDE: [&str; 10] = [
    "select_one_external",
    "begin_loop",
    "end_loop",
    "begin loop",
    "background-geopoint",
    "osm",
    "trigger",
    "uri:deviceid",
    "uri:phonenumber",
    "entity",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Selection {
    One,
    Multiple,
    Rank,
    OneFromFile,
    MultipleFromFile,
}

/// What a row of the survey sheet is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RowType {
    Empty,
    /// The end of a group, or of a repeat.
    End(QuestionType),
    Question(QuestionType),
    /// A selection, its list or file, and whether `other` may be specified.
    Select(Selection, String, bool),
    /// A table beside the form: the ending of its file.
    File(&'static str),
}

pub(super) fn read(row: &Row, text: &str) -> Result<RowType, Error> {
    match text {
        "" => return Ok(RowType::Empty),
        "end_group" | "end group" => return Ok(RowType::End(QuestionType::Group)),
        "end_repeat" | "end repeat" | "end_lgroup" => return Ok(RowType::End(QuestionType::Repeat)),
        "csv-external" => return Ok(RowType::File("csv")),
        "xml-external" => return Ok(RowType::File("xml")),
        _ => {}
    }
    if let Some((_, kind)) = TYPES.iter().find(|(word, _)| *word == text) {
        return Ok(RowType::Question(*kind));
    }
    let select = LISTS.iter().find_map(|(word, selection)| Some((*selection, text.strip_prefix(word)?.strip_prefix(' ')?)));
    match select {
        Some((selection, rest)) => select_type(row, selection, rest),
        None => Err(unknown(row, text)),
    }
}

fn select_type(row: &Row, selection: Selection, rest: &str) -> Result<RowType, Error> {
    let (list, other) = rest.split_once(' ').unwrap_or((rest, ""));
    match other {
        "" => Ok(RowType::Select(selection, list.to_owned(), false)),
        "or_other" | "or other" | "or specify other" => Ok(RowType::Select(selection, list.to_owned(), true)),
        extra => {
            let message = format!("'{extra}' after the list's name is nothing Kish knows");
            Err(at(row, "type", Kind::Unknown, message, "remove it, or write or_other"))
        }
    }
}

fn unknown(row: &Row, text: &str) -> Error {
    let word = text.split(' ').next().unwrap_or(text);
    if let Some(outside) = OUTSIDE.iter().find(|o| **o == text || **o == word) {
        return at(row, "type", Kind::Unknown, format!("the type '{outside}' is not supported"), "ask without it");
    }
    if LISTS.iter().any(|(w, _)| *w == text) {
        return at(row, "type", Kind::Missing, format!("'{text}' names no list"), "write the list's name after it");
    }
    let known = || TYPES.iter().map(|(w, _)| *w).chain(LISTS.iter().map(|(w, _)| *w)).chain(["end_group", "end_repeat"]);
    let hint = nearest(word, known())
        .map_or_else(|| format!("these are known: {}", known().collect::<Vec<_>>().join(", ")), |near| format!("did you mean {near}?"));
    at(row, "type", Kind::Unknown, format!("'{word}' is not a type of question"), hint)
}

/// `start=1 end=10; step=1`: pairs, parted by spaces, commas or semicolons.
pub(super) fn parameters(row: &Row, text: &str) -> Result<Vec<(String, String)>, Error> {
    let wrong = || at(row, "parameters", Kind::Unknown, format!("'{text}' are no pairs of name and value"), "write name=value name=value");
    let spaced = text.replace('=', " = ");
    let mut words = spaced.split([' ', '\t', '\n', ',', ';']).filter(|w| !w.is_empty());
    let mut pairs: Vec<(String, String)> = Vec::new();
    while let Some(name) = words.next() {
        let (Some("="), Some(value)) = (words.next(), words.next()) else { return Err(wrong()) };
        if name == "=" || value == "=" {
            return Err(wrong());
        }
        let name = name.to_lowercase();
        let keeps_case = matches!(name.as_str(), "label" | "value");
        let value = if keeps_case { value.to_owned() } else { value.to_lowercase() };
        pairs.retain(|(n, _)| *n != name);
        pairs.push((name, value));
    }
    Ok(pairs)
}

/// The parameters a type knows; `None` where it passes over all.
fn known_parameters(kind: QuestionType, is_file: bool) -> Option<&'static [&'static str]> {
    Some(match kind {
        QuestionType::SelectOne(_) | QuestionType::SelectMultiple(_) if is_file => &["label", "randomize", "seed", "value"],
        QuestionType::SelectOne(_) | QuestionType::SelectMultiple(_) | QuestionType::Rank(_) => &["randomize", "seed"],
        QuestionType::Range { .. } => &["end", "placeholder", "start", "step", "tick_interval", "tick_labelset"],
        QuestionType::Text => &["rows"],
        QuestionType::Upload("image/*") => &["app", "max-pixels"],
        QuestionType::Upload("audio/*") | QuestionType::Unasked("binary") => &["quality"],
        QuestionType::Location("geopoint") => &["allow-mock-accuracy", "capture-accuracy", "reference-geometry", "warning-accuracy"],
        QuestionType::Location(_) => &["allow-mock-accuracy", "incremental", "reference-geometry"],
        QuestionType::Metadata(Metadata::Audit) => {
            &["identify-user", "location-max-age", "location-min-interval", "location-priority", "track-changes", "track-changes-reasons"]
        }
        _ => return None,
    })
}

/// What is wrong with a row's parameters, if anything is.
pub(super) fn check_parameters(row: &Row, kind: QuestionType, is_file: bool, pairs: &[(String, String)]) -> Result<(), Error> {
    let Some(known) = known_parameters(kind, is_file) else { return Ok(()) };
    let wrong = |message: String, hint: &str| Err(at(row, "parameters", Kind::Unknown, message, hint));
    for (name, value) in pairs {
        if !known.contains(&name.as_str()) {
            let hint = format!("these are known: {}", known.join(", "));
            return wrong(format!("the type has no parameter '{name}'"), &hint);
        }
        let (fits, wanted) = match name.as_str() {
            "randomize" | "identify-user" | "track-changes" | "incremental" | "allow-mock-accuracy" => {
                (matches!(value.as_str(), "true" | "false"), "write true or false")
            }
            "rows" | "max-pixels" => (value.parse::<i64>().is_ok(), "write a whole number"),
            "capture-accuracy" | "warning-accuracy" => (value.parse::<f64>().is_ok(), "write a number of metres"),
            "seed" => (value.parse::<f64>().is_ok() || value.starts_with("${"), "write a number or ${question}"),
            "quality" => {
                (matches!(value.as_str(), "voice-only" | "low" | "normal" | "external"), "write voice-only, low, normal or external")
            }
            "tick_interval" | "placeholder" | "tick_labelset" | "reference-geometry" => (false, "leave it out; it is not supported"),
            _ => (true, ""),
        };
        if !fits {
            return wrong(format!("the parameter {name} cannot be '{value}'"), wanted);
        }
    }
    let has = |name: &str| pairs.iter().any(|(n, _)| n == name);
    if has("seed") && !has("randomize") {
        return wrong("a seed is given and nothing is in random order".to_owned(), "add randomize=true");
    }
    Ok(())
}

/// The start, end and step of a range, as numbers; what pyxform takes for granted where they are not given.
pub(super) fn range(row: &Row, pairs: &mut Vec<(String, String)>) -> Result<QuestionType, Error> {
    let wrong = |message: &str| Err(at(row, "parameters", Kind::Unknown, message, "write start=0 end=10 step=1"));
    for (name, value) in [("start", "1"), ("end", "10"), ("step", "1")] {
        if !pairs.iter().any(|(n, _)| n == name) {
            pairs.push((name.to_owned(), value.to_owned()));
        }
    }
    let number = |name: &str| pairs.iter().find(|(n, _)| n == name).and_then(|(_, v)| v.parse::<f64>().ok()).filter(|n| n.is_finite());
    let (Some(start), Some(end), Some(step)) = (number("start"), number("end"), number("step")) else {
        return wrong("the range's start, end or step is not a number");
    };
    if step == 0.0 || step > (end - start).abs() {
        return wrong("the range's step is zero or longer than the range");
    }
    Ok(QuestionType::Range { is_decimal: [start, end, step].iter().any(|n| n.fract() != 0.0) })
}

/// Whether a default is an expression and not words: it computes, calls a function or names a question.
pub(super) fn is_dynamic(text: &str, kind: QuestionType) -> bool {
    let may_hold_hyphens = matches!(kind, QuestionType::Date | QuestionType::DateTime | QuestionType::Location(_));
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '\'' | '"' => rest[1..].find(c).map_or(1, |end| end + 2),
            c if c.is_ascii_digit() || (c == '-' && rest[1..].starts_with(|d: char| d.is_ascii_digit())) => number_or_date(rest),
            '-' if may_hold_hyphens => return false,
            '*' | '+' | '-' | '|' => return true,
            '$' if rest.starts_with("${") => return true,
            c if c.is_whitespace() => {
                if rest.starts_with(" div ") || rest.starts_with(" mod ") {
                    return true;
                }
                1
            }
            c if c.is_alphabetic() || c == '_' => {
                let end = rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':'))).unwrap_or(rest.len());
                if rest[end..].starts_with(['(', '[']) {
                    return true;
                }
                end
            }
            c => c.len_utf8(),
        };
        rest = &rest[length..];
    }
    false
}

fn number_or_date(text: &str) -> usize {
    let digits = |t: &str| t.find(|c: char| !c.is_ascii_digit()).unwrap_or(t.len());
    let sign = usize::from(text.starts_with('-'));
    let whole = sign + digits(&text[sign..]);
    let is_date = whole - sign == 4 && text.len() >= whole + 6 && text[whole..].starts_with('-') && text[whole + 3..].starts_with('-');
    if is_date {
        return whole + 6;
    }
    if text[whole..].starts_with('.') { whole + 1 + digits(&text[whole + 1..]) } else { whole }
}

fn at(row: &Row, column: &str, kind: Kind, message: impl Into<String>, hint: impl Into<String>) -> Error {
    Error::at("survey", row.number, column, kind, message, hint)
}
