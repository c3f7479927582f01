//! Releases: a statistician composes one, a second person approves it, and it never changes again.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::{self, Data, Path};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::State;
use super::access::Staff;
use super::body::read_json;
use super::problem::Problem;
use crate::ethics::Phase;
use crate::export::{self, About, View};
use crate::people::Role;
use crate::prevalence::{Composed, KeptTable, Plan, PrevalenceTable, compose, in_any_order};
use crate::store::{self, NewRelease, NewReleaseTable, ReleaseRow, ReleaseTableRow};
use crate::trail::{Act, Action};

type Answer = Result<HttpResponse, Problem>;

/// Computed, protected with all that is out, and kept as it would leave.
pub async fn compose_one(staff: Staff, payload: web::Payload, state: Data<State>) -> Answer {
    let plan: Plan = read_json(payload, &state).await?;
    let (store, study, made_on) = (Arc::clone(&state.store), staff.study, state.clock.today().to_string());
    let _turn = state.may_estimate().await?;
    let new = web::block(move || {
        if store.study(study)?.phase == Phase::Pilot {
            return Err(Problem::Conflict("A pilot estimates nothing, and nothing of it is released."));
        }
        written(study, plan.name.clone(), made_on, compose(&store, study, &plan)?)
    })
    .await??;
    let id = state.store.add_release(staff.by.clone(), new).await.map_err(|e| match e {
        store::Error::Duplicate => Problem::Conflict("A release has this name already; give this one another."),
        other => other.into(),
    })?;
    answer(&state, &staff, id).await
}

fn written(study_id: i64, name: String, made_on: String, composed: Composed) -> Result<NewRelease, Problem> {
    let (tables, kept): (Vec<PrevalenceTable>, Vec<KeptTable>) = composed.tables.into_iter().unzip();
    let tables_as_json: Vec<String> = tables.iter().map(|table| export::json(table, View::Release).to_string()).collect();
    let digest = Sha256::digest(tables_as_json.concat()).iter().map(|b| format!("{b:02x}")).collect::<String>();
    let digest = format!("sha256:{digest}");
    let about = About { name: &name, made_on: &made_on, digest: &digest };
    let files = export::release_files(about, &tables, &composed.instrument.form).map_err(Problem::Unavailable)?;
    Ok(NewRelease {
        study_id,
        weight_set_id: composed.weight_set_id,
        form_version_id: composed.form_version_id,
        data: composed.data,
        loss: text(&composed.loss)?,
        files: export::RELEASE_FILES.iter().map(|(name, _)| *name).zip(files).collect(),
        follows: i64::try_from(composed.follows).unwrap_or(i64::MAX),
        rule: tables.last().map_or_else(String::new, rule),
        tables: tables.iter().zip(tables_as_json).zip(&kept).map(one_table).collect::<Result<_, _>>()?,
        name,
        made_on,
        digest,
    })
}

fn one_table(((table, json), kept): ((&PrevalenceTable, String), &KeptTable)) -> Result<NewReleaseTable, Problem> {
    Ok(NewReleaseTable {
        indicator: table.indicator.clone(),
        dimensions: in_any_order(&table.by),
        csv: export::csv(table, View::Release).map_err(|e| Problem::Unavailable(e.to_string()))?,
        cells: text(kept)?,
        json,
    })
}

fn rule(table: &PrevalenceTable) -> String {
    let p = &table.provenance;
    format!("{}; cases {}, events {}, PSUs {}, protection {}", p.standard, p.min_cases, p.min_events, p.min_psus, p.protection)
}

fn text(value: &impl serde::Serialize) -> Result<String, Problem> {
    serde_json::to_string(value).map_err(|e| Problem::Unavailable(e.to_string()))
}

/// Those that are out; and to those who compose and approve, those that are not yet.
pub async fn list(staff: Staff, state: Data<State>) -> Answer {
    let (store, study) = (Arc::clone(&state.store), staff.study);
    let releases = web::block(move || store.releases(study)).await??;
    let shown: Vec<Value> = releases.iter().filter(|r| may_see(&staff, r)).map(|r| in_short(r, &staff)).collect();
    Ok(HttpResponse::Ok().json(shown))
}

fn may_see(staff: &Staff, release: &ReleaseRow) -> bool {
    release.is_frozen() || is_inside(staff)
}

/// Whether someone composes and approves releases, and so sees why cells are withheld.
fn is_inside(staff: &Staff) -> bool {
    [Role::Statistician, Role::Coordinator, Role::EthicsReviewer].into_iter().any(|role| staff.has(role))
}

/// Whether someone is the second person a release waits for.
fn may_approve(staff: &Staff, release: &ReleaseRow) -> bool {
    !release.is_frozen() && is_inside(staff) && release.made_by != staff.person.id
}

fn in_short(release: &ReleaseRow, staff: &Staff) -> Value {
    let mut loss = serde_json::from_str::<Value>(&release.loss).unwrap_or(Value::Null);
    if !is_inside(staff) {
        for_outsiders(&mut loss);
    }
    json!({
        "id": release.id,
        "name": release.name,
        "state": release.state,
        "madeOn": release.made_on,
        "frozenOn": release.frozen_on,
        "mayApprove": may_approve(staff, release),
        "loss": loss,
        "digest": release.digest,
    })
}

/// How many cells are withheld for which reason would bound their counts, and the exact share of people shown would give the weight of
/// those withheld: outsiders are told how many are, and the shares to a whole percent.
fn for_outsiders(loss: &mut Value) {
    let Some(loss) = loss.as_object_mut() else { return };
    loss.remove("withheld");
    for share in ["shareOfPeopleShown", "shareOfPeopleShownByRowsAndColumns"] {
        if let Some(exact) = loss.get(share).and_then(Value::as_f64) {
            loss.insert(share.to_owned(), json!((exact * 100.0).round() / 100.0));
        }
    }
}

pub async fn one(staff: Staff, path: Path<(i64, i64)>, state: Data<State>) -> Answer {
    let (release, tables) = find(&staff, path.1, &state).await?;
    Ok(as_json(&release, &tables, &staff))
}

/// All its tables, one after the other.
pub async fn one_csv(staff: Staff, path: Path<(i64, i64)>, state: Data<State>) -> Answer {
    let (_, tables) = find(&staff, path.1, &state).await?;
    let csv: Vec<String> = tables.into_iter().map(|table| table.csv).collect();
    Ok(HttpResponse::Ok().content_type("text/csv; charset=utf-8").body(csv.join("\n")))
}

pub async fn one_xlsx(staff: Staff, path: Path<(i64, i64)>, state: Data<State>) -> Answer {
    one_file(&staff, path.1, &state, "xlsx").await
}

pub async fn one_sdmx(staff: Staff, path: Path<(i64, i64)>, state: Data<State>) -> Answer {
    one_file(&staff, path.1, &state, "sdmx.csv").await
}

pub async fn one_structure(staff: Staff, path: Path<(i64, i64)>, state: Data<State>) -> Answer {
    one_file(&staff, path.1, &state, "sdmx-structure.json").await
}

pub async fn one_codebook(staff: Staff, path: Path<(i64, i64)>, state: Data<State>) -> Answer {
    one_file(&staff, path.1, &state, "ddi.xml").await
}

/// As it was written when the release was composed.
async fn one_file(staff: &Staff, id: i64, state: &Data<State>, name: &'static str) -> Answer {
    let (store, study) = (Arc::clone(&state.store), staff.study);
    let (release, content) =
        web::block(move || Ok::<_, store::Error>((store.release(study, id)?, store.release_file(id, name)?))).await??;
    let media_type = export::RELEASE_FILES.iter().find(|(known, _)| *known == name).map_or(&"application/octet-stream", |(_, kind)| kind);
    read_by(staff, &release, state).await?;
    let disposition = format!("attachment; filename=\"release-{id}.{name}\"");
    Ok(HttpResponse::Ok().content_type(*media_type).insert_header(("Content-Disposition", disposition)).body(content))
}

async fn find(staff: &Staff, id: i64, state: &Data<State>) -> Result<(ReleaseRow, Vec<ReleaseTableRow>), Problem> {
    let (store, study) = (Arc::clone(&state.store), staff.study);
    let (release, tables) = web::block(move || Ok::<_, store::Error>((store.release(study, id)?, store.release_tables(id)?))).await??;
    read_by(staff, &release, state).await?;
    Ok((release, tables))
}

/// Who reads a table leaves a line, and who reads all of a release does too.
async fn read_by(staff: &Staff, release: &ReleaseRow, state: &Data<State>) -> Result<(), Problem> {
    if !may_see(staff, release) {
        return Err(Problem::NotFound);
    }
    let act = Act::new(Action::TableRead).study(staff.study).with("release", release.name.as_str());
    Ok(state.store.note(staff.by.clone(), act).await?)
}

async fn answer(state: &Data<State>, staff: &Staff, id: i64) -> Answer {
    let (store, study) = (Arc::clone(&state.store), staff.study);
    let (release, tables) = web::block(move || Ok::<_, store::Error>((store.release(study, id)?, store.release_tables(id)?))).await??;
    Ok(as_json(&release, &tables, staff))
}

/// The tables as they were written, not as they would be written now.
fn as_json(release: &ReleaseRow, tables: &[ReleaseTableRow], staff: &Staff) -> HttpResponse {
    let tables: Vec<&str> = tables.iter().map(|table| table.json.as_str()).collect();
    let body = format!("{{\"release\":{},\"tables\":[{}]}}", in_short(release, staff), tables.join(","));
    HttpResponse::Ok().content_type("application/json").body(body)
}

/// By somebody else than who composed it.
pub async fn approve(staff: Staff, path: Path<(i64, i64)>, state: Data<State>) -> Answer {
    let (store, study, id) = (Arc::clone(&state.store), staff.study, path.1);
    let release = web::block(move || store.release(study, id)).await??;
    if release.made_by == staff.person.id {
        return Err(Problem::Forbidden);
    }
    let today = state.clock.today().to_string();
    state.store.freeze_release(staff.by.clone(), study, id, today).await.map_err(|e| match e {
        store::Error::Duplicate => Problem::Conflict("This release is out already."),
        store::Error::Changed => Problem::Conflict(
            "Another release went out since this one was composed; compose it again, so that it takes that one into account.",
        ),
        other => other.into(),
    })?;
    answer(&state, &staff, id).await
}

pub async fn discard(staff: Staff, path: Path<(i64, i64)>, state: Data<State>) -> Answer {
    state.store.discard_release(staff.by, staff.study, path.1).await.map_err(|e| match e {
        store::Error::Duplicate => Problem::Conflict("This release is out; what is out stays."),
        other => other.into(),
    })?;
    Ok(HttpResponse::Ok().json(json!({ "success": true })))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn outsiders_do_not_learn_what_is_withheld_of_the_loss_of_a_release() {
        let shares =
            |shown: f64, plain: f64| json!({ "shown": 3, "shareOfPeopleShown": shown, "shareOfPeopleShownByRowsAndColumns": plain });
        let mut loss = shares(0.874_912, 0.5);
        loss["withheld"] = json!({ "too-few-cases": 1 });
        super::for_outsiders(&mut loss);
        assert_eq!(loss, shares(0.87, 0.5));
    }
}
