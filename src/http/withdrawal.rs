//! A person takes the answers back, with the code that was given for it: nobody signs in, and nobody learns who it was.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Payload};
use serde::Deserialize;
use serde_json::json;
use validator::Validate;

use super::State;
use super::body::read_json;
use super::problem::Problem;
use super::retention::try_to_scrub;
use crate::deidentify::withdrawal_digits;
use crate::intake::withdrawal_tag;
use crate::store::{self, Destroyed};

/// A wrong code costs this, and only one is looked at at a time: who guesses has a try a second, among a million million codes.
const AFTER_A_WRONG_CODE: Duration = Duration::from_secs(1);

const WRONG: &str =
    "no interview of this study has this number, or its answers are removed already; look at each digit, and ask the office";

#[derive(Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
pub struct Code {
    #[validate(length(min = 1, max = 100, message = "write the number that was given at the end of the interview"))]
    code: String,
}

/// What she told is gone when this returns, and from the database's files too; where that fails it is tried every day until it is. That a
/// visit was made stays, as one that was withdrawn.
pub async fn withdraw(path: Path<i64>, payload: Payload, state: Data<State>) -> Result<HttpResponse, Problem> {
    let Code { code } = read_json(payload, &state).await?;
    let digits = withdrawal_digits(&code).ok_or_else(|| Problem::invalid("code", "it has at least ten digits; write all of them"))?;
    let _turn = state.withdrawals.try_acquire().map_err(|_| Problem::TooMany)?;
    let tag = withdrawal_tag(&state.keys, *path, &digits);
    match state.store.withdraw(*path, tag).await {
        Ok(()) => {}
        Err(store::Error::NotFound) => {
            tokio::time::sleep(AFTER_A_WRONG_CODE).await;
            return Err(Problem::invalid("code", WRONG));
        }
        Err(e) => return Err(e.into()),
    }
    state.samples.forget();
    try_to_scrub(&state, Destroyed::Responses).await;
    Ok(HttpResponse::Ok().json(json!({ "success": true })))
}
