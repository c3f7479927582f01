//! The rows a table is made of: counted interviews with their design, and the sampled PSUs without any.

use std::collections::{BTreeSet, HashMap};
use std::num::NonZero;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use kish_analysis::columns::{Columns, Variable};
use kish_analysis::design::{Design, Fpc, Lonely, OneStage};
use kish_analysis::disclosure::Kind;

use super::dimension::Levels;
use super::{AgeGroup, Calibration, CodedAnswers, Dimension, Error, Measured, Recipe, measure};
use crate::deidentify::{Disability, KeptAnswers};
use crate::fieldwork::ResultCode;
use crate::instrument::{Indicator, IndicatorKind, Instrument};
use crate::store::{FormVersion, PsuRow, ResponseRow, Store, Study, Weight, WeightSet};

/// How many values of indicators are remembered of a sample: sixteen indicators of a million interviews.
const MOST_VALUES: usize = 16_000_000;

#[derive(Debug)]
pub struct Sample {
    pub study: Study,
    pub form: FormVersion,
    pub instrument: Arc<Instrument>,
    pub weight_set: WeightSet,
    pub rows: Vec<Row>,
    /// Of each row.
    pub answers: CodedAnswers,
    /// The first and the last ISO week in which one of them was held.
    pub weeks: Option<(String, String)>,
    /// The design stratum of each sampled PSU.
    pub stratum_of_psu: Vec<u32>,
    pub stratum_names: Vec<String>,
    /// The population the weights were fitted to.
    pub calibration: Option<Calibration>,
    /// Whether they still meet its totals, which then do not vary; trimming may have moved them off.
    pub is_calibrated: bool,
    pub derived: Derived,
}

/// What follows from the rows alone, computed when it is first asked for and kept with them.
#[derive(Debug, Default)]
pub struct Derived {
    design: OnceLock<Arc<Design>>,
    levels: [OnceLock<Arc<Levels>>; Dimension::ALL.len()],
    /// By indicator, the one asked for last at the end.
    measured: Mutex<Vec<(String, Arc<Measured>)>>,
    /// Of the indicator that was asked for last.
    answered: Mutex<Option<(String, Arc<Answered>)>>,
}

/// An indicator as sums read it.
#[derive(Debug)]
pub(super) struct Answered {
    pub columns: Columns,
    pub variable: Variable,
    pub kind: Kind,
    /// Who did not answer.
    pub unanswered: Variable,
}

impl Answered {
    fn new(indicator: &Indicator, measured: &Measured) -> Result<Answered, Error> {
        let mut columns = Columns::new(measured.values.len());
        let yes = || measured.values.iter().map(|v| (!v.is_nan()).then_some(*v > 0.5));
        let (variable, kind) = match indicator.kind {
            IndicatorKind::Proportion | IndicatorKind::Level | IndicatorKind::Difference => (columns.indicator(yes())?, Kind::Proportion),
            // Where all that was found is yes or no, people are counted, and few of them are as few.
            IndicatorKind::Mean if measured.is_yes_or_no() => (columns.indicator(yes())?, Kind::Proportion),
            IndicatorKind::Total if measured.is_yes_or_no() => (columns.indicator(yes())?, Kind::Count),
            IndicatorKind::Mean | IndicatorKind::Total => (columns.real(&measured.values)?, Kind::Mean),
        };
        let unanswered = columns.indicator(measured.values.iter().map(|v| Some(v.is_nan())))?;
        Ok(Answered { columns, variable, kind, unanswered })
    }
}

impl Derived {
    /// The indicator over the rows that these are derived from.
    pub(super) fn answered(&self, indicator: &Indicator, measured: &Measured) -> Result<Arc<Answered>, Error> {
        let mut last = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, answered)) = last.as_ref().filter(|(id, _)| *id == indicator.id) {
            return Ok(Arc::clone(answered));
        }
        let answered = Arc::new(Answered::new(indicator, measured)?);
        *last = Some((indicator.id.clone(), Arc::clone(&answered)));
        Ok(answered)
    }
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
    pub region: Arc<str>,
    pub urban: Arc<str>,
}

impl Sample {
    /// Reads the interviews of a weight set; those that came after it have no weight and wait for the next.
    pub fn read(store: &Store, study_id: i64, weight_set: WeightSet) -> Result<Sample, Error> {
        let form = store.form_version_by_id(weight_set.form_version_id)?;
        let instrument = store.instrument(&form)?;
        let recipe: Recipe = serde_json::from_str(&weight_set.recipe).map_err(|_| Error::invalid("weights", "the recipe is damaged"))?;
        let psus = store.psus(study_id)?;
        let (stratum_of_psu, stratum_names) = strata(&psus);
        let areas = areas(&psus);
        let places: HashMap<i64, u32> = psus.iter().zip(0..).map(|(p, place)| (p.id, place)).collect();
        let (mut weeks, mut rows, mut answers) = (None, Vec::<Row>::new(), CodedAnswers::new(KeptAnswers::of(&instrument)));
        // Both come in the order of the responses' ids.
        let mut weights = store.weights(weight_set.id)?.into_iter().peekable();
        store.each_response(study_id, form.id, |response| {
            while weights.next_if(|weight| weight.response_id < response.id).is_some() {}
            let Some(weight) = weights.next_if(|weight| weight.response_id == response.id) else { return };
            let Some(place) = places.get(&response.psu_id).filter(|_| is_usable(&response)) else { return };
            widen(&mut weeks, &response.iso_week);
            answers.push(&response.answers);
            rows.push(row(&response, *place, &weight, &areas[*place as usize]));
        })?;
        // By stratum and PSU, as the design sums them up.
        let mut order: Vec<u32> = (0..).take(rows.len()).collect();
        order.sort_by_key(|row| {
            let psu = rows[*row as usize].psu;
            (stratum_of_psu[psu as usize], psu)
        });
        let rows: Vec<Row> = order.iter().map(|row| rows[*row as usize].clone()).collect();
        answers.put_in_order(order);
        let study = store.study(study_id)?;
        let is_calibrated = match &recipe.calibration {
            Some(calibration) => recipe.trim.is_none() || calibration.is_met(&rows)?,
            None => false,
        };
        Ok(Sample {
            study,
            rows,
            answers,
            weeks,
            form,
            instrument,
            weight_set,
            stratum_of_psu,
            stratum_names,
            calibration: recipe.calibration,
            is_calibrated,
            derived: Derived::default(),
        })
    }

    pub fn design(&self) -> Result<Arc<Design>, Error> {
        if let Some(design) = self.derived.design.get() {
            return Ok(Arc::clone(design));
        }
        let weights: Vec<f64> = self.rows.iter().map(|r| r.weight).collect();
        // Known totals do not vary: the variance is that of the residuals on the calibration variables.
        let design = match self.calibration.as_ref().filter(|_| self.is_calibrated) {
            Some(calibration) => {
                let before: Vec<f64> = self.rows.iter().map(|r| r.before_calibration).collect();
                self.design_of(&before)?.calibrated(weights, &calibration.variables(&self.rows)?)?
            }
            None => self.design_of(&weights)?,
        };
        let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
        Ok(Arc::clone(self.derived.design.get_or_init(|| Arc::new(design.with_threads(threads)))))
    }

    /// The level of each row.
    pub(super) fn levels(&self, dimension: Dimension) -> Arc<Levels> {
        Arc::clone(self.derived.levels[dimension as usize].get_or_init(|| Arc::new(dimension.levels_of(&self.rows))))
    }

    /// An indicator over all rows.
    pub fn measure(&self, indicator: &Indicator) -> Arc<Measured> {
        let known = || self.derived.measured.lock().unwrap_or_else(PoisonError::into_inner);
        let found = {
            let mut known = known();
            let place = known.iter().position(|(id, _)| *id == indicator.id);
            place.map(|place| known.remove(place).1)
        };
        // Outside the lock: other indicators need not wait.
        let measured = found.unwrap_or_else(|| Arc::new(measure(indicator, &self.answers)));
        let mut known = known();
        known.retain(|(id, _)| *id != indicator.id);
        known.push((indicator.id.clone(), Arc::clone(&measured)));
        let most = (MOST_VALUES / self.rows.len().max(1)).max(1);
        let oldest = known.len().saturating_sub(most);
        known.drain(..oldest);
        measured
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
}

/// The region and the kind of place of each PSU, each name once.
pub(super) fn areas(psus: &[PsuRow]) -> Vec<(Arc<str>, Arc<str>)> {
    let mut names: BTreeSet<Arc<str>> = BTreeSet::new();
    let mut name = |text: &str| match names.get(text) {
        Some(name) => Arc::clone(name),
        None => {
            let name: Arc<str> = text.into();
            names.insert(Arc::clone(&name));
            name
        }
    };
    psus.iter().map(|psu| (name(&psu.region), name(&psu.urban))).collect()
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
pub(super) fn row(response: &ResponseRow, psu: u32, weight: &Weight, (region, urban): &(Arc<str>, Arc<str>)) -> Row {
    Row {
        psu,
        weight: weight.value,
        before_calibration: weight.before_calibration,
        sex: response.sex,
        age_group: response.age_years.and_then(AgeGroup::of),
        disability: response.disability,
        region: Arc::clone(region),
        urban: Arc::clone(urban),
    }
}
