//! References `${name}` as the paths an XForm has in their place: from the root, or from inside the same repeat.

use super::form::{Form, NodeId, QuestionType};

/// The text with each `${name}` as its path, a space on either side, as it stands in the question `context`.
/// In a choice filter a path inside a repeat begins at `current()`.
pub(super) fn paths(form: &Form, text: &str, context: Option<NodeId>, is_choice_filter: bool) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let Some(length) = rest[start..].find('}') else { break };
        out.push_str(&rest[..start]);
        let here = text.len() - rest.len() + start;
        let target = form.named(rest[start + 2..start + length].trim());
        if let Some(target) = target {
            let around = Around::of(text, here);
            let context = context.filter(|_| !around.names_a_place);
            let current = if is_choice_filter || around.is_in_list { "current()/" } else { "" };
            out.push_str(&path(form, target, context, current));
        }
        rest = &rest[start + length + 1..];
    }
    out.push_str(rest);
    out
}

/// A path with the spaces pyxform sets around it.
pub(super) fn path(form: &Form, target: NodeId, context: Option<NodeId>, current: &str) -> String {
    match context.and_then(|context| relative(form, target, context)) {
        Some(path) => format!(" {current}{path} "),
        None => format!(" {} ", form.path(target)),
    }
}

/// `../group/name`, where both questions lie in one repeat.
fn relative(form: &Form, target: NodeId, context: NodeId) -> Option<String> {
    let mut shared = form.ancestors(context).filter(|a| form.ancestors(target).any(|b| b == *a));
    let nearest = shared.next()?;
    let is_repeat = |id: NodeId| form.node(id).kind == QuestionType::Repeat;
    if !is_repeat(nearest) && !shared.any(is_repeat) {
        return None;
    }
    let n_up = form.ancestors(context).take_while(|a| *a != nearest).count() + 1;
    let mut below: Vec<&str> = form.ancestors(target).take_while(|a| *a != nearest).map(|a| form.node(a).name.as_str()).collect();
    below.reverse();
    below.push(&form.node(target).name);
    Some(format!("{}{}", "../".repeat(n_up), below.join("/")))
}

/// What stands around a reference in its expression.
#[derive(Default)]
struct Around {
    /// Inside `indexed-repeat()`, where the question and the repeats are named from the root.
    names_a_place: bool,
    /// Between the brackets behind `instance()`.
    is_in_list: bool,
}

impl Around {
    fn of(text: &str, at: usize) -> Around {
        let mut open: Vec<Option<usize>> = Vec::new();
        let mut brackets = 0;
        for (place, c) in text[..at].char_indices() {
            match c {
                '(' => open.push(text[..place].ends_with("indexed-repeat").then_some(0)),
                ')' => {
                    open.pop();
                }
                ',' => {
                    if let Some(Some(argument)) = open.last_mut() {
                        *argument += 1;
                    }
                }
                '[' => brackets += 1,
                ']' => brackets -= 1,
                _ => {}
            }
        }
        let names_a_place = open.iter().rev().flatten().next().is_some_and(|argument| matches!(argument, 0 | 1 | 3 | 5));
        Around { names_a_place, is_in_list: brackets > 0 && text.contains("instance(") }
    }
}
