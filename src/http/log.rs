//! One line a request: the route's template, the status, how long it took, and a random id. Nothing that was sent.

use std::time::Instant;

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use tracing::{Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::registry::LookupSpan;

/// One JSON object a line, of what this program says itself: a library may log an address.
pub fn lines<S, W>(level: Level, writer: W) -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let own = Targets::new().with_target("kish", level);
    // A line that cannot be written, on a full disk, is lost; to say so to the standard error would fail there too, and end the thread.
    tracing_subscriber::fmt::layer().json().with_writer(writer).log_internal_errors(false).with_filter(own)
}

/// The address, the query, the headers and the token in the path of a device are never looked at.
pub async fn log(request: ServiceRequest, next: Next<impl MessageBody>) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let started = Instant::now();
    let method = request.method().clone();
    let id = uuid::Uuid::new_v4().simple().to_string();
    let mut response = next.call(request).await?;
    let route = response.request().match_pattern().unwrap_or_else(|| "none".to_owned());
    let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::info!(method = method.as_str(), route, status = response.status().as_u16(), milliseconds, request = id, "request");
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HeaderName::from_static("x-request-id"), value);
    }
    Ok(response)
}
