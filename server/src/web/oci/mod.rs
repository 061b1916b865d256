//! The OCI distribution API (specification 1.1) for Helm charts: `/v2/<repository>/<chart>/...`. Pushes end in
//! `registry::intake`, reads ask `registry::resolve`; nothing here decides who may see what.

mod blobs;
mod manifests;
mod tags;
mod token;

use actix_web::web::{ServiceConfig, delete, get, head, patch, post, put, resource};
use actix_web::{HttpRequest, HttpResponse};

use crate::app::App;
use crate::error::{Error, Kind, Result};
use crate::model::{Caller, ChartName, Digest, RepositoryName, Tag};
use crate::registry::{self, Reference};

/// Every route below `/v2/`, and the token endpoint that its challenge names.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(
            resource("/v2/{name:.+}/manifests/{reference}")
                .route(get().to(manifests::fetch))
                .route(head().to(manifests::fetch))
                .route(put().to(manifests::push))
                .route(delete().to(not_deletable)),
        )
        .service(resource("/v2/").route(get().to(ping)).route(head().to(ping)))
        .service(resource("/v2").route(get().to(ping)).route(head().to(ping)))
        .service(resource("/auth/token").route(get().to(token::by_get)).route(post().to(token::by_post)))
        .service(resource("/v2/{name:.+}/tags/list").route(get().to(tags::list)).route(head().to(tags::list)))
        .service(resource("/v2/{name:.+}/referrers/{digest}").route(get().to(tags::referrers)))
        .service(resource("/v2/{name:.+}/blobs/uploads/").route(post().to(blobs::begin)))
        .service(resource("/v2/{name:.+}/blobs/uploads").route(post().to(blobs::begin)))
        .service(
            resource("/v2/{name:.+}/blobs/uploads/{id}")
                .route(patch().to(blobs::append))
                .route(put().to(blobs::finish))
                .route(get().to(blobs::progress))
                .route(delete().to(blobs::cancel)),
        )
        .service(
            resource("/v2/{name:.+}/blobs/{digest}")
                .route(get().to(blobs::fetch))
                .route(head().to(blobs::fetch))
                .route(delete().to(not_deletable)),
        );
}

/// Says that this is a registry. Clients learn here how to sign in, so nobody passes without credentials: a login with a
/// wrong password must not look like a success because reading is open to all.
async fn ping(request: HttpRequest, caller: Caller) -> Result<HttpResponse> {
    let presented = request.headers().contains_key("Authorization");
    if caller.is_anonymous() && !presented {
        return Err(Error::new(Kind::Unauthenticated, "sign in with a token as the password"));
    }
    Ok(HttpResponse::Ok()
        .insert_header(("Docker-Distribution-API-Version", "registry/2.0"))
        .content_type("application/json")
        .body("{}"))
}

async fn not_deletable() -> Result<HttpResponse> {
    let text = "a version is never deleted; revoke it to stop serving it";
    Err(Error::new(Kind::MethodNotAllowed, text))
}

/// `<repository>/<chart>` of a path.
fn names(name: &str) -> Result<(RepositoryName, ChartName)> {
    let Some((repository, chart)) = name.split_once('/').filter(|(_, chart)| !chart.contains('/')) else {
        let text = format!("{name} is not <repository>/<chart>; push to oci://HOST/<repository>");
        return Err(Error::new(Kind::InvalidName, text));
    };
    Ok((RepositoryName::parse(repository)?, ChartName::parse(chart)?))
}

/// The names of a path whose repository the caller may push to. Asked before a byte is read.
async fn publishable(app: &App, caller: &Caller, name: &str) -> Result<(RepositoryName, ChartName)> {
    let (repository, chart) = names(name)?;
    registry::publishable(app, caller, &repository).await?;
    Ok((repository, chart))
}

fn digest(text: &str) -> Result<Digest> {
    Digest::parse(text).map_err(|invalid| Error::new(Kind::InvalidDigest, invalid.to_string()))
}

fn reference(text: &str) -> Result<Reference> {
    if text.contains(':') {
        return Ok(Reference::Digest(digest(text)?));
    }
    Tag::parse(text)
        .map(Reference::Tag)
        .map_err(|invalid| Error::new(Kind::UnknownManifest, invalid.to_string()))
}
