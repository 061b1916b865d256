//! The history tab: the audit entries of one version.

use askama::Template;

use super::Top;
use crate::web::ui::frame::Frame;
use crate::web::ui::log::EntryRow;

#[derive(Template)]
#[template(path = "version/history.html")]
pub struct HistoryPage {
    pub frame: Frame,
    pub top: Top,
    pub rows: Vec<EntryRow>,
    pub newer: Option<String>,
    pub older: Option<String>,
    pub page_words: String,
}

impl HistoryPage {
    #[must_use]
    pub fn sample() -> HistoryPage {
        HistoryPage {
            frame: Top::sample_frame(),
            top: Top::sample("History"),
            rows: vec![EntryRow::sample(2), EntryRow::sample(1)],
            newer: None,
            older: None,
            page_words: String::new(),
        }
    }
}
