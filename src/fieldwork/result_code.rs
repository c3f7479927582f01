//! How a case ended: one code list over households and people, with its class in the AAPOR Standard Definitions.

use serde::Serialize;

/// A final result, by its number in the code list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ResultCode(u8);

/// AAPOR's classes, as response rates add them up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    Interview,
    PartialInterview,
    Refusal,
    NonContact,
    Other,
    /// Whether anyone eligible lives there is not known.
    UnknownEligibility,
    NotEligible,
}

const CODES: [(u8, Class, &str); 20] = [
    (1, Class::Interview, "completed"),
    (2, Class::PartialInterview, "partly completed, usable"),
    (3, Class::Refusal, "partly completed, not usable"),
    (4, Class::Refusal, "refused by the respondent"),
    (5, Class::Refusal, "refused by the household"),
    (6, Class::Other, "consent of a guardian missing"),
    (7, Class::Other, "privacy not possible"),
    (8, Class::NonContact, "not at home"),
    (9, Class::NonContact, "postponed, still open"),
    (10, Class::NotEligible, "no eligible person"),
    (11, Class::Other, "unable to take part, or no language in common"),
    (12, Class::NotEligible, "dwelling vacant or not a dwelling"),
    (13, Class::NotEligible, "dwelling destroyed"),
    (14, Class::UnknownEligibility, "not found or out of reach"),
    (15, Class::NonContact, "household absent for long"),
    (16, Class::NonContact, "unable to contact"),
    (20, Class::Refusal, "withdrawn by the respondent"),
    (21, Class::Other, "stopped for distress or safety"),
    (22, Class::Refusal, "interrupted, not resumed"),
    (96, Class::Other, "other"),
];

impl ResultCode {
    pub const PRIVACY_NOT_POSSIBLE: ResultCode = ResultCode(7);
    pub const WITHDRAWN: ResultCode = ResultCode(20);

    /// `None` for a number that is not in the code list.
    pub fn new(code: u8) -> Option<ResultCode> {
        CODES.iter().any(|(c, ..)| *c == code).then_some(ResultCode(code))
    }

    /// A stored number; one that is not in the list counts as other.
    pub fn of(code: u8) -> ResultCode {
        ResultCode::new(code).unwrap_or(ResultCode(96))
    }

    pub fn all() -> impl Iterator<Item = ResultCode> {
        CODES.iter().map(|(code, ..)| ResultCode(*code))
    }

    pub fn code(self) -> u8 {
        self.0
    }

    pub fn class(self) -> Class {
        self.row().1
    }

    pub fn label(self) -> &'static str {
        self.row().2
    }

    /// Whether the answers are counted in tables.
    pub fn is_usable(self) -> bool {
        matches!(self.class(), Class::Interview | Class::PartialInterview)
    }

    /// Whether somebody was asked anything: an interview was held, however it ended.
    pub fn is_begun(self) -> bool {
        matches!(self.0, 1..=3 | 20..=22)
    }

    fn row(self) -> &'static (u8, Class, &'static str) {
        CODES.iter().find(|(code, ..)| *code == self.0).unwrap_or(&CODES[CODES.len() - 1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interview_is_held_where_somebody_was_asked_and_not_where_nobody_was_found() {
        let begun: Vec<u8> = ResultCode::all().filter(|r| r.is_begun()).map(ResultCode::code).collect();
        assert_eq!(begun, [1, 2, 3, 20, 21, 22]);
    }
}
