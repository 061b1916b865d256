//! The page of one version, in parts: the verdict with what decides it stands over every tab. Data only.

pub mod by_digest;
pub mod decide;
pub mod findings;
pub mod history;
pub mod images;
pub mod load;
pub mod manifests;
pub mod sample;

use scanner::policy::{Outcome, Policy, Verdict};
use scanner::report::{Completeness, Finding, Report};

use super::frame::Link;
use super::parts::{Moment, anchor, counted, object_words, severity_word};
use super::visit::sentence;

/// Deciding findings shown in the verdict; the others are one link away.
const DECIDING_SHOWN_MAX: usize = 5;

/// What stands in the page's head.
#[derive(Clone, Debug)]
pub struct VersionHead {
    pub repository: String,
    pub chart: String,
    pub version: String,
    pub state: String,
    /// `sha256:<hex>`.
    pub digest: String,
    pub href: String,
    pub chart_href: String,
    pub digest_href: String,
    pub pushed_by: String,
    pub pushed_at: Moment,
}

impl VersionHead {
    /// `sha256:9f3a17…c1`: enough to compare by eye.
    #[must_use]
    pub fn short_digest(&self) -> String {
        short_digest(&self.digest)
    }
}

/// The first six and last two hex digits of a digest.
#[must_use]
pub fn short_digest(digest: &str) -> String {
    let (Some(start), Some(end)) =
        (digest.get(..13), digest.len().checked_sub(2).and_then(|at| digest.get(at..)))
    else {
        return digest.to_owned();
    };
    format!("{start}…{end}")
}

/// The verdict card.
#[derive(Clone, Debug)]
pub struct VerdictCard {
    /// `pass`, `block`, `incomplete` or `waiting`.
    pub class: &'static str,
    pub headline: String,
    /// Policy, completeness, profiles.
    pub basis: String,
    pub deciding: Vec<Deciding>,
    /// How many findings block.
    pub blocking: usize,
    /// Link text to the deciding findings that are not shown.
    pub more: Option<String>,
    /// What else a person must know before deciding.
    pub lines: Vec<String>,
}

/// One finding that decides.
#[derive(Clone, Debug)]
pub struct Deciding {
    pub severity: &'static str,
    pub title: String,
    pub rule: String,
    pub rule_href: String,
    pub object: String,
    pub message: String,
    pub values: Vec<String>,
    /// Address of its evidence on the findings tab.
    pub evidence_href: String,
}

/// The card for a version that has not been scanned yet.
#[must_use]
pub fn unscanned() -> VerdictCard {
    VerdictCard {
        class: "waiting",
        headline: "Not scanned yet".to_owned(),
        basis: "in quarantine".to_owned(),
        deciding: Vec::new(),
        blocking: 0,
        more: None,
        lines: vec!["The scan is waiting or running. Reload this page to see its result.".to_owned()],
    }
}

/// The card where the policy file cannot be read: nothing can be approved until it can.
#[must_use]
pub fn unreadable_policy() -> VerdictCard {
    VerdictCard {
        class: "incomplete",
        headline: "Could not be judged".to_owned(),
        basis: "no policy".to_owned(),
        deciding: Vec::new(),
        blocking: 0,
        more: None,
        lines: vec![
            "The policy of this repository cannot be read. The operator has to mend the file.".to_owned(),
        ],
    }
}

/// The card of a scanned version: what decides stands first.
#[must_use]
pub fn verdict_card(
    report: &Report,
    verdict: &Verdict,
    policy: &Policy,
    title_of: &dyn Fn(&str) -> String,
    href: &str,
) -> VerdictCard {
    let mut deciding: Vec<_> =
        report.findings.iter().filter(|finding| verdict.deciding_rules.contains(&finding.rule)).collect();
    deciding.retain(|finding| finding.severity >= policy.block_at);
    deciding.sort_by(|a, b| b.severity.cmp(&a.severity).then(a.rule.cmp(&b.rule)));
    let headline = match verdict.outcome {
        Outcome::Pass => "Nothing blocks".to_owned(),
        Outcome::Block => format!("Blocked by {}", counted(deciding.len(), "finding")),
        Outcome::Incomplete => "Could not be judged".to_owned(),
    };
    let completeness = match &report.completeness {
        Completeness::Complete => "complete scan",
        Completeness::Incomplete { .. } => "incomplete scan",
    };
    let mut lines = Vec::new();
    let is_told = |what: &str| deciding.iter().any(|finding| finding.message.contains(what));
    if let Completeness::Incomplete { reason } = &report.completeness
        && !is_told(reason)
    {
        lines.push(format!("The scan is not complete: {reason}. What could not be looked at never passes."));
    }
    for profile in &report.profiles {
        if let Some(error) = &profile.error
            && !is_told(error)
        {
            lines.push(format!("Does not render with {}: {error}", profile.name));
        }
    }
    let hidden = deciding.len().saturating_sub(DECIDING_SHOWN_MAX);
    VerdictCard {
        class: match verdict.outcome {
            Outcome::Pass => "pass",
            Outcome::Block => "block",
            Outcome::Incomplete => "incomplete",
        },
        headline,
        basis: format!(
            "policy {}, {completeness}, {}",
            policy.version(),
            counted(report.profiles.len(), "profile")
        ),
        deciding: deciding
            .iter()
            .take(DECIDING_SHOWN_MAX)
            .map(|finding| Deciding {
                severity: severity_word(finding.severity),
                title: title_of(&finding.rule),
                rule: finding.rule.clone(),
                rule_href: format!("/ui/rules/{}", finding.rule),
                object: prefix(finding),
                message: sentence(&finding.message),
                values: finding.values.clone(),
                evidence_href: format!("{href}/findings#{}", anchor(finding)),
            })
            .collect(),
        blocking: deciding.len(),
        more: (hidden > 0).then(|| format!("{} more that block", counted(hidden, "finding"))),
        lines,
    }
}

/// The object before a message, unless the message names it.
fn prefix(finding: &Finding) -> String {
    let object = object_words(finding.object.as_ref());
    let is_named = finding.object.as_ref().is_some_and(|object| finding.message.contains(&object.name));
    if is_named { String::new() } else { object }
}

/// One short fact of the trust strip.
#[derive(Clone, Debug)]
pub struct Fact {
    /// `ok`, `no` or nothing.
    pub class: &'static str,
    pub mark: &'static str,
    pub subject: &'static str,
    pub text: String,
}

#[derive(Clone, Debug)]
pub struct Tab {
    pub href: String,
    pub word: &'static str,
    pub key: &'static str,
    pub count: Option<usize>,
    pub current: bool,
}

/// The decision bar; absent for people who may not decide and for final states.
#[derive(Clone, Debug)]
pub struct Bar {
    pub action: String,
    pub policy_version: String,
    /// The scan whose findings are shown.
    pub scan_id: String,
    /// The queue's filter, kept for the next version.
    pub query: String,
    /// What stands beside the buttons: what blocks, or what is needed.
    pub cause: String,
    pub approve_disabled: Option<String>,
    pub can_revoke: bool,
    pub reason: String,
    pub reason_max: usize,
    pub error: Option<String>,
}

/// Everything that stands over the tabs.
#[derive(Clone, Debug)]
pub struct Top {
    pub version: VersionHead,
    pub next: Option<Link>,
    pub verdict: VerdictCard,
    pub trust: Vec<Fact>,
    pub tabs: Vec<Tab>,
    pub bar: Option<Bar>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_shortened_and_anything_else_is_left() {
        let digest = format!("sha256:{}", "9f3a17".repeat(10) + "e0c1");
        assert_eq!(short_digest(&digest), "sha256:9f3a17…c1");
        assert_eq!(short_digest("short"), "short");
    }
}
