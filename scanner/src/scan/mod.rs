//! The whole judgement of one input: read, render under every profile, run the rules, report. It decides nothing; policy does.

mod facts;

use crate::model::{Scene, documents_of_text};
use crate::report::{Completeness, DEFAULTS, Finding, Report};
use crate::run::run_scene;

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
