//! The queue: what waits for a person, oldest first. Data of the page and its sample.

use askama::Template;

use super::frame::{Frame, Place};
use super::parts::{Chip, Count, Moment};

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
