//! The queue: what waits for a scan or a person, oldest first. It decides nothing.

use std::collections::HashMap;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use scanner::report::Severity;

use super::addresses;
use super::filter::{self, Term};
use super::frame::{Frame, Place};
use super::page::page;
use super::parts::{Chip, Count, Moment, counted, waits};
use super::visit::Visit;
use crate::db::scans::ScanRow;
use crate::db::versions::VersionRow;
use crate::error::Result;
use crate::model::{Action, ChartName, RepositoryName, State};
use crate::registry::{self, VersionView};

/// Versions that one look at the queue takes into account; what is beyond comes when these are decided.
const QUEUE_READ_MAX: i64 = 1_000;
/// Rows on one page.
const ROWS_PER_PAGE: usize = 100;
/// After so many days a version is late.
const LATE_AFTER_MICROS: i64 = 3 * 24 * 3600 * 1_000_000;
/// Keys of the filter.
pub const KEYS: &[&str] = &["severity", "repository", "verdict", "state", "by"];

#[derive(serde::Deserialize)]
pub struct QueueQuery {
    #[serde(default)]
    q: String,
    /// Id of the last version on the page before.
    #[serde(default)]
    after: String,
}

/// `GET /ui/queue`: for everybody who is signed in; each sees what the rights allow.
pub async fn get(visit: Visit, query: web::Query<QueueQuery>) -> HttpResponse {
    let result = build(&visit, &query).await;
    visit.answer(result.map(|filled| page(StatusCode::OK, &filled))).await
}

async fn build(visit: &Visit, query: &QueueQuery) -> Result<QueuePage> {
    let views = registry::queue(&visit.app, visit.caller(), None, None, QUEUE_READ_MAX).await?;
    let (terms, filter_error) =
        match filter::parse(&query.q, KEYS).and_then(|terms| check(&terms).map(|()| terms)) {
            Ok(terms) => (terms, None),
            Err(error) => (Vec::new(), Some(error)),
        };
    let chips = chips(&views, &query.q);
    let waiting = views.len();
    let matching: Vec<&VersionView> = views.iter().filter(|view| matches(view, &terms)).collect();
    let start = matching.iter().position(|view| view.row.id.as_str() == query.after).map_or(0, |at| at + 1);
    let shown = matching.get(start..).unwrap_or_default();
    let more = shown.len() > ROWS_PER_PAGE;
    let shown = &shown[..shown.len().min(ROWS_PER_PAGE)];
    let mut newest_approved = HashMap::new();
    let mut rows = Vec::with_capacity(shown.len());
    for view in shown {
        rows.push(row(visit, view, &query.q, &mut newest_approved).await?);
    }
    let older = shown
        .last()
        .filter(|_| more)
        .map(|view| addresses::with_query("/ui/queue", &[("q", &query.q), ("after", view.row.id.as_str())]));
    Ok(QueuePage {
        frame: visit.frame("Queue", Place::Queue).await,
        summary: format!(
            "{} {}, oldest first",
            counted(waiting, "version"),
            if waiting == 1 { "waits" } else { "wait" }
        ),
        may_upload: visit.caller().may_somewhere(Action::Publish),
        chips,
        query: query.q.clone(),
        filter_error,
        filtered: waiting > 0,
        page_words: format!("{} to {} of {}", start + 1, start + rows.len(), matching.len()),
        rows,
        push_command: visit.push_command(),
        newer: (start > 0).then(|| addresses::with_query("/ui/queue", &[("q", &query.q)])),
        older,
    })
}

/// What comes after `row` in the queue under a filter: its position, how many there are, and the next one's address.
///
/// # Errors
/// The database's.
pub async fn neighbour(visit: &Visit, row: &VersionRow, q: &str) -> Result<Option<(usize, usize, String)>> {
    let terms = filter::parse(q, KEYS).unwrap_or_default();
    let views = registry::queue(&visit.app, visit.caller(), None, None, QUEUE_READ_MAX).await?;
    let waiting: Vec<&VersionView> =
        views.iter().filter(|view| view.row.state == State::InReview && matches(view, &terms)).collect();
    let Some(at) = waiting.iter().position(|view| view.row.id == row.id) else { return Ok(None) };
    let next = waiting.get(at + 1).or_else(|| waiting.first().filter(|first| first.row.id != row.id));
    Ok(next.map(|next| (at + 1, waiting.len(), version_href(&next.row, q))))
}

fn version_href(row: &VersionRow, q: &str) -> String {
    addresses::with_query(&addresses::version(&row.repository, &row.chart, &row.version), &[("q", q)])
}

type Newest = HashMap<(RepositoryName, ChartName), String>;

async fn row(visit: &Visit, view: &VersionView, q: &str, newest: &mut Newest) -> Result<Row> {
    let VersionView { row, scan } = view;
    let key = (row.repository.clone(), row.chart.clone());
    if !newest.contains_key(&key) {
        let versions = registry::versions_of(&visit.app, visit.caller(), &row.repository, &row.chart).await?;
        let approved = versions.iter().find(|version| version.state == State::Approved);
        newest.insert(
            key.clone(),
            approved.map_or_else(|| "first version".to_owned(), |row| row.version.to_string()),
        );
    }
    let waited = visit.app.now().0 - row.uploaded_at.0;
    let (counts, no_counts) = scan_counts(scan.as_ref());
    Ok(Row {
        href: version_href(row, q),
        repository: row.repository.to_string(),
        chart: row.chart.to_string(),
        version: row.version.to_string(),
        pushed_by: row.uploaded_by.clone(),
        why: why(visit, row).await,
        counts,
        no_counts,
        last_approved: newest.get(&key).cloned().unwrap_or_default(),
        since: Moment::from_micros(row.uploaded_at.0),
        waits: waits(waited),
        late: waited > LATE_AFTER_MICROS,
    })
}

/// Counts of a scan, and what to say when there are none: nothing found and could not look are different answers.
#[must_use]
pub fn scan_counts(scan: Option<&ScanRow>) -> (Vec<Count>, &'static str) {
    let Some(scan) = scan else { return (Vec::new(), "not scanned") };
    let counts = severities(scan)
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(severity, count)| Count {
            word: super::parts::severity_word(severity),
            count: usize::try_from(count).unwrap_or(0),
        })
        .collect();
    (counts, if scan.complete { "none" } else { "unknown" })
}

fn severities(scan: &ScanRow) -> [(Severity, i64); 5] {
    [
        (Severity::Critical, scan.critical),
        (Severity::High, scan.high),
        (Severity::Medium, scan.medium),
        (Severity::Low, scan.low),
        (Severity::Info, scan.info),
    ]
}

async fn why(visit: &Visit, row: &VersionRow) -> String {
    match row.verdict.as_deref() {
        None => "waits for its scan".to_owned(),
        Some("block") => format!("blocked: {}", row.deciding().join(", ")),
        Some("incomplete") => {
            let reason = row.verdict_reason.clone().unwrap_or_default();
            if reason.is_empty() { "could not be judged".to_owned() } else { reason }
        }
        Some(_) => {
            let policy = visit.app.policies.current(&mut visit.app.db.read(), &row.repository).await;
            match policy.map(|policy| policy.approvals) {
                Ok(0) => "passes".to_owned(),
                Ok(1) => "passes; needs one approval".to_owned(),
                Ok(approvals) => format!("passes; needs {approvals} approvals"),
                Err(_) => "passes, but the policy of its repository cannot be read".to_owned(),
            }
        }
    }
}

fn chips(views: &[VersionView], q: &str) -> Vec<Chip> {
    [
        ("All", ""),
        ("Blocked", "verdict:block"),
        ("Passing", "verdict:pass"),
        ("Not judged", "verdict:incomplete"),
    ]
    .into_iter()
    .map(|(word, query)| Chip {
        word: word.to_owned(),
        count: filter::parse(query, KEYS)
            .map(|terms| views.iter().filter(|view| matches(view, &terms)).count())
            .unwrap_or_default(),
        href: addresses::with_query("/ui/queue", &[("q", query)]),
        current: q.trim() == query,
    })
    .filter(|chip| chip.count > 0 || chip.current || chip.word != "Not judged")
    .collect()
}

/// Values that cannot be right are errors, not empty lists.
fn check(terms: &[Term]) -> Result<(), String> {
    for term in terms {
        match term.key {
            "severity" => drop(filter::severity_test(&term.value)?),
            "verdict" if !["pass", "block", "incomplete"].contains(&term.value.as_str()) => {
                return Err(format!("“{}” is no verdict; use pass, block or incomplete.", term.value));
            }
            _ => {}
        }
    }
    Ok(())
}

fn matches(view: &VersionView, terms: &[Term]) -> bool {
    let row = &view.row;
    filter::holds(terms, |term| match term.key {
        "severity" => view.scan.as_ref().is_some_and(|scan| {
            filter::severity_test(&term.value).is_ok_and(|test| {
                severities(scan).into_iter().any(|(severity, count)| count > 0 && test(severity))
            })
        }),
        "repository" => row.repository.as_str() == term.value,
        "verdict" => row.verdict.as_deref() == Some(term.value.as_str()),
        "state" => row.state.as_str().replace(' ', "-") == term.value,
        "by" => row.uploaded_by.to_lowercase() == term.value,
        _ => row.chart.as_str().contains(&term.value) || row.version.as_str().contains(&term.value),
    })
}

#[derive(Template)]
#[template(path = "queue.html")]
pub struct QueuePage {
    pub frame: Frame,
    pub summary: String,
    pub may_upload: bool,
    pub chips: Vec<Chip>,
    pub query: String,
    pub filter_error: Option<String>,
    /// Whether a filter is why nothing is shown.
    pub filtered: bool,
    pub rows: Vec<Row>,
    /// What fills an empty queue.
    pub push_command: String,
    pub newer: Option<String>,
    pub older: Option<String>,
    pub page_words: String,
}

pub struct Row {
    pub href: String,
    pub repository: String,
    pub chart: String,
    pub version: String,
    pub pushed_by: String,
    pub why: String,
    pub counts: Vec<Count>,
    /// Said when there are no counts: nothing found and could not look are different.
    pub no_counts: &'static str,
    pub last_approved: String,
    pub since: Moment,
    pub waits: String,
    pub late: bool,
}

impl QueuePage {
    /// A filled and hostile example for tests of the page.
    #[must_use]
    pub fn sample() -> QueuePage {
        let row = |chart: &str, why: &str, counts, no_counts, late| Row {
            href: format!("/ui/charts/charts/{chart}/1.0.0"),
            repository: "charts".to_owned(),
            chart: chart.to_owned(),
            version: "1.0.0".to_owned(),
            pushed_by: "ci-web".to_owned(),
            why: why.to_owned(),
            counts,
            no_counts,
            last_approved: "first version".to_owned(),
            since: Moment::from_micros(1_795_000_000_000_000),
            waits: "5 h".to_owned(),
            late,
        };
        let chip = |word: &str, count, current| Chip {
            word: word.to_owned(),
            count,
            href: "/ui/queue".to_owned(),
            current,
        };
        QueuePage {
            frame: Frame::sample("Queue", Place::Queue),
            summary: "3 versions wait for a person, oldest first".to_owned(),
            may_upload: true,
            chips: vec![chip("All", 3, true), chip("Blocked", 1, false), chip("Passing", 1, false)],
            query: String::new(),
            filter_error: None,
            filtered: false,
            rows: vec![
                row(
                    "selenium-grid",
                    "blocked: exposure/unauthenticated-surface",
                    vec![Count { word: "critical", count: 1 }, Count { word: "high", count: 2 }],
                    "",
                    true,
                ),
                row("nginx", "passes; needs one approval", vec![], "none", false),
                row("n8n", "could not be judged: <b>template</b>\u{202e}", vec![], "unknown", false),
            ],
            push_command: "chartgate push demo-1.0.0.tgz charts".to_owned(),
            newer: None,
            older: Some("/ui/queue?after=x".to_owned()),
            page_words: "1 to 100 of 120".to_owned(),
        }
    }
}
