//! Approve, reject, revoke: each bound to what the caller looked at.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path};

use super::body::{DecisionRequest, Problem, VersionStatus};
use super::read::{name, status};
use crate::app::App;
use crate::error::{Error, Kind, Result};
use crate::model::{Caller, Digest};
use crate::registry::{self, Decision, Expected, find_version};

type VersionPath = Path<(String, String, String)>;

/// Approves a version in review.
#[utoipa::path(
    post,
    path = "/api/v1/repositories/{repository}/charts/{chart}/versions/{version}/approve",
    request_body = DecisionRequest,
    responses(
        (status = 200, body = VersionStatus),
        (status = 403, body = Problem, description = "No right, or the caller's own upload"),
        (status = 409, body = Problem, description = "Blocked, or changed since it was looked at")
    )
)]
pub async fn approve(
    app: Data<App>,
    caller: Caller,
    path: VersionPath,
    request: Json<DecisionRequest>,
) -> Result<HttpResponse> {
    decide(&app, &caller, &path, Decision::Approve, &request).await
}

/// Rejects a version in review, for good.
#[utoipa::path(
    post,
    path = "/api/v1/repositories/{repository}/charts/{chart}/versions/{version}/reject",
    request_body = DecisionRequest,
    responses((status = 200, body = VersionStatus), (status = 409, body = Problem))
)]
pub async fn reject(
    app: Data<App>,
    caller: Caller,
    path: VersionPath,
    request: Json<DecisionRequest>,
) -> Result<HttpResponse> {
    decide(&app, &caller, &path, Decision::Reject, &request).await
}

/// Takes an approved version out of service, for good.
#[utoipa::path(
    post,
    path = "/api/v1/repositories/{repository}/charts/{chart}/versions/{version}/revoke",
    request_body = DecisionRequest,
    responses((status = 200, body = VersionStatus), (status = 409, body = Problem))
)]
pub async fn revoke(
    app: Data<App>,
    caller: Caller,
    path: VersionPath,
    request: Json<DecisionRequest>,
) -> Result<HttpResponse> {
    let (repository, chart, version) = name(&path)?;
    let digest = digest(&request)?;
    registry::revoke(&app, &caller, (&repository, &chart, &version), &request.reason, Some(&digest)).await?;
    standing(&app, &caller, &path).await
}

async fn decide(
    app: &App,
    caller: &Caller,
    path: &VersionPath,
    decision: Decision,
    request: &DecisionRequest,
) -> Result<HttpResponse> {
    let (repository, chart, version) = name(path)?;
    let missing = || {
        Error::new(Kind::InvalidRequest, "policy_version is missing; it says what the decision is based on")
    };
    let expected = Expected {
        digest: digest(request)?,
        policy_version: request.policy_version.clone().ok_or_else(missing)?,
        scan_id: None,
    };
    registry::review(app, caller, (&repository, &chart, &version), decision, &request.reason, &expected)
        .await?;
    standing(app, caller, path).await
}

fn digest(request: &DecisionRequest) -> Result<Digest> {
    Digest::parse(&request.digest).map_err(|invalid| Error::new(Kind::InvalidDigest, invalid.to_string()))
}

/// The decision stands whatever happens now, so its answer must need nothing but rows.
async fn standing(app: &App, caller: &Caller, path: &VersionPath) -> Result<HttpResponse> {
    let (repository, chart, version) = name(path)?;
    let row = find_version(app, caller, &repository, &chart, &version).await?;
    Ok(HttpResponse::Ok().json(status(app, &row)))
}
