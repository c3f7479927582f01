//! Weights: base × household nonresponse × selection in the household × nonresponse of the person, by class.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use validator::Validate;

use super::sample::{areas, row, strata};
use super::versions::Versions;
use super::{AgeGroup, Calibration, Error, Row, Trim};
use crate::fieldwork::{Class, ResultCode};
use crate::keys::Keys;
use crate::store::{NewWeightSet, ResponseRow, Store, Weight};

/// How a weight set is made.
#[derive(Debug, Clone, Serialize, Deserialize, Validate)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Recipe {
    #[validate(length(min = 1, max = 60, message = "name the weight set"))]
    pub name: String,
    /// The version of the form whose interviews get weights; it has to be named where interviews were held with several.
    #[serde(default)]
    pub version: Option<String>,
    /// Classes of person nonresponse with fewer interviews are merged with the neighbouring age group.
    #[serde(default = "default_min_class")]
    #[validate(range(min = 1, max = 1000, message = "between 1 and 1000"))]
    pub min_class: usize,
    /// Fits the weights to a table of the population.
    #[serde(default)]
    pub calibration: Option<Calibration>,
    /// Cuts the largest weights, after the fit; where that moves them off its totals, the variance is that of weights fitted to nothing.
    #[serde(default)]
    pub trim: Option<Trim>,
}

fn default_min_class() -> usize {
    20
}

/// One sampled case on its way to a weight.
#[derive(Debug, Clone)]
pub struct CaseOutcome {
    /// The place of its design stratum.
    pub stratum: usize,
    pub base_weight: f64,
    /// `None` where nobody has been, or nothing was sent.
    pub result: Option<ResultCode>,
    /// How many people could have been selected; 0 where the household was not reached.
    pub n_eligible: u8,
    pub age_group: Option<AgeGroup>,
}

/// What a weight set looks like, for the statistician who must defend it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Diagnostics {
    pub interviews: usize,
    /// Held with other versions of the form: people who were found, and for whom those of this one stand.
    pub interviews_of_other_versions: usize,
    pub sum: f64,
    pub min: f64,
    pub max: f64,
    /// Kish's design effect of unequal weights, 1 + cv².
    pub deff_weights: f64,
    /// The household factor of each stratum.
    pub household_factors: Vec<(String, f64)>,
    pub classes: Vec<WeightClass>,
    /// The least and the greatest factor by which the fit to the population and the trimming changed a weight.
    pub fit_factors: Option<(f64, f64)>,
}

/// People of one stratum and some neighbouring age groups, adjusted together.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WeightClass {
    pub stratum: String,
    pub age_groups: Vec<AgeGroup>,
    pub interviews: usize,
    pub factor: f64,
}

/// Computes a weight set over the interviews of one version and hands it to the store's shape. How a case ended counts whichever
/// version it was recorded with.
pub fn make_weights(store: &Store, keys: &Keys, study_id: i64, recipe: &Recipe) -> Result<(NewWeightSet, Diagnostics), Error> {
    let versions = Versions::choose(store, study_id, recipe.version.as_deref())?;
    let form = &versions.of_weights;
    let psus = store.psus(study_id)?;
    let ((stratum_of_psu, names), areas) = (strata(&psus), areas(&psus));
    let place: HashMap<i64, usize> = psus.iter().enumerate().map(|(i, p)| (p.id, i)).collect();
    let responses = responses(store, study_id, &versions)?;
    let by_case: HashMap<&[u8], &(ResponseRow, bool)> = responses.iter().map(|r| (r.0.case_pseudonym.as_slice(), r)).collect();
    let mut outcomes = Vec::new();
    let mut found = Vec::new();
    for case in store.cases(study_id)? {
        let Some(psu) = place.get(&case.psu_id) else { continue };
        let response = by_case.get(keys.pseudonym(study_id, &form.form_id, &case.code)?.as_slice());
        outcomes.push(outcome(stratum_of_psu[*psu] as usize, case.base_weight, response.copied()));
        found.push(response.map(|(row, _)| row));
    }
    let (before, mut diagnostics) = weigh(&outcomes, &names, recipe.min_class)?;
    diagnostics.interviews_of_other_versions = versions.interviews_of_others;
    let interviewed: Vec<(&ResponseRow, f64)> = before.iter().filter_map(|(case, weight)| Some((found[*case]?, *weight))).collect();
    let rows: Vec<Row> = interviewed
        .iter()
        .filter_map(|(r, w)| {
            let psu = *place.get(&r.psu_id)?;
            Some(row(r, 0, &Weight { response_id: Vec::new(), value: *w, before_calibration: *w }, &areas[psu]))
        })
        .collect();
    let fitted = fit(recipe, &rows)?;
    diagnostics.refit(&rows, &fitted);
    let weights = interviewed
        .iter()
        .zip(&fitted)
        .map(|((r, before), value)| Weight { response_id: r.id.clone(), value: *value, before_calibration: *before })
        .collect();
    let new = NewWeightSet {
        study_id,
        name: recipe.name.clone(),
        form_version_id: form.id,
        recipe: json(recipe),
        diagnostics: json(&diagnostics),
        weights,
    };
    Ok((new, diagnostics))
}

/// JSON of plain data, which cannot fail.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// The weights after calibration and trimming; those before where the recipe asks for neither.
fn fit(recipe: &Recipe, rows: &[Row]) -> Result<Vec<f64>, Error> {
    let mut weights: Vec<f64> = rows.iter().map(|r| r.weight).collect();
    if let Some(calibration) = &recipe.calibration {
        weights = calibration.fit(rows, &weights)?;
    }
    match recipe.trim {
        Some(trim) => trim.apply(&weights),
        None => Ok(weights),
    }
}

impl Diagnostics {
    /// What the fit to the population made of the weights.
    fn refit(&mut self, before: &[Row], after: &[f64]) {
        let factors = before.iter().zip(after).map(|(row, w)| w / row.weight);
        let range = factors.fold((f64::INFINITY, 0.0_f64), |(least, most), f| (least.min(f), most.max(f)));
        let new = diagnostics(after.iter().copied(), std::mem::take(&mut self.household_factors), std::mem::take(&mut self.classes));
        *self = Diagnostics { fit_factors: Some(range), interviews_of_other_versions: self.interviews_of_other_versions, ..new };
    }
}

/// Of all versions, without their answers, and whether each is of the version that gets weights.
fn responses(store: &Store, study_id: i64, versions: &Versions) -> Result<Vec<(ResponseRow, bool)>, Error> {
    let mut found = Vec::new();
    let with_whether = versions.others.iter().map(|other| (other, false)).chain([(&versions.of_weights, true)]);
    for (version, gets_weights) in with_whether {
        store.each_response(study_id, version.id, |row| found.push((ResponseRow { answers: String::new(), ..row }, gets_weights)))?;
    }
    Ok(found)
}

/// Who was interviewed with another version is a person found, of an age, without an interview.
fn outcome(stratum: usize, base_weight: f64, response: Option<&(ResponseRow, bool)>) -> CaseOutcome {
    let told = |r: &ResponseRow| r.contact_age_group.and_then(AgeGroup::of_contact_code);
    let gets_weights = response.is_some_and(|(_, gets_weights)| *gets_weights);
    let response = response.map(|(row, _)| row);
    CaseOutcome {
        stratum,
        base_weight,
        result: response.and_then(|r| ResultCode::new(r.result)).filter(|result| gets_weights || !result.is_usable()),
        n_eligible: response.map_or(0, |r| r.n_eligible),
        age_group: response.and_then(|r| r.age_years.and_then(AgeGroup::of).or_else(|| told(r))),
    }
}

/// The weight of each interviewed case, by its place in `cases`.
pub fn weigh(cases: &[CaseOutcome], strata: &[String], min_class: usize) -> Result<(Vec<(usize, f64)>, Diagnostics), Error> {
    let mut weights = Vec::new();
    let mut classes = Vec::new();
    let mut household_factors = Vec::new();
    for (stratum, name) in strata.iter().enumerate() {
        let members: Vec<usize> = (0..cases.len()).filter(|i| cases[*i].stratum == stratum).collect();
        if members.is_empty() {
            continue;
        }
        let factor = household_factor(cases, &members).ok_or_else(|| Error::EmptyStratum(name.clone()))?;
        household_factors.push((name.clone(), factor));
        let people = people(cases, &members, factor);
        for class in person_classes(cases, &people, min_class) {
            let adjust = class.factor(cases, &people).ok_or_else(|| Error::EmptyStratum(name.clone()))?;
            let interviewed: Vec<&Person> = class.members(cases, &people).filter(|p| is_interview(&cases[p.case])).collect();
            weights.extend(interviewed.iter().map(|p| (p.case, p.weight * adjust)));
            classes.push(WeightClass { stratum: name.clone(), age_groups: class.0.clone(), interviews: interviewed.len(), factor: adjust });
        }
    }
    if weights.is_empty() {
        return Err(Error::NoInterviews);
    }
    weights.sort_by_key(|(case, _)| *case);
    let diagnostics = diagnostics(weights.iter().map(|(_, w)| *w), household_factors, classes);
    Ok((weights, diagnostics))
}

fn is_interview(case: &CaseOutcome) -> bool {
    case.result.is_some_and(ResultCode::is_usable)
}

/// Households that answered stand for those that did not, by the share of eligible ones among the known.
fn household_factor(cases: &[CaseOutcome], members: &[usize]) -> Option<f64> {
    let sum =
        |test: &dyn Fn(&CaseOutcome) -> bool| members.iter().map(|i| &cases[*i]).filter(|c| test(c)).map(|c| c.base_weight).sum::<f64>();
    let is_ineligible = |c: &CaseOutcome| c.result.is_some_and(|r| r.class() == Class::NotEligible);
    let (answered, ineligible) = (sum(&|c| c.n_eligible > 0), sum(&is_ineligible));
    let silent = sum(&|c| c.n_eligible == 0 && !is_ineligible(c));
    let eligible = answered / (answered + ineligible);
    (answered > 0.0).then(|| (answered + eligible * silent) / answered)
}

/// A selected person with the weight she has before her own nonresponse is looked at.
struct Person {
    case: usize,
    weight: f64,
}

/// One selected person in each household that answered. Those not interviewed whose age nobody told are spread over the
/// ages of the others not interviewed.
fn people(cases: &[CaseOutcome], members: &[usize], factor: f64) -> Vec<Person> {
    let mut people: Vec<Person> = members
        .iter()
        .filter(|i| cases[**i].n_eligible > 0)
        .map(|i| Person { case: *i, weight: cases[*i].base_weight * factor * f64::from(cases[*i].n_eligible) })
        .collect();
    let is_silent = |p: &Person| !is_interview(&cases[p.case]);
    let silent: f64 = people.iter().filter(|p| is_silent(p)).map(|p| p.weight).sum();
    let known: f64 = people.iter().filter(|p| is_silent(p) && cases[p.case].age_group.is_some()).map(|p| p.weight).sum();
    if known > 0.0 {
        people.retain(|p| !is_silent(p) || cases[p.case].age_group.is_some());
        for person in people.iter_mut().filter(|p| is_silent(p)) {
            person.weight *= silent / known;
        }
    }
    people
}

/// Neighbouring age groups adjusted together. People whose age is not known belong to every class's stratum but to no class,
/// unless the stratum is one class.
struct AgeClass(Vec<AgeGroup>);

impl AgeClass {
    fn members<'a>(&'a self, cases: &'a [CaseOutcome], people: &'a [Person]) -> impl Iterator<Item = &'a Person> {
        let is_whole = self.0.len() == AgeGroup::ALL.len();
        people.iter().filter(move |p| cases[p.case].age_group.map_or(is_whole, |age| self.0.contains(&age)))
    }

    fn interviews(&self, cases: &[CaseOutcome], people: &[Person]) -> usize {
        self.members(cases, people).filter(|p| is_interview(&cases[p.case])).count()
    }

    fn factor(&self, cases: &[CaseOutcome], people: &[Person]) -> Option<f64> {
        let all: f64 = self.members(cases, people).map(|p| p.weight).sum();
        let interviewed: f64 = self.members(cases, people).filter(|p| is_interview(&cases[p.case])).map(|p| p.weight).sum();
        if all == 0.0 { Some(1.0) } else { (interviewed > 0.0).then(|| all / interviewed) }
    }
}

/// Begins with a class for each age group and merges the smallest with its smaller neighbour until all are large enough.
fn person_classes(cases: &[CaseOutcome], people: &[Person], min_class: usize) -> Vec<AgeClass> {
    if people.iter().any(|p| cases[p.case].age_group.is_none()) {
        return vec![AgeClass(AgeGroup::ALL.to_vec())];
    }
    let mut classes: Vec<AgeClass> = AgeGroup::ALL.iter().map(|age| AgeClass(vec![*age])).collect();
    loop {
        let sizes: Vec<usize> = classes.iter().map(|c| c.interviews(cases, people)).collect();
        let Some((smallest, _)) = sizes.iter().enumerate().min_by_key(|(_, n)| **n).filter(|(_, n)| **n < min_class && classes.len() > 1)
        else {
            return classes;
        };
        let neighbours = [smallest.checked_sub(1), Some(smallest + 1).filter(|i| *i < classes.len())];
        let Some(other) = neighbours.into_iter().flatten().min_by_key(|i| sizes[*i]) else { return classes };
        let merged = classes.remove(smallest.max(other));
        classes[smallest.min(other)].0.extend(merged.0);
    }
}

#[expect(clippy::cast_precision_loss, reason = "a sample is far smaller than 2^52")]
fn diagnostics(
    weights: impl Iterator<Item = f64> + Clone,
    household_factors: Vec<(String, f64)>,
    classes: Vec<WeightClass>,
) -> Diagnostics {
    let (n, sum, squares) = (weights.clone().count(), weights.clone().sum::<f64>(), weights.clone().map(|w| w * w).sum::<f64>());
    Diagnostics {
        interviews: n,
        interviews_of_other_versions: 0,
        sum,
        min: weights.clone().fold(f64::INFINITY, f64::min),
        max: weights.fold(0.0, f64::max),
        deff_weights: n as f64 * squares / (sum * sum),
        fit_factors: None,
        household_factors,
        classes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(base_weight: f64, result: u8, n_eligible: u8, age_group: Option<AgeGroup>) -> CaseOutcome {
        CaseOutcome { stratum: 0, base_weight, result: ResultCode::new(result), n_eligible, age_group }
    }

    fn weights(cases: &[CaseOutcome], min_class: usize) -> Vec<f64> {
        weigh(cases, &["s".to_owned()], min_class).unwrap().0.into_iter().map(|(_, w)| w).collect()
    }

    const YOUNG: Option<AgeGroup> = Some(AgeGroup::Y18T24);
    const OLD: Option<AgeGroup> = Some(AgeGroup::YGe65);

    #[test]
    fn an_interview_stands_for_its_household_and_those_that_kept_silent() {
        // One in four known households is not eligible, so of the four silent ones three count: (3 + 3) / 3.
        let mut cases = vec![case(10.0, 1, 1, OLD), case(10.0, 1, 2, OLD), case(10.0, 1, 3, OLD), case(10.0, 12, 0, None)];
        cases.extend(vec![case(10.0, 8, 0, None); 4]);
        assert_eq!(weights(&cases, 1), [20.0, 40.0, 60.0]);
    }

    #[test]
    fn a_person_who_refused_is_stood_for_by_her_own_age_group() {
        let cases = [case(1.0, 1, 1, YOUNG), case(1.0, 4, 1, YOUNG), case(1.0, 1, 1, OLD), case(1.0, 7, 1, OLD), case(1.0, 1, 1, OLD)];
        assert_eq!(weights(&cases, 1), [2.0, 1.5, 1.5]);
    }

    #[test]
    fn people_of_unknown_age_are_spread_over_the_ages_of_the_others_not_interviewed() {
        let cases = [case(1.0, 1, 1, YOUNG), case(1.0, 4, 1, YOUNG), case(1.0, 8, 1, None), case(1.0, 1, 1, OLD)];
        assert_eq!(weights(&cases, 1), [3.0, 1.0]);
    }

    #[test]
    fn small_classes_merge_with_a_neighbour_and_nothing_is_lost() {
        let cases = [
            case(1.0, 1, 1, YOUNG),
            case(1.0, 4, 1, YOUNG),
            case(1.0, 1, 1, Some(AgeGroup::Y25T34)),
            case(1.0, 1, 1, OLD),
            case(1.0, 1, 1, OLD),
        ];
        let (weights, diagnostics) = weigh(&cases, &["s".to_owned()], 2).unwrap();
        assert!((weights.iter().map(|(_, w)| w).sum::<f64>() - 5.0).abs() < 1e-12);
        assert!(diagnostics.classes.iter().all(|c| c.interviews >= 2), "{diagnostics:?}");
    }

    #[test]
    fn a_stratum_without_an_answer_is_named() {
        let error = weigh(&[case(1.0, 8, 0, None)], &["north/F".to_owned()], 20).unwrap_err();
        assert!(error.to_string().starts_with("in stratum north/F nobody was interviewed"), "{error}");
    }
}
