//! The history tab: the audit entries of one version.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;

use super::Top;
use super::load::{Names, TabQuery, answer, load};
use crate::error::{Error, Kind, Result};
use crate::web::ui::frame::Frame;
use crate::web::ui::log::EntryRow;
use crate::web::ui::page::page;
use crate::web::ui::visit::Visit;

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

/// `GET .../<version>/history`: for those who may inspect the version, and for its uploader.
pub async fn get(visit: Visit, names: web::Path<Names>, query: web::Query<TabQuery>) -> HttpResponse {
    let result = build(&visit, &names, &query).await;
    answer(&visit, &names, result.map(|filled| page(StatusCode::OK, &filled))).await
}

async fn build(visit: &Visit, names: &Names, query: &TabQuery) -> Result<HistoryPage> {
    let loaded = load(visit, names).await?;
    if loaded.page.history.is_empty() {
        let kind = if visit.visitor.session.is_some() { Kind::Forbidden } else { Kind::Unauthenticated };
        return Err(Error::new(kind, "the history of a version is for its uploader and its reviewers"));
    }
    let rows: Vec<EntryRow> = loaded.page.history.iter().rev().map(EntryRow::from).collect();
    Ok(HistoryPage {
        frame: loaded.frame(visit).await,
        top: loaded.top(visit, "History", query).await?,
        rows,
        newer: None,
        older: None,
        page_words: String::new(),
    })
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
