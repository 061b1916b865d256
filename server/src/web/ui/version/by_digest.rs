//! `/by-digest/sha256:...`: a version by its bytes. Where several versions have them, all are listed.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use crate::error::{Error, Kind, Result};
use crate::model::Digest;
use crate::registry;
use crate::web::ui::addresses;
use crate::web::ui::frame::Place;
use crate::web::ui::help::{Hit, SearchPage};
use crate::web::ui::page::{page, see_other};
use crate::web::ui::visit::Visit;

/// `GET /by-digest/{digest}`.
pub async fn get(visit: Visit, digest: web::Path<String>) -> HttpResponse {
    visit.answer(find(&visit, &digest).await).await
}

async fn find(visit: &Visit, digest: &str) -> Result<HttpResponse> {
    let digest = Digest::parse(digest).map_err(|invalid| Error::new(Kind::NotFound, invalid.0))?;
    let rows = registry::find_digest(&visit.app, visit.caller(), &digest).await?;
    if let [row] = rows.as_slice() {
        return Ok(see_other(&addresses::version(&row.repository, &row.chart, &row.version)));
    }
    let hits = rows
        .iter()
        .map(|row| Hit {
            href: addresses::version(&row.repository, &row.chart, &row.version),
            word: format!("{}/{} {}", row.repository, row.chart, row.version),
            kind: "version",
        })
        .collect();
    let filled = SearchPage {
        frame: visit.frame("By digest", Place::Charts).await,
        summary: format!("{} versions are these bytes", rows.len()),
        hits,
        none: String::new(),
    };
    Ok(page(StatusCode::OK, &filled))
}
