//! What people with a role write where it is kept, and the one table of the columns and answers in which that may stand.

use kish::people::Role;
use serde_json::{Value, json};

use super::canaries::{WRITTEN, all};
use crate::app::{REFERRALS_HEAD, TestApp};
use crate::committee::{decision, dossier, with};
use crate::forms::workbook;
use crate::interview::Interview;

/// Columns that keep what a person with a role wrote, and why they may.
pub const COLUMNS: [(&str, &str); 20] = [
    ("study.name", "a study has the name its coordinator gives it"),
    ("person.email", "by it somebody who works here signs in"),
    ("person.name", "so that colleagues know who did what"),
    ("device.name", "a code for a phone; who gives it is told to name nobody"),
    ("review.dossier", "the committee is told in the study's own words"),
    ("review.decision", "the committee decides in its own words"),
    ("suspension.reason", "who stops a study says why"),
    ("set_aside_decision.because", "who decides about a record says why"),
    ("referral.service", "a service that helps is named, or nobody finds it"),
    ("referral.reach", "and how it is reached"),
    ("weight_set.name", "tables name their weights"),
    ("weight_set.recipe", "the recipe has the name it was given"),
    ("research_file.request", "a file has the name its statistician gives it"),
    ("research_file.report", "it names the weights the file has"),
    ("research_file.because", "who lets a file out says for what"),
    ("row_grant.because", "who asks for rows says what for"),
    ("release.name", "a release has the name its statistician gives it"),
    ("release_table.json", "a table says which release and which weights it is of"),
    ("release_table.csv", "the same"),
    ("release_file.content", "the same, and the codebook has the form's words"),
];

/// Routes whose answer shows what was written, to those who may read it.
pub const SHOWN: [(&str, &str); 15] = [
    ("GET /v1/users", "who may sign in"),
    ("GET /v1/projects/{study}/app-users", "what a phone is called"),
    ("GET /v1/projects/{study}/referrals", "the help list"),
    ("GET /v1/projects/{study}/weights", "what a weight set is called"),
    ("GET /v1/projects/{study}/research-files", "what a file is called, and for what it was let out"),
    ("GET /v1/projects/{study}/row-grants", "what rows were asked for"),
    ("GET /v1/projects/{study}/releases", "what a release is called"),
    ("GET /v1/projects/{study}/forms/{form}/draft", "the questionnaire is what its author wrote"),
    ("GET /v1/projects/{study}/forms/{form}/draft.xml", "the questionnaire is what its author wrote"),
    ("GET /v1/test/{token}/projects/{study}/forms/{form}/draft.xml", "the same, to who tries it"),
    ("GET /v1/test/{token}/projects/{study}/forms/{form}/draft/formList", "the same, to who tries it"),
    ("POST /v1/projects/{study}/forms", "the mistakes of a workbook are quoted to who sent it"),
    ("POST /v1/projects/{study}/forms/{form}/draft", "the mistakes of a workbook are quoted to who sent it"),
    ("PUT /v1/projects/{study}/frame", "the mistakes of a frame are quoted to who sent it"),
    ("PUT /v1/projects/{study}/referrals", "the mistakes of a help list are quoted to who sent it"),
];

/// Everything that a person may write is written once where it is kept.
pub fn write(app: &TestApp, day: &str) {
    let (words, study, name) = (all(&WRITTEN), format!("/v1/projects/{}", app.study), WRITTEN[0].text);
    let post = |path: &str, role: Role, body: Value| app.call("POST", path, Some(role), body.to_string().as_bytes()).expect(200).json();
    let (email, password) = (WRITTEN[2].text, WRITTEN[13].text);
    post("/v1/users", Role::Coordinator, json!({ "email": email, "displayName": name, "password": password }));
    post("/v1/sessions", Role::Coordinator, json!({ "email": email, "password": password }));
    post("/v1/projects", Role::Coordinator, json!({ "name": name }));
    post(&format!("{study}/app-users"), Role::Coordinator, json!({ "displayName": name }));
    let stop = post(&format!("{study}/suspension"), Role::EthicsReviewer, json!({ "reason": words.get(..400) }));
    app.study_call("DELETE", &format!("/suspension/{}", stop["id"]), Role::EthicsReviewer, &Value::Null).expect(200);
    let mut told = dossier();
    told.as_object_mut().unwrap().values_mut().filter(|v| v.is_string()).for_each(|v| *v = json!(words));
    let review = post(&format!("{study}/forms/tfvaw/reviews"), Role::Coordinator, told)["id"].clone();
    let decided = with(decision(), &json!({ "verdict": "rejected", "committee": name, "reference": name, "conditions": words }));
    app.decide(&review, &decided).expect(200);
    let services = ["north", "south"].map(|region| format!("{region},{name},safety,{},always,en,{day}\n", WRITTEN[1].text)).concat();
    app.call("PUT", &format!("{study}/referrals"), Some(Role::Coordinator), (REFERRALS_HEAD.to_owned() + &services).as_bytes()).expect(200);
    let workbook = workbook(&[("Health, safety and digital life", name)]);
    app.call("POST", &format!("{study}/forms/tfvaw/draft"), Some(Role::Coordinator), &workbook).expect(200);
}

/// What may be written once there is an interview in each stratum.
pub fn write_of_interviews(app: &TestApp, device: &str, day: &str) {
    for (stratum, sex) in [("N-R", 1), ("S-U", 1), ("S-M", 2)] {
        for (psu, n) in (1..=3).flat_map(|psu| (1..=10).map(move |n| (psu, n))) {
            let case = &format!("{stratum}-{psu}-{n}");
            app.submit(device, &Interview { case, id: case, sex, day, ..Interview::default() }.xml()).expect(201);
        }
    }
    app.study_call("POST", "/weights", Role::Statistician, &json!({ "name": WRITTEN[0].text })).expect(200);
    app.release(WRITTEN[0].text, &[("TFV_T01_12M", &["sex"])]);
    write_of_research(app, day);
    let rows = app.study_call("POST", "/row-grants", Role::Statistician, &json!({ "because": all(&WRITTEN) })).expect(200).json();
    for role in [Role::EthicsReviewer, Role::Coordinator] {
        app.study_call("POST", &format!("/row-grants/{}/grant", rows["id"]), role, &json!({ "expiresOn": day })).expect(200);
    }
    let record = app.records("waiting")[0]["id"].to_string();
    let because = json!({ "decision": "destroy", "because": all(&WRITTEN) });
    app.study_call("POST", &format!("/set-aside/{record}/decision"), Role::EthicsReviewer, &because).expect(200);
}

/// A file of rows, asked for and let out, while no interview can come in.
fn write_of_research(app: &TestApp, day: &str) {
    let state = |state: &str| app.study_call("PATCH", "/forms/tfvaw", Role::Coordinator, &json!({ "state": state })).expect(200);
    state("closed");
    let asked = json!({ "name": WRITTEN[0].text, "indicators": ["TFV_T01_12M"], "by": ["sex"], "variance": "replicates" });
    let file = app.study_call("POST", "/research-files", Role::Statistician, &asked).expect(200).json()["id"].to_string();
    let granted = json!({ "because": all(&WRITTEN), "expiresOn": day });
    app.study_call("POST", &format!("/research-files/{file}/grant"), Role::EthicsReviewer, &granted).expect(200);
    state("open");
}
