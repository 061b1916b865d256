//! Policy as data and the one function that turns a report into a verdict. Pure.

use serde::{Deserialize, Serialize};

use crate::report::{Completeness, Report, Severity};

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
}

impl Default for Policy {
    fn default() -> Self {
        Policy { block_at: Severity::High, approvals: 1, uploader_may_approve: false }
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

    /// Names this exact policy: first 12 hex digits of the sha256 of its canonical TOML.
    #[must_use]
    pub fn version(&self) -> String {
        let canonical = serde_json::to_string(self).unwrap_or_default();
        crate::hex_sha256(canonical.as_bytes())[..12].to_owned()
    }
}

/// Turns a report into a verdict. Monotonic: more findings never give a milder verdict.
#[must_use]
pub fn decide(report: &Report, policy: &Policy) -> Verdict {
    let mut deciding: Vec<(Severity, &str)> = report
        .findings
        .iter()
        .filter(|finding| finding.severity >= policy.block_at)
        .map(|finding| (finding.severity, finding.rule.as_str()))
        .collect();
    deciding.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
    let count = deciding.len();
    let mut deciding_rules: Vec<String> = Vec::new();
    for (_, rule) in deciding {
        if !deciding_rules.iter().any(|known| known == rule) {
            deciding_rules.push(rule.to_owned());
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
