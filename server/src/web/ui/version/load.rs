//! From a request to the version it names, and everything that stands over the tabs. The tabs build their own part.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::{Bar, Fact, Tab, Top, VersionHead, unscanned, verdict_card};
use crate::config::REASON_BYTES_MAX;
use crate::error::{Error, Kind, Result};
use crate::model::{ChartName, RepositoryName, State, Version};
use crate::registry::{self, VersionPage};
use crate::web::ui::frame::{Frame, Link, Place};
use crate::web::ui::page::page;
use crate::web::ui::parts::{Moment, counted};
use crate::web::ui::visit::{Visit, sentence};
use crate::web::ui::{addresses, blocked, queue, rules};

/// The names in the path of a version page.
#[derive(Clone, Debug, serde::Deserialize)]
pub struct Names {
    pub repository: String,
    pub chart: String,
    pub version: String,
}

/// Queries that every tab understands.
#[derive(Clone, Debug, Default, serde::Deserialize)]
pub struct TabQuery {
    /// The queue's filter, kept while walking through it.
    #[serde(default)]
    pub q: String,
    /// A reason that was typed before, from a form that was out of date.
    #[serde(default)]
    pub reason: String,
    /// Severity of the findings to list.
    #[serde(default)]
    pub severity: String,
    /// Page of findings, from 1.
    #[serde(default)]
    pub page: Option<usize>,
    /// Which text of a list to show, from 0.
    #[serde(default)]
    pub at: Option<usize>,
}

impl Names {
    /// # Errors
    /// One of them cannot be a name: then there is no such page.
    pub fn parse(&self) -> Result<(RepositoryName, ChartName, Version)> {
        let absent = |_| Error::new(Kind::NotFound, "there is no such chart");
        Ok((
            RepositoryName::parse(&self.repository).map_err(absent)?,
            ChartName::parse(&self.chart).map_err(absent)?,
            Version::parse(&self.version).map_err(absent)?,
        ))
    }
}

/// A version that this visitor may see.
pub struct Loaded {
    pub page: VersionPage,
    pub href: String,
}

/// Loads the version of a path.
///
/// # Errors
/// The registry's: unknown, withheld with its reason, or not readable by this visitor.
pub async fn load(visit: &Visit, names: &Names) -> Result<Loaded> {
    let (repository, chart, version) = names.parse()?;
    let page = registry::version_page(&visit.app, visit.caller(), &repository, &chart, &version).await?;
    Ok(Loaded { href: addresses::version(&repository, &chart, &version), page })
}

/// The answer of a tab; a version that is withheld gets the page that says why.
pub async fn answer(visit: &Visit, names: &Names, result: Result<HttpResponse>) -> HttpResponse {
    match result {
        Err(error) if error.kind == Kind::NotApproved => match blocked::build(visit, names, &error).await {
            Ok(filled) => page(StatusCode::FORBIDDEN, &filled),
            Err(error) => visit.answer(Err(error)).await,
        },
        other => visit.answer(other).await,
    }
}

impl Loaded {
    /// Frame of a page of this version.
    pub async fn frame(&self, visit: &Visit) -> Frame {
        let title = format!("{} {}", self.page.row.chart, self.page.row.version);
        let waits = matches!(self.page.row.state, State::Quarantined | State::InReview);
        visit.frame(&title, if waits { Place::Queue } else { Place::Charts }).await
    }

    /// Everything over the tabs; `current` is the word of the open tab.
    ///
    /// # Errors
    /// The database's.
    pub async fn top(&self, visit: &Visit, current: &'static str, query: &TabQuery) -> Result<Top> {
        let row = &self.page.row;
        let verdict = match (&self.page.report, &self.page.verdict, &self.page.policy) {
            (Some(report), Some(verdict), Some(policy)) => {
                verdict_card(report, verdict, policy, &rules::title, &self.href)
            }
            (Some(_), _, _) => super::unreadable_policy(),
            _ => unscanned(),
        };
        let next = if visit.visitor.session.is_some() && row.state == State::InReview {
            queue::neighbour(visit, row, &query.q).await?
        } else {
            None
        };
        Ok(Top {
            version: VersionHead {
                repository: row.repository.to_string(),
                chart: row.chart.to_string(),
                version: row.version.to_string(),
                state: row.state.to_string(),
                digest: row.digest.to_string(),
                href: self.href.clone(),
                chart_href: addresses::chart(&row.repository, &row.chart),
                digest_href: addresses::digest(&row.digest),
                pushed_by: row.uploaded_by.clone(),
                pushed_at: Moment::from_micros(row.uploaded_at.0),
            },
            next: next.map(|(at, of, href)| Link { href, word: format!("{at} of {of}, next") }),
            trust: self.trust(visit).await?,
            tabs: self.tabs(current, &query.q),
            bar: self.bar(query, verdict.blocking),
            verdict,
        })
    }

    async fn trust(&self, visit: &Visit) -> Result<Vec<Fact>> {
        let row = &self.page.row;
        let fact = |class, mark, subject, text: String| Fact { class, mark, subject, text };
        let versions = registry::versions_of(&visit.app, visit.caller(), &row.repository, &row.chart).await?;
        let approved = versions.iter().find(|other| other.state == State::Approved && other.id != row.id);
        let mut facts = vec![fact("ok", "✓", "digest", "checked on every read".to_owned())];
        let scanned = self.page.scan.as_ref().is_some_and(|scan| scan.digest == row.digest);
        facts.push(if scanned {
            fact("ok", "✓", "scan", "made of these bytes".to_owned())
        } else {
            fact("no", "–", "no scan", "yet".to_owned())
        });
        facts.push(fact("no", "–", "signature", "not looked at".to_owned()));
        facts.push(fact("", "", "source", row.door.as_str().to_owned()));
        facts.push(match approved {
            Some(other) => fact("", "", "last approved", other.version.to_string()),
            None => fact("", "", "first version", "no other is approved".to_owned()),
        });
        Ok(facts)
    }

    fn tabs(&self, current: &'static str, q: &str) -> Vec<Tab> {
        let report = self.page.report.as_ref();
        let tab = |word: &'static str, key, path: &str, count: Option<usize>| Tab {
            href: addresses::with_query(&format!("{}/{path}", self.href), &[("q", q)]),
            word,
            key,
            count,
            current: word == current,
        };
        let mut tabs = vec![
            tab("Findings", "f", "findings", report.map(|report| report.findings.len())),
            tab("Manifests", "m", "manifests", report.map(|report| report.manifests.len())),
            tab("Files", "t", "files", report.map(|report| report.files.len())),
            tab("Images", "i", "images", report.map(|report| report.images.len())),
        ];
        if !self.page.history.is_empty() {
            tabs.push(tab("History", "h", "history", Some(self.page.history.len())));
        }
        tabs
    }

    fn bar(&self, query: &TabQuery, blocking: usize) -> Option<Bar> {
        let state = self.page.row.state;
        if !self.page.may_review || !matches!(state, State::InReview | State::Approved) {
            return None;
        }
        let approvals = self.page.policy.as_ref().map_or(0, |policy| policy.approvals);
        let cause = match (state, &self.page.approve_hindrance) {
            (State::Approved, _) => "Published; revoking is for good".to_owned(),
            (_, Some(_)) if blocking > 0 => {
                format!("{} {}", counted(blocking, "finding"), if blocking == 1 { "blocks" } else { "block" })
            }
            (_, Some(hindrance)) => sentence(hindrance),
            (_, None) => {
                let votes = self.page.votes.iter().filter(|vote| vote.decision == "approve").count();
                let given = if votes > 0 { format!("{votes} of ") } else { String::new() };
                format!("Needs {given}{}", counted(usize::try_from(approvals).unwrap_or(0), "approval"))
            }
        };
        Some(Bar {
            action: format!("{}/decide", self.href),
            policy_version: self.page.policy_version.clone(),
            scan_id: self.page.row.scan_id.as_ref().map(ToString::to_string).unwrap_or_default(),
            query: query.q.clone(),
            cause,
            approve_disabled: self.page.approve_hindrance.clone(),
            can_revoke: state == State::Approved,
            reason: query.reason.clone(),
            reason_max: REASON_BYTES_MAX,
            error: None,
        })
    }
}
