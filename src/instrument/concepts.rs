//! The `concepts` sheet: which question holds the age, the sex, the case, and the other things every survey has.

use serde::{Deserialize, Serialize};

use super::error::{Error, Errors, Kind};
use super::form::{Form, NodeId};
use super::nearest::nearest;
use super::workbook::{Row, Sheet, Workbook};

macro_rules! concepts {
    ($($variant:ident $name:literal),* $(,)?) => {
        /// What a question means to the survey, whatever it is called in the form. An `item` is of the subject alone: no rule
        /// of the server depends on it, and the sheet's other columns say to people what it measures.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        pub enum Concept { $($variant),* }

        impl Concept {
            const ALL: &'static [(&'static str, Concept)] = &[$(($name, Concept::$variant)),*];
        }
    };
}

concepts! {
    Case "case", FieldedSex "fielded_sex", NEligible "n_eligible", Consent "consent", Result "result",
    ContactAgeGroup "contact_age_group", Sex "sex", Age "age", Partnership "partnership", Privacy "privacy",
    Seeing "wg_seeing", Hearing "wg_hearing", Walking "wg_walking", Remembering "wg_remembering",
    SelfCare "wg_selfcare", Communicating "wg_communicating",
    Language "language", Mode "mode", Start "start", End "end", Day "day", Distress "distress",
    WithdrawalCode "withdrawal_code",
    Item "item",
}

impl Concept {
    /// The six domains of the Washington Group Short Set, in its order.
    pub const WASHINGTON_GROUP: [Concept; 6] =
        [Concept::Seeing, Concept::Hearing, Concept::Walking, Concept::Remembering, Concept::SelfCare, Concept::Communicating];

    /// Without these no record can be tied to its case, weighted or disaggregated.
    const REQUIRED: [Concept; 10] = [
        Concept::Case,
        Concept::Result,
        Concept::Sex,
        Concept::Age,
        Concept::Seeing,
        Concept::Hearing,
        Concept::Walking,
        Concept::Remembering,
        Concept::SelfCare,
        Concept::Communicating,
    ];

    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, c)| *c == self).map_or("", |(name, _)| name)
    }

    fn named(name: &str) -> Option<Concept> {
        Self::ALL.iter().find(|(n, _)| *n == name).map(|(_, c)| *c)
    }
}

#[derive(Debug, Clone, Default)]
pub struct Concepts {
    questions: Vec<(Concept, NodeId)>,
}

impl Concepts {
    pub fn question(&self, concept: Concept) -> Option<NodeId> {
        self.questions.iter().find(|(c, _)| *c == concept).map(|(_, q)| *q)
    }

    /// Whether a question's answer is kept only in a form that names no one: the case as a pseudonym, times as a week, age in years,
    /// a code to withdraw by as what recognises it.
    pub fn is_taken_out(&self, question: NodeId) -> bool {
        const TAKEN_OUT: [Concept; 6] = [Concept::Case, Concept::Start, Concept::End, Concept::Day, Concept::Age, Concept::WithdrawalCode];
        self.questions.iter().any(|(c, q)| *q == question && TAKEN_OUT.contains(c))
    }

    pub(super) fn read(workbook: &Workbook, form: &Form, errors: &mut Errors) -> Option<Concepts> {
        const HINT: &str =
            "add it with the columns concept and question, so that the age, the sex, the case and the Washington Group questions are known";
        let Some(sheet) = workbook.sheet("concepts") else {
            let hint = if workbook.is_xform { format!("send the XForm and concepts.csv in one zip; {HINT}") } else { HINT.to_owned() };
            errors.push(Error::in_file(Kind::Missing, "there is no sheet 'concepts'", hint));
            return None;
        };
        let mut concepts = Concepts::default();
        sheet.rows.iter().for_each(|row| concepts.row(sheet, row, form, errors));
        for concept in Concept::REQUIRED.iter().filter(|c| concepts.question(**c).is_none()) {
            let message = format!("no question is named for the concept '{}'", concept.name());
            errors.push(Error::in_sheet("concepts", Kind::Missing, message, "add a row that names its question"));
        }
        Some(concepts)
    }

    fn row(&mut self, sheet: &Sheet, row: &Row, form: &Form, errors: &mut Errors) {
        let (concept, question) = (sheet.cell(row, "concept"), sheet.cell(row, "question"));
        let known = Concept::named(concept);
        if known.is_none() {
            errors.push(unknown(row.number, "concept", concept, Concept::ALL.iter().map(|(n, _)| *n)));
        }
        let node = form.named(question);
        if node.is_none() {
            errors.push(unknown(row.number, "question", question, form.nodes.iter().map(|n| n.name.as_str())));
        }
        if node.is_some_and(|n| form.repeat_of(n).is_some()) {
            let message = format!("'{question}' lies in a repeat, and of each interview there is one {concept}");
            errors.push(Error::at("concepts", row.number, "question", Kind::Structure, message, "name a question outside the repeat"));
        }
        if let (Some(concept), Some(node)) = (known, node) {
            self.questions.push((concept, node));
        }
    }
}

fn unknown<'a>(row: usize, column: &str, text: &str, known: impl Iterator<Item = &'a str> + Clone) -> Error {
    let hint = nearest(text, known.clone())
        .map_or_else(|| format!("these are known: {}", known.collect::<Vec<_>>().join(", ")), |near| format!("did you mean {near}?"));
    Error::at("concepts", row, column, Kind::Unknown, format!("there is no {column} '{text}'"), hint)
}
