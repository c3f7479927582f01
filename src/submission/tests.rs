//! Instances that fit the shipped questionnaire, instances that do not, and bytes that are no instance.

use std::path::Path;

use super::{Instance, Malformed, Reason, Submission};
use crate::instrument::{Form, Instrument, Row, Sheet, Workbook};

fn instrument() -> Instrument {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/instruments/tfvaw"));
    Instrument::read(&Workbook::open(folder).expect("the sheets are readable")).expect("the shipped questionnaire is good")
}

/// A refused interview: short, and with every kind of element the form has.
const REFUSED: &str = "<data id='tfvaw' version='2026112201' xmlns:orx='http://openrosa.org/xforms'>
  <start>2026-11-16T10:00:00.000+01:00</start><end>2026-11-16T10:04:00.000+01:00</end><today>2026-11-16</today><mode>1</mode><min_age>18</min_age><distress_protocol>0</distress_protocol><draw>410000</draw>
  <arrival><case_code>KH-0001</case_code><interview_language>fr</interview_language><fielded_sex>1</fielded_sex><visit>1</visit></arrival>
  <household><household_intro/><household_agrees>1</household_agrees><n_eligible>3</n_eligible></household>
  <selected_person>2</selected_person>
  <selection><selected_note/><person_contact>1</person_contact></selection>
  <agreement><consent_elements>1 2 3 4 5 6 7 8 9 10</consent_elements><consent>2</consent></agreement><contact_age_group>3</contact_age_group>
  <closing><help_list/></closing><result>4</result>
  <orx:meta><orx:instanceID>uuid:1</orx:instanceID></orx:meta></data>";

#[track_caller]
fn rejected(from: &str, to: &str, expected: &[(&str, Reason)]) {
    assert!(REFUSED.contains(from), "{from}");
    let instrument = instrument();
    let instance = Instance::read(REFUSED.replace(from, to).as_bytes()).expect("well-formed");
    let rejections = Submission::check(&instrument.form, &instance).expect_err(to);
    let found: Vec<_> = rejections.iter().map(|r| (r.question.as_str(), r.reason)).collect();
    assert_eq!(found, expected, "{to}");
}

#[test]
fn an_honest_refusal_fits() {
    let instrument = instrument();
    let instance = Instance::read(REFUSED.as_bytes()).expect("well-formed");
    assert_eq!((instance.instance_id.as_deref(), instance.version.as_str()), (Some("uuid:1"), "2026112201"));
    let submission = Submission::check(&instrument.form, &instance).unwrap_or_else(|e| panic!("{e:?}"));
    assert_eq!(submission.text(instrument.form.named("result").expect("result")), "4");
}

#[test]
fn each_rule_of_the_form_is_run_again() {
    rejected(
        "<n_eligible>3<",
        "<n_eligible>three<",
        &[
            ("n_eligible", Reason::WrongType),
            ("selected_person", Reason::NotRelevant),
            ("person_contact", Reason::NotRelevant),
            ("consent_elements", Reason::NotRelevant),
            ("consent", Reason::NotRelevant),
            ("contact_age_group", Reason::NotRelevant),
            ("result", Reason::Calculation),
        ],
    );
    rejected("<draw>410000<", "<draw>1410000<", &[("draw", Reason::Constraint), ("selected_person", Reason::Calculation)]);
    rejected("<selected_person>2<", "<selected_person>3<", &[("selected_person", Reason::Calculation)]);
    rejected("<interview_language>fr<", "<interview_language>de<", &[("interview_language", Reason::UnknownChoice)]);
    rejected("<case_code>KH-0001<", "<case_code>Maria<", &[("case_code", Reason::Constraint)]);
    rejected("<case_code>KH-0001<", "<case_code><", &[("case_code", Reason::Required)]);
    rejected("<result>4<", "<result>1<", &[("result", Reason::Calculation)]);
    rejected(
        "</agreement>",
        "</agreement><interview><digital_life><t01><t01_a>1</t01_a></t01></digital_life></interview>",
        &[("t01_a", Reason::NotRelevant)],
    );
    rejected("7 8 9 10<", "7 8 9<", &[("consent_elements", Reason::Constraint)]);
    rejected("<consent>2<", "<phone>12345678</phone><consent>2<", &[("an element", Reason::UnknownElement)]);
    rejected("<consent>2</consent>", "<consent>2</consent><consent>2</consent>", &[("consent", Reason::AnsweredTwice)]);
    rejected("<help_list/>", "<help_list>hello</help_list>", &[("help_list", Reason::WrongType)]);
    rejected("<n_eligible>3<", "<n_eligible>21<", &[("n_eligible", Reason::Constraint), ("selected_person", Reason::Calculation)]);
}

/// The questionnaire as an office sets it for ages from 15.
fn from_15() -> Form {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/instruments/tfvaw"));
    let mut workbook = Workbook::open(folder).expect("the sheets are readable");
    let survey = workbook.sheets.get_mut("survey").expect("survey");
    let (name, calculation) = (column(survey, "name"), column(survey, "calculation"));
    let row = survey.rows.iter_mut().find(|r| r.cells[name] == "min_age").expect("min_age");
    row.cells[calculation] = "15".to_owned();
    Form::read(&workbook).expect("a good form")
}

fn column(sheet: &Sheet, name: &str) -> usize {
    sheet.header.iter().position(|h| h == name).expect("a column of the sheet")
}

#[test]
fn a_young_person_is_asked_only_with_a_guardian_or_the_committees_waiver() {
    let form = from_15();
    let check = |young: &str, agreement: &str, result: u8| {
        let xml = REFUSED
            .replace("<min_age>18<", "<min_age>15<")
            .replace("<agreement>", &format!("<young>{young}</young><agreement>"))
            .replace("<agreement><consent_elements>1 2 3 4 5 6 7 8 9 10</consent_elements><consent>2</consent></agreement>", agreement)
            .replace("<result>4<", &format!("<result>{result}<"));
        let instance = Instance::read(xml.as_bytes()).expect("well-formed");
        Submission::check(&form, &instance).map(|_| ()).map_err(|e| e.iter().map(ToString::to_string).collect::<Vec<_>>())
    };
    let agreement = "<agreement><consent_elements>1 2 3 4 5 6 7 8 9 10</consent_elements><consent>2</consent></agreement>";
    assert_eq!(check("<under_18>1</under_18><guardian>6</guardian>", "", 6), Ok(()));
    assert_eq!(check("<under_18>1</under_18><guardian>2</guardian>", agreement, 4), Ok(()));
    assert_eq!(check("<under_18>2</under_18>", agreement, 4), Ok(()));
    let said = check("<under_18>1</under_18><guardian>6</guardian>", agreement, 6).expect_err("nobody agreed for the young person");
    assert_eq!(said[0], "consent_elements is answered though it is not to be asked");
    assert_eq!(check("<under_18>1</under_18>", agreement, 4), Err(vec!["guardian is required and empty".to_owned()]));
}

/// A sheet from lines of cells parted by `|`, the header first.
fn sheet(lines: &[&str]) -> Sheet {
    let mut cells = lines.iter().map(|l| l.split('|').map(|c| c.trim().to_owned()).collect::<Vec<_>>());
    let header = cells.next().unwrap_or_default();
    Sheet { header, rows: cells.enumerate().map(|(i, cells)| Row { number: i + 2, cells }).collect() }
}

fn roster() -> Form {
    let mut workbook = Workbook::default();
    let survey = [
        "type | name | label | relevant | calculation | choice_filter",
        "begin_repeat | person | Person",
        "integer | age | Age?",
        "select_one region | region | Region? | ${age} > 17",
        "select_one town | town | Town? | ${age} > 17 | | in_region = ${region}",
        "end_repeat",
        "calculate | adults | | | count(${person}[age > 17])",
        "calculate | years | | | sum(${age})",
    ];
    let choices = [
        "list_name | name | label | in_region",
        "region | n | North",
        "region | s | South",
        "town | 1 | Upper | n",
        "town | 2 | Lower | s",
    ];
    workbook.sheets.insert("survey".to_owned(), sheet(&survey));
    workbook.sheets.insert("choices".to_owned(), sheet(&choices));
    workbook.sheets.insert("settings".to_owned(), sheet(&["form_id", "roster"]));
    Form::read(&workbook).unwrap_or_else(|e| panic!("{e:#?}"))
}

#[test]
fn answers_in_a_repeat_are_checked_one_by_one_and_counted_together() {
    let form = roster();
    let person = |age: u8, rest: &str| format!("<person><age>{age}</age>{rest}</person>");
    let check = |people: &str, adults: u8, years: u8| {
        let xml = format!("<data id='roster'>{people}<adults>{adults}</adults><years>{years}</years></data>");
        let instance = Instance::read(xml.as_bytes()).expect("well-formed");
        Submission::check(&form, &instance).map(|_| ()).map_err(|e| e.iter().map(ToString::to_string).collect::<Vec<_>>())
    };
    let adult = person(30, "<region>n</region><town>1</town>");
    assert_eq!(check(&format!("{adult}{}", person(4, "")), 1, 34), Ok(()));
    let wrong = |people: &str, adults, years, said: &str| assert_eq!(check(people, adults, years), Err(vec![said.to_owned()]));
    wrong(&format!("{adult}{}", person(4, "")), 2, 34, "adults does not agree with the calculation");
    wrong(&format!("{adult}{}", person(4, "<region>n</region>")), 1, 34, "region is answered though it is not to be asked");
    wrong(&format!("{adult}{}", person(40, "<region>s</region><town>1</town>")), 2, 70, "town is not one of the choices");
    wrong("<person><age>4</age><age>4</age></person>", 0, 4, "age is answered twice");
}

#[test]
fn a_calculation_that_is_shown_is_taken_as_sent_unless_it_is_locked() {
    let check = |read_only: &str| {
        let row = format!("integer | n | How many? | {read_only} | 1 + 1");
        let mut workbook = Workbook::default();
        workbook.sheets.insert("survey".to_owned(), sheet(&["type | name | label | read_only | calculation", &row]));
        workbook.sheets.insert("settings".to_owned(), sheet(&["form_id", "shown"]));
        let form = Form::read(&workbook).unwrap_or_else(|e| panic!("{e:#?}"));
        let instance = Instance::read(b"<data id='shown'><n>4</n></data>").expect("well-formed");
        Submission::check(&form, &instance).is_ok()
    };
    assert_eq!(["", "no", "yes"].map(check), [true, true, false]);
}

#[track_caller]
fn malformed(xml: &str, expected: Malformed) {
    assert_eq!(Instance::read(xml.as_bytes()), Err(expected), "{}", &xml[..xml.len().min(60)]);
}

#[test]
fn what_no_client_sends_is_no_submission() {
    malformed("", Malformed::NotXml);
    malformed("<data", Malformed::NotXml);
    malformed("<data id='a'><b></data>", Malformed::NotXml);
    malformed("<data id='a'/><data id='b'/>", Malformed::NotXml);
    malformed("<data/>", Malformed::NoForm);
    malformed("<!DOCTYPE d [<!ENTITY a 'b'>]><data id='a'>&a;</data>", Malformed::Active);
    malformed("<data id='a'>&lol;</data>", Malformed::Active);
    malformed("<?php evil ?><data id='a'/>", Malformed::Active);
    malformed("<data id='a'>\u{0}</data>", Malformed::IllegalCharacter);
    malformed("<data id='a'>&#0;</data>", Malformed::NotXml);
    malformed(&format!("{}{}", "<data id='a'>".repeat(100), "</data>".repeat(100)), Malformed::OverLimit);
    malformed(&format!("<data id='a'>{}</data>", "<a/>".repeat(30_000)), Malformed::OverLimit);
    malformed(&format!("<data id='a'><b {}/></data>", (0..50).map(|i| format!("a{i}='1' ")).collect::<String>()), Malformed::OverLimit);
    malformed(&format!("<data id='a'><b>{}</b></data>", "x".repeat(70_000)), Malformed::OverLimit);
    malformed(&"x".repeat(2 << 20), Malformed::TooLarge);
    assert_eq!(Instance::read(b"<data id='a'>\xff</data>"), Err(Malformed::NotUtf8));
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..400)) {
        let _ = Instance::read(&bytes);
    }

    #[test]
    fn no_cut_of_an_interview_makes_the_reader_panic(cut in 0..REFUSED.len()) {
        let _ = Instance::read(&REFUSED.as_bytes()[..cut]);
    }
}
