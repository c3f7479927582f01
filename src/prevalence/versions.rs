//! Which version of a form a weight set is of, where interviews were held with more than one.

use std::collections::BTreeMap;

use super::Error;
use crate::fieldwork::ResultCode;
use crate::store::{FormVersion, Store};

/// A form version whose interviews get weights, and the other versions of its form.
#[derive(Debug)]
pub struct Versions {
    pub of_weights: FormVersion,
    pub others: Vec<FormVersion>,
    /// Interviews of the others: their answers are in no table of the weight set.
    pub interviews_of_others: usize,
}

impl Versions {
    /// The newest version with interviews, or the one that is asked for. Where other versions of the form have interviews too,
    /// one has to be asked for: of what is left out somebody must know.
    pub fn choose(store: &Store, study_id: i64, asked: Option<&str>) -> Result<Versions, Error> {
        let interviews = interviews(store, study_id)?;
        let held = |version: &FormVersion| interviews.get(&version.id).copied().unwrap_or(0);
        let versions = store.form_versions(study_id)?;
        let mut with_interviews = versions.iter().filter(|v| held(v) > 0);
        let newest = with_interviews.clone().next().ok_or(Error::NoInterviews)?;
        let of_weights = match asked {
            None => newest,
            Some(asked) => with_interviews.find(|v| v.version == asked).ok_or_else(|| {
                Error::invalid(
                    "version",
                    format!("no interview was held with this version; the newest with interviews is {}", newest.version),
                )
            })?,
        };
        let others: Vec<FormVersion> =
            versions.iter().filter(|v| v.form_id == of_weights.form_id && v.id != of_weights.id).cloned().collect();
        let interviews_of_others: usize = others.iter().map(held).sum();
        if asked.is_none() && interviews_of_others > 0 {
            return Err(unsaid(versions.iter().filter(|v| v.form_id == of_weights.form_id).map(|v| (v.version.as_str(), held(v)))));
        }
        Ok(Versions { of_weights: of_weights.clone(), others, interviews_of_others })
    }
}

fn unsaid<'a>(versions: impl Iterator<Item = (&'a str, usize)>) -> Error {
    let held: Vec<String> = versions.filter(|(_, n)| *n > 0).map(|(version, n)| format!("{n} with {version}")).collect();
    let words = "a weight set is of one version's interviews: name it, and those interviewed with another are then people who were found and stood \
                 for by others, and are in no table of the set";
    Error::invalid("version", format!("interviews were held with several versions of the form ({}); {words}", held.join(", ")))
}

/// How many interviews count of each version, by its number.
fn interviews(store: &Store, study_id: i64) -> Result<BTreeMap<i64, usize>, Error> {
    let mut found = BTreeMap::new();
    for (version, result, records) in store.results_by_version(study_id)? {
        if u8::try_from(result).ok().and_then(ResultCode::new).is_some_and(ResultCode::is_usable) {
            *found.entry(version).or_default() += usize::try_from(records).unwrap_or_default();
        }
    }
    Ok(found)
}
