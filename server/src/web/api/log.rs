//! The audit log, newest first, in keyset pages.

use actix_web::HttpResponse;
use actix_web::web::{Data, Query};
use serde::Deserialize;

use super::PAGE_ROWS_MAX;
use super::body::{AuditPage, AuditRow};
use crate::app::App;
use crate::db::audit::AuditFilter;
use crate::error::Result;
use crate::model::Caller;
use crate::registry::log_page;

#[derive(Deserialize)]
pub struct AuditQuery {
    actor: Option<String>,
    action: Option<String>,
    repository: Option<String>,
    chart: Option<String>,
    version: Option<String>,
    before: Option<i64>,
    limit: Option<i64>,
}

/// Who did what, when, to which version, and why.
#[utoipa::path(
    get,
    path = "/api/v1/audit",
    params(
        ("actor" = Option<String>, Query),
        ("action" = Option<String>, Query),
        ("repository" = Option<String>, Query),
        ("chart" = Option<String>, Query),
        ("version" = Option<String>, Query),
        ("before" = Option<i64>, Query, description = "`next` of the page before"),
        ("limit" = Option<i64>, Query, description = "At most 200 rows")
    ),
    responses((status = 200, body = AuditPage))
)]
pub async fn audit(app: Data<App>, caller: Caller, query: Query<AuditQuery>) -> Result<HttpResponse> {
    let query = query.into_inner();
    let limit = query.limit.unwrap_or(PAGE_ROWS_MAX).clamp(1, PAGE_ROWS_MAX);
    let filter = AuditFilter {
        actor: query.actor,
        action: query.action,
        repository: query.repository,
        chart: query.chart,
        version: query.version,
        before: query.before,
    };
    let rows = log_page(&app, &caller, &filter, limit).await?;
    let next = rows.last().filter(|_| rows.len() as i64 == limit).map(|row| row.seq);
    let items = rows
        .into_iter()
        .map(|row| {
            Ok(AuditRow {
                seq: row.seq,
                at: row.at.to_string(),
                actor: row.actor,
                action: row.action,
                repository: row.repository,
                chart: row.chart,
                version: row.version,
                entry: serde_json::from_str(&row.entry)?,
                hash: row.hash,
            })
        })
        .collect::<Result<Vec<AuditRow>>>()?;
    Ok(HttpResponse::Ok().json(AuditPage { items, next }))
}
