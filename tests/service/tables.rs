//! From answers to a table: weights with diagnostics, every margin, what is withheld, and who sees which digits.

use kish::people::Role;
use serde_json::{Value, json};

use crate::app::{TestApp, by, on_both};
use crate::interview::Interview;

/// Every case of the frame interviewed; the first half of each PSU says yes.
fn field(app: &TestApp) {
    field_by(app, &app.ready());
}

pub fn field_by(app: &TestApp, device: &str) {
    for (stratum, sex) in [("N-U", 1), ("N-R", 1), ("S-U", 1), ("S-M", 2)] {
        for psu in 1..=3 {
            for case in 1..=10_u8 {
                let (code, id) = (format!("{stratum}-{psu}-{case}"), format!("uuid:{stratum}-{psu}-{case}"));
                let t01 = if case <= 5 {
                    (1, 1)
                } else if case == 10 {
                    (98, 0)
                } else {
                    (2, 0)
                };
                let interview = Interview {
                    case: &code,
                    id: &id,
                    sex,
                    age: 20 + 5 * case,
                    t01,
                    seeing: if case == 1 { 3 } else { 1 },
                    ..Interview::default()
                };
                app.submit(device, &interview.xml()).expect(201);
            }
        }
    }
}

/// The rows of a sheet, each cell as text.
pub fn sheet(bytes: Vec<u8>, name: &str) -> Vec<Vec<String>> {
    let mut workbook: calamine::Xlsx<_> = calamine::Reader::new(std::io::Cursor::new(bytes)).unwrap();
    let range = calamine::Reader::worksheet_range(&mut workbook, name).unwrap();
    range.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect()
}

fn cell<'a>(table: &'a Value, by: &Value) -> &'a Value {
    table["cells"].as_array().unwrap().iter().find(|c| c["by"] == *by).unwrap_or_else(|| panic!("no cell {by} in {table}"))
}

on_both!(a_table_from_answers, |app| {
    field(&app);
    let weights = app.study_call("POST", "/weights", Role::Statistician, &json!({ "name": "first" })).expect(200).json();
    // Ten households stand for a hundred, two eligible people in each, and all answered.
    assert_eq!((weights["diagnostics"]["interviews"].as_u64(), weights["diagnostics"]["sum"].as_f64()), (Some(120), Some(2400.0)));
    app.study_call("POST", "/weights", Role::Statistician, &json!({ "name": "first" })).expect(409);

    let table = app.study_call("GET", "/tables?indicator=TFV_T01_12M", Role::Statistician, &Value::Null).expect(200).json();
    assert_eq!(table["notice"], "SIMULATED DATA: these people do not exist. Draft, not for publication.");
    let all = cell(&table, &json!({}));
    // Nine of ten answer the item, five say yes, in every PSU alike: no variance between PSUs.
    assert!((all["estimate"].as_f64().unwrap() - 5.0 / 9.0).abs() < 1e-12, "{all}");
    assert_eq!((all["status"].as_str(), all["n"].as_u64(), all["weighted_n"].as_f64()), (Some("shown"), Some(108), Some(2160.0)));
    assert!(all["se"].as_f64().unwrap() < 1e-6, "{all}");
    assert_eq!(all["df"].as_f64(), Some(8.0));
    let unanswered = &all["item_nonresponse"];
    assert!((unanswered["share"].as_f64().unwrap() - 0.1).abs() < 1e-12, "{unanswered}");
    assert!((unanswered["lower"].as_f64().unwrap() - 0.5).abs() < 1e-12 && (unanswered["upper"].as_f64().unwrap() - 0.6).abs() < 1e-12);
    // Twenty-seven men are too few to be reliable, and with the total shown they would follow from the women.
    let by_sex = app.study_call("GET", "/tables?indicator=TFV_T01_12M&by=sex", Role::Statistician, &Value::Null).expect(200).json();
    assert_eq!(cell(&by_sex, &json!({ "sex": "M" }))["reason"], "unreliable");
    assert_eq!(cell(&by_sex, &json!({ "sex": "F" }))["reason"], "complementary");
    let provenance = &table["provenance"];
    assert_eq!(
        (provenance["weightSet"].as_str(), provenance["itemMissing"].as_u64(), provenance["strata"].as_u64()),
        (Some("first"), Some(12), Some(4))
    );
    assert_eq!(provenance["approvals"][0]["simulated"], true);
    assert!(provenance["digest"].as_str().unwrap().starts_with("sha256:"));

    let path = "/tables?indicator=TFV_T01_12M&by=disability,sex";
    assert_eq!(app.study_call("GET", path, Role::Analyst, &Value::Null).expect(404).json()["code"], "not-released");
    app.release("first", &[("TFV_T01_12M", &["sex", "disability"])]);
    let crossed = app.study_call("GET", path, Role::Analyst, &Value::Null).expect(200).json();
    assert_eq!(crossed["notice"], "SIMULATED DATA: these people do not exist. Release first.");
    assert_eq!(crossed["cells"].as_array().unwrap().len(), 9);
    let few = cell(&crossed, &json!({ "sex": "F", "disability": "DIS1" }));
    assert_eq!((few["status"].as_str(), few["reason"].as_str()), (Some("withheld"), Some("withheld")));
    assert!(few["estimate"].is_null() && few["n"].is_null());
    let rounded = cell(&crossed, &json!({ "sex": "_T", "disability": "_T" }));
    assert!(rounded["weighted_n"].is_null() && rounded["n"].as_u64().unwrap().is_multiple_of(10), "{rounded}");
    assert_eq!(rounded["estimate"], 0.556);
});

on_both!(a_table_as_csv, |app| {
    field(&app);
    app.study_call("POST", "/weights", Role::Statistician, &json!({ "name": "w" })).expect(200);
    let by_ending = app.study_call("GET", "/tables.csv?indicator=TFV_ANY_EVER&by=sex", Role::Statistician, &Value::Null).expect(200);
    let lines: Vec<&str> = by_ending.body.lines().filter(|l| !l.starts_with('#')).collect();
    assert_eq!(lines[0], "indicator,sex,estimate,se,ci_lower,ci_upper,deff,df,p,n,weighted_n,status,reason,reliability");
    assert_eq!(lines.len(), 4);
    assert!(by_ending.body.starts_with("# SIMULATED DATA"));
    let path = format!("/v1/projects/{}/tables?indicator=TFV_ANY_EVER&by=sex", app.study);
    let by_header = app.send(app.request("GET", &path, Some(Role::Statistician)).header("Accept", "text/csv"), b"").expect(200);
    assert_eq!(by_header.body, by_ending.body);
    let xlsx = "/tables.xlsx?indicator=TFV_ANY_EVER&by=sex";
    let draft = sheet(app.bytes(xlsx, Role::Statistician), "Estimates");
    assert_eq!(draft.len(), 4, "a head and three cells");
    let (head, total) = (&draft[0], &draft[3]);
    let of = |row: &[String], name: &str| row[head.iter().position(|column| column == name).unwrap()].clone();
    let last = lines[3].split(',').collect::<Vec<_>>();
    assert_eq!((of(total, "sex").as_str(), of(total, "n").as_str(), of(total, "weighted_n").as_str()), ("_T", last[9], last[10]));
    assert_eq!(app.study_call("GET", xlsx, Role::Analyst, &Value::Null).expect(404).json()["code"], "not-released");
    app.release("main", &[("TFV_ANY_EVER", &["sex"])]);
    let released = sheet(app.bytes(xlsx, Role::Analyst), "Estimates");
    assert_eq!((released.len(), of(&released[3], "weighted_n").as_str()), (4, ""));
});

/// Who says yes, by stratum, PSU and case; every second case has a disability.
fn says_yes(stratum: u32, psu: u32, case: u32) -> bool {
    match case {
        1 | 2 => true,
        3 => psu == 3 && stratum != 1,
        4 => (psu + stratum).is_multiple_of(2),
        _ => false,
    }
}

fn has_disability(case: u32) -> bool {
    case.is_multiple_of(2)
}

/// The variance of the difference as a text of the field has it: PSU totals of its linearisation, compared inside each stratum.
/// All weights are equal and cancel.
fn difference_by_hand() -> (f64, f64) {
    let people = |wanted: bool| {
        let of_psu = move |s: u32, i: u32| (1..=10).filter(move |c| has_disability(*c) == wanted).map(move |c| (s, i, c));
        (0..4).flat_map(move |s| (1..=3).flat_map(move |i| of_psu(s, i))).collect::<Vec<_>>()
    };
    let share = |wanted: bool| {
        let all = people(wanted);
        all.iter().filter(|(s, i, c)| says_yes(*s, *i, *c)).count() as f64 / all.len() as f64
    };
    let (with, without) = (share(true), share(false));
    let z = |s: u32, i: u32, c: u32| {
        let y = f64::from(u8::from(says_yes(s, i, c)));
        if has_disability(c) { (y - with) / 60.0 } else { -(y - without) / 60.0 }
    };
    let variance_in = |s: u32| {
        let totals: Vec<f64> = (1..=3).map(|i| (1..=10).map(|c| z(s, i, c)).sum()).collect();
        let mean = totals.iter().sum::<f64>() / 3.0;
        1.5 * totals.iter().map(|t| (t - mean).powi(2)).sum::<f64>()
    };
    (with - without, (0..4).map(variance_in).sum::<f64>().sqrt())
}

on_both!(a_difference_is_shown_where_both_its_groups_are, |app| {
    let device = app.ready();
    for (s, (stratum, sex)) in (0..).zip([("N-U", 1), ("N-R", 1), ("S-U", 1), ("S-M", 2)]) {
        for (psu, case) in (1..=3).flat_map(|psu| (1..=10).map(move |case| (psu, case))) {
            let (code, id) = (format!("{stratum}-{psu}-{case}"), format!("uuid:{stratum}-{psu}-{case}"));
            let t01 = if says_yes(s, psu, case) { (1, 1) } else { (2, 0) };
            let seeing = if has_disability(case) { 3 } else { 1 };
            app.submit(&device, &Interview { case: &code, id: &id, sex, t01, seeing, ..Interview::default() }.xml()).expect(201);
        }
    }
    app.study_call("POST", "/weights", Role::Statistician, &json!({ "name": "w" })).expect(200);
    let get = |query: &str| app.study_call("GET", &format!("/tables{query}"), Role::Statistician, &Value::Null);
    let table = get("?indicator=GAP_DIS").expect(200).json();
    assert_eq!(table["indicator"]["contrast"], json!({ "dimension": "disability", "of": "DIS1", "against": "DIS0" }));
    let gap = cell(&table, &json!({}));
    let (difference, se) = difference_by_hand();
    let is = |name: &str, value: f64| assert!((gap[name].as_f64().unwrap() - value).abs() < 1e-12, "{name} {value}: {gap}");
    is("estimate", difference);
    is("se", se);
    assert_eq!((gap["n"].as_u64(), gap["df"].as_f64(), &gap["deff"]), (Some(120), Some(8.0), &Value::Null));

    let compare = |query: &str| get(&format!("/compare?indicator=TFV_ANY_12M&{query}"));
    let compared = compare("by=disability&of=DIS1&against=DIS0").expect(200).json();
    for name in ["estimate", "se", "ci_lower", "ci_upper", "df", "p"] {
        let (one, other) = (compared["difference"][name].as_f64().unwrap(), gap[name].as_f64().unwrap());
        assert!((one - other).abs() < 1e-12, "{name}: {compared} {gap}");
    }
    // With 8 degrees of freedom t is exceeded on both sides as often as this sum says (Abramowitz and Stegun, 26.7.4).
    let cos2 = 1.0 / (1.0 + (difference / se).powi(2) / 8.0);
    let sum = 1.0 + cos2 / 2.0 + cos2 * cos2 * 3.0 / 8.0 + cos2.powi(3) * 5.0 / 16.0;
    is("p", 1.0 - (1.0 - cos2).sqrt() * sum);
    assert_eq!((&compared["of"]["by"], &compared["difference"]["by"]), (&json!({ "disability": "DIS1" }), &json!({})));
    let turned = compare("by=disability&of=DIS0&against=DIS1").expect(200).json();
    assert!((turned["difference"]["estimate"].as_f64().unwrap() + difference).abs() < 1e-12, "{turned}");
    let withheld = compare("by=disability,sex&of=DIS1,M&against=DIS0,M").expect(200).json();
    assert!(withheld["difference"]["status"] == "withheld" && withheld["difference"]["p"].is_null(), "{withheld}");
    for (query, says) in [
        ("by=disability&of=DIS1&against=DIS1", "the same cell"),
        ("by=disability&of=DIS1&against=DIS7", "no such cell"),
        ("by=disability&of=DIS1,F&against=DIS0", "a level for each dimension"),
        ("by=&of=&against=", "a level for each dimension"),
        ("by=disability&of=DIS1", "write indicator="),
    ] {
        assert!(compare(query).expect(400).body.contains(says), "{query}");
    }
    assert!(get("/compare?indicator=GAP_DIS&by=sex&of=F&against=M").expect(400).body.contains("a difference already"));

    let by_group = get("?indicator=TFV_ANY_12M&by=sex,disability").expect(200).json();
    let by_sex = get("?indicator=GAP_DIS&by=sex").expect(200).json();
    for sex in ["F", "M", "_T"] {
        let of = |level: &str| cell(&by_group, &json!({ "sex": sex, "disability": level }));
        let (with, without, gap) = (of("DIS1"), of("DIS0"), cell(&by_sex, &json!({ "sex": sex })));
        assert_eq!(gap["status"] == "shown", with["status"] == "shown" && without["status"] == "shown", "{gap} {with} {without}");
        if gap["status"] == "shown" {
            let expected = with["estimate"].as_f64().unwrap() - without["estimate"].as_f64().unwrap();
            assert!((gap["estimate"].as_f64().unwrap() - expected).abs() < 1e-12);
        }
    }
    assert!(by_sex["cells"].as_array().unwrap().iter().any(|c| c["status"] == "withheld"), "thirty men can be told apart: {by_sex}");
    assert!(get("?indicator=GAP_DIS&by=disability").expect(400).body.contains("leave that out"));

    // Who reads releases reads a comparison where the release has it as an indicator, and nowhere else.
    let as_analyst =
        |query: &str| app.study_call("GET", &format!("/tables/compare?indicator=TFV_ANY_12M&{query}"), Role::Analyst, &Value::Null);
    let (asked, backwards) = ("by=disability&of=DIS1&against=DIS0", "by=disability&of=DIS0&against=DIS1");
    assert_eq!(as_analyst(asked).expect(404).json()["code"], "not-released");
    app.release("cells alone", &[("TFV_ANY_12M", &["disability"])]);
    assert_eq!(as_analyst(asked).expect(404).json()["code"], "not-released");
    app.release("with the difference", &[("TFV_ANY_12M", &["disability"]), ("GAP_DIS", &[])]);
    let (found, turned) = (as_analyst(asked).expect(200).json(), as_analyst(backwards).expect(200).json());
    let rounded = (difference * 1000.0).round() / 1000.0;
    assert_eq!((&found["difference"]["estimate"], &turned["difference"]["estimate"]), (&json!(rounded), &json!(0.0 - rounded)));
    assert_eq!(
        (&found["difference"]["ci_lower"], &found["difference"]["p"]),
        (&json!(0.0 - turned["difference"]["ci_upper"].as_f64().unwrap()), &turned["difference"]["p"])
    );
    assert_eq!((&found["of"]["by"], found["view"].as_str()), (&json!({ "disability": "DIS1" }), Some("release")));
    assert_eq!(as_analyst("by=disability&of=DIS1&against=_T").expect(404).json()["code"], "not-released");
    let csv = get(".csv?indicator=GAP_DIS").expect(200).body;
    assert!(csv.lines().last().unwrap().contains(&format!(",,8,{},120,", gap["p"])), "no design effect: {csv}");
});

on_both!(a_question_that_cannot_be_answered_says_why, |app| {
    let get = |query: &str| app.study_call("GET", &format!("/tables?{query}"), Role::Statistician, &Value::Null);
    assert_eq!(get("indicator=TFV_T01_12M").expect(422).json()["code"], "cannot-compute");
    field(&app);
    app.study_call("POST", "/weights", Role::Statistician, &json!({ "name": "w" })).expect(200);
    assert!(get("indicator=NONE").expect(400).body.contains("TFV_ANY_12M"));
    assert!(get("indicator=TFV_T01_12M&by=village").expect(400).body.contains("age_group"));
    assert!(get("indicator=TFV_T01_12M&by=sex,sex").expect(400).body.contains("once"));
    get("indicator=TFV_T01_12M&by=sex,age_group,disability,urban").expect(400);
    get("indicator=TFV_T01_12M&weights=none").expect(404);
});

on_both!(fieldwork_is_counted_by_result_code, |app| {
    field(&app);
    let fieldwork = app.study_call("GET", "/fieldwork", Role::Supervisor, &Value::Null).expect(200).json();
    assert_eq!(fieldwork["results"][0]["cases"], 120);
    assert_eq!((fieldwork["open"].as_u64(), fieldwork["responseRates"]["rr1"].as_f64()), (Some(0), Some(1.0)));
});

on_both!(weights_are_fitted_to_the_population_and_the_table_says_by_which_set, |app| {
    field(&app);
    let by_sex = json!({ "by": ["sex"], "totals": [{ "sex": "F", "total": 3000 }, { "sex": "M", "total": 1000 }] });
    let by_place = json!({ "by": ["urban"], "totals": [{ "urban": "U", "total": 2800 }, { "urban": "R", "total": 1200 }] });
    let make = |name: &str, margins: Value| {
        let recipe = json!({ "name": name, "calibration": { "method": "rake", "margins": margins }, "trim": { "aboveMedian": 5 } });
        app.study_call("POST", "/weights", Role::Statistician, &recipe)
    };
    let diagnostics = make("raked", json!([by_sex, by_place])).expect(200).json()["diagnostics"].clone();
    assert!((diagnostics["sum"].as_f64().unwrap() - 4000.0).abs() < 1e-3, "{diagnostics}");
    assert!(diagnostics["fitFactors"][0].as_f64().unwrap() > 1.0);
    let short = make("short", json!([{ "by": ["sex"], "totals": [{ "sex": "F", "total": 3000 }] }])).expect(400).json();
    assert!(short["detail"].as_str().unwrap().contains("interviews in sex=M and no total"), "{short}");
    app.study_call("POST", "/weights", Role::Statistician, &json!({ "name": "plain" })).expect(200);

    let table = |weights: &str| {
        app.study_call("GET", &format!("/tables?indicator=TFV_T01_EVER&by=urban&weights={weights}"), Role::Statistician, &Value::Null)
            .expect(200)
            .json()
    };
    let (raked, plain) = (table("raked"), table("plain"));
    assert_eq!((&raked["provenance"]["weightSet"], &plain["provenance"]["weightSet"]), (&json!("raked"), &json!("plain")));
    let people = |table: &Value| cell(table, &json!({ "urban": "_T" }))["weighted_n"].as_f64().unwrap();
    assert!((people(&raked) - 3600.0).abs() < 1e-3 && (people(&plain) - 2160.0).abs() < 1e-9, "{} {}", people(&raked), people(&plain));
});

on_both!(a_stratum_with_one_psu_is_named_where_the_rule_is_to_fail, |app| {
    let strict = app
        .store()
        .add_study(
            by(),
            kish::store::NewStudy { name: "Strict".to_owned(), synthetic: true, lonely_psu: "fail".to_owned(), ..Default::default() },
        )
        .wait()
        .unwrap();
    for role in Role::ALL {
        app.store().assign(by(), app.person(role), strict, role).wait().unwrap();
    }
    let mut app = app;
    app.study = strict;
    app.publish();
    let frame = "case,stratum,psu,base_weight\nA-1,alone,1,10\nB-1,pair,1,10\nB-2,pair,2,10\n";
    app.call("PUT", &format!("/v1/projects/{strict}/frame"), Some(Role::Coordinator), frame.as_bytes()).expect(200);
    app.approve(&Value::Null).expect(200);
    let device = app.enrol();
    for (case, id) in [("A-1", "uuid:1"), ("B-1", "uuid:2"), ("B-2", "uuid:3")] {
        app.submit(&device, &Interview { case, id, ..Interview::default() }.xml()).expect(201);
    }
    app.study_call("POST", "/weights", Role::Statistician, &json!({ "name": "w" })).expect(200);
    let problem = app.study_call("GET", "/tables?indicator=TFV_T01_12M", Role::Statistician, &Value::Null).expect(422).json();
    assert!(problem["detail"].as_str().unwrap().contains("only one PSU was sampled in alone/F"), "{problem}");
});

on_both!(a_table_is_without_an_answer_that_was_taken_back_on_another_server, |app| {
    field(&app);
    app.study_call("POST", "/weights", Role::Statistician, &json!({ "name": "w" })).expect(200);
    let table = |indicator: &str| {
        let path = format!("/tables?indicator={indicator}");
        app.study_call("GET", &path, Role::Statistician, &Value::Null).expect(200).json()["provenance"]["interviews"].clone()
    };
    assert_eq!([table("TFV_T01_12M"), table("TFV_T01_12M"), table("TFV_T01_EVER")], [120, 120, 120]);
    // Past this server, which has them in memory.
    app.sql("UPDATE response SET result = 20 WHERE id IN (SELECT id FROM response WHERE is_current ORDER BY id LIMIT 1)").unwrap();
    assert_eq!([table("TFV_T01_12M"), table("TFV_T01_EVER")], [119, 119]);
});
