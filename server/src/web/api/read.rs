//! What can be asked: repositories, the queue, one version, its report.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query};
use serde::Deserialize;

use super::PAGE_ROWS_MAX;
use super::body::{Problem, Queue, RepositoryItem, VersionStatus};
use crate::app::App;
use crate::db::versions::VersionRow;
use crate::error::{Error, Kind, Result};
use crate::model::{Caller, ChartName, RepositoryName, Version};
use crate::registry::{self, readable_repositories, report_path};

/// `(repository, chart, version)` of a path, parsed.
pub(super) type Name = (RepositoryName, ChartName, Version);

pub(super) fn name(path: &(String, String, String)) -> Result<Name> {
    Ok((RepositoryName::parse(&path.0)?, ChartName::parse(&path.1)?, Version::parse(&path.2)?))
}

/// Repositories that the caller may read.
#[utoipa::path(get, path = "/api/v1/repositories", responses((status = 200, body = [RepositoryItem])))]
pub async fn repositories(app: Data<App>, caller: Caller) -> Result<HttpResponse> {
    let rows = readable_repositories(&app, &caller).await?;
    let items: Vec<RepositoryItem> = rows
        .iter()
        .map(|row| RepositoryItem {
            name: row.name.to_string(),
            index: app.config.url(&format!("/{}/index.yaml", row.name)),
        })
        .collect();
    Ok(HttpResponse::Ok().json(items))
}

#[derive(Deserialize)]
pub struct QueueQuery {
    repository: Option<String>,
    limit: Option<i64>,
}

/// What waits for a scan or a person, oldest first.
#[utoipa::path(
    get,
    path = "/api/v1/queue",
    params(
        ("repository" = Option<String>, Query, description = "Only this repository"),
        ("limit" = Option<i64>, Query, description = "At most 200 rows")
    ),
    responses((status = 200, body = Queue))
)]
pub async fn queue(app: Data<App>, caller: Caller, query: Query<QueueQuery>) -> Result<HttpResponse> {
    let repository = query.repository.as_deref().map(RepositoryName::parse).transpose()?;
    let limit = query.limit.unwrap_or(PAGE_ROWS_MAX).clamp(1, PAGE_ROWS_MAX);
    let views = registry::queue(&app, &caller, repository.as_ref(), None, limit).await?;
    let items = views.iter().map(|view| status(&app, &view.row)).collect();
    Ok(HttpResponse::Ok().json(Queue { items }))
}

/// Where one version stands.
#[utoipa::path(
    get,
    path = "/api/v1/repositories/{repository}/charts/{chart}/versions/{version}",
    responses((status = 200, body = VersionStatus), (status = 404, body = Problem))
)]
pub async fn version(
    app: Data<App>,
    caller: Caller,
    path: Path<(String, String, String)>,
) -> Result<HttpResponse> {
    let (repository, chart, version) = name(&path)?;
    let row = registry::find_version(&app, &caller, &repository, &chart, &version).await?;
    let mut status = status(&app, &row);
    // A decision is bound to the policy in force now, which can be newer than the row's.
    let policy = app.policies.current(&mut app.db.read(), &repository).await.ok();
    status.policy_version = Some(policy.map(|policy| policy.version()).unwrap_or_default());
    Ok(HttpResponse::Ok().json(status))
}

/// The whole report of the last scan.
#[utoipa::path(
    get,
    path = "/api/v1/repositories/{repository}/charts/{chart}/versions/{version}/report",
    responses((status = 200, description = "chartgate.report/1"), (status = 404, body = Problem))
)]
pub async fn report(
    app: Data<App>,
    caller: Caller,
    path: Path<(String, String, String)>,
) -> Result<HttpResponse> {
    let (repository, chart, version) = name(&path)?;
    let page = registry::version_page(&app, &caller, &repository, &chart, &version).await?;
    let waiting =
        || Error::new(Kind::NotFound, format!("{chart} {version} has no report yet; its scan is not done"));
    Ok(HttpResponse::Ok().json(page.report.ok_or_else(waiting)?))
}

pub(super) fn status(app: &App, row: &VersionRow) -> VersionStatus {
    VersionStatus {
        repository: row.repository.to_string(),
        chart: row.chart.to_string(),
        version: row.version.to_string(),
        digest: row.digest.to_string(),
        state: row.state.to_string(),
        verdict: row.verdict.clone(),
        reason: row.verdict_reason.clone(),
        deciding_rules: row.deciding(),
        policy_version: row.policy_version.clone(),
        uploaded_by: row.uploaded_by.clone(),
        uploaded_at: row.uploaded_at.to_string(),
        decided_by: row.decided_by.clone(),
        decision_reason: row.decision_reason.clone(),
        report: app.config.url(&report_path(&row.repository, &row.chart, &row.version)),
    }
}
