//! Upstreams: adding, listing, running and removing what mirrors follow.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path, Query};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::PAGE_ROWS_MAX;
use super::body::Problem;
use crate::app::App;
use crate::db::upstream_versions::{OfferedRow, Standing};
use crate::db::upstreams::RunRow;
use crate::error::{Error, Kind, Result};
use crate::mirror::Summary;
use crate::model::{Caller, Id, RepositoryName};
use crate::registry::{self, NewUpstream, UpstreamView};

/// Time between two runs where nothing else is said.
pub const EVERY_SECONDS_DEFAULT: i64 = 3_600;

/// An upstream to follow.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpstreamRequest {
    /// Lower-case letters, digits, dashes, underscores and dots.
    pub name: String,
    /// Address of a classic Helm repository, as `helm repo add` takes it.
    pub url: String,
    /// Where its charts come in.
    pub repository: String,
    /// Only these charts; empty for all.
    #[serde(default)]
    pub charts: Vec<String>,
    /// Only these versions, such as `>=1.0.0 <3`; empty for all.
    #[serde(default)]
    pub versions: String,
    /// Seconds between two runs; an hour when absent.
    #[serde(default)]
    pub every_seconds: Option<i64>,
}

/// An upstream and how it stands.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct UpstreamItem {
    pub name: String,
    /// Without what may be secret in it.
    pub url: String,
    pub repository: String,
    pub charts: Vec<String>,
    pub versions: String,
    pub every_seconds: i64,
    /// What it brings in, as one sentence.
    pub description: String,
    /// Versions by what became of them.
    pub standing: StandingCounts,
    /// RFC 3339; absent before the first run.
    pub last_run_at: Option<String>,
    pub last_success_at: Option<String>,
    pub next_run_at: String,
    /// Why the last run failed; absent when it did not.
    pub last_error: Option<String>,
    pub last_run: Option<RunItem>,
    /// Address of its page.
    pub page: String,
}

/// Versions of an upstream by what became of them.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct StandingCounts {
    /// Still to be fetched.
    pub wanted: i64,
    /// Here.
    pub stored: i64,
    /// Not taken, with a reason.
    pub refused: i64,
    /// Could not be fetched, again and again.
    pub failed: i64,
    /// Bytes changed upstream: an alarm.
    pub held: i64,
    /// The index has them no more.
    pub gone: i64,
}

/// Every upstream that the caller may know of.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Upstreams {
    pub items: Vec<UpstreamItem>,
}

/// One run.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RunItem {
    pub id: String,
    /// queued, running, done or failed.
    pub state: String,
    /// Who asked for it; absent where the schedule did.
    pub asked_by: Option<String>,
    pub summary: Summary,
    /// Why it failed.
    pub error: Option<String>,
    /// RFC 3339.
    pub queued_at: String,
    pub started_at: Option<String>,
    pub finished_at: Option<String>,
}

/// One version that an upstream offers.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OfferedItem {
    pub chart: String,
    pub version: String,
    /// wanted, stored, refused, failed or held.
    pub state: String,
    /// Digest of the bytes here.
    pub digest: Option<String>,
    /// Digest of other bytes that the upstream offers; they are not taken.
    pub changed_digest: Option<String>,
    /// Why it is where it is.
    pub reason: Option<String>,
    /// The index has it no more.
    pub gone: bool,
}

/// Versions in order of chart and version, and where the list goes on.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Offered {
    pub items: Vec<OfferedItem>,
    /// Give them as `after_chart` and `after_version` to read on; absent at the end.
    pub next_chart: Option<String>,
    pub next_version: Option<String>,
}

/// Upstreams that the caller may know of, in name order.
#[utoipa::path(get, path = "/api/v1/upstreams", responses((status = 200, body = Upstreams)))]
pub async fn list(app: Data<App>, caller: Caller) -> Result<HttpResponse> {
    let views = registry::upstream_views(&app, &caller, 1).await?;
    let items = views.iter().map(|view| item(&app, view)).collect();
    Ok(HttpResponse::Ok().json(Upstreams { items }))
}

/// Follows an upstream from now on.
#[utoipa::path(
    post,
    path = "/api/v1/upstreams",
    request_body = UpstreamRequest,
    responses(
        (status = 201, body = UpstreamItem),
        (status = 400, body = Problem, description = "Something in it is not valid, or its address is refused"),
        (status = 409, body = Problem, description = "The name is taken")
    )
)]
pub async fn add(app: Data<App>, caller: Caller, request: Json<UpstreamRequest>) -> Result<HttpResponse> {
    let request = request.into_inner();
    let new = NewUpstream {
        name: request.name,
        url: request.url,
        repository: RepositoryName::parse(&request.repository)?,
        charts: request.charts,
        versions: request.versions,
        every_seconds: request.every_seconds.unwrap_or(EVERY_SECONDS_DEFAULT),
    };
    let row = registry::add_upstream(&app, &caller, &new).await?;
    let view = registry::upstream_view(&app, &caller, &row.name, 1).await?;
    Ok(HttpResponse::Created().json(item(&app, &view)))
}

/// One upstream.
#[utoipa::path(
    get,
    path = "/api/v1/upstreams/{name}",
    responses((status = 200, body = UpstreamItem), (status = 404, body = Problem))
)]
pub async fn one(app: Data<App>, caller: Caller, name: Path<String>) -> Result<HttpResponse> {
    let view = registry::upstream_view(&app, &caller, &name, 1).await?;
    Ok(HttpResponse::Ok().json(item(&app, &view)))
}

/// Follows an upstream no more; what came from it stays.
#[utoipa::path(
    delete,
    path = "/api/v1/upstreams/{name}",
    responses((status = 200, body = UpstreamItem), (status = 404, body = Problem))
)]
pub async fn remove(app: Data<App>, caller: Caller, name: Path<String>) -> Result<HttpResponse> {
    let view = registry::upstream_view(&app, &caller, &name, 1).await?;
    registry::remove_upstream(&app, &caller, &name).await?;
    Ok(HttpResponse::Ok().json(item(&app, &view)))
}

/// Starts a run now, or joins the one that is under way.
#[utoipa::path(
    post,
    path = "/api/v1/upstreams/{name}/runs",
    responses(
        (status = 202, body = RunItem),
        (status = 429, body = Problem, description = "The upstream asked to be left alone for a while")
    )
)]
pub async fn run(app: Data<App>, caller: Caller, name: Path<String>) -> Result<HttpResponse> {
    let run = registry::run_upstream(&app, &caller, &name).await?;
    Ok(HttpResponse::Accepted().json(RunItem::from(&run)))
}

/// How a run goes.
#[utoipa::path(
    get,
    path = "/api/v1/upstreams/{name}/runs/{id}",
    responses((status = 200, body = RunItem), (status = 404, body = Problem))
)]
pub async fn run_status(
    app: Data<App>,
    caller: Caller,
    path: Path<(String, String)>,
) -> Result<HttpResponse> {
    let run = registry::upstream_run(&app, &caller, &path.0, &Id::from_client(&path.1)).await?;
    Ok(HttpResponse::Ok().json(RunItem::from(&run)))
}

#[derive(Deserialize)]
pub struct OfferedQuery {
    state: Option<String>,
    #[serde(default)]
    after_chart: String,
    #[serde(default)]
    after_version: String,
    limit: Option<i64>,
}

/// The versions that an upstream offers, and what became of each.
#[utoipa::path(
    get,
    path = "/api/v1/upstreams/{name}/versions",
    params(
        ("state" = Option<String>, Query, description = "wanted, stored, refused, failed or held"),
        ("after_chart" = Option<String>, Query, description = "`next_chart` of the page before"),
        ("after_version" = Option<String>, Query, description = "`next_version` of the page before"),
        ("limit" = Option<i64>, Query, description = "At most 200 rows")
    ),
    responses((status = 200, body = Offered), (status = 404, body = Problem))
)]
pub async fn versions(
    app: Data<App>,
    caller: Caller,
    name: Path<String>,
    query: Query<OfferedQuery>,
) -> Result<HttpResponse> {
    let state = query.state.as_deref().map(standing).transpose()?;
    let limit = query.limit.unwrap_or(PAGE_ROWS_MAX).clamp(1, PAGE_ROWS_MAX);
    let after = (query.after_chart.as_str(), query.after_version.as_str());
    let rows = registry::offered_versions(&app, &caller, &name, state, after, limit).await?;
    let last = rows.last().filter(|_| rows.len() as i64 == limit);
    Ok(HttpResponse::Ok().json(Offered {
        next_chart: last.map(|row| row.chart.clone()),
        next_version: last.map(|row| row.version.clone()),
        items: rows.iter().map(OfferedItem::from).collect(),
    }))
}

/// A standing by its word.
///
/// # Errors
/// There is no such word.
pub fn standing(word: &str) -> Result<Standing> {
    Standing::ALL
        .into_iter()
        .find(|state| state.as_str() == word)
        .ok_or_else(|| Error::new(Kind::InvalidRequest, "state is wanted, stored, refused, failed or held"))
}

fn item(app: &App, view: &UpstreamView) -> UpstreamItem {
    let (row, counts) = (&view.row, &view.counts);
    UpstreamItem {
        name: row.name.clone(),
        url: registry::shown_url(row),
        repository: row.repository.to_string(),
        charts: row.chart_names(),
        versions: row.versions.clone(),
        every_seconds: row.every_seconds,
        description: registry::description(row),
        standing: StandingCounts {
            wanted: counts.wanted,
            stored: counts.stored,
            refused: counts.refused,
            failed: counts.failed,
            held: counts.held,
            gone: counts.gone,
        },
        last_run_at: row.last_run_at.map(|at| at.to_string()),
        last_success_at: row.last_success_at.map(|at| at.to_string()),
        next_run_at: row.next_run_at.to_string(),
        last_error: row.last_error.clone(),
        last_run: view.runs.first().map(RunItem::from),
        page: app.config.url(&format!("/ui/mirrors/{}", row.name)),
    }
}

impl From<&RunRow> for RunItem {
    fn from(run: &RunRow) -> Self {
        RunItem {
            id: run.id.to_string(),
            state: run.state.clone(),
            asked_by: run.asked_by.clone(),
            summary: serde_json::from_str(&run.summary).unwrap_or_default(),
            error: run.error.clone(),
            queued_at: run.queued_at.to_string(),
            started_at: run.started_at.map(|at| at.to_string()),
            finished_at: run.finished_at.map(|at| at.to_string()),
        }
    }
}

impl From<&OfferedRow> for OfferedItem {
    fn from(row: &OfferedRow) -> Self {
        OfferedItem {
            chart: row.chart.clone(),
            version: row.version.clone(),
            state: row.state.as_str().to_owned(),
            digest: row.digest.as_ref().map(ToString::to_string),
            changed_digest: row.changed_digest.clone(),
            reason: row.error.clone(),
            gone: row.gone_at.is_some(),
        }
    }
}
