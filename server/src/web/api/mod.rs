//! `/api/v1`: the verbs as JSON, for the command line and for automation. The OpenAPI document comes from the handlers.

pub mod body;
mod decide;
mod log;
mod push;
mod read;
pub mod upstreams;

use actix_web::HttpResponse;
use actix_web::web::{ServiceConfig, delete, get, post, resource};
use utoipa::OpenApi;

use crate::error::Result;

/// Rows of one page, whatever is asked for.
pub const PAGE_ROWS_MAX: i64 = 200;

pub fn configure(config: &mut ServiceConfig) {
    const VERSION: &str = "/api/v1/repositories/{repository}/charts/{chart}/versions/{version}";
    config
        .service(resource("/api/v1/openapi.json").route(get().to(document)))
        .service(resource("/api/v1/repositories").route(get().to(read::repositories)))
        .service(resource("/api/v1/repositories/{repository}/charts").route(post().to(push::push)))
        .service(resource("/api/v1/queue").route(get().to(read::queue)))
        .service(resource("/api/v1/audit").route(get().to(log::audit)))
        .service(
            resource("/api/v1/upstreams").route(get().to(upstreams::list)).route(post().to(upstreams::add)),
        )
        .service(
            resource("/api/v1/upstreams/{name}")
                .route(get().to(upstreams::one))
                .route(delete().to(upstreams::remove)),
        )
        .service(resource("/api/v1/upstreams/{name}/runs").route(post().to(upstreams::run)))
        .service(resource("/api/v1/upstreams/{name}/runs/{id}").route(get().to(upstreams::run_status)))
        .service(resource("/api/v1/upstreams/{name}/versions").route(get().to(upstreams::versions)))
        .service(resource(VERSION).route(get().to(read::version)))
        .service(resource(format!("{VERSION}/report")).route(get().to(read::report)))
        .service(resource(format!("{VERSION}/approve")).route(post().to(decide::approve)))
        .service(resource(format!("{VERSION}/reject")).route(post().to(decide::reject)))
        .service(resource(format!("{VERSION}/revoke")).route(post().to(decide::revoke)));
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "chartgate",
        description = "Push, judge, decide and audit Helm charts. Authorization: Bearer TOKEN."
    ),
    paths(
        read::repositories,
        push::push,
        read::queue,
        log::audit,
        read::version,
        read::report,
        decide::approve,
        decide::reject,
        decide::revoke,
        upstreams::list,
        upstreams::add,
        upstreams::one,
        upstreams::remove,
        upstreams::run,
        upstreams::run_status,
        upstreams::versions
    )
)]
struct Document;

async fn document() -> Result<HttpResponse> {
    Ok(HttpResponse::Ok().content_type("application/json").body(Document::openapi().to_json()?))
}
