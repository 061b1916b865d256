//! One chart: how to install it, and every version that the visitor may know of.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;

use super::addresses;
use super::charts::{VersionLink, description};
use super::frame::{Frame, Place};
use super::page::page;
use super::parts::{Count, Moment};
use super::queue::scan_counts;
use super::version::short_digest;
use super::visit::Visit;
use crate::app::App;
use crate::db::{scans, versions::VersionRow};
use crate::error::{Error, Kind, Result};
use crate::model::{Action, ChartName, RepositoryName, State};
use crate::registry;

#[derive(serde::Deserialize)]
pub struct Names {
    repository: String,
    chart: String,
}

/// `GET /ui/charts/<repository>/<chart>`.
pub async fn get(visit: Visit, names: web::Path<Names>) -> HttpResponse {
    let result = build(&visit, &names).await;
    visit.answer(result.map(|filled| page(StatusCode::OK, &filled))).await
}

async fn build(visit: &Visit, names: &Names) -> Result<ChartPage> {
    let absent = |_| Error::new(Kind::NotFound, "there is no such chart");
    let repository = RepositoryName::parse(&names.repository).map_err(absent)?;
    let chart = ChartName::parse(&names.chart).map_err(absent)?;
    let versions = registry::versions_of(&visit.app, visit.caller(), &repository, &chart).await?;
    let approved = versions.iter().find(|row| row.state == State::Approved);
    let mut rows = Vec::with_capacity(versions.len());
    for row in &versions {
        rows.push(version_row(visit, row).await?);
    }
    Ok(ChartPage {
        frame: visit.frame(chart.as_str(), Place::Charts).await,
        repository: repository.to_string(),
        chart: chart.to_string(),
        description: approved.or(versions.first()).map(description).unwrap_or_default(),
        classic: approved.map(|row| classic_commands(&visit.app, row)).unwrap_or_default(),
        oci: approved.map(|row| oci_command(&visit.app, row)).unwrap_or_default(),
        approved: approved.map(VersionLink::from),
        rows,
    })
}

/// How to install an approved version from the classic repository.
#[must_use]
pub fn classic_commands(app: &App, row: &VersionRow) -> String {
    let VersionRow { repository, chart, version, .. } = row;
    let address = app.config.url(&format!("/{repository}"));
    format!(
        "helm repo add {repository} {address}\nhelm install {chart} {repository}/{chart} --version {version}"
    )
}

/// How to install it from the OCI registry.
#[must_use]
pub fn oci_command(app: &App, row: &VersionRow) -> String {
    let VersionRow { repository, chart, version, .. } = row;
    let plain = if app.config.public_url.starts_with("https://") { "" } else { " --plain-http" };
    format!(
        "helm install {chart} oci://{}/{repository}/{chart} --version {version}{plain}",
        app.config.host()
    )
}

async fn version_row(visit: &Visit, row: &VersionRow) -> Result<ShownVersion> {
    let caller = visit.caller();
    let sees_findings = row.state == State::Approved
        || caller.may(Action::Inspect, Some(&row.repository))
        || (!caller.is_anonymous() && caller.name == row.uploaded_by);
    let (counts, no_counts) = match (&row.scan_id, sees_findings) {
        (Some(id), true) => scan_counts(scans::by_id(&mut visit.app.db.read(), id).await?.as_ref()),
        (None, true) => scan_counts(None),
        (_, false) => (Vec::new(), "not yours to see"),
    };
    Ok(ShownVersion {
        href: addresses::version(&row.repository, &row.chart, &row.version),
        version: row.version.to_string(),
        digest: short_digest(row.digest.as_str()),
        state: row.state.to_string(),
        counts,
        no_counts,
        pushed_at: Moment::from_micros(row.uploaded_at.0),
        pushed_by: row.uploaded_by.clone(),
        decided: row.decided_by.as_ref().map(|who| format!("{} by {who}", row.state)).unwrap_or_default(),
        reason: row.decision_reason.clone().unwrap_or_default(),
    })
}

#[derive(Template)]
#[template(path = "chart.html")]
pub struct ChartPage {
    pub frame: Frame,
    pub repository: String,
    pub chart: String,
    pub description: String,
    pub approved: Option<VersionLink>,
    /// Commands for the classic repository.
    pub classic: String,
    /// Command for the OCI registry.
    pub oci: String,
    pub rows: Vec<ShownVersion>,
}

pub struct ShownVersion {
    pub href: String,
    pub version: String,
    pub digest: String,
    pub state: String,
    pub counts: Vec<Count>,
    pub no_counts: &'static str,
    pub pushed_at: Moment,
    pub pushed_by: String,
    /// `approved by kim`.
    pub decided: String,
    pub reason: String,
}

impl ChartPage {
    #[must_use]
    pub fn sample() -> ChartPage {
        let row = |version: &str, state: &str, no_counts| ShownVersion {
            href: format!("/ui/charts/charts/nginx/{version}"),
            version: version.to_owned(),
            digest: "sha256:9f3a17…c1".to_owned(),
            state: state.to_owned(),
            counts: Vec::new(),
            no_counts,
            pushed_at: Moment::sample(),
            pushed_by: "ci-web".to_owned(),
            decided: "approved by kim".to_owned(),
            reason: "fits \u{202e}us".to_owned(),
        };
        ChartPage {
            frame: Frame::sample("nginx", Place::Charts),
            repository: "charts".to_owned(),
            chart: "nginx".to_owned(),
            description: "A web server".to_owned(),
            approved: Some(VersionLink {
                href: "/ui/charts/charts/nginx/18.1.4".to_owned(),
                version: "18.1.4".to_owned(),
                state: "approved".to_owned(),
            }),
            classic: "helm repo add charts http://127.0.0.1:8080/charts\nhelm install nginx charts/nginx --version 18.1.4"
                .to_owned(),
            oci: "helm install nginx oci://127.0.0.1:8080/charts/nginx --version 18.1.4".to_owned(),
            rows: vec![row("18.2.1", "in review", "unknown"), row("18.1.4", "approved", "none")],
        }
    }
}
