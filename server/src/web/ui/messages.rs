//! Pages that say one thing: an error, or a form that was out of date. Data only; the router decides when.

use askama::Template;

use super::frame::{Frame, Place};

#[derive(Template)]
#[template(path = "error.html")]
pub struct ErrorPage {
    pub frame: Frame,
    pub headline: String,
    pub what: String,
    pub todo: String,
}

#[derive(Template)]
#[template(path = "stale.html")]
pub struct StalePage {
    pub frame: Frame,
    pub what_changed: String,
    pub href: String,
    /// The queue's filter.
    pub q: String,
    pub reason: String,
}

impl ErrorPage {
    #[must_use]
    pub fn sample() -> ErrorPage {
        ErrorPage {
            frame: Frame::sample("Not found", Place::Elsewhere),
            headline: "There is no such page".to_owned(),
            what: "Nothing is at this address, or you may not see it.".to_owned(),
            todo: "Check the address, or sign in with an account that may.".to_owned(),
        }
    }
}

impl StalePage {
    #[must_use]
    pub fn sample() -> StalePage {
        StalePage {
            frame: Frame::sample("Out of date", Place::Queue),
            what_changed: "The policy changed from 8bd1f0c1b5a2 to 0a1b2c3d4e5f.".to_owned(),
            href: "/ui/charts/charts/nginx/18.1.4".to_owned(),
            q: String::new(),
            reason: "reviewed \"with\" care".to_owned(),
        }
    }
}
