//! A questionnaire's way: workbook, draft, files, test link, version, amendment.

use std::io::{Cursor, Write};

use kish::instrument::{Form, Hash, Workbook, write_xform};
use kish::people::Role;
use kish::store::{Error, FormDraft, NewForm};
use serde_json::Value;

use crate::app::{Answer, TestApp, by, on_both, shipped_sheets};
use crate::interview::Interview;

/// The shipped sheets with cells replaced, as a zip.
pub fn workbook(replace: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in shipped_sheets() {
        let text = replace.iter().fold(String::from_utf8(content).unwrap(), |text, (from, to)| text.replace(from, to));
        zip.start_file(format!("{name}.csv"), zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// The shipped form with a picture beside its first choice list.
pub fn with_picture() -> Vec<u8> {
    let choices = shipped_sheets().into_iter().find(|(name, _)| *name == "choices").unwrap().1;
    let mut reader = csv::Reader::from_reader(choices.as_slice());
    let mut writer = csv::Writer::from_writer(Vec::new());
    let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).chain(["media::image".to_owned()]).collect();
    writer.write_record(&header).unwrap();
    for (place, row) in reader.records().enumerate() {
        writer.write_record(row.unwrap().iter().chain([if place == 0 { "a b.png" } else { "" }])).unwrap();
    }
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let new = writer.into_inner().unwrap();
    for (name, content) in shipped_sheets() {
        zip.start_file(format!("{name}.csv"), zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(if name == "choices" { &new } else { &content }).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn post(app: &TestApp, path: &str, body: &[u8]) -> Answer {
    app.call("POST", &format!("/v1/projects/{}{path}", app.study), Some(Role::Coordinator), body)
}

fn get(app: &TestApp, path: &str) -> Answer {
    app.study_call("GET", path, Role::Coordinator, &Value::Null)
}

on_both!(a_draft_is_tried_by_its_link_and_becomes_a_version, |app| {
    app.publish();
    let draft = post(&app, "/forms/tfvaw/draft", &workbook(&[("2026112201", "2")])).expect(200).json();
    assert_eq!(draft["success"], true);
    post(&app, "/forms", &workbook(&[])).expect(409);
    let shown = get(&app, "/forms/tfvaw/draft").expect(200).json();
    assert_eq!((shown["version"].as_str(), shown["publishedAt"].is_null()), (Some("2"), true));
    let link = format!("/v1/test/{}/projects/{}/forms/tfvaw/draft", shown["draftToken"].as_str().unwrap(), app.study);

    let list = app.call("GET", &format!("{link}/formList"), None, b"").expect(200);
    assert!(list.body.contains("<name>[test] ") && list.body.contains(&format!("{}{link}.xml", app.url)), "{}", list.body);
    let form = app.call("GET", &format!("{link}.xml"), None, b"").expect(200).body;
    assert!(list.body.contains(&kish::openrosa::hash(&form)));
    app.call("HEAD", &format!("{link}/submission"), None, b"").expect(204);
    let xml = Interview { version: "2", ..Interview::default() }.xml();
    assert!(app.submit(&link, &xml).expect(201).body.contains("the answers fit the form"));
    let spoiled = xml.replace("<visit>1<", "<visit>one<");
    assert!(app.submit(&link, &spoiled).expect(201).body.contains("visit is not one of the choices"), "{spoiled}");
    assert_eq!((app.counted(), app.waiting().len()), (0, 0));
    app.call("GET", &format!("{}/formList", link.replace("/test/", "/test/x")), None, b"").expect(403);

    post(&app, "/forms/tfvaw/draft/publish", b"").expect(200);
    app.call("GET", &format!("{link}/formList"), None, b"").expect(403);
    get(&app, "/forms/tfvaw/draft").expect(404);
    let versions: Vec<_> =
        get(&app, "/forms/tfvaw/versions").expect(200).json().as_array().unwrap().iter().map(|v| v["version"].clone()).collect();
    assert_eq!(versions, ["2", "2026112201"]);
    assert!(get(&app, "/forms/tfvaw/versions/2.xml").expect(200).body.contains("version=\"2\""));
    assert_eq!(get(&app, "/forms/tfvaw").expect(200).json()["publishedAt"], crate::app::NOW);
});

on_both!(a_draft_can_be_dropped_and_must_be_of_its_form, |app| {
    post(&app, "/forms", &workbook(&[])).expect(200);
    post(&app, "/forms", &workbook(&[])).expect(409);
    assert_eq!(get(&app, "/forms").expect(200).json()[0]["publishedAt"], Value::Null);
    app.study_call("DELETE", "/forms/tfvaw/draft", Role::Coordinator, &Value::Null).expect(200);
    app.study_call("DELETE", "/forms/tfvaw/draft", Role::Coordinator, &Value::Null).expect(404);
    app.publish();
    post(&app, "/forms/other/draft", &workbook(&[])).expect(404);
    let other = workbook(&[("tfvaw,", "other,")]);
    assert!(post(&app, "/forms/tfvaw/draft", &other).expect(400).body.contains("form_id is 'other'"));
    // The same version again is a draft all the same, and is told when it is to be published.
    post(&app, "/forms/tfvaw/draft", b"").expect(200);
    post(&app, "/forms/tfvaw/draft/publish", b"").expect(409);
    post(&app, "/forms/tfvaw/draft/publish?version=3", b"").expect(200);
});

on_both!(files_are_part_of_what_is_approved_and_travel_with_the_form, |app| {
    app.publish();
    let device = app.enrol();
    post(&app, "/forms/tfvaw/draft", &with_picture()).expect(200);
    assert!(post(&app, "/forms/tfvaw/draft/publish?version=p", b"").expect(400).body.contains("a b.png"));
    post(&app, "/forms/tfvaw/draft/attachments/other.png", b"picture").expect(400);
    post(&app, "/forms/tfvaw/draft/attachments/a%20b.png", b"picture").expect(200);
    let listed = get(&app, "/forms/tfvaw/draft/attachments").expect(200).json();
    assert_eq!(
        (listed[0]["name"].as_str(), listed[0]["type"].as_str(), listed[0]["exists"].as_bool()),
        (Some("a b.png"), Some("image"), Some(true))
    );
    post(&app, "/forms/tfvaw/draft/publish?version=p", b"").expect(200);
    app.approve(&Value::Null).expect(200);

    let list = app.call("GET", &format!("{device}/formList"), None, b"").expect(200).body;
    let manifest_url = list.split("<manifestUrl>").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let manifest = app.call("GET", manifest_url.strip_prefix(&app.url).unwrap(), None, b"").expect(200).body;
    let url = manifest.split("<downloadUrl>").nth(1).unwrap().split('<').next().unwrap().to_owned();
    assert_eq!(app.call("GET", url.strip_prefix(&app.url).unwrap(), None, b"").expect(200).body, "picture");
    assert_eq!(get(&app, "/forms/tfvaw/attachments/a%20b.png").expect(200).body, "picture");

    // Another picture is another questionnaire: the approval does not cover it.
    let approved = get(&app, "/forms/tfvaw").expect(200).json()["hash"].clone();
    post(&app, "/forms/tfvaw/draft", b"").expect(200);
    post(&app, "/forms/tfvaw/draft/attachments/a%20b.png", b"another picture").expect(200);
    post(&app, "/forms/tfvaw/draft/publish?version=q", b"").expect(200);
    assert_ne!(get(&app, "/forms/tfvaw").expect(200).json()["hash"], approved);
    app.call("GET", &format!("{device}/forms/tfvaw.xml"), None, b"").expect(200);
    assert!(!app.call("GET", &format!("{device}/forms/tfvaw.xml"), None, b"").expect(200).body.contains("version=\"q\""));
});

on_both!(what_was_looked_at_is_what_is_published, |app| {
    app.publish();
    let picture = "/forms/tfvaw/draft/attachments/a%20b.png";
    post(&app, "/forms/tfvaw/draft", &with_picture()).expect(200);
    post(&app, picture, b"picture").expect(200);
    let draft = app.store().draft(app.study, "tfvaw").unwrap();
    let files = app.store().draft_files(draft.id).unwrap();
    let publish = || app.store().publish_draft(by(), draft.clone(), as_version_9(&draft), files.clone()).wait();
    post(&app, picture, b"another picture").expect(200);
    assert!(matches!(publish(), Err(Error::Changed)), "the hash was made of another picture");
    // The same picture, but in a draft that took the first one's place.
    post(&app, "/forms/tfvaw/draft", &with_picture()).expect(200);
    post(&app, picture, b"picture").expect(200);
    assert!(matches!(publish(), Err(Error::Changed)), "the draft is another");
    assert_eq!(get(&app, "/forms/tfvaw/versions").expect(200).json().as_array().unwrap().len(), 1);
    post(&app, "/forms/tfvaw/draft/publish?version=9", b"").expect(200);
});

on_both!(an_xform_beside_its_concepts_is_a_questionnaire_like_any_other, |app| {
    let folder = std::path::Path::new("instruments/tfvaw");
    let form = Form::read(&Workbook::open(folder).unwrap()).unwrap();
    let xform = write_xform(&form, &|_| true);
    let refused = post(&app, "/forms", xform.as_bytes()).expect(422).body;
    assert!(refused.contains("'case_code' takes in free text"), "nothing says that it is the case: {refused}");
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in [("tfvaw.xml", xform.clone().into_bytes())]
        .into_iter()
        .chain(["concepts.csv", "indicators.csv", "languages.csv"].map(|name| (name, std::fs::read(folder.join(name)).unwrap())))
    {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(&bytes).unwrap();
    }
    post(&app, "/forms?publish=true", &zip.finish().unwrap().into_inner()).expect(200);
    let served = get(&app, "/forms/tfvaw.xml").expect(200).body;
    let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(squeezed(&served) == squeezed(&xform), "another form came back");
});

fn as_version_9(draft: &FormDraft) -> NewForm {
    NewForm {
        study_id: draft.study_id,
        form_id: draft.form_id.clone(),
        version: "9".to_owned(),
        hash: Hash::from_bytes(&draft.hash).unwrap(),
        title: draft.title.clone(),
        workbook: draft.workbook.clone(),
        at: draft.created_at.clone(),
    }
}

on_both!(an_amendment_is_read_question_by_question, |app| {
    app.publish();
    post(&app, "/forms/tfvaw/draft", &workbook(&[("2026112201", "2"), ("household_agrees", "they_agree")])).expect(200);
    post(&app, "/forms/tfvaw/draft/publish", b"").expect(200);
    let said = get(&app, "/forms/tfvaw/versions/2/changes").expect(200).json();
    assert_eq!(said["since"], "2026112201");
    let kinds: Vec<_> = said["changes"].as_array().unwrap().iter().map(|c| format!("{} {}", c["question"], c["change"])).collect();
    assert!(
        kinds.contains(&"\"they_agree\" \"added\"".to_owned()) && kinds.contains(&"\"household_agrees\" \"removed\"".to_owned()),
        "{kinds:?}"
    );
    let page = get(&app, "/forms/tfvaw/versions/2/changes.html?since=2026112201").expect(200);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(page.body.contains("<h2>household_agrees: removed</h2>"));
    get(&app, "/forms/tfvaw/versions/2026112201/changes").expect(400);

    let review = app.ask(&Value::Null).expect(200).json()["id"].clone();
    let shown = app.study_call("GET", &format!("/forms/tfvaw/reviews/{review}"), Role::EthicsReviewer, &Value::Null).expect(200).json();
    assert_eq!(shown["changes"]["since"], "2026112201");
});
