//! `kish estimate` against R `survey` 4.5, row by row.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use kish::microdata::{Format, run};
use serde_json::{Map, Value, json};

/// Rows that must be checked; a drop means the test lost some.
const CHECKED: usize = 1860;

type Row = BTreeMap<String, String>;
type Asked<'a> = Vec<(&'a Row, Map<String, Value>)>;

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("analysis/tests/golden")
}

fn read(bytes: &[u8]) -> Vec<Row> {
    csv::Reader::from_reader(bytes).deserialize().map(|row| row.unwrap()).collect()
}

/// A golden design as a request writes it; `None` while it is out of scope.
fn design(all: &[Value], id: &str) -> Option<(String, Value)> {
    let given = all.iter().find(|design| design["id"] == id).unwrap();
    let fields = ["ids", "strata", "weights", "probs", "fpc", "fpc_kind", "nest", "lonely", "lonely_domain", "standardize", "trim"];
    let (file, mut request) = match given["base"].as_str() {
        Some(base) => design(all, base)?,
        None => (format!("{}.csv", given["dataset"].as_str().unwrap()), json!({})),
    };
    for (key, value) in given.as_object().unwrap() {
        match key.as_str() {
            "calibration" => request[key] = calibration(value)?,
            "replicate" => request["replicates"] = replicates(value)?,
            field if fields.contains(&field) => request[key] = value.clone(),
            _ => {}
        }
    }
    if given["dataset"] == "crowd" {
        (request["ids"], request["weights"]) = (json!("cluster"), json!("weight"));
        if given["replicate"]["type"] == "JKn" {
            request["strata"] = json!("stratum");
        }
    }
    Some((file, request))
}

/// Population groups as requests write them.
fn groups(population: &Value) -> Value {
    let group = |group: &Value| {
        let pairs = group.as_object().unwrap().iter();
        Value::Object(pairs.map(|(key, value)| (if key == "Freq" { "total" } else { key }.to_owned(), value.clone())).collect())
    };
    population.as_array().unwrap().iter().map(group).collect()
}

fn calibration(given: &Value) -> Option<Value> {
    Some(match given["method"].as_str().unwrap() {
        "poststratify" => {
            json!({"method": "poststratify", "vars": given["vars"], "population": groups(&given["population"])})
        }
        "rake" => {
            json!({"method": "rake", "margins": given["margins"].as_array().unwrap().iter().map(groups).collect::<Vec<_>>()})
        }
        method => {
            let name = |key: &String| key.strip_prefix("stype").map_or(key.clone(), |level| format!("stype={level}"));
            let totals: Map<String, Value> =
                given["population"].as_object().unwrap().iter().map(|(key, total)| (name(key), total.clone())).collect();
            let mut model = json!({"method": method, "terms": ["stype", "api99"], "factors": ["stype"], "totals": totals});
            for key in ["bounds", "aggregate_stage"] {
                if let Some(value) = given.get(key) {
                    model[key] = value.clone();
                }
            }
            model
        }
    })
}

/// Jackknives are made anew, other weights read.
fn replicates(given: &Value) -> Option<Value> {
    let kind = given["type"].as_str().unwrap();
    if kind.starts_with("JK") {
        return Some(json!({"type": kind, "mse": given["mse"]}));
    }
    let file = golden().join("data").join(given["weights_file"].as_str().unwrap());
    Some(json!({"file": file, "scale": given["scale"], "rscales": given["rscales"], "mse": given["mse"], "df": given["degf"]}))
}

/// The estimate a golden row is one line of; `None` while its kind is out of scope.
fn estimate(row: &Row) -> Option<Map<String, Value>> {
    let opts: Vec<&str> = row["opts"].split(';').collect();
    let option = |name: &str| opts.iter().find_map(|opt| opt.strip_prefix(name).and_then(|rest| rest.strip_prefix('=')));
    let mut fields = json!({ "stat": row["stat"] });
    if !["chisq", "ttest", "glm"].contains(&row["stat"].as_str()) {
        fields["na_rm"] = json!(opts.contains(&"na.rm"));
    }
    match row["stat"].as_str() {
        "mean" | "total" => fields["var"] = json!(row["var"].split('+').collect::<Vec<_>>()),
        "ratio" => {
            let (num, den) = row["var"].split_once('/').unwrap();
            (fields["num"], fields["den"]) = (json!(num), json!(den));
        }
        "prop" => {
            (fields["stat"], fields["var"], fields["ci"]) = (json!("proportion"), json!(row["var"]), json!(option("ci").unwrap()));
        }
        "nchs" => {
            (fields["stat"], fields["var"], fields["na_rm"]) = (json!("reliability"), json!(row["var"]), json!(true));
        }
        "quantile" => {
            (fields["var"], fields["p"]) = (json!(row["var"]), json!(number(&row["term"])));
            (fields["rule"], fields["interval"]) = (json!(option("qrule")?), json!(option("interval")?));
        }
        "chisq" => {
            let (rows, cols) = row["var"].split_once('+').unwrap();
            (fields["rows"], fields["cols"]) = (json!(rows), json!(cols));
            fields["statistic"] = json!(option("statistic").filter(|statistic| *statistic != "wls-score")?);
        }
        "ttest" => {
            let (var, group) = row["var"].split_once('~').unwrap();
            let plain = |text: &str| text.strip_prefix("I(").and_then(|rest| rest.strip_suffix(')')).unwrap_or(text).to_owned();
            let group = plain(group);
            fields["var"] = json!(plain(var).replace('-', " - "));
            if !["0", "1"].contains(&group.as_str()) {
                fields["group"] = json!(group);
            }
        }
        "glm" => model(row, option("family")?, &mut fields),
        _ => return None,
    }
    if !row["level"].is_empty() {
        fields["level"] = json!(number(&row["level"]));
    }
    if let Some(deff) = option("deff") {
        fields["deff"] = json!(deff);
    }
    if !row["by"].is_empty() {
        fields["by"] = json!(row["by"].split(';').collect::<Vec<_>>());
    }
    if !row["subset"].is_empty() {
        fields["where"] = json!(row["subset"]);
    }
    fields.as_object().cloned()
}

/// `I(sch.wide=='Yes')~ell+factor(race)` and the like.
fn model(row: &Row, family: &str, fields: &mut Value) {
    let (outcome, terms) = row["var"].split_once('~').unwrap();
    let plain = |text: &str| {
        let inner = text.strip_prefix("I(").or(text.strip_prefix("factor("));
        inner.and_then(|rest| rest.strip_suffix(')')).unwrap_or(text).to_owned()
    };
    let factors: Vec<String> = terms.split(['+', '*']).filter(|term| term.starts_with("factor(")).map(plain).collect();
    let mut list: Vec<String> = terms.split(['+', '*']).map(plain).collect();
    if terms.contains('*') {
        list.push(list.join(":"));
    }
    let family = family.split_once('-').map_or(family, |(family, _)| family);
    (fields["outcome"], fields["terms"]) = (json!(plain(outcome)), json!(list));
    (fields["factors"], fields["family"]) = (json!(factors), json!(family));
}

/// R writes `factor(race)2` where we write `race2`.
fn term(golden: &Row) -> String {
    match golden["stat"].as_str() {
        "nchs" => "TRUE".to_owned(),
        "glm" => golden["term"].replace("factor(", "").replace(')', "").replace("(Intercept", "(Intercept)"),
        _ => golden["term"].clone(),
    }
}

fn number(text: &str) -> f64 {
    text.parse().unwrap_or(f64::NAN)
}

/// The fields in which a found row differs from the golden one.
fn differences(golden: &Row, found: &Row) -> Vec<String> {
    let rtol = number(&golden["rtol"]);
    let no_spread = number(&golden["se"]).abs() <= 1e-8 * number(&golden["estimate"]).abs();
    let names = [
        ("n_eff", "neff"),
        ("estimate", "estimate"),
        ("se", "se"),
        ("ci_l", "ci_l"),
        ("ci_u", "ci_u"),
        ("deff", "deff"),
        ("df", "df"),
        ("df_full", "df_full"),
        ("n", "n"),
        ("test", "test"),
        ("ndf", "ndf"),
        ("ddf", "ddf"),
        ("p", "p"),
    ];
    let differs = |(ours, theirs): &(&str, &str)| {
        let (a, b) = (number(&found[*ours]), number(&golden[*theirs]));
        if golden[*theirs].is_empty() || (a.is_nan() && b.is_nan()) || a == b {
            return false;
        }
        let slack = match *ours {
            "se" if no_spread => 1e-8 * number(&golden["estimate"]).abs(),
            "deff" | "n_eff" if no_spread => return false,
            "ci_l" | "ci_u" => rtol * b.abs().max(number(&golden["estimate"]).abs() * 1e-2),
            _ => rtol * b.abs(),
        };
        let slack = if *ours == "se" && number(&golden["estimate"]) == 0.0 { 1e-12 } else { slack };
        (a - b).abs().partial_cmp(&slack).is_none_or(std::cmp::Ordering::is_gt)
    };
    let text = |(ours, theirs): (&str, &str)| format!("{ours} {} is not {}", found[ours], golden[theirs]);
    let mut found_differences: Vec<String> = names.into_iter().filter(differs).map(text).collect();
    if golden["stat"] == "nchs" && golden["note"] != found["note"] {
        found_differences.push(format!("note {} is not {}", found["note"], golden["note"]));
    }
    found_differences
}

/// Run all estimates of one design in one request.
fn answer(id: &str, design: &(String, Value), estimates: &[Map<String, Value>]) -> Vec<Row> {
    let data = golden().join("data").join(&design.0);
    let request = json!({ "data": data, "design": design.1, "estimates": estimates });
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{id}.json"));
    std::fs::write(&path, request.to_string()).unwrap();
    let mut out = Vec::new();
    run(&path, Format::Csv, &mut out).unwrap_or_else(|error| panic!("{id}: {error}"));
    read(&out)
}

#[test]
fn agrees_with_r() {
    let rows = read(&std::fs::read(golden().join("golden.csv")).unwrap());
    let designs: Value = serde_json::from_slice(&std::fs::read(golden().join("designs.json")).unwrap()).unwrap();
    let mut by_design: BTreeMap<&str, Asked<'_>> = BTreeMap::new();
    for row in &rows {
        if let Some(estimate) = estimate(row) {
            by_design.entry(&row["design"]).or_default().push((row, estimate));
        }
    }
    let (mut checked, mut failed) = (BTreeMap::<&str, usize>::new(), Vec::new());
    for (id, asked) in &by_design {
        let Some(design) = design(designs["designs"].as_array().unwrap(), id) else {
            continue;
        };
        let mut estimates: Vec<Map<String, Value>> = Vec::new();
        let mut places = Vec::new();
        for (_, estimate) in asked {
            let place = estimates.iter().position(|known| known == estimate).unwrap_or(estimates.len());
            if place == estimates.len() {
                estimates.push(estimate.clone());
            }
            places.push(place.to_string());
        }
        for (place, estimate) in estimates.iter_mut().enumerate() {
            estimate.insert("id".into(), json!(place.to_string()));
        }
        let found = answer(id, &design, &estimates);
        for ((golden, _), place) in asked.iter().zip(&places) {
            *checked.entry(&golden["stat"]).or_default() += 1;
            let term = term(golden);
            let row = found.iter().find(|row| row["id"] == *place && row["term"] == term && row["group"] == golden["group"]);
            let problems = row.map_or_else(|| vec!["no such row".to_owned()], |row| differences(golden, row));
            if !problems.is_empty() {
                let what = ["id", "design", "stat", "opts", "var", "term", "group", "subset"].map(|key| golden[key].as_str());
                failed.push(format!("{}: {}", what.join(" | "), problems.join(", ")));
            }
        }
    }
    println!("checked {checked:?}");
    assert!(failed.is_empty(), "{} rows differ:\n{}", failed.len(), failed.join("\n"));
    assert!(checked.values().sum::<usize>() >= CHECKED, "only {checked:?}");
}

/// Golden contrasts: id, the estimates they are of, weights, kind.
fn contrasts() -> Vec<(&'static str, Value, Value, &'static str)> {
    let stype = json!({"id": "base", "stat": "mean", "var": "api00", "by": "stype"});
    let both = |stat: &str, var: [&str; 2]| json!({"id": "base", "stat": stat, "var": var});
    let race = json!({"id": "base", "stat": "mean", "var": "HI_CHOL", "by": "race", "na_rm": true});
    let wave = |var: &str, by: &str| json!({"id": "base", "stat": "mean", "var": var, "by": by, "na_rm": true});
    vec![
        ("O01038", stype.clone(), json!({"stype=E": 1, "stype=H": -1}), "linear"),
        ("O01039", stype.clone(), json!({"stype=E": 1.0 / 3.0, "stype=H": 1.0 / 3.0, "stype=M": 1.0 / 3.0}), "linear"),
        ("O01040", stype.clone(), json!({"stype=E": 1, "stype=H": -1}), "ratio"),
        ("O01041", stype, json!({"stype=E": 1, "stype=M": -1}), "log-ratio"),
        ("O01042", both("mean", ["api00", "api99"]), json!({"api00": 1, "api99": -1}), "linear"),
        ("O01043", both("total", ["api.stu", "enroll"]), json!({"api.stu": 1, "enroll": -1}), "ratio"),
        ("O01167", race.clone(), json!({"race=2": 1, "race=1": -1}), "linear"),
        ("O01168", race.clone(), json!({"race=4": 1, "race=3": -1}), "linear"),
        ("O01169", race, json!({"race=2": 1, "race=1": -1}), "ratio"),
        (
            "O01170",
            json!({"id": "base", "stat": "mean", "var": "HI_CHOL", "by": "race", "na_rm": true}),
            json!({"race=2": 1, "race=1": -1}),
            "odds-ratio",
        ),
        ("O01601", wave("yy", "wv"), json!({"wv=2": 1, "wv=1": -1}), "relative-change"),
        ("O01597", wave("phys", "wave"), json!({"wave=2": 1, "wave=1": -1}), "linear"),
        ("O01600", wave("yy", "wv"), json!({"wv=2": 1, "wv=1": -1}), "linear"),
    ]
}

#[test]
fn contrasts_agree_with_r() {
    let rows = read(&std::fs::read(golden().join("golden.csv")).unwrap());
    let designs: Value = serde_json::from_slice(&std::fs::read(golden().join("designs.json")).unwrap()).unwrap();
    for (id, base, weights, kind) in contrasts() {
        let golden = rows.iter().find(|row| row["id"] == id).unwrap();
        let design = design(designs["designs"].as_array().unwrap(), &golden["design"]).unwrap();
        let contrast = json!({"id": "c", "stat": "contrast", "of": "base", "weights": weights, "kind": kind});
        let asked = [base, contrast].map(|estimate| estimate.as_object().unwrap().clone());
        let found = answer(&format!("contrast-{id}"), &design, &asked);
        let row = found.iter().find(|row| row["id"] == "c").unwrap();
        assert_eq!(differences(golden, row), Vec::<String>::new(), "{id}");
    }
}

/// Covariances show in the variance of a sum: `V(a + b) = V(a) + V(b) + 2 C(a, b)`.
#[test]
fn covariances_agree_with_r() {
    let rows = read(&std::fs::read(golden().join("vcov.csv")).unwrap());
    let designs: Value = serde_json::from_slice(&std::fs::read(golden().join("designs.json")).unwrap()).unwrap();
    let mut tables: BTreeMap<[&str; 5], Vec<&Row>> = BTreeMap::new();
    for row in &rows {
        tables.entry(["design", "stat", "var", "by", "subset"].map(|key| row[key].as_str())).or_default().push(row);
    }
    let mut checked = 0;
    for (place, ([id, stat, var, by, subset], rows)) in tables.iter().enumerate() {
        let Some(design) = design(designs["designs"].as_array().unwrap(), id) else {
            continue;
        };
        let mut base = json!({"id": "base", "stat": stat, "var": var.split('+').collect::<Vec<_>>(), "na_rm": true});
        if !by.is_empty() {
            base["by"] = json!(by.split(';').collect::<Vec<_>>());
        }
        if !subset.is_empty() {
            base["where"] = json!(subset);
        }
        let mut asked = vec![base.as_object().unwrap().clone()];
        for (n, row) in rows.iter().enumerate() {
            let weights = if row["i"] == row["j"] { json!({&row["i"]: 1}) } else { json!({&row["i"]: 1, &row["j"]: 1}) };
            let contrast = json!({"id": n.to_string(), "stat": "contrast", "of": "base", "weights": weights});
            asked.push(contrast.as_object().unwrap().clone());
        }
        let found = answer(&format!("vcov-{place}"), &design, &asked);
        let golden = |i: &str, j: &str| {
            let hit = rows.iter().find(|row| (row["i"] == i && row["j"] == j) || (row["i"] == j && row["j"] == i));
            number(&hit.unwrap()["value"])
        };
        for (n, row) in rows.iter().enumerate() {
            let (i, j) = (row["i"].as_str(), row["j"].as_str());
            let spread = golden(i, i) + golden(j, j);
            let wanted = if i == j { golden(i, i) } else { spread + 2.0 * golden(i, j) };
            let se = number(&found.iter().find(|row| row["id"] == n.to_string()).unwrap()["se"]);
            let estimate = number(&found.iter().find(|row| row["id"] == n.to_string()).unwrap()["estimate"]);
            let slack = 1e-8 * spread + 1e-16 * estimate * estimate;
            assert!((se * se - wanted).abs() <= slack, "{id} {var} {by}: {i} {j}: {} is not {wanted}", se * se);
            checked += 1;
        }
    }
    assert!(checked >= 300, "only {checked}");
}

/// NCHS Data Brief 92: adults with high cholesterol 2009-10, age-adjusted, 13.4 %.
#[test]
fn standardised_prevalence_is_as_published() {
    let design = json!({
        "ids": "SDMVPSU", "strata": "SDMVSTRA", "weights": "WTMEC2YR", "nest": true,
        "standardize": {"by": "agecat", "over": [], "population": [77670, 72816, 45364], "excluding_missing": "HI_CHOL"},
    });
    let asked = json!({"id": "a", "stat": "mean", "var": "HI_CHOL", "where": "agecat!='(0,19]'", "na_rm": true});
    let found = answer("brief-92", &("nhanes.csv".to_owned(), design), &[asked.as_object().unwrap().clone()]);
    assert!((number(&found[0]["estimate"]) - 0.133_620_66).abs() < 1e-8, "{}", found[0]["estimate"]);
    assert!((number(&found[0]["se"]) - 0.007_16).abs() < 5e-6, "{}", found[0]["se"]);
}
