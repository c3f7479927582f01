//! Bytes as a workbook: what is read becomes a form or its mistakes, and both can be said.
#![no_main]

use kish_fuzz::instrument::{Form, Workbook};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let errors = match Workbook::read(bytes).and_then(|workbook| Form::read(&workbook)) {
        Ok(_) => return,
        Err(errors) => errors,
    };
    assert!(!errors.is_empty(), "refused without a word");
    for error in &errors {
        let _ = error.to_string();
    }
});
