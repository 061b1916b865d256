//! All charts that the visitor may see, by name.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;

use super::addresses::{self, with_query};
use super::frame::{Frame, Place};
use super::page::page;
use super::parts::{Chip, counted};
use super::visit::Visit;
use crate::db::versions::VersionRow;
use crate::error::Result;
use crate::model::{Action, State};
use crate::registry::{self, Charts};

/// Rows on one page.
const ROWS_PER_PAGE: usize = 100;

#[derive(serde::Deserialize)]
pub struct ChartsQuery {
    #[serde(default)]
    repository: String,
    /// `repository/chart` of the last row on the page before.
    #[serde(default)]
    after: String,
}

/// `GET /ui/charts`.
pub async fn get(visit: Visit, query: web::Query<ChartsQuery>) -> HttpResponse {
    let result = build(&visit, &query).await;
    visit.answer(result.map(|filled| page(StatusCode::OK, &filled))).await
}

async fn build(visit: &Visit, query: &ChartsQuery) -> Result<ChartsPage> {
    let mut all = Vec::new();
    let mut repositories = Vec::new();
    for repository in registry::readable_repositories(&visit.app, visit.caller()).await? {
        let charts = registry::charts(&visit.app, visit.caller(), &repository.name).await?;
        let current = repository.name.as_str() == query.repository;
        repositories.push(Chip {
            word: repository.name.to_string(),
            count: charts.len(),
            href: with_query(
                "/ui/charts",
                &[("repository", if current { "" } else { repository.name.as_str() })],
            ),
            current,
        });
        if query.repository.is_empty() || current {
            all.extend(charts);
        }
    }
    let start = all.iter().position(|charts| key(charts) == query.after).map_or(0, |at| at + 1);
    let shown = &all[start..(start + ROWS_PER_PAGE).min(all.len())];
    let more = start + shown.len() < all.len();
    let older = shown
        .last()
        .filter(|_| more)
        .map(|last| with_query("/ui/charts", &[("repository", &query.repository), ("after", &key(last))]));
    let signed_in = visit.visitor.session.is_some();
    Ok(ChartsPage {
        frame: visit.frame("Charts", Place::Charts).await,
        summary: counted(all.len(), "chart"),
        may_upload: visit.caller().may_somewhere(Action::Publish),
        rows: shown.iter().filter_map(row).collect(),
        none: if signed_in {
            "No chart yet. Push one, and it appears here and in the queue:".to_owned()
        } else {
            "No chart is approved yet. Whoever may push one does it so:".to_owned()
        },
        push_command: visit.push_command(),
        newer: (start > 0).then(|| with_query("/ui/charts", &[("repository", &query.repository)])),
        older,
        page_words: format!("{} to {} of {}", start + 1, start + shown.len(), all.len()),
        repositories,
    })
}

fn key(charts: &Charts) -> String {
    format!("{}/{}", charts.repository, charts.chart)
}

fn row(charts: &Charts) -> Option<Row> {
    let newest = charts.versions.first()?;
    let approved = charts.versions.iter().find(|row| row.state == State::Approved);
    Some(Row {
        href: addresses::chart(&charts.repository, &charts.chart),
        repository: charts.repository.to_string(),
        chart: charts.chart.to_string(),
        description: description(approved.unwrap_or(newest)),
        approved: approved.map(VersionLink::from),
        newest: VersionLink::from(newest),
        versions: charts.versions.len(),
    })
}

/// What Chart.yaml says the chart is.
#[must_use]
pub fn description(row: &VersionRow) -> String {
    let metadata: serde_json::Value = serde_json::from_str(&row.metadata).unwrap_or_default();
    metadata.get("description").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
}

impl From<&VersionRow> for VersionLink {
    fn from(row: &VersionRow) -> VersionLink {
        VersionLink {
            href: addresses::version(&row.repository, &row.chart, &row.version),
            version: row.version.to_string(),
            state: row.state.to_string(),
        }
    }
}

#[derive(Template)]
#[template(path = "charts.html")]
pub struct ChartsPage {
    pub frame: Frame,
    pub summary: String,
    pub may_upload: bool,
    pub repositories: Vec<Chip>,
    pub rows: Vec<Row>,
    pub none: String,
    pub push_command: String,
    pub newer: Option<String>,
    pub older: Option<String>,
    pub page_words: String,
}

pub struct Row {
    pub href: String,
    pub repository: String,
    pub chart: String,
    pub description: String,
    pub approved: Option<VersionLink>,
    pub newest: VersionLink,
    pub versions: usize,
}

pub struct VersionLink {
    pub href: String,
    pub version: String,
    pub state: String,
}

impl ChartsPage {
    #[must_use]
    pub fn sample() -> ChartsPage {
        let version = |state: &str| VersionLink {
            href: "/ui/charts/charts/nginx/18.2.1".to_owned(),
            version: "18.2.1".to_owned(),
            state: state.to_owned(),
        };
        let row = |chart: &str, approved, newest| Row {
            href: format!("/ui/charts/charts/{chart}"),
            repository: "charts".to_owned(),
            chart: chart.to_owned(),
            description: "A web server <script>alert(1)</script>".to_owned(),
            approved,
            newest,
            versions: 4,
        };
        ChartsPage {
            frame: Frame::sample("Charts", Place::Charts),
            summary: "2 charts".to_owned(),
            may_upload: true,
            repositories: vec![Chip {
                word: "charts".to_owned(),
                count: 2,
                href: "/ui/charts?repository=charts".to_owned(),
                current: true,
            }],
            rows: vec![
                row("nginx", Some(version("approved")), version("in review")),
                row("redis", None, version("rejected")),
            ],
            none: String::new(),
            push_command: String::new(),
            newer: None,
            older: None,
            page_words: String::new(),
        }
    }
}
