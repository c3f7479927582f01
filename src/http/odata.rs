//! Coded rows as OData, for what reads ODK Central's: a table of interviews, one for each repeat, and what of it lies in one row.

use std::sync::Arc;

use actix_web::web::{self, Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use serde_json::json;
use uuid::Uuid;

use super::State;
use super::access::Staff;
use super::device::origin;
use super::problem::Problem;
use super::reading::{Position, Reading, Source};
use super::rows::{Opened, note, open};
use super::writing::{Odata, objects, stream};
use crate::export::rows::{OdataRows, metadata, service};

type Answer = Result<HttpResponse, Problem>;
type Queried = Query<Vec<(String, String)>>;

const UNDERSTOOD: &str =
    "of what OData may ask, $top, $skip, $count and $skiptoken are understood; choose rows and columns where you read them";

pub async fn service_document(staff: Staff, request: HttpRequest, path: Path<(i64, String)>, state: Data<State>) -> Answer {
    let opened = open(&staff, &path.1, &state).await?;
    Ok(odata().json(service(&opened.source.tables, &address(&state, &request), opened.is_simulated)))
}

pub async fn metadata_document(staff: Staff, path: Path<(i64, String)>, state: Data<State>) -> Answer {
    let Opened { source, is_simulated } = open(&staff, &path.1, &state).await?;
    let xml = metadata(&source.tables, &path.1, is_simulated).map_err(|e| Problem::Unavailable(e.to_string()))?;
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

pub async fn interviews(staff: Staff, request: HttpRequest, path: Path<(i64, String)>, query: Queried, state: Data<State>) -> Answer {
    let asked = Asked::read(query.into_inner())?;
    let opened = open(&staff, &path.1, &state).await?;
    table(staff, &request, &path.1, opened, 0, asked).await
}

pub async fn instances(
    staff: Staff,
    request: HttpRequest,
    path: Path<(i64, String, String)>,
    query: Queried,
    state: Data<State>,
) -> Answer {
    let asked = Asked::read(query.into_inner())?;
    let opened = open(&staff, &path.1, &state).await?;
    let found = opened.source.tables.named(&format!("Submissions.{}", path.2)).ok_or(Problem::NotFound)?;
    table(staff, &request, &path.1, opened, found, asked).await
}

async fn table(staff: Staff, request: &HttpRequest, form_id: &str, opened: Opened, table: usize, asked: Asked) -> Answer {
    let source = &opened.source;
    let at = asked.token.as_deref().map_or(Ok(Position::default()), |token| source.open(table, token).ok_or_else(other_walk))?;
    note(staff, form_id, &opened, "odata", table).await?;
    let counted = Arc::clone(source);
    let count = if asked.counted { Some(web::block(move || counted.count(table)).await??) } else { None };
    let address = address(&source.state, request);
    let before = before(&opened, table, &address, count);
    let next = next(&format!("{address}/{}", name(source, table)), &asked, "%24skiptoken=");
    let reading = Reading::new(Arc::clone(source), table, at, asked.skip, asked.top);
    Ok(odata().content_type("application/json; odata.metadata=minimal").streaming(stream(Odata::new(reading, table, before, next))))
}

/// The rows of a repeat that lie in one row: `Submissions('uuid:…')/group/repeat`, and of a repeat in it `…/repeat('…')/inner`. There are
/// at most as many as an interview may have, so that they are written at once.
pub async fn within(
    staff: Staff,
    request: HttpRequest,
    path: Path<(i64, String, String, String)>,
    query: Queried,
    state: Data<State>,
) -> Answer {
    let asked = Asked::read(query.into_inner())?;
    if asked.token.is_some() {
        return Err(other_walk());
    }
    let opened = open(&staff, &path.1, &state).await?;
    let (table, interview, around) = place(&opened.source, &path.2, &path.3).ok_or(Problem::NotFound)?;
    note(staff, &path.1, &opened, "odata", table).await?;
    let source = Arc::clone(&opened.source);
    let mut page = web::block(move || source.within(table, interview, &around)).await??;
    let (n_rows, address) = (i64::try_from(page.len()).unwrap_or(i64::MAX), address(&state, &request));
    let end = asked.skip.saturating_add(asked.top.unwrap_or(i64::MAX)).min(n_rows);
    let mut out = before(&opened, table, &address, asked.counted.then_some(n_rows)).into_bytes();
    page.keep(asked.skip, end);
    objects(&mut out, &opened.source, (table, &OdataRows::of(&opened.source.tables, table)), &page, false);
    out.push(b']');
    if page.len() > 0 && end < n_rows {
        let next = next(&format!("{address}/Submissions({})/{}", path.2, path.3), &asked, &format!("%24skip={end}"));
        out.extend(format!(",\"@odata.nextLink\":{}", json!(next)).as_bytes());
    }
    out.push(b'}');
    Ok(odata().content_type("application/json; odata.metadata=minimal").body(out))
}

/// The table that is meant, the interview, and the instances around those asked for, the outermost first.
fn place(source: &Source, interview: &str, path: &str) -> Option<(usize, Uuid, Vec<Uuid>)> {
    let interview = quoted(interview)?.strip_prefix("uuid:")?.parse().ok()?;
    let (mut name, mut around) = ("Submissions".to_owned(), Vec::new());
    for part in path.split('/') {
        let (own, key) = part.split_once('(').map_or((part, None), |(own, key)| (own, Some(key)));
        name = format!("{name}.{own}");
        if let Some(key) = key {
            source.tables.named(&name)?;
            around.push(quoted(key.strip_suffix(')')?)?.parse().ok()?);
        }
    }
    // The way ends in all of a repeat, and in no row of it.
    let table = source.tables.named(&name).filter(|_| !path.ends_with(')'))?;
    (around.len() + 1 == source.table(table)?.repeats().len()).then_some((table, interview, around))
}

fn quoted(key: &str) -> Option<&str> {
    key.strip_prefix('\'')?.strip_suffix('\'')
}

fn name(source: &Source, table: usize) -> &str {
    source.table(table).map_or("", |table| &table.name)
}

/// What stands before the rows.
fn before(opened: &Opened, table: usize, address: &str, count: Option<i64>) -> String {
    let mut before = format!("{{\"@odata.context\":{},", json!(format!("{address}/$metadata#{}", name(&opened.source, table))));
    if opened.is_simulated {
        before.push_str("\"@kish.simulated\":true,");
    }
    if let Some(count) = count {
        before.push_str(&format!("\"@odata.count\":{count},"));
    }
    before.push_str("\"value\":[");
    before
}

fn other_walk() -> Problem {
    Problem::invalid("$skiptoken", "it is not of this grant and table: begin again without it")
}

/// The address of the next page of a table, up to where it begins. What was skipped stays behind.
fn next(table: &str, asked: &Asked, place: &str) -> String {
    let top = asked.top.map(|top| format!("%24top={top}&")).unwrap_or_default();
    let count = if asked.counted { "%24count=true&" } else { "" };
    format!("{table}?{top}{count}{place}")
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
