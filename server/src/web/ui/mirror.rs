//! One mirror: what it follows, what became of each version, its runs. What acts on it is in the list's file.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use reqwest::Url;

use super::addresses::{self, with_query};
use super::frame::{Frame, Place};
use super::mirrors::{address, held_words, outcome};
use super::page::page;
use super::parts::{Chip, Moment, Pair};
use super::version::short_digest;
use super::visit::Visit;
use crate::db::upstream_versions::{Counts, OfferedRow, Standing};
use crate::db::upstreams::RunRow;
use crate::error::Result;
use crate::mirror::Summary;
use crate::model::{ChartName, RepositoryName, Version};
use crate::outbound::shown;
use crate::registry::{self, UpstreamView};
use crate::web::api::upstreams::standing;

/// Versions on one page.
const VERSIONS_PER_PAGE: i64 = 100;
/// Runs on the page.
const RUNS_SHOWN: i64 = 10;

#[derive(serde::Deserialize)]
pub struct MirrorQuery {
    #[serde(default)]
    state: String,
    #[serde(default)]
    chart: String,
    #[serde(default)]
    version: String,
}

/// `GET /ui/mirrors/<name>?state=&chart=&version=`: the versions after that name.
pub async fn get(visit: Visit, name: web::Path<String>, query: web::Query<MirrorQuery>) -> HttpResponse {
    let result = build(&visit, &name, &query).await;
    visit.answer(result.map(|filled| page(StatusCode::OK, &filled))).await
}

async fn build(visit: &Visit, name: &str, query: &MirrorQuery) -> Result<MirrorPage> {
    visit.visitor.signed_in()?;
    let view = registry::upstream_view(&visit.app, visit.caller(), name, RUNS_SHOWN).await?;
    let state = if query.state.is_empty() { None } else { Some(standing(&query.state)?) };
    let after = (query.chart.as_str(), query.version.as_str());
    let limit = VERSIONS_PER_PAGE + 1;
    let mut rows = registry::offered_versions(&visit.app, visit.caller(), name, state, after, limit).await?;
    let has_more = rows.len() as i64 == limit;
    rows.truncate(usize::try_from(VERSIONS_PER_PAGE).unwrap_or(usize::MAX));
    let last = rows.last().filter(|_| has_more);
    let href = address(name);
    let more = last.map(|row| {
        with_query(&href, &[("state", &query.state), ("chart", &row.chart), ("version", &row.version)])
    });
    let repository = &view.row.repository;
    Ok(MirrorPage {
        frame: visit.frame(&view.row.name, Place::Mirrors).await,
        name: view.row.name.clone(),
        outcome: outcome(view.runs.first()),
        is_open: view.open_run().is_some(),
        may_change: view.may_change,
        error: view.row.last_error.clone().unwrap_or_default(),
        held_words: held_words(view.counts.held),
        facts: facts(&view),
        chips: chips(&href, state, &view.counts),
        rows: rows.iter().map(|row| OfferedLine::of(repository, row)).collect(),
        empty: if state.is_some() { "No version stands there." } else { "No version is known yet." },
        more,
        runs: view.runs.iter().map(RunLine::from).collect(),
        href,
    })
}

fn facts(view: &UpstreamView) -> Vec<Pair> {
    let row = &view.row;
    let or = |text: String, otherwise: &str| if text.is_empty() { otherwise.to_owned() } else { text };
    let moment = |at: crate::model::Micros| Moment::from_micros(at.0).text;
    let facts = [
        ("Address", registry::shown_url(row)),
        ("Into repository", row.repository.to_string()),
        ("Charts", or(row.chart_names().join(", "), "every chart")),
        ("Versions", or(row.versions.clone(), "every version")),
        ("Asked every", registry::every_words(row.every_seconds)),
        ("Next run", moment(row.next_run_at)),
        ("Last good run", row.last_success_at.map_or_else(|| "none yet".to_owned(), moment)),
        ("Added", format!("{} by {}", moment(row.created_at), row.created_by)),
    ];
    facts.into_iter().map(|(name, value)| Pair { name: name.to_owned(), value }).collect()
}

/// Every standing with its count, and all of them.
fn chips(href: &str, current: Option<Standing>, counts: &Counts) -> Vec<Chip> {
    let count = |state| usize::try_from(counts.of(state)).unwrap_or_default();
    let all = Chip {
        word: "all".to_owned(),
        count: Standing::ALL.into_iter().map(count).sum(),
        href: href.to_owned(),
        current: current.is_none(),
    };
    let each = Standing::ALL.into_iter().map(|state| Chip {
        word: state.as_str().to_owned(),
        count: count(state),
        href: with_query(href, &[("state", state.as_str())]),
        current: current == Some(state),
    });
    std::iter::once(all).chain(each).collect()
}

#[derive(Template)]
#[template(path = "mirror.html")]
pub struct MirrorPage {
    pub frame: Frame,
    pub name: String,
    pub href: String,
    /// Of the newest run.
    pub outcome: &'static str,
    /// A run is queued or under way.
    pub is_open: bool,
    pub may_change: bool,
    /// Why the last run failed; empty when it did not.
    pub error: String,
    /// The alarm; empty when there is none.
    pub held_words: String,
    pub facts: Vec<Pair>,
    pub chips: Vec<Chip>,
    pub rows: Vec<OfferedLine>,
    /// What an empty table says.
    pub empty: &'static str,
    pub more: Option<String>,
    pub runs: Vec<RunLine>,
}

/// One version that the upstream offers.
pub struct OfferedLine {
    /// Its page, when it is here.
    pub href: Option<String>,
    pub chart: String,
    pub version: String,
    pub url: String,
    pub state: &'static str,
    pub why: String,
    /// Shortened digests, where they differ.
    pub ours: String,
    pub theirs: String,
    pub first_seen_at: Moment,
    pub gone_at: Option<Moment>,
}

impl OfferedLine {
    fn of(repository: &RepositoryName, row: &OfferedRow) -> OfferedLine {
        let href = match (ChartName::parse(&row.chart), Version::parse(&row.version)) {
            (Ok(chart), Ok(version)) if row.version_id.is_some() => {
                Some(addresses::version(repository, &chart, &version))
            }
            _ => None,
        };
        let ours = row.digest.as_ref().filter(|_| row.changed_digest.is_some()).map(ToString::to_string);
        OfferedLine {
            href,
            chart: row.chart.clone(),
            version: row.version.clone(),
            url: Url::parse(&row.url).map(|url| shown(&url)).unwrap_or_default(),
            state: row.state.as_str(),
            why: why(row),
            ours: ours.map(|digest| short_digest(&digest)).unwrap_or_default(),
            theirs: row.changed_digest.as_deref().map(short_digest).unwrap_or_default(),
            first_seen_at: Moment::from_micros(row.first_seen_at.0),
            gone_at: row.gone_at.map(|at| Moment::from_micros(at.0)),
        }
    }
}

/// Why a version stands where it does, and when it is tried again.
fn why(row: &OfferedRow) -> String {
    let error = row.error.clone().unwrap_or_default();
    match row.next_try_at {
        Some(at) if row.attempts > 0 => {
            let next = Moment::from_micros(at.0).text;
            format!("{error} (try {} failed; the next one is due {next})", row.attempts)
        }
        _ => error,
    }
}

/// One run.
pub struct RunLine {
    pub at: Moment,
    pub asked_by: String,
    pub outcome: &'static str,
    pub words: String,
    pub error: String,
}

impl From<&RunRow> for RunLine {
    fn from(run: &RunRow) -> RunLine {
        let summary: Summary = serde_json::from_str(&run.summary).unwrap_or_default();
        let unchanged = if summary.index_unchanged { "; the index is the same as before" } else { "" };
        let words = match run.finished_at {
            Some(_) => format!("{}{unchanged}", summary.words()),
            None => String::new(),
        };
        RunLine {
            at: Moment::from_micros(run.started_at.unwrap_or(run.queued_at).0),
            asked_by: run
                .asked_by
                .as_ref()
                .map_or_else(|| "on schedule".to_owned(), |who| format!("asked by {who}")),
            outcome: outcome(Some(run)),
            words,
            error: run.error.clone().unwrap_or_default(),
        }
    }
}

impl MirrorPage {
    #[must_use]
    pub fn sample() -> MirrorPage {
        let line = |state, why: &str, theirs: &str| OfferedLine {
            href: Some("/ui/charts/charts/nginx/18.1.4".to_owned()),
            chart: "nginx".to_owned(),
            version: "18.1.4".to_owned(),
            url: "https://charts.example.com/nginx-18.1.4.tgz".to_owned(),
            state,
            why: why.to_owned(),
            ours: if theirs.is_empty() { String::new() } else { "sha256:0123456789ab".to_owned() },
            theirs: theirs.to_owned(),
            first_seen_at: Moment::sample(),
            gone_at: (state == "stored").then(Moment::sample),
        };
        let counts = Counts { stored: 118, held: 1, failed: 1, ..Counts::default() };
        let run = |outcome, error: &str| RunLine {
            at: Moment::sample(),
            asked_by: "on schedule".to_owned(),
            outcome,
            words: "4 new, 114 unchanged".to_owned(),
            error: error.to_owned(),
        };
        MirrorPage {
            frame: Frame::sample("bitnami", Place::Mirrors),
            name: "bitnami".to_owned(),
            href: address("bitnami"),
            outcome: "ok",
            is_open: true,
            may_change: true,
            error: "https://charts.example.com/index.yaml answered 500".to_owned(),
            held_words: held_words(1),
            facts: vec![Pair { name: "Charts".to_owned(), value: "every chart".to_owned() }],
            chips: chips("/ui/mirrors/bitnami", Some(Standing::Held), &counts),
            rows: vec![
                line("stored", "", ""),
                line("held", "the upstream offers other bytes under this version", "sha256:ba9876543210"),
                line("failed", "it answered 404", ""),
                line("wanted", "", ""),
            ],
            empty: "",
            more: Some("/ui/mirrors/bitnami?chart=nginx".to_owned()),
            runs: vec![run("ok", ""), run("failed", "it cannot be reached"), run("running", "")],
        }
    }
}
