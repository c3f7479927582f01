//! Kish: a survey carried from an approved questionnaire to a published table.

/// The estimator over any microdata file.
pub mod microdata;
