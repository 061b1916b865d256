//! Help (keys and words) and the search over charts, digests and rules.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;

use super::addresses;
use super::frame::{Frame, Place};
use super::page::{page, see_other};
use super::parts::{Pair, counted};
use super::visit::Visit;
use crate::error::Result;
use crate::model::Digest;
use crate::registry;

/// Results that are shown; a longer list says less than a longer word.
const HITS_MAX: usize = 100;

#[derive(serde::Deserialize)]
pub struct SearchQuery {
    #[serde(default)]
    q: String,
}

/// `GET /ui/help`.
pub async fn get(visit: Visit) -> HttpResponse {
    page(StatusCode::OK, &HelpPage::new(visit.frame("Help", Place::Elsewhere).await))
}

/// `GET /ui/search`: a digest leads to its version; words are looked for in charts and rules.
pub async fn search(visit: Visit, query: web::Query<SearchQuery>) -> HttpResponse {
    let word = query.q.trim();
    if Digest::parse(word).is_ok() {
        return see_other(&format!("/by-digest/{word}"));
    }
    let result = find(&visit, word).await;
    visit.answer(result.map(|filled| page(StatusCode::OK, &filled))).await
}

async fn find(visit: &Visit, word: &str) -> Result<SearchPage> {
    let lower = word.to_lowercase();
    let mut hits = Vec::new();
    if !lower.is_empty() {
        for repository in registry::readable_repositories(&visit.app, visit.caller()).await? {
            for charts in registry::charts(&visit.app, visit.caller(), &repository.name).await? {
                if charts.chart.as_str().contains(&lower) {
                    hits.push(Hit {
                        href: addresses::chart(&charts.repository, &charts.chart),
                        word: format!("{}/{}", charts.repository, charts.chart),
                        kind: "chart",
                    });
                }
            }
        }
        for rule in scanner::rules::all() {
            if rule.id.contains(&lower) || rule.title.to_lowercase().contains(&lower) {
                let word = format!("{}: {}", rule.id, rule.title);
                hits.push(Hit { href: format!("/ui/rules/{}", rule.id), word, kind: "rule" });
            }
        }
    }
    let total = hits.len();
    hits.truncate(HITS_MAX);
    Ok(SearchPage {
        frame: Frame { searched: word.to_owned(), ..visit.frame("Search", Place::Elsewhere).await },
        summary: counted(total, "result"),
        hits,
        none: if word.is_empty() {
            "Type the name of a chart or rule, or a digest.".to_owned()
        } else {
            format!("Nothing is called “{word}”. Charts are found by their name, rules by id and title.")
        },
    })
}

#[derive(Template)]
#[template(path = "help.html")]
pub struct HelpPage {
    pub frame: Frame,
    pub keys: Vec<Pair>,
    pub words: Vec<Pair>,
}

impl HelpPage {
    /// The page's content does not depend on who reads it.
    #[must_use]
    pub fn new(frame: Frame) -> HelpPage {
        let pair =
            |(name, value): &(&str, &str)| Pair { name: (*name).to_owned(), value: (*value).to_owned() };
        HelpPage { frame, keys: KEYS.iter().map(pair).collect(), words: WORDS.iter().map(pair).collect() }
    }

    #[must_use]
    pub fn sample() -> HelpPage {
        HelpPage::new(Frame::sample("Help", Place::Elsewhere))
    }
}

const KEYS: &[(&str, &str)] = &[
    ("j k", "next and previous row or finding"),
    ("Enter", "open it"),
    ("n", "next version in the queue"),
    ("f m h", "findings, manifests, history of a version"),
    ("a r", "go to the reason of the decision"),
    ("u", "back to the queue"),
    ("g, then q c m r l", "queue, charts, mirrors, rules, log"),
    ("/", "search"),
    ("?", "this page"),
];

const WORDS: &[(&str, &str)] = &[
    ("quarantined", "pushed, not judged yet"),
    ("in review", "judged, waits for a person"),
    ("approved", "published: clients can find and install it"),
    ("rejected", "never published, for good"),
    ("revoked", "was published and is withdrawn, for good"),
    ("finding", "one thing a rule found, with its evidence"),
    ("policy", "what a repository demands before it publishes"),
    ("verdict", "pass, block, or could not be judged; only pass can be approved"),
    ("digest", "sha256 of the archive: names exactly these bytes"),
];

#[derive(Template)]
#[template(path = "search.html")]
pub struct SearchPage {
    pub frame: Frame,
    pub summary: String,
    pub hits: Vec<Hit>,
    pub none: String,
}

pub struct Hit {
    pub href: String,
    pub word: String,
    pub kind: &'static str,
}

impl SearchPage {
    #[must_use]
    pub fn sample() -> SearchPage {
        SearchPage {
            frame: Frame { searched: "nginx\"><".to_owned(), ..Frame::sample("Search", Place::Elsewhere) },
            summary: "1 result".to_owned(),
            hits: vec![Hit {
                href: "/ui/charts/charts/nginx".to_owned(),
                word: "charts/nginx".to_owned(),
                kind: "chart",
            }],
            none: String::new(),
        }
    }
}
