//! Coded rows of a form, for the statistician who asked for them and while two people let them: as CSV, as Parquet and as OData.

use actix_web::web::{self, Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use serde_json::json;

use super::State;
use super::access::Staff;
use super::device::origin;
use super::problem::Problem;
use super::reading::{Position, Reading, Source};
use super::writing::{Csv, Odata, Parquet, stream};
use crate::export::rows::{Columns, metadata, service};
use crate::store;
use crate::trail::{Act, Action};

type Answer = Result<HttpResponse, Problem>;

const NO_GRANT: Problem = Problem::Conflict(
    "No grant of yours to read this form's rows is in force. Ask with POST …/row-grants; an ethics reviewer and a coordinator grant it. \
     GET …/row-grants says how far that is.",
);
const UNDERSTOOD: &str =
    "of what OData may ask, $top, $skip, $count and $skiptoken are understood; choose rows and columns where you read them";

/// A form of which somebody may read the rows now.
struct Opened {
    source: Source,
    is_simulated: bool,
}

impl Opened {
    fn all(self) -> Reading {
        Reading::new(self.source, Position::default(), 0, None)
    }
}

async fn open(staff: &Staff, form_id: &str, state: &Data<State>) -> Result<Opened, Problem> {
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
        let (key, columns) = (shared.keys.row_key(study, grant.id()), Columns::of(&instruments));
        Ok(Opened { source: Source { state: shared, grant, key, versions, columns }, is_simulated })
    })
    .await?
}

/// That rows are read is in the trail before the first of them leaves.
async fn note(staff: Staff, form_id: &str, grant: i64, shape: &str, state: &Data<State>) -> Result<(), Problem> {
    let act = Act::new(Action::RowsRead).study(staff.study).form(form_id, "").to(grant).with("as", shape);
    Ok(state.store.note(staff.by, act).await?)
}

pub async fn csv(staff: Staff, path: Path<(i64, String)>, state: Data<State>) -> Answer {
    let opened = open(&staff, &path.1, &state).await?;
    note(staff, &path.1, opened.source.grant.id(), "csv", &state).await?;
    let mut response = file(&opened, &path.1, "text/csv; charset=utf-8", ".csv");
    Ok(response.streaming(stream(Csv::new(opened.all()))))
}

pub async fn parquet(staff: Staff, path: Path<(i64, String)>, state: Data<State>) -> Answer {
    let opened = open(&staff, &path.1, &state).await?;
    note(staff, &path.1, opened.source.grant.id(), "parquet", &state).await?;
    let mut response = file(&opened, &path.1, "application/vnd.apache.parquet", ".parquet");
    let is_simulated = opened.is_simulated;
    Ok(response.streaming(stream(Parquet::new(opened.all(), is_simulated)?)))
}

/// To be kept under the form's name, as far as a file may be called so.
fn file(opened: &Opened, form_id: &str, kind: &'static str, ending: &str) -> HttpResponseBuilder {
    let mark = if opened.is_simulated { "SIMULATED-" } else { "" };
    let is_plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let name = format!("attachment; filename=\"{mark}{}{ending}\"", form_id.chars().filter(is_plain).collect::<String>());
    let mut response = HttpResponse::Ok();
    response.content_type(kind).insert_header(("Content-Disposition", name));
    response
}

pub async fn odata_service(staff: Staff, request: HttpRequest, path: Path<(i64, String)>, state: Data<State>) -> Answer {
    let opened = open(&staff, &path.1, &state).await?;
    Ok(odata().json(service(&address(&state, &request), opened.is_simulated)))
}

pub async fn odata_metadata(staff: Staff, path: Path<(i64, String)>, state: Data<State>) -> Answer {
    let Opened { source, is_simulated } = open(&staff, &path.1, &state).await?;
    let xml = metadata(&source.columns, &path.1, is_simulated).map_err(|e| Problem::Unavailable(e.to_string()))?;
    Ok(odata().content_type("application/xml").body(xml))
}

/// What is asked of a table.
#[derive(Debug, Default)]
struct Asked {
    top: Option<i64>,
    skip: i64,
    counted: bool,
    token: Option<String>,
}

impl Asked {
    /// What does not begin with `$` is not OData's, and is passed over as its rules say.
    fn read(query: Vec<(String, String)>) -> Result<Asked, Problem> {
        let mut asked = Asked::default();
        for (name, value) in query.into_iter().filter(|(name, _)| name.starts_with('$')) {
            match name.as_str() {
                "$top" => asked.top = Some(number("$top", &value)?),
                "$skip" => asked.skip = number("$skip", &value)?,
                "$count" => asked.counted = truth("$count", &value)?,
                "$skiptoken" => asked.token = Some(value),
                _ => return Err(Problem::invalid("query", UNDERSTOOD)),
            }
        }
        Ok(asked)
    }
}

fn number(name: &str, value: &str) -> Result<i64, Problem> {
    let found = value.parse::<u32>().map_err(|_| Problem::invalid(name, "write a whole number"))?;
    Ok(i64::from(found))
}

/// However it is written: Central's client says `True`.
fn truth(name: &str, value: &str) -> Result<bool, Problem> {
    value.to_ascii_lowercase().parse().map_err(|_| Problem::invalid(name, "write true or false"))
}

pub async fn odata_rows(
    staff: Staff,
    request: HttpRequest,
    path: Path<(i64, String)>,
    query: Query<Vec<(String, String)>>,
    state: Data<State>,
) -> Answer {
    let asked = Asked::read(query.into_inner())?;
    let Opened { source, is_simulated } = open(&staff, &path.1, &state).await?;
    let at = asked.token.as_deref().map_or(Ok(Position::default()), |token| source.open(token).ok_or_else(other_walk))?;
    note(staff, &path.1, source.grant.id(), "odata", &state).await?;
    let address = address(&state, &request);
    let (source, count) = counted(source, asked.counted).await?;
    let mut before = format!("{{\"@odata.context\":{},", json!(format!("{address}/$metadata#Submissions")));
    if is_simulated {
        before.push_str("\"@kish.simulated\":true,");
    }
    if let Some(count) = count {
        before.push_str(&format!("\"@odata.count\":{count},"));
    }
    before.push_str("\"value\":[");
    let next = next(&address, &asked);
    let reading = Reading::new(source, at, asked.skip, asked.top);
    Ok(odata().content_type("application/json; odata.metadata=minimal").streaming(stream(Odata::new(reading, before, next))))
}

fn other_walk() -> Problem {
    Problem::invalid("$skiptoken", "it is not of this grant: begin again without it")
}

async fn counted(source: Source, is_asked: bool) -> Result<(Source, Option<i64>), Problem> {
    if !is_asked {
        return Ok((source, None));
    }
    web::block(move || source.count().map(|count| (source, Some(count)))).await?
}

/// The address of the next page, up to its token. What was skipped stays behind.
fn next(address: &str, asked: &Asked) -> String {
    let top = asked.top.map(|top| format!("%24top={top}&")).unwrap_or_default();
    let count = if asked.counted { "%24count=true&" } else { "" };
    format!("{address}/Submissions?{top}{count}%24skiptoken=")
}

fn odata() -> HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    response.insert_header(("OData-Version", "4.0"));
    response
}

/// The service's own, as the reader wrote it: `https://host/v1/projects/1/forms/tfvaw.svc`.
fn address(state: &State, request: &HttpRequest) -> String {
    let path = request.path();
    let end = path.rfind(".svc").map_or(path.len(), |at| at + ".svc".len());
    format!("{}{}", origin(state, &request.connection_info()), &path[..end])
}
