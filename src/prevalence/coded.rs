//! The answers of many interviews as columns: of each kept question a small number for each interview, and each different answer once.
//!
//! Nothing of it is on the disk: it is made of the responses when a table is first asked for, row by row as they are read, and again
//! after one of them was changed or taken back. An interview of the shipped questionnaire takes a byte for each question that anybody
//! answered, two or four where it has more than 256 or 65,536 different answers.

use std::collections::HashMap;

use crate::deidentify::KeptAnswers;
use crate::instrument::NodeId;
use crate::instrument::xpath::{Answers, Value};

/// Groups times answers up to which a group is found by its place in a table.
const MOST_PLACES: usize = 1 << 22;

#[derive(Debug)]
pub struct CodedAnswers {
    layout: KeptAnswers,
    rows: usize,
    columns: Vec<Column>,
    /// The interviews in another order than they came in.
    order: Option<Vec<u32>>,
}

/// One interview's answers.
#[derive(Debug, Clone, Copy)]
pub struct CodedRow<'a> {
    all: &'a CodedAnswers,
    row: usize,
}

/// Interviews that answered some questions alike.
#[derive(Debug)]
pub struct Groups {
    pub of_row: Vec<u32>,
    /// An interview of each.
    pub first: Vec<usize>,
}

impl CodedAnswers {
    pub fn new(layout: KeptAnswers) -> CodedAnswers {
        let columns = (0..layout.kept()).map(|_| Column::new()).collect();
        CodedAnswers { layout, rows: 0, columns, order: None }
    }

    /// Adds an interview's answers as they are stored: parted by tabs, in the order of the kept questions.
    pub fn push(&mut self, answers: &str) {
        let mut start = 0;
        let mut columns = self.columns.iter_mut();
        let bytes = answers.as_bytes();
        for end in 0..=bytes.len() {
            if end < bytes.len() && bytes[end] != b'\t' {
                continue;
            }
            let Some(column) = columns.next() else { break };
            if end > start {
                column.put(self.rows, &answers[start..end]);
            }
            start = end + 1;
        }
        self.rows += 1;
    }

    /// The place of each interview as it came in, in the order of the sample's rows.
    pub fn order(&self) -> impl Iterator<Item = usize> {
        (0..self.rows).map(|row| self.order.as_ref().map_or(row, |order| order[row] as usize))
    }

    pub(super) fn put_in_order(&mut self, order: Vec<u32>) {
        self.order = Some(order);
    }

    /// By its place as it came in.
    pub fn row(&self, row: usize) -> CodedRow<'_> {
        CodedRow { all: self, row }
    }

    /// The interviews by their answers to some questions, grouped one question after the other.
    pub fn groups(&self, nodes: &[NodeId]) -> Groups {
        let mut groups = Groups { of_row: vec![0; self.rows], first: if self.rows == 0 { Vec::new() } else { vec![0] } };
        for column in nodes.iter().filter_map(|node| self.column(*node)) {
            groups.split(column);
        }
        groups
    }

    /// Nothing where the question's answer is not kept.
    fn column(&self, node: NodeId) -> Option<&Column> {
        self.layout.place(node).and_then(|place| self.columns.get(place))
    }
}

impl Answers for CodedRow<'_> {
    fn value(&self, node: NodeId) -> Value<'_> {
        let Some(column) = self.all.column(node) else { return Value::EMPTY };
        let code = column.code(self.row);
        let text = Value::text(&column.texts[code as usize]);
        if code > 0 && self.all.layout.is_numeric(node) { Value::Number(text.to_number()) } else { text }
    }
}

impl Groups {
    fn split(&mut self, column: &Column) {
        let answers = column.texts.len();
        if answers == 1 {
            return;
        }
        let mut first = Vec::new();
        let mut new = |row: usize| {
            first.push(row);
            u32::try_from(first.len() - 1).unwrap_or(u32::MAX)
        };
        if let Some(places) = self.first.len().checked_mul(answers).filter(|places| *places <= MOST_PLACES) {
            let mut known = vec![u32::MAX; places];
            for (row, group) in self.of_row.iter_mut().enumerate() {
                let place = &mut known[*group as usize * answers + column.code(row) as usize];
                if *place == u32::MAX {
                    *place = new(row);
                }
                *group = *place;
            }
        } else {
            let mut known = HashMap::new();
            for (row, group) in self.of_row.iter_mut().enumerate() {
                *group = *known.entry((*group, column.code(row))).or_insert_with(|| new(row));
            }
        }
        self.first = first;
    }
}

/// A question: a code for each interview, 0 where it has no answer.
#[derive(Debug)]
struct Column {
    codes: Codes,
    /// The answer of each code.
    texts: Vec<Box<str>>,
    /// The codes of answers of one byte, 0 where it has not come.
    short: [u32; 128],
    long: HashMap<Box<str>, u32>,
}

impl Column {
    fn new() -> Column {
        Column { codes: Codes::Narrow(Vec::new()), texts: vec![Box::default()], short: [0; 128], long: HashMap::new() }
    }

    fn put(&mut self, row: usize, text: &str) {
        let code = match text.as_bytes() {
            [byte @ 0..128] => match self.short[usize::from(*byte)] {
                0 => {
                    let code = self.add(text);
                    self.short[usize::from(*byte)] = code;
                    code
                }
                code => code,
            },
            _ => match self.long.get(text) {
                Some(code) => *code,
                None => {
                    let code = self.add(text);
                    self.long.insert(text.into(), code);
                    code
                }
            },
        };
        self.codes.put(row, code);
    }

    fn add(&mut self, text: &str) -> u32 {
        self.texts.push(text.into());
        u32::try_from(self.texts.len() - 1).unwrap_or(u32::MAX)
    }

    /// Those who came after the last answer have none.
    fn code(&self, row: usize) -> u32 {
        match &self.codes {
            Codes::Narrow(codes) => codes.get(row).map_or(0, |code| u32::from(*code)),
            Codes::Middle(codes) => codes.get(row).map_or(0, |code| u32::from(*code)),
            Codes::Wide(codes) => codes.get(row).copied().unwrap_or(0),
        }
    }
}

/// As narrow as the codes allow.
#[derive(Debug)]
enum Codes {
    Narrow(Vec<u8>),
    Middle(Vec<u16>),
    Wide(Vec<u32>),
}

impl Codes {
    fn put(&mut self, row: usize, code: u32) {
        match self {
            Codes::Narrow(codes) => match u8::try_from(code) {
                Ok(code) => put(codes, row, code),
                Err(_) => {
                    *self = Codes::Middle(codes.iter().map(|code| u16::from(*code)).collect());
                    self.put(row, code);
                }
            },
            Codes::Middle(codes) => match u16::try_from(code) {
                Ok(code) => put(codes, row, code),
                Err(_) => {
                    *self = Codes::Wide(codes.iter().map(|code| u32::from(*code)).collect());
                    self.put(row, code);
                }
            },
            Codes::Wide(codes) => put(codes, row, code),
        }
    }
}

fn put<T: Clone + Default>(codes: &mut Vec<T>, row: usize, code: T) {
    codes.resize(row, T::default());
    codes.push(code);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instrument::{Instrument, Workbook};

    #[test]
    fn every_answer_reads_as_it_was_stored() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/instruments/tfvaw");
        let instrument = Instrument::read(&Workbook::open(folder.as_ref()).unwrap()).unwrap();
        let layout = KeptAnswers::of(&instrument);
        let kept = layout.kept();
        let nodes: Vec<NodeId> =
            (0..instrument.form.nodes.len()).map(NodeId::from_index).filter(|node| layout.place(*node).is_some()).collect();
        // Of two questions more than 256 and more than 65,536 different ones.
        let answer = |row: usize, place: usize| match (place, (row * 7 + place) % 3) {
            (5, _) => format!("1 {row}"),
            (7, 0) => format!("{}", row % 300),
            (_, 0) => String::new(),
            (_, 1) => "1".to_owned(),
            _ => "é".to_owned(),
        };
        let stored: Vec<String> = (0..70_000)
            .map(|row| (0..if row % 11 == 0 { 3 } else { kept.min(12) }).map(|place| answer(row, place)).collect::<Vec<_>>().join("\t"))
            .chain([String::new()])
            .collect();
        let mut coded = CodedAnswers::new(KeptAnswers::of(&instrument));
        stored.iter().for_each(|answers| coded.push(answers));
        assert_eq!(coded.order().count(), stored.len());
        // As text, for what is no number at a number question is like no other.
        let said = |answers: &dyn Answers, node: &NodeId| format!("{:?}", answers.value(*node));
        let codes: Vec<NodeId> = nodes.iter().copied().filter(|node| !layout.is_numeric(*node)).take(8).collect();
        let all = |row: usize| codes.iter().map(|node| said(&coded.row(row), node)).collect::<Vec<_>>();
        for (row, answers) in stored.iter().enumerate().step_by(7) {
            let plain = layout.read(answers);
            for node in nodes.iter().take(16) {
                assert_eq!(said(&coded.row(row), node), said(&plain, node), "row {row}");
            }
        }
        let groups = coded.groups(&codes);
        for (row, group) in groups.of_row.iter().enumerate() {
            assert_eq!(all(row), all(groups.first[*group as usize]), "row {row}");
        }
        let mut different: Vec<_> = groups.first.iter().map(|row| all(*row)).collect();
        different.sort();
        different.dedup();
        assert_eq!(different.len(), groups.first.len(), "two groups answered alike");
    }
}
