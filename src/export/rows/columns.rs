//! The columns of one table: the kept questions of all versions of a form, each once by its name, in the groups of the newest that has it.

use std::collections::HashSet;
use std::sync::Arc;

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
    /// The groups around it within its table, the outermost first, and its own name last.
    pub(super) path: Vec<String>,
    /// In a CSV.
    pub(super) name: String,
    pub(super) kind: Kind,
    /// For each version, its place among the kept answers.
    pub(super) places: Vec<Option<usize>>,
}

#[derive(Debug)]
pub struct Columns(pub(super) Vec<Column>);

/// What a version has of a table: nothing, the questions outside repeats, or those of one repeat.
pub(super) type Has = Option<Option<NodeId>>;

impl Columns {
    /// Of a form's versions, the newest first, beside columns that every row of the table has.
    pub(super) fn of(versions: &[Arc<Instrument>], of: &[Has], beside: &[&str]) -> Columns {
        let mut columns: Vec<Column> = Vec::new();
        for (version, (instrument, has)) in versions.iter().zip(of).enumerate() {
            let (form, Some(repeat)) = (&instrument.form, has) else { continue };
            for (place, id) in kept_questions(form, &instrument.concepts, *repeat).into_iter().enumerate() {
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
        name(&mut columns, beside);
        Columns(columns)
    }

    /// For each place among a version's kept answers, its column.
    pub(super) fn by_place(&self, of: usize) -> Vec<Option<usize>> {
        let places = || self.0.iter().map(|column| column.places.get(of).copied().flatten());
        let mut columns = vec![None; places().flatten().map(|place| place + 1).max().unwrap_or(0)];
        places().enumerate().for_each(|(column, place)| place.into_iter().for_each(|place| columns[place] = Some(column)));
        columns
    }

    /// A row's answers, in the order of its version's kept questions.
    pub(super) fn split<'a>(&self, answers: &'a str) -> Vec<&'a str> {
        let mut split = Vec::with_capacity(self.0.len());
        split.extend(answers.split('\t'));
        split
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
        Column { question, path: path(form, id), name: String::new(), kind: kind(form.node(id).kind), places: vec![None; versions] }
    }
}

/// From the repeat it lies in, or from the root, down to its own name.
pub(super) fn path(form: &Form, id: NodeId) -> Vec<String> {
    let around = form.ancestors(id).take_while(|group| form.repeat_of(id) != Some(*group));
    let mut path: Vec<String> = std::iter::once(id).chain(around).map(|id| form.node(id).name.clone()).collect();
    path.reverse();
    path
}

/// As Central does: `group-question`. Where that is taken, `data-` before it, for `data` is what an XForm calls its root.
fn name(columns: &mut [Column], beside: &[&str]) {
    let mut taken: HashSet<String> = beside.iter().map(|name| (*name).to_owned()).collect();
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
