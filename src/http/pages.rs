//! The pages for the browser: which file an address gets, and what a browser may do with it.
//!
//! They are for everybody and hold nothing of anybody; what they show they ask of the interface, as any client.

use std::borrow::Cow;

use actix_web::http::header;
use actix_web::web::{self, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use super::problem::Problem;
use crate::pages::{self, File, INTERVIEW, OFFICE};

/// Our own files alone, nothing inline.
const OFFICE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
     connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// The logic of forms is WebAssembly, and its library sets styles as it goes.
const INTERVIEW_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/", web::get().to(to_office))
        .route("/office", web::get().to(to_office))
        .route("/office/{rest:.*}", web::get().to(office))
        .route("/i", web::get().to(to_interview))
        .route("/i/", web::get().to(interview))
        .route("/i/{name}", web::get().to(beside_interview))
        .route("/assets/{name}", web::get().to(asset));
}

async fn to_office() -> HttpResponse {
    HttpResponse::Found().insert_header((header::LOCATION, "/office/")).finish()
}

async fn to_interview() -> HttpResponse {
    HttpResponse::Found().insert_header((header::LOCATION, "/i/")).finish()
}

/// Whatever the page of this address is, it begins with the same file and finds its way itself.
async fn office(request: HttpRequest) -> Result<HttpResponse, Problem> {
    send(&request, pages::find(OFFICE).ok_or(Problem::NoPages)?, OFFICE_POLICY)
}

async fn interview(request: HttpRequest) -> Result<HttpResponse, Problem> {
    send(&request, pages::find(INTERVIEW).ok_or(Problem::NoPages)?, INTERVIEW_POLICY)
}

/// What has to lie beside the page, as what makes it work offline does.
async fn beside_interview(request: HttpRequest, name: Path<String>) -> Result<HttpResponse, Problem> {
    send(&request, pages::find(&format!("i/{name}")).ok_or(Problem::NotFound)?, INTERVIEW_POLICY)
}

async fn asset(request: HttpRequest, name: Path<String>) -> Result<HttpResponse, Problem> {
    send(&request, pages::find(&format!("assets/{name}")).ok_or(Problem::NotFound)?, OFFICE_POLICY)
}

fn send(request: &HttpRequest, file: &'static File, policy: &'static str) -> Result<HttpResponse, Problem> {
    let accepted = request.headers().get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or("");
    let (bytes, encoding) = file.for_encodings(accepted).map_err(|e| Problem::Unavailable(e.to_string()))?;
    let lasting = if file.is_named_by_content() { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut response = HttpResponse::Ok();
    response.content_type(file.kind());
    response.insert_header((header::CACHE_CONTROL, lasting));
    response.insert_header((header::VARY, "Accept-Encoding"));
    response.insert_header((header::CONTENT_SECURITY_POLICY, policy));
    if let Some(encoding) = encoding {
        response.insert_header((header::CONTENT_ENCODING, encoding));
    }
    Ok(match bytes {
        Cow::Borrowed(bytes) => response.body(bytes),
        Cow::Owned(bytes) => response.body(bytes),
    })
}
