//! image/no-digest: an image that its tag alone names.

use crate::finding::{Draft, Findings};
use crate::model::{Container, ImageName};
use crate::report::Severity;
use crate::rule::{Check, Confidence, Rule};

pub const RULE: Rule = Rule {
    id: "image/no-digest",
    severity: Severity::Low,
    confidence: Confidence::High,
    title: "Image is not pinned by digest",
    explain: "A tag can be moved to other bytes; a digest cannot. Pin `image@sha256:...` to run exactly what was \
              reviewed. Waive it where the registry makes tags immutable.",
    bad: &[
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, image: 'nginx:1.25.3'}]}}",
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, image: 'nginx@sha256:00'}]}}",
    ],
    good: &[
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, image: 'nginx:1@sha256:0000000000000000000000000000000000000000000000000000000000000000'}]}}",
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c}]}}",
    ],
    peers: &["CKV_K8S_43", "C-0306"],
    compliance: &[
        "NIST CM-2",
        "NIST CM-14",
        "NIST SI-7",
        "NIST SR-11",
        "CSF PR.PS-02",
        "CSF GV.SC-05",
        "ISO 8.19",
        "ISO 5.21",
        "NSA-Pod",
    ],
    check: Check::Container(check),
};

fn check(container: &Container<'_>, out: &mut Findings<'_>) {
    let Some(image) = container.image() else { return };
    let text = image.text();
    if text.is_empty() || ImageName::parse(&text).is_pinned() {
        return;
    }
    let message = format!("{} uses image {text} without a digest", container.label());
    out.push(Draft::at(container.pod.object, &image).message(message));
}
