//! Blobs: fetching, and uploads in one or several requests. A blob belongs to its uploader until a manifest takes it in.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_RANGE, LOCATION, RANGE};
use actix_web::web::{Data, Path, Payload, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::{digest, names, publishable};
use crate::app::App;
use crate::error::{Error, Kind, Result};
use crate::model::{Caller, Digest};
use crate::registry::{Want, resolve};
use crate::uploads::Session;
use crate::web::object;

/// `?digest=` ends an upload; `?mount=` asks for a blob that is here already.
#[derive(Deserialize)]
pub struct UploadQuery {
    digest: Option<String>,
    mount: Option<String>,
}

/// GET and HEAD of a blob: what `resolve` lets the caller see, else what the caller staged.
pub async fn fetch(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    path: Path<(String, String)>,
) -> Result<HttpResponse> {
    let (repository, chart) = names(&path.0)?;
    let digest = digest(&path.1)?;
    let refusal = match resolve(&app, &caller, &repository, Want::Blob(&chart, &digest)).await {
        Ok(found) => return object::respond(&request, &found.into_object()?, "application/octet-stream"),
        Err(refusal) => refusal,
    };
    let staged =
        app.uploads.staged(&repository, &caller.name, &digest).await?.filter(|_| !caller.is_anonymous());
    let Some(bytes) = staged else { return Err(refusal) };
    Ok(HttpResponse::Ok()
        .content_type("application/octet-stream")
        .insert_header(("Docker-Content-Digest", digest.to_string()))
        .body(bytes))
}

/// POST: begins an upload, mounts a blob, or takes a whole blob at once.
pub async fn begin(
    app: Data<App>,
    caller: Caller,
    path: Path<String>,
    query: Query<UploadQuery>,
    body: Payload,
) -> Result<HttpResponse> {
    let (repository, chart) = publishable(&app, &caller, &path).await?;
    if let Some(mount) = query.mount.as_deref().and_then(|text| Digest::parse(text).ok())
        && (app.uploads.staged_size(&repository, &caller.name, &mount).await?.is_some()
            || resolve(&app, &caller, &repository, Want::Blob(&chart, &mount)).await.is_ok())
    {
        return Ok(created(&path, &mount));
    }
    if let Some(expected) = &query.digest {
        let expected = digest(expected)?;
        app.uploads.whole(&repository, &caller.name, body, &expected, app.now()).await?;
        return Ok(created(&path, &expected));
    }
    let session = app.uploads.begin(&repository, &caller.name, app.now()).await?;
    Ok(under_way(StatusCode::ACCEPTED, &path, &session))
}

/// PATCH: the next part.
pub async fn append(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    path: Path<(String, String)>,
    body: Payload,
) -> Result<HttpResponse> {
    let (repository, _) = publishable(&app, &caller, &path.0).await?;
    let session = app.uploads.session(&path.1, &repository, &caller.name).await?;
    in_order(&request, &session)?;
    let session = app.uploads.append(session, body, app.now()).await?;
    Ok(under_way(StatusCode::ACCEPTED, &path.0, &session))
}

/// PUT: the last part, perhaps empty, and the digest of the whole.
pub async fn finish(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    path: Path<(String, String)>,
    query: Query<UploadQuery>,
    body: Payload,
) -> Result<HttpResponse> {
    let (repository, _) = publishable(&app, &caller, &path.0).await?;
    let session = app.uploads.session(&path.1, &repository, &caller.name).await?;
    let missing = || {
        Error::new(Kind::InvalidDigest, "the digest of the whole blob is missing; send ?digest=sha256:...")
    };
    let expected = query.digest.as_deref().ok_or_else(missing).and_then(digest)?;
    in_order(&request, &session)?;
    app.uploads.finish(session, body, &expected, app.now()).await?;
    Ok(created(&path.0, &expected))
}

/// GET of an upload: how far it is.
pub async fn progress(app: Data<App>, caller: Caller, path: Path<(String, String)>) -> Result<HttpResponse> {
    let (repository, _) = publishable(&app, &caller, &path.0).await?;
    let session = app.uploads.session(&path.1, &repository, &caller.name).await?;
    Ok(under_way(StatusCode::NO_CONTENT, &path.0, &session))
}

/// DELETE of an upload.
pub async fn cancel(app: Data<App>, caller: Caller, path: Path<(String, String)>) -> Result<HttpResponse> {
    let (repository, _) = publishable(&app, &caller, &path.0).await?;
    let session = app.uploads.session(&path.1, &repository, &caller.name).await?;
    app.uploads.cancel(&session).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// A Content-Range, where there is one, must begin where the upload stands.
fn in_order(request: &HttpRequest, session: &Session) -> Result<()> {
    let Some(range) = request.headers().get(CONTENT_RANGE).and_then(|value| value.to_str().ok()) else {
        return Ok(());
    };
    let from = range.trim_start_matches("bytes ").split('-').next().and_then(|from| from.parse::<u64>().ok());
    if from == Some(session.size()) {
        return Ok(());
    }
    let text = format!("the part {range} does not continue the upload, which has {} bytes", session.size());
    Err(Error::new(Kind::InvalidRange, text))
}

/// Addresses are relative: clients refuse to follow an upload to another scheme, host or port.
fn under_way(status: StatusCode, name: &str, session: &Session) -> HttpResponse {
    let mut answer = HttpResponse::build(status);
    answer
        .insert_header((LOCATION, format!("/v2/{name}/blobs/uploads/{}", session.id())))
        .insert_header(("Docker-Upload-UUID", session.id().to_owned()))
        .insert_header((RANGE, format!("0-{}", session.size().saturating_sub(1))));
    answer.finish()
}

fn created(name: &str, digest: &Digest) -> HttpResponse {
    HttpResponse::Created()
        .insert_header((LOCATION, format!("/v2/{name}/blobs/{digest}")))
        .insert_header(("Docker-Content-Digest", digest.to_string()))
        .finish()
}
