//! Why a version is not available: the permanent page that a consumer's error message links to. It tells no more than
//! the error itself, and what can be used instead.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;

use super::addresses;
use super::chart::oci_command;
use super::frame::{Frame, Link, Place};
use super::page::{page, see_other};
use super::parts::Pair;
use super::version::load::{Names, load};
use super::visit::{Visit, sentence};
use crate::db::versions;
use crate::error::{Error, Kind, Result};
use crate::model::{Digest, State};
use crate::registry;

/// `GET /blocked/{digest}`: by the bytes, for links in tickets.
pub async fn get(visit: Visit, digest: web::Path<String>) -> HttpResponse {
    let unknown = || Error::new(Kind::NotFound, "nothing with this digest is known to you");
    let Ok(digest) = Digest::parse(&digest) else { return visit.error(&unknown()).await };
    let rows = match versions::by_digest(&mut visit.app.db.read(), &digest).await {
        Ok(rows) => rows,
        Err(error) => return visit.error(&error).await,
    };
    for row in rows {
        let names = Names {
            repository: row.repository.to_string(),
            chart: row.chart.to_string(),
            version: row.version.to_string(),
        };
        match load(&visit, &names).await {
            Ok(loaded) => return see_other(&loaded.href),
            Err(error) if error.kind == Kind::NotApproved => {
                return match build(&visit, &names, &error).await {
                    Ok(filled) => page(StatusCode::FORBIDDEN, &filled),
                    Err(error) => visit.error(&error).await,
                };
            }
            Err(_) => {}
        }
    }
    visit.error(&unknown()).await
}

/// The page for a version that the registry withholds with `error`.
///
/// # Errors
/// The registry's.
pub async fn build(visit: &Visit, names: &Names, error: &Error) -> Result<BlockedPage> {
    let (repository, chart, version) = names.parse()?;
    let row = versions::by_name(&mut visit.app.db.read(), &repository, &chart, &version).await?;
    let approved = registry::versions_of(&visit.app, visit.caller(), &repository, &chart)
        .await
        .unwrap_or_default()
        .into_iter()
        .find(|row| row.state == State::Approved);
    let deciding = row.as_ref().map(versions::VersionRow::deciding).unwrap_or_default();
    let state = row.as_ref().map(|row| row.state);
    let mut facts = vec![Pair { name: "Repository".to_owned(), value: repository.to_string() }];
    if let Some(reason) = row.as_ref().and_then(|row| row.decision_reason.clone()) {
        facts.push(Pair { name: "Reason".to_owned(), value: reason });
    }
    if let Some(row) = &row {
        let since = super::parts::Moment::from_micros(row.state_changed_at.0).text;
        facts.push(Pair { name: "Since".to_owned(), value: since });
    }
    Ok(BlockedPage {
        frame: visit.frame(&format!("{chart} {version}"), Place::Charts).await,
        headline: format!("{chart} {version} is not available from this registry"),
        class: if matches!(state, Some(State::Rejected | State::Revoked)) { "block" } else { "waiting" },
        why: sentence(&error.public),
        state: state.map(|state| state.to_string()),
        facts,
        rules: deciding.into_iter().map(|id| Link { href: format!("/ui/rules/{id}"), word: id }).collect(),
        instead: approved
            .map(|row| Instead { version: row.version.to_string(), command: oci_command(&visit.app, &row) }),
        review_href: visit.visitor.session.is_some().then(|| addresses::chart(&repository, &chart)),
    })
}

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
