//! The request's shape; everything about it that can be wrong without looking at the data.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::Error;

pub(super) struct Request {
    /// Every text of the request, keys included.
    texts: Vec<String>,
    pub(super) data: String,
    pub(super) design: Design,
    pub(super) estimates: Vec<Estimate>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Outline {
    data: String,
    design: Value,
    estimates: Vec<Map<String, Value>>,
}

/// One name or a list of names.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(from = "OneOrMany")]
pub(super) struct Names(pub(super) Vec<String>);

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl From<OneOrMany> for Names {
    fn from(given: OneOrMany) -> Self {
        match given {
            OneOrMany::One(name) => Self(vec![name]),
            OneOrMany::Many(names) => Self(names),
        }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum FpcKind {
    #[default]
    Popsize,
    Fraction,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Lonely {
    #[default]
    Fail,
    Remove,
    Certainty,
    Adjust,
    Average,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Design {
    #[serde(default)]
    pub(super) ids: Names,
    #[serde(default)]
    pub(super) strata: Names,
    pub(super) weights: Option<String>,
    #[serde(default)]
    pub(super) probs: Names,
    #[serde(default)]
    pub(super) fpc: Names,
    #[serde(default)]
    pub(super) fpc_kind: FpcKind,
    #[serde(default)]
    pub(super) nest: bool,
    #[serde(default)]
    pub(super) lonely: Lonely,
    #[serde(default)]
    pub(super) lonely_domain: bool,
    pub(super) calibration: Option<Calibration>,
    pub(super) replicates: Option<Replicates>,
    pub(super) trim: Option<Trim>,
    pub(super) standardize: Option<Standardize>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "method", rename_all = "lowercase", deny_unknown_fields)]
pub(super) enum Calibration {
    Poststratify { vars: Names, population: Vec<Map<String, Value>> },
    Rake { margins: Vec<Vec<Map<String, Value>>>, epsilon: Option<f64> },
    Linear(Model),
    Raking(Model),
    Logit(Model),
}

/// Weights cut to limits after calibration, what is cut off spread over the others.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Trim {
    #[serde(default)]
    pub(super) lower: f64,
    pub(super) upper: f64,
    /// Again until no weight lies outside.
    #[serde(default)]
    pub(super) strict: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Model {
    #[serde(default)]
    pub(super) terms: Names,
    #[serde(default)]
    pub(super) factors: Names,
    pub(super) totals: BTreeMap<String, f64>,
    pub(super) bounds: Option<[f64; 2]>,
    /// Rows of one unit of this stage, from 1, get one factor.
    pub(super) aggregate_stage: Option<usize>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Replicates {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) rho: Option<f64>,
    pub(super) n: Option<usize>,
    pub(super) seed: Option<u64>,
    pub(super) file: Option<String>,
    pub(super) scale: Option<f64>,
    pub(super) rscales: Option<Numbers>,
    #[serde(default)]
    pub(super) mse: bool,
    pub(super) df: Option<f64>,
}

/// One number or a list of numbers.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Numbers {
    One(f64),
    Many(Vec<f64>),
}

impl Numbers {
    pub(super) fn list(&self) -> &[f64] {
        match self {
            Self::One(number) => std::slice::from_ref(number),
            Self::Many(numbers) => numbers,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Standardize {
    pub(super) by: String,
    #[serde(default)]
    pub(super) over: Names,
    pub(super) population: Vec<f64>,
    pub(super) excluding_missing: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Stat {
    Mean,
    Total,
    Ratio,
    Proportion,
    Quantile,
    Chisq,
    Ttest,
    Glm,
    Contrast,
    Reliability,
}

impl Stat {
    pub(super) fn name(self) -> String {
        format!("{self:?}").to_lowercase()
    }

    /// Fields beside `id` and `stat`.
    fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Mean | Self::Total => &["var", "by", "where", "na_rm", "deff", "level"],
            Self::Ratio => &["num", "den", "by", "where", "na_rm", "deff", "level"],
            Self::Proportion => &["var", "by", "where", "na_rm", "deff", "level", "ci"],
            Self::Reliability => &["var", "by", "where", "na_rm", "level", "standard"],
            Self::Quantile => &["var", "by", "where", "na_rm", "level", "p", "rule", "interval"],
            Self::Chisq => &["rows", "cols", "where", "na_rm", "statistic"],
            Self::Ttest => &["var", "group", "where", "na_rm", "level"],
            Self::Glm => &["outcome", "terms", "factors", "family", "where", "na_rm", "level"],
            Self::Contrast => &["of", "var", "weights", "kind", "level"],
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Ci {
    Logit,
    Likelihood,
    Asin,
    Beta,
    Mean,
    Xlogit,
    Wilson,
    KornGraubard,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Deff {
    Srswor,
    Replace,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Estimate {
    pub(super) id: String,
    pub(super) stat: Stat,
    #[serde(default)]
    pub(super) var: Names,
    pub(super) num: Option<String>,
    pub(super) den: Option<String>,
    #[serde(default)]
    pub(super) by: Names,
    #[serde(rename = "where")]
    pub(super) condition: Option<String>,
    #[serde(default)]
    pub(super) na_rm: bool,
    pub(super) deff: Option<Deff>,
    #[serde(default = "level")]
    pub(super) level: f64,
    pub(super) ci: Option<Ci>,
    pub(super) standard: Option<String>,
    pub(super) p: Option<Numbers>,
    pub(super) rule: Option<String>,
    pub(super) interval: Option<String>,
    pub(super) rows: Option<String>,
    pub(super) cols: Option<String>,
    pub(super) statistic: Option<Statistic>,
    pub(super) group: Option<String>,
    pub(super) outcome: Option<String>,
    #[serde(default)]
    pub(super) terms: Names,
    #[serde(default)]
    pub(super) factors: Names,
    pub(super) family: Option<String>,
    pub(super) of: Option<String>,
    #[serde(default)]
    pub(super) weights: BTreeMap<String, f64>,
    pub(super) kind: Option<Kind>,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub(super) enum Statistic {
    F,
    Chisq,
    Wald,
    #[serde(rename = "adjWald")]
    AdjWald,
    #[serde(rename = "lincom")]
    Lincom,
    #[serde(rename = "saddlepoint")]
    Saddlepoint,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    Linear,
    Ratio,
    LogRatio,
    OddsRatio,
    RelativeChange,
}

fn level() -> f64 {
    0.95
}

impl Request {
    pub(super) fn read(text: &[u8]) -> Result<Self, Error> {
        let mut texts = Vec::new();
        collect(&serde_json::from_slice(text).map_err(|error| Error::field("request", error.to_string()))?, &mut texts);
        let outline: Outline = serde_json::from_slice(text).map_err(|error| Error::field("request", error.to_string()))?;
        let design = serde_json::from_value(outline.design).map_err(|error| Error::field("design", error.to_string()))?;
        let estimates = outline.estimates.into_iter().enumerate().map(|(place, given)| estimate(place, given));
        let request = Self { texts, data: outline.data, design, estimates: estimates.collect::<Result<_, _>>()? };
        request.check()?;
        Ok(request)
    }

    /// Whether a column's name occurs anywhere in the request: others need not be read.
    pub(super) fn mentions(&self, name: &str) -> bool {
        self.texts.iter().any(|text| text.contains(name))
    }

    fn check(&self) -> Result<(), Error> {
        let design = &self.design;
        if design.weights.is_some() && !design.probs.0.is_empty() {
            return Err(Error::field("design.probs", "give weights or probs, not both"));
        }
        match self.estimates.iter().position(|estimate| !(estimate.level > 0.0 && estimate.level < 1.0)) {
            Some(place) => Err(Error::field(&format!("estimates[{place}].level"), "a level lies between 0 and 1")),
            None => Ok(()),
        }
    }
}

/// All texts of a value.
fn collect(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => texts.push(text.clone()),
        Value::Array(values) => values.iter().for_each(|value| collect(value, texts)),
        Value::Object(fields) => fields.iter().for_each(|(key, value)| {
            texts.push(key.clone());
            collect(value, texts);
        }),
        _ => {}
    }
}

/// One estimate: first its `stat`, then only the fields that stat has.
fn estimate(place: usize, given: Map<String, Value>) -> Result<Estimate, Error> {
    let at = |field: &str| format!("estimates[{place}].{field}");
    let stat = given.get("stat").cloned().ok_or_else(|| Error::field(&at("stat"), "missing"))?;
    let stat: Stat = serde_json::from_value(stat).map_err(|error| Error::field(&at("stat"), error.to_string()))?;
    let known = |field: &str| field == "id" || field == "stat" || stat.fields().contains(&field);
    if let Some(field) = given.keys().find(|field| !known(field)) {
        let options = stat.fields().join(", ");
        return Err(Error::field(&at(field), format!("not a field of `{}`, which has: id, stat, {options}", stat.name())));
    }
    serde_json::from_value(Value::Object(given)).map_err(|error| Error::field(&format!("estimates[{place}]"), error.to_string()))
}
