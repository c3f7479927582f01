//! What was answered in repeats, as a statistician reads it: a table of each, in CSV and OData, that leads back to the interview's row.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{Cursor, Read};

use kish::people::Role;
use kish::trail::Action;
use serde_json::{Value, json};

use crate::app::{TestApp, on_both};
use crate::interview::Interview;
use crate::repeats;

const ZIP: &str = "/forms/tfvaw/submissions.csv.zip";
const SERVICE: &str = "/forms/tfvaw.svc";
const MEMBERS: &str = "/forms/tfvaw.svc/Submissions.member";
const GADGETS: &str = "/forms/tfvaw.svc/Submissions.member.gadget";
const CODE: &str = "471193-208856";

/// An interview of the shipped version, and three with a roster: of two members with gadgets, of one, and one that was edited.
fn field(app: &TestApp) {
    let device = app.ready();
    app.submit(&device, &Interview { case: "N-U-1-1", id: "uuid:1", ..Interview::default() }.xml()).expect(201);
    repeats::publish_roster(app);
    let gadget = |years: u8| format!("<gadget><gadget_years>{years}</gadget_years></gadget>");
    let member = |years: u8, gadgets: &str| format!("<member><member_years>{years}</member_years>{gadgets}</member>");
    let two = format!("{}{}", member(40, &(gadget(3) + &gadget(1))), member(9, &gadget(2)));
    let submit = |n: u8, id: &str, members: &str, sum: u32, code: bool| {
        let mut xml = repeats::interview(id, members, sum).replace("N-U-1-1", &format!("N-U-1-{n}"));
        if code {
            let told = format!("<help_list/><wants_code>1</wants_code><withdrawal_code>{CODE}</withdrawal_code><code_shown/>");
            xml = xml.replace("<help_list/>", &told);
        }
        app.submit(&device, &xml).expect(201);
    };
    submit(2, "uuid:2", &two, 49, false);
    submit(3, "uuid:3", &member(71, &gadget(5)), 71, true);
    submit(4, "uuid:4", &member(50, ""), 50, false);
    let edit = repeats::interview("uuid:5", &member(51, ""), 51).replace("N-U-1-1", "N-U-1-4");
    let deprecated = "<orx:deprecatedID>uuid:4</orx:deprecatedID><orx:instanceID>";
    app.submit(&device, &edit.replace("<orx:instanceID>", deprecated)).expect(201);
}

type Lines = Vec<HashMap<String, String>>;

/// The files of the zip, by their names.
fn files(app: &TestApp) -> BTreeMap<String, (Vec<String>, Lines)> {
    let mut zip = zip::ZipArchive::new(Cursor::new(app.bytes(ZIP, Role::Statistician))).unwrap();
    let names: Vec<String> = zip.file_names().map(|name| name.unwrap().into_owned()).collect();
    let mut read = |name: String| {
        let mut text = String::new();
        zip.by_name(&name).unwrap().read_to_string(&mut text).unwrap();
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let header = reader.headers().unwrap().iter().map(str::to_owned).collect();
        (name, (header, reader.deserialize().map(Result::unwrap).collect()))
    };
    names.into_iter().map(&mut read).collect()
}

fn values(app: &TestApp, path: &str) -> Vec<Value> {
    app.rows(path).expect(200).json()["value"].as_array().unwrap().clone()
}

/// What stands at an address that a row gives.
fn linked(app: &TestApp, row: &Value, name: &str) -> Vec<Value> {
    let link = row[format!("{name}@odata.navigationLink")].as_str().unwrap();
    values(app, &format!("{SERVICE}/{link}"))
}

on_both!(a_zip_has_a_file_of_each_repeat_that_leads_back_to_its_interview, |app| {
    field(&app);
    app.rows(ZIP).expect(409);
    app.granted_rows();
    let answer = app.rows(ZIP).expect(200);
    assert_eq!(
        (answer.header("content-type"), answer.header("content-disposition")),
        ("application/zip", "attachment; filename=\"SIMULATED-tfvaw.zip\"")
    );
    let files = files(&app);
    assert_eq!(files.keys().collect::<Vec<_>>(), ["SIMULATED-tfvaw-gadget.csv", "SIMULATED-tfvaw-member.csv", "SIMULATED-tfvaw.csv"]);
    let (interviews, members, gadgets) =
        (&files["SIMULATED-tfvaw.csv"], &files["SIMULATED-tfvaw-member.csv"], &files["SIMULATED-tfvaw-gadget.csv"]);
    let body = app.rows("/forms/tfvaw/submissions.csv").expect(200).body;
    let alone: Lines = csv::Reader::from_reader(body.as_bytes()).deserialize().map(Result::unwrap).collect();
    assert_eq!(interviews.1, alone);
    assert_eq!(
        (&members.0[..], &gadgets.0[..]),
        (&["member_years", "PARENT_KEY", "KEY"].map(str::to_owned)[..], &["gadget_years", "PARENT_KEY", "KEY"].map(str::to_owned)[..])
    );
    // By the sum that the interview itself has, which no two share.
    let interview: HashMap<&str, &str> = interviews.1.iter().map(|line| (line["members_years"].as_str(), line["KEY"].as_str())).collect();
    let told = |lines: &Lines, column: &str| -> BTreeSet<(String, String, String)> {
        lines.iter().map(|line| (line[column].clone(), line["PARENT_KEY"].clone(), line["KEY"].clone())).collect()
    };
    let [two, one, edited] = ["49", "71", "51"].map(|sum| interview[sum]);
    let row = |years: &str, around: &str, way: &str| (years.to_owned(), around.to_owned(), format!("{around}/{way}"));
    let expected = [row("40", two, "member[1]"), row("9", two, "member[2]"), row("71", one, "member[1]"), row("51", edited, "member[1]")];
    assert_eq!(told(&members.1, "member_years"), BTreeSet::from(expected));
    let (first, second, other) = (format!("{two}/member[1]"), format!("{two}/member[2]"), format!("{one}/member[1]"));
    let expected =
        [row("3", &first, "gadget[1]"), row("1", &first, "gadget[2]"), row("2", &second, "gadget[1]"), row("5", &other, "gadget[1]")];
    assert_eq!(told(&gadgets.1, "gadget_years"), BTreeSet::from(expected));
});

on_both!(odata_lists_a_table_of_each_repeat_and_rows_lead_to_what_lies_in_them, |app| {
    field(&app);
    app.granted_rows();
    let names: Vec<String> = values(&app, SERVICE).iter().map(|table| table["url"].as_str().unwrap().to_owned()).collect();
    assert_eq!(names, ["Submissions", "Submissions.member", "Submissions.member.gadget"]);
    let all = app.rows(&format!("{MEMBERS}?$count=true")).expect(200).json();
    assert_eq!((&all["@odata.count"], &all["@kish.simulated"], all.get("@odata.nextLink")), (&json!(4), &json!(true), None));
    assert!(all["@odata.context"].as_str().unwrap().ends_with("/forms/tfvaw.svc/$metadata#Submissions.member"));
    let (members, gadgets) = (all["value"].as_array().unwrap().clone(), values(&app, GADGETS));
    let interviews = values(&app, &format!("{SERVICE}/Submissions"));
    for interview in &interviews {
        let own: Vec<_> = members.iter().filter(|member| member["__Submissions-id"] == interview["__id"]).cloned().collect();
        let sum: i64 = own.iter().map(|member| member["member_years"].as_i64().unwrap()).sum();
        assert_eq!(sum, interview["members_years"].as_str().unwrap_or("0").parse::<i64>().unwrap());
        assert_eq!(linked(&app, interview, "member"), own);
    }
    let mut years = BTreeSet::new();
    for member in &members {
        let own: Vec<_> = gadgets.iter().filter(|gadget| gadget["__Submissions-member-id"] == member["__id"]).cloned().collect();
        assert_eq!(linked(&app, member, "gadget"), own);
        years.insert((
            member["member_years"].as_i64().unwrap(),
            own.iter().map(|own| own["gadget_years"].as_i64().unwrap()).collect::<Vec<_>>(),
        ));
    }
    assert_eq!(years, BTreeSet::from([(40, vec![3, 1]), (9, vec![2]), (71, vec![5]), (51, vec![])]));
    let ids: BTreeSet<String> = interviews.iter().chain(&members).chain(&gadgets).map(|row| row["__id"].to_string()).collect();
    assert_eq!(ids.len(), 4 + 4 + 4);
});

on_both!(metadata_has_a_type_of_each_repeat, |app| {
    field(&app);
    app.granted_rows();
    let xml = app.rows(&format!("{SERVICE}/$metadata")).expect(200).body;
    let (_, member) = xml.split_once("<EntityType Name=\"Submissions.member\">").unwrap();
    let (member, _) = member.split_once("</EntityType>").unwrap();
    for line in [
        "<Property Name=\"__id\" Type=\"Edm.String\" Nullable=\"false\"/>",
        "<Property Name=\"__Submissions-id\" Type=\"Edm.String\" Nullable=\"false\"/>",
        "<Property Name=\"member_years\" Type=\"Edm.Int64\"/>",
        "<NavigationProperty Name=\"gadget\" Type=\"Collection(org.opendatakit.user.tfvaw.Submissions.member.gadget)\"/>",
        "SIMULATED",
    ] {
        assert!(member.contains(line), "{line} in {member}");
    }
    for line in [
        "<NavigationProperty Name=\"member\" Type=\"Collection(org.opendatakit.user.tfvaw.Submissions.member)\"/>",
        "<Property Name=\"__Submissions-member-id\" Type=\"Edm.String\" Nullable=\"false\"/>",
        "<EntitySet Name=\"Submissions.member.gadget\" EntityType=\"org.opendatakit.user.tfvaw.Submissions.member.gadget\"/>",
    ] {
        assert!(xml.contains(line), "{line}");
    }
});

on_both!(pages_of_a_repeat_lead_past_every_row_once, |app| {
    field(&app);
    app.granted_rows();
    for table in [MEMBERS, GADGETS] {
        let all = values(&app, table);
        assert_eq!(all.len(), 4);
        for top in [1, 2, 3] {
            let mut page = app.rows(&format!("{table}?$top={top}&$count=true")).expect(200).json();
            let mut walked = page["value"].as_array().unwrap().clone();
            while let Some(next) = page["@odata.nextLink"].as_str() {
                let path = next.strip_prefix(&format!("{}/v1/projects/{}", app.url, app.study)).unwrap().to_owned();
                page = app.rows(&path).expect(200).json();
                assert!(page["@odata.count"] == 4 && page["value"].as_array().unwrap().len() <= top);
                walked.extend(page["value"].as_array().unwrap().clone());
            }
            assert_eq!(walked, all, "{top} at a time");
        }
        for skip in 0..5 {
            assert_eq!(values(&app, &format!("{table}?$skip={skip}&$top=2")), all.iter().skip(skip).take(2).cloned().collect::<Vec<_>>());
        }
        app.rows(&format!("{table}?$expand=*")).expect(400);
    }
    // A place among the rows of one table is none among another's.
    let next = app.rows(&format!("{MEMBERS}?$top=1")).expect(200).json()["@odata.nextLink"].as_str().unwrap().to_owned();
    let token = next.rsplit_once('=').unwrap().1;
    app.rows(&format!("{MEMBERS}?$skiptoken={token}")).expect(200);
    app.rows(&format!("{GADGETS}?$skiptoken={token}")).expect(400);
    app.rows(&format!("{SERVICE}/Submissions?$skiptoken={token}")).expect(400);
});

on_both!(what_lies_in_a_row_is_read_in_parts_too_and_of_no_other_row, |app| {
    field(&app);
    app.granted_rows();
    let members = values(&app, MEMBERS);
    let first = members.iter().find(|member| member["member_years"] == 40).unwrap();
    let link = format!("{SERVICE}/{}", first["gadget@odata.navigationLink"].as_str().unwrap());
    let part = app.rows(&format!("{link}?$top=1&$count=true")).expect(200).json();
    assert_eq!((&part["@odata.count"], &part["value"][0]["gadget_years"]), (&json!(2), &json!(3)));
    let next = part["@odata.nextLink"].as_str().unwrap();
    let rest = app.rows(next.strip_prefix(&format!("{}/v1/projects/{}", app.url, app.study)).unwrap()).expect(200).json();
    assert_eq!((&rest["value"][0]["gadget_years"], rest.get("@odata.nextLink")), (&json!(1), None));
    // An interview of that name there is none, nor a member of this interview with the name of another's.
    let other = members.iter().find(|member| member["member_years"] == 71).unwrap();
    let (own, foreign) = (first["__id"].as_str().unwrap(), other["__id"].as_str().unwrap());
    assert!(values(&app, &link.replace(own, foreign)).is_empty());
    let nobody = "uuid:00000000-0000-8000-8000-000000000000";
    assert!(values(&app, &link.replace(first["__Submissions-id"].as_str().unwrap(), nobody)).is_empty());
    for path in [
        "Submissions('x')/member",
        "Submissions(1)/member",
        &format!("Submissions('{nobody}')/none"),
        &format!("Submissions('{nobody}')/member/gadget"),
        &format!("Submissions('{nobody}')/member/gadget('{own}')"),
    ] {
        app.rows(&format!("{SERVICE}/{path}")).expect(404);
    }
    app.rows(&format!("{SERVICE}/Submissions.none")).expect(404);
});

on_both!(repeats_tell_nothing_that_interviews_do_not_and_go_with_them, |app| {
    field(&app);
    let first = app.granted_rows();
    let ids = |path: &str| values(&app, path).iter().map(|row| row["__id"].to_string()).collect::<BTreeSet<_>>();
    let before = [ids(MEMBERS), ids(GADGETS)];
    let versions = app.store().form_versions(app.study).unwrap();
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    let kept = versions.iter().flat_map(|version| app.store().responses(app.study, version.id).unwrap());
    let own: Vec<String> =
        kept.flat_map(|r| [hex(&r.id), uuid::Uuid::from_slice(&r.id).unwrap().to_string(), hex(&r.case_pseudonym)]).collect();
    let bodies = [MEMBERS, GADGETS].map(|path| app.rows(path).expect(200).body);
    for told in ["N-U-1-", "n-u", "uuid:2\"", "2026-11-", "phone-1"].into_iter().chain(own.iter().map(String::as_str)) {
        assert!(bodies.iter().all(|body| !body.contains(told)), "{told}");
    }
    app.study_call("DELETE", &first, Role::Coordinator, &Value::Null).expect(200);
    [MEMBERS, GADGETS, ZIP].iter().for_each(|path| drop(app.rows(path).expect(409)));
    app.granted_rows();
    for (path, before) in [MEMBERS, GADGETS].iter().zip(before) {
        let after = ids(path);
        assert!(after.len() == before.len() && after.is_disjoint(&before), "rows of two grants have no name in common");
    }
    app.call("POST", &format!("/v1/projects/{}/withdrawals", app.study), None, json!({ "code": CODE }).to_string().as_bytes()).expect(200);
    assert_eq!((ids(MEMBERS).len(), ids(GADGETS).len(), files(&app)["SIMULATED-tfvaw-member.csv"].1.len()), (3, 3, 3));
    values(&app, GADGETS);
    let read = app.store().trail(Some(app.study), &[Action::RowsRead], 1, 0).unwrap();
    assert_eq!(read[0].details, r#"{"as":"odata","repeat":"gadget"}"#);
});
