//! The columns of a form's rows: the kept questions of all its versions, each once by its name, in the groups of the newest that has it.

use std::collections::HashSet;
use std::sync::Arc;

use super::BESIDE;
use crate::deidentify::kept_questions;
use crate::instrument::{Form, Instrument, NodeId, QuestionType};

/// How an answer is written where numbers and texts differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Whole,
    Number,
    Text,
}

impl Kind {
    pub(super) fn whole(answer: &str) -> Option<i64> {
        answer.parse().ok()
    }

    pub(super) fn number(answer: &str) -> Option<f64> {
        answer.parse().ok().filter(|n: &f64| n.is_finite())
    }
}

#[derive(Debug)]
pub(super) struct Column {
    question: String,
    /// The groups around it, the outermost first, and its own name last.
    pub(super) path: Vec<String>,
    /// In a CSV.
    pub(super) name: String,
    pub(super) kind: Kind,
    /// For each version, its place among the kept answers.
    pub(super) places: Vec<Option<usize>>,
}

#[derive(Debug)]
pub struct Columns(pub(super) Vec<Column>);

impl Columns {
    /// Of a form's versions, the newest first.
    pub fn of(versions: &[Arc<Instrument>]) -> Columns {
        let mut columns: Vec<Column> = Vec::new();
        for (version, instrument) in versions.iter().enumerate() {
            let form = &instrument.form;
            for (place, id) in kept_questions(form, &instrument.concepts, None).into_iter().enumerate() {
                let (question, kind) = (&form.node(id).name, kind(form.node(id).kind));
                let known = columns.iter().position(|column| column.question == *question);
                let known = known.unwrap_or_else(|| {
                    columns.push(Column::new(form, id, versions.len()));
                    columns.len() - 1
                });
                let column = &mut columns[known];
                column.places[version] = Some(place);
                if column.kind != kind {
                    column.kind = Kind::Text;
                }
            }
        }
        name(&mut columns);
        Columns(columns)
    }
}

impl Column {
    /// A row's answer among all it has; empty where its version has not the question.
    pub(super) fn answer<'a>(&self, of: usize, answers: &[&'a str]) -> &'a str {
        let place = self.places.get(of).copied().flatten();
        place.and_then(|place| answers.get(place)).copied().unwrap_or("")
    }

    fn new(form: &Form, id: NodeId, versions: usize) -> Column {
        let question = form.node(id).name.clone();
        let groups = form.ancestors(id).map(|group| form.node(group).name.clone());
        let mut path: Vec<String> = std::iter::once(question.clone()).chain(groups).collect();
        path.reverse();
        Column { question, path, name: String::new(), kind: kind(form.node(id).kind), places: vec![None; versions] }
    }
}

/// As Central does: `group-question`. Where that is taken, `data-` before it, for `data` is what an XForm calls its root.
fn name(columns: &mut [Column]) {
    let mut taken: HashSet<String> = BESIDE.iter().map(|name| (*name).to_owned()).collect();
    for column in columns {
        column.name = column.path.join("-");
        while !taken.insert(column.name.clone()) {
            column.name.insert_str(0, "data-");
        }
    }
}

fn kind(kind: QuestionType) -> Kind {
    match kind {
        QuestionType::Integer | QuestionType::Range { is_decimal: false } => Kind::Whole,
        QuestionType::Decimal | QuestionType::Range { is_decimal: true } => Kind::Number,
        _ => Kind::Text,
    }
}
