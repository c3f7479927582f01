//! Coded rows as a statistician reads them: what was answered, once each, and nothing of who answered, where, when and on what.

use std::collections::{BTreeSet, HashMap};

use kish::people::Role;
use kish::trail::Action;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use serde_json::{Value, json};

use crate::app::{TestApp, on_both};
use crate::interview::Interview;
use crate::link::{close, cut};
use crate::repeats;
use crate::row_grants::CSV;

const CODE: &str = "471193-208856";
const PARQUET: &str = "/forms/tfvaw/submissions.parquet";
const TABLE: &str = "/forms/tfvaw.svc/Submissions";

/// Five interviews of the shipped version, one of which is edited, and two of one with a roster.
fn field(app: &TestApp) {
    let device = app.ready();
    let cases: Vec<(String, String)> = (1..=5).map(|n| (format!("N-U-1-{n}"), format!("uuid:{n}"))).collect();
    for (case, id) in &cases {
        let is_first = id == "uuid:1";
        let (t01, age, seeing) = if is_first { ((1, 1), 61, 3) } else { ((2, 0), 34, 1) };
        app.submit(&device, &Interview { case, id, t01, age, seeing, code: is_first.then_some(CODE), ..Interview::default() }.xml())
            .expect(201);
    }
    let edit = Interview { case: "N-U-1-5", id: "uuid:edit", deprecated: Some("uuid:5"), age: 35, ..Interview::default() };
    app.submit(&device, &edit.xml()).expect(201);
    repeats::publish_roster(app);
    for n in [6, 7] {
        let members = format!("<member><member_years>4{n}</member_years></member>");
        let xml = repeats::interview(&format!("uuid:{n}"), &members, 40 + n).replace("N-U-1-1", &format!("N-U-1-{n}"));
        app.submit(&device, &xml).expect(201);
    }
}

fn csv_rows(app: &TestApp) -> Vec<HashMap<String, String>> {
    let body = app.rows(CSV).expect(200).body;
    csv::Reader::from_reader(body.as_bytes()).deserialize().map(Result::unwrap).collect()
}

/// The pages from a path on, following each to the next.
fn pages(app: &TestApp, path: &str) -> Vec<Value> {
    let mut found = vec![app.rows(path).expect(200).json()];
    while let Some(next) = found.last().unwrap()["@odata.nextLink"].as_str() {
        let path = next.strip_prefix(&format!("{}/v1/projects/{}", app.url, app.study)).unwrap().to_owned();
        found.push(app.rows(&path).expect(200).json());
    }
    found
}

fn ids(pages: &[Value]) -> Vec<String> {
    let rows = pages.iter().flat_map(|page| page["value"].as_array().unwrap());
    rows.map(|row| row["__id"].as_str().unwrap().to_owned()).collect()
}

on_both!(a_csv_holds_what_was_answered_in_codes, |app| {
    field(&app);
    app.granted_rows();
    let answer = app.rows(CSV).expect(200);
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"SIMULATED-tfvaw.csv\"");
    let header: Vec<&str> = answer.body.lines().next().unwrap().split(',').collect();
    assert_eq!(header.iter().collect::<BTreeSet<_>>().len(), header.len(), "each column has a name of its own");
    assert!(header.ends_with(&["iso_week", "result", "sex", "age_years", "disability", "duration_band", "KEY", "FormVersion"]));
    let rows = csv_rows(&app);
    assert_eq!(rows.len(), 7);
    let first = rows.iter().find(|row| row["age_years"] == "61").unwrap();
    for (column, expected) in [
        ("interview-digital_life-t01-t01_a", "1"),
        ("interview-digital_life-t01-t01_e", "3 5"),
        ("interview-activities-wg_seeing", "3"),
        ("interview-about_you-sex", "1"),
        ("data-result", "1"),
        ("iso_week", "2026-W47"),
        ("result", "1"),
        ("sex", "1"),
        ("disability", "DIS1"),
        ("duration_band", "15-30"),
        ("FormVersion", "2026112201"),
        // Of the version that came after.
        ("members_years", ""),
    ] {
        assert_eq!(first[column], expected, "{column}");
    }
    let with_roster: BTreeSet<&str> =
        rows.iter().filter(|row| row["FormVersion"] == "roster").map(|row| row["members_years"].as_str()).collect();
    assert_eq!(with_roster, BTreeSet::from(["46", "47"]));
    // What was edited is there once, as it was edited.
    assert_eq!(rows.iter().filter(|row| row["age_years"] == "35").count(), 1);
});

/// The rows of a Parquet file as the CSV would have them, in its order, and what its columns are.
fn parquet_rows(bytes: Vec<u8>) -> (Vec<HashMap<String, String>>, HashMap<String, String>) {
    let reader = SerializedFileReader::new(bytes::Bytes::from(bytes)).unwrap();
    let kinds = reader.metadata().file_metadata().schema_descr().columns().iter();
    let kinds = kinds.map(|column| (column.name().to_owned(), format!("{:?} {:?}", column.physical_type(), column.logical_type_ref())));
    let cell = |field: &Field| match field {
        Field::Null => String::new(),
        Field::Str(text) => text.clone(),
        other => other.to_string(),
    };
    let row = |row: parquet::record::Row| row.get_column_iter().map(|(name, field)| (name.clone(), cell(field))).collect();
    (reader.get_row_iter(None).unwrap().map(|read| row(read.unwrap())).collect(), kinds.collect())
}

on_both!(parquet_holds_the_same_cell_by_cell_with_types, |app| {
    field(&app);
    assert_eq!(app.rows(PARQUET).expect(409).header("content-type"), "application/problem+json");
    app.granted_rows();
    let answer = app.rows(PARQUET).expect(200);
    assert_eq!(answer.header("content-type"), "application/vnd.apache.parquet");
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"SIMULATED-tfvaw.parquet\"");
    let bytes = app.bytes(PARQUET, Role::Statistician);
    assert!(bytes.windows(9).any(|told| told == b"SIMULATED"));
    let (rows, kinds) = parquet_rows(bytes);
    assert_eq!(rows, csv_rows(&app));
    for (column, expected) in [
        ("household-n_eligible", "INT64 None"),
        ("interview-digital_life-t01-t01_a", "BYTE_ARRAY Some(String)"),
        ("interview-digital_life-t01-t01_e", "BYTE_ARRAY Some(String)"),
        ("result", "INT64 None"),
        ("age_years", "INT64 None"),
        ("KEY", "BYTE_ARRAY Some(String)"),
    ] {
        assert_eq!(kinds[column], expected, "{column}");
    }
});

on_both!(odata_holds_the_same_nested_as_in_the_form, |app| {
    field(&app);
    app.granted_rows();
    let service = app.rows("/forms/tfvaw.svc").expect(200);
    assert_eq!((service.header("odata-version"), &service.json()["value"][0]["name"]), ("4.0", &json!("Submissions")));
    let all = app.rows(&format!("{TABLE}?$count=true")).expect(200).json();
    assert_eq!((&all["@odata.count"], all.get("@odata.nextLink"), &all["@kish.simulated"]), (&json!(7), None, &json!(true)));
    let rows = all["value"].as_array().unwrap();
    let first = rows.iter().find(|row| row["__response"]["age_years"] == 61).unwrap();
    assert_eq!(
        first["interview"]["digital_life"]["t01"],
        json!({ "t01_a": "1", "t01_b": "1", "t01_c": "1", "t01_d": "52", "t01_e": "3 5" })
    );
    assert_eq!(first["household"]["n_eligible"], 2);
    let beside = json!({ "iso_week": "2026-W47", "result": 1, "sex": 1, "age_years": 61, "disability": "DIS1", "duration_band": "15-30" });
    assert_eq!(first["__response"], beside);
    let system = first["__system"].as_object().unwrap();
    assert_eq!((system.len(), &system["formVersion"]), (12, &json!("2026112201")));
    assert!(system.iter().all(|(name, value)| name == "formVersion" || value.is_null()), "{system:?}");
    let keys: BTreeSet<String> = csv_rows(&app).into_iter().map(|mut row| row.remove("KEY").unwrap()).collect();
    assert_eq!(ids(std::slice::from_ref(&all)).into_iter().collect::<BTreeSet<_>>(), keys);
    let xml = app.rows("/forms/tfvaw.svc/$metadata").expect(200).body;
    every_property_has_a_type(&xml, "Submissions", first, &["__id", "__system", "__response"]);
});

/// Each property of a row stands in the type of its name, and the other way round.
fn every_property_has_a_type(xml: &str, name: &str, row: &Value, own: &[&str]) {
    let (_, kind) = xml.split_once(&format!("Type Name=\"{name}\">")).unwrap_or_else(|| panic!("no type {name}"));
    let (kind, _) = kind.split_once("Type>").unwrap();
    let properties: HashMap<&str, &str> = kind
        .split("<Property Name=\"")
        .skip(1)
        .map(|rest| {
            let (name, rest) = rest.split_once("\" Type=\"").unwrap();
            (name, rest.split_once('"').unwrap().0)
        })
        .collect();
    let (links, row): (Vec<_>, Vec<_>) = row.as_object().unwrap().iter().partition(|(property, _)| property.contains('@'));
    assert_eq!(row.iter().map(|(name, _)| name.as_str()).collect::<BTreeSet<_>>(), properties.keys().copied().collect::<BTreeSet<_>>());
    for (link, _) in links {
        let repeat = link.strip_suffix("@odata.navigationLink").unwrap();
        assert!(kind.contains(&format!("<NavigationProperty Name=\"{repeat}\" Type=\"Collection(")), "{repeat}");
    }
    for (property, value) in row.into_iter().filter(|(property, _)| !own.contains(&property.as_str())) {
        match value {
            Value::Object(_) => every_property_has_a_type(xml, properties[property.as_str()].rsplit_once('.').unwrap().1, value, &[]),
            Value::Number(_) => assert!(matches!(properties[property.as_str()], "Edm.Int64" | "Edm.Double"), "{property}"),
            Value::String(_) => assert_eq!(properties[property.as_str()], "Edm.String", "{property}"),
            _ => assert!(value.is_null(), "{property}"),
        }
    }
}

on_both!(pages_lead_past_every_row_once_and_what_is_not_understood_is_refused, |app| {
    field(&app);
    let first = app.granted_rows();
    let all = ids(&pages(&app, TABLE));
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 7);
    for top in [1, 2, 3, 7, 100] {
        let walked = pages(&app, &format!("{TABLE}?$top={top}&$count=True"));
        assert_eq!(ids(&walked), all, "{top} at a time");
        assert!(walked.iter().all(|page| page["@odata.count"] == 7 && page["value"].as_array().unwrap().len() <= top));
    }
    for (query, expected) in [("$skip=3", &all[3..]), ("$skip=6&$top=1", &all[6..]), ("$skip=7", &[][..]), ("%24top=2&$skip=1", &all[1..])]
    {
        assert_eq!(ids(&pages(&app, &format!("{TABLE}?{query}"))), expected, "{query}");
    }
    let none = app.rows(&format!("{TABLE}?$top=0&$count=true")).expect(200).json();
    assert_eq!((&none["value"], &none["@odata.count"], none.get("@odata.nextLink")), (&json!([]), &json!(7), None));
    let refused = |query: &str| app.rows(&format!("{TABLE}?{query}")).expect(400).json()["detail"].as_str().unwrap().to_owned();
    for query in ["$filter=sex%20eq%201", "$select=__id", "$expand=*", "$orderby=__id", "$wkt=true"] {
        assert!(refused(query).contains("$top, $skip, $count and $skiptoken are understood"), "{query}");
    }
    for query in ["$top=-1", "$skip=x", "$count=yes", "$skiptoken=x"] {
        refused(query);
    }
    // Where a walk goes on is the grant's own, and so is what rows are called.
    let next = app.rows(&format!("{TABLE}?$top=2")).expect(200).json()["@odata.nextLink"].as_str().unwrap().to_owned();
    let token = next.rsplit_once('=').unwrap().1;
    assert_eq!(ids(&[app.rows(&format!("{TABLE}?$skiptoken={token}")).expect(200).json()]), all[2..]);
    app.study_call("DELETE", &first, Role::Coordinator, &Value::Null).expect(200);
    app.granted_rows();
    assert!(refused(&format!("$skiptoken={token}")).contains("begin again"));
    let again = ids(&pages(&app, TABLE));
    assert!(again.len() == 7 && again.iter().all(|id| !all.contains(id)), "rows of two grants have no name in common");
});

on_both!(no_walk_through_rows_leads_past_the_cut, |app| {
    field(&app);
    app.granted_rows();
    let token = || {
        let next = app.rows(&format!("{TABLE}?$top=2")).expect(200).json()["@odata.nextLink"].as_str().unwrap().to_owned();
        next.rsplit_once('=').unwrap().1.to_owned()
    };
    let before = token();
    app.rows(&format!("{TABLE}?$skiptoken={before}")).expect(200);
    close(&app);
    cut(&app, true).expect(200);
    // Rows stand in the order of ids, and every response has another: some would come twice and others never.
    app.rows(&format!("{TABLE}?$skiptoken={before}")).expect(400);
    app.rows(&format!("{TABLE}?$skiptoken={}", token())).expect(200);
});

on_both!(nothing_in_rows_says_who_where_when_or_on_what, |app| {
    field(&app);
    app.granted_rows();
    let bodies = [CSV, TABLE, "/forms/tfvaw.svc/$metadata"].map(|path| app.rows(path).expect(200).body);
    let versions = app.store().form_versions(app.study).unwrap();
    let kept = versions.iter().flat_map(|version| app.store().responses(app.study, version.id).unwrap());
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    let own =
        kept.flat_map(|r| [hex(&r.id), uuid::Uuid::from_slice(&r.id).unwrap().to_string(), hex(&r.case_pseudonym)]).collect::<Vec<_>>();
    let sent = ["N-U-1-", "n-u", "uuid:1\"", "uuid:edit", "2026-11-", "10:00", "AbCdEfGh", "collect", "phone-1", "471193", "north"];
    for body in &bodies {
        for told in sent.iter().copied().chain(own.iter().map(String::as_str)) {
            assert!(!body.contains(told), "{told}");
        }
    }
    for (path, column) in [(CSV, "case_code"), (CSV, "interview-about_you-age_years"), (CSV, "withdrawal_code"), (TABLE, "member_years\"")]
    {
        assert!(!app.rows(path).expect(200).body.contains(column), "{column}");
    }
});

on_both!(what_is_taken_back_is_no_row_any_more, |app| {
    field(&app);
    app.granted_rows();
    app.call("POST", &format!("/v1/projects/{}/withdrawals", app.study), None, json!({ "code": CODE }).to_string().as_bytes()).expect(200);
    let rows = csv_rows(&app);
    assert!(rows.len() == 6 && rows.iter().all(|row| row["age_years"] != "61" && row["result"] == "1"));
    assert_eq!(app.rows(&format!("{TABLE}?$top=1&$count=true")).expect(200).json()["@odata.count"], 6);
});

on_both!(who_reads_rows_stands_in_the_trail, |app| {
    field(&app);
    let grant = app.granted_rows();
    let read = || app.store().trail(Some(app.study), &[Action::RowsRead], 100, 0).unwrap();
    app.rows(&format!("{TABLE}?$filter=x")).expect(400);
    app.study_call("GET", CSV, Role::Coordinator, &Value::Null).expect(403);
    app.rows("/forms/tfvaw.svc").expect(200);
    assert!(read().is_empty(), "nothing was read");
    app.rows(CSV).expect(200);
    app.rows(PARQUET).expect(200);
    app.rows(&format!("{TABLE}?$top=1")).expect(200);
    let lines = read();
    let told: Vec<(&str, &str, i64)> = lines.iter().map(|line| (line.form_id.as_str(), line.details.as_str(), line.actor_id)).collect();
    let person = app.person(Role::Statistician);
    assert_eq!(told, [r#"{"as":"odata"}"#, r#"{"as":"parquet"}"#, r#"{"as":"csv"}"#].map(|shape| ("tfvaw", shape, person)));
    assert!(lines.iter().all(|line| grant == format!("/row-grants/{}", line.actee_id)));
});
