//! The classic Helm repository (`index.yaml`, chart files) and the ChartMuseum API that uploads to it. Uploads end in
//! `registry::intake`, reads ask `registry::resolve`.

mod museum;

use actix_web::http::StatusCode;
use actix_web::middleware::Compress;
use actix_web::web::{Data, Path, ServiceConfig, get, head, post, resource};
use actix_web::{HttpRequest, HttpResponse};

use crate::app::App;
use crate::error::{Error, Result};
use crate::model::{Caller, RepositoryName};
use crate::registry::{Resolved, Want, resolve};
use crate::web::object;

pub fn configure(config: &mut ServiceConfig) {
    config
        .service(
            resource("/api/{repository}/charts")
                .route(post().to(museum::upload))
                .route(get().to(museum::charts)),
        )
        .service(
            resource("/api/{repository}/charts/{chart}")
                .route(get().to(museum::versions))
                .route(head().to(museum::versions)),
        )
        .service(
            resource("/api/{repository}/charts/{chart}/{version}")
                .route(get().to(museum::version))
                .route(head().to(museum::version)),
        )
        .service(resource("/{repository}/api/charts").route(post().to(museum::upload)))
        .service(
            resource("/{repository}/index.yaml")
                .wrap(Compress::default())
                .route(get().to(index))
                .route(head().to(index)),
        )
        .service(resource("/{repository}/charts/{file}").route(get().to(file)).route(head().to(file)));
}

/// The index: the same bytes until a version is published or revoked.
async fn index(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    path: Path<String>,
) -> Result<HttpResponse> {
    let repository = RepositoryName::parse(&path)?;
    let Resolved::Index(index) = resolve(&app, &caller, &repository, Want::Index).await? else {
        return Err(Error::internal("no index was asked for"));
    };
    if object::not_modified(&request, &index.etag) {
        return Ok(object::headed(StatusCode::NOT_MODIFIED, &index.etag, index.changed_at).finish());
    }
    let mut answer = object::headed(StatusCode::OK, &index.etag, index.changed_at);
    Ok(answer.content_type("application/x-yaml").body(index.bytes.clone()))
}

/// A chart archive or its provenance file.
async fn file(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    path: Path<(String, String)>,
) -> Result<HttpResponse> {
    let repository = RepositoryName::parse(&path.0)?;
    let found = resolve(&app, &caller, &repository, Want::File(&path.1)).await?.into_object()?;
    let content_type =
        if path.1.ends_with(".prov") { "application/pgp-signature" } else { "application/x-tar" };
    object::respond(&request, &found, content_type)
}
