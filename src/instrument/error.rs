//! A mistake in a workbook: where it is, what is wrong, what to do.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What stands in an error in place of a sheet's name where the form is an XForm; its rows are the lines of the file.
pub(super) const XFORM: &str = "XForm";

/// The position comes first, as an author looks for it. Rows are counted as a spreadsheet shows them, headers in row 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Error {
    pub sheet: String,
    pub row: Option<usize>,
    pub column: Option<String>,
    pub kind: Kind,
    /// The stable code of the identifier screen's rule that found it: what a decision names to let it pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<Rule>,
    pub message: String,
    pub hint: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The file cannot be read as a workbook at all.
    Unreadable,
    /// A sheet, column or value that must be there is not.
    Missing,
    /// A value that is not one of those known.
    Unknown,
    /// The same name twice where it may stand once.
    Duplicate,
    /// An expression that cannot be read.
    Expression,
    /// Groups opened and closed in the wrong order, calculations that wait for each other.
    Structure,
    /// A question that would take in what identifies a person.
    Identifier,
    /// Larger than anything a questionnaire needs.
    Limit,
}

/// The rules of the identifier screen, by their codes: `I` for what says who someone is, `S` for what puts her at risk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rule {
    /// Which device it is.
    I01,
    /// Who holds the device.
    I02,
    /// Where someone lives.
    I03,
    /// A face, a voice, a paper.
    I04,
    /// What a printed code says.
    I05,
    /// Another app on the device.
    I06,
    /// Free text.
    I07,
    /// A log of the interview on the device.
    I08,
    /// A question that asks who someone is.
    I09,
    /// Answers in the device's list of sent interviews.
    I10,
    /// Another server.
    I11,
    /// Sent interviews stay on the device.
    I12,
    /// Said before consent, where others hear it.
    S01,
    /// Said by the title, which anyone sees.
    S02,
}

impl Rule {
    /// Rules that read words, and can be wrong about them: a committee may lift these. What the others find is so, whatever anyone decides.
    pub const LIFTABLE: [Rule; 3] = [Rule::I09, Rule::S01, Rule::S02];
}

impl Error {
    pub fn in_file(kind: Kind, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { sheet: String::new(), row: None, column: None, kind, rule: None, message: message.into(), hint: hint.into() }
    }

    pub fn in_sheet(sheet: &str, kind: Kind, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { sheet: sheet.to_owned(), ..Self::in_file(kind, message, hint) }
    }

    pub fn at(sheet: &str, row: usize, column: &str, kind: Kind, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { row: Some(row), column: Some(column.to_owned()), ..Self::in_sheet(sheet, kind, message, hint) }
    }

    /// Found by a rule of the identifier screen.
    pub(super) fn by_rule(self, rule: Rule) -> Self {
        Self { rule: Some(rule), ..self }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.sheet.is_empty() {
            let is_xform = self.sheet == XFORM;
            let (sheet, row_word, column_word) = if is_xform { ("", "line", "") } else { ("sheet ", "row", "column ") };
            write!(f, "{sheet}{}", self.sheet)?;
            if let Some(row) = self.row {
                write!(f, ", {row_word} {row}")?;
            }
            if let Some(column) = self.column.as_ref().filter(|c| !c.is_empty()) {
                write!(f, ", {column_word}{column}")?;
            }
            write!(f, ": ")?;
        }
        let rule = self.rule.map(|rule| format!(" [{rule:?}]")).unwrap_or_default();
        write!(f, "{}{rule}; {}", self.message, self.hint)
    }
}

/// Every mistake found, in the order of the workbook. Never empty.
pub type Errors = Vec<Error>;
