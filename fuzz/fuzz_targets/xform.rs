//! Sheets or an XForm as a form: the XForm written from it is well-formed, names every question and is read back as the same
//! form; the form can be printed and compared.
#![no_main]

use kish_fuzz::instrument::{Concepts, Form, Instrument, Workbook, changes, print, screen, write_xform};
use kish_fuzz::workbook;
use libfuzzer_sys::fuzz_target;
use quick_xml::Reader;
use quick_xml::events::Event;

fuzz_target!(|text: &str| {
    let workbook = if text.starts_with('<') { Workbook::read(text.as_bytes()) } else { Ok(workbook(text)) };
    let Ok(workbook) = workbook else { return };
    let _ = Instrument::read(&workbook);
    let Ok(form) = Form::read(&workbook) else { return };
    let _ = screen(&form, &Concepts::default());
    assert!(changes(&form, &form).is_empty(), "a form differs from itself");
    let xform = write_xform(&form, &|_| true);
    well_formed(&xform);
    read_back(&xform);
    let _ = print(&form, &|_| true);
});

fn read_back(xform: &str) {
    let form = Workbook::read(xform.as_bytes()).and_then(|workbook| Form::read(&workbook));
    let form = form.unwrap_or_else(|errors| panic!("{errors:#?}\n{xform}"));
    // The order of binds and of texts says nothing.
    let lines = |text: &str| {
        let mut lines: Vec<String> = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        lines.sort();
        lines
    };
    let again = write_xform(&form, &|_| true);
    let (before, after) = (lines(xform), lines(&again));
    if let Some((before, after)) = before.iter().zip(&after).find(|(before, after)| before != after) {
        panic!("{before}\n{after}\n{xform}\n{again}");
    }
}

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
