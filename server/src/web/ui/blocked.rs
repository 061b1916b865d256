//! Why a version is not available: the permanent page that a consumer's error message links to. Data of the page.

use askama::Template;

use super::frame::{Frame, Link, Place};
use super::parts::Pair;

#[derive(Template)]
#[template(path = "blocked.html")]
pub struct BlockedPage {
    pub frame: Frame,
    pub headline: String,
    /// Class of the card: `block`, `waiting` or `pass`.
    pub class: &'static str,
    pub why: String,
    pub state: Option<String>,
    pub facts: Vec<Pair>,
    pub rules: Vec<Link>,
    pub instead: Option<Instead>,
    /// The review page, for people who may see it.
    pub review_href: Option<String>,
}

/// The newest approved version of the same chart.
pub struct Instead {
    pub version: String,
    pub command: String,
}

impl BlockedPage {
    #[must_use]
    pub fn sample() -> BlockedPage {
        let pair = |name: &str, value: &str| Pair { name: name.to_owned(), value: value.to_owned() };
        BlockedPage {
            frame: Frame { person: None, ..Frame::sample("nginx 18.2.1", Place::Elsewhere) },
            headline: "nginx 18.2.1 is not available from this registry".to_owned(),
            class: "block",
            why: "A reviewer rejected it".to_owned(),
            state: Some("rejected".to_owned()),
            facts: vec![pair("Reason", "runs privileged"), pair("Since", "2026-11-23 09:12 UTC")],
            rules: vec![Link {
                href: "/ui/rules/pod/privileged".to_owned(),
                word: "pod/privileged".to_owned(),
            }],
            instead: Some(Instead {
                version: "18.1.4".to_owned(),
                command: "helm install web oci://127.0.0.1:8080/charts/nginx --version 18.1.4".to_owned(),
            }),
            review_href: None,
        }
    }
}
