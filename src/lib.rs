//! Kish: a survey carried from an approved questionnaire to a published table.

pub mod instrument;
pub mod submission;
