//! The questionnaire on paper: what a committee reads, with every text, code and skip, the languages side by side.

use std::fmt::Write;

use quick_xml::escape::escape;

use super::form::{Form, Language, NodeId, QuestionType};
use super::texts::Texts;
use super::xpath::{Expr, Expression, Operator};

const STYLE: &str = "@page{size:A4;margin:18mm}\
body{font:10.5pt/1.4 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}\
h1{font-size:1.4em}section{border-inline-start:2px solid #999;padding-inline-start:.8em;margin:1em 0}\
.q{break-inside:avoid;margin:1em 0}.l{display:grid;grid-auto-flow:column;grid-auto-columns:1fr;gap:1.2em}\
.t{font-weight:bold}.h{font-style:italic}.n{color:#444;font-size:9pt;margin:.2em 0}code{font:9pt monospace}\
table{border-collapse:collapse}td{border:1px solid #aaa;padding:.1em .5em;vertical-align:top}p{margin:.2em 0}\
@media print{body{margin:0;max-width:none;padding:0}}";

/// Scripts that are written from right to left, by the code of a language that uses them.
const RIGHT_TO_LEFT: [&str; 9] = ["ar", "fa", "he", "ur", "ps", "sd", "ug", "yi", "dv"];

/// An HTML page without scripts.
pub fn print(form: &Form) -> String {
    let mut page = format!(
        "<!doctype html>\n<html><head><meta charset=\"utf-8\"><title>{0}</title><style>{STYLE}</style></head><body>\n<h1>{0}</h1>\n<p>{1}, version {2}. SHA-256 {3}</p>\n",
        escape(&form.title),
        escape(&form.id),
        escape(&form.version),
        form.hash
    );
    for id in form.children(None) {
        // Writing into a String cannot fail.
        let _ = node(form, id, &mut page);
    }
    page.push_str("</body></html>\n");
    page
}

fn node(form: &Form, id: NodeId, page: &mut String) -> std::fmt::Result {
    let node_ = form.node(id);
    if node_.is_group() {
        write!(page, "<section>")?;
        in_languages(form, &node_.label, "t", page)?;
        logic(form, id, page)?;
        for child in form.children(Some(id)) {
            node(form, child, page)?;
        }
        return writeln!(page, "</section>");
    }
    page.push_str("<div class=\"q\">");
    for (texts, class) in [(&node_.label, "t"), (&node_.hint, "h"), (&node_.guidance, "h")] {
        in_languages(form, texts, class, page)?;
    }
    if let Some(choices) = form.choices(node_.kind) {
        page.push_str("<table>");
        for choice in choices {
            write!(page, "<tr><td><code>{}</code></td>", escape(choice.name.as_str()))?;
            for (language, text) in form.languages.iter().zip(choice.label.iter()) {
                write!(page, "<td{}>{}</td>", direction(language), escape(text.as_str()))?;
            }
            page.push_str("</tr>");
        }
        page.push_str("</table>");
    }
    logic(form, id, page)?;
    writeln!(page, "</div>")
}

fn in_languages(form: &Form, texts: &Texts, class: &str, page: &mut String) -> std::fmt::Result {
    if !texts.has_words() {
        return Ok(());
    }
    page.push_str("<div class=\"l\">");
    for (language, text) in form.languages.iter().zip(texts.iter()) {
        write!(page, "<p class=\"{class}\"{}>{}</p>", direction(language), escape(text.as_str()))?;
    }
    writeln!(page, "</div>")
}

fn direction(language: &Language) -> String {
    let code = language.code();
    let is_right_to_left = RIGHT_TO_LEFT.iter().any(|c| code == *c || code.starts_with(&format!("{c}-")));
    if is_right_to_left { format!(" dir=\"rtl\" lang=\"{}\"", escape(code)) } else { format!(" lang=\"{}\"", escape(code)) }
}

fn logic(form: &Form, id: NodeId, page: &mut String) -> std::fmt::Result {
    let node = form.node(id);
    write!(page, "<p class=\"n\"><code>{}</code> · {}", escape(node.name.as_str()), kind(node.kind))?;
    for (word, expression) in [
        ("only if", &node.relevant),
        ("must be so:", &node.constraint),
        ("required if", &node.required),
        ("is", &node.calculation),
        ("choices where", &node.choice_filter),
        ("as often as", &node.repeat_count),
    ] {
        match expression {
            Some(e) if word == "required if" && e.source == "true()" => page.push_str(" · required"),
            Some(e) => write!(page, " · {word} {}", escape(in_words(form, e)))?,
            None => {}
        }
    }
    writeln!(page, "</p>")
}

fn kind(kind: QuestionType) -> String {
    match kind {
        QuestionType::SelectOne(_) => "one answer".to_owned(),
        QuestionType::SelectMultiple(_) => "any number of answers".to_owned(),
        QuestionType::Rank(_) => "put in order".to_owned(),
        QuestionType::Repeat => "asked again and again".to_owned(),
        QuestionType::Range { .. } => "a number on a scale".to_owned(),
        other => format!("{other:?}").to_lowercase(),
    }
}

/// A skip as one says it; what has no words of its own stands as the author wrote it.
fn in_words(form: &Form, expression: &Expression) -> String {
    said(form, &expression.tree).unwrap_or_else(|| expression.source.clone())
}

fn said(form: &Form, tree: &Expr) -> Option<String> {
    let name = |id: NodeId| form.node(id).name.clone();
    match tree {
        Expr::Binary(Operator::And, a, b) => Some(format!("{} and {}", said(form, a)?, said(form, b)?)),
        Expr::Binary(Operator::Or, a, b) => Some(format!("({} or {})", said(form, a)?, said(form, b)?)),
        Expr::Binary(operator, a, b) => {
            let Expr::Node(id) = **a else { return None };
            let code = match &**b {
                Expr::Number(n) => n.to_string(),
                Expr::Text(t) => t.to_string(),
                _ => return None,
            };
            let verb = match operator {
                Operator::Equal => "is",
                Operator::NotEqual => "is not",
                Operator::Less => "is under",
                Operator::LessOrEqual => "is at most",
                Operator::Greater => "is over",
                Operator::GreaterOrEqual => "is at least",
                _ => return None,
            };
            let choice = form.choices(form.node(id).kind).unwrap_or_default().iter().find(|c| c.name == code);
            let words = choice.and_then(|c| c.label.get(form.default_language)).map_or_else(String::new, |l| format!(" ({l})"));
            Some(format!("{} {verb} {code}{words}", name(id)))
        }
        _ => None,
    }
}
