//! The classic Helm repository (`index.yaml`, chart files) and the ChartMuseum API that uploads to it. Uploads end in
//! `registry::intake`, reads ask `registry::resolve`.

mod index;
mod museum;

use actix_web::web::{Data, Path, ServiceConfig, get, head, post, resource};
use actix_web::{HttpRequest, HttpResponse};

use crate::app::App;
use crate::error::Result;
use crate::model::{Caller, RepositoryName};
use crate::registry::{Want, resolve};
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
            resource("/{repository}/index.yaml").route(get().to(index::index)).route(head().to(index::index)),
        )
        .service(resource("/{repository}/charts/{file}").route(get().to(file)).route(head().to(file)));
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
