//! `kish protect`: what is withheld, what a bad request is told, and what the answer looks like.
#![allow(clippy::unwrap_used)]

use std::cell::Cell;
use std::path::Path;
use std::time::Duration;

use kish::disclosure::{Format, run};
use serde_json::{Value, json};

fn ask_for(name: &str, request: &Value, format: Format, elapsed: &dyn Fn() -> Duration) -> Result<String, String> {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("protect-{name}.json"));
    std::fs::write(&path, request.to_string()).unwrap();
    let mut out = Vec::new();
    match run(&path, format, elapsed, &mut out) {
        Ok(()) => Ok(String::from_utf8(out).unwrap()),
        Err(error) => Err(error.to_string()),
    }
}

fn ask(name: &str, request: &Value) -> Value {
    serde_json::from_str(&ask_for(name, request, Format::Json, &|| Duration::ZERO).unwrap()).unwrap()
}

#[track_caller]
fn refused(name: &str, request: &Value, wanted: &str) {
    let found = ask_for(name, request, Format::Csv, &|| Duration::ZERO).unwrap_err();
    assert!(found.contains(wanted), "{found}");
}

/// Women and men by a region of three, two of which make the north: in one, eight men answered.
fn request() -> Value {
    let counts =
        [("F", "N1", 90, 30), ("F", "N2", 80, 25), ("F", "S", 120, 30), ("M", "N1", 8, 3), ("M", "N2", 70, 20), ("M", "S", 95, 12)];
    let mut cells = Vec::new();
    for sex in ["_T", "F", "M"] {
        for region in ["_T", "N", "N1", "N2", "S"] {
            let is_in = |s: &str, r: &str| (sex == "_T" || s == sex) && (region == "_T" || r.starts_with(region));
            let inside = || counts.iter().filter(|(s, r, _, _)| is_in(s, r));
            let (n, events): (u64, u64) = (inside().map(|c| c.2).sum(), inside().map(|c| c.3).sum());
            cells.push(json!({ "at": { "sex": sex, "region": region }, "measure": "any", "n": n, "events": events, "value": events as f64 / n as f64 }));
        }
    }
    let code = |code: &str, parent: &str| json!({ "code": code, "parent": parent });
    json!({
        "dimensions": [
            { "id": "sex", "codes": [{ "code": "_T" }, code("F", "_T"), code("M", "_T")] },
            { "id": "region", "codes": [{ "code": "_T" }, code("N", "_T"), code("S", "_T"), code("N1", "N"), code("N2", "N")] },
        ],
        "measures": [{ "id": "any" }],
        "tables": [{ "id": "t", "by": ["sex", "region"], "measures": ["any"], "cells": cells }],
    })
}

fn find<'a>(answer: &'a Value, sex: &str, region: &str) -> &'a Value {
    let wanted = json!({ "sex": sex, "region": region });
    answer["cells"].as_array().unwrap().iter().find(|cell| cell["at"] == wanted).unwrap()
}

#[test]
fn a_small_cell_takes_others_with_it_and_the_loss_is_told() {
    let answer = ask("small", &request());
    let few = find(&answer, "M", "N1");
    assert_eq!((&few["status"], &few["reason"], &few["publish"]), (&json!("withheld"), &json!("too_few_cases"), &json!("withheld")));
    assert!(few["n"].is_null() && few["events"].is_null() && few["value"].is_null());
    let width = |side: &str| few["interval"][side][1].as_f64().unwrap() - few["interval"][side][0].as_f64().unwrap();
    assert!(width("events") >= 5.0 && width("without") >= 5.0, "{few}");
    let all = find(&answer, "_T", "_T");
    assert_eq!((&all["status"], &all["n"], &all["events"]), (&json!("shown"), &json!(463), &json!(120)));
    let reason = |sex, region| find(&answer, sex, region)["reason"].clone();
    assert_eq!([reason("F", "N1"), reason("M", "N2"), reason("F", "N2")], ["complementary"; 3].map(|r| json!(r)));
    let (loss, naive) = (&answer["loss"], &answer["rows_and_columns"]);
    assert_eq!((&loss["shown"], &loss["withheld"], &loss["by_reason"]["complementary"]), (&json!(11), &json!(4), &json!(3)));
    // Everyone is in the cells of their sex and of both, those of the north by three codes of region and the others by two.
    let people = f64::from(2 * (3 * 248 + 2 * 215));
    assert!((loss["share_of_people_shown"].as_f64().unwrap() - (people - 248.0) / people).abs() < 1e-12);
    // One row and one column: the women of N1 would follow from their own row, and the eight men from them.
    assert_eq!((&naive["shown"], &naive["withheld"]), (&json!(12), &json!(3)));
}

#[test]
fn csv_has_a_row_a_cell_and_no_number_of_a_withheld_one() {
    let found = ask_for("csv", &request(), Format::Csv, &|| Duration::ZERO).unwrap();
    let lines: Vec<&str> = found.lines().collect();
    assert_eq!(
        lines[0],
        "table,measure,sex,region,status,reason,publish,n,events,value,events_lower,events_upper,without_lower,without_upper"
    );
    assert_eq!(lines.len(), 16);
    assert!(lines.contains(&"t,any,M,N1,withheld,too_few_cases,withheld,,,,0,23,0,55"), "{found}");
    let table = ask_for("table", &request(), Format::Table, &|| Duration::ZERO).unwrap();
    assert!(table.contains("11 cells shown, 4 withheld"), "{table}");
}

#[test]
fn two_tables_share_their_margins() {
    let mut asked = request();
    let cells = asked["tables"][0]["cells"].as_array().unwrap().clone();
    let of = |dimension: &str, other: &str| -> Vec<Value> {
        let total = cells.iter().filter(|cell| cell["at"][other] == "_T");
        total
            .map(|cell| {
                let mut cell = cell.clone();
                cell["at"].as_object_mut().unwrap().remove(other);
                assert!(cell["at"][dimension].is_string());
                cell
            })
            .collect()
    };
    let margin = json!({ "id": "by sex", "by": ["sex"], "measures": ["any"], "cells": of("sex", "region") });
    asked["tables"].as_array_mut().unwrap().push(margin);
    let answer = ask("margins", &asked);
    assert_eq!((&answer["loss"]["shown"], answer["cells"].as_array().unwrap().len()), (&json!(11), 18));
    asked["tables"][1]["cells"][1]["n"] = json!(291);
    refused("margins-differ", &asked, "tables[1].cells[1]: not the counts of the same cell at tables[0].cells[5]");
}

#[test]
fn what_was_shown_before_stays_and_may_make_it_impossible() {
    let mut asked = request();
    let mut released = asked["tables"].clone();
    for cell in released[0]["cells"].as_array_mut().unwrap() {
        let is_few = cell["at"] == json!({ "sex": "M", "region": "N1" });
        cell["status"] = json!(if is_few { "withheld" } else { "shown" });
    }
    asked["released"] = json!([{ "tables": released }]);
    refused("impossible", &asked, "released: sex=M, region=N1, any cannot be protected: what was shown before gives it away");
    let shown = ask("first", &request());
    for cell in released[0]["cells"].as_array_mut().unwrap() {
        let (sex, region) = (cell["at"]["sex"].as_str().unwrap(), cell["at"]["region"].as_str().unwrap());
        cell["status"] = find(&shown, sex, region)["status"].clone();
    }
    asked["released"] = json!([{ "tables": released }]);
    assert_eq!(ask("again", &asked)["cells"], shown["cells"]);
    asked["released"][0]["tables"][0]["cells"][0].as_object_mut().unwrap().remove("status");
    refused("status", &asked, "released[0].tables[0].cells[0].status: missing");
}

/// One woman more, who said yes: every cell she is in would tell on her beside the release before.
#[test]
fn one_more_interview_is_not_seen() {
    let mut asked = request();
    let first = ask("before", &asked);
    let mut released = asked["tables"].clone();
    for cell in released[0]["cells"].as_array_mut().unwrap() {
        let (sex, region) = (cell["at"]["sex"].as_str().unwrap(), cell["at"]["region"].as_str().unwrap());
        cell["status"] = find(&first, sex, region)["status"].clone();
    }
    asked["released"] = json!([{ "tables": released }]);
    for cell in asked["tables"][0]["cells"].as_array_mut().unwrap() {
        let is_hers =
            ["_T", "F"].contains(&cell["at"]["sex"].as_str().unwrap()) && ["_T", "S"].contains(&cell["at"]["region"].as_str().unwrap());
        if is_hers {
            cell["n"] = json!(cell["n"].as_u64().unwrap() + 1);
            cell["events"] = json!(cell["events"].as_u64().unwrap() + 1);
        }
    }
    let second = ask("after", &asked);
    for (sex, region) in [("_T", "_T"), ("F", "_T"), ("_T", "S"), ("F", "S")] {
        assert_eq!(find(&second, sex, region)["status"], "withheld", "{sex} {region}");
    }
    asked["tables"][0]["cells"][0]["n"] = json!(400);
    refused("gone", &asked, "add up to");
}

#[test]
fn measures_of_one_base_have_one_n() {
    let mut asked = request();
    asked["measures"] = json!([{ "id": "any", "base": "all" }, { "id": "threat", "base": "all" }]);
    asked["tables"][0]["measures"] = json!(["any", "threat"]);
    let mut more = asked["tables"][0]["cells"].as_array().unwrap().clone();
    for cell in &mut more {
        cell["measure"] = json!("threat");
    }
    asked["tables"][0]["cells"].as_array_mut().unwrap().extend(more);
    let answer = ask("bases", &asked);
    assert_eq!(answer["cells"].as_array().unwrap().len(), 30);
    for cell in asked["tables"][0]["cells"].as_array_mut().unwrap().iter_mut().skip(15) {
        (cell["n"], cell["events"]) = (json!(2 * cell["n"].as_u64().unwrap()), json!(2 * cell["events"].as_u64().unwrap()));
    }
    refused("bases-differ", &asked, "though the measures have the same base");
}

#[test]
fn a_bad_request_names_the_cell() {
    let with = |pointer: &str, value: Value| {
        let mut asked = request();
        *asked.pointer_mut(pointer).unwrap() = value;
        asked
    };
    refused("hole", &with("/dimensions/1/codes/3/parent", json!("W")), "dimensions[1] (`region`): the parent `W` of `N1` is no code of it");
    refused("loop", &with("/dimensions/1/codes/1/parent", json!("N1")), "dimensions[1] (`region`): `N` is its own parent's parent");
    refused("roots", &with("/dimensions/0/codes/1/parent", Value::Null), "2 codes have no parent");
    refused(
        "sum",
        &with("/tables/0/cells/5/n", json!(291)),
        "tables[0].cells[0]: sex=_T, region=_T, any has n 463, but its parts by sex add up to 464",
    );
    refused("negative", &with("/tables/0/cells/0/n", json!(-4)), "-4 is no count");
    refused("half", &with("/tables/0/cells/0/events", json!(1.5)), "1.5 is no count");
    refused("events", &with("/tables/0/cells/7/events", json!(91)), "tables[0].cells[7].events: 91 of 90 people");
    refused("twice", &with("/tables/0/cells/0/at/sex", json!("F")), "tables[0].cells[5]: the same cell as tables[0].cells[0]");
    refused("code", &with("/tables/0/cells/0/at/sex", json!("X")), "tables[0].cells[0].at.sex: `X` is no code of sex");
    refused("by", &with("/tables/0/by/0", json!("age")), "tables[0].by: `age` is no dimension; known are sex, region");
    refused("measure", &with("/tables/0/cells/0/measure", json!("all")), "tables[0].cells[0].measure: `all` is no measure");
    let mut missing = request();
    missing["tables"][0]["cells"].as_array_mut().unwrap().pop();
    refused("missing", &missing, "tables[0]: no cell for sex=M, region=S, any; if nobody is in it, give it with n 0");
    refused("field", &with("/measures/0", json!({ "id": "any", "knd": "mean" })), "unknown field `knd`");
    refused("mean", &with("/measures/0", json!({ "id": "any", "kind": "mean" })), "a mean has none");
}

#[test]
fn out_of_time_nothing_is_shown() {
    let asks = Cell::new(0);
    let slow = || {
        asks.set(asks.get() + 1);
        Duration::from_secs(30 * asks.get())
    };
    let found = ask_for("slow", &request(), Format::Json, &slow).unwrap_err();
    assert!(found.contains("seconds: the audit of 15 cells did not end in 60 seconds, so nothing is shown"), "{found}");
}
