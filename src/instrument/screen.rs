//! The identifier screen: questions that would take in who someone is, named before the form can be published.

use super::concepts::{Concept, Concepts};
use super::error::{Error, Kind};
use super::form::{Form, Metadata, Node, NodeId, QuestionType};

/// Parts of a question's name that ask who someone is.
const IDENTIFYING: [&str; 14] = [
    "first_name",
    "last_name",
    "surname",
    "full_name",
    "nom_",
    "phone",
    "telephone",
    "email",
    "e_mail",
    "address",
    "birth_date",
    "date_of_birth",
    "national_id",
    "passport",
];

/// What the form would take in that it must not, each with its row and what to do.
pub fn screen(form: &Form, concepts: &Concepts) -> Vec<Error> {
    let mut found: Vec<Error> = form.ids().filter_map(|id| question(form, concepts, id)).collect();
    if form.instance_name.as_ref().is_some_and(|e| !e.reads().is_empty()) {
        found.push(Error::in_sheet(
            "settings",
            Kind::Identifier,
            "instance_name shows answers in the device's list of sent interviews, where they stay",
            "leave instance_name empty",
        ));
    }
    found
}

fn question(form: &Form, concepts: &Concepts, id: NodeId) -> Option<Error> {
    let node = form.node(id);
    let (column, message, hint) = match node.kind {
        QuestionType::Metadata(Metadata::Start | Metadata::End | Metadata::Today) => return None,
        QuestionType::Metadata(Metadata::Audit) => ("type", "keeps a log of the interview on the device", "remove the row"),
        QuestionType::Metadata(_) => ("type", "takes in who holds the device, or which device it is", "remove the row"),
        QuestionType::Upload(_) => ("type", "takes in a face, a voice or a paper", "remove the row, or ask with codes"),
        QuestionType::Location(_) => ("type", "takes in where someone lives", "remove the row; the sample frame holds the region"),
        QuestionType::Barcode => {
            ("type", "takes in what a printed code says", "ask for the case with a text question named in the concepts sheet")
        }
        QuestionType::Text if concepts.question(Concept::Case) == Some(id) => return None,
        QuestionType::Text => ("type", "takes in free text, in which anyone may be named", "ask with codes (select_one)"),
        _ if appearance_leaves_the_form(node) => {
            ("appearance", "hands the interview to another app on the device", "remove the appearance")
        }
        _ if IDENTIFYING.iter().any(|part| node.name.to_lowercase().contains(part)) => {
            ("name", "asks who someone is", "remove the question; if it asks something else, rename it")
        }
        _ => return None,
    };
    Some(Error::at("survey", node.row, column, Kind::Identifier, format!("'{}' {message}", node.name), hint))
}

fn appearance_leaves_the_form(node: &Node) -> bool {
    node.appearance.split_whitespace().any(|word| word.starts_with("ex:"))
}
