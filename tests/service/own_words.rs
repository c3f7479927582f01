//! Answers in own words: short, for a reason, coded by one person, and then gone.

use std::io::{Cursor, Write};

use kish::people::Role;
use kish::store::WordsRow;
use serde_json::{Value, json};

use crate::app::{Answer, TestApp, on_both, shipped_sheets};
use crate::committee::amend;
use crate::interview::Interview;

const REASON: &str = "new forms appear every year";

/// The shipped questionnaire with a question in own words at its end, and the codes foreseen for it.
fn with_own_words(constraint: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in shipped_sheets() {
        let content = match name {
            "survey" => {
                with_row(&content, &[("type", "text"), ("name", "other_act"), ("constraint", constraint), ("free_text_reason", REASON)])
            }
            "choices" => with_row(&content, &[("list_name", "other_act"), ("name", "money")]),
            _ => content,
        };
        zip.start_file(format!("{name}.csv"), zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(&content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn with_row(sheet: &[u8], cells: &[(&str, &str)]) -> Vec<u8> {
    let mut reader = csv::Reader::from_reader(sheet);
    let mut header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    header.extend(cells.iter().map(|(column, _)| (*column).to_owned()).filter(|c| !reader.headers().unwrap().iter().any(|h| h == c)));
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    writer.write_record(&header).unwrap();
    reader.records().for_each(|record| writer.write_record(&record.unwrap()).unwrap());
    let cell = |column: &String| match cells.iter().find(|(c, _)| c == column) {
        Some((_, text)) => *text,
        None if column.starts_with("label") => "Anything else?",
        None => "",
    };
    writer.write_record(header.iter().map(cell)).unwrap();
    writer.into_inner().unwrap()
}

fn ready(app: &TestApp) -> String {
    let device = app.ready();
    app.study_call("PATCH", "/forms/tfvaw", Role::Coordinator, &json!({ "state": "closed" })).expect(200);
    draft(app, "string-length(.) <= 60").expect(200);
    app.study_call("POST", "/forms/tfvaw/draft/publish?version=words", Role::Coordinator, &json!(null)).expect(200);
    amend(app);
    device
}

fn draft(app: &TestApp, constraint: &str) -> Answer {
    let path = format!("/v1/projects/{}/forms/tfvaw/draft", app.study);
    app.call("POST", &path, Some(Role::Coordinator), &with_own_words(constraint))
}

fn said(app: &TestApp, device: &str, interview: &Interview<'_>, words: &str) -> Answer {
    let xml = Interview { version: "words", ..interview.clone() }.xml();
    let end = xml.rfind("<orx:meta>").unwrap();
    app.submit(device, &format!("{}<other_act>{words}</other_act>{}", &xml[..end], &xml[end..]))
}

fn waiting(app: &TestApp) -> Vec<WordsRow> {
    app.store().own_words(app.study).unwrap()
}

fn answers(app: &TestApp) -> String {
    let versions = app.store().form_versions(app.study).unwrap();
    app.store().responses(app.study, versions[0].id).unwrap().remove(0).answers
}

on_both!(words_are_coded_by_the_statistician_and_nothing_of_them_stays, |app| {
    let device = ready(&app);
    said(&app, &device, &Interview::default(), "took over my wages").expect(201);
    assert!(!answers(&app).contains("wages"));
    app.study_call("GET", "/own-words", Role::Analyst, &Value::Null).expect(403);
    let listed = app.study_call("GET", "/own-words", Role::Statistician, &Value::Null).expect(200).json();
    assert_eq!((&listed[0]["words"], &listed[0]["question"]), (&json!("took over my wages"), &json!("other_act")));
    assert_eq!(listed[0]["codes"], json!(["money"]));
    assert!(listed[0].get("responseId").is_none() && listed.as_array().unwrap().len() == 1);

    let path = format!("/own-words/{}", listed[0]["id"].as_str().unwrap());
    let code = |code: &str| app.study_call("PUT", &path, Role::Statistician, &json!({ "code": code }));
    assert!(code("wages").expect(400).body.contains("the form's list for it has money"));
    code("two words").expect(400);
    code("money").expect(200);
    code("money").expect(404);
    assert!(answers(&app).ends_with("\tmoney"), "{}", answers(&app));
    assert_eq!(waiting(&app), []);
});

on_both!(words_that_lead_to_a_person_are_never_written_and_the_interview_counts, |app| {
    let device = ready(&app);
    said(&app, &device, &Interview::default(), "it was @him_there").expect(201);
    assert_eq!((app.counted(), waiting(&app)), (1, vec![]));
    said(&app, &device, &Interview { case: "N-U-1-2", id: "uuid:2", ..Interview::default() }, &"x".repeat(61)).expect(202);
    assert_eq!(app.counted(), 1);
});

on_both!(words_go_with_an_edit_by_hand_and_after_a_week, |app| {
    let device = ready(&app);
    said(&app, &device, &Interview::default(), "took my wages").expect(201);
    let edit = Interview { id: "uuid:2", deprecated: Some("uuid:1"), ..Interview::default() };
    said(&app, &device, &edit, "took my phone").expect(201);
    let words = waiting(&app);
    assert_eq!(words.iter().map(|w| w.words.as_str()).collect::<Vec<_>>(), ["took my phone"]);
    let path = format!("/own-words/{}", uuid::Uuid::from_slice(&words[0].id).unwrap());
    app.study_call("DELETE", &path, Role::Statistician, &Value::Null).expect(200);
    assert_eq!(waiting(&app), []);

    said(&app, &device, &Interview { case: "N-U-1-2", id: "uuid:3", ..Interview::default() }, "hid a tag").expect(201);
    let last_day = waiting(&app)[0].erase_after.clone();
    assert_eq!(app.store().erase_own_words(last_day.clone()).wait().unwrap(), 0);
    let next_day = last_day.parse::<jiff::civil::Date>().unwrap().tomorrow().unwrap();
    assert_eq!(app.store().erase_own_words(next_day.to_string()).wait().unwrap(), 1);
    assert_eq!((waiting(&app), app.counted()), (vec![], 2));
});

on_both!(free_text_needs_a_reason_and_a_limit, |app| {
    app.publish();
    for constraint in ["", ". != ''", "string-length(.) <= 61", "string-length(.) <= 60 or true()"] {
        let refused = draft(&app, constraint).expect(422).body;
        assert!(refused.contains("free text of more than 60 characters") && refused.contains("I07"), "{refused}");
    }
    draft(&app, ". != 'x' and string-length(.) < 61").expect(200);
    assert!(app.study_call("GET", "/forms/tfvaw/draft", Role::Coordinator, &Value::Null).expect(200).body.contains("hash"));
});
