//! A questionnaire: read from an XLSForm, written as an XForm, with its indicators and the meaning of its questions.

mod canonical;
mod changes;
mod choices;
mod columns;
mod concepts;
mod controls;
mod error;
mod files;
mod form;
mod from_xform;
mod indicators;
mod itext;
mod logic;
mod nearest;
mod printed;
mod printed_changes;
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
mod xml_name;
pub mod xpath;

pub use canonical::Hash;
pub use changes::{Change, Detail, changes};
pub use concepts::{Concept, Concepts};
pub use error::{Error, Errors, Kind, Rule};
pub use files::{FileKind, named_files};
pub use form::{Choice, ChoiceList, DataFile, Delivery, Form, Language, ListId, Metadata, Node, NodeId, QuestionType};
pub use indicators::{Base, Contrast, DIMENSIONS, Indicator, IndicatorKind, LEVELS};
pub use printed::print;
pub use printed_changes::print_changes;
pub use screen::screen;
pub use texts::Texts;
pub use translations::Translation;
pub use workbook::{Row, Sheet, Workbook, limit};
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
        read::read(workbook).map_err(|errors| workbook.named(errors))
    }
}

impl Instrument {
    /// Reads the form, and the `concepts` and `indicators` sheets beside it.
    pub fn read(workbook: &Workbook) -> Result<Instrument, Errors> {
        let form = Form::read(workbook)?;
        let mut errors = Vec::new();
        let concepts = Concepts::read(workbook, &form, &mut errors);
        let indicators = indicators::read(workbook, &form, &mut errors);
        match concepts {
            Some(concepts) if errors.is_empty() => Ok(Instrument { form, concepts, indicators }),
            _ => Err(errors),
        }
    }
}

#[cfg(test)]
mod shipped;
#[cfg(test)]
mod tests;
