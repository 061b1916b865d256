//! All charts that the reader may see. Data of the page.

use askama::Template;

use super::frame::{Frame, Place};
use super::parts::Chip;

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
