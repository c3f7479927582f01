//! Text as an expression over a form: what can be read can be computed, whatever the answers are.
#![no_main]

use std::sync::LazyLock;

use kish_fuzz::instrument::Form;
use kish_fuzz::submission::{Instance, Submission};
use kish_fuzz::{FORM, workbook};
use libfuzzer_sys::fuzz_target;

static ANSWERS: LazyLock<Instance> =
    LazyLock::new(|| Instance::read(include_bytes!("../seeds/instance/interview.xml")).expect("well-formed"));

fuzz_target!(|text: &str| {
    if text.contains(['|', '\n']) {
        return;
    }
    // As a calculation, a rule and a filter: bare names mean something else in each.
    let rows = format!(
        "calculate | asked | | | | | {text}\ncalculate | ruled | | | {text} | . > 1 | 1\nselect_one town | filtered | Town? | | | {text} | | | {text}\n# choices\n"
    );
    let whole = FORM.replacen("# choices\n", &rows, 1);
    let Ok(form) = Form::read(&workbook(&whole)) else { return };
    let _ = Submission::check(&form, &ANSWERS);
});
