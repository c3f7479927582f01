//! What went wrong, said once: as problem+json (RFC 9457), or as OpenRosa XML to a device.

use std::fmt;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use serde_json::{Value, json};

use crate::instrument;
use crate::intake::IntakeError;
use crate::openrosa::{self, Nature};
use crate::prevalence;
use crate::store;

/// The stable codes; words may change, codes do not.
#[derive(Debug)]
pub enum Problem {
    NotSignedIn,
    WrongPassword,
    /// Seconds until a password may be tried again.
    Wait(i64),
    /// A page's request without the value that shows it is ours.
    Foreign,
    Forbidden,
    NotFound,
    /// This program was built without the pages.
    NoPages,
    /// The table is in no release, so that only the statistician sees it.
    NotReleased,
    /// There is something here, which takes these methods and not the one that was used.
    Method(Vec<&'static str>),
    /// A body that is not what the route takes: the field at fault and what is wrong with it.
    Invalid(String, String),
    /// Mistakes in a workbook or a frame, each with its place.
    Findings(Vec<instrument::Error>),
    Conflict(&'static str),
    TooLarge(usize),
    TooSlow,
    TooMany,
    /// What the caller asked cannot be computed, and why.
    Cannot(String),
    /// What came to a device's route is no submission.
    NoSubmission(String),
    WrongToken,
    /// A region of the frame without a service that was verified of late.
    NoHelp,
    /// Said to whoever watches the server; why is in the log.
    NotReady,
    Unavailable(String),
}

impl Problem {
    pub fn invalid(field: &str, message: impl fmt::Display) -> Problem {
        Problem::Invalid(field.to_owned(), message.to_string())
    }

    fn code(&self) -> &'static str {
        match self {
            Problem::NotSignedIn => "not-signed-in",
            Problem::WrongPassword => "wrong-password",
            Problem::Wait(_) => "wait",
            Problem::Foreign => "csrf",
            Problem::Forbidden => "forbidden",
            Problem::NotFound => "not-found",
            Problem::NoPages => "no-pages",
            Problem::NotReleased => "not-released",
            Problem::Method(_) => "method",
            Problem::Invalid(..) => "invalid",
            Problem::Findings(_) => "findings",
            Problem::Conflict(_) => "conflict",
            Problem::TooLarge(_) => "too-large",
            Problem::TooSlow => "too-slow",
            Problem::TooMany => "too-many",
            Problem::Cannot(_) => "cannot-compute",
            Problem::NoSubmission(_) => "no-submission",
            Problem::WrongToken => "wrong-token",
            Problem::NoHelp => "no-help",
            Problem::NotReady => "not-ready",
            Problem::Unavailable(_) => "unavailable",
        }
    }

    /// In plain words, without what was sent and without the cause inside the server.
    fn words(&self) -> String {
        match self {
            Problem::NotSignedIn => "Sign in first: POST /v1/sessions gives the token for the Authorization header.".to_owned(),
            Problem::WrongPassword => "The address, the password or the code of the second factor is wrong.".to_owned(),
            Problem::Wait(seconds) => {
                format!("Too many wrong passwords for this address. Try again in {seconds} seconds, or where you have signed in before.")
            }
            Problem::Foreign => "Send the csrf value that signing in gave as the header X-CSRF-Token.".to_owned(),
            Problem::Forbidden => "Your roles in this study do not include this.".to_owned(),
            Problem::NotFound => "There is nothing here, or nothing for you.".to_owned(),
            Problem::NoPages => {
                "This server was built without its pages. With Node 20.19 or newer run `npm ci` and `npm run build` in its folder web, and build it again.".to_owned()
            }
            Problem::NotReleased => "No release holds this table. GET …/releases lists those that are out, with their tables.".to_owned(),
            Problem::Method(methods) => format!("This takes {} and nothing else.", methods.join(", ")),
            Problem::Invalid(field, message) => format!("{field}: {message}"),
            Problem::Findings(found) => format!("{} finding(s); each names its place and what to do.", found.len()),
            Problem::Conflict(what) => (*what).to_owned(),
            Problem::TooLarge(limit) => format!("What you sent is larger than {limit} bytes."),
            Problem::TooSlow => "What you sent took too long to arrive.".to_owned(),
            Problem::TooMany => "Too much is arriving at once. Try again in a few seconds.".to_owned(),
            Problem::Cannot(why) => why.clone(),
            Problem::NoSubmission(why) => format!("This is not an interview: {why}. Nothing was kept."),
            Problem::WrongToken => "This device is not enrolled, or no longer. Ask your supervisor for a new code.".to_owned(),
            Problem::NoHelp => {
                "The list of places that help has to be verified first; until then no form is given out. What is on this device stays, and interviews are taken in. Ask the office.".to_owned()
            }
            Problem::NotReady => "The server takes nothing in now.".to_owned(),
            Problem::Unavailable(_) => "The server cannot do this now. Nothing was lost; try again later.".to_owned(),
        }
    }

    /// The same as OpenRosa XML, for a device.
    pub fn to_device(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        response.insert_header(openrosa::VERSION_HEADER).content_type(openrosa::CONTENT_TYPE);
        self.add_headers(&mut response);
        response.body(openrosa::receipt(Nature::Error, &self.words()))
    }

    fn add_headers(&self, response: &mut actix_web::HttpResponseBuilder) {
        // The rest of a body that will not be read is not waited for.
        if matches!(self, Problem::TooLarge(_) | Problem::TooSlow | Problem::TooMany) {
            response.force_close();
        }
        if self.status_code() == StatusCode::SERVICE_UNAVAILABLE {
            response.insert_header((header::RETRY_AFTER, "5"));
        }
        if let Problem::Wait(seconds) = self {
            response.insert_header((header::RETRY_AFTER, seconds.to_string()));
        }
        if let Problem::Method(methods) = self {
            response.insert_header((header::ALLOW, methods.join(", ")));
        }
        if let Problem::Unavailable(cause) = self {
            tracing::error!(cause, "unavailable");
        }
    }

    /// What a log may say of it: its code, and the cause inside the server.
    pub fn cause(&self) -> &str {
        match self {
            Problem::Unavailable(cause) => cause,
            _ => self.code(),
        }
    }

    fn details(&self) -> Value {
        match self {
            Problem::Invalid(field, message) => json!([{ "pointer": format!("/{}", field.replace('.', "/")), "detail": message }]),
            Problem::Findings(found) => json!(found),
            _ => json!([]),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        match self {
            Problem::NotSignedIn | Problem::WrongPassword => StatusCode::UNAUTHORIZED,
            Problem::Wait(_) => StatusCode::TOO_MANY_REQUESTS,
            Problem::Forbidden | Problem::Foreign | Problem::WrongToken => StatusCode::FORBIDDEN,
            Problem::NotFound | Problem::NoPages | Problem::NotReleased => StatusCode::NOT_FOUND,
            Problem::Method(_) => StatusCode::METHOD_NOT_ALLOWED,
            Problem::Invalid(..) | Problem::NoSubmission(_) => StatusCode::BAD_REQUEST,
            Problem::Findings(_) | Problem::Cannot(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Problem::Conflict(_) => StatusCode::CONFLICT,
            Problem::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Problem::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Problem::TooMany | Problem::NoHelp | Problem::NotReady | Problem::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let status = self.status_code();
        let mut response = HttpResponse::build(status);
        self.add_headers(&mut response);
        let body = json!({
            "type": "about:blank",
            "title": status.canonical_reason(),
            "status": status.as_u16(),
            "code": self.code(),
            "detail": self.words(),
            "errors": self.details(),
        });
        response.content_type("application/problem+json").body(body.to_string())
    }
}

impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::NotFound => Problem::NotFound,
            store::Error::Duplicate => Problem::Conflict("It exists already."),
            store::Error::Changed => Problem::Conflict("Someone changed it meanwhile. Look at it again, then repeat this."),
            store::Error::Unavailable(cause) => Problem::Unavailable(cause),
        }
    }
}

impl From<IntakeError> for Problem {
    fn from(error: IntakeError) -> Self {
        match error {
            IntakeError::Malformed(malformed) => Problem::NoSubmission(malformed.to_string()),
            other => Problem::Unavailable(other.to_string()),
        }
    }
}

impl From<prevalence::Error> for Problem {
    fn from(error: prevalence::Error) -> Self {
        match error {
            prevalence::Error::Store(error) => error.into(),
            prevalence::Error::Invalid { field, message } => Problem::Invalid(field, message),
            other => Problem::Cannot(other.to_string()),
        }
    }
}

impl From<actix_web::error::BlockingError> for Problem {
    fn from(_: actix_web::error::BlockingError) -> Self {
        Problem::Unavailable("the thread pool is gone".to_owned())
    }
}

impl From<parquet::errors::ParquetError> for Problem {
    fn from(error: parquet::errors::ParquetError) -> Self {
        Problem::Unavailable(error.to_string())
    }
}

impl From<std::io::Error> for Problem {
    fn from(error: std::io::Error) -> Self {
        Problem::Unavailable(error.to_string())
    }
}
