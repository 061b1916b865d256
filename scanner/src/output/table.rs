//! The report as text for a terminal: verdict first, findings by object, most severe first. No colours.

use std::fmt::Write as _;

use crate::policy::{Outcome, Verdict};
use crate::report::{Completeness, DEFAULTS, Finding, Report, Severity};

/// Text that ends with a line end. Control characters were taken out when the findings were made.
#[must_use]
pub fn table(report: &Report, verdict: &Verdict) -> String {
    let mut out = String::new();
    let name = match &report.chart {
        Some(chart) => format!("{} {}", chart.name, chart.version),
        None => "this input".to_owned(),
    };
    let word = match verdict.outcome {
        Outcome::Pass => "PASS",
        Outcome::Block => "BLOCK",
        Outcome::Incomplete => "INCOMPLETE",
    };
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{word}  {name}: {}", verdict.reason);
    for (subject, findings) in by_subject(report) {
        let _ = writeln!(out, "\n{subject}");
        for finding in findings {
            write_finding(&mut out, finding);
        }
    }
    let _ = writeln!(out, "\n{}", summary(report));
    if let Completeness::Incomplete { reason } = &report.completeness {
        let _ = writeln!(out, "incomplete: {reason}");
    }
    out
}

/// Findings grouped by object, the group with the most severe finding first.
fn by_subject(report: &Report) -> Vec<(String, Vec<&Finding>)> {
    let mut groups: Vec<(String, Vec<&Finding>)> = Vec::new();
    for finding in &report.findings {
        let subject = match &finding.object {
            Some(object) if object.namespace.is_empty() => format!("{}/{}", object.kind, object.name),
            Some(object) => format!("{}/{} in {}", object.kind, object.name, object.namespace),
            None => "chart".to_owned(),
        };
        match groups.iter_mut().find(|(known, _)| *known == subject) {
            Some((_, findings)) => findings.push(finding),
            None => groups.push((subject, vec![finding])),
        }
    }
    for (_, findings) in &mut groups {
        findings.sort_by(|a, b| b.severity.cmp(&a.severity).then(a.rule.cmp(&b.rule)));
    }
    groups.sort_by_key(|(_, findings)| findings.first().map(|finding| std::cmp::Reverse(finding.severity)));
    groups
}

fn write_finding(out: &mut String, finding: &Finding) {
    let _ = writeln!(out, "  {:<8}  {}", severity_word(finding.severity), finding.rule);
    let _ = writeln!(out, "            {}", finding.message);
    let mut place = finding.path.clone();
    if !finding.evidence.is_empty() {
        let _ = write!(place, " = {}", finding.evidence);
    }
    if !place.is_empty() {
        let _ = writeln!(out, "            at {place}");
    }
    if let Some(template) = &finding.template {
        let _ = writeln!(out, "            from {}:{}", template.file, template.line);
    }
    if !finding.values.is_empty() {
        let _ = writeln!(out, "            values: {}", finding.values.join(", "));
    }
    if finding.profile != DEFAULTS {
        let _ = writeln!(out, "            only with {}", finding.profile);
    }
}

fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "CRITICAL",
        Severity::High => "HIGH",
        Severity::Medium => "MEDIUM",
        Severity::Low => "LOW",
        Severity::Info => "INFO",
    }
}

fn summary(report: &Report) -> String {
    let count = |severity| report.findings.iter().filter(|finding| finding.severity == severity).count();
    let all = [Severity::Critical, Severity::High, Severity::Medium, Severity::Low, Severity::Info];
    let parts: Vec<String> = all
        .into_iter()
        .filter(|severity| count(*severity) > 0)
        .map(|severity| format!("{} {}", count(severity), severity_word(severity).to_lowercase()))
        .collect();
    let findings =
        if parts.is_empty() { "no findings".to_owned() } else { format!("findings: {}", parts.join(", ")) };
    let profiles: Vec<String> = report
        .profiles
        .iter()
        .map(|profile| match &profile.error {
            None => profile.name.clone(),
            Some(_) => format!("{} (does not render)", profile.name),
        })
        .collect();
    let images = report.images.len();
    if profiles.is_empty() {
        findings
    } else {
        format!("{findings}; rendered: {}; images: {images}", profiles.join(", "))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use crate::policy::{Policy, decide};
    use crate::scan::{Options, scan_manifests};

    #[test]
    fn the_verdict_stands_first_and_findings_by_severity() {
        let yaml = "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {hostNetwork: true, containers: [{name: c, image: 'a:1', securityContext: {privileged: true}}]}}";
        let report = scan_manifests(yaml, &Options::default());
        let text = super::table(&report, &decide(&report, &Policy::default()));
        assert!(
            text.starts_with("BLOCK  this input: blocked by 2 findings: pod/privileged, pod/host-network\n"),
            "{text}"
        );
        let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part} is missing in {text}"));
        assert!(at("Pod/p in default") < at("CRITICAL  pod/privileged"));
        assert!(at("CRITICAL  pod/privileged") < at("HIGH      pod/host-network"));
        assert!(text.contains("at spec.containers[0].securityContext.privileged = true"));
    }
}
