//! Forms written as XForms and read back.

use std::path::Path;

use super::read;
use crate::instrument::{Errors, Form, Kind, Workbook, write_xform};

fn again(xform: &str) -> String {
    let workbook = read(xform.as_bytes()).unwrap_or_else(|errors| panic!("{}", errors[0]));
    let form = Form::read(&workbook).unwrap_or_else(|errors| panic!("{errors:#?}"));
    write_xform(&form, &|_| true)
}

#[test]
fn the_shipped_questionnaires_come_back_as_they_were_written() {
    for name in ["tfvaw", "complaints", "washington-group"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("instruments").join(name);
        let form = Form::read(&Workbook::open(&folder).unwrap()).unwrap();
        let xform = write_xform(&form, &|_| true);
        let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let again = again(&xform);
        for (before, after) in xform.lines().zip(again.lines()) {
            assert_eq!(squeezed(before), squeezed(after), "{name}");
        }
        assert_eq!(xform.lines().count(), again.lines().count());
    }
}

/// As other tools write it: a root of another name, choices in their questions, paths without spaces.
const BY_HAND: &str = r#"<?xml version="1.0"?>
<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa">
  <h:head>
    <h:title>Daily life</h:title>
    <model>
      <instance>
        <household id="daily" version="3">
          <who><age/><net>yes</net></who>
          <person jr:template=""><years/></person>
          <why/>
          <meta><instanceID/></meta>
        </household>
      </instance>
      <itext>
        <translation lang="English (en)" default="true()"><text id="age"><value>Hello <output value="/household/why"/>, how old?</value></text></translation>
        <translation lang="Deutsch (de)"><text id="age"><value>Wie alt?</value></text></translation>
      </itext>
      <bind nodeset="/household/who/age" type="int" required="true()" constraint=". &gt;= 0" jr:constraintMsg="Not below 0"/>
      <bind nodeset="/household/who/net" type="select1" relevant="/household/who/age>15"/>
      <bind nodeset="/household/why" type="string" calculate="if(selected(/household/who/net,'no'),count(/household/person),0)"/>
      <bind nodeset="/household/meta/instanceID" type="string" readonly="true()" jr:preload="uid"/>
    </model>
  </h:head>
  <h:body>
    <group ref="/household/who"><label>You</label>
      <input ref="/household/who/age"><label ref="jr:itext('age')"/></input>
      <select1 ref="/household/who/net"><label>The net?</label>
        <item><label>Yes</label><value>yes</value></item>
        <item><label>No &amp; never</label><value>no</value></item>
      </select1>
    </group>
    <group><label>Person</label>
      <repeat nodeset="/household/person"><input ref="/household/person/years"><label>Years</label></input></repeat>
    </group>
  </h:body>
</h:html>"#;

fn form(xform: &str) -> Result<Form, Errors> {
    read(xform.as_bytes()).and_then(|workbook| Form::read(&workbook))
}

#[test]
fn a_form_of_another_tool_is_read_as_a_workbook_would_be() {
    let workbook = read(BY_HAND.as_bytes()).unwrap();
    let survey = workbook.sheet("survey").unwrap();
    let cells = |column: &str| survey.rows.iter().map(|row| survey.cell(row, column)).collect::<Vec<_>>().join("|");
    assert_eq!(cells("type"), "begin_group|integer|select_one net|end_group|begin_repeat|text|end_repeat|calculate");
    assert_eq!(cells("name"), "who|age|net||person|years||why");
    assert_eq!(cells("relevant"), "||${age}>15|||||");
    assert_eq!(cells("calculation"), "|||||||if(selected(${net},'no'),count(${person}),0)");
    assert_eq!(cells("label::English (en)"), "|Hello ${why}, how old?||||||");
    let form = form(BY_HAND).unwrap();
    assert_eq!((form.id.as_str(), form.version.as_str(), form.title.as_str()), ("daily", "3", "Daily life"));
    assert_eq!(form.language_codes().collect::<Vec<_>>(), ["en", "de"]);
    let choices = form.choices(form.node(form.named("net").unwrap()).kind).unwrap();
    assert_eq!(choices.iter().map(|c| c.label[0].as_str()).collect::<Vec<_>>(), ["Yes", "No & never"]);
}

#[test]
fn what_is_wrong_is_said_with_its_line_or_its_question() {
    let first = |from: &str, to: &str| {
        assert!(BY_HAND.contains(from), "{from}");
        form(&BY_HAND.replacen(from, to, 1)).map(|form| form.id).unwrap_err()[0].to_string()
    };
    for (from, to, said) in [
        ("</h:html>", "", "XForm, line 36: the file is not well-formed XML from here on"),
        ("<h:body>", "<!DOCTYPE a><h:body>", "XForm, line 24: there is a document type"),
        ("<years/>", "<years/><years/>", "XForm, name: the question 'years': the name 'years' is taken by row"),
        ("who/age>15", "who/ago>15", "XForm, relevant: the question 'net': '/household/who/ago>15': no question stands at '/household'"),
        ("ref=\"/household/who/age\"", "ref=\"/household/age\"", "XForm, line 26, input: '/household/age' is not in the primary instance"),
        ("type=\"int\"", "type=\"intent\"", "XForm, line 26, input: 'intent' is not a type that can be written into"),
        ("jr:itext('age')", "jr:itext('old')", "XForm, line 26, input: no translation has the text 'old'"),
        ("value=\"/household/why\"", "value=\"uuid()\"", "XForm, line 26, input: a text shows 'uuid()', which is no question's answer"),
        ("<input ref=\"/household/person/years\">", "<secret>", "<secret> is not supported"),
        ("required=\"true()\"", "length=\"3\"", "XForm, line 18, bind: the attribute length of a bind is not supported"),
        ("<h:html", "<html2", "XForm, line 2, html2: <html2> is not the beginning of an XForm"),
    ] {
        let message = first(from, to);
        assert!(message.contains(said), "{message}");
    }
}

#[test]
fn questions_asked_in_another_order_than_their_answers_stand_are_refused() {
    let (group, rest) = BY_HAND.split_at(BY_HAND.find("<group ref").unwrap());
    let (first, rest) = rest.split_at(rest.find("<group><label>").unwrap());
    let (second, end) = rest.split_at(rest.find("</h:body>").unwrap());
    let error = form(&[group, second, first, end].concat()).map(|form| form.id).unwrap_err();
    assert_eq!(error[0].kind, Kind::Structure);
    assert!(error[0].to_string().contains("'who' is asked after what stands behind it"), "{}", error[0]);
}

#[test]
fn an_xform_goes_with_sheets_of_concepts_in_one_zip() {
    use std::io::Write;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("instruments/tfvaw");
    let whole = Workbook::open(&folder).unwrap();
    let form = Form::read(&whole).unwrap();
    let packed = |with_survey: bool| {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        let mut put = |name: &str, bytes: &[u8]| {
            zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        };
        put("form.xml", write_xform(&form, &|_| true).as_bytes());
        let sheets = ["concepts.csv", "indicators.csv", "languages.csv", "survey.csv"];
        for sheet in &sheets[..if with_survey { 4 } else { 3 }] {
            put(sheet, &std::fs::read(folder.join(sheet)).unwrap());
        }
        zip.finish().unwrap().into_inner()
    };
    let read = crate::instrument::Instrument::read(&Workbook::read(&packed(false)).unwrap()).unwrap();
    assert_eq!(read.indicators.len(), crate::instrument::Instrument::read(&whole).unwrap().indicators.len());
    let alone = Workbook::read(write_xform(&form, &|_| true).as_bytes()).unwrap();
    let missing = crate::instrument::Instrument::read(&alone).unwrap_err();
    assert!(missing[0].hint.contains("concepts.csv in one zip"), "{}", missing[0]);
    let twice = Workbook::read(&packed(true)).unwrap_err();
    assert!(twice[0].message.contains("an XForm and the sheet 'survey' of another form"), "{}", twice[0]);
}
