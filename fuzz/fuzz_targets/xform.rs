//! Sheets as a form: the XForm written from it is well-formed, names every question, and can be printed and compared.
#![no_main]

use kish_fuzz::instrument::{Concepts, Form, Instrument, changes, print, screen, write_xform};
use kish_fuzz::workbook;
use libfuzzer_sys::fuzz_target;
use quick_xml::Reader;
use quick_xml::events::Event;

fuzz_target!(|text: &str| {
    let workbook = workbook(text);
    let _ = Instrument::read(&workbook);
    let Ok(form) = Form::read(&workbook) else { return };
    let _ = screen(&form, &Concepts::default());
    assert!(changes(&form, &form).is_empty(), "a form differs from itself");
    well_formed(&write_xform(&form, &|_| true));
    let _ = print(&form, &|_| true);
});

fn well_formed(xform: &str) {
    let mut reader = Reader::from_str(xform);
    reader.config_mut().check_comments = true;
    loop {
        match reader.read_event() {
            Ok(Event::Eof) => return,
            Ok(Event::Start(e) | Event::Empty(e)) => {
                for attribute in e.attributes() {
                    let attribute = attribute.unwrap_or_else(|e| panic!("{e}\n{xform}"));
                    assert!(!attribute.value.contains('<'), "{xform}");
                }
            }
            Ok(_) => {}
            Err(e) => panic!("{e}\n{xform}"),
        }
    }
}
