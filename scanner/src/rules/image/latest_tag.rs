//! image/latest-tag: an image that is whatever was pushed last.

use crate::finding::{Draft, Findings};
use crate::model::{Container, ImageName};
use crate::report::Severity;
use crate::rule::{Check, Confidence, Rule};

pub const RULE: Rule = Rule {
    id: "image/latest-tag",
    severity: Severity::Medium,
    confidence: Confidence::High,
    title: "Image has the tag latest or none",
    explain: "`latest`, or no tag, is whatever was pushed last: what was approved is not what runs next week, and two \
              nodes may run different software. Name a version, best with its digest. Waive it for development charts.",
    bad: &[
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, image: nginx}]}}",
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, image: 'host:5000/a/nginx:latest'}]}}",
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {initContainers: [{name: c, image: 'host:5000/nginx'}]}}",
    ],
    good: &[
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, image: 'nginx:1.25.3'}]}}",
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, image: 'nginx@sha256:0000000000000000000000000000000000000000000000000000000000000000'}]}}",
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c}]}}",
    ],
    peers: &[
        "KSV-0013",
        "kube-linter:latest-tag",
        "CKV_K8S_14",
        "C-0075",
        "polaris:tagNotSpecified",
        "kube-score:container-image-tag",
    ],
    compliance: &[
        "NIST CM-2",
        "NIST CM-14",
        "NIST SI-7",
        "NIST SR-3",
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
    let name = ImageName::parse(&text);
    if text.is_empty() || name.is_pinned() || name.tag.is_some_and(|tag| tag != "latest") {
        return;
    }
    let what = if name.tag.is_some() { "the tag latest" } else { "no tag" };
    let message = format!("{} uses image {text} with {what}", container.label());
    out.push(Draft::at(container.pod.object, &image).message(message));
}
