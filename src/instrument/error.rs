//! A mistake in a workbook: where it is, what is wrong, what to do.

use std::fmt;

use serde::Serialize;

/// The position comes first, as an author looks for it. Rows are counted as a spreadsheet shows them, headers in row 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Error {
    pub sheet: String,
    pub row: Option<usize>,
    pub column: Option<String>,
    pub kind: Kind,
    pub message: String,
    pub hint: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
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

impl Error {
    pub fn in_file(kind: Kind, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { sheet: String::new(), row: None, column: None, kind, message: message.into(), hint: hint.into() }
    }

    pub fn in_sheet(sheet: &str, kind: Kind, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { sheet: sheet.to_owned(), ..Self::in_file(kind, message, hint) }
    }

    pub fn at(sheet: &str, row: usize, column: &str, kind: Kind, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { row: Some(row), column: Some(column.to_owned()), ..Self::in_sheet(sheet, kind, message, hint) }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.sheet.is_empty() {
            write!(f, "sheet {}", self.sheet)?;
            if let Some(row) = self.row {
                write!(f, ", row {row}")?;
            }
            if let Some(column) = &self.column {
                write!(f, ", column {column}")?;
            }
            write!(f, ": ")?;
        }
        write!(f, "{}; {}", self.message, self.hint)
    }
}

/// Every mistake found, in the order of the workbook. Never empty.
pub type Errors = Vec<Error>;
