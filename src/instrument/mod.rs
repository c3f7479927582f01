//! A questionnaire: read from an XLSForm, written as an XForm, with its indicators and the meaning of its questions.

mod canonical;
mod changes;
mod choices;
mod columns;
mod concepts;
mod controls;
mod error;
mod form;
mod indicators;
mod itext;
mod logic;
mod nearest;
mod printed;
mod printed_words;
mod read;
mod refer;
mod screen;
mod screen_words;
mod survey;
mod texts;
mod translations;
mod types;
mod workbook;
mod xform;
mod xlsx;
pub mod xpath;

pub use canonical::Hash;
pub use changes::{Change, changes};
pub use concepts::{Concept, Concepts};
pub use error::{Error, Errors, Kind};
pub use form::{Choice, ChoiceList, DataFile, Delivery, Form, Language, ListId, Metadata, Node, NodeId, QuestionType};
pub use indicators::{Base, Indicator, IndicatorKind};
pub use printed::print;
pub use screen::screen;
pub use texts::Texts;
pub use translations::Translation;
pub use workbook::{Row, Sheet, Workbook};
pub use xform::write as write_xform;

/// A form with what its answers mean: which question is the age, and what is counted.
#[derive(Debug, Clone)]
pub struct Instrument {
    pub form: Form,
    pub concepts: Concepts,
    pub indicators: Vec<Indicator>,
}

impl Form {
    /// Reads the `survey`, `choices` and `settings` sheets; every mistake is reported, not the first alone.
    pub fn read(workbook: &Workbook) -> Result<Form, Errors> {
        read::read(workbook)
    }
}

impl Instrument {
    /// Reads the form, and the `concepts` and `indicators` sheets beside it.
    pub fn read(workbook: &Workbook) -> Result<Instrument, Errors> {
        let form = Form::read(workbook)?;
        let mut errors = Vec::new();
        let concepts = Concepts::read(workbook, &form, &mut errors);
        let indicators = indicators::read(workbook, &form, &mut errors);
        errors.extend(unstorable(&form));
        match concepts {
            Some(concepts) if errors.is_empty() => Ok(Instrument { form, concepts, indicators }),
            _ => Err(errors),
        }
    }
}

/// What a survey cannot keep yet: a response is one row, and a repeat would be many.
fn unstorable(form: &Form) -> impl Iterator<Item = Error> + '_ {
    form.nodes.iter().filter(|n| n.kind == QuestionType::Repeat).map(|n| {
        let message = format!("the answers inside the repeat '{}' cannot be stored yet", n.name);
        Error::at("survey", n.row, "type", Kind::Structure, message, "ask one person per form, or how many there are")
    })
}

#[cfg(test)]
mod shipped;
#[cfg(test)]
mod tests;
