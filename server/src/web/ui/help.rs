//! Help (keys and words) and the search over charts, digests and rules. Data of the pages.

use askama::Template;

use super::frame::{Frame, Place};
use super::parts::Pair;

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
    ("g, then q c r l", "queue, charts, rules, log"),
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
