//! Who may enter: one table of routes and roles, and the two extractors that hold it. What is not in the table is shut.

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::future::LocalBoxFuture;

use super::State;
use super::problem::Problem;
use super::sessions::{self, Login, Proof};
use crate::deidentify::iso_week;
use crate::people::{Role, Token, TokenHash};
use crate::store::{self, Person};
use crate::trail::By;

use Role::{Administrator, Analyst, Coordinator, EthicsReviewer, Statistician, Supervisor};

const EVERYONE: &[Role] = &Role::ALL;

/// Every route that people use, with the roles that may. Devices have their own routes and their own tokens.
pub const ROUTES: &[(&str, &str, &[Role])] = &[
    ("DELETE", "/v1/sessions/current", EVERYONE),
    ("GET", "/v1/users/current", EVERYONE),
    ("POST", "/v1/users/current/second-factor", EVERYONE),
    ("POST", "/v1/users/current/second-factor/confirm", EVERYONE),
    ("POST", "/v1/users/current/second-factor/end", EVERYONE),
    ("GET", "/v1/users", &[Administrator, Coordinator]),
    ("POST", "/v1/users", &[Administrator, Coordinator]),
    ("GET", "/v1/audits", &[Administrator]),
    ("POST", "/v1/projects/{study}/assignments/{role}/{person}", &[Administrator, Coordinator]),
    ("GET", "/v1/projects", EVERYONE),
    ("POST", "/v1/projects", &[Administrator, Coordinator]),
    ("GET", "/v1/projects/{study}", EVERYONE),
    ("PATCH", "/v1/projects/{study}", &[Coordinator]),
    ("GET", "/v1/projects/{study}/app-users", &[Coordinator, Supervisor]),
    ("POST", "/v1/projects/{study}/app-users", &[Coordinator]),
    ("DELETE", "/v1/projects/{study}/app-users/{device}", &[Coordinator, Supervisor]),
    ("PUT", "/v1/projects/{study}/app-users/{device}/psus", &[Coordinator]),
    ("GET", "/v1/projects/{study}/forms", &[Coordinator, Supervisor, EthicsReviewer, Statistician]),
    ("POST", "/v1/projects/{study}/forms", &[Coordinator]),
    ("GET", "/v1/projects/{study}/forms/{form}", &[Coordinator, Supervisor, EthicsReviewer, Statistician]),
    ("PATCH", "/v1/projects/{study}/forms/{form}", &[Coordinator]),
    ("GET", "/v1/projects/{study}/forms/{form}/attachments", &[Coordinator, EthicsReviewer]),
    ("GET", "/v1/projects/{study}/forms/{form}/attachments/{name}", &[Coordinator, EthicsReviewer]),
    ("GET", "/v1/projects/{study}/forms/{form}/draft.xml", &[Coordinator]),
    ("GET", "/v1/projects/{study}/forms/{form}/draft", &[Coordinator]),
    ("POST", "/v1/projects/{study}/forms/{form}/draft", &[Coordinator]),
    ("DELETE", "/v1/projects/{study}/forms/{form}/draft", &[Coordinator]),
    ("POST", "/v1/projects/{study}/forms/{form}/draft/publish", &[Coordinator]),
    ("GET", "/v1/projects/{study}/forms/{form}/draft/attachments", &[Coordinator]),
    ("GET", "/v1/projects/{study}/forms/{form}/draft/attachments/{name}", &[Coordinator]),
    ("POST", "/v1/projects/{study}/forms/{form}/draft/attachments/{name}", &[Coordinator]),
    ("DELETE", "/v1/projects/{study}/forms/{form}/draft/attachments/{name}", &[Coordinator]),
    ("GET", "/v1/projects/{study}/forms/{form}.xml", &[Coordinator, EthicsReviewer]),
    ("GET", "/v1/projects/{study}/forms/{form}/versions", &[Coordinator, Supervisor, EthicsReviewer, Statistician]),
    ("GET", "/v1/projects/{study}/forms/{form}/versions/{version}.xml", &[Coordinator, EthicsReviewer]),
    ("GET", "/v1/projects/{study}/forms/{form}/versions/{version}/changes", &[Coordinator, EthicsReviewer]),
    ("GET", "/v1/projects/{study}/forms/{form}/versions/{version}/changes.html", &[Coordinator, EthicsReviewer]),
    ("GET", "/v1/projects/{study}/forms/{form}/reviews", &[Coordinator, EthicsReviewer]),
    ("POST", "/v1/projects/{study}/forms/{form}/reviews", &[Coordinator]),
    ("GET", "/v1/projects/{study}/forms/{form}/reviews/{review}", &[Coordinator, EthicsReviewer]),
    ("POST", "/v1/projects/{study}/forms/{form}/reviews/{review}/decision", &[EthicsReviewer]),
    ("GET", "/v1/projects/{study}/suspension", &[Coordinator, Supervisor, EthicsReviewer]),
    ("POST", "/v1/projects/{study}/suspension", &[EthicsReviewer]),
    ("DELETE", "/v1/projects/{study}/suspension/{suspension}", &[EthicsReviewer]),
    ("GET", "/v1/projects/{study}/link", &[Coordinator, EthicsReviewer]),
    ("POST", "/v1/projects/{study}/link/cut", &[Coordinator]),
    ("GET", "/v1/projects/{study}/retention", &[Coordinator, EthicsReviewer]),
    ("GET", "/v1/projects/{study}/set-aside", &[Coordinator, EthicsReviewer]),
    ("GET", "/v1/projects/{study}/set-aside/{record}", &[EthicsReviewer]),
    ("POST", "/v1/projects/{study}/set-aside/{record}/decision", &[EthicsReviewer]),
    ("GET", "/v1/projects/{study}/audits", &[Coordinator, EthicsReviewer]),
    ("GET", "/v1/projects/{study}/own-words", &[Statistician]),
    ("PUT", "/v1/projects/{study}/own-words/{words}", &[Statistician]),
    ("DELETE", "/v1/projects/{study}/own-words/{words}", &[Statistician]),
    ("PUT", "/v1/projects/{study}/frame", &[Coordinator]),
    ("GET", "/v1/projects/{study}/frame", &[Coordinator, Supervisor]),
    ("PUT", "/v1/projects/{study}/referrals", &[Coordinator]),
    ("GET", "/v1/projects/{study}/referrals", &[Coordinator, Supervisor, EthicsReviewer]),
    ("GET", "/v1/projects/{study}/fieldwork", &[Coordinator, Supervisor]),
    ("POST", "/v1/projects/{study}/weights", &[Statistician]),
    ("GET", "/v1/projects/{study}/weights", &[Statistician]),
    ("GET", "/v1/projects/{study}/releases", &[Coordinator, EthicsReviewer, Statistician, Analyst]),
    ("POST", "/v1/projects/{study}/releases", &[Statistician]),
    ("GET", "/v1/projects/{study}/releases/{release}", &[Coordinator, EthicsReviewer, Statistician, Analyst]),
    ("GET", "/v1/projects/{study}/releases/{release}.csv", &[Coordinator, EthicsReviewer, Statistician, Analyst]),
    ("GET", "/v1/projects/{study}/releases/{release}.xlsx", &[Coordinator, EthicsReviewer, Statistician, Analyst]),
    ("GET", "/v1/projects/{study}/releases/{release}/sdmx.csv", &[Coordinator, EthicsReviewer, Statistician, Analyst]),
    ("GET", "/v1/projects/{study}/releases/{release}/sdmx-structure.json", &[Coordinator, EthicsReviewer, Statistician, Analyst]),
    ("GET", "/v1/projects/{study}/releases/{release}/ddi.xml", &[Coordinator, EthicsReviewer, Statistician, Analyst]),
    ("DELETE", "/v1/projects/{study}/releases/{release}", &[Statistician]),
    ("POST", "/v1/projects/{study}/releases/{release}/approval", &[Coordinator, EthicsReviewer, Statistician]),
    ("GET", "/v1/projects/{study}/indicators", &[Statistician, Analyst]),
    ("GET", "/v1/projects/{study}/tables", &[Statistician, Analyst]),
    ("GET", "/v1/projects/{study}/tables/compare", &[Statistician, Analyst]),
    ("GET", "/v1/projects/{study}/tables.csv", &[Statistician, Analyst]),
    ("GET", "/v1/projects/{study}/tables.xlsx", &[Statistician, Analyst]),
    ("GET", "/v1/projects/{study}/research-files", &[Coordinator, EthicsReviewer, Statistician]),
    ("POST", "/v1/projects/{study}/research-files", &[Statistician]),
    ("GET", "/v1/projects/{study}/research-files/{file}", &[Statistician]),
    ("POST", "/v1/projects/{study}/research-files/{file}/grant", &[EthicsReviewer, Coordinator]),
    ("GET", "/v1/projects/{study}/row-grants", &[Coordinator, EthicsReviewer, Statistician]),
    ("POST", "/v1/projects/{study}/row-grants", &[Statistician]),
    ("DELETE", "/v1/projects/{study}/row-grants/{grant}", &[Coordinator, EthicsReviewer, Statistician]),
    ("POST", "/v1/projects/{study}/row-grants/{grant}/grant", &[EthicsReviewer, Coordinator]),
    ("GET", "/v1/projects/{study}/forms/{form}/submissions.csv", &[Statistician]),
    ("GET", "/v1/projects/{study}/forms/{form}/submissions.csv.zip", &[Statistician]),
    ("GET", "/v1/projects/{study}/forms/{form}/submissions.parquet", &[Statistician]),
    ("GET", "/v1/projects/{study}/forms/{form}.svc", &[Statistician]),
    ("GET", "/v1/projects/{study}/forms/{form}.svc/$metadata", &[Statistician]),
    ("GET", "/v1/projects/{study}/forms/{form}.svc/Submissions", &[Statistician]),
    ("GET", "/v1/projects/{study}/forms/{form}.svc/Submissions.{repeat}", &[Statistician]),
    ("GET", "/v1/projects/{study}/forms/{form}.svc/Submissions({row})/{path}*", &[Statistician]),
];

/// Every route of devices, whose token stands in the path: an enrolled device's, or that of a draft's test link.
pub const DEVICE_ROUTES: &[(&str, &str)] = &[
    ("GET", "/v1/key/{token}/projects/{study}/formList"),
    ("HEAD", "/v1/key/{token}/projects/{study}/formList"),
    ("GET", "/v1/key/{token}/projects/{study}/forms/{form}.xml"),
    ("GET", "/v1/key/{token}/projects/{study}/forms/{form}/manifest"),
    ("GET", "/v1/key/{token}/projects/{study}/forms/{form}/attachments/{name}"),
    ("GET", "/v1/key/{token}/projects/{study}/cases"),
    ("HEAD", "/v1/key/{token}/projects/{study}/submission"),
    ("POST", "/v1/key/{token}/projects/{study}/submission"),
    ("GET", "/v1/test/{token}/projects/{study}/forms/{form}/draft/formList"),
    ("GET", "/v1/test/{token}/projects/{study}/forms/{form}/draft.xml"),
    ("GET", "/v1/test/{token}/projects/{study}/forms/{form}/draft/manifest"),
    ("GET", "/v1/test/{token}/projects/{study}/forms/{form}/draft/attachments/{name}"),
    ("HEAD", "/v1/test/{token}/projects/{study}/forms/{form}/draft/submission"),
    ("POST", "/v1/test/{token}/projects/{study}/forms/{form}/draft/submission"),
];

/// What anybody may ask.
pub const OPEN_ROUTES: &[(&str, &str)] = &[
    ("POST", "/v1/sessions"),
    ("POST", "/v1/projects/{study}/withdrawals"),
    ("GET", "/v1/openapi.json"),
    ("GET", "/health/live"),
    ("GET", "/health/ready"),
];

/// What asks for a token of its own, `KISH_METRICS_TOKEN`, or where none is set for who is on the machine.
pub const WATCHED_ROUTES: &[(&str, &str)] = &[("GET", "/metrics")];

/// Someone signed in whose role the route allows.
#[derive(Debug)]
pub struct Staff {
    pub person: Person,
    /// The study of the route; 0 where it has none.
    pub study: i64,
    /// As the trail names them, in the role that let them in.
    pub by: By,
    /// All the person's roles, with their studies.
    pub roles: Vec<(i64, Role)>,
    /// `None` where the request came with a password.
    pub session: Option<TokenHash>,
}

impl FromRequest for Staff {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let state = State::of(request);
        let proof = state.as_ref().map_or(Err(Problem::NotSignedIn), |state| Proof::of(request, state));
        let allowed = allowed(request.method(), request.match_pattern().as_deref());
        let study = request.match_info().get("study").map(|text| text.parse().ok());
        Box::pin(async move {
            let state = state?;
            let (person, roles, session) = who(&state, proof?).await?;
            let study = match study {
                // Written in a path, 0 is no study: it would be taken for every one.
                Some(Some(id)) if id > 0 => id,
                Some(_) => return Err(Problem::NotFound),
                None => 0,
            };
            let holds = |(of, role): &(i64, Role)| (*of == 0 || study == 0 || *of == study) && allowed.contains(role);
            if let Some((of, role)) = roles.iter().find(|r| holds(r)) {
                if *of == 0 && study != 0 {
                    let store = std::sync::Arc::clone(&state.store);
                    web::block(move || store.study(study)).await??;
                }
                let by = By::person(person.id, *role, state.clock.today());
                return Ok(Staff { person, study, by, roles, session });
            }
            // A study in which someone has no role at all is not theirs to know of.
            let belongs = study == 0 || roles.iter().any(|(of, _)| *of == 0 || *of == study);
            Err(if belongs { Problem::Forbidden } else { Problem::NotFound })
        })
    }
}

impl Staff {
    pub fn has(&self, role: Role) -> bool {
        self.roles.iter().any(|(of, r)| (*of == 0 || *of == self.study) && *r == role)
    }

    /// Whether the person may know that a study exists.
    pub fn belongs_to(&self, study: i64) -> bool {
        self.roles.iter().any(|(of, _)| *of == 0 || *of == study)
    }
}

fn allowed(method: &Method, pattern: Option<&str>) -> &'static [Role] {
    let route = pattern.and_then(|p| ROUTES.iter().find(|(m, route, _)| *m == method.as_str() && *route == p));
    route.map_or(&[], |(_, _, roles)| roles)
}

/// Whether a device's route stands in the table; what does not is shut, whatever token comes with it.
pub(super) fn is_devices(request: &HttpRequest) -> bool {
    let pattern = request.match_pattern();
    DEVICE_ROUTES.iter().any(|(method, route)| *method == request.method().as_str() && Some(*route) == pattern.as_deref())
}

/// The person behind a request, their roles, and the session if it came in one.
async fn who(state: &State, proof: Proof) -> Result<(Person, Vec<(i64, Role)>, Option<TokenHash>), Problem> {
    let now = state.clock.now().as_second();
    let store = std::sync::Arc::clone(&state.store);
    match proof {
        Proof::Session(session) => web::block(move || {
            let person = store.session_person(&session, now)?;
            let roles = store.roles(person.id)?;
            Ok::<_, store::Error>((person, roles, Some(session)))
        })
        .await?
        .map_err(|e| if matches!(e, store::Error::NotFound) { Problem::NotSignedIn } else { e.into() }),
        Proof::Password { email, password, known } => {
            // There is no room for a code here: an account with a second factor signs in.
            let login = Login { email, password, code: None };
            let (person, _) = sessions::person(state, login, known.as_deref()).await?;
            let roles = web::block(move || store.roles(person.id).map(|roles| (person, roles))).await??;
            Ok((roles.0, roles.1, None))
        }
    }
}

/// A device whose token is good for the study it names.
#[derive(Debug)]
pub struct Enrolled {
    pub study: i64,
    /// Its number, for what is counted of it in a week.
    pub id: i64,
}

/// What a device hears, in the shape it reads.
#[derive(Debug)]
pub struct DeviceProblem(pub Problem);

impl std::fmt::Display for DeviceProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl<E: Into<Problem>> From<E> for DeviceProblem {
    fn from(error: E) -> Self {
        DeviceProblem(error.into())
    }
}

impl actix_web::ResponseError for DeviceProblem {
    fn status_code(&self) -> actix_web::http::StatusCode {
        self.0.status_code()
    }
    fn error_response(&self) -> actix_web::HttpResponse {
        self.0.to_device()
    }
}

impl FromRequest for Enrolled {
    type Error = DeviceProblem;
    type Future = LocalBoxFuture<'static, Result<Self, DeviceProblem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let state = State::of(request);
        let token = request.match_info().get("token").and_then(Token::hash);
        let study = request.match_info().get("study").and_then(|text| text.parse().ok());
        let is_listed = is_devices(request);
        Box::pin(async move {
            let state = state?;
            let (Some(token), Some(study), true) = (token, study, is_listed) else { return Err(Problem::WrongToken.into()) };
            let today = state.clock.today().to_string();
            let store = std::sync::Arc::clone(&state.store);
            let week = iso_week(state.clock.today());
            let found = match store.known_device(study, &token, &today) {
                Some(known) => known,
                None => web::block(move || store.device_by_token(study, &token, &today)).await?,
            };
            match found {
                Ok(device) => {
                    if device.last_week != week {
                        // Nobody waits for it: an interview comes in whether it is noted or not.
                        drop(state.store.heard_of_device(&device, &token, week));
                    }
                    Ok(Enrolled { study, id: device.id })
                }
                Err(store::Error::NotFound) => Err(Problem::WrongToken.into()),
                Err(e) => Err(e.into()),
            }
        })
    }
}
