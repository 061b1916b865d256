//! The whole judgement of one input: read, render under every profile, run the rules, report. It decides nothing; policy does.

mod facts;
mod input;
mod profiles;

use renderer::archive::{self, File, Refusal};
use renderer::chart::{self, Metadata};

use crate::finding::{Draft, Findings};
use crate::hex_sha256;
use crate::model::{Scene, documents_of_text};
use crate::report::{ChartFacts, Completeness, DEFAULTS, Finding, Report};
use crate::rule::Rule;
use crate::rules;
use crate::run::{run_chart, run_scene};
use input::Input;

/// What the caller decides about a scan; the rest comes from the chart.
#[derive(Clone, Debug)]
pub struct Options {
    pub release_name: String,
    /// Release namespace: objects that name none are reported in it.
    pub namespace: String,
    /// Target Kubernetes, `1.36.0`.
    pub kube_version: String,
    /// Whether to render with each `ci/*-values.yaml` of the chart as well.
    pub ci_profiles: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            release_name: "release-name".to_owned(),
            namespace: "default".to_owned(),
            kube_version: "1.36.0".to_owned(),
            ci_profiles: true,
        }
    }
}

/// Stack of the thread that judges. Templates call each other deeper than the stack of a test or worker thread allows; the
/// scan child's bound on address space has to hold it.
const STACK_BYTES: usize = 64 * 1024 * 1024;
/// What templates may use of it; the rest is for everything around them.
const TEMPLATE_STACK_BYTES: usize = 48 * 1024 * 1024;

/// Judges a packed chart. Never fails: what cannot be read or rendered is a finding and an incomplete report.
#[must_use]
pub fn scan(archive: &[u8], options: &Options) -> Report {
    let mut report = on_deep_stack(|| match archive::read(archive) {
        Ok(archive) => match chart::identity(&archive) {
            Ok(identity) => judge(&Input::of_archive(archive), &identity.metadata, options),
            Err(refusal) => refused(&refusal),
        },
        Err(refusal) => refused(&refusal),
    });
    report.digest = Some(format!("sha256:{}", hex_sha256(archive)));
    report
}

/// Judges a chart in a folder that the caller has read, paths below the chart's folder, `.helmignore` applied.
#[must_use]
pub fn scan_files(files: &[File], options: &Options) -> Report {
    on_deep_stack(|| match Input::of_files(files) {
        Ok((input, metadata)) => judge(&input, &metadata, options),
        Err(refusal) => refused(&refusal),
    })
}

/// Judges plain manifests: no chart, so rules about values, templates and files do not apply.
#[must_use]
pub fn scan_manifests(text: &str, options: &Options) -> Report {
    let mut report = Report::empty();
    let documents = match documents_of_text(text) {
        Ok(documents) => documents,
        Err(reason) => {
            report.completeness = Completeness::Incomplete { reason };
            return report;
        }
    };
    let scene = Scene::new(&documents, &options.namespace);
    report.images = facts::images(&scene);
    report.findings = run_scene(&scene, DEFAULTS);
    sort(&mut report.findings);
    report
}

fn judge(input: &Input, metadata: &Metadata, options: &Options) -> Report {
    let mut report = Report::empty();
    report.chart = Some(chart_facts(metadata));
    report.files = facts::files(&input.files);
    let view = input.view(&metadata.name);
    report.findings = run_chart(&view, DEFAULTS);
    profiles::judge(input, &view, options, &mut report);
    sort(&mut report.findings);
    report
}

fn chart_facts(metadata: &Metadata) -> ChartFacts {
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    ChartFacts {
        name: metadata.name.clone(),
        version: metadata.version.clone(),
        app_version: text(&metadata.app_version),
        description: text(&metadata.description),
        chart_type: text(&metadata.kind),
    }
}

/// A refused input: blocked, and nothing else is known about it.
fn refused(refusal: &Refusal) -> Report {
    let mut report = Report::empty();
    let reason = refusal.to_string();
    if let Some(rule) = rules::find(refusal.slug()) {
        report.findings = one(rule, DEFAULTS, Draft::of_file("", None).message(reason.clone()));
    }
    report.completeness = Completeness::Incomplete { reason };
    report
}

/// One finding that the scan itself raises.
fn one(rule: &'static Rule, profile: &str, draft: Draft) -> Vec<Finding> {
    let mut out = Findings::new(rule, profile);
    out.push(draft);
    out.into_vec()
}

/// Runs the judgement where deep templates have room. A panic or a missing thread is an incomplete report, never a pass.
fn on_deep_stack(work: impl FnOnce() -> Report + Send) -> Report {
    let incomplete = |reason: &str| Report {
        completeness: Completeness::Incomplete { reason: reason.to_owned() },
        ..Report::empty()
    };
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, work);
        match thread.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(report)) => report,
            Ok(Err(_)) => incomplete("the scan broke off by an internal error"),
            Err(error) => incomplete(&format!("no thread to scan on: {error}")),
        }
    })
}

/// Most severe first; then by rule, object and path, so that two scans print the same.
fn sort(findings: &mut [Finding]) {
    findings.sort_by(|a, b| {
        let object = |finding: &Finding| {
            finding.object.clone().map(|object| (object.kind, object.namespace, object.name))
        };
        b.severity
            .cmp(&a.severity)
            .then_with(|| a.rule.cmp(&b.rule))
            .then_with(|| object(a).cmp(&object(b)))
            .then_with(|| a.path.cmp(&b.path))
            .then_with(|| a.profile.cmp(&b.profile))
    });
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::policy::{Outcome, Policy, decide};

    #[test]
    fn a_refused_archive_is_blocked_and_incomplete() {
        let report = scan(b"PK not a chart", &Options::default());
        assert_eq!(report.findings.len(), 1);
        assert_eq!(report.findings[0].rule, "archive/not-gzip");
        assert!(matches!(report.completeness, Completeness::Incomplete { .. }));
        assert!(report.digest.as_deref().is_some_and(|digest| digest.starts_with("sha256:")));
        let verdict = decide(&report, &Policy::default());
        assert_eq!(
            (verdict.outcome, verdict.deciding_rules),
            (Outcome::Block, vec!["archive/not-gzip".to_owned()])
        );
    }

    #[test]
    fn manifests_that_are_not_yaml_are_incomplete() {
        let report = scan_manifests("a: [", &Options::default());
        assert_eq!(decide(&report, &Policy::default()).outcome, Outcome::Incomplete);
    }

    #[test]
    fn a_panic_is_no_pass() {
        let report = on_deep_stack(|| panic!("on purpose"));
        assert_eq!(decide(&report, &Policy::default()).outcome, Outcome::Incomplete);
    }
}
