//! `name op literal`, joined by `&`: who is in a domain, or which answer counts as yes.

use super::Error;
use super::read::{Column, Data};

#[derive(Debug, Clone, Copy, PartialEq)]
enum Op {
    Eq,
    Ne,
    Le,
    Ge,
    Lt,
    Gt,
}

/// Longest first, so that `<=` is not read as `<`.
const OPS: [(&str, Op); 6] = [("==", Op::Eq), ("!=", Op::Ne), ("<=", Op::Le), (">=", Op::Ge), ("<", Op::Lt), (">", Op::Gt)];

/// Whether a text is a comparison at all.
pub(super) fn is_comparison(text: &str) -> bool {
    find_op(text).is_some()
}

/// The condition's answer by row; `None` where a value it asks for is missing.
pub(super) fn evaluate(data: &Data, field: &str, text: &str) -> Result<Vec<Option<bool>>, Error> {
    let mut answers = vec![Some(true); data.n_rows];
    for part in split(text) {
        let found = comparison(data, field, part)?;
        for (answer, found) in answers.iter_mut().zip(found) {
            *answer = match (*answer, found) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            };
        }
    }
    Ok(answers)
}

/// Parts between `&` outside of quotes.
fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut quote) = (Vec::new(), 0, None);
    for (place, c) in text.char_indices() {
        match (quote, c) {
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), _) if open == c => quote = None,
            (None, '&') => {
                parts.push(&text[start..place]);
                start = place + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts.into_iter().filter(|part| !part.trim().is_empty()).collect()
}

fn find_op(text: &str) -> Option<(usize, &'static str, Op)> {
    let end = text.find(['\'', '"']).unwrap_or(text.len());
    let found = OPS.iter().filter_map(|(sign, op)| text[..end].find(sign).map(|place| (place, *sign, *op)));
    found.min_by_key(|(place, sign, _)| (*place, std::cmp::Reverse(sign.len())))
}

fn comparison(data: &Data, field: &str, part: &str) -> Result<Vec<Option<bool>>, Error> {
    let bad = || Error::field(field, format!("`{}` is not `name op literal` with op one of == != < <= > >=", part.trim()));
    let (place, sign, op) = find_op(part).ok_or_else(bad)?;
    let (name, literal) = (part[..place].trim(), part[place + sign.len()..].trim());
    let quoted = literal.strip_prefix(['\'', '"']).and_then(|rest| rest.strip_suffix(['\'', '"']));
    let literal = quoted.unwrap_or(literal);
    if name.is_empty() || (literal.is_empty() && quoted.is_none()) {
        return Err(bad());
    }
    let column = data.named(field, name)?;
    match (column, literal.parse::<f64>()) {
        (Column::Numbers(numbers), Ok(literal)) => Ok(numbers.iter().map(|y| compare(op, y.partial_cmp(&literal))).collect()),
        (Column::Numbers(_), Err(_)) => Err(Error::field(field, format!("column `{name}` is numeric, `{literal}` is not"))),
        (Column::Levels { levels, codes }, _) => {
            let found: Vec<Option<bool>> = levels.iter().map(|level| compare(op, Some(level.as_str().cmp(literal)))).collect();
            Ok(codes.iter().map(|code| code.and_then(|code| found[code as usize])).collect())
        }
    }
}

fn compare(op: Op, order: Option<std::cmp::Ordering>) -> Option<bool> {
    order.map(|order| match op {
        Op::Eq => order.is_eq(),
        Op::Ne => order.is_ne(),
        Op::Le => order.is_le(),
        Op::Ge => order.is_ge(),
        Op::Lt => order.is_lt(),
        Op::Gt => order.is_gt(),
    })
}
