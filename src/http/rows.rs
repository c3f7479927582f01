//! Coded rows of a form, for the statistician who asked for them and while two people let them: as CSV, as Parquet, and as OData beside this file.

use std::sync::Arc;

use actix_web::web::{self, Data, Path};
use actix_web::{HttpResponse, HttpResponseBuilder};

use super::State;
use super::access::Staff;
use super::problem::Problem;
use super::reading::Source;
use super::writing::{Csv, Parquet, Zip, stream};
use crate::export::rows::Tables;
use crate::store;
use crate::trail::{Act, Action};

type Answer = Result<HttpResponse, Problem>;

const NO_GRANT: Problem = Problem::Conflict(
    "No grant of yours to read this form's rows is in force. Ask with POST …/row-grants; an ethics reviewer and a coordinator grant it. \
     GET …/row-grants says how far that is.",
);

/// A form of which somebody may read the rows now.
pub struct Opened {
    pub source: Arc<Source>,
    pub is_simulated: bool,
}

pub async fn open(staff: &Staff, form_id: &str, state: &Data<State>) -> Result<Opened, Problem> {
    let (shared, study, person, form_id) = (state.clone(), staff.study, staff.person.id, form_id.to_owned());
    web::block(move || {
        let store = &shared.store;
        let versions: Vec<_> = store.form_versions(study)?.into_iter().filter(|version| version.form_id == form_id).collect();
        if versions.is_empty() {
            return Err(Problem::NotFound);
        }
        let today = shared.clock.today().to_string();
        let grant = store.grant_in_force(study, person, &form_id, &today)?.ok_or(NO_GRANT)?;
        let instruments = versions.iter().map(|version| store.instrument(version)).collect::<Result<Vec<_>, store::Error>>()?;
        let is_simulated = store.study(study)?.synthetic;
        let (key, tables) = (shared.keys.row_key(study, grant.id()), Tables::of(&instruments));
        Ok(Opened { source: Arc::new(Source { state: shared, grant, key, versions, tables }), is_simulated })
    })
    .await?
}

/// That rows are read is in the trail before the first of them leaves.
pub async fn note(staff: Staff, form_id: &str, opened: &Opened, shape: &str, table: usize) -> Result<(), Problem> {
    let source = &opened.source;
    let act = Act::new(Action::RowsRead).study(staff.study).form(form_id, "").to(source.grant.id()).with("as", shape);
    let repeat = source.table(table).and_then(|table| table.repeats().last());
    let act = match repeat {
        Some(repeat) => act.with("repeat", repeat.as_str()),
        None => act,
    };
    Ok(source.state.store.note(staff.by, act).await?)
}

pub async fn csv(staff: Staff, path: Path<(i64, String)>, state: Data<State>) -> Answer {
    let opened = open(&staff, &path.1, &state).await?;
    note(staff, &path.1, &opened, "csv", 0).await?;
    let mut response = file(&opened, &path.1, "text/csv; charset=utf-8", ".csv");
    Ok(response.streaming(stream(Csv::new(&opened.source, 0))))
}

/// The same, and beside it a file for each repeat.
pub async fn zip(staff: Staff, path: Path<(i64, String)>, state: Data<State>) -> Answer {
    let opened = open(&staff, &path.1, &state).await?;
    note(staff, &path.1, &opened, "csv.zip", 0).await?;
    let mut response = file(&opened, &path.1, "application/zip", ".zip");
    let name = name(&opened, &path.1);
    Ok(response.streaming(stream(Zip::new(opened.source, name))))
}

pub async fn parquet(staff: Staff, path: Path<(i64, String)>, state: Data<State>) -> Answer {
    let opened = open(&staff, &path.1, &state).await?;
    note(staff, &path.1, &opened, "parquet", 0).await?;
    let mut response = file(&opened, &path.1, "application/vnd.apache.parquet", ".parquet");
    Ok(response.streaming(stream(Parquet::new(&opened.source, opened.is_simulated)?)))
}

fn file(opened: &Opened, form_id: &str, kind: &'static str, ending: &str) -> HttpResponseBuilder {
    let disposition = format!("attachment; filename=\"{}{ending}\"", name(opened, form_id));
    let mut response = HttpResponse::Ok();
    response.content_type(kind).insert_header(("Content-Disposition", disposition));
    response
}

/// The form's, as far as a file may be called so.
fn name(opened: &Opened, form_id: &str) -> String {
    let mark = if opened.is_simulated { "SIMULATED-" } else { "" };
    let is_plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    mark.chars().chain(form_id.chars().filter(is_plain)).collect()
}
