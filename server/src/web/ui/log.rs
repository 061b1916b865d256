//! The log: audit entries, newest first. Entries are written by the registry alone.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;

use super::addresses::{self, with_query};
use super::filter;
use super::frame::{Frame, Place};
use super::page::page;
use super::parts::Moment;
use super::version::short_digest;
use super::visit::Visit;
use crate::db::audit::{AuditFilter, AuditRow, head};
use crate::error::Result;
use crate::model::{ChartName, RepositoryName, Version};
use crate::registry::{self, Entry};

/// Entries on one page.
const ENTRIES_PER_PAGE: i64 = 100;
/// Up to so many entries the chain is recomputed for each look at the log; beyond, the command line does it.
const CHAIN_VERIFY_MAX: i64 = 5_000;
/// Keys of the filter.
const KEYS: &[&str] = &["actor", "action", "object", "repository", "version"];

#[derive(serde::Deserialize)]
pub struct LogQuery {
    #[serde(default)]
    q: String,
    before: Option<i64>,
}

/// `GET /ui/log`.
pub async fn get(visit: Visit, query: web::Query<LogQuery>) -> HttpResponse {
    let result = build(&visit, &query).await;
    visit.answer(result.map(|filled| page(StatusCode::OK, &filled))).await
}

async fn build(visit: &Visit, query: &LogQuery) -> Result<LogPage> {
    let (mut wanted, filter_error) = match read_filter(&query.q) {
        Ok(wanted) => (wanted, None),
        Err(error) => (AuditFilter::default(), Some(error)),
    };
    wanted.before = query.before;
    let mut entries = registry::log_page(&visit.app, visit.caller(), &wanted, ENTRIES_PER_PAGE + 1).await?;
    let more = entries.len() > usize::try_from(ENTRIES_PER_PAGE).unwrap_or(usize::MAX);
    entries.truncate(usize::try_from(ENTRIES_PER_PAGE).unwrap_or(usize::MAX));
    let older = entries
        .last()
        .filter(|_| more)
        .map(|row| with_query("/ui/log", &[("q", &query.q), ("before", &row.seq.to_string())]));
    Ok(LogPage {
        frame: visit.frame("Log", Place::Log).await,
        chain: chain(visit).await?,
        query: query.q.clone(),
        filter_error,
        rows: entries.iter().map(EntryRow::from).collect(),
        verify_command: format!("chartgate audit verify{}", visit.app.config.data_flag()),
        newer: query.before.map(|_| with_query("/ui/log", &[("q", &query.q)])),
        older,
        page_words: String::new(),
    })
}

/// What the hash chain says, in one sentence.
async fn chain(visit: &Visit) -> Result<String> {
    let Some((last, _)) = head(&mut visit.app.db.read()).await? else { return Ok("no entry yet".to_owned()) };
    if last > CHAIN_VERIFY_MAX {
        return Ok(format!("newest entry #{last}; chartgate audit verify checks the chain"));
    }
    let chain = registry::verify(&visit.app.db).await?;
    Ok(match chain.broken {
        None => format!("chain ok to #{}", chain.entries),
        Some((seq, what)) => format!("CHAIN BROKEN at #{seq}: {what}"),
    })
}

/// The filter of the log: exact values only, so that every page is one question to an index.
fn read_filter(q: &str) -> Result<AuditFilter, String> {
    let mut wanted = AuditFilter::default();
    for term in filter::parse(q, KEYS)? {
        if term.excludes {
            return Err("The log has no leading minus; every word narrows.".to_owned());
        }
        let place = match term.key {
            "actor" => &mut wanted.actor,
            "action" => &mut wanted.action,
            "repository" => &mut wanted.repository,
            "version" => &mut wanted.version,
            _ => &mut wanted.chart,
        };
        let value = match term.key {
            "action" if !term.value.contains('.') => format!("version.{}", term.value),
            _ => term.value,
        };
        *place = Some(value);
    }
    Ok(wanted)
}

impl From<&AuditRow> for EntryRow {
    fn from(row: &AuditRow) -> EntryRow {
        let entry: Option<Entry> = serde_json::from_str(&row.entry).ok();
        let names = (
            RepositoryName::parse(&row.repository),
            ChartName::parse(&row.chart),
            Version::parse(&row.version),
        );
        let href = match names {
            (Ok(repository), Ok(chart), Ok(version)) => {
                Some(addresses::version(&repository, &chart, &version))
            }
            _ => None,
        };
        let object = match (row.chart.as_str(), row.version.as_str()) {
            ("", _) => row.repository.clone(),
            (chart, version) => format!("{}/{chart} {version}", row.repository),
        };
        let text = |pick: fn(&Entry) -> Option<String>| entry.as_ref().and_then(pick).unwrap_or_default();
        let (before, after) = (text(|entry| entry.before.clone()), text(|entry| entry.after.clone()));
        EntryRow {
            seq: u64::try_from(row.seq).unwrap_or_default(),
            at: Moment::from_micros(row.at.0),
            actor: row.actor.clone(),
            action: row.action.clone(),
            object,
            href,
            change: match (before.is_empty(), after.is_empty()) {
                (false, false) if before == after => after,
                (false, false) => format!("{before} → {after}"),
                (true, _) => after,
                (false, true) => format!("{before} → gone"),
            },
            reason: text(|entry| entry.reason.clone()),
            digest: short_digest(&text(|entry| entry.digest.as_ref().map(ToString::to_string))),
            policy_version: text(|entry| entry.policy_version.clone()),
            request_id: text(|entry| entry.request_id.clone()),
        }
    }
}

#[derive(Template)]
#[template(path = "log.html")]
pub struct LogPage {
    pub frame: Frame,
    /// State of the hash chain in one sentence.
    pub chain: String,
    pub query: String,
    pub filter_error: Option<String>,
    pub rows: Vec<EntryRow>,
    pub verify_command: String,
    pub newer: Option<String>,
    pub older: Option<String>,
    pub page_words: String,
}

/// One audit entry as a row.
#[derive(Clone, Debug, Default)]
pub struct EntryRow {
    pub seq: u64,
    pub at: Moment,
    pub actor: String,
    pub action: String,
    pub object: String,
    pub href: Option<String>,
    /// `in review → approved`.
    pub change: String,
    pub reason: String,
    pub digest: String,
    pub policy_version: String,
    pub request_id: String,
}

impl LogPage {
    #[must_use]
    pub fn sample() -> LogPage {
        LogPage {
            frame: Frame::sample("Log", Place::Log),
            chain: "chain ok to entry 2".to_owned(),
            query: "actor:kim".to_owned(),
            filter_error: None,
            rows: vec![EntryRow::sample(2), EntryRow::sample(1)],
            verify_command: "chartgate audit verify --data ./chartgate-data".to_owned(),
            newer: None,
            older: Some("/ui/log?before=1".to_owned()),
            page_words: "2 entries".to_owned(),
        }
    }
}

impl EntryRow {
    #[must_use]
    pub fn sample(seq: u64) -> EntryRow {
        EntryRow {
            seq,
            at: Moment::sample(),
            actor: "kim".to_owned(),
            action: "approve".to_owned(),
            object: "charts/nginx 18.1.4".to_owned(),
            href: Some("/ui/charts/charts/nginx/18.1.4".to_owned()),
            change: "in review → approved".to_owned(),
            reason: "reviewed <with> care".to_owned(),
            digest: "sha256:9f3a17…c1".to_owned(),
            policy_version: "8bd1f0c1b5a2".to_owned(),
            request_id: "01KAVZ3M5T".to_owned(),
        }
    }
}
