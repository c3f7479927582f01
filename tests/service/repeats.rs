//! A household's members, asked one by one: each instance of a repeat is kept beside its interview, coded like it.

use std::io::{Cursor, Write};

use kish::people::Role;
use serde_json::json;

use crate::app::{TestApp, on_both, shipped_sheets};
use crate::committee::amend;
use crate::interview::Interview;

/// The shipped questionnaire with a roster at its end: members, and of each member the phones.
fn with_roster() -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in shipped_sheets() {
        let content = if name == "survey" { add_roster(&content) } else { content };
        zip.start_file(format!("{name}.csv"), zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(&content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn add_roster(survey: &[u8]) -> Vec<u8> {
    let mut reader = csv::Reader::from_reader(survey);
    let header = reader.headers().unwrap().clone();
    let mut writer = csv::Writer::from_writer(survey.to_vec());
    for [kind, name, calculation] in [
        ["begin_repeat", "member", ""],
        ["integer", "member_years", ""],
        ["begin_repeat", "gadget", ""],
        ["integer", "gadget_years", ""],
        ["end_repeat", "", ""],
        ["end_repeat", "", ""],
        ["calculate", "members_years", "sum(${member_years})"],
    ] {
        let cell = |column: &str| match column {
            "type" => kind,
            "name" => name,
            "calculation" => calculation,
            c if c.starts_with("label") && !name.is_empty() && kind != "calculate" => "How old?",
            _ => "",
        };
        writer.write_record(header.iter().map(cell)).unwrap();
    }
    writer.into_inner().unwrap()
}

fn ready(app: &TestApp) -> String {
    let device = app.ready();
    publish_roster(app);
    device
}

/// A version with the roster, in the place of the shipped one.
pub fn publish_roster(app: &TestApp) {
    app.study_call("PATCH", "/forms/tfvaw", Role::Coordinator, &json!({ "state": "closed" })).expect(200);
    let zip = with_roster();
    let draft = app.call("POST", &format!("/v1/projects/{}/forms/tfvaw/draft", app.study), Some(Role::Coordinator), &zip);
    draft.expect(200);
    app.study_call("POST", "/forms/tfvaw/draft/publish?version=roster", Role::Coordinator, &json!(null)).expect(200);
    amend(app);
}

pub fn interview(id: &str, members: &str, sum: u32) -> String {
    let xml = Interview { version: "roster", id, ..Interview::default() }.xml();
    let end = xml.rfind("<orx:meta>").or_else(|| xml.rfind("<meta>")).unwrap();
    format!("{}{members}<members_years>{sum}</members_years>{}", &xml[..end], &xml[end..])
}

on_both!(each_instance_is_kept_beside_its_interview, |app| {
    let device = ready(&app);
    let gadget = |years: u8| format!("<gadget><gadget_years>{years}</gadget_years></gadget>");
    let first = format!("<member><member_years>40</member_years>{}{}</member>", gadget(3), gadget(1));
    let second = format!("<member><member_years>9</member_years>{}</member>", gadget(2));
    app.submit(&device, &interview("uuid:1", &format!("{first}{second}"), 49)).expect(201);

    let versions = app.store().form_versions(app.study).unwrap();
    let kept: Vec<_> = app.store().instances(app.study, versions[0].id).unwrap();
    let shown: Vec<_> = kept.iter().map(|i| (i.repeat.as_str(), i.number, i.around, i.answers.as_str())).collect();
    let expected = [("gadget", 1, 1, "3"), ("gadget", 2, 1, "1"), ("gadget", 3, 2, "2"), ("member", 1, 0, "40"), ("member", 2, 0, "9")];
    assert_eq!(shown, expected);
    let response = &app.store().responses(app.study, versions[0].id).unwrap()[0];
    assert!(kept.iter().all(|i| i.response_id == response.id));
    assert!(response.answers.ends_with("\t49"), "{}", response.answers);
});

on_both!(an_edit_replaces_the_instances_and_a_wrong_sum_is_set_aside, |app| {
    let device = ready(&app);
    let member = |years: u8| format!("<member><member_years>{years}</member_years></member>");
    app.submit(&device, &interview("uuid:1", &member(40), 40)).expect(201);
    app.submit(&device, &interview("uuid:2", &member(40), 41)).expect(202);
    let edit =
        interview("uuid:3", &member(41), 41).replace("<orx:instanceID>", "<orx:deprecatedID>uuid:1</orx:deprecatedID><orx:instanceID>");
    app.submit(&device, &edit).expect(201);
    let version = &app.store().form_versions(app.study).unwrap()[0];
    let kept: Vec<_> = app.store().instances(app.study, version.id).unwrap().into_iter().map(|i| i.answers).collect();
    assert_eq!(kept, ["41"]);
});
