//! Policy as data and the one function that turns a report into a verdict. Pure.

use serde::{Deserialize, Serialize};

use crate::report::{Completeness, DEFAULTS, Finding, HELM_3_DEFAULTS, Report, Severity};

/// What a repository demands. Read from TOML; unknown keys are refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Policy {
    /// Findings of this severity or above block.
    pub block_at: Severity,
    /// How many people must approve; 0 publishes a passing chart at once.
    pub approvals: u32,
    /// Whether the uploader's own approval counts.
    pub uploader_may_approve: bool,
    /// Findings of which profiles decide. The others are reported and do not block.
    pub profiles: DecidingProfiles,
}

/// Which rendered profiles a verdict looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DecidingProfiles {
    /// The chart's default values, as either generation of Helm renders them.
    Defaults,
    /// Every values file that the chart ships in `ci/` as well.
    All,
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            block_at: Severity::High,
            approvals: 1,
            uploader_may_approve: false,
            profiles: DecidingProfiles::Defaults,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    Pass,
    Block,
    /// Could not be judged completely; never passes.
    Incomplete,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    pub outcome: Outcome,
    /// Rules that decide, most severe first, each once.
    pub deciding_rules: Vec<String>,
    /// Why, for a person.
    pub reason: String,
}

impl Policy {
    /// Parses a policy file.
    ///
    /// # Errors
    /// The TOML parser's sentence with line and column for wrong syntax, unknown keys and wrong types.
    pub fn from_toml(text: &str) -> Result<Policy, toml::de::Error> {
        toml::from_str(text)
    }

    /// Names this exact policy: first 12 hex digits of the sha256 of its canonical JSON.
    #[must_use]
    pub fn version(&self) -> String {
        let canonical = serde_json::to_string(self).unwrap_or_default();
        crate::hex_sha256(canonical.as_bytes())[..12].to_owned()
    }

    /// Whether this finding alone would block.
    #[must_use]
    pub fn blocks(&self, finding: &Finding) -> bool {
        let looks = match self.profiles {
            DecidingProfiles::All => true,
            DecidingProfiles::Defaults => [DEFAULTS, HELM_3_DEFAULTS].contains(&finding.profile.as_str()),
        };
        looks && finding.severity >= self.block_at
    }
}

/// Turns a report into a verdict. Monotonic: more findings never give a milder verdict.
#[must_use]
pub fn decide(report: &Report, policy: &Policy) -> Verdict {
    let mut deciding: Vec<&Finding> =
        report.findings.iter().filter(|finding| policy.blocks(finding)).collect();
    deciding.sort_by(|a, b| b.severity.cmp(&a.severity).then(a.rule.cmp(&b.rule)));
    let count = deciding.len();
    let mut deciding_rules: Vec<String> = Vec::new();
    for finding in deciding {
        if !deciding_rules.contains(&finding.rule) {
            deciding_rules.push(finding.rule.clone());
        }
    }
    let (outcome, reason) = match (&report.completeness, count) {
        (Completeness::Incomplete { reason }, 0) => {
            (Outcome::Incomplete, format!("could not be judged: {reason}"))
        }
        (Completeness::Complete, 0) => (Outcome::Pass, "complete scan, no finding blocks".to_owned()),
        (_, 1) => (Outcome::Block, format!("blocked by 1 finding: {}", deciding_rules.join(", "))),
        (_, _) => (Outcome::Block, format!("blocked by {count} findings: {}", deciding_rules.join(", "))),
    };
    Verdict { outcome, deciding_rules, reason }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    const SEVERITIES: [Severity; 5] =
        [Severity::Info, Severity::Low, Severity::Medium, Severity::High, Severity::Critical];

    fn finding(severity: Severity, profile: &str, number: u64) -> Finding {
        Finding {
            rule: format!("test/rule-{number}"),
            severity,
            object: None,
            path: String::new(),
            template: None,
            values: Vec::new(),
            evidence: String::new(),
            message: String::new(),
            fingerprint: String::new(),
            profile: profile.to_owned(),
        }
    }

    fn harshness(outcome: Outcome) -> u8 {
        match outcome {
            Outcome::Pass => 0,
            Outcome::Incomplete => 1,
            Outcome::Block => 2,
        }
    }

    /// Thousands of reports that grow finding by finding: the verdict never becomes milder.
    #[test]
    fn more_findings_never_give_a_milder_verdict() {
        let mut state = 7_u64;
        let mut next = |bound: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(state >> 33).unwrap() % bound
        };
        for _ in 0..500 {
            let policy = Policy {
                block_at: SEVERITIES[next(5)],
                profiles: [DecidingProfiles::Defaults, DecidingProfiles::All][next(2)],
                ..Policy::default()
            };
            let mut report = Report::empty();
            if next(3) == 0 {
                report.completeness = Completeness::Incomplete { reason: "x".to_owned() };
            }
            let mut last = harshness(decide(&report, &policy).outcome);
            for number in 0..8 {
                let profile = [DEFAULTS, HELM_3_DEFAULTS, "ci/a-values.yaml"][next(3)];
                report.findings.push(finding(SEVERITIES[next(5)], profile, number));
                let now = harshness(decide(&report, &policy).outcome);
                assert!(now >= last);
                last = now;
            }
        }
    }

    #[test]
    fn only_the_deciding_profiles_block() {
        let mut report = Report::empty();
        report.findings.push(finding(Severity::Critical, "ci/a-values.yaml", 1));
        let mut policy = Policy::default();
        assert_eq!(decide(&report, &policy).outcome, Outcome::Pass);
        policy.profiles = DecidingProfiles::All;
        assert_eq!(decide(&report, &policy).outcome, Outcome::Block);
    }

    #[test]
    fn an_incomplete_scan_never_passes() {
        let report = Report {
            completeness: Completeness::Incomplete { reason: "timeout".to_owned() },
            ..Report::empty()
        };
        assert_eq!(decide(&report, &Policy::default()).outcome, Outcome::Incomplete);
    }

    #[test]
    fn policy_files_are_read_strictly() {
        let policy = Policy::from_toml("block-at = \"medium\"\nprofiles = \"all\"\napprovals = 2\n").unwrap();
        assert_eq!(
            (policy.block_at, policy.approvals, policy.profiles),
            (Severity::Medium, 2, DecidingProfiles::All)
        );
        assert_ne!(policy.version(), Policy::default().version());
        for (text, part) in [
            ("block_at = \"high\"", "expected one of `block-at`"),
            ("block-at = \"huge\"", "unknown variant `huge`"),
            ("approvals = -1", "invalid value"),
            ("approvals = ", "line 1"),
        ] {
            let error = Policy::from_toml(text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
