//! Workbooks that would take the machine with them take their own process instead, and the author hears what to do.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{Cursor, Write};
use std::time::{Duration, Instant};

use kish::confined::Reader;
use kish::instrument::{Error, Kind, Rule};

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006/relationships";

fn reader() -> Reader {
    Reader::of(env!("CARGO_BIN_EXE_kish").as_ref())
}

fn zip(members: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in members {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// An `.xlsx` of one sheet, `survey`, given as XML rows.
fn xlsx(dimension: &str, rows: &str) -> Vec<u8> {
    let sheet = format!("<worksheet xmlns='{MAIN}'><dimension ref='{dimension}'/><sheetData>{rows}</sheetData></worksheet>");
    let book =
        format!("<workbook xmlns='{MAIN}' xmlns:r='{RELATIONS}'><sheets><sheet name='survey' sheetId='1' r:id='r1'/></sheets></workbook>");
    let relation = |kind: &str, target: &str| {
        format!("<Relationships xmlns='{PACKAGE}'><Relationship Id='r1' Type='{RELATIONS}/{kind}' Target='{target}'/></Relationships>")
    };
    zip(&[
        ("[Content_Types].xml", "<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'/>"),
        ("_rels/.rels", &relation("officeDocument", "xl/workbook.xml")),
        ("xl/workbook.xml", &book),
        ("xl/_rels/workbook.xml.rels", &relation("worksheet", "worksheets/sheet1.xml")),
        ("xl/worksheets/sheet1.xml", &sheet),
    ])
}

#[track_caller]
fn refused(bytes: &[u8]) -> Error {
    reader().read(bytes).unwrap().unwrap_err().remove(0)
}

#[test]
fn a_kilobyte_that_claims_half_a_terabyte_is_refused_at_once() {
    let bomb = xlsx("A1:XFD1048576", "<row r='1'><c r='A1'><v>1</v></c></row><row r='1048576'><c r='XFD1048576'><v>1</v></c></row>");
    assert!(bomb.len() < 1_700, "{}", bomb.len());
    let started = Instant::now();
    assert_eq!(refused(&bomb).kind, Kind::Limit);
    assert!(started.elapsed() < Duration::from_secs(2));
}

#[test]
fn a_sheet_of_many_mistakes_hears_all_of_them_at_once() {
    let survey = "type,name,lable,relevent\ninteger,my age,Age?,1 = 1\n";
    let sheets = [("survey.csv", survey), ("choice.csv", "list_name,name,label\nyn,1,Yes\n"), ("settings.csv", "form_id\na\n")];
    let said: Vec<String> = reader().read(&zip(&sheets)).unwrap().unwrap().findings.iter().map(ToString::to_string).collect();
    for part in ["sheet choice: ", "rename it to choices", "did you mean label?", "did you mean relevant?", "write my_age"] {
        assert!(said.iter().any(|s| s.contains(part)), "{part}: {said:#?}");
    }
}

#[test]
fn what_inflates_without_end_is_refused_while_it_inflates() {
    let bomb = xlsx("A1", &" ".repeat(40 << 20));
    assert!(bomb.len() < 1 << 20);
    assert!(refused(&bomb).message.contains("32 MiB"));
}

#[test]
fn a_form_that_is_honest_comes_back_with_what_the_screen_finds() {
    let survey = "type,name,label\ntext,first_name,Your first name?\n";
    let examined = reader().read(&zip(&[("survey.csv", survey), ("settings.csv", "form_id\na\n")])).unwrap().unwrap();
    assert_eq!(examined.workbook.sheets.len(), 2);
    let rules: Vec<_> = examined.findings.iter().map(|f| f.rule).collect();
    assert_eq!(rules, [Some(Rule::I07)]);
    assert!(examined.findings[0].to_string().contains("[I07]; "), "{}", examined.findings[0]);
}

/// Each expression is small and its pattern within the limit of one; together they are more memory than the process may take.
#[test]
fn what_is_small_and_grows_large_ends_its_own_process() {
    let row = "text,q#,Q?,\"regex(., '\\w{9}')\"\n";
    let rows: String = (0..15_000).map(|n| row.replace('#', &n.to_string())).collect();
    let sheets = [("survey.csv", format!("type,name,label,constraint\n{rows}")), ("settings.csv", "form_id\na\n".to_owned())];
    let bytes = zip(&[(sheets[0].0, &sheets[0].1), (sheets[1].0, &sheets[1].1)]);
    let started = Instant::now();
    let error = refused(&bytes);
    assert_eq!(error.kind, Kind::Limit, "{error}");
    assert!(error.message.contains("512 MiB"), "{error}");
    assert!(started.elapsed() < Duration::from_secs(120));
}
