//! Bytes as an interview: what is read is checked against a form with every kind of question.
#![no_main]

use std::sync::LazyLock;

use kish_fuzz::form;
use kish_fuzz::instrument::Form;
use kish_fuzz::submission::{Instance, Submission};
use libfuzzer_sys::fuzz_target;

static FORM: LazyLock<Form> = LazyLock::new(form);

fuzz_target!(|bytes: &[u8]| {
    let Ok(instance) = Instance::read(bytes) else { return };
    match Submission::check(&FORM, &instance) {
        Ok(submission) => FORM.ids().for_each(|id| drop(submission.text(id).into_owned())),
        Err(rejections) => assert!(!rejections.is_empty(), "rejected without a reason"),
    }
});
