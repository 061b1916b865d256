//! The decision form: approve, reject or revoke what the person saw. The registry decides whether that is possible.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use super::findings;
use super::load::{Names, TabQuery, load};
use crate::db::audit;
use crate::error::{Error, Kind, Result};
use crate::model::{Digest, Id, State};
use crate::registry::{self, Decision, Expected};
use crate::web::ui::addresses::{self, with_query};
use crate::web::ui::frame::Place;
use crate::web::ui::messages::StalePage;
use crate::web::ui::page::{page, see_other};
use crate::web::ui::queue;
use crate::web::ui::visit::{Visit, sentence};

#[derive(serde::Deserialize)]
pub struct DecideForm {
    #[serde(default)]
    form_token: String,
    decision: String,
    #[serde(default)]
    reason: String,
    digest: String,
    #[serde(default)]
    policy_version: String,
    #[serde(default)]
    scan_id: String,
    #[serde(default)]
    q: String,
}

/// `POST /ui/charts/<repository>/<chart>/<version>/decide`.
pub async fn post(visit: Visit, names: web::Path<Names>, sent: web::Form<DecideForm>) -> HttpResponse {
    let reason = sent.reason.replace("\r\n", "\n");
    match decide(&visit, &names, &sent, &reason).await {
        Ok(response) => response,
        Err(error) if error.kind == Kind::Stale => stale(&visit, &names, &sent, &reason, &error).await,
        Err(error) if error.kind == Kind::InvalidRequest => {
            again(&visit, &names, &sent, &reason, &error).await
        }
        Err(error) => visit.answer(Err(error)).await,
    }
}

async fn decide(visit: &Visit, names: &Names, sent: &DecideForm, reason: &str) -> Result<HttpResponse> {
    let caller = &visit.form(&sent.form_token)?.caller;
    let (repository, chart, version) = names.parse()?;
    let name = (&repository, &chart, &version);
    let digest = Digest::parse(&sent.digest)?;
    let before = load(visit, names).await?;
    let neighbour = queue::neighbour(visit, &before.page.row, &sent.q).await?;
    let expected = Expected {
        digest,
        policy_version: sent.policy_version.clone(),
        scan_id: (!sent.scan_id.is_empty()).then(|| Id::from_client(&sent.scan_id)),
    };
    let decided = match sent.decision.as_str() {
        "approve" => registry::review(&visit.app, caller, name, Decision::Approve, reason, &expected).await?,
        "reject" => registry::review(&visit.app, caller, name, Decision::Reject, reason, &expected).await?,
        "revoke" => registry::revoke(&visit.app, caller, name, reason, Some(&expected.digest)).await?,
        other => {
            return Err(Error::new(
                Kind::InvalidRequest,
                format!("“{other}” is no decision; approve, reject or revoke"),
            ));
        }
    };
    let history = audit::of_version(&mut visit.app.db.read(), &repository, &chart, &version).await?;
    let seq = history.last().map(|row| row.seq.to_string()).unwrap_or_default();
    let here = addresses::version(&repository, &chart, &version);
    let place = match neighbour {
        _ if decided.state == State::Revoked || decided.state == State::InReview => here,
        Some((_, _, href)) => href,
        None => with_query("/ui/queue", &[("q", &sent.q)]),
    };
    Ok(see_other(&with_query(&place, &[("done", &seq)])))
}

/// 409 that says what changed; what was typed is kept.
async fn stale(visit: &Visit, names: &Names, sent: &DecideForm, reason: &str, error: &Error) -> HttpResponse {
    let href = match names.parse() {
        Ok((repository, chart, version)) => addresses::version(&repository, &chart, &version),
        Err(error) => return visit.answer(Err(error)).await,
    };
    let filled = StalePage {
        frame: visit.frame("Out of date", Place::Queue).await,
        what_changed: sentence(&error.public),
        href,
        q: sent.q.clone(),
        reason: reason.to_owned(),
    };
    page(StatusCode::CONFLICT, &filled)
}

/// The same page with what is wrong beside the field.
async fn again(visit: &Visit, names: &Names, sent: &DecideForm, reason: &str, error: &Error) -> HttpResponse {
    let query = TabQuery { q: sent.q.clone(), reason: reason.to_owned(), ..TabQuery::default() };
    match findings::build(visit, names, &query).await {
        Ok(mut filled) => {
            if let Some(bar) = &mut filled.top.bar {
                bar.error = Some(sentence(&error.public));
            }
            page(StatusCode::UNPROCESSABLE_ENTITY, &filled)
        }
        Err(error) => visit.answer(Err(error)).await,
    }
}
