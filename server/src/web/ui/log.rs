//! The log: audit entries, newest first. Data of the page; entries are written by the registry alone.

use askama::Template;

use super::frame::{Frame, Place};
use super::parts::Moment;

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
