//! What an amendment changes, as a page to print: what was beside what is.

use std::fmt::Write;

use quick_xml::escape::escape;

use super::changes::{Change, changes};
use super::form::Form;

const STYLE: &str = "@page{size:A4;margin:18mm}body{font:10.5pt/1.4 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}\
h1{font-size:1.4em}h2{font-size:1em;margin:1.2em 0 .2em}table{border-collapse:collapse;width:100%}\
td,th{border:1px solid #aaa;padding:.15em .5em;vertical-align:top;text-align:start;width:40%}td:first-child,th:first-child{width:20%}";

/// An HTML page without scripts. A title, a language or a choice's words are changes as well: the fingerprints tell.
pub fn print_changes(before: &Form, after: &Form) -> String {
    let mut page = format!(
        "<!doctype html>\n<html><head><meta charset=\"utf-8\"><title>{0}: changes</title><style>{STYLE}</style></head><body>\n<h1>{0}: what version {2} changes in version {1}</h1>\n<p>SHA-256 before: {3}<br>SHA-256 after: {4}</p>\n",
        escape(&after.title),
        escape(&before.version),
        escape(&after.version),
        before.hash,
        after.hash
    );
    let found = changes(before, after);
    if found.is_empty() {
        page.push_str("<p>No question changes.</p>\n");
    }
    for change in &found {
        // Writing into a String cannot fail.
        let _ = section(change, &mut page);
    }
    page.push_str("</body></html>\n");
    page
}

fn section(change: &Change, page: &mut String) -> std::fmt::Result {
    writeln!(page, "<h2>{}: {}</h2>", escape(&change.question), change.change.in_words())?;
    if change.details.is_empty() {
        return Ok(());
    }
    writeln!(page, "<table><tr><th></th><th>before</th><th>after</th></tr>")?;
    for detail in &change.details {
        let cells = [&detail.of, &detail.before, &detail.after].map(|text| format!("<td dir=\"auto\">{}</td>", escape(text)));
        writeln!(page, "<tr>{}</tr>", cells.concat())?;
    }
    writeln!(page, "</table>")
}
