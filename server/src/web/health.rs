//! `/healthz`: the process answers. `/readyz`: database and blob store answer too.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};

use crate::app::App;
use crate::db::Ask as _;
use crate::error::Result;

pub(super) fn configure(routes: &mut ServiceConfig) {
    routes.route("/healthz", web::get().to(alive)).route("/healthz", web::head().to(alive));
    routes.route("/readyz", web::get().to(ready)).route("/readyz", web::head().to(ready));
}

async fn alive() -> HttpResponse {
    plain("ok\n")
}

async fn ready(app: Data<App>) -> Result<HttpResponse> {
    app.db.read().query("SELECT COUNT(*) FROM repository").one::<(i64,)>().await?;
    app.blobs.check().await?;
    Ok(plain("ready\n"))
}

fn plain(text: &'static str) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .insert_header(("Cache-Control", "no-store"))
        .body(text)
}
