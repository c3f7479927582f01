//! Weights fitted to a table of the population: raking, post-stratification or calibration, then trimming.

use std::collections::BTreeMap;

use kish_analysis::weighting::{Calibration as Fit, Distance, Margin as Groups, calibrate, dummies, poststratify, rake, trim};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Dimension, Error, Row};

/// How near the margins are to be met, relative to the population.
const EPSILON: f64 = 1e-9;
/// How far from a total, relative to the population, weights may be that still count as fitted to it.
const NEAR: f64 = 1e-6;

/// What a recipe says of the population.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Calibration {
    pub method: Method,
    pub margins: Vec<Margin>,
    /// The least and the greatest factor a weight may be changed by; for `linear` and `logit`.
    pub bounds: Option<(f64, f64)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    Poststratify,
    Rake,
    Linear,
    Logit,
}

/// How many people there are in each combination of some dimensions' levels.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Margin {
    pub by: Vec<Dimension>,
    /// As `{"sex": "F", "age_group": "Y18T24", "total": 120000}`.
    pub totals: Vec<BTreeMap<String, Value>>,
}

/// No weight above so many times the median; what is cut off goes to the others.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Trim {
    pub above_median: f64,
}

impl Calibration {
    /// The weights fitted to the margins.
    pub fn fit(&self, rows: &[Row], weights: &[f64]) -> Result<Vec<f64>, Error> {
        let margins = self.groups(rows)?;
        let fitted = match (self.method, margins.as_slice()) {
            (Method::Poststratify, [margin]) => poststratify(weights, margin)?,
            (Method::Poststratify, _) => {
                return Err(Error::invalid("calibration.margins", "post-stratification takes one margin; rake takes several"));
            }
            (Method::Rake, margins) => rake(weights, margins, EPSILON)?,
            (Method::Linear | Method::Logit, margins) => calibrate(
                weights,
                &Fit {
                    x: dummies(margins),
                    totals: margins.iter().flat_map(|m| m.totals.clone()).collect(),
                    distance: if self.method == Method::Logit { Distance::Logit } else { Distance::Linear },
                    bounds: self.bounds,
                    epsilon: EPSILON,
                },
            )?,
        };
        match fitted.iter().position(|w| !w.is_finite() || *w <= 0.0) {
            Some(_) => Err(Error::invalid("calibration", "a weight would not be above 0; set bounds, or rake")),
            None => Ok(fitted),
        }
    }

    /// The calibration variables of each row: on them the residuals are taken that the variance is of.
    pub fn variables(&self, rows: &[Row]) -> Result<Vec<Vec<f64>>, Error> {
        Ok(dummies(&self.groups(rows)?))
    }

    /// Whether the rows' weights meet the margins: trimming after the fit moves them off.
    pub fn is_met(&self, rows: &[Row]) -> Result<bool, Error> {
        let is_met = |margin: &Groups| {
            let mut sums = vec![0.0; margin.totals.len()];
            for (group, row) in margin.group_of_row.iter().zip(rows) {
                sums[*group as usize] += row.weight;
            }
            let population: f64 = margin.totals.iter().sum();
            sums.iter().zip(&margin.totals).all(|(sum, total)| (sum - total).abs() <= NEAR * population)
        };
        Ok(self.groups(rows)?.iter().all(is_met))
    }

    fn groups(&self, rows: &[Row]) -> Result<Vec<Groups>, Error> {
        if self.margins.is_empty() {
            return Err(Error::invalid("calibration.margins", "name at least one margin"));
        }
        self.margins.iter().map(|margin| margin.groups(rows)).collect()
    }
}

impl Margin {
    /// Each row's place among the totals. A row without a total, and a total without a row, are named.
    fn groups(&self, rows: &[Row]) -> Result<Groups, Error> {
        let mut places = BTreeMap::new();
        let mut totals = Vec::new();
        for entry in &self.totals {
            let (levels, total) = self.read(entry)?;
            if places.insert(levels.clone(), totals.len()).is_some() {
                return Err(Error::invalid("calibration.margins.totals", format!("{} stands there twice", self.named(&levels))));
            }
            totals.push(total);
        }
        let mut seen = vec![false; totals.len()];
        let mut group_of_row = Vec::with_capacity(rows.len());
        for row in rows {
            let levels: Vec<String> = self.by.iter().map(|d| d.level(row).to_owned()).collect();
            let Some(place) = places.get(&levels) else {
                return Err(Error::invalid(
                    "calibration.margins.totals",
                    format!("there are interviews in {} and no total for it", self.named(&levels)),
                ));
            };
            seen[*place] = true;
            group_of_row.push(u32::try_from(*place).unwrap_or(u32::MAX));
        }
        if let Some((levels, _)) = places.iter().find(|(_, place)| !seen[**place]) {
            let message = format!("nobody was interviewed in {}; add its total to a neighbour's", self.named(levels));
            return Err(Error::invalid("calibration.margins.totals", message));
        }
        Ok(Groups { group_of_row, totals })
    }

    fn read(&self, entry: &BTreeMap<String, Value>) -> Result<(Vec<String>, f64), Error> {
        let wrong = |message: String| Error::invalid("calibration.margins.totals", message);
        let total = entry.get("total").and_then(Value::as_f64).filter(|t| t.is_finite() && *t > 0.0);
        let total = total.ok_or_else(|| wrong("each entry has a total above 0".to_owned()))?;
        if let Some(other) = entry.keys().find(|k| *k != "total" && self.by.iter().all(|d| d.name() != k.as_str())) {
            return Err(wrong(format!("'{other}' is not among the dimensions of the margin")));
        }
        let level = |d: &Dimension| entry.get(d.name()).and_then(Value::as_str).map(str::to_owned);
        let levels: Option<Vec<String>> = self.by.iter().map(level).collect();
        Ok((levels.ok_or_else(|| wrong("each entry names a level of each dimension".to_owned()))?, total))
    }

    fn named(&self, levels: &[String]) -> String {
        self.by.iter().zip(levels).map(|(d, level)| format!("{}={level}", d.name())).collect::<Vec<_>>().join(";")
    }
}

impl Trim {
    pub fn apply(self, weights: &[f64]) -> Result<Vec<f64>, Error> {
        if !(self.above_median.is_finite() && self.above_median > 1.0) {
            return Err(Error::invalid("trim.aboveMedian", "write a number above 1, such as 5"));
        }
        let mut sorted = weights.to_vec();
        sorted.sort_by(f64::total_cmp);
        let median = sorted.get(sorted.len() / 2).copied().unwrap_or(1.0);
        let trimmed = trim(weights, 0.0, self.above_median * median, true);
        let (before, after): (f64, f64) = (weights.iter().sum(), trimmed.iter().sum());
        if (before - after).abs() > 1e-9 * before {
            return Err(Error::invalid("trim.aboveMedian", "it is too low: the other weights cannot take what is cut off"));
        }
        Ok(trimmed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deidentify::Disability;
    use crate::prevalence::AgeGroup;

    fn row(sex: u8, urban: &str) -> Row {
        Row {
            psu: 0,
            weight: 1.0,
            sex,
            age_group: Some(AgeGroup::Y18T24),
            disability: Disability::Without,
            region: "north".into(),
            urban: urban.into(),
            before_calibration: 1.0,
        }
    }

    fn calibration(json: &str) -> Calibration {
        serde_json::from_str(json).unwrap()
    }

    fn rows() -> Vec<Row> {
        vec![row(1, "U"), row(1, "R"), row(2, "U"), row(2, "R"), row(2, "R")]
    }

    const BY_SEX: &str = r#"{"by":["sex"],"totals":[{"sex":"F","total":60},{"sex":"M","total":40}]}"#;
    const BY_PLACE: &str = r#"{"by":["urban"],"totals":[{"urban":"U","total":70},{"urban":"R","total":30}]}"#;

    #[test]
    fn every_method_meets_its_margins() {
        for method in ["rake", "linear"] {
            let calibration = calibration(&format!(r#"{{"method":"{method}","margins":[{BY_SEX},{BY_PLACE}]}}"#));
            let weights = calibration.fit(&rows(), &[10.0; 5]).unwrap();
            let sum = |places: &[usize]| places.iter().map(|p| weights[*p]).sum::<f64>();
            assert!((sum(&[0, 1]) - 60.0).abs() < 1e-6 && (sum(&[0, 2]) - 70.0).abs() < 1e-6, "{method}: {weights:?}");
        }
        let weights = calibration(&format!(r#"{{"method":"poststratify","margins":[{BY_SEX}]}}"#)).fit(&rows(), &[1.0; 5]).unwrap();
        assert_eq!(weights, [30.0, 30.0, 40.0 / 3.0, 40.0 / 3.0, 40.0 / 3.0]);
    }

    #[test]
    fn a_table_that_does_not_fit_the_sample_is_told_where() {
        let message = |margin: &str| {
            calibration(&format!(r#"{{"method":"rake","margins":[{margin}]}}"#)).fit(&rows(), &[1.0; 5]).unwrap_err().to_string()
        };
        assert!(message(r#"{"by":["sex"],"totals":[{"sex":"F","total":60}]}"#).contains("interviews in sex=M and no total"));
        assert!(message(&BY_SEX.replace("]}", r#",{"sex":"_U","total":5}]}"#)).contains("nobody was interviewed in sex=_U"));
        assert!(message(&BY_SEX.replace("60", "-1")).contains("a total above 0"));
        assert!(message(&BY_SEX.replace(r#""sex":"M""#, r#""gender":"M""#)).contains("'gender' is not among"));
        assert!(message(r#"{"by":["sex"],"totals":[{"sex":"F","total":1},{"sex":"F","total":1}]}"#).contains("twice"));
    }

    #[test]
    fn trimming_keeps_the_sum() {
        let weights = [&[1.0; 9][..], &[16.0]].concat();
        let trimmed = Trim { above_median: 3.0 }.apply(&weights).unwrap();
        assert!((trimmed.iter().sum::<f64>() - 25.0).abs() < 1e-9);
        assert!(trimmed.iter().all(|w| *w <= 3.0));
        assert!(Trim { above_median: 1.5 }.apply(&weights).is_err(), "nine weights of at most 1.5 cannot take it");
        assert!(Trim { above_median: 0.5 }.apply(&[1.0]).is_err());
    }
}
