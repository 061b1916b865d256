//! The findings tab: each finding with its evidence, the template's line beside what it rendered to.

use askama::Template;
use scanner::report::{Finding, Report};

use super::Top;
use crate::web::ui::frame::Frame;
use crate::web::ui::parts::{Chip, anchor, object_words, severity_word};
use crate::web::ui::source::{Pane, rendered_pane, template_pane};

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
            message: finding.message.clone(),
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
