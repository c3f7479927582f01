//! A file of rows for research: it gives the published table again, leaves by two people's word for a time, or not at all.

use std::collections::{BTreeMap, HashMap};
use std::io::{Cursor, Read};

use kish::microdata::{Format, run};
use kish::people::Role;
use serde_json::{Value, json};

use crate::app::{TestApp, on_both};
use crate::interview::Interview;

const CODE: &str = "471193-208856";
const EMPTY: (&str, u32) = ("S-M", 3);

impl TestApp {
    /// What is there, byte by byte.
    pub fn bytes(&self, path: &str, role: Role) -> Vec<u8> {
        let request = self.request("GET", &format!("/v1/projects/{}{path}", self.study), Some(role));
        self.agent.run(request.body(()).unwrap()).unwrap().body_mut().read_to_vec().unwrap()
    }
}

type Rows = Vec<HashMap<String, String>>;

/// Every PSU has a weight of its own, and one of them no interview. Half of the people have a disability.
fn field(app: &TestApp) {
    let device = app.ready();
    let mut frame = "case,stratum,psu,base_weight,region,urban,sex\n".to_owned();
    for (stratum, (name, region, urban, sex)) in
        (0_u32..).zip([("N-U", "north", "U", 1), ("N-R", "north", "R", 1), ("S-U", "south", "U", 1), ("S-M", "south", "U", 2)])
    {
        for (psu, case) in (1..=3).flat_map(|psu| (1..=10_u8).map(move |case| (psu, case))) {
            let weight = 10.0 + 3.1 * f64::from(psu) + 1.7 * f64::from(stratum) + 0.01 * f64::from(case);
            frame.push_str(&format!("{name}-{psu}-{case},{},{psu},{weight},{region},{urban},{sex}\n", name.to_lowercase()));
        }
    }
    app.call("PUT", &format!("/v1/projects/{}/frame", app.study), Some(Role::Coordinator), frame.as_bytes()).expect(200);
    for (stratum, (name, sex)) in (0_u32..).zip([("N-U", 1), ("N-R", 1), ("S-U", 1), ("S-M", 2)]) {
        for (psu, case) in (1..=3).flat_map(|psu| (1..=10_u8).map(move |case| (psu, case))).filter(|(psu, _)| (name, *psu) != EMPTY) {
            let says_yes = case <= 2 || case == 3 && psu == 3 || case == 4 && (psu + stratum).is_multiple_of(2);
            let (code, id) = (format!("{name}-{psu}-{case}"), format!("uuid:{name}-{psu}-{case}"));
            let interview = Interview {
                case: &code,
                id: &id,
                sex,
                age: 20 + 5 * case,
                t01: if says_yes { (1, 1) } else { (2, 0) },
                seeing: if case.is_multiple_of(2) { 3 } else { 1 },
                code: (code == "N-U-1-1").then_some(CODE),
                ..Interview::default()
            };
            app.submit(&device, &interview.xml()).expect(201);
        }
    }
    app.study_call("POST", "/weights", Role::Statistician, &json!({ "name": "final" })).expect(200);
    app.release("main", &[("TFV_T01_12M", &["disability"])]);
}

fn close(app: &TestApp) {
    app.study_call("PATCH", "/forms/tfvaw", Role::Coordinator, &json!({ "state": "closed" })).expect(200);
}

fn asked(variance: &str) -> Value {
    json!({ "name": "for a study", "indicators": ["TFV_T01_12M"], "by": ["disability"], "further": ["age_group", "region"], "variance": variance })
}

fn granting(day: &str) -> Value {
    json!({ "because": "a study of what follows", "expiresOn": day })
}

/// The parts of a zip by their names.
fn unzipped(bytes: &[u8]) -> BTreeMap<String, String> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut part = |place: usize| {
        let mut file = archive.by_index(place).unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        (file.name().unwrap().into_owned(), text)
    };
    (0..zip::ZipArchive::new(Cursor::new(bytes)).unwrap().len()).map(&mut part).collect()
}

fn rows(csv: &str) -> Rows {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    reader.deserialize().map(Result::unwrap).collect()
}

/// Asks, grants, fetches.
fn file(app: &TestApp, variance: &str) -> (Value, BTreeMap<String, String>) {
    let made = app.study_call("POST", "/research-files", Role::Statistician, &asked(variance)).expect(200).json();
    let path = format!("/research-files/{}", made["id"]);
    app.study_call("POST", &format!("{path}/grant"), Role::Coordinator, &granting("2026-12-21")).expect(200);
    (made["report"].clone(), unzipped(&app.bytes(&path, Role::Statistician)))
}

/// Each cell of the table as an analyst may see it, against what the estimator for any file makes of the rows.
fn gives_the_table_again(app: &TestApp, parts: &BTreeMap<String, String>, design: &Value) {
    let folder = app.folder.join("research");
    std::fs::create_dir_all(&folder).unwrap();
    for (name, text) in parts {
        std::fs::write(folder.join(name), text).unwrap();
    }
    let table =
        app.study_call("GET", "/tables?indicator=TFV_T01_12M&by=disability&weights=final", Role::Analyst, &Value::Null).expect(200).json();
    let shown: Vec<&Value> = table["cells"].as_array().unwrap().iter().filter(|c| c["status"] == "shown").collect();
    assert!(shown.len() >= 2, "{table}");
    let estimate = |cell: &&Value| {
        let level = cell["by"]["disability"].as_str().unwrap();
        let mut asked = json!({ "id": level, "stat": "mean", "var": "TFV_T01_12M", "na_rm": true });
        if level != "_T" {
            asked["where"] = json!(format!("disability=='{level}'"));
        }
        asked
    };
    let request = json!({ "data": "SIMULATED-data.csv", "design": design, "estimates": shown.iter().map(estimate).collect::<Vec<_>>() });
    std::fs::write(folder.join("request.json"), request.to_string()).unwrap();
    let mut out = Vec::new();
    run(&folder.join("request.json"), Format::Csv, &mut out).unwrap();
    let found = rows(&String::from_utf8(out).unwrap());
    for (cell, row) in shown.iter().zip(&found) {
        let number = |name: &str| row[name].parse::<f64>().unwrap();
        let (p, se) = (number("estimate"), number("se"));
        assert_eq!((p * 1000.0).round() / 1000.0, cell["estimate"].as_f64().unwrap(), "{cell} {row:?}");
        let scale = 10f64.powf(1.0 - se.log10().floor());
        assert!(((se * scale).round() / scale - cell["se"].as_f64().unwrap()).abs() < 1e-12, "{cell} {row:?}");
    }
}

/// How many rows the smallest class has, counted from the file itself.
fn smallest(data: &Rows, report: &Value) -> usize {
    let names: Vec<&str> = report["quasiIdentifiers"].as_array().unwrap().iter().map(|n| n.as_str().unwrap()).collect();
    let mut classes: HashMap<Vec<&str>, usize> = HashMap::new();
    for row in data.iter().filter(|row| row["weight"] != "0") {
        *classes.entry(names.iter().map(|name| row[*name].as_str()).collect()).or_default() += 1;
    }
    *classes.values().min().unwrap()
}

on_both!(a_file_gives_the_published_table_again, |app| {
    field(&app);
    close(&app);
    let (report, parts) = file(&app, "design");
    let data = rows(&parts["SIMULATED-data.csv"]);
    assert_eq!((data.len(), report["rows"].as_u64(), report["emptyPsus"].as_u64()), (111, Some(110), Some(1)));
    assert_eq!(data.iter().filter(|row| row["weight"] == "0").count(), 1);
    let k = smallest(&data, &report);
    assert!(k >= 5 && report["k"].as_u64() == Some(k as u64), "{report}");
    assert!(report["risk"]["greatest"].as_f64().unwrap() < 0.05);
    // Two years of birth in a stratum would be too few: ages are gone, and the report says so.
    assert!(report["recoded"].as_array().unwrap().iter().any(|r| r["column"] == "age_group"), "{report}");
    // Every PSU had weights of its own; now nobody has one that fewer than five in two PSUs have.
    let weights: Vec<&str> = data.iter().map(|row| row["weight"].as_str()).filter(|w| *w != "0").collect();
    assert!(weights.iter().all(|w| weights.iter().filter(|other| *other == w).count() >= 5));
    let names: Vec<&String> = data[0].keys().collect();
    assert!(names.iter().all(|n| ["stratum", "psu", "weight", "disability", "region", "TFV_T01_12M"].contains(&n.as_str())), "{names:?}");
    assert!(parts["README.txt"].starts_with("SIMULATED DATA") && parts["SIMULATED-codebook.csv"].contains("SIMULATED"));
    assert!(parts["reproduce.R"].contains("svydesign(ids = ~psu, strata = ~stratum") && parts["published.csv"].contains("shown"));
    let design = json!({ "ids": "psu", "strata": "stratum", "weights": "weight", "nest": true, "lonely": "adjust" });
    gives_the_table_again(&app, &parts, &design);
});

on_both!(replicates_give_it_too_and_no_stratum_leaves, |app| {
    field(&app);
    close(&app);
    let (report, parts) = file(&app, "replicates");
    let data = rows(&parts["SIMULATED-data.csv"]);
    assert_eq!(data.len(), 110);
    assert!(!data[0].contains_key("psu") && !data[0].contains_key("stratum"));
    assert!(smallest(&data, &report) >= 5);
    let replicates = json!({ "file": "SIMULATED-replicates.csv", "scale": 400.0, "rscales": [1.0], "mse": true });
    gives_the_table_again(&app, &parts, &json!({ "weights": "weight", "replicates": replicates }));
});

on_both!(a_file_leaves_by_the_word_of_two_for_a_time, |app| {
    field(&app);
    let ask = |app: &TestApp| app.study_call("POST", "/research-files", Role::Statistician, &asked("design"));
    let words = ask(&app).expect(422).json()["detail"].as_str().unwrap().to_owned();
    assert!(words.contains("a form is still open"), "{words}");
    close(&app);
    let path = format!("/research-files/{}", ask(&app).expect(200).json()["id"]);
    app.study_call("GET", &path, Role::Statistician, &Value::Null).expect(409);
    let grant = format!("{path}/grant");
    app.study_call("POST", &grant, Role::Statistician, &granting("2026-12-01")).expect(403);
    app.study_call("POST", &grant, Role::EthicsReviewer, &granting("2026-12-22")).expect(400);
    app.study_call("POST", &grant, Role::EthicsReviewer, &granting("2026-12-01")).expect(200);
    app.study_call("POST", &grant, Role::Coordinator, &granting("2026-12-01")).expect(409);
    app.study_call("GET", &path, Role::Coordinator, &Value::Null).expect(403);
    let fetched = app.study_call("GET", &path, Role::Statistician, &Value::Null).expect(200);
    assert!(fetched.header("content-disposition").contains("SIMULATED-research-"));
    let trail = app.study_call("GET", "/audits?limit=3&action=research_file", Role::EthicsReviewer, &Value::Null).expect(200).json();
    let actions: Vec<&str> = trail.as_array().unwrap().iter().map(|l| l["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["research_file.read", "research_file.grant", "research_file.ask"]);
    // Past its day nothing is given, and its rows are erased.
    let id = path.rsplit('/').next().unwrap().parse().unwrap();
    let given = |day: &str| app.store().research_file(app.study, id, day).unwrap().is_some();
    assert!(given("2026-12-01") && !given("2026-12-02"));
    assert_eq!(app.store().erase_research_files("2026-12-01".to_owned()).wait().unwrap(), 0);
    assert_eq!(app.store().erase_research_files("2026-12-02".to_owned()).wait().unwrap(), 1);
    app.study_call("GET", &path, Role::Statistician, &Value::Null).expect(409);
    let listed = app.study_call("GET", "/research-files", Role::Coordinator, &Value::Null).expect(200).json();
    assert_eq!((listed[0]["state"].as_str(), listed[0]["request"]["name"].as_str()), (Some("over"), Some("for a study")));
});

on_both!(nobody_grants_what_they_asked_for, |app| {
    field(&app);
    close(&app);
    app.study_call("POST", &format!("/assignments/coordinator/{}", app.person(Role::Statistician)), Role::Coordinator, &Value::Null)
        .expect(200);
    let made = app.study_call("POST", "/research-files", Role::Statistician, &asked("design")).expect(200).json();
    let grant = format!("/research-files/{}/grant", made["id"]);
    app.study_call("POST", &grant, Role::Statistician, &granting("2026-12-01")).expect(403);
});

on_both!(an_answer_taken_back_takes_the_files_with_it, |app| {
    field(&app);
    close(&app);
    let made = app.study_call("POST", "/research-files", Role::Statistician, &asked("design")).expect(200).json();
    let path = format!("/research-files/{}", made["id"]);
    app.call("POST", &format!("/v1/projects/{}/withdrawals", app.study), None, json!({ "code": CODE }).to_string().as_bytes()).expect(200);
    app.study_call("POST", &format!("{path}/grant"), Role::Coordinator, &granting("2026-12-01")).expect(409);
    app.study_call("GET", &path, Role::Statistician, &Value::Null).expect(409);
});

on_both!(a_file_that_cannot_be_safe_is_refused_with_the_reason, |app| {
    field(&app);
    close(&app);
    let refused = |changes: &Value, status: u16| {
        let body = crate::committee::with(asked("design"), changes);
        app.study_call("POST", "/research-files", Role::Statistician, &body).expect(status).json()["detail"].as_str().unwrap().to_owned()
    };
    // What nobody has seen is not to be had from a file first.
    let words = refused(&json!({ "by": ["sex"], "further": [] }), 422);
    assert!(words.contains("TFV_T01_12M by sex") && words.contains("release it first"), "{words}");
    app.release("finer", &[("TFV_T01_12M", &["disability", "age_group"])]);
    // Of one sex and age there are two people in a PSU, and what the table is by is not left out.
    let words = refused(&json!({ "by": ["disability", "age_group"], "further": [] }), 422);
    assert!(words.contains("disability=DIS0;age_group=Y25T34;stratum=n-r/F") && words.contains("replicates"), "{words}");
    assert!(refused(&json!({ "by": ["disability"], "further": ["disability"] }), 400).contains("once"));
    assert!(refused(&json!({ "indicators": ["NONE"] }), 400).contains("no such indicator"));
    assert!(refused(&json!({ "k": 4 }), 400).contains("between 5 and 100"));
    let totals = json!([{ "sex": "F", "total": 900 }, { "sex": "M", "total": 700 }]);
    let raked = json!({ "name": "raked", "calibration": { "method": "rake", "margins": [{ "by": ["sex"], "totals": totals }] } });
    app.study_call("POST", "/weights", Role::Statistician, &raked).expect(200);
    assert!(refused(&json!({ "weights": "raked" }), 422).contains("fitted to the population"));
});
