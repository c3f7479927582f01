//! The parts of a submission as a device sends them, under limits.

use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::{HttpRequest, web};
use futures_util::StreamExt;

use super::State;
use super::body::{Deadline, Sender, Share, payload_problem};
use super::problem::Problem;
use crate::openrosa::MAX_CONTENT_LENGTH;

const MAX_PARTS: usize = 128;
const MAX_XML: usize = 1 << 20;
const XML_PART: &str = "xml_submission_file";
/// Says that more parts of the same interview follow; each part is kept as it comes, so nothing depends on it.
const INCOMPLETE_PART: &str = "*isIncomplete*";

#[derive(Debug)]
pub struct Parts {
    pub xml: Vec<u8>,
    pub files: Vec<(String, Vec<u8>)>,
    /// Held until the bytes are dropped.
    _share: Share,
}

pub async fn read(request: &HttpRequest, payload: web::Payload, sender: Sender, state: &State) -> Result<Parts, Problem> {
    let mut share = state.budget.share_of(sender)?;
    let mut multipart = Multipart::new(request.headers(), Deadline::new(payload, state.patience));
    let (mut xml, mut files, mut left) = (None, Vec::new(), MAX_CONTENT_LENGTH);
    let mut parts = 0;
    while let Some(field) = multipart.next().await {
        let mut field = field.map_err(|e| problem(&e))?;
        parts += 1;
        if parts > MAX_PARTS {
            return Err(Problem::NoSubmission(format!("it has more than {MAX_PARTS} parts")));
        }
        let Some(name) = field.name().map(str::to_owned) else {
            return Err(Problem::NoSubmission("a part has no name".to_owned()));
        };
        let limit = if name == XML_PART { MAX_XML.min(left) } else { left };
        let bytes = read_field(&mut field, limit, &mut share).await?;
        left -= bytes.len();
        match name.as_str() {
            XML_PART if xml.is_some() => return Err(Problem::NoSubmission(format!("it has two parts {XML_PART}"))),
            XML_PART => xml = Some(bytes),
            INCOMPLETE_PART => {}
            _ => files.push((file_name(&field, name), bytes)),
        }
    }
    let xml = xml.ok_or_else(|| Problem::NoSubmission(format!("the part {XML_PART} is missing")))?;
    Ok(Parts { xml, files, _share: share })
}

async fn read_field(field: &mut Field, limit: usize, share: &mut Share) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.next().await {
        let chunk = chunk.map_err(|e| problem(&e))?;
        if bytes.len() + chunk.len() > limit {
            return Err(Problem::TooLarge(limit));
        }
        share.take(chunk.len())?;
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn file_name(field: &Field, name: String) -> String {
    field.content_disposition().and_then(|d| d.get_filename()).map_or(name, str::to_owned)
}

fn problem(error: &MultipartError) -> Problem {
    match error {
        MultipartError::Payload(e) => match payload_problem(e) {
            Problem::Invalid(_, words) => Problem::NoSubmission(words),
            other => other,
        },
        _ => Problem::NoSubmission("it is not a multipart form".to_owned()),
    }
}
