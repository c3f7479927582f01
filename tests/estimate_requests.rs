//! `kish estimate`: what a bad request is told, and what the answer looks like.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use kish::microdata::{Format, run};
use serde_json::{Value, json};

const DATA: &str = "stratum,psu,w,y,sex\n1,1,2,1,f\n1,1,2,0,m\n1,2,1,1,f\n2,3,3,,f\n2,4,1,0,m\n3,5,1,1,f\n";

fn ask(name: &str, request: &Value, format: Format) -> Result<String, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let data = format!("requests-{name}.csv");
    std::fs::write(folder.join(&data), DATA).unwrap();
    let mut request = request.clone();
    request["data"] = json!(data);
    let path = folder.join(format!("request-{name}.json"));
    std::fs::write(&path, request.to_string()).unwrap();
    let mut out = Vec::new();
    match run(&path, format, &mut out) {
        Ok(()) => Ok(String::from_utf8(out).unwrap()),
        Err(error) => Err(error.to_string()),
    }
}

fn request(estimate: &Value) -> Value {
    let design = json!({"ids": "psu", "strata": "stratum", "weights": "w", "lonely": "adjust"});
    json!({"data": "", "design": design, "estimates": [estimate]})
}

fn refused(name: &str, request: &Value, wanted: &str) {
    let found = ask(name, request, Format::Csv).unwrap_err();
    assert!(found.contains(wanted), "{found}");
}

#[test]
fn a_bad_request_names_the_field() {
    refused("column", &request(&json!({"id": "a", "stat": "mean", "var": "z"})), "estimates[0].var (id `a`): the data has no column `z`");
    refused("field", &request(&json!({"id": "a", "stat": "mean", "var": "y", "ci": "wilson"})), "estimates[0].ci: not a field of `mean`");
    refused("stat", &request(&json!({"id": "a", "stat": "median", "var": "y"})), "estimates[0].stat");
    refused("where", &request(&json!({"id": "a", "stat": "mean", "var": "y", "where": "sex~f"})), "estimates[0].where");
    refused("text", &request(&json!({"id": "a", "stat": "mean", "var": "y", "where": "y=='f'"})), "column `y` is numeric");
    refused("yes", &request(&json!({"id": "a", "stat": "proportion", "var": "w"})), "`w` is not 0/1");
    refused("standard", &request(&json!({"id": "a", "stat": "reliability", "var": "y", "na_rm": true, "standard": "x"})), "known are nchs");
    refused("level", &request(&json!({"id": "a", "stat": "mean", "var": "y", "level": 95})), "estimates[0].level");
}

#[test]
fn a_lonely_psu_names_its_stratum() {
    let mut asked = request(&json!({"id": "a", "stat": "mean", "var": "y"}));
    asked["design"]["lonely"] = json!("fail");
    refused("lonely", &asked, "design.lonely: stage 1 has one sampling unit in stratum 3");
}

#[test]
fn numbers_that_start_anew_in_every_stratum_need_nest() {
    let mut asked = request(&json!({"id": "a", "stat": "mean", "var": "w"}));
    asked["design"]["ids"] = json!("sex");
    refused("nest", &asked, "design.nest: sex f lies in stratum 1 and in 2; if numbers start anew in every stratum, set nest to true");
    asked["design"]["nest"] = json!(true);
    assert!(ask("nested", &asked, Format::Csv).is_ok());
}

#[test]
fn missing_values_are_never_dropped_in_silence() {
    let kept = ask("kept", &request(&json!({"id": "a", "stat": "mean", "var": "y"})), Format::Csv).unwrap();
    assert!(kept.lines().nth(1).unwrap().starts_with("a,y,,NaN,NaN"), "{kept}");
    assert!(kept.contains("1 rows with a missing value; set na_rm"), "{kept}");
    let dropped = ask("dropped", &request(&json!({"id": "a", "stat": "mean", "var": "y", "na_rm": true})), Format::Csv).unwrap();
    assert!(dropped.contains("1 rows with a missing value left out"), "{dropped}");
}

#[test]
fn every_format_has_every_row() {
    let asked = request(&json!({"id": "a", "stat": "total", "var": "sex", "by": "stratum"}));
    let csv = ask("csv", &asked, Format::Csv).unwrap();
    assert_eq!(csv.lines().next().unwrap(), "id,term,group,estimate,se,ci_l,ci_u,level,deff,df,df_full,n,n_eff,test,ndf,ddf,p,note");
    assert_eq!(csv.lines().count(), 1 + 6);
    assert!(csv.contains("a,sexf,stratum=1,3,"), "{csv}");
    let json: Value = serde_json::from_str(&ask("json", &asked, Format::Json).unwrap()).unwrap();
    assert_eq!((json.as_array().unwrap().len(), &json[0]["estimate"]), (6, &json!(3.0)));
    let table = ask("table", &asked, Format::Table).unwrap();
    assert_eq!(table.lines().count(), 7);
    assert!(table.starts_with("id  term  group"), "{table}");
}

#[test]
fn a_bootstrap_is_drawn_by_its_seed() {
    let mut asked = request(&json!({"id": "a", "stat": "mean", "var": "w"}));
    let drawn = |asked: &mut Value, seed: u64| {
        asked["design"]["replicates"] = json!({"type": "bootstrap", "n": 50, "seed": seed});
        ask(&format!("bootstrap-{seed}"), asked, Format::Csv).unwrap()
    };
    let (one, again, other) = (drawn(&mut asked, 1), drawn(&mut asked, 1), drawn(&mut asked, 2));
    assert_eq!(one, again);
    assert_ne!(one, other);
    asked["design"]["replicates"] = json!({"type": "bootstrap", "n": 1});
    refused("bootstrap", &asked, "design.replicates: 1 replicates");
}

#[test]
fn a_total_that_cannot_be_met_is_named() {
    let mut asked = request(&json!({"id": "a", "stat": "mean", "var": "w"}));
    let groups = json!([{"sex": "f", "total": 10}, {"sex": "m", "total": 8}, {"sex": "x", "total": 3}]);
    asked["design"]["calibration"] = json!({"method": "poststratify", "vars": "sex", "population": groups});
    refused("unmet", &asked, "design.calibration: sex=x: the weights can be brought to 0, not to 3");
}

#[test]
fn weights_are_trimmed_after_calibration_and_by_whole_units() {
    let mut asked = request(&json!({"id": "a", "stat": "total", "var": "w"}));
    asked["design"]["trim"] = json!({"lower": 3, "upper": 2});
    refused("trim", &asked, "design.trim: lower lies below upper");
    asked["design"]["trim"] = json!({"upper": 2});
    // Weights 2 2 1 3 1 1: one unit is cut off the fourth and shared by the other five.
    let found = ask("trimmed", &asked, Format::Csv).unwrap();
    let total: f64 = found.lines().nth(1).unwrap().split(',').nth(3).unwrap().parse().unwrap();
    assert!((total - (2.2 * 2.0 * 2.0 + 1.2 * 3.0 + 2.0 * 3.0)).abs() < 1e-12, "{found}");
    let mut asked = request(&json!({"id": "a", "stat": "total", "var": "w"}));
    asked["design"]["calibration"] = json!({"method": "linear", "totals": {"(Intercept)": 12}, "aggregate_stage": 2});
    refused("stage", &asked, "design.calibration.aggregate_stage: the design has the stages 1 to 1");
}

#[test]
fn a_difference_of_columns_is_a_variable() {
    let found = ask("difference", &request(&json!({"id": "a", "stat": "mean", "var": "w - stratum"})), Format::Csv).unwrap();
    let mean: f64 = found.lines().nth(1).unwrap().split(',').nth(3).unwrap().parse().unwrap();
    assert!((mean - (1.0 * 2.0 * 2.0 + 0.0 + 3.0 - 1.0 - 2.0) / 10.0).abs() < 1e-12, "{found}");
    refused("gone", &request(&json!({"id": "a", "stat": "mean", "var": "w - v"})), "estimates[0].var (id `a`): the data has no column `v`");
}

#[test]
fn what_cannot_be_estimated_is_an_error_and_no_number() {
    let asked = |estimate: &Value| {
        let mut asked = request(estimate);
        asked["design"]["ids"] = json!("row");
        asked
    };
    let nobody = json!({"id": "a", "stat": "mean", "var": "w", "where": "w>100"});
    refused("nobody", &asked(&nobody), "estimates[0].where (id `a`): no row with a weight is in the domain");
    let twice = json!({"id": "a", "stat": "glm", "outcome": "w", "terms": ["psu", "psu"]});
    refused("twice", &asked(&twice), "`psu` is a combination of the terms before it");
    let apart = json!({"id": "a", "stat": "glm", "outcome": "w>2", "terms": ["psu==3"], "family": "binomial"});
    refused("apart", &asked(&apart), "the terms separate the outcome");
    let mut small = asked(&json!({"id": "a", "stat": "mean", "var": "w"}));
    small["design"]["fpc"] = json!("psu");
    refused("small", &small, "design.fpc: psu, in stratum 1: both 1 and 2, where one stratum has one");
    small["design"]["fpc"] = json!("stratum");
    refused("smaller", &small, "design.fpc: stratum, in stratum 1: a population of 1 cannot have 3 units in the sample");
    let mut text = asked(&json!({"id": "a", "stat": "mean", "var": "y", "na_rm": true}));
    text["design"]["weights"] = json!("sex");
    refused("text-weights", &text, "design.weights: column `sex` is not numeric: row 1 has `f`");
}
