//! The findings tab: each finding with its evidence, the template's line beside what it rendered to.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use scanner::report::{Completeness, Finding, Report};

use super::Top;
use super::load::{Loaded, Names, TabQuery, answer, load};
use crate::error::Result;
use crate::web::ui::frame::Frame;
use crate::web::ui::page::page;
use crate::web::ui::parts::{Chip, anchor, counted, counts, object_words, severity_word};
use crate::web::ui::source::{Pane, rendered_pane, template_pane};
use crate::web::ui::visit::{Visit, sentence};
use crate::web::ui::{addresses, filter, rules};

/// Findings on one page.
pub const FINDINGS_PER_PAGE: usize = 50;

#[derive(Template)]
#[template(path = "version/findings.html")]
pub struct FindingsPage {
    pub frame: Frame,
    pub top: Top,
    pub chips: Vec<Chip>,
    pub findings: Vec<FindingCard>,
    /// Said when there is nothing to list: nothing found, could not look, or not scanned yet.
    pub none: String,
    pub newer: Option<String>,
    pub older: Option<String>,
    pub page_words: String,
}

pub struct FindingCard {
    pub severity: &'static str,
    pub title: String,
    pub rule: String,
    pub rule_href: String,
    pub object: String,
    pub path: String,
    /// `templates/hub-service.yaml:24`.
    pub place: Option<String>,
    pub values: Vec<String>,
    pub message: String,
    pub evidence: String,
    pub profile: String,
    pub anchor: String,
    pub source: Option<Pane>,
    pub rendered: Option<Pane>,
    /// Deciding findings are unfolded.
    pub open: bool,
}

/// `GET .../<version>` and `.../findings`.
pub async fn get(visit: Visit, names: web::Path<Names>, query: web::Query<TabQuery>) -> HttpResponse {
    let result = build(&visit, &names, &query).await;
    answer(&visit, &names, result.map(|filled| page(StatusCode::OK, &filled))).await
}

/// The page of findings, most severe first.
///
/// # Errors
/// The version is unknown or withheld.
pub async fn build(visit: &Visit, names: &Names, query: &TabQuery) -> Result<FindingsPage> {
    let loaded = load(visit, names).await?;
    let top = loaded.top(visit, "Findings", query).await?;
    let severity = filter::severity(&query.severity);
    let mut findings: Vec<&Finding> = loaded.page.report.iter().flat_map(|report| &report.findings).collect();
    let chips = chips(&findings, &query.severity, &format!("{}/findings", loaded.href), &query.q);
    findings.retain(|finding| severity.is_none_or(|severity| finding.severity == severity));
    findings.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.rule.cmp(&b.rule)));
    let total = findings.len();
    let at = query.page.unwrap_or(1).max(1);
    let start = (at - 1).saturating_mul(FINDINGS_PER_PAGE).min(total);
    let end = (start + FINDINGS_PER_PAGE).min(total);
    let link = |page: usize| {
        let number = page.to_string();
        let queries = [("q", query.q.as_str()), ("severity", &query.severity), ("page", &number)];
        addresses::with_query(&format!("{}/findings", loaded.href), &queries)
    };
    let cards = loaded.page.report.as_ref().map_or_else(Vec::new, |report| {
        let blocks = |finding: &Finding| {
            loaded.page.policy.as_ref().is_some_and(|policy| finding.severity >= policy.block_at)
        };
        findings[start..end]
            .iter()
            .map(|finding| FindingCard::new(report, finding, rules::title(&finding.rule), blocks(finding)))
            .collect()
    });
    Ok(FindingsPage {
        frame: loaded.frame(visit).await,
        top,
        chips,
        findings: cards,
        none: none(&loaded, severity.is_some()),
        newer: (start > 0).then(|| link(at - 1)),
        older: (end < total).then(|| link(at + 1)),
        page_words: format!("{} to {end} of {}", start + 1, counted(total, "finding")),
    })
}

fn chips(findings: &[&Finding], current: &str, href: &str, q: &str) -> Vec<Chip> {
    let chip = |word: &str, value: &str, count| Chip {
        word: word.to_owned(),
        count,
        href: addresses::with_query(href, &[("q", q), ("severity", value)]),
        current: current == value,
    };
    let mut chips = vec![chip("All", "", findings.len())];
    chips.extend(
        counts(findings.iter().map(|finding| finding.severity)).iter().map(|c| chip(c.word, c.word, c.count)),
    );
    if chips.len() > 2 { chips } else { Vec::new() }
}

/// "Nothing found", "could not look" and "not yet" are three different answers.
fn none(loaded: &Loaded, filtered: bool) -> String {
    match loaded.page.report.as_ref().map(|report| &report.completeness) {
        None => "Not scanned yet: nothing is known about this version.".to_owned(),
        Some(_) if filtered => "No finding of this severity.".to_owned(),
        Some(Completeness::Complete) => "The scan was complete and found nothing.".to_owned(),
        Some(Completeness::Incomplete { reason }) => format!("The scan could not look everywhere: {reason}."),
    }
}

impl FindingCard {
    /// From a finding of `report`.
    #[must_use]
    pub fn new(report: &Report, finding: &Finding, title: String, open: bool) -> FindingCard {
        FindingCard {
            severity: severity_word(finding.severity),
            title,
            rule: finding.rule.clone(),
            rule_href: format!("/ui/rules/{}", finding.rule),
            object: object_words(finding.object.as_ref()),
            path: finding.path.clone(),
            place: finding.template.as_ref().map(|place| format!("{}:{}", place.file, place.line)),
            values: finding.values.clone(),
            message: sentence(&finding.message),
            evidence: finding.evidence.clone(),
            profile: finding.profile.clone(),
            anchor: anchor(finding),
            source: template_pane(report, finding),
            rendered: rendered_pane(report, finding),
            open,
        }
    }

    /// Source first, then what it rendered to.
    #[must_use]
    pub fn panes(&self) -> Vec<&Pane> {
        self.source.iter().chain(self.rendered.iter()).collect()
    }
}

impl FindingsPage {
    #[must_use]
    pub fn sample() -> FindingsPage {
        let report = super::sample::report();
        FindingsPage {
            frame: Top::sample_frame(),
            top: Top::sample("Findings"),
            chips: Vec::new(),
            findings: report
                .findings
                .iter()
                .map(|finding| FindingCard::new(&report, finding, super::sample::title(&finding.rule), true))
                .collect(),
            none: String::new(),
            newer: None,
            older: None,
            page_words: String::new(),
        }
    }
}
