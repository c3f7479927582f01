//! The rows a table is made of: counted interviews with their design, and the sampled PSUs without any.

use std::collections::HashMap;
use std::sync::Arc;

use kish_analysis::design::{Design, Fpc, Lonely, OneStage};

use super::{AgeGroup, Calibration, Error, Recipe};
use crate::deidentify::{Disability, KeptAnswers};
use crate::fieldwork::ResultCode;
use crate::instrument::Instrument;
use crate::store::{FormVersion, PsuRow, ResponseRow, Store, Study, Weight, WeightSet};

#[derive(Debug)]
pub struct Sample {
    pub study: Study,
    pub form: FormVersion,
    pub instrument: Arc<Instrument>,
    pub weight_set: WeightSet,
    pub rows: Vec<Row>,
    /// The first and the last ISO week in which one of them was held.
    pub weeks: Option<(String, String)>,
    /// The design stratum of each sampled PSU.
    pub stratum_of_psu: Vec<u32>,
    pub stratum_names: Vec<String>,
    /// The population the weights were fitted to.
    pub calibration: Option<Calibration>,
}

#[derive(Debug, Clone)]
pub struct Row {
    /// The place of its PSU in [`Sample::stratum_of_psu`].
    pub psu: u32,
    pub weight: f64,
    /// As it was before it was fitted to the population.
    pub before_calibration: f64,
    pub sex: u8,
    pub age_group: Option<AgeGroup>,
    pub disability: Disability,
    pub region: String,
    pub urban: String,
    pub answers: String,
}

impl Sample {
    /// Reads the interviews of a weight set; those that came after it have no weight and wait for the next.
    pub fn read(store: &Store, study_id: i64, weight_set: WeightSet) -> Result<Sample, Error> {
        let form = store.form_version_by_id(weight_set.form_version_id)?;
        let instrument = store.instrument(&form)?;
        let weights: HashMap<Vec<u8>, Weight> = store.weights(weight_set.id)?.into_iter().map(|w| (w.response_id.clone(), w)).collect();
        let recipe: Recipe = serde_json::from_str(&weight_set.recipe).map_err(|_| Error::invalid("weights", "the recipe is damaged"))?;
        let psus = store.psus(study_id)?;
        let (stratum_of_psu, stratum_names) = strata(&psus);
        let places: HashMap<i64, u32> = psus.iter().zip(0..).map(|(p, place)| (p.id, place)).collect();
        let responses = store.responses(study_id, form.id)?;
        let mut weeks: Option<(String, String)> = None;
        let rows = responses.into_iter().filter_map(|response| {
            let place = *places.get(&response.psu_id)?;
            let weight = weights.get(&response.id)?;
            is_usable(&response).then(|| {
                widen(&mut weeks, &response.iso_week);
                row(&response, place, weight, &psus[place as usize])
            })
        });
        let rows = rows.collect();
        let study = store.study(study_id)?;
        Ok(Sample { study, rows, weeks, form, instrument, weight_set, stratum_of_psu, stratum_names, calibration: recipe.calibration })
    }

    pub fn design(&self) -> Result<Design, Error> {
        let weights: Vec<f64> = self.rows.iter().map(|r| r.weight).collect();
        // Known totals do not vary: the variance is that of the residuals on the calibration variables.
        match &self.calibration {
            Some(calibration) => {
                let before: Vec<f64> = self.rows.iter().map(|r| r.before_calibration).collect();
                Ok(self.design_of(&before)?.calibrated(weights, &calibration.variables(&self.rows)?)?)
            }
            None => self.design_of(&weights),
        }
    }

    /// The same strata and PSUs with weights that were fitted to nothing.
    pub(super) fn design_of(&self, weights: &[f64]) -> Result<Design, Error> {
        let psu_of_row: Vec<u32> = self.rows.iter().map(|r| r.psu).collect();
        Design::one_stage(&OneStage {
            stratum_of_psu: &self.stratum_of_psu,
            fpc: Fpc::None,
            psu_of_row: &psu_of_row,
            weight: weights,
            lonely: lonely(&self.study.lonely_psu).unwrap_or(Lonely::Adjust),
            lonely_domain: false,
        })
        .map_err(|e| self.name_strata(e))
    }

    /// The strata of an error by the names the office gave them.
    fn name_strata(&self, error: kish_analysis::Error) -> Error {
        match error {
            kish_analysis::Error::LonelyPsu { strata, .. } => {
                Error::LonelyPsu(strata.into_iter().filter_map(|s| self.stratum_names.get(s).cloned()).collect())
            }
            other => other.into(),
        }
    }

    pub fn kept_answers(&self) -> KeptAnswers {
        KeptAnswers::of(&self.instrument)
    }
}

fn widen(weeks: &mut Option<(String, String)>, week: &str) {
    let (first, last) = weeks.get_or_insert_with(|| (week.to_owned(), week.to_owned()));
    if week < first.as_str() {
        week.clone_into(first);
    } else if week > last.as_str() {
        week.clone_into(last);
    }
}

/// The rule for strata with one PSU, by its name.
pub(super) fn lonely(name: &str) -> Option<Lonely> {
    Some(match name {
        "fail" => Lonely::Fail,
        "remove" => Lonely::Remove,
        "certainty" => Lonely::Certainty,
        "adjust" => Lonely::Adjust,
        "average" => Lonely::Average,
        _ => return None,
    })
}

pub(super) fn is_usable(response: &ResponseRow) -> bool {
    ResultCode::new(response.result).is_some_and(ResultCode::is_usable)
}

/// Women's and men's areas are samples of their own, so each stratum is one for women and one for men.
pub(super) fn strata(psus: &[PsuRow]) -> (Vec<u32>, Vec<String>) {
    let mut names: Vec<String> = psus.iter().map(stratum_name).collect();
    names.sort();
    names.dedup();
    let place = |psu: &PsuRow| names.binary_search(&stratum_name(psu)).unwrap_or_default();
    let of_psu = psus.iter().map(|p| u32::try_from(place(p)).unwrap_or_default()).collect();
    (of_psu, names)
}

fn stratum_name(psu: &PsuRow) -> String {
    format!("{}/{}", psu.stratum, if psu.sex == 2 { "M" } else { "F" })
}

/// A counted interview with its place and its weight.
pub(super) fn row(response: &ResponseRow, psu: u32, weight: &Weight, place: &PsuRow) -> Row {
    Row {
        psu,
        weight: weight.value,
        before_calibration: weight.before_calibration,
        sex: response.sex,
        age_group: response.age_years.and_then(AgeGroup::of),
        disability: response.disability,
        region: place.region.clone(),
        urban: place.urban.clone(),
        answers: response.answers.clone(),
    }
}
