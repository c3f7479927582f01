//! The identifier screen: what would take in who someone is, or show others what is asked, named before a form can be published.

use super::concepts::{Concept, Concepts};
use super::error::{Error, Kind, Rule};
use super::form::{Form, Metadata, Node, NodeId, QuestionType};
use super::screen_words::{asks_who, gives_away};
use super::xpath::{Expr, Function, Operator};

/// The longest answer in own words.
const LONGEST_TEXT: f64 = 60.0;

const IN_CODES: &str = "ask with codes (select_one), or write in free_text_reason why codes will not do";

/// A rule of the screen: its stable code, what is found, and what to do.
type Finding = (Rule, &'static str, String, &'static str);

/// What the form would take in or give away that it must not, each with its rule, its row and what to do.
pub fn screen(form: &Form, concepts: &Concepts) -> Vec<Error> {
    let mut found: Vec<Error> = Vec::new();
    for id in form.ids() {
        let node = form.node(id);
        let finding = question(form, concepts, id).or_else(|| words(node)).or_else(|| heard_before_consent(form, concepts, id));
        found.extend(finding.map(|(rule, column, message, hint)| {
            Error::at("survey", node.row, column, Kind::Identifier, format!("'{}' {message}", node.name), hint).by_rule(rule)
        }));
    }
    found.extend(settings(form, concepts));
    found
}

fn question(form: &Form, concepts: &Concepts, id: NodeId) -> Option<Finding> {
    let node = form.node(id);
    let of_type = |rule, message: &str, hint| Some((rule, "type", message.to_owned(), hint));
    let remove = "remove the row";
    match node.kind {
        QuestionType::Metadata(Metadata::Start | Metadata::End | Metadata::Today) => None,
        QuestionType::Metadata(Metadata::Audit) => audit(node),
        QuestionType::Metadata(Metadata::Username | Metadata::Email) => of_type(Rule::I02, "takes in who holds the device", remove),
        QuestionType::Metadata(_) => of_type(Rule::I01, "takes in which device it is", remove),
        QuestionType::Unasked("geopoint") => of_type(Rule::I03, "takes in where someone lives, without asking", remove),
        QuestionType::Location(_) => {
            of_type(Rule::I03, "takes in where someone lives", "remove the row; the sample frame holds the region")
        }
        QuestionType::Upload(_) | QuestionType::Unasked(_) => {
            of_type(Rule::I04, "takes in a face, a voice or a paper", "remove the row, or ask with codes")
        }
        QuestionType::Barcode => {
            of_type(Rule::I05, "takes in what a printed code says", "ask for the case with a text question named in the concepts sheet")
        }
        _ if hands_over(node) => {
            Some((Rule::I06, "appearance", "hands the interview to another app on the device".to_owned(), "remove the appearance"))
        }
        QuestionType::Text if concepts.question(Concept::Case) == Some(id) => None,
        QuestionType::Text if node.is_free_text() => free_text(form, id),
        QuestionType::Text => {
            let other = form.node(id).name.strip_suffix("_other").and_then(|n| form.named(n)).is_some_and(|s| form.node(s).row == node.row);
            let hint = if other { "remove or_other; add a choice 'other' to the list" } else { IN_CODES };
            of_type(Rule::I07, "takes in free text, in which anyone may be named", hint)
        }
        _ => None,
    }
}

/// Own words with a reason: few of them, and where the words of one person can be coded.
fn free_text(form: &Form, id: NodeId) -> Option<Finding> {
    let node = form.node(id);
    if form.repeat_of(id).is_some() {
        return Some((Rule::I07, "type", "takes in free text inside a repeat, where it cannot be coded".to_owned(), IN_CODES));
    }
    let is_short = node.constraint.as_ref().is_some_and(|c| longest(&c.tree).is_some_and(|n| n <= LONGEST_TEXT));
    let message = format!("takes in free text of more than {LONGEST_TEXT} characters");
    let hint = "write the constraint string-length(.) <= 60";
    (!is_short).then_some((Rule::I07, "constraint", message, hint))
}

/// How many characters a constraint lets pass; `None` where it does not say.
fn longest(constraint: &Expr) -> Option<f64> {
    let is_length = |e: &Expr| matches!(e, Expr::Call(Function::StringLength, of) if matches!(of.as_slice(), [] | [Expr::This]));
    match constraint {
        Expr::Binary(Operator::And, a, b) => longest(a).or_else(|| longest(b)),
        Expr::Binary(Operator::LessOrEqual, a, b) if is_length(a) => number(b),
        Expr::Binary(Operator::Less, a, b) if is_length(a) => number(b).map(|n| n - 1.0),
        Expr::Binary(Operator::GreaterOrEqual, a, b) if is_length(b) => number(a),
        Expr::Binary(Operator::Greater, a, b) if is_length(b) => number(a).map(|n| n - 1.0),
        _ => None,
    }
}

fn number(e: &Expr) -> Option<f64> {
    if let Expr::Number(n) = e { Some(*n) } else { None }
}

fn audit(node: &Node) -> Option<Finding> {
    let found = |message: &str, hint| Some((Rule::I08, "parameters", message.to_owned(), hint));
    if node.parameters.iter().any(|(name, _)| name.starts_with("location-")) {
        return found("keeps a trail of where the interviewer went", "remove the location parameters");
    }
    if node.parameters.iter().any(|(name, value)| name.starts_with("track-changes") && value != "false") {
        return found("keeps old and new answers in clear on the device", "remove track-changes");
    }
    if node.parameter("identify-user") == Some("true") {
        return found("asks the interviewer's name", "remove identify-user");
    }
    Some((Rule::I08, "type", "keeps a log of the interview on the device".to_owned(), "remove the row"))
}

/// Another app, by `ex:` or by an intent, sees what it is handed.
fn hands_over(node: &Node) -> bool {
    node.appearance.split_whitespace().any(|word| word.starts_with("ex:") || word.contains("(ex:")) || node.parameter("app").is_some()
}

/// Names and labels that ask who someone is, in any of the languages the screen reads.
fn words(node: &Node) -> Option<Finding> {
    if !node.kind.is_asked() || matches!(node.kind, QuestionType::Note | QuestionType::Acknowledge) {
        return None;
    }
    let hint = "remove the question; if it asks something else, rename or reword it";
    if let Some(what) = asks_who(&node.name.replace(['_', '-', '.'], " ")) {
        return Some((Rule::I09, "name", format!("asks who someone is ({what})"), hint));
    }
    let is_typed = matches!(node.kind, QuestionType::Text | QuestionType::Integer | QuestionType::Decimal | QuestionType::Date);
    let what = node.label.iter().find_map(|label| asks_who(label)).filter(|_| is_typed)?;
    Some((Rule::I09, "label", format!("asks who someone is ({what})"), hint))
}

/// What a household hears before one person has agreed in private must not say what the survey is about.
fn heard_before_consent(form: &Form, concepts: &Concepts, id: NodeId) -> Option<Finding> {
    let consent = concepts.question(Concept::Consent)?;
    let is_in_its_group = form.node(consent).parent.is_some_and(|g| g == id || form.ancestors(id).any(|a| a == g));
    if id >= consent || is_in_its_group {
        return None;
    }
    let node = form.node(id);
    let word = node.label.iter().find_map(|text| gives_away(text))?;
    let hint = "say what it is about after consent, in private";
    Some((Rule::S01, "label", format!("says '{word}' before anyone has agreed in private"), hint))
}

fn settings(form: &Form, concepts: &Concepts) -> Vec<Error> {
    let mut found = Vec::new();
    let mut add = |rule: Rule, column: &str, message: &str, hint: &str| {
        found.push(Error::at("settings", 2, column, Kind::Identifier, message, hint).by_rule(rule));
    };
    let names_answers = |id: &NodeId| concepts.question(Concept::Result) != Some(*id) && form.node(*id).kind.is_asked();
    if form.instance_name.as_ref().is_some_and(|e| e.reads().iter().any(names_answers)) {
        let message = "instance_name shows answers in the device's list of sent interviews, where they stay";
        add(Rule::I10, "instance_name", message, "leave instance_name empty");
    }
    if !form.delivery.submission_url.is_empty() {
        add(Rule::I11, "submission_url", "submission_url sends the interviews past this server", "leave submission_url empty");
    }
    if form.delivery.client_editable {
        add(Rule::I12, "client_editable", "client_editable keeps sent interviews on the device", "leave client_editable empty");
    }
    if let Some(word) = gives_away(&form.title).or_else(|| gives_away(&form.id.replace('_', " "))) {
        let message = format!("the title, which anyone sees on the device, says '{word}'");
        add(Rule::S02, "form_title", &message, "give the survey a neutral title, such as Health, safety and daily life");
    }
    found
}
