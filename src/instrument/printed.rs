//! The questionnaire on paper: what a committee reads, with every text, code and skip.

use std::fmt::Write;

use quick_xml::escape::escape;

use super::form::{Form, NodeId, QuestionType};

const STYLE: &str = "body{font:11pt/1.4 sans-serif;max-width:48em;margin:2em auto;padding:0 1em}\
h1{font-size:1.4em}h2{font-size:1.1em;border-bottom:1px solid}\
.q{break-inside:avoid;margin:1em 0}.n{color:#555;font:9pt monospace}ul{margin:.2em 0;padding-left:1.5em;list-style:none}\
p{margin:.2em 0}";

/// An HTML page without scripts; languages one under the other.
pub fn print(form: &Form) -> String {
    let mut page = format!(
        "<!doctype html>\n<html><head><meta charset=\"utf-8\"><title>{0}</title><style>{STYLE}</style></head><body>\n<h1>{0}</h1>\n<p>{1}, version {2}. SHA-256 {3}</p>\n",
        escape(&form.title),
        escape(&form.id),
        escape(&form.version),
        form.hash
    );
    for id in form.children(None) {
        print_node(form, id, &mut page);
    }
    page.push_str("</body></html>\n");
    page
}

fn print_node(form: &Form, id: NodeId, page: &mut String) {
    let node = form.node(id);
    if node.is_group() {
        let _ = write!(page, "<section>");
        for label in node.label.iter().filter(|l| !l.is_empty()) {
            let _ = writeln!(page, "<h2>{}</h2>", escape(label.as_str()));
        }
        print_logic(form, id, page);
        for child in form.children(Some(id)) {
            print_node(form, child, page);
        }
        page.push_str("</section>\n");
        return;
    }
    page.push_str("<div class=\"q\">");
    for (label, hint) in node.label.iter().zip(&node.hint) {
        let _ = writeln!(page, "<p>{}</p><p><i>{}</i></p>", escape(label.as_str()), escape(hint.as_str()));
    }
    if let Some(choices) = form.choices(node.kind) {
        page.push_str("<ul>");
        for choice in choices {
            let label: Vec<&str> = choice.label.iter().map(String::as_str).filter(|l| !l.is_empty()).collect();
            let _ = writeln!(page, "<li>{} {}</li>", escape(choice.name.as_str()), escape(label.join(" / ")));
        }
        page.push_str("</ul>");
    }
    print_logic(form, id, page);
    page.push_str("</div>\n");
}

fn print_logic(form: &Form, id: NodeId, page: &mut String) {
    let node = form.node(id);
    let kind = match node.kind {
        QuestionType::SelectOne(_) => "one answer".to_owned(),
        QuestionType::SelectMultiple(_) => "any number of answers".to_owned(),
        other => format!("{other:?}").to_lowercase(),
    };
    let _ = write!(page, "<p class=\"n\">{} · {}", escape(node.name.as_str()), escape(kind));
    for (word, expression) in
        [("asked if", &node.relevant), ("must hold", &node.constraint), ("required if", &node.required), ("is", &node.calculation)]
    {
        if let Some(e) = expression {
            let _ = write!(page, " · {word} {}", escape(e.source.as_str()));
        }
    }
    page.push_str("</p>\n");
}
