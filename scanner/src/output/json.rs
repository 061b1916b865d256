//! The report as one JSON object; fields are only added.

use serde_json::{Value, json};

use crate::policy::{Policy, Verdict};
use crate::report::{Completeness, Finding, Report};

/// `verdict`, `reason`, `findings` and what they are about. Without the rendered manifests and file texts, which the report keeps.
#[must_use]
pub fn json(report: &Report, verdict: &Verdict, policy: &Policy) -> Value {
    let incomplete = match &report.completeness {
        Completeness::Complete => Value::Null,
        Completeness::Incomplete { reason } => json!(reason),
    };
    json!({
        "schema": report.schema,
        "scanner_version": report.scanner_version,
        "verdict": verdict.outcome,
        "reason": verdict.reason,
        "deciding_rules": verdict.deciding_rules,
        "policy_version": policy.version(),
        "digest": report.digest,
        "chart": report.chart,
        "complete": incomplete.is_null(),
        "incomplete_reason": incomplete,
        "profiles": report.profiles,
        "findings": report.findings.iter().map(|finding| self::finding(finding, policy)).collect::<Vec<_>>(),
        "images": report.images,
    })
}

fn finding(finding: &Finding, policy: &Policy) -> Value {
    json!({
        "rule": finding.rule,
        "severity": finding.severity,
        "blocks": policy.blocks(finding),
        "object": finding.object,
        "path": finding.path,
        "template": finding.template,
        "values": finding.values,
        "evidence": finding.evidence,
        "message": finding.message,
        "fingerprint": finding.fingerprint,
        "profile": finding.profile,
    })
}
