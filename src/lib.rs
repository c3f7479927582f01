//! Kish: a survey carried from an approved questionnaire to a published table.
//!
//! The rooms stand in the order of the flow, and a room uses only rooms declared above it:
//!
//! ```text
//! workbook ─▶ Form ─▶ XForm ─▶ (phone, browser) ─▶ Submission ─▶ Response ─▶ rows ─▶ Sample ─▶ Estimates ─▶ Table ─▶ bytes
//! instruments instrument openrosa                  submission    deidentify  store  prevalence  analysis   analysis  export
//!                  └── ethics: may this form be asked, of whom, where, until when ──┘
//! ```
//!
//! What never happens anywhere:
//! 1. `analysis` has no clock, no randomness it was not given, no input or output, no identifiers.
//! 2. Nothing outside `store` names a table or a connection. Nothing outside `http` names a status code.
//! 3. Time arrives as an argument; keys and randomness come from `keys` alone.
//! 4. No log line holds an answer, an address, a token or a device id.
//! 5. Nothing a person does is kept without its line in the trail, and no line without what was done.
//! 6. There is no second road: device, browser, client library and demo all come in by the same submission route.

/// A questionnaire: questions, choice lists, skip logic; read from XLSForm, written as XForm; indicators.
pub mod instrument;
/// A workbook read in a process of its own, under limits.
pub mod confined;
/// A committee's decision about one form, and what it covers.
pub mod ethics;
/// Sample frame, help list, result codes, response rates.
pub mod fieldwork;
/// The protocol's shapes: form list, manifest, receipt.
pub mod openrosa;
/// Answers as sent, checked against their form.
pub mod submission;
/// The secrets between what a device sent and what is kept.
pub mod keys;
/// Answers with the person taken out.
pub mod deidentify;
/// What a device encrypted to a form's public key, as ODK does it.
pub mod odk_encryption;
/// What cannot be counted, sealed to the ethics reviewer.
pub mod set_aside;
/// Roles, passwords, tokens.
pub mod people;
/// Who did what, in a chain that shows what was changed in it.
pub mod trail;
/// The memory; the only room that speaks SQL.
pub mod store;
/// Copies of database and keys, encrypted to somebody who is not the server, and put back.
pub mod backup;
/// One submission's way in.
pub mod intake;
/// Weights, indicators, domains; the only room of the server that calls `analysis`.
pub mod prevalence;
/// A protected table as JSON and CSV, a research file as a zip, coded rows as CSV and OData.
pub mod export;
/// Estimates over any file of microdata, without a server.
pub mod microdata;
/// Disclosure control over any tables of counts, without a server.
pub mod disclosure;
/// Every knob, its default, its meaning.
pub mod settings;
/// The office's side of what waits sealed: opened with a key, and sent in again.
pub mod open;
/// The pages for the browser, built into the program.
pub mod pages;
/// The door: routes, who may enter, what went wrong.
pub mod http;
/// A simulated survey, fielded through the door like any other.
pub mod demo;
