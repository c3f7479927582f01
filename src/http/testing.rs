//! The test link of a draft: ODK Collect tries the form before anyone approves it, and nothing that it sends is kept.

use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::web::{self, Data};
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use futures_util::future::LocalBoxFuture;

use super::State;
use super::access::{DeviceProblem, is_devices};
use super::body::Sender;
use super::device::{accept, origin, xml};
use super::form_files::as_file;
use super::multipart;
use super::problem::Problem;
use super::referrals;
use crate::fieldwork::REFERRALS_FILE;
use crate::instrument::write_xform;
use crate::openrosa::{self, ListedFile, ListedForm, Nature};
use crate::people::Token;
use crate::store::{self, FormDraft, FormFile};
use crate::submission::{Instance, Submission};

type Answer = Result<HttpResponse, DeviceProblem>;

pub fn routes(config: &mut web::ServiceConfig) {
    config.service(
        web::scope("/v1/test/{token}/projects/{study}/forms/{form}")
            .route("/draft/formList", web::get().to(form_list))
            .route("/draft.xml", web::get().to(form))
            .route("/draft/manifest", web::get().to(manifest))
            .route("/draft/attachments/{name}", web::get().to(file))
            .route("/draft/submission", web::head().to(announce))
            .route("/draft/submission", web::post().to(submit)),
    );
}

/// Whoever holds the link of a draft that there still is.
struct Tester {
    draft: FormDraft,
}

impl FromRequest for Tester {
    type Error = DeviceProblem;
    type Future = LocalBoxFuture<'static, Result<Self, DeviceProblem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let state = State::of(request);
        let part = |name: &str| request.match_info().get(name).map(str::to_owned);
        let (token, study, form) = (part("token"), part("study").and_then(|s| s.parse().ok()), part("form"));
        let token = token.filter(|_| is_devices(request));
        Box::pin(async move {
            let state = state?;
            let (Some(token), Some(study), Some(form)) = (token, study, form) else { return Err(Problem::WrongToken.into()) };
            let store = Arc::clone(&state.store);
            match web::block(move || store.draft(study, &form)).await? {
                // Hashes are compared, so that the time it takes tells nothing of the token.
                Ok(draft) if Token::hash(&token).is_some_and(|hash| Some(hash) == Token::hash(&draft.token)) => Ok(Tester { draft }),
                Ok(_) | Err(store::Error::NotFound) => Err(Problem::WrongToken.into()),
                Err(e) => Err(e.into()),
            }
        })
    }
}

impl Tester {
    fn xform(&self) -> Result<String, Problem> {
        Ok(write_xform(&self.draft.instrument()?.form, &|_| true))
    }

    async fn files(&self, state: &State) -> Result<Vec<FormFile>, Problem> {
        let (store, draft) = (Arc::clone(&state.store), self.draft.clone());
        web::block(move || {
            let mut files = store.draft_files(draft.id)?;
            files.extend(referrals::beside(&store, draft.study_id, &draft.instrument()?.form)?);
            Ok(files)
        })
        .await?
    }

    /// `https://host/v1/test/TOKEN/projects/1/forms/FORM/draft`
    fn base(&self, state: &State, request: &HttpRequest) -> String {
        let FormDraft { token, study_id, form_id, .. } = &self.draft;
        let form_id = openrosa::in_path(form_id);
        format!("{}/v1/test/{token}/projects/{study_id}/forms/{form_id}/draft", origin(state, &request.connection_info()))
    }
}

async fn form_list(tester: Tester, state: Data<State>, request: HttpRequest) -> Answer {
    let base = tester.base(&state, &request);
    let files = tester.files(&state).await?;
    let form = ListedForm {
        form_id: tester.draft.form_id.clone(),
        name: format!("[test] {}", tester.draft.title),
        version: tester.draft.version.clone(),
        hash: openrosa::hash(&tester.xform()?),
        download_url: format!("{base}.xml"),
        manifest_url: (!files.is_empty()).then(|| format!("{base}/manifest")),
    };
    Ok(xml().body(openrosa::form_list(&[form])))
}

async fn form(tester: Tester) -> Answer {
    Ok(xml().body(tester.xform()?))
}

async fn manifest(tester: Tester, state: Data<State>, request: HttpRequest) -> Answer {
    let base = tester.base(&state, &request);
    let files = tester.files(&state).await?;
    let listed: Vec<_> = files.iter().map(|f| ListedFile::new(&f.name, &f.md5, &format!("{base}/attachments"))).collect();
    Ok(xml().body(openrosa::manifest(&listed)))
}

async fn file(tester: Tester, path: web::Path<(String, i64, String, String)>, state: Data<State>) -> Answer {
    let store = Arc::clone(&state.store);
    let content = web::block(move || match path.3.as_str() {
        REFERRALS_FILE => referrals::directory(&store, tester.draft.study_id),
        name => Ok(store.draft_file(tester.draft.id, name)?),
    })
    .await??;
    Ok(as_file(content))
}

async fn announce(_: Tester) -> Answer {
    Ok(accept(&mut HttpResponse::NoContent()).finish())
}

/// Says whether the answers fit, and forgets them.
async fn submit(tester: Tester, state: Data<State>, request: HttpRequest, payload: web::Payload) -> Answer {
    let parts = multipart::read(&request, payload, Sender::Draft(tester.draft.id), &state).await?;
    let words = web::block(move || said_of(&tester, &parts.xml)).await??;
    Ok(accept(&mut HttpResponse::Created()).content_type(openrosa::CONTENT_TYPE).body(openrosa::receipt(Nature::Success, &words)))
}

fn said_of(tester: &Tester, xml: &[u8]) -> Result<String, Problem> {
    let instance = Instance::read(xml).map_err(|e| Problem::NoSubmission(e.to_string()))?;
    let instrument = tester.draft.instrument()?;
    Ok(match Submission::check(&instrument.form, &instance) {
        Ok(_) => "A test: the answers fit the form. Nothing was kept.".to_owned(),
        Err(rejections) => {
            let found: Vec<String> = rejections.iter().map(ToString::to_string).collect();
            format!("A test: the answers do not fit the form ({}). Nothing was kept.", found.join("; "))
        }
    })
}
