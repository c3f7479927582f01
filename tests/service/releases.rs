//! Releases: composed by one person, approved by another, and from then on what they are.

use kish::people::Role;
use kish::store::StudyChange;
use serde_json::{Value, json};

use crate::app::{Answer, TestApp, by, on_both, shipped_sheets, zipped};
use crate::interview::Interview;
use crate::tables::field_by;

type Table<'a> = (&'a str, &'a [&'a str]);

impl TestApp {
    pub fn compose(&self, name: &str, tables: &[Table<'_>]) -> Answer {
        let tables: Vec<Value> = tables.iter().map(|(indicator, by)| json!({ "indicator": indicator, "by": by })).collect();
        self.study_call("POST", "/releases", Role::Statistician, &json!({ "name": name, "tables": tables }))
    }

    pub fn approve_release(&self, composed: &Value) -> Answer {
        let path = format!("/releases/{}/approval", composed["release"]["id"]);
        self.study_call("POST", &path, Role::Coordinator, &Value::Null)
    }

    /// Composed and approved.
    pub fn release(&self, name: &str, tables: &[Table<'_>]) -> Value {
        let composed = self.compose(name, tables).expect(200).json();
        self.approve_release(&composed).expect(200).json()
    }

    fn weigh(&self, name: &str) {
        self.study_call("POST", "/weights", Role::Statistician, &json!({ "name": name })).expect(200);
    }
}

fn ready(app: &TestApp) -> String {
    let device = app.ready();
    field_by(app, &device);
    app.weigh("w");
    device
}

fn cell(table: &Value, by: &Value) -> Value {
    table["cells"].as_array().unwrap().iter().find(|c| c["by"] == *by).unwrap_or_else(|| panic!("no cell {by} in {table}")).clone()
}

const T01: &str = "TFV_T01_12M";

on_both!(a_release_is_seen_by_others_once_a_second_person_approved_it, |app| {
    ready(&app);
    let composed = app.compose("main", &[(T01, &[]), (T01, &["urban"])]).expect(200).json();
    assert_eq!(composed["release"]["state"], "composed");
    assert_eq!(composed["tables"][0]["provenance"]["release"], "main");
    assert_eq!(composed["release"]["loss"]["isProven"], true);
    let path = format!("/releases/{}", composed["release"]["id"]);
    let waits_for = |role| app.study_call("GET", &path, role, &Value::Null).expect(200).json()["release"]["mayApprove"].clone();
    assert_eq!([Role::Statistician, Role::Coordinator, Role::EthicsReviewer].map(waits_for), [json!(false), json!(true), json!(true)]);
    let as_analyst = |path: &str| app.study_call("GET", path, Role::Analyst, &Value::Null);
    as_analyst(&path).expect(404);
    assert_eq!(as_analyst("/releases").expect(200).json(), json!([]));
    as_analyst("/tables?indicator=TFV_T01_12M&by=urban").expect(404);

    app.study_call("POST", &format!("{path}/approval"), Role::Statistician, &Value::Null).expect(403);
    app.study_call("POST", &format!("{path}/approval"), Role::Analyst, &Value::Null).expect(403);
    app.approve_release(&composed).expect(200);
    assert_eq!(waits_for(Role::EthicsReviewer), json!(false));
    app.approve_release(&composed).expect(409);
    app.study_call("DELETE", &path, Role::Statistician, &Value::Null).expect(409);

    let frozen = as_analyst(&path).expect(200);
    assert_eq!(frozen.json()["release"]["frozenOn"], "2026-11-21");
    assert!(composed["release"]["loss"]["withheld"].is_object() && frozen.json()["release"]["loss"]["withheld"].is_null());
    let table = as_analyst("/tables?indicator=TFV_T01_12M&by=urban").expect(200);
    assert_eq!(table.json(), frozen.json()["tables"][1]);
    assert!(table.json()["cells"][0]["weighted_n"].is_null());
    let csv = as_analyst(&format!("{path}.csv")).expect(200);
    assert!(csv.body.contains(&as_analyst("/tables.csv?indicator=TFV_T01_12M&by=urban").expect(200).body));

    // New weights and a new release leave it as it is, byte for byte.
    app.weigh("again");
    app.compose("second", &[(T01, &["sex"])]).expect(200);
    assert_eq!(as_analyst(&path).expect(200).body, frozen.body);
    assert_eq!(as_analyst("/tables?indicator=TFV_T01_12M&by=urban").expect(200).body, table.body);
});

on_both!(tables_of_one_release_show_a_margin_alike, |app| {
    ready(&app);
    let released = app.release("main", &[(T01, &[]), (T01, &["sex"]), (T01, &["sex", "urban"]), (T01, &["urban"])]);
    let tables = released["tables"].as_array().unwrap();
    let status = |table: usize, by: Value| cell(&tables[table], &by)["status"].clone();
    for sex in ["F", "M", "_T"] {
        assert_eq!(status(1, json!({ "sex": sex })), status(2, json!({ "sex": sex, "urban": "_T" })), "{sex}");
    }
    for urban in ["U", "R", "_T"] {
        assert_eq!(status(3, json!({ "urban": urban })), status(2, json!({ "sex": "_T", "urban": urban })), "{urban}");
    }
    assert_eq!(status(0, json!({})), status(1, json!({ "sex": "_T" })));
    // By itself every cell of this table may be shown; with the men withheld beside it, the women's cannot all be.
    assert_eq!(status(1, json!({ "sex": "M" })), "withheld");
});

on_both!(a_later_release_does_not_tell_who_came_in_since, |app| {
    let device = ready(&app);
    let first = app.release("first", &[(T01, &[])]);
    assert_eq!(cell(&first["tables"][0], &json!({}))["status"], "shown");
    let another = |n: u8| {
        // In the place of one that was there: the same case, answered anew.
        let (case, id, before) = (format!("N-U-1-{n}"), format!("uuid:new-{n}"), format!("uuid:N-U-1-{n}"));
        let xml = Interview { case: &case, id: &id, deprecated: Some(&before), t01: (1, 1), age: 30, ..Interview::default() }.xml();
        app.submit(&device, &xml).expect(201);
    };
    // Two who had said no say yes now: as many cases, two events more.
    (6..=7).for_each(another);
    app.weigh("second");
    let second = app.compose("second", &[(T01, &[])]).expect(200).json();
    assert_eq!(cell(&second["tables"][0], &json!({}))["status"], "withheld", "two people would follow by subtraction");

    // The same interviews under other weights are the same people.
    let released = app.study_call("GET", "/releases", Role::Analyst, &Value::Null).expect(200).json();
    assert_eq!(released.as_array().unwrap().len(), 1);
});

on_both!(a_number_by_another_name_is_the_same_number_later, |app| {
    let device = ready(&app);
    app.release("first", &[(T01, &[])]);
    for n in 6..=7 {
        let (case, id, before) = (format!("N-U-1-{n}"), format!("uuid:new-{n}"), format!("uuid:N-U-1-{n}"));
        app.submit(&device, &Interview { case: &case, id: &id, deprecated: Some(&before), t01: (1, 1), ..Interview::default() }.xml())
            .expect(201);
    }
    app.weigh("second");
    // All use the internet, and whoever ever met with it did so last year.
    for other in ["TFV_T01_12M_NET", "TFV_T01_EVER"] {
        let second = app.compose(other, &[(other, &[])]).expect(200).json();
        assert_eq!(cell(&second["tables"][0], &json!({}))["status"], "withheld", "{other}: two people would follow by subtraction");
        app.study_call("DELETE", &format!("/releases/{}", second["release"]["id"]), Role::Statistician, &Value::Null).expect(200);
    }
});

/// In each PSU four who are 40 and six who are 70; every second says yes. One of the older ones comes in between two releases, of which
/// the second names ages in another way.
fn one_comes_in_between(app: &TestApp, first: &str, second: &str) {
    let device = app.ready();
    let send = |stratum: &str, sex: u8, psu: u8, case: u8, is_yes: bool| {
        let (code, id, age) = (format!("{stratum}-{psu}-{case}"), format!("uuid:{stratum}-{psu}-{case}"), if case <= 4 { 40 } else { 70 });
        let t01 = if is_yes { (1, 1) } else { (2, 0) };
        app.submit(&device, &Interview { case: &code, id: &id, sex, age, t01, ..Interview::default() }.xml()).expect(201);
    };
    for (stratum, sex) in [("N-U", 1), ("N-R", 1), ("S-U", 1), ("S-M", 2)] {
        let all = (1..=3).flat_map(|psu| (1..=10).map(move |case| (psu, case)));
        all.filter(|place| stratum != "N-U" || *place != (1, 10)).for_each(|(psu, case)| send(stratum, sex, psu, case, case % 2 == 1));
    }
    let status = |release: &Value, dimension: &str| cell(&release["tables"][0], &json!({ dimension: "Y_GE65" }))["status"].clone();
    app.weigh("first");
    assert_eq!(status(&app.release("first", &[(T01, &[first])]), first), "shown");
    send("N-U", 1, 1, 10, true);
    app.weigh("second");
    let later = app.compose("second", &[(T01, &[second])]).expect(200).json();
    assert_eq!(status(&later, second), "withheld", "what she answered would follow by subtraction");
}

on_both!(age_groups_are_held_against_the_bands_of_an_earlier_release, |app| one_comes_in_between(&app, "age_band", "age_group"));

on_both!(age_bands_are_held_against_the_groups_of_an_earlier_release, |app| one_comes_in_between(&app, "age_group", "age_band"));

on_both!(a_share_a_mean_and_a_total_of_the_same_answers_are_numbers_of_their_own_and_hidden_as_one, |app| {
    let mut sheets = shipped_sheets();
    let indicators = &mut sheets.iter_mut().find(|(name, _)| *name == "indicators").unwrap().1;
    for (id, kind, numerator) in [("MEAN", "mean", "${t01_a}"), ("TOTAL", "total", "${t01_a}"), ("PEOPLE", "total", "${t01_a} = 1")] {
        indicators.extend(format!("{id},IND99,{kind},ALL,a,a,a,a,{numerator},(${{result}} = 1 or ${{result}} = 2),t01_a t01_b,\n").bytes());
    }
    app.publish_workbook(&zipped(&sheets));
    app.approve(&Value::Null).expect(200);
    field_by(&app, &app.enrol());
    app.weigh("w");
    let released = app.release("main", &[("MEAN", &[]), ("TOTAL", &[]), (T01, &["sex"]), ("PEOPLE", &["sex"])]);
    let of = |table: usize, by: Value| cell(&released["tables"][table], &by);
    // Each stands for twenty: sixty said 1, forty-eight 2.
    assert_eq!([of(0, json!({})), of(1, json!({}))].map(|cell| cell["estimate"].clone()), [json!(1.444), json!(3120.0)]);
    assert_eq!(of(3, json!({ "sex": "_T" }))["estimate"], json!(1200.0));
    for sex in ["F", "M", "_T"] {
        assert_eq!(of(2, json!({ "sex": sex }))["status"], of(3, json!({ "sex": sex }))["status"], "{sex}");
    }
});

on_both!(what_was_withheld_stays_so_and_what_was_shown_is_known, |app| {
    ready(&app);
    let first = app.release("first", &[(T01, &["sex"])]);
    let women = cell(&first["tables"][0], &json!({ "sex": "F" }));
    assert_eq!(women["status"], "withheld", "shown, they would give the men away");
    let second = app.compose("second", &[(T01, &["sex", "urban"])]).expect(200).json();
    assert_eq!(cell(&second["tables"][0], &json!({ "sex": "F", "urban": "_T" }))["status"], "withheld");
    assert_eq!(cell(&second["tables"][0], &json!({ "sex": "_T", "urban": "_T" }))["status"], "shown");
});

on_both!(a_release_composed_before_another_went_out_is_composed_again, |app| {
    ready(&app);
    let (one, two) = (app.compose("one", &[(T01, &[])]).expect(200).json(), app.compose("two", &[(T01, &["urban"])]).expect(200).json());
    app.compose("one", &[(T01, &[])]).expect(409);
    app.approve_release(&one).expect(200);
    app.approve_release(&two).expect(409);
    app.study_call("DELETE", &format!("/releases/{}", two["release"]["id"]), Role::Statistician, &Value::Null).expect(200);
    app.release("two", &[(T01, &["urban"])]);
});

on_both!(when_responses_are_erased_a_release_stays_and_its_unpublished_counts_go, |app| {
    ready(&app);
    let id = app.release("main", &[(T01, &["sex", "urban"])])["release"]["id"].as_i64().unwrap();
    let kept = || app.store().release_tables(id).unwrap().remove(0);
    let before = kept();
    assert!(before.cells.contains("\"n\":"));
    let change = StudyChange { keep_until: Some("2027-05-20".to_owned()), ..StudyChange::default() };
    app.store().change_study(by(), app.study, change).wait().unwrap();
    assert_eq!(app.store().erase_due("2027-05-21".to_owned()).wait().unwrap(), 120);
    assert_eq!((kept().cells, kept().json), (String::new(), before.json));
});

on_both!(age_bands_are_protected_together_with_the_groups_they_are_made_of, |app| {
    ready(&app);
    let status = |table: &Value, dimension: &str, level: &str| cell(table, &json!({ dimension: level }))["status"].clone();
    let alone = app.compose("alone", &[(T01, &["age_band"])]).expect(200).json();
    assert_eq!(status(&alone["tables"][0], "age_band", "Y35T64"), "shown");
    // All who are 35 to 49 said yes and nobody who is older did: the band less the one would be the other.
    let both = app.compose("both", &[(T01, &["age_group"]), (T01, &["age_band"])]).expect(200).json();
    let (groups, bands) = (&both["tables"][0], &both["tables"][1]);
    assert_eq!(status(groups, "age_group", "Y35T49"), "withheld");
    let told = [status(groups, "age_group", "Y50T64"), status(bands, "age_band", "Y35T64")];
    assert!(told.iter().any(|status| status == "withheld"), "{told:?}");
    let refused = app.compose("neither", &[(T01, &["age_group", "age_band"])]).expect(400).json();
    assert_eq!(refused["errors"][0]["pointer"], "/tables/0/by");
});

on_both!(a_release_comes_in_the_forms_offices_exchange, |app| {
    ready(&app);
    let released = app.release("main", &[(T01, &[]), (T01, &["sex", "urban"]), ("TFV_T01_EVER", &["region"])]);
    let path = format!("/releases/{}", released["release"]["id"]);
    let fetched = |ending: &str| app.bytes(&format!("{path}{ending}"), Role::Analyst);
    let is_alike = |a: &Value, b: f64| (a.as_f64().unwrap() - b).abs() < 1e-9;

    let mut workbook: calamine::Xlsx<_> = calamine::Reader::new(std::io::Cursor::new(fetched(".xlsx"))).unwrap();
    let sheet = calamine::Reader::worksheet_range(&mut workbook, "Estimates").unwrap();
    let rows: Vec<_> = sheet.rows().collect();
    let cells: Vec<&Value> = released["tables"].as_array().unwrap().iter().flat_map(|t| t["cells"].as_array().unwrap()).collect();
    assert_eq!(rows.len(), cells.len() + 1);
    let place = |name: &str| rows[0].iter().position(|cell| *cell == name).unwrap();
    for (row, cell) in rows[1..].iter().zip(&cells) {
        let estimate = &row[place("estimate")];
        match cell["status"].as_str() {
            Some("shown") => assert!(is_alike(&cell["estimate"], calamine::DataType::as_f64(estimate).unwrap()), "{row:?} {cell}"),
            _ => assert_eq!(
                (estimate, row[place("status")].to_string().as_str()),
                (&calamine::Data::Empty, cell["reason"].as_str().unwrap())
            ),
        }
    }
    let about = calamine::Reader::worksheet_range(&mut workbook, "About").unwrap();
    let said: Vec<String> = about.rows().map(|row| row[1].to_string()).collect();
    assert!(
        said.contains(&released["release"]["digest"].as_str().unwrap().to_owned()) && said[1].starts_with("SIMULATED DATA"),
        "{said:?}"
    );

    let sdmx = String::from_utf8(fetched("/sdmx.csv")).unwrap();
    let mut reader = csv::Reader::from_reader(sdmx.as_bytes());
    let head = reader.headers().unwrap().clone();
    let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
    let of = |row: &csv::StringRecord, name: &str| row[head.iter().position(|h| h == name).unwrap()].to_owned();
    // The total stands in two tables, and is one observation.
    assert_eq!(rows.len(), cells.len() - 1);
    let all = rows.iter().find(|row| ["SEX", "URBANISATION"].iter().all(|d| of(row, d) == "_T") && of(row, "SERIES") == T01).unwrap();
    assert!(is_alike(&cells[0]["estimate"], of(all, "OBS_VALUE").parse::<f64>().unwrap() / 100.0), "{all:?} {}", cells[0]);
    assert_eq!(["OBS_STATUS", "CONF_STATUS", "UNIT_MEASURE", "TIME_PERIOD"].map(|name| of(all, name)), ["A", "F", "PT", "2026"]);
    let withheld = rows.iter().find(|row| of(row, "OBS_STATUS") == "Q").unwrap();
    assert_eq!(["OBS_VALUE", "SE", "N_UNW", "CONF_STATUS"].map(|name| of(withheld, name)), ["", "", "", "N"]);
    let structure: Value = serde_json::from_slice(&fetched("/sdmx-structure.json")).unwrap();
    let lists = structure["data"]["codelists"].as_array().unwrap();
    let area = lists.iter().find(|list| list["id"] == "CL_AREA").unwrap()["codes"].as_array().unwrap();
    assert_eq!(area.iter().map(|code| code["id"].as_str().unwrap()).collect::<Vec<_>>(), ["_T", "north", "south"]);

    let codebook = String::from_utf8(fetched("/ddi.xml")).unwrap();
    assert!(codebook.contains("name=\"t01_a\"") && codebook.contains("SIMULATED DATA") && !codebook.contains("deviceid"), "{codebook}");
    app.call("GET", &format!("/v1/projects/{}/releases/999/ddi.xml", app.study), Some(Role::Analyst), &[]).expect(404);
    let composed = app.compose("next", &[(T01, &["urban"])]).expect(200).json();
    app.study_call("GET", &format!("/releases/{}.xlsx", composed["release"]["id"]), Role::Analyst, &Value::Null).expect(404);
});

on_both!(where_the_frame_does_not_say_urban_or_rural_is_a_level_and_not_the_total, |app| {
    let device = app.ready();
    let mut frame = "case,stratum,psu,base_weight,region,urban,sex\n".to_owned();
    for (stratum, region, urban, sex) in
        [("n-u", "north", "U", 1), ("n-r", "north", "R", 1), ("s-u", "south", "", 1), ("s-m", "south", "", 2)]
    {
        let of_psu = |psu: u8| (1..=10).map(move |case: u8| (psu, case));
        for (psu, case) in (1..=3).flat_map(of_psu) {
            frame.push_str(&format!("{}-{psu}-{case},{stratum},{psu},10,{region},{urban},{sex}\n", stratum.to_uppercase()));
        }
    }
    app.call("PUT", &format!("/v1/projects/{}/frame", app.study), Some(Role::Coordinator), frame.as_bytes()).expect(200);
    field_by(&app, &device);
    app.weigh("w");
    let released = app.release("main", &[(T01, &["urban"])]);
    assert_eq!(cell(&released["tables"][0], &json!({ "urban": "_U" }))["n"], 50);

    let path = format!("/releases/{}", released["release"]["id"]);
    let sdmx = app.bytes(&format!("{path}/sdmx.csv"), Role::Analyst);
    let mut reader = csv::Reader::from_reader(sdmx.as_slice());
    let head = reader.headers().unwrap().clone();
    let place = |name: &str| head.iter().position(|h| h == name).unwrap();
    let (level, n) = (place("URBANISATION"), place("N_UNW"));
    let found: Vec<(String, String)> = reader.records().map(Result::unwrap).map(|row| (row[level].to_owned(), row[n].to_owned())).collect();
    let expected = [("R", ""), ("U", ""), ("_T", "110"), ("_U", "50")].map(|(level, n)| (level.to_owned(), n.to_owned()));
    assert_eq!(found, expected, "of 108 who answered, 54 where it is not said");
    let rows = crate::tables::sheet(app.bytes(&format!("{path}.xlsx"), Role::Analyst), "Estimates");
    let urban = rows[0].iter().position(|name| name == "urban").unwrap();
    assert_eq!(rows[1..].iter().map(|row| row[urban].as_str()).collect::<Vec<_>>(), ["R", "U", "_U", "_T"]);
});

on_both!(a_plan_that_is_none_names_the_table_at_fault, |app| {
    ready(&app);
    let refused = |tables: &[Table<'_>]| app.compose("main", tables).expect(400).json()["errors"][0]["pointer"].clone();
    assert_eq!(refused(&[(T01, &[]), ("NOTHING", &[])]), "/tables/1/indicator");
    assert_eq!(refused(&[(T01, &["sex", "urban", "region", "disability"])]), "/tables/0/by");
    assert_eq!(refused(&[]), "/tables");
    app.study_call("POST", "/releases", Role::Coordinator, &json!({ "name": "main", "tables": [] })).expect(403);
});
