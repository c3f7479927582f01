//! The link between cases and responses, cut for ever once fieldwork is over, with a certificate (E23).

use std::collections::HashSet;
use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::{self, Data};
use serde::Deserialize;
use serde_json::{Value, json};
use validator::Validate;

use super::State;
use super::access::Staff;
use super::body::read_json;
use super::problem::Problem;
use super::retention::try_to_scrub;
use crate::keys::{CaseKey, Tag};
use crate::store::{Destroyed, FormVersion, LinkCut, Store};

type Answer = Result<HttpResponse, Problem>;

#[derive(Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Cut {
    #[validate(length(min = 3, max = 500, message = "say why, without naming anyone"))]
    because: String,
    /// Weights need the link; without a weight set there will never be one.
    #[serde(default)]
    without_weights: bool,
}

pub async fn certificate(staff: Staff, state: Data<State>) -> Answer {
    let store = Arc::clone(&state.store);
    let cut = web::block(move || store.link_cut(staff.study)).await??;
    Ok(HttpResponse::Ok().json(shown(cut.as_ref())))
}

fn shown(cut: Option<&LinkCut>) -> Value {
    let Some(cut) = cut else { return json!({ "isCut": false }) };
    json!({
        "isCut": true,
        "cutOn": cut.cut_on,
        "because": cut.because,
        "destroyed": "the study's case key; every pseudonym under it; every response's id of before, which was made of its instance; \
                      what led from an instance's receipt to its response; what was opened of interviews that came encrypted",
        "casesInFrame": cut.cases,
        "responses": cut.responses,
        "joinedBefore": cut.joined_before,
        "joinedAfterWithTheSameKey": cut.joined_after,
        "notCovered": "copies of the data folder made before; they hold the key and the pseudonyms, and are the office's to destroy",
    })
}

/// The key goes last: without it nothing could be counted as joined before. Should the power fail in between, it goes at the next start.
pub async fn cut(staff: Staff, payload: web::Payload, state: Data<State>) -> Answer {
    let body: Cut = read_json(payload, &state).await?;
    let (shared, study) = (state.clone(), staff.study);
    let (all, cases) = web::block(move || {
        may_be_cut(&shared.store, study, body.without_weights)?;
        let key = shared.keys.begin_cut(study)?;
        pseudonyms(&shared.store, study, key.as_ref())
    })
    .await??;
    let cut = LinkCut {
        study_id: study,
        cut_by: staff.by.id(),
        cut_on: state.clock.today().to_string(),
        because: body.because,
        cases,
        responses: 0,
        joined_before: 0,
        joined_after: 0,
    };
    let cut = state.store.cut_link(staff.by, cut, all).await?;
    let shared = state.clone();
    web::block(move || shared.keys.destroy(study)).await??;
    try_to_scrub(&state, Destroyed::Responses).await;
    Ok(HttpResponse::Ok().json(shown(Some(&cut))))
}

/// Destroys the key of each study whose link is certified as cut, where it is still there.
pub fn finish(state: &State) -> Result<(), Problem> {
    for study in state.store.studies()? {
        if state.store.link_cut(study.id)?.is_some() {
            state.keys.destroy(study.id)?;
        }
    }
    Ok(())
}

/// It cannot be undone, so nothing may still need it.
fn may_be_cut(store: &Store, study: i64, without_weights: bool) -> Result<(), Problem> {
    if store.link_cut(study)?.is_some() {
        return Err(Problem::Conflict("The link is cut already; see its certificate."));
    }
    if store.form_versions(study)?.iter().any(FormVersion::is_open) {
        return Err(Problem::Conflict("A form is still open. Close all forms first: afterwards no interview can be tied to a case."));
    }
    if !store.set_aside_counts(study)?.is_empty() || !store.set_aside_records(study, "released")?.is_empty() {
        return Err(Problem::Conflict("Records still wait sealed. Have them decided and opened first: afterwards none can be counted."));
    }
    if store.weight_sets(study)?.is_empty() && !without_weights {
        return Err(Problem::Conflict("There are no weights, and afterwards none can be made. Make them first, or send withoutWeights."));
    }
    Ok(())
}

/// The pseudonyms of every case of the frame, in every form, and how many cases there are.
fn pseudonyms(store: &Store, study: i64, key: Option<&CaseKey>) -> Result<(HashSet<Tag>, i64), Problem> {
    let forms: HashSet<String> = store.form_versions(study)?.into_iter().map(|version| version.form_id).collect();
    let cases = store.cases(study)?;
    let of_form = |form: &String| cases.iter().filter_map(|case| Some(key?.pseudonym(study, form, &case.code))).collect::<Vec<_>>();
    Ok((forms.iter().flat_map(of_form).collect(), i64::try_from(cases.len()).unwrap_or(i64::MAX)))
}
