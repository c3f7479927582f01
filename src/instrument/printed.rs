//! The questionnaire on paper: what a committee reads, with every text, code and skip, the languages side by side.

use std::fmt::{Result, Write};

use quick_xml::escape::escape;

use super::form::{Choice, Form, Language, ListId, NodeId, QuestionType};
use super::printed_words::Speaker;
use super::texts::Texts;
use super::translations::Translation;

const STYLE: &str = "@page{size:A4;margin:16mm 14mm;@bottom-center{content:counter(page) ' / ' counter(pages);font:8pt sans-serif}}\
body{font:10pt/1.35 sans-serif;max-width:70em;margin:2em auto;padding:0 1em}\
h1{font-size:1.4em}h2{font-size:1.1em;margin:.8em 0 .2em;break-after:avoid}\
section{border-inline-start:2px solid #999;padding-inline-start:.7em;margin:.8em 0}\
.q{margin:.9em 0}.l{display:grid;grid-auto-flow:column;grid-auto-columns:1fr;gap:1.1em;break-inside:avoid;break-after:avoid}\
.t{font-weight:bold}.h{font-style:italic}.m{color:#333}[dir=rtl]{font-size:1.08em}[dir=rtl].h{font-style:normal;color:#333}\
.n{color:#444;font-size:8.5pt;margin:.2em 0;overflow-wrap:anywhere}code{font:8.5pt monospace}\
table{border-collapse:collapse;break-after:avoid}td{border:1px solid #aaa;padding:.1em .5em;vertical-align:top}tr,.s{break-inside:avoid}p{margin:.2em 0}\
@media print{body{margin:0;max-width:none;padding:0}}";

/// Scripts that are written from right to left, by the code of a language that uses them.
const RIGHT_TO_LEFT: [&str; 9] = ["ar", "fa", "he", "ur", "ps", "sd", "ug", "yi", "dv"];
/// A longer list that more than one question uses is printed once, at the end.
const SHORT_LIST: usize = 6;
/// A list of so many choices stays on one page.
const UNBROKEN: usize = 8;

/// An HTML page without scripts, in the languages whose code `is_wanted`; in all of them where it wants none of the form's.
pub fn print(form: &Form, is_wanted: &dyn Fn(&str) -> bool) -> String {
    let mut languages: Vec<usize> = (0..form.languages.len()).filter(|l| is_wanted(form.languages[*l].code())).collect();
    if languages.is_empty() {
        languages = (0..form.languages.len()).collect();
    }
    let mut printer = Printer { form, languages, page: String::new() };
    // Writing into a String cannot fail.
    let _ = printer.print();
    printer.page
}

struct Printer<'a> {
    form: &'a Form,
    languages: Vec<usize>,
    page: String,
}

impl Printer<'_> {
    fn print(&mut self) -> Result {
        let form = self.form;
        let title = escape(&form.title);
        let whole = self.languages.first().map_or_else(String::new, |first| self.direction_of_page(*first));
        write!(
            self.page,
            "<!doctype html>\n<html{whole}><head><meta charset=\"utf-8\"><title>{title}</title><style>{STYLE}</style></head>"
        )?;
        writeln!(self.page, "<body>\n<h1>{title}</h1>")?;
        writeln!(
            self.page,
            "<p dir=\"ltr\">{}, version {}. SHA-256 <code>{}</code></p>",
            escape(&form.id),
            escape(&form.version),
            form.hash
        )?;
        self.translations()?;
        for id in form.children(None) {
            self.node(id)?;
        }
        self.lists()?;
        self.page.push_str("</body></html>\n");
        Ok(())
    }

    /// The page runs from right to left where every language on it does.
    fn direction_of_page(&self, first: usize) -> String {
        let all = self.languages.iter().all(|l| is_right_to_left(&self.form.languages[*l]));
        let code = escape(self.form.languages[first].code());
        if all { format!(" lang=\"{code}\" dir=\"rtl\"") } else { format!(" lang=\"{code}\"") }
    }

    /// Which of the printed words nobody has signed off.
    fn translations(&mut self) -> Result {
        let unreviewed: Vec<&str> = self
            .languages
            .iter()
            .filter(|l| self.form.translations.get(**l) == Some(&Translation::Unreviewed))
            .map(|l| self.form.languages[*l].name.as_str())
            .collect();
        if unreviewed.is_empty() {
            return Ok(());
        }
        writeln!(self.page, "<p dir=\"ltr\"><strong>Translations not signed off: {}.</strong></p>", escape(unreviewed.join(", ")))
    }

    fn node(&mut self, id: NodeId) -> Result {
        let form = self.form;
        let node = form.node(id);
        if node.is_group() {
            write!(self.page, "<section>")?;
            self.in_languages(&node.label, "h2", "t")?;
            self.logic(id)?;
            for child in form.children(Some(id)) {
                self.node(child)?;
            }
            return writeln!(self.page, "</section>");
        }
        self.page.push_str("<div class=\"q\">");
        for (texts, class) in [(&node.label, "t"), (&node.hint, "h"), (&node.guidance, "h")] {
            self.in_languages(texts, "p", class)?;
        }
        if let Some(list) = node.kind.list().filter(|list| !self.is_at_the_end(*list)) {
            self.table(&form.list(list).choices)?;
        }
        self.logic(id)?;
        for message in [&node.constraint_message, &node.required_message] {
            self.in_languages(message, "p", "m")?;
        }
        writeln!(self.page, "</div>")
    }

    fn is_at_the_end(&self, list: ListId) -> bool {
        let uses = self.form.nodes.iter().filter(|n| n.kind.list() == Some(list)).count();
        uses > 1 && self.form.list(list).choices.len() > SHORT_LIST
    }

    /// The lists that questions share, each once.
    fn lists(&mut self) -> Result {
        let form = self.form;
        for (place, list) in form.choice_lists.iter().enumerate() {
            if !self.is_at_the_end(ListId(place)) {
                continue;
            }
            writeln!(self.page, "<section><h2 id=\"list-{place}\">List <code>{}</code></h2>", escape(list.name.as_str()))?;
            self.table(&list.choices)?;
            writeln!(self.page, "</section>")?;
        }
        Ok(())
    }

    fn table(&mut self, choices: &[Choice]) -> Result {
        let class = if choices.len() <= UNBROKEN { " class=\"s\"" } else { "" };
        write!(self.page, "<table{class}>")?;
        for choice in choices {
            let columns: String = choice.columns.iter().map(|(name, value)| format!(" · {name} {value}")).collect();
            write!(self.page, "<tr><td dir=\"ltr\"><code>{}{}</code></td>", escape(choice.name.as_str()), escape(columns))?;
            for language in self.languages.clone() {
                let text = choice.label.get(language).map_or("", String::as_str);
                write!(self.page, "<td{}>{}</td>", direction(&self.form.languages[language]), self.marked_up(text))?;
            }
            self.page.push_str("</tr>");
        }
        writeln!(self.page, "</table>")
    }

    fn in_languages(&mut self, texts: &Texts, element: &str, class: &str) -> Result {
        if !texts.has_words() {
            return Ok(());
        }
        self.page.push_str("<div class=\"l\">");
        for language in self.languages.clone() {
            let text = texts.get(language).map_or("", String::as_str);
            let direction = direction(&self.form.languages[language]);
            write!(self.page, "<{element} class=\"{class}\"{direction}>{}</{element}>", self.marked_up(text))?;
        }
        writeln!(self.page, "</div>")
    }

    /// A text with the questions it names set apart, so that a name does not turn around among letters of another direction.
    fn marked_up(&self, text: &str) -> String {
        let mut words = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, after)) = after.split_once('}') else { break };
            let _ = write!(words, "{}<bdi><code>[{}]</code></bdi>", escape(before), escape(name));
            rest = after;
        }
        words.push_str(&escape(rest));
        words
    }

    fn logic(&mut self, id: NodeId) -> Result {
        let node = self.form.node(id);
        write!(self.page, "<p class=\"n\" dir=\"ltr\"><code>{}</code> · {}", escape(node.name.as_str()), kind(node.kind))?;
        if let Some(list) = node.kind.list().filter(|list| self.is_at_the_end(*list)) {
            write!(self.page, " of the list <a href=\"#list-{}\">{}</a> at the end", list.0, escape(self.form.list(list).name.as_str()))?;
        }
        let speaker = Speaker { form: self.form, about: id, language: self.languages.first().copied().unwrap_or_default() };
        for (word, expression) in [
            ("only if", &node.relevant),
            ("must be so:", &node.constraint),
            ("required if", &node.required),
            ("is", &node.calculation),
            ("offered are choices where", &node.choice_filter),
            ("as often as", &node.repeat_count),
        ] {
            match expression {
                Some(e) if word == "required if" && e.source == "true()" => self.page.push_str(" · required"),
                Some(e) => write!(self.page, " · {word} {}", escape(speaker.in_words(e)))?,
                None => {}
            }
        }
        if !node.free_text_reason.is_empty() {
            let reason = escape(node.free_text_reason.as_str());
            write!(self.page, " · in her own words, coded and erased soon after, because: {reason}")?;
        }
        writeln!(self.page, "</p>")
    }
}

pub(super) fn is_right_to_left(language: &Language) -> bool {
    let code = language.code();
    RIGHT_TO_LEFT.iter().any(|c| code == *c || code.strip_prefix(c).is_some_and(|rest| rest.starts_with('-')))
}

fn direction(language: &Language) -> String {
    let way = if is_right_to_left(language) { "rtl" } else { "ltr" };
    format!(" dir=\"{way}\" lang=\"{}\"", escape(language.code()))
}

fn kind(kind: QuestionType) -> String {
    match kind {
        QuestionType::Group => "these questions together".to_owned(),
        QuestionType::Repeat => "asked again and again".to_owned(),
        QuestionType::Note => "read, not answered".to_owned(),
        QuestionType::Calculate => "computed by the device".to_owned(),
        QuestionType::Metadata(_) => "noted by the device".to_owned(),
        QuestionType::Integer => "a whole number".to_owned(),
        QuestionType::SelectOne(_) => "one answer".to_owned(),
        QuestionType::SelectMultiple(_) => "any number of answers".to_owned(),
        QuestionType::Rank(_) => "put in order".to_owned(),
        QuestionType::Range { .. } => "a number on a scale".to_owned(),
        other => format!("{other:?}").to_lowercase(),
    }
}
